// Invariant 26 beneath the engine: records that are the same thing, looked at as one, show every live write of each and
// nothing else, whatever the order they are met in; and nothing of them is changed by looking.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/merge/same_as.hpp"
#include "tests/property/fold_check.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

using Join = std::function<RecordState(const std::vector<const RecordState*>&)>;

/// What each field of the joined records shows live, said the slow way: with the line's place in a log, and each
/// record's own increment in a count.
using Shown = std::map<std::pair<std::uint32_t, Kind>, std::multiset<std::pair<Dot, Value>>>;

Shown shown_of(const std::vector<const RecordState*>& states) {
    Shown shown;
    for (const RecordState* state : states)
        for (const FieldState& field : state->fields)
            for (const Live& live : field.live) {
                auto& writes = shown[{field.field, field.kind}];
                const bool repeats = field.kind == Kind::log || field.kind == Kind::count;
                if (repeats || writes.count({live.dot, live.value}) == 0) writes.emplace(live.dot, live.value);
            }
    return shown;
}

std::string join_fault(const std::vector<const RecordState*>& states, const Join& join_them) {
    const RecordState joined = join_them(states);
    if (shown_of({&joined}) != shown_of(states)) return "a write is hidden, or shown that is none";
    const std::vector<const RecordState*> reversed(states.rbegin(), states.rend());
    if (join_them(reversed).pack() != joined.pack()) return "not commutative";
    RecordState by_pairs = *states.front();
    for (const RecordState* state : states) by_pairs = join_them({&by_pairs, state});
    const bool counts = std::any_of(joined.fields.begin(), joined.fields.end(), [](const FieldState& field) {
        return field.kind == Kind::log || field.kind == Kind::count;  // a record is never joined with itself
    });
    if (!counts && by_pairs.pack() != joined.pack()) return "not associative, or not idempotent";
    return {};
}

int caught(const Join& join_them, const Seeds& range, std::string& example) {
    int faults = 0;
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        const History history = any_history(random);
        const Records records = fold(random, history, any_delivery(random, history), apply);
        std::vector<const RecordState*> states;
        for (const auto& [name, state] : records) states.push_back(&state);
        const std::string fault = join_fault(states, join_them);
        if (fault.empty()) continue;
        if (example.empty()) example = fault + ", " + replay(seed);
        ++faults;
    }
    return faults;
}

TEST(SameAsProperty, JoinShowsEveryLiveWriteOfEachInAnyOrder) {
    std::string example;
    EXPECT_EQ(caught(join, seeds(2000), example), 0) << example;
}

RecordState shares_superseded_dots(const std::vector<const RecordState*>& states) {
    RecordState joined = join(states);
    for (FieldState& field : joined.fields)
        for (const RecordState* state : states)
            if (const FieldState* from = state->find(field.field, field.kind))
                std::erase_if(field.live, [&](const Live& live) {
                    return std::any_of(from->superseded.begin(), from->superseded.end(),
                                       [&](const Superseded& gone) { return gone.dot == live.dot; });
                });
    return joined;
}

RecordState takes_a_dot_for_a_write(const std::vector<const RecordState*>& states) {
    RecordState joined = join(states);
    for (FieldState& field : joined.fields)
        field.live.erase(std::unique(field.live.begin(), field.live.end(),
                                     [](const Live& a, const Live& b) { return a.dot == b.dot; }),
                         field.live.end());
    return joined;
}

RecordState shows_the_first_alone(const std::vector<const RecordState*>& states) { return join({states.front()}); }

TEST(SameAsProperty, CatchesPlantedBugs) {
    const std::pair<const char*, Join> bugs[] = {{"shares superseded dots", shares_superseded_dots},
                                                 {"takes a dot for a write", takes_a_dot_for_a_write},
                                                 {"shows the first alone", shows_the_first_alone}};
    for (const auto& [name, bug] : bugs) {
        std::string example;
        const int faults = caught(bug, {1, 201}, example);
        EXPECT_GT(faults, 0) << name << " went unseen";
        printf("  planted: %-30s caught by %d of 200 seeds (%s)\n", name, faults, example.c_str());
    }
}

}  // namespace
}  // namespace doorstep::test
