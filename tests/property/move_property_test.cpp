// Records that move, at random: what was carried comes to the same bytes as what was written; move and edit, move and
// move, edit and edit and move in any order, cut, doubled and over restored offices come to one state, which a brute
// force over every op that anybody saved finds too.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/merge/record_state.hpp"
#include "core/model/origin.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/property/history.hpp"
#include "tests/property/move_run.hpp"

namespace doorstep::test {
namespace {

/// The ops as the office carries them.
RecordOps carried(const RecordOps& ops, const Commit& commit, const Area& from) {
    RecordOps out = ops;
    const auto place =
        std::find_if(out.ops.begin(), out.ops.end(), [](const Op& op) { return op.field > reserved_field::origin; });
    out.ops.insert(place, must(origin_op(Origin::of(commit.header, from))));
    return out;
}

/// Every write of a history to each record, whatever the stream: as if one record had been written in all.
struct Write {
    RecordOps ops;
    const Commit* commit;
};
std::map<RecordId, std::vector<Write>> writes_of(const History& history) {
    std::map<RecordId, std::vector<Write>> out;
    for (std::size_t i = 0; i < history.commits.size(); ++i)
        for (const Part& part : history.parts[i])
            for (const RecordOps& ops : part.records) out[ops.record].push_back({ops, &history.commits[i]});
    return out;
}

TEST(MoveProperty, WhatWasCarriedComesToTheBytesOfWhatWasWritten) {
    const Seeds range = seeds(3000);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        const History history = any_history(random);
        for (auto& [record, writes] : writes_of(history)) {
            RecordState expected, found;
            for (const Write& write : writes) apply(expected, write.ops, write.commit->header.dot);
            std::vector<Write> delivery = writes;  // each itself, carried, or both, some twice, in any order
            for (const Write& write : writes)
                if (random.chance(40)) delivery.push_back(write);
            random.shuffle(delivery);
            for (const Write& write : delivery) {
                if (random.chance(50)) {
                    const RecordOps copy = carried(write.ops, *write.commit, area(village));
                    Part part{stream(other_village), id_of<Salt>(1), {copy}};
                    const Part read = must(Part::unpack(part.pack()));
                    apply(found, read.records[0], dot(99, 1 + random.below(1000)));
                } else {
                    apply(found, write.ops, write.commit->header.dot);
                }
            }
            ASSERT_EQ(found.pack(), expected.pack()) << replay(seed);
        }
    }
}

TEST(MoveProperty, TwoStreamsTogetherSayWhatBothSetsOfOpsSay) {
    const Seeds range = seeds(3000);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        const History history = any_history(random);
        for (auto& [record, writes] : writes_of(history)) {
            RecordState a, b, both;
            for (const Write& write : writes) {
                const std::uint64_t where = random.below(3);
                if (where != 1) apply(a, write.ops, write.commit->header.dot);
                if (where != 0) apply(b, write.ops, write.commit->header.dot);
                apply(both, write.ops, write.commit->header.dot);
            }
            RecordState ab = a, ba = b;
            unite(ab, b);
            unite(ba, a);
            ASSERT_EQ(ab.pack(), both.pack()) << replay(seed);
            ASSERT_EQ(ba.pack(), both.pack()) << replay(seed);
            unite(ab, ab);
            ASSERT_EQ(ab.pack(), both.pack()) << replay(seed);
        }
    }
}

// A dot that was used twice (two old images at once) hides no word, in any order.
TEST(MoveProperty, TwoWordsUnderOneDotBothStandInAnyOrder) {
    for (const Kind kind : {Kind::value, Kind::count, Kind::set, Kind::log, Kind::latest}) {
        const RecordOps one{record(1), household, {put(4, kind, text("甲"))}},
            two{record(1), household, {put(4, kind, text("乙"))}};
        RecordState a, b;
        for (int i = 0; i < 2; ++i) apply(a, one, dot(1, 5)), apply(a, two, dot(1, 5));
        apply(b, two, dot(1, 5));
        apply(b, one, dot(1, 5));
        EXPECT_EQ(a.pack(), b.pack());
        EXPECT_EQ(a.fields[0].live.size(), 2U);
    }
}

void expect_none(const Seeds& range, MoveRun::Restores restores) {
    int failures = 0, moved = 0, late = 0;
    for (std::uint64_t seed = range.first; seed < range.last && failures < 5; ++seed) {
        const MoveRun::Came came = MoveRun::whole(seed, restores);
        EXPECT_EQ(came.fault, "") << replay(seed);
        failures += came.fault.empty() ? 0 : 1;
        moved += came.moved;
        late += came.late;
    }
    if (range.last - range.first < 20) return;
    EXPECT_GT(moved, static_cast<int>(range.last - range.first)) << "the runs must move records";
    EXPECT_GT(late, static_cast<int>(range.last - range.first) / 4) << "and write where they stood";
}

TEST(MoveProperty, WhoeverWritesWhateverMovesNothingIsLostAndAllAgree) {
    expect_none(seeds(120), MoveRun::Restores::none);
}
TEST(MoveProperty, AnOldImageOfTheOfficeLosesNeitherWordsNorTheirPlace) {
    expect_none(seeds(120), MoveRun::Restores::office);
}

}  // namespace
}  // namespace doorstep::test
