// A county publishes a form; phones that have it check by it, and a phone that has never heard of it loses nothing
// (invariant 18).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;

constexpr std::uint32_t source = 7 * 65'536 + 1, meter = 7 * 65'536 + 2;

Form water(std::uint32_t version) {
    Form form;
    form.number = 7;
    form.version = version;
    form.record_type = household;
    form.title = {"用水登记", "water register"};
    form.fields.resize(2);
    form.fields[0].local = 1;
    form.fields[0].label = {"水源", "source"};
    form.fields[0].bytes_max = 30;
    form.fields[1].local = 2;
    form.fields[1].kind = Kind::count;
    form.fields[1].type = ValueType::integer;
    form.fields[1].label = {"抄表次数", "readings"};
    return form;
}

RecordEdit set_source(const RecordId& id, const char* words) {
    return {id, household, {}, {{source, Kind::value, Op::Action::put, text(words), {}}}};
}

class Forms : public testing::Test {
protected:
    World world;
    Handset& li = world.add("li", {county});
    Handset& wang = world.add("wang", {county});
    Handset& old = world.add("old", {village});  // of a village: the county's records are not for it, its forms are
};

TEST_F(Forms, TravelAsRecordsAndAreCheckedByWhoeverHasThem) {
    must(world.hub().publish(water(1), area(county), "office", world.now_ms()));
    must(world.sync_all());
    ASSERT_NE(li->forms().form(7), nullptr);
    EXPECT_EQ(li->forms().form(7)->title.zh_cn, "用水登记");
    ASSERT_NE(old->forms().form(7), nullptr);
    const RecordId id = save(world, li, new_household(village, "一户三人"));
    save(world, li, set_source(id, "井水"));
    EXPECT_EQ(outcome(li->save({set_source(id, "这个水源的名字实在太长了，装不下")}, world.now_ms())),
              "value_too_large");
    world.reopen(li);
    world.open_hub();
    EXPECT_NE(li->forms().form(7), nullptr) << "after a restart too";
    EXPECT_NE(world.hub().forms().form(7), nullptr);
}

TEST_F(Forms, ALaterVersionKeepsItsWord) {
    must(world.hub().publish(water(1), area(county), "office", world.now_ms()));
    Form changed = water(2);
    changed.fields[1].kind = Kind::max;
    const auto publish = [&](const Form& form) {
        return outcome(world.hub().publish(form, area(county), "office", world.now_ms()));
    };
    EXPECT_EQ(publish(changed), "invalid_argument");
    EXPECT_EQ(publish(water(1)), "invalid_argument") << "the version is there";
    Form judging = water(2);
    judging.fields[0].label.zh_cn = "重点人";
    EXPECT_EQ(publish(judging), "invalid_argument");
    EXPECT_EQ(publish(water(2)), "ok");
    must(world.sync_all());
    EXPECT_EQ(wang->forms().form(7)->version, 2U);
}

TEST_F(Forms, APhoneDoesNotPublish) {
    RecordEdit forged{{}, form_record_type, stream(village), {}};
    forged.fields.push_back(
        {form_definition_field, Kind::state, Op::Action::put, must(Value::blob(must(water(1).pack()))), {}});
    EXPECT_EQ(outcome(li->save({forged}, world.now_ms())), "forbidden");
}

TEST_F(Forms, AnOldPhoneBetweenTwoNewOnesLosesNothing) {
    must(world.hub().publish(water(1), area(county), "office", world.now_ms()));
    must(world.sync_all());
    const RecordId id = save(world, li, new_household(village, "一户三人"));
    RecordEdit filled = set_source(id, "井水");
    filled.fields.push_back({meter, Kind::count, Op::Action::put, Value::integer(2), {}});
    filled.fields.push_back(
        {700'001, static_cast<Kind>(13), Op::Action::put, must(Value::from_bytes("\x63 of a newer app")), {}});
    save(world, li, filled);
    must(world.sync_all());
    save(world, old, set_text(id, field::summary, "老人住院"));  // writes only what its user touched
    filled.fields.resize(2);
    filled.fields[1].value = Value::integer(3);
    save(world, wang, filled);
    must(world.sync_all());
    for (Handset* phone : {&li, &wang, &old}) {
        const RecordView view = must((*phone)->read(id));
        EXPECT_THAT(texts(view, field::summary), ElementsAre("老人住院")) << phone->name;
        EXPECT_THAT(texts(view, source), ElementsAre("井水")) << phone->name;
        EXPECT_EQ(view.field(meter)->values[0].value.as_integer(), 5) << phone->name;
        EXPECT_EQ(view.field(700'001)->values[0].value, must(Value::from_bytes("\x63 of a newer app"))) << phone->name;
    }
    EXPECT_EQ(must(li->verify()).state, must(wang->verify()).state);
    EXPECT_EQ(disagreement(world.hub(), old), "");
}

}  // namespace
}  // namespace doorstep::test
