// A delete names what its author saw; whatever else stands keeps the record. Nothing is taken away, so a restore is
// exact.
#include <gtest/gtest.h>

#include "core/merge/deletion.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/folded.hpp"

namespace doorstep::test {
namespace {

const Dot a1 = dot(1, 1), a2 = dot(1, 2), a3 = dot(1, 3), b1 = dot(2, 1), b2 = dot(2, 2), c1 = dot(3, 1);

Value list(std::vector<Dot> dots) { return must(Value::dots(std::move(dots))); }
Op say(const char* words, std::vector<Dot> seen = {}) {
    return put(field::summary, Kind::value, text(words), std::move(seen));
}
Op note(const char* words) { return put(field::notes, Kind::log, text(words)); }
Op del(std::vector<Dot> saw) { return put(reserved_field::deletions, Kind::set, list(std::move(saw))); }
Op undo(std::vector<Dot> listed, std::vector<Dot> marks) {
    return remove(reserved_field::deletions, list(std::move(listed)), std::move(marks));
}

TEST(Deletion, DependsOnWhatEachDeleteSaw) {
    struct Row {
        const char* name;
        std::vector<Write> writes;
        Existence existence;
        std::uint32_t awaits;
    };
    const auto alive = Existence::alive, deleted = Existence::deleted, edited = Existence::deleted_while_edited;
    const Row rows[] = {
        {"no delete", {{a1, {say("roof")}}}, alive, 0},
        {"deleted", {{a1, {say("roof")}}, {b1, {del({a1})}}}, deleted, 0},
        {"a delete before what it saw", {{b1, {del({a1})}}, {a1, {say("roof")}}}, deleted, 0},
        {"edited at the same time", {{a1, {say("roof")}}, {b1, {del({a1})}}, {c1, {say("well", {a1})}}}, edited, 1},
        {"a note at the same time", {{a1, {say("roof")}}, {b1, {del({a1})}}, {c1, {note("seen")}}}, edited, 1},
        {"a conflict that was deleted whole", {{a1, {say("1")}}, {b1, {say("2")}}, {c1, {del({a1, b1})}}}, deleted, 0},
        {"a conflict half of which was seen", {{a1, {say("1")}}, {b1, {say("2")}}, {c1, {del({a1})}}}, edited, 2},
        {"two deletes at once", {{a1, {say("roof")}}, {b1, {del({a1})}}, {c1, {del({a1})}}}, deleted, 0},
        {"each saw what the other did not",
         {{a1, {say("1")}}, {b1, {note("2")}}, {a2, {del({a1})}}, {b2, {del({b1})}}},
         deleted,
         0},
        {"undone", {{a1, {say("roof")}}, {b1, {del({a1})}}, {a2, {undo({a1}, {b1})}}}, alive, 0},
        {"undone, while another deleted it",
         {{a1, {say("roof")}}, {b1, {del({a1})}}, {a2, {undo({a1}, {b1})}}, {c1, {del({a1})}}},
         deleted,
         0},
        {"both undone",
         {{a1, {say("roof")}}, {b1, {del({a1})}}, {c1, {del({a1})}}, {a2, {undo({a1}, {b1, c1})}}},
         alive,
         0},
        {"a delete that was undone hides nothing any more",
         {{a1, {say("1")}}, {b1, {note("2")}}, {a2, {del({a1, b1})}}, {b2, {undo({a1, b1}, {a2})}}, {c1, {del({a1})}}},
         edited,
         1},
        {"deleted again with the edit in sight",
         {{a1, {say("1")}}, {b1, {del({a1})}}, {a2, {say("2", {a1})}}, {a3, {del({a2})}}},
         deleted,
         0},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const RecordState state = folded_in_every_order(row.writes);
        EXPECT_EQ(existence(state), row.existence);
        EXPECT_EQ(count_conflicts(state), row.awaits);
    }
}

TEST(Deletion, TakesNothingAwayAndItsUndoIsExact) {
    const std::vector<Write> before = {{a1, {say("roof"), note("1")}}, {b1, {say("well")}}};
    std::vector<Write> after = before;
    after.push_back({c1, {del({a1, b1})}});
    EXPECT_EQ(live_dots(folded(after)), live_dots(folded(before))) << "every word still stands beneath";
    after.push_back({a2, {undo({a1, b1}, {c1})}});
    RecordState restored = folded_in_every_order(after);
    EXPECT_TRUE(restored.fields.back().live.empty());
    restored.fields.pop_back();  // which only remembers that a delete was undone
    EXPECT_EQ(to_hex(restored.pack()), to_hex(folded(before).pack()));
}

TEST(Deletion, AHostileElementDeletesNothing) {
    const RecordState state =
        folded({{a1, {say("roof")}}, {b1, {put(reserved_field::deletions, Kind::set, text("everything"))}}});
    EXPECT_EQ(existence(state), Existence::deleted_while_edited) << "a delete that saw nothing";
}

}  // namespace
}  // namespace doorstep::test
