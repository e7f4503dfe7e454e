// Deleting a record on one phone while others go on with it: what they wrote keeps it, and a restore brings all back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DeletedRecord : public testing::Test {
protected:
    DeletedRecord() {
        id = save(world, li, new_household(village, "一户三人"));
        must(world.sync_all());
    }
    void expect_everywhere(Existence existence) {
        must(world.sync_all());
        EXPECT_EQ(must(world.hub().read(id)).existence, existence);
        for (Handset* phone : {&li, &wang}) EXPECT_EQ(must((*phone)->read(id)).existence, existence) << phone->name;
        EXPECT_EQ(must(li->verify()).state, must(world.hub().verify()).state);
        EXPECT_EQ(must(wang->verify()).state, must(world.hub().verify()).state);
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId id;
};

TEST_F(DeletedRecord, IsShownAsDeletedWithWhoDidItAndComesBackWhole) {
    const auto before = texts(must(li->read(id)), field::summary);
    must(li->remove(id, world.now_ms()));
    EXPECT_EQ(must(li->read(id)).existence, Existence::deleted) << "one's own delete is read at once";
    expect_everywhere(Existence::deleted);
    EXPECT_EQ(must(wang->list(household, 10)).at(0).existence, Existence::deleted) << "the list says so";
    const RecordView view = must(wang->read(id));
    EXPECT_EQ(view.field(reserved_field::deletions)->values[0].traces[0].author, "li");
    EXPECT_EQ(must(wang->history(id)).back().field, reserved_field::deletions);
    EXPECT_EQ(outcome(wang->remove(id, world.now_ms())), "invalid_argument") << "nothing would change";

    must(wang->restore(id, world.now_ms()));
    expect_everywhere(Existence::alive);
    EXPECT_EQ(texts(must(li->read(id)), field::summary), before);
    EXPECT_EQ(must(li->read(id)).field(field::summary)->values[0].traces[0].author, "li")
        << "whose words they are stays";
    EXPECT_EQ(outcome(wang->restore(id, world.now_ms())), "invalid_argument") << "nothing would change";
}

TEST_F(DeletedRecord, AnEditAtTheSameTimeKeepsItAndAsksForALook) {
    must(li->remove(id, world.now_ms()));
    save(world, wang, set_text(id, field::summary, "老人住院"));
    expect_everywhere(Existence::deleted_while_edited);
    const auto waiting = must(world.hub().conflicts(10));
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_THAT(texts(waiting[0], field::summary), ElementsAre("老人住院"));
    must(wang->remove(id, world.now_ms()));
    expect_everywhere(Existence::deleted);
    EXPECT_THAT(must(world.hub().conflicts(10)), IsEmpty());
}

TEST_F(DeletedRecord, TheOfficeCanBringItBack) {
    must(li->remove(id, world.now_ms()));
    save(world, wang, add_note(id, "夜里去过"));
    expect_everywhere(Existence::deleted_while_edited);
    must(world.hub().save(must(restoration(world.hub().store(), id)), "office", world.now_ms()));
    expect_everywhere(Existence::alive);
}

TEST_F(DeletedRecord, ADeleteSurvivesTheUndoOfAnother) {
    must(li->remove(id, world.now_ms()));
    must(world.sync_all());
    must(li->restore(id, world.now_ms()));
    must(world.sync(wang));
    save(world, wang, add_note(id, "搬走了"));
    must(wang->remove(id, world.now_ms()));
    expect_everywhere(Existence::deleted);
}

TEST_F(DeletedRecord, AForkedPhonesDeleteStillNamesWhatItSaw) {
    const std::string copy = world.path("copy.db");
    world.close(li);
    copy_database(li.path, copy);
    world.open(li);
    save(world, li, set_text(id, field::address, "村东"));
    must(world.sync(li));
    world.close(li);
    copy_database(copy, li.path);
    world.open(li);
    save(world, li, set_text(id, field::contact, "李四"));
    must(li->remove(id, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(world.hub().read(id)).existence, Existence::deleted_while_edited) << "村东 was not seen";
    const RecordView view = must(li->read(id));
    std::vector<Dot> listed = view.field(reserved_field::deletions)->values[0].value.as_dots();
    EXPECT_THAT(listed, testing::IsSupersetOf(all_dots(view, field::contact))) << "the renamed write is still named";
    expect_everywhere(Existence::deleted_while_edited);
}

}  // namespace
}  // namespace doorstep::test
