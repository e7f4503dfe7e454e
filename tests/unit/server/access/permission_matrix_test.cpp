// Every route for every role, area relation, field and purpose: what the policy decides, held against laws that know
// nothing of its table. A rule that is lost, widened or forgotten breaks one of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "core/model/reserved_field.hpp"
#include "core/model/schema.hpp"
#include "server/access/mask.hpp"
#include "server/api/router.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::server {
namespace {

constexpr std::uint64_t checks_min = 50'000;
std::uint64_t checks = 0;

/// One question: may this actor, through this route, about his own or not, for this purpose?
struct Question {
    std::string route;
    Actor actor;
    Relation relation;
    Purpose purpose;

    std::string text() const {
        return std::string(name_of(actor)) + " " + route + " " + std::string(relation_names()[std::size_t(relation)]) +
               " for " + std::string(name_of(purpose));
    }
    bool writes() const { return route.starts_with("POST ") && !is_of_everybody(); }
    bool is_of_everybody() const {
        static const std::set<std::string> open = {"GET /healthz",      "GET /readyz",        "GET (files)",
                                                   "GET /office/login", "POST /office/login", "GET /office/style.css",
                                                   "POST /api/v1/enrol"};
        return open.contains(route);
    }
    bool is_of_phones() const { return route == "POST /sync/v1" || route == "GET /api/v1/wake"; }
    bool is_sign_out() const { return route == "POST /office/logout"; }
};

bool is_phone(Actor actor) { return actor == Actor::phone_cadre || actor == Actor::phone_grid_worker; }
/// Whose work is with the people of his areas, at a desk.
bool handles(Actor actor) {
    return actor == Actor::cadre || actor == Actor::window_officer || actor == Actor::case_handler ||
           actor == Actor::unit_head;
}
bool reads_records(Actor actor) { return handles(actor) || actor == Actor::supervisor || actor == Actor::auditor; }

/// The laws of routes. "": none is broken.
std::string broken_by(const Question& q, bool may) {
    if (q.is_of_everybody()) return may == (q.purpose == Purpose::none) ? "" : "open to everybody, for no purpose";
    if (q.route == "GET /metrics")
        return may == (q.actor == Actor::machine && q.purpose == Purpose::none) ? "" : "for this machine alone";
    if (q.is_of_phones())
        return may == (is_phone(q.actor) && q.relation == Relation::own && q.purpose == Purpose::handling)
                   ? ""
                   : "for phones alone, and their own areas";
    if (may && !is_staff(q.actor)) return "without a session nobody sees the office";
    if (q.is_sign_out()) return may == (is_staff(q.actor) && q.purpose == Purpose::none) ? "" : "who is in gets out";
    if (may && q.writes() && q.relation == Relation::outside) return "nobody acts outside his areas";
    if (may && q.writes() && q.actor == Actor::auditor) return "an auditor never writes";
    if (may && (q.actor == Actor::administrator || q.actor == Actor::grid_worker) && q.route != "GET /office/staff" &&
        !q.route.starts_with("POST /office/staff"))
        return "who keeps accounts, or works with a phone, sees no record here";
    if (q.route == "GET /office" || q.route == "GET /office/record")
        return may == (reads_records(q.actor) && q.purpose == Purpose::none) ? "" : "who reads records, reads them";
    if (q.route == "POST /office/resolve")
        return may == (handles(q.actor) && q.relation == Relation::own && q.purpose == Purpose::none)
                   ? ""
                   : "who handles decides, and nobody else";
    if (q.route == "POST /office/reveal") {
        const bool handling = q.purpose == Purpose::handling && handles(q.actor);
        const bool supervision = q.purpose == Purpose::supervision &&
                                 (q.actor == Actor::supervisor || q.actor == Actor::unit_head);
        return may == (q.relation == Relation::own && (handling || supervision))
                   ? ""
                   : "a reveal is for handling or supervision, by whose work that is";
    }
    if (q.route == "GET /office/audit")
        return may == (q.actor == Actor::auditor && q.relation == Relation::own && q.purpose == Purpose::none)
                   ? ""
                   : "what was seen and done is the auditor's to read";
    return "no law knows this route: write what must hold of it";
}

/// How much a field says of a person, told by its name and not by the table's class.
enum class Says { matter, words, person };
std::optional<Says> says(std::string_view name) {
    static const std::map<std::string_view, Says> known = {
        {"address", Says::person},      {"contact", Says::person},      {"phone", Says::person},
        {"name", Says::person},         {"persons_met", Says::person},  {"position", Says::person},
        {"photos", Says::person},       {"needs", Says::words},         {"summary", Says::words},
        {"notes", Says::words},         {"best_time", Says::words},     {"argument", Says::words},
        {"grid", Says::matter},         {"follow_up_on", Says::matter}, {"household", Says::matter},
        {"last_visited_on", Says::matter}, {"visited_at", Says::matter}, {"attempts", Says::matter},
        {"category", Says::matter},     {"reported_at", Says::matter},  {"number", Says::matter},
        {"number_accepted", Says::matter}, {"stage", Says::matter},     {"definition", Says::matter},
        {"matter", Says::matter},       {"transition", Says::matter},   {"expected", Says::matter},
        {"outcome", Says::matter},      {"code", Says::matter},         {"rule", Says::matter},
        {"subject", Says::matter},      {"ordered_by", Says::matter},   {"ordered_at", Says::matter},
        {"origin", Says::matter},       {"home", Says::matter},         {"same_as", Says::matter},
        {"deletions", Says::matter},    {"erasures", Says::matter},
    };
    const auto found = known.find(name);
    return found == known.end() ? std::nullopt : std::optional(found->second);
}

struct Field {
    std::uint32_t type, number;
    std::string name;
    Says says;
};
std::vector<Field> all_fields() {
    std::vector<Field> out;
    const auto add = [&](std::uint32_t type, const FieldSchema& field) {
        const auto how = says(field.name);
        EXPECT_TRUE(how) << "no law knows the field " << field.name << ": write how much it says of a person";
        out.push_back({type, field.id, std::string(field.name), how.value_or(Says::person)});
    };
    for (const RecordSchema& record : record_schemas())
        for (const FieldSchema& field : record.fields) add(record.id, field);
    for (const std::uint32_t reserved : {reserved_field::origin, reserved_field::home, reserved_field::same_as,
                                         reserved_field::deletions, reserved_field::erasures})
        add(1, *record_schemas().front().field(reserved));
    out.push_back({1, 5'000, "a county's own field", Says::person});
    out.push_back({4'000, 1, "a field of a newer program's record", Says::person});
    return out;
}

/// The laws of fields. "": none is broken.
std::string broken_by(const Question& q, const Field& field, bool may, Sight sight) {
    const bool personal = field.says == Says::person, words = field.says == Says::words;
    if (sight > Sight::hidden && !may) return "nothing is seen through a route that is refused";
    if (sight > Sight::hidden && !is_staff(q.actor)) return "who is not of the staff sees nothing through the office";
    if (sight > Sight::masked && q.relation == Relation::outside) return "nobody reads outside his areas";
    if (personal && sight > Sight::masked && q.purpose == Purpose::none) return "masked unless a purpose is said";
    if (words && sight > Sight::without_numbers && q.purpose == Purpose::none) return "no numbers unless a purpose";
    if (field.says != Says::matter && sight > Sight::hidden && q.purpose == Purpose::statistics)
        return "statistics are made of matters, not of persons";
    if (field.says != Says::matter && sight > Sight::masked && q.actor == Actor::auditor) return "an auditor reads no words";
    if (words && sight > Sight::masked && q.actor == Actor::supervisor && q.purpose == Purpose::none)
        return "a supervisor says what for";
    if (q.actor == Actor::administrator && sight > Sight::hidden) return "who keeps accounts sees no record";
    if (q.purpose == Purpose::handling && sight > Sight::hidden && !handles(q.actor)) return "handling is for handlers";
    const std::set<std::string> reach = {"phone", "position", "photos"};
    if (q.purpose == Purpose::supervision && sight > Sight::masked && reach.contains(field.name))
        return "supervision needs no way to reach a person";
    // And what must be there, or the work cannot be done.
    if (q.relation == Relation::outside) return "";
    if (q.route == "POST /office/reveal" && q.purpose == Purpose::handling && handles(q.actor) && sight != Sight::shown)
        return "who handles sees all for it";
    if (q.route == "GET /office" && q.purpose == Purpose::none && reads_records(q.actor)) {
        if (field.says == Says::matter && sight != Sight::shown) return "the matter itself is in sight";
        if (personal && sight != Sight::masked) return "that something is masked is in sight";
        if (words && handles(q.actor) && sight != Sight::without_numbers) return "who handles reads what was told";
    }
    return "";
}

const std::string secret = "李秀英13812345678", secret_number = "13812345678";

/// What the real mask leaves of a secret, against how much the decision lets be seen.
std::string broken_by_mask(FieldClass what, Sight sight) {
    const Value left = seen(test::text(secret), what, sight);
    const std::string_view text = left.as_text();
    if (sight == Sight::shown) return text == secret ? "" : "what is shown is shown whole";
    if (text.find(secret_number) != text.npos) return "the number is still there";
    if (sight == Sight::hidden && !text.empty()) return "something is left of what is hidden";
    if (sight == Sight::masked && text.find("秀英") != text.npos) return "the name is still there";
    return "";
}

template <class Visit>
void each_question(const Visit& visit) {
    for (const std::string& route : policy().routes())
        for (std::size_t actor = 0; actor < actors; ++actor)
            for (std::size_t relation = 0; relation < relations; ++relation)
                for (std::size_t purpose = 0; purpose < purposes; ++purpose)
                    visit(Question{route, Actor(actor), Relation(relation), Purpose(purpose)});
}

TEST(PermissionMatrix, RouterAndTableKnowTheSameRoutes) { EXPECT_EQ(policy().routes(), Router::routes()); }

TEST(PermissionMatrix, EveryRouteForEveryRoleAreaAndPurpose) {
    each_question([](const Question& q) {
        ++checks;
        EXPECT_EQ(broken_by(q, policy().may(q.actor, q.route, q.relation, q.purpose)), "") << q.text();
    });
}

TEST(PermissionMatrix, EveryFieldThroughEveryRoute) {
    const std::vector<Field> fields = all_fields();
    each_question([&](const Question& q) {
        const bool may = policy().may(q.actor, q.route, q.relation, q.purpose);
        const Seeing how = seeing(policy(), q.actor, q.route, q.relation, q.purpose);
        for (const Field& field : fields) {
            ++checks;
            const FieldSight got = how(field.type, field.number);
            EXPECT_EQ(broken_by(q, field, may, got.sight), "") << q.text() << ": " << field.name;
            EXPECT_EQ(broken_by_mask(got.what, got.sight), "") << q.text() << ": " << field.name;
        }
    });
}

// The row filter: whose streams are there for whom.
TEST(PermissionMatrix, EveryStreamForEveryRoleAndGrant) {
    const RecordId matter = test::record(7), other_matter = test::record(8);
    const std::vector<std::string_view> areas = {test::county, test::town,       test::village,
                                                 test::other_village, test::other_town, test::far_village};
    const auto below = [](std::string_view area, std::string_view mine) {
        const std::string_view prefix = mine.ends_with("000000") ? mine.substr(0, 6)
                                        : mine.ends_with("000")  ? mine.substr(0, 9)
                                                                 : mine;
        return area.starts_with(prefix);
    };
    using Kind = Compartment::Kind;
    for (std::size_t actor = 0; actor < actors; ++actor)
        for (const std::string_view mine : areas)
            for (const Scope::Restricted restricted : {Scope::Restricted::no, Scope::Restricted::yes})
                for (const std::vector<RecordId>& named : {std::vector<RecordId>{}, std::vector{matter}})
                    for (const std::string_view area : areas)
                        for (const Compartment& compartment :
                             {Compartment{}, Compartment{Kind::restricted, {}}, Compartment{Kind::sealed, matter},
                              Compartment{Kind::sealed, other_matter}}) {
                            ++checks;
                            const auto who = static_cast<Actor>(actor);
                            const Scope granted{{test::area(mine)}, restricted, named};
                            const bool seen = policy().visible(who, granted).covers({test::area(area), compartment});
                            const bool confidential = handles(who) || who == Actor::supervisor;
                            const bool opened = who == Actor::case_handler || who == Actor::unit_head ||
                                                who == Actor::supervisor;
                            bool expected = below(area, mine);
                            if (compartment.kind == Kind::restricted)
                                expected = expected && confidential && restricted == Scope::Restricted::yes;
                            if (compartment.kind == Kind::sealed)
                                expected = expected && opened && !named.empty() && compartment.matter == matter;
                            EXPECT_EQ(seen, expected) << name_of(who) << " of " << mine << " and " << area;
                        }
}

class Count : public testing::Environment {
    void TearDown() override {
        if (testing::GTEST_FLAG(filter) != "*") return;
        std::printf("permission matrix: %llu checks of decisions\n", static_cast<unsigned long long>(checks));
        EXPECT_GE(checks, checks_min);
    }
};
[[maybe_unused]] const testing::Environment* const count = testing::AddGlobalTestEnvironment(new Count);

}  // namespace
}  // namespace doorstep::server
