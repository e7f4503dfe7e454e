// Where a moved record belongs: of the moves that stand the greatest that names an area.
#include "core/merge/home.hpp"

#include <gtest/gtest.h>

#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/folded.hpp"

namespace doorstep::test {
namespace {

const Dot a1 = dot(1, 1), b1 = dot(2, 1), c1 = dot(3, 1);

Write moves(const Dot& at, const Value& to, std::vector<Dot> seen = {}) {
    return {at, {put(reserved_field::home, Kind::state, to, std::move(seen))}};
}
Write moves(const Dot& at, std::string_view to, std::vector<Dot> seen = {}) {
    return moves(at, text(to), std::move(seen));
}

TEST(Home, IsTheGreatestMoveThatNamesAnArea) {
    struct Row {
        const char* name;
        std::vector<Write> writes;
        std::optional<Area> home;
    };
    const Row rows[] = {
        {"never moved", {{a1, {put(field::summary, Kind::value, text("x"))}}}, std::nullopt},
        {"moved once", {moves(a1, village)}, area(village)},
        {"moved on", {moves(a1, village), moves(b1, town, {a1})}, area(town)},
        {"two moves at once", {moves(a1, village), moves(b1, town)}, area(town)},
        {"the greater names no area", {moves(a1, village), moves(b1, "nowhere")}, area(village)},
        {"no words at all", {moves(a1, Value::integer(341222))}, std::nullopt},
        {"none names an area", {moves(a1, "nowhere"), moves(b1, "34122210120")}, std::nullopt},
        {"of another kind", {{a1, {put(reserved_field::home, Kind::value, text(village))}}}, std::nullopt},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(home_of(folded_in_every_order(row.writes)), row.home);
    }
}

TEST(Home, TwoStatesShareAMoveWhetherItStandsOrNot) {
    const RecordState moved = folded({moves(a1, village)}), moved_on = folded({moves(b1, town, {a1})});
    const RecordState elsewhere = folded({moves(c1, town)}), never = folded({});
    EXPECT_TRUE(share_a_move(moved, moved));
    EXPECT_TRUE(share_a_move(moved, moved_on));
    EXPECT_TRUE(share_a_move(moved_on, moved));
    EXPECT_FALSE(share_a_move(moved, elsewhere));
    EXPECT_FALSE(share_a_move(moved, never));
    EXPECT_FALSE(share_a_move(never, never));
}

}  // namespace
}  // namespace doorstep::test
