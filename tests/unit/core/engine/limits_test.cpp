// Bad input at the edge of a save: refused with its own code, nothing is written, and what was saved stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;

class SaveLimits : public testing::Test {
protected:
    std::string save_edits(const std::vector<RecordEdit>& edits) { return outcome(li->save(edits, world.now_ms())); }
    /// The save is refused with this code, and the file is as before.
    void expect_refused(const std::vector<RecordEdit>& edits, const std::string& code) {
        const Verification before = must(li->verify());
        EXPECT_EQ(save_edits(edits), code);
        const Verification after = must(li->verify());
        EXPECT_EQ(after.commits, before.commits);
        EXPECT_EQ(after.state, before.state);
        EXPECT_EQ(save_edits({add_note(household_id, "接着 " + std::to_string(before.commits))}), "ok")
            << "and saving goes on";
    }
    static FieldEdit edit(std::uint32_t field, Kind kind, const Value& value) {
        return {field, kind, Op::Action::put, value, {}};
    }

    World world;
    Handset& li = world.add("li", {village});
    RecordId household_id = save(world, li, new_household(village, "一户三人"));
};

TEST_F(SaveLimits, AValueHolds64KiB) {
    for (const int beside : {-1, 0}) {
        const std::string words(limits::value_bytes_max + static_cast<std::size_t>(beside), 'x');
        EXPECT_EQ(save_edits({set_text(household_id, field::summary, words)}), "ok");
        EXPECT_EQ(must(li->read(household_id)).text(field::summary), words);
    }
    EXPECT_EQ(outcome(Value::text(std::string(limits::value_bytes_max + 1, 'x'))), "value_too_large");
    must(world.sync_all());
    EXPECT_EQ(must(world.hub().verify()).state, must(li->verify()).state);
}

TEST_F(SaveLimits, ACommitHolds192KiB) {
    const auto of_size = [&](std::size_t bytes) {
        std::vector<RecordEdit> edits(1, {household_id, household, {}, {}});
        for (std::uint32_t id = 1; bytes > 0; ++id) {
            const std::size_t piece = std::min(bytes, limits::value_bytes_max);
            edits[0].fields.push_back(edit(70'000 + id, Kind::value, text(std::string(piece, 'x'))));
            bytes -= piece;
        }
        return edits;
    };
    EXPECT_EQ(save_edits(of_size(limits::commit_bytes_max - 1000)), "ok");
    expect_refused(of_size(limits::commit_bytes_max + 1), "commit_too_large");
    expect_refused(of_size(10 * limits::commit_bytes_max), "commit_too_large");
    // Whatever this phone could save also goes through the wire: the largest save there is.
    std::size_t fits = limits::commit_bytes_max - 1000, fails = limits::commit_bytes_max;
    while (fails - fits > 1) (save_edits(of_size((fits + fails) / 2)) == "ok" ? fits : fails) = (fits + fails) / 2;
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_EQ(must(li->outbox()).only_here, 0U);
    EXPECT_EQ(must(world.hub().verify()).state, must(li->verify()).state);
}

TEST_F(SaveLimits, ARecordTakesAThousandOpsASave) {
    for (const int beside : {-1, 0, 1}) {
        RecordEdit edit_all{household_id, household, {}, {}};
        for (std::size_t i = 0; i < limits::record_ops_max + static_cast<std::size_t>(beside); ++i)
            edit_all.fields.push_back(edit(field::notes, Kind::log, text("x")));
        if (beside <= 0)
            EXPECT_EQ(save_edits({edit_all}), "ok");
        else
            expect_refused({edit_all}, "commit_too_large");
    }
    ASSERT_TRUE(succeeds(world.sync_all()));
}

TEST_F(SaveLimits, ASaveTakesAThousandRecords) {
    for (const int beside : {-1, 0, 1}) {
        const std::vector<RecordEdit> edits(limits::part_records_max + static_cast<std::size_t>(beside),
                                            new_household(village, "x"));
        if (beside <= 0)
            EXPECT_EQ(save_edits(edits), "ok");
        else
            expect_refused(edits, "commit_too_large");
    }
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_TRUE(must(world.hub().held(10)).empty());
}

TEST_F(SaveLimits, ASaveTouchesAtMostSixteenAreas) {
    for (const int beside : {-1, 0, 1}) {
        std::vector<RecordEdit> edits;
        for (std::size_t i = 0; i < limits::commit_parts_max + static_cast<std::size_t>(beside); ++i)
            edits.push_back(new_household(std::string(village) + "-" + std::to_string(i + 1), "x"));
        if (beside <= 0)
            EXPECT_EQ(save_edits(edits), "ok");
        else
            expect_refused(edits, "invalid_argument");
    }
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_EQ(disagreement(world.hub(), li), "");
}

TEST_F(SaveLimits, AnOpSupersedesAtMostAThousandDots) {
    for (const int beside : {-1, 0, 1}) {
        std::vector<Dot> seen;
        for (std::size_t i = 0; i < limits::superseded_max + static_cast<std::size_t>(beside); ++i)
            seen.push_back(dot(9, i + 1));
        const RecordEdit edit_all = set_text(household_id, field::summary, "x" + std::to_string(beside), seen);
        if (beside <= 0)
            EXPECT_EQ(save_edits({edit_all}), "ok");
        else
            expect_refused({edit_all}, "invalid_argument");
    }
}

TEST_F(SaveLimits, AreasAndRecordsMustBeKnown) {
    struct Row {
        const char* name;
        RecordEdit edit;
        const char* code;
    };
    const Row rows[] = {{"a division that does not exist", new_household("341222101999", "x"), "unknown_area"},
                        {"a division of another township", new_household(far_village, "x"), "unknown_area"},
                        {"the township above", new_household(town, "x"), "unknown_area"},
                        {"a record that is not here", set_text(record(9), field::summary, "x"), "not_found"},
                        {"a record of another type",
                         {household_id, issue, {}, {edit(field::summary, Kind::value, text("x"))}},
                         "not_found"},
                        {"another kind",
                         {household_id, household, {}, {edit(field::summary, Kind::set, text("x"))}},
                         "invalid_argument"},
                        {"another type of value",
                         {household_id, household, {}, {edit(field::summary, Kind::value, Value::integer(1))}},
                         "invalid_argument"},
                        {"no change", {household_id, household, {}, {}}, "invalid_argument"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        expect_refused({row.edit}, row.code);
    }
    expect_refused({}, "invalid_argument");
    expect_refused({set_text(household_id, field::summary, "x"), add_need(household_id, "y")}, "invalid_argument");
    expect_refused({set_text(household_id, field::summary, "好"), new_household("341222101999", "x")}, "unknown_area");
    EXPECT_THAT(texts(must(li->read(household_id)), field::summary), ElementsAre("一户三人"))
        << "all of a save or nothing";
    EXPECT_EQ(save_edits({new_household("341222101202-03", "a grid of the village")}), "ok");
}

TEST_F(SaveLimits, AFieldWrittenTwiceInOneSaveKeepsTheLastEdit) {
    must(li->save({{household_id,
                    household,
                    {},
                    {edit(field::summary, Kind::value, text("先")), edit(field::summary, Kind::value, text("后"))}}},
                  world.now_ms()));
    EXPECT_THAT(texts(must(li->read(household_id)), field::summary), ElementsAre("后"));
    const FieldEdit add = edit(field::needs, Kind::set, text("低保"));
    FieldEdit take = add;
    take.action = Op::Action::remove;
    must(li->save({{household_id, household, {}, {add, take, edit(field::notes, Kind::log, text("x"))}}},
                  world.now_ms()));
    EXPECT_THAT(texts(must(li->read(household_id)), field::needs), testing::IsEmpty())
        << "added by mistake, then taken back";
    must(li->save({{household_id, household, {}, {take, add}}}, world.now_ms()));
    EXPECT_THAT(texts(must(li->read(household_id)), field::needs), ElementsAre("低保"));
}

TEST_F(SaveLimits, AnUnenrolledPhoneSavesAndSyncsNothing) {
    const DatabaseOptions options{world.path("new.db"), storage_key(2), OpenMode::create, Durability::normal, {}};
    auto phone = must(Phone::open(options, fresh_seed()));
    EXPECT_EQ(outcome(phone->save({new_household(village, "x")}, 1)), "not_enrolled");
    EXPECT_EQ(outcome(phone->begin_sync()), "not_enrolled");
    EXPECT_EQ(outcome(phone->continue_sync("", 1)), "invalid_argument");
    EXPECT_EQ(phone->enrolment(), nullptr);
}

TEST_F(SaveLimits, TheEnrolmentIsKeptWhole) {
    const Enrolment before = *li->enrolment();
    world.reopen(li);
    ASSERT_NE(li->enrolment(), nullptr);
    EXPECT_EQ(li->enrolment()->author, before.author);
    EXPECT_EQ(li->enrolment()->device, before.device);
    EXPECT_EQ(li->enrolment()->server, before.server);
    EXPECT_EQ(li->enrolment()->areas, before.areas);
    EXPECT_EQ(li->enrolment()->divisions.place_name(area(village)), "旧县镇八里村委会");
}

}  // namespace
}  // namespace doorstep::test
