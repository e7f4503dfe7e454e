#include "core/model/scope.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

using Kind = Compartment::Kind;

Scope scope_of(std::vector<std::string_view> areas, Scope::Restricted restricted = Scope::Restricted::no,
               std::vector<RecordId> sealed = {}) {
    Scope out;
    for (const std::string_view text : areas) out.areas.push_back(area(text));
    out.restricted = restricted;
    out.sealed = std::move(sealed);
    return out;
}

TEST(ScopeRules, CoversACompartmentOnlyWithinItsAreasAndOnlyWhenItIsGranted) {
    const Scope plain = scope_of({town}), right = scope_of({town}, Scope::Restricted::yes),
                named = scope_of({town}, Scope::Restricted::no, {record(1)}), nothing;
    struct Row {
        const char* name;
        Scope scope;
        std::string_view area;
        Compartment compartment;
        bool covers, writes;
    };
    const Row rows[] = {
        {"open, the area", plain, town, {}, true, true},
        {"open, below", plain, village, {}, true, true},
        {"open, above", plain, county, {}, false, false},
        {"open, elsewhere", plain, other_town, {}, false, false},
        {"restricted without the right", plain, village, {Kind::restricted, {}}, false, false},
        {"restricted", right, village, {Kind::restricted, {}}, true, true},
        {"restricted, elsewhere", right, other_town, {Kind::restricted, {}}, false, false},
        {"sealed, not named", plain, village, {Kind::sealed, record(1)}, false, false},
        {"sealed, not named, with the right to restricted", right, village, {Kind::sealed, record(1)}, false, false},
        {"sealed, named", named, village, {Kind::sealed, record(1)}, true, true},
        {"sealed, another matter", named, village, {Kind::sealed, record(2)}, false, false},
        {"sealed, named, elsewhere", named, other_town, {Kind::sealed, record(1)}, false, false},
        {"a name does not open what is restricted", named, village, {Kind::restricted, {}}, false, false},
        {"forms of the area", plain, town, {Kind::forms, {}}, true, false},
        {"forms of an area above", plain, county, {Kind::forms, {}}, true, false},
        {"forms of an area below", plain, village, {Kind::forms, {}}, true, false},
        {"forms elsewhere", plain, other_town, {Kind::forms, {}}, false, false},
        {"no areas", nothing, town, {}, false, false},
        {"no areas, forms", nothing, county, {Kind::forms, {}}, false, false},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Stream stream{area(row.area), row.compartment};
        EXPECT_EQ(row.scope.covers(stream), row.covers);
        EXPECT_EQ(row.scope.writes(stream), row.writes);
    }
}

Bytes packed(const Scope& scope) {
    Bytes out;
    Writer writer(out);
    scope.encode(writer);
    return out;
}

TEST(ScopeRules, EqualScopesAreEqualBytesInWhateverOrderTheyWereNamed) {
    const Scope a = scope_of({town, village, town}, Scope::Restricted::yes, {record(2), record(1), record(2)}),
                b = scope_of({village, town}, Scope::Restricted::yes, {record(1), record(2)});
    EXPECT_EQ(packed(a), packed(b));
    EXPECT_EQ(a, b);
    EXPECT_EQ(a.digest(), b.digest());
    const Bytes bytes = packed(a);
    Reader in(bytes);
    EXPECT_EQ(Scope::decode(in), a);
    EXPECT_TRUE(in.finish("scope"));
    EXPECT_NE(a, scope_of({village, town}, Scope::Restricted::no, {record(1), record(2)}));
    EXPECT_NE(a.digest(), scope_of({village}, Scope::Restricted::yes, {record(1), record(2)}).digest());
}

TEST(ScopeRules, RefusesWhatEncodeWouldNotHaveWritten) {
    struct Row {
        const char* name;
        std::vector<Area> areas;
        std::uint8_t restricted;
        std::vector<RecordId> sealed;
        bool fits;
    };
    const Area first = area(town), second = area(other_town);
    const Row rows[] = {{"good", {first, second}, 1, {record(1), record(2)}, true},
                        {"areas not ascending", {second, first}, 0, {}, false},
                        {"an area twice", {first, first}, 0, {}, false},
                        {"an area that cannot be", {{1'000'000'000'000, 0}}, 0, {}, false},
                        {"a third answer to yes or no", {first}, 2, {}, false},
                        {"matters not ascending", {first}, 0, {record(2), record(1)}, false},
                        {"a matter twice", {first}, 0, {record(1), record(1)}, false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Bytes bytes;
        Writer out(bytes);
        out.varint(row.areas.size());
        for (const Area& one : row.areas) {
            out.varint(one.division);
            out.varint(one.grid);
        }
        out.u8(row.restricted);
        out.varint(row.sealed.size());
        for (const RecordId& matter : row.sealed) out.fixed(matter);
        Reader in(bytes);
        Scope::decode(in);
        EXPECT_EQ(!in.failed(), row.fits);
    }
}

TEST(ScopeRules, HoldsItsLimits) {
    for (const std::size_t extra : {std::size_t{0}, std::size_t{1}}) {
        Scope scope;
        for (std::size_t i = 0; i < limits::scope_areas_max + extra; ++i) scope.areas.push_back({i, 0});
        const Bytes bytes = packed(scope);
        Reader in(bytes);
        Scope::decode(in);
        EXPECT_EQ(in.failed(), extra > 0);
    }
}

bool holds(const std::vector<KeyRange>& ranges, const Stream& stream) {
    const Bytes key = stream.key();
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const KeyRange& range) { return range.first <= key && key < range.end; });
}

TEST(ScopeRules, WhatIsCoveredLiesInOneOfItsRangesOfKeys) {
    const std::vector<std::string_view> places = {"000000000000", "340000000000",    county,    town, village,
                                                  other_village,  "341222101202-01", other_town};
    std::vector<Scope> scopes = {Scope()};
    for (const std::string_view one : places)
        for (const std::string_view other : places) scopes.push_back(scope_of({one, other}));
    for (const Scope& scope : scopes) {
        const std::vector<KeyRange> ranges = scope.key_ranges();
        for (std::size_t i = 1; i < ranges.size(); ++i) ASSERT_LE(ranges[i - 1].end, ranges[i].first);
        for (const std::string_view place : places)
            for (const Kind kind : {Kind::open, Kind::restricted, Kind::forms}) {
                const Stream stream{area(place), {kind, {}}};
                ASSERT_TRUE(holds(ranges, stream) || !scope.covers(stream)) << place;
            }
    }
}

TEST(ScopeRules, RangesOfKeysLeaveOutWhatLiesBesideAnArea) {
    const std::vector<KeyRange> ranges = scope_of({village}).key_ranges();
    EXPECT_TRUE(holds(ranges, {area("341222101202-01"), {}}));
    EXPECT_FALSE(holds(ranges, {area(other_village), {}}));
    EXPECT_FALSE(holds(ranges, {area(other_town), {}}));
}

}  // namespace
}  // namespace doorstep::test
