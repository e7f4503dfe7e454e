// How the policy's table is read; what it says is held by the permission matrix.
#include "server/access/policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/model/reserved_field.hpp"
#include "core/model/schema.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::server {
namespace {

using test::must;

TEST(Policy, WhatNoLineGrantsIsRefused) {
    const Policy nothing = must(Policy::parse_csv(""));
    EXPECT_FALSE(nothing.may(Actor::unit_head, "GET /office", Relation::own, Purpose::handling));
    EXPECT_EQ(nothing.sight(Actor::unit_head, "GET /office", FieldClass::plain, Relation::own, Purpose::handling),
              Sight::hidden);
    EXPECT_EQ(nothing.class_of(1, 1), FieldClass::unlisted);
}

TEST(Policy, ALineGrantsEachOfItsWordsAndNothingElse) {
    const Policy table = must(Policy::parse_csv("route,POST /x,cadre auditor,own,handling audit,allow\n"));
    for (std::size_t actor = 0; actor < actors; ++actor)
        for (std::size_t relation = 0; relation < relations; ++relation)
            for (std::size_t purpose = 0; purpose < purposes; ++purpose) {
                const auto a = static_cast<Actor>(actor);
                const auto p = static_cast<Purpose>(purpose);
                const bool granted = (a == Actor::cadre || a == Actor::auditor) && relation == 0 &&
                                     (p == Purpose::handling || p == Purpose::audit);
                EXPECT_EQ(table.may(a, "POST /x", static_cast<Relation>(relation), p), granted);
            }
    EXPECT_FALSE(table.may(Actor::cadre, "GET /x", Relation::own, Purpose::handling));
    EXPECT_EQ(table.purposes_of(Actor::cadre, "POST /x"), (std::vector{Purpose::handling, Purpose::audit}));
}

TEST(Policy, NothingIsSeenThroughARouteThatIsRefused) {
    const Policy table =
        must(Policy::parse_csv("route,GET /x,cadre,own,none,allow\n"
                               "field,name,cadre auditor,own,none,shown\n"));
    const auto sight = [&](Actor actor, const char* route) {
        return table.sight(actor, route, FieldClass::name, Relation::own, Purpose::none);
    };
    EXPECT_EQ(sight(Actor::cadre, "GET /x"), Sight::shown);
    EXPECT_EQ(sight(Actor::cadre, "GET /y"), Sight::hidden);
    EXPECT_EQ(sight(Actor::auditor, "GET /x"), Sight::hidden);
}

TEST(Policy, WrongLinesAreNamed) {
    for (const char* line :
         {"route,GET /x,nobody,own,none,allow", "route,GET /x,cadre,here,none,allow",
          "route,GET /x,cadre,own,curiosity,allow", "route,GET /x,cadre,own,none,perhaps",
          "field,temper,cadre,own,none,shown", "field,name,cadre,own,none,allow", "class,household.temper,,,,words",
          "class,household,,,,words", "class,household.address household.address,,,,words",
          "field,name name,cadre,own,none,shown", "road,GET /x,cadre,own,none,allow", "route,GET /x,cadre,own,none"}) {
        const auto table = Policy::parse_csv(std::string("# first\n") + line + "\n");
        ASSERT_FALSE(table) << line;
        EXPECT_EQ(table.error().detail.substr(0, 7), "line 2:") << line;
    }
}

// A field that is added to the schema must be given a class, or this says which it is.
TEST(Policy, EveryFieldOfTheSchemaHasAClass) {
    std::vector<std::string> known;
    for (const RecordSchema& record : record_schemas())
        for (const FieldSchema& field : record.fields)
            known.push_back(std::string(record.name) + "." + std::string(field.name));
    for (const char* name : {"origin", "home", "same_as", "deletions", "erasures"})
        known.push_back(std::string("any.") + name);
    std::sort(known.begin(), known.end());
    EXPECT_EQ(policy().classified(), known);
    EXPECT_EQ(policy().class_of(3, reserved_field::home), FieldClass::plain);
    EXPECT_EQ(policy().class_of(1, 5'000), FieldClass::unlisted) << "a county's own field";
    EXPECT_EQ(policy().class_of(4'000, 16), FieldClass::unlisted) << "a newer program's record";
}

TEST(Policy, AScopeIsCutToWhatTheRoleCanHave) {
    const RecordId matter = test::record(7);
    const Scope all{{test::area("341222101000")}, Scope::Restricted::yes, {matter}};
    struct Row {
        Actor actor;
        Scope::Restricted restricted;
        std::size_t sealed;
    };
    using R = Scope::Restricted;
    for (const Row& row :
         {Row{Actor::cadre, R::yes, 0}, Row{Actor::grid_worker, R::no, 0}, Row{Actor::window_officer, R::yes, 0},
          Row{Actor::case_handler, R::yes, 1}, Row{Actor::unit_head, R::yes, 1}, Row{Actor::supervisor, R::yes, 1},
          Row{Actor::auditor, R::no, 0}, Row{Actor::administrator, R::no, 0}}) {
        SCOPED_TRACE(name_of(row.actor));
        const Scope visible = policy().visible(row.actor, all);
        EXPECT_EQ(visible.areas, all.areas);
        EXPECT_EQ(visible.restricted, row.restricted);
        EXPECT_EQ(visible.sealed.size(), row.sealed);
        EXPECT_EQ(static_cast<bool>(policy().check_grant(row.actor, all)), row.sealed == 1);
        EXPECT_TRUE(policy().check_grant(row.actor, {{test::area("341222101000")}}));
        EXPECT_FALSE(policy().check_grant(row.actor, {}));
    }
    for (const Actor none : {Actor::stranger, Actor::machine, Actor::phone_cadre})
        EXPECT_FALSE(policy().check_grant(none, {{test::area("341222101000")}}));
}

}  // namespace
}  // namespace doorstep::server
