// The permission matrix on the real router: accounts of every role ask every route about records of their own areas, of
// others and of compartments, and what comes back is what the policy decided, field by field.
#include <gtest/gtest.h>

#include <cstdio>

#include "core/model/schema.hpp"
#include "server/access/policy.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

constexpr std::string_view number = "13812345678";
constexpr Actor staff_roles[] = {Actor::cadre,     Actor::grid_worker, Actor::window_officer, Actor::case_handler,
                                 Actor::unit_head, Actor::supervisor,  Actor::auditor,        Actor::administrator};

/// A record in every field of which a phone may write text stands where it is and which field it is.
struct Planted {
    std::string where;  ///< "own", "far", "restricted", …
    Stream stream;
    const RecordSchema* schema;
    RecordId id;

    std::string canary(const FieldSchema& field) const {
        return where + "." + std::string(schema->name) + "." + std::string(field.name) + ":";
    }
    std::vector<const FieldSchema*> fields() const {
        std::vector<const FieldSchema*> out;
        for (const FieldSchema& field : schema->fields)
            if (field.type == ValueType::text && field.kind != Kind::state) out.push_back(&field);
        return out;
    }
    RecordEdit edit() const {
        RecordEdit out{std::nullopt, schema->id, stream, {}};
        for (const FieldSchema* field : fields())
            out.fields.push_back({field->id, field->kind, Op::Action::put,
                                  test::text(canary(*field) + std::string(number)), std::nullopt});
        return out;
    }
};

class PermissionRoutes : public testing::Test {
protected:
    PermissionRoutes() {
        const Scope everything{{test::area(test::county)}, Scope::Restricted::yes, {named, unnamed}};
        phone = world.enrolled_for("李明", everything);
        using Kind = Compartment::Kind;
        const std::pair<const char*, Stream> places[] = {
            {"own", test::stream(test::village)},
            {"far", test::stream(test::far_village)},
            {"restricted", {test::area(test::village), {Kind::restricted, {}}}},
            {"named", {test::area(test::village), {Kind::sealed, named}}},
            {"unnamed", {test::area(test::village), {Kind::sealed, unnamed}}}};
        for (const auto& [where, stream] : places)
            for (const char* type : {"household", "resident", "visit", "issue"}) {
                Planted one{where, stream, record_schema(std::string_view(type)), {}};
                one.id = must(phone->save({one.edit()}, ++world.now_ms)).front();
                planted.push_back(one);
            }
        world.sync(*phone);
    }

    /// One account and what it was given.
    struct Account {
        Actor role;
        Scope scope;
        OfficeWorld::Cookie cookie;
        std::string csrf;
    };
    Account account(Actor role, const Scope& scope) {
        Account out{role, scope, world.signed_in("员工" + std::to_string(++accounts), role, scope), {}};
        const std::string& header = out.cookie.front().second;
        out.csrf = must(world.storage->session(header.substr(header.find('=') + 1), world.now_ms)).csrf;
        return out;
    }
    /// Of every role one with the open records of the town alone, and one with all that the role can have.
    std::vector<Account> every_account() {
        std::vector<Account> out;
        for (const Actor role : staff_roles) {
            const Scope all{{test::area(test::town)}, Scope::Restricted::yes, {named}};
            out.push_back(account(role, {all.areas}));
            out.push_back(account(role, policy().visible(role, all)));
        }
        return out;
    }

    Reply ask(const Account& who, std::string_view route, const std::string& form) {
        const std::size_t space = route.find(' ');
        Request request{std::string(route.substr(0, space)), std::string(route.substr(space + 1)), {}, who.cookie, {}};
        (request.method == "GET" ? request.query : request.body) =
            request.method == "GET" ? form : "csrf=" + who.csrf + "&" + form;
        return world.router.handle(request);
    }

    /// Holds what stands of a record on a page against what the policy lets be seen of each of its fields.
    void expect_seen(const std::string& page, const Planted& record, const Account& who, std::string_view route,
                     Purpose purpose) {
        const bool there = who.scope.covers(record.stream);
        for (const FieldSchema* field : record.fields()) {
            const FieldClass what = policy().class_of(record.schema->id, field->id);
            const Sight sight = there ? policy().sight(who.role, route, what, Relation::own, purpose) : Sight::hidden;
            const std::string canary = record.canary(*field);
            const bool words = page.find(canary) != page.npos,
                       digits = page.find(canary + std::string(number)) != page.npos;
            ++checks;
            EXPECT_EQ(words, sight >= Sight::without_numbers)
                << name_of(who.role) << " " << route << " for " << name_of(purpose) << ": " << canary;
            EXPECT_EQ(digits, sight == Sight::shown)
                << name_of(who.role) << " " << route << " for " << name_of(purpose) << ": " << canary;
        }
    }

    OfficeWorld world;
    const RecordId named = test::record(7), unnamed = test::record(8);
    std::unique_ptr<Phone> phone;
    std::vector<Planted> planted;
    int accounts = 0;
    int checks = 0;
};

TEST_F(PermissionRoutes, PagesShowWhatThePolicySays) {
    for (const Account& who : every_account()) {
        const Reply office = ask(who, "GET /office", "");
        const bool reads = policy().may(who.role, "GET /office", Relation::own, Purpose::none);
        EXPECT_EQ(office.status, reads ? 200 : 403) << name_of(who.role);
        for (const Planted& record : planted) {
            expect_seen(office.body, record, who, "GET /office", Purpose::none);
            EXPECT_EQ(office.body.find(record.id.hex()) != std::string::npos, reads && who.scope.covers(record.stream));
            const Reply page = ask(who, "GET /office/record", "id=" + record.id.hex());
            EXPECT_EQ(page.status, !reads ? 403 : who.scope.covers(record.stream) ? 200 : 404) << name_of(who.role);
            expect_seen(page.body, record, who, "GET /office/record", Purpose::none);
        }
    }
    std::printf("permission routes: %d checks of fields on pages\n", checks);
    EXPECT_GE(checks, 4'000);
}

TEST_F(PermissionRoutes, RevealsAreForAPurposeAndWrittenDown) {
    std::size_t reveals = 0;
    for (const Account& who : every_account())
        for (const Planted& record : planted)
            for (const std::string_view name : purpose_names()) {
                const Purpose purpose = *purpose_named(name);
                const Reply page =
                    ask(who, "POST /office/reveal", "record=" + record.id.hex() + "&purpose=" + std::string(name));
                const bool may = who.scope.covers(record.stream) &&
                                 policy().may(who.role, "POST /office/reveal", Relation::own, purpose);
                EXPECT_EQ(page.status == 200, may) << name_of(who.role) << " " << record.where << " for " << name;
                expect_seen(page.body, record, who, "POST /office/reveal", purpose);
                if (!may) continue;
                ++reveals;
                const AuditEntry entry = must(world.storage->audited(1, {test::area(test::town)})).front();
                EXPECT_EQ(entry.record, record.id);
                EXPECT_EQ(entry.purpose, purpose);
                EXPECT_EQ(entry.role, who.role);
                EXPECT_FALSE(entry.seen.empty());
            }
    const auto written = [&](std::string_view area) {
        return must(world.storage->audited(100'000, {test::area(area)})).size();
    };
    EXPECT_EQ(written(test::town), reveals) << "what was refused is no look";
    EXPECT_EQ(written(test::other_town), 0u) << "nor is another area's auditor told";
    const Account auditor = account(Actor::auditor, {{test::area(test::town)}});
    const std::string page = ask(auditor, "GET /office/audit", "").body;
    for (const Planted& record : planted)
        EXPECT_EQ(page.find(record.id.hex().substr(0, 12)) != page.npos,
                  record.where != "far" && record.where != "unnamed")
            << record.where << ": a sealed matter's reveals are told too, without a word of it";
    std::printf("permission routes: %d checks of fields on reveals, %zu of them written down\n", checks, reveals);
    EXPECT_GE(checks, 10'000);
}

TEST_F(PermissionRoutes, ActsAreRefusedByRoleAndArea) {
    for (const Account& who : every_account())
        for (const Planted& record : planted) {
            const std::string form = "record=" + record.id.hex() + "&field=4&choice=" + std::string(32, 'a') + ":1";
            const bool may = policy().may_ever(who.role, "POST /office/resolve");
            EXPECT_EQ(ask(who, "POST /office/resolve", form).status,
                      !may                               ? 403
                      : !who.scope.covers(record.stream) ? 404
                                                         : 409)  // nothing of it is in conflict
                << name_of(who.role) << " " << record.where;
        }
    for (const Account& who : every_account()) {
        EXPECT_EQ(ask(who, "GET /office/audit", "").status, who.role == Actor::auditor ? 200 : 403);
        EXPECT_EQ(ask(who, "GET /office/staff", "").status, who.role == Actor::administrator ? 200 : 403);
        EXPECT_EQ(world.ask("POST", "/office/logout", "", who.cookie).status, 403) << "without the session's secret";
        EXPECT_EQ(ask(who, "POST /office/logout", "").status, 303);
        EXPECT_NE(ask(who, "GET /office", "").status, 200) << "signed out";
    }
}

TEST_F(PermissionRoutes, AccountsAreListedWithinTheAdministratorsAreas) {
    const Account town = account(Actor::administrator, {{test::area(test::town)}});
    must(world.storage->add_staff({"本镇窗口", Actor::window_officer, {{test::area(test::village)}}}, world.now_ms));
    must(world.storage->add_staff({"外镇窗口", Actor::window_officer, {{test::area(test::other_town)}}}, world.now_ms));
    must(world.storage->add_staff({"县督查", Actor::supervisor, {{test::area(test::county)}}}, world.now_ms));
    const std::string page = ask(town, "GET /office/staff", "").body;
    EXPECT_NE(page.find("本镇窗口"), std::string::npos);
    for (const char* other : {"外镇窗口", "县督查"}) EXPECT_EQ(page.find(other), std::string::npos) << other;
}

// Each kind of identity opens its own routes and no others.
TEST_F(PermissionRoutes, IdentitiesAreNotTakenForEachOther) {
    const Account head = account(Actor::unit_head, {{test::area(test::county)}});
    const std::string token = phone->enrolment()->token,
                      secret = head.cookie.front().second.substr(head.cookie.front().second.find('=') + 1);
    const auto with = [&](const std::string& name, const std::string& value, const std::string& route) {
        const std::size_t space = route.find(' ');
        return world.ask(route.substr(0, space), route.substr(space + 1), "csrf=" + head.csrf, {{name, value}}).status;
    };
    for (const std::string& route : Router::routes()) {
        if (route == "GET /metrics" || route == "GET (files)") continue;  // answered before: router_test
        const bool staff = policy().may_ever(Actor::unit_head, route) || policy().may_ever(Actor::auditor, route) ||
                           policy().may_ever(Actor::administrator, route),
                   open = policy().may_ever(Actor::stranger, route),
                   phones = policy().may_ever(Actor::phone_cadre, route);
        SCOPED_TRACE(route);
        EXPECT_TRUE(open || phones || staff);
        if (open) continue;
        for (const auto& [name, value] : {std::pair<std::string, std::string>{"x-nobody", "-"},
                                          {"authorization", "Bearer " + secret},
                                          {"authorization", "Bearer " + (phones ? secret : token)},
                                          {"cookie", "__Host-session=" + token},
                                          {"cookie", "__Host-session=" + (phones ? secret : token)}})
            EXPECT_TRUE(with(name, value, route) == 401 || with(name, value, route) == 303) << name;
    }
}

// A household that is the same thing as one of another town: its holder learns that it is there, and no word of it.
TEST_F(PermissionRoutes, WordsThatAreJoinedWithAnotherAreaAreMasked) {
    const auto record_of = [&](const std::string& where) {
        for (const Planted& one : planted)
            if (one.where == where) return one.id;
        return RecordId();
    };
    const RecordId own = record_of("own"), far = record_of("far");
    static_cast<void>(must(phone->mark_same(own, far, ++world.now_ms)));
    world.sync(*phone);
    const Account town = account(Actor::unit_head, {{test::area(test::town)}}),
                  county = account(Actor::unit_head, {{test::area(test::county)}});
    const std::string page = ask(town, "GET /office", "").body;
    EXPECT_NE(page.find("/office/record?id=" + own.hex()), std::string::npos) << "it does not vanish";
    for (const char* words : {"own.household.summary", "far.household.summary", "马庙村"})
        EXPECT_EQ(page.find(words), std::string::npos) << words;
    EXPECT_EQ(ask(town, "POST /office/reveal", "purpose=handling&record=" + own.hex()).status, 403);
    const std::string history = ask(town, "GET /office/record", "id=" + own.hex()).body;
    EXPECT_EQ(history.find("household.summary"), std::string::npos);
    const std::string whole = ask(county, "GET /office", "").body;
    for (const char* words : {"own.household.summary", "far.household.summary"})
        EXPECT_NE(whole.find(words), std::string::npos) << words;
}

// A list is of one's own areas however much else there is.
TEST_F(PermissionRoutes, WhatIsOfOthersTakesNoRowAway) {
    for (int i = 0; i < 210; ++i)
        static_cast<void>(must(phone->save({test::new_household(test::far_village, "别处")}, ++world.now_ms)));
    world.sync(*phone);
    const Account town = account(Actor::window_officer, {{test::area(test::town)}});
    EXPECT_NE(ask(town, "GET /office", "").body.find("own.household.summary"), std::string::npos);
}

}  // namespace
}  // namespace doorstep::server
