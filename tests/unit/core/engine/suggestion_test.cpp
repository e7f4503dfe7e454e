// The wording that is offered beside two texts in conflict: found through the log, never applied by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

class Suggestion : public testing::Test {
protected:
    Suggestion() {
        id = save(world, li, new_household(village, "屋顶漏雨。老人住院。"));
        must(world.sync_all());
    }
    std::optional<std::string> offered(const RecordView& view) { return view.field(field::summary)->suggestion; }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId id;
};

TEST_F(Suggestion, JoinsChangesToDifferentSentencesAndAppliesNothing) {
    save(world, li, set_text(id, field::summary, "屋顶已报修。老人住院。"));
    save(world, li, set_text(id, field::summary, "屋顶已修好。老人住院。"));  // the base lies two writes back
    save(world, wang, set_text(id, field::summary, "屋顶漏雨。老人出院。"));
    must(world.sync_all());
    EXPECT_EQ(offered(must(world.hub().conflicts(10)).at(0)), "屋顶已修好。老人出院。");
    for (Handset* phone : {&li, &wang}) EXPECT_EQ(offered(must((*phone)->read(id))), "屋顶已修好。老人出院。");
    EXPECT_THAT(texts(must(li->read(id)), field::summary), testing::SizeIs(2)) << "both stand until somebody decides";
}

TEST_F(Suggestion, IsNoneWhereOneSentenceWasChangedTwice) {
    save(world, li, set_text(id, field::summary, "屋顶已修好。老人住院。"));
    save(world, wang, set_text(id, field::summary, "屋顶塌了。老人住院。"));
    must(world.sync_all());
    EXPECT_EQ(offered(must(world.hub().read(id))), std::nullopt);
}

TEST_F(Suggestion, IsNoneWithoutACommonVersionOrAmongThree) {
    Handset& zhao = world.add("zhao", {village});
    must(world.sync_all());
    save(world, li, set_text(id, field::contact, "李。四。"));
    save(world, wang, set_text(id, field::contact, "李。五。"));
    save(world, li, set_text(id, field::summary, "一。老人住院。"));
    save(world, wang, set_text(id, field::summary, "屋顶漏雨。二。"));
    save(world, zhao, set_text(id, field::summary, "屋顶漏雨。老人住院。三。"));
    must(world.sync_all());
    const RecordView view = must(world.hub().read(id));
    EXPECT_TRUE(view.field(field::contact)->conflict);
    EXPECT_EQ(view.field(field::contact)->suggestion, std::nullopt);
    EXPECT_EQ(offered(view), std::nullopt);
}

TEST_F(Suggestion, IsNoneWhereNothingIsInConflict) {
    save(world, li, set_text(id, field::summary, "屋顶已修好。老人住院。"));
    EXPECT_EQ(offered(must(li->read(id))), std::nullopt);
}

}  // namespace
}  // namespace doorstep::test
