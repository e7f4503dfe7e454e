// Every route for every role, area relation, field and purpose: what the policy decides, held against laws that know
// nothing of its table. A rule that is lost, widened or forgotten breaks one of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

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
        static const std::set<std::string> open = {"GET /healthz",
                                                   "GET /readyz",
                                                   "GET (files)",
                                                   "GET /office/login",
                                                   "POST /office/login",
                                                   "GET /office/style.css",
                                                   "POST /api/v1/enrol",
                                                   "GET /office/activate",
                                                   "POST /office/activate",
                                                   "GET /api/v1/openapi.yaml",
                                                   "GET /api/v1/schema",
                                                   "POST /api/v1/session",
                                                   "POST /api/v1/access",
                                                   "POST /api/v1/access/nonce",
                                                   "POST /api/v1/enrol/nonce"};
        return open.contains(route);
    }
    bool is_of_phones() const {
        return route == "POST /sync/v1" || route == "GET /api/v1/wake" || route == "POST /api/v1/access/key";
    }
    bool is_of_all_staff() const {
        return route == "POST /office/logout" || route == "DELETE /api/v1/session" || route == "GET /api/v1/session" ||
               route == "GET /api/v1/divisions/{division}";
    }
    bool keeps_accounts() const {
        return route == "GET /office/staff" || route == "POST /api/v1/enrolments" || route == "POST /api/v1/regrants" ||
               route == "POST /api/v1/revocations" || route == "GET /api/v1/purge-proofs" ||
               route == "GET /api/v1/enrolments" || route == "POST /api/v1/confirmations";
    }
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
    if (q.is_of_all_staff())
        return may == (is_staff(q.actor) && q.purpose == Purpose::none) ? "" : "who is in knows it, and gets out";
    if (may && q.writes() && q.relation == Relation::outside) return "nobody acts outside his areas";
    if (may && q.writes() && q.actor == Actor::auditor) return "an auditor never writes";
    if (may && (q.actor == Actor::administrator || q.actor == Actor::grid_worker) && !q.keeps_accounts())
        return "who keeps accounts, or works with a phone, sees no record here";
    static const std::set<std::string> looks = {"GET /office",           "GET /office/record",
                                                "GET /api/v1/records",   "GET /api/v1/records/{record}",
                                                "GET /api/v1/conflicts", "GET /api/v1/records/{record}/history",
                                                "GET /api/v1/held"};
    if (looks.contains(q.route))
        return may == (reads_records(q.actor) && q.purpose == Purpose::none) ? "" : "who reads records, reads them";
    if (q.route == "POST /office/resolve" || q.route == "POST /api/v1/records/{record}/resolutions")
        return may == (handles(q.actor) && q.relation == Relation::own && q.purpose == Purpose::none)
                   ? ""
                   : "who handles decides, and nobody else";
    if (q.route == "POST /office/reveal" || q.route == "POST /api/v1/records/{record}/reveals") {
        const bool handling = q.purpose == Purpose::handling && handles(q.actor);
        const bool supervision =
            q.purpose == Purpose::supervision && (q.actor == Actor::supervisor || q.actor == Actor::unit_head);
        return may == (q.relation == Relation::own && (handling || supervision))
                   ? ""
                   : "a reveal is for handling or supervision, by whose work that is";
    }
    if (q.route == "GET /office/audit")
        return may == (q.actor == Actor::auditor && q.relation == Relation::own && q.purpose == Purpose::none)
                   ? ""
                   : "what was seen and done is the auditor's to read";
    if (q.route == "GET /api/v1/exports/{type}") {
        const bool leads = q.actor == Actor::unit_head || q.actor == Actor::supervisor || q.actor == Actor::auditor;
        return may == (leads && q.purpose == Purpose::none) ? ""
                                                            : "a file of all records is for who leads or looks after";
    }
    const bool head_at_home = q.actor == Actor::unit_head && q.relation == Relation::own;
    if (q.route == "POST /api/v1/exports/{type}") {
        const bool stated = q.purpose == Purpose::handling || q.purpose == Purpose::supervision;
        return may == (head_at_home && stated) ? "" : "a file with everything in it is a head's, for a purpose";
    }
    if (q.route == "POST /api/v1/moves" || q.route == "POST /api/v1/held/{dot}/{part}/release" ||
        q.route == "POST /api/v1/erasures")
        return may == (head_at_home && q.purpose == Purpose::none) ? "" : "what cannot be undone is a head's";
    if (q.route == "POST /api/v1/imports/{type}") {
        const bool brings = q.relation == Relation::own && (q.actor == Actor::window_officer || head_at_home);
        return may == (brings && q.purpose == Purpose::none) ? "" : "a table comes in at the window, or from the head";
    }
    if (q.route == "GET /api/v1/records/{record}/parts") {
        const bool looks_after = q.relation == Relation::own && (q.actor == Actor::auditor || head_at_home);
        return may == (looks_after && q.purpose == Purpose::none) ? ""
                                                                  : "what an erasure names is a head's or an auditor's";
    }
    const bool keeps = q.actor == Actor::administrator && q.relation == Relation::own && q.purpose == Purpose::none;
    if (q.route == "GET /api/v1/purge-proofs") {
        const bool audits = q.actor == Actor::auditor && q.relation == Relation::own && q.purpose == Purpose::none;
        return may == (keeps || audits) ? "" : "who keeps accounts, or audits, sees what phones purged";
    }
    if (q.keeps_accounts() && q.route != "GET /office/staff")
        return may == keeps ? "" : "who keeps accounts keeps phones";
    if (q.route == "GET /office/staff")
        return may == (q.actor == Actor::administrator && q.relation == Relation::own && q.purpose == Purpose::none)
                   ? ""
                   : "who keeps accounts sees them, and nobody else";
    return "no law knows this route: write what must hold of it";
}

/// How much a field says of a person, told by its name and not by the table's class.
enum class Says { matter, words, person };
std::optional<Says> says(std::string_view name) {
    static const std::map<std::string_view, Says> known = {
        {"address", Says::person},     {"contact", Says::person},
        {"phone", Says::person},       {"name", Says::person},
        {"persons_met", Says::person}, {"position", Says::person},
        {"photos", Says::person},      {"needs", Says::words},
        {"summary", Says::words},      {"notes", Says::words},
        {"best_time", Says::words},    {"argument", Says::words},
        {"grid", Says::matter},        {"follow_up_on", Says::matter},
        {"household", Says::matter},   {"last_visited_on", Says::matter},
        {"visited_at", Says::matter},  {"attempts", Says::matter},
        {"category", Says::matter},    {"reported_at", Says::matter},
        {"number", Says::matter},      {"number_accepted", Says::matter},
        {"stage", Says::matter},       {"definition", Says::matter},
        {"matter", Says::matter},      {"transition", Says::matter},
        {"expected", Says::matter},    {"outcome", Says::matter},
        {"code", Says::matter},        {"rule", Says::matter},
        {"subject", Says::matter},     {"ordered_by", Says::matter},
        {"ordered_at", Says::matter},  {"origin", Says::matter},
        {"home", Says::matter},        {"same_as", Says::matter},
        {"deletions", Says::matter},   {"erasures", Says::matter},
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
    if (field.says != Says::matter && sight > Sight::masked && q.actor == Actor::auditor)
        return "an auditor reads no words";
    if (words && sight > Sight::masked && q.actor == Actor::supervisor && q.purpose == Purpose::none)
        return "a supervisor says what for";
    if (q.actor == Actor::administrator && sight > Sight::hidden) return "who keeps accounts sees no record";
    if (q.purpose == Purpose::handling && sight > Sight::hidden && !handles(q.actor)) return "handling is for handlers";
    const std::set<std::string> reach = {"phone", "position", "photos"};
    if (q.purpose == Purpose::supervision && sight > Sight::masked && reach.contains(field.name))
        return "supervision needs no way to reach a person";
    // And what must be there, or the work cannot be done.
    const bool looks = q.route == "GET /office" && q.purpose == Purpose::none && reads_records(q.actor);
    if (looks && q.relation == Relation::outside && sight != Sight::masked) return "a joined record does not vanish";
    if (q.relation == Relation::outside) return "";
    if (q.route == "POST /office/reveal" && q.purpose == Purpose::supervision && may) {
        if (words && sight != Sight::shown) return "who supervises reads what was told";
        if (personal && sight == Sight::hidden) return "that something is masked is in sight";
    }
    if (q.route == "POST /office/reveal" && q.purpose == Purpose::handling && handles(q.actor) && sight != Sight::shown)
        return "who handles sees all for it";
    if (looks) {
        if (field.says == Says::matter && sight != Sight::shown) return "the matter itself is in sight";
        if (personal && sight != Sight::masked) return "that something is masked is in sight";
        if (words && !handles(q.actor) && sight != Sight::masked) return "that something was told is in sight";
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
    for (const std::string& route : Router::routes())
        for (std::size_t actor = 0; actor < actors; ++actor)
            for (std::size_t relation = 0; relation < relations; ++relation)
                for (std::size_t purpose = 0; purpose < purposes; ++purpose)
                    visit(Question{route, Actor(actor), Relation(relation), Purpose(purpose)});
}

/// What is wrong with a table, and how often something was looked at to find it.
struct Findings {
    std::vector<std::string> broken;
    std::uint64_t checks = 0;

    void note(const std::string& law, const std::string& at) {
        ++checks;
        if (!law.empty()) broken.push_back(at + ": " + law);
    }
};

Findings check_routes(const Policy& table) {
    Findings out;
    each_question([&](const Question& q) {
        out.note(broken_by(q, table.may(q.actor, q.route, q.relation, q.purpose)), q.text());
    });
    return out;
}

Findings check_fields(const Policy& table) {
    static const std::vector<Field> fields = all_fields();
    Findings out;
    each_question([&](const Question& q) {
        const bool may = table.may(q.actor, q.route, q.relation, q.purpose);
        const Seeing how = seeing(table, q.actor, q.route, q.relation, q.purpose);
        for (const Field& field : fields) {
            const FieldSight got = how(field.type, field.number);
            std::string law = broken_by(q, field, may, got.sight);
            if (law.empty() && got.sight != Sight::hidden) law = broken_by_mask(got.what, got.sight);
            out.note(law, q.text() + ": " + field.name);
        }
    });
    return out;
}

/// The row filter: whose streams are there for whom.
Findings check_streams(const Policy& table) {
    using Kind = Compartment::Kind;
    const RecordId matter = test::record(7), other_matter = test::record(8);
    const std::string_view areas[] = {test::county,        test::town,       test::village,
                                      test::other_village, test::other_town, test::far_village};
    const auto below = [](std::string_view area, std::string_view mine) {
        const std::size_t digits = mine.ends_with("000000") ? 6 : mine.ends_with("000") ? 9 : 12;
        return area.starts_with(mine.substr(0, digits));
    };
    Findings out;
    const auto ask = [&](Actor who, std::string_view mine, const Scope& granted, std::string_view area,
                         const Compartment& compartment) {
        const bool confidential = handles(who) || who == Actor::supervisor,
                   opened = who == Actor::case_handler || who == Actor::unit_head || who == Actor::supervisor;
        bool expected = below(area, mine);
        if (compartment.kind == Kind::restricted)
            expected = expected && confidential && granted.restricted == Scope::Restricted::yes;
        if (compartment.kind == Kind::sealed)
            expected = expected && opened && !granted.sealed.empty() && compartment.matter == matter;
        const bool seen = table.visible(who, granted).covers({test::area(area), compartment});
        out.note(seen == expected ? "" : "sealed by name, restricted by right, and nothing outside",
                 std::string(name_of(who)) + " of " + std::string(mine) + " and " + std::string(area));
    };
    const Compartment compartments[] = {
        {}, {Kind::restricted, {}}, {Kind::sealed, matter}, {Kind::sealed, other_matter}};
    for (std::size_t actor = 0; actor < actors; ++actor)
        for (const std::string_view mine : areas)
            for (const Scope::Restricted restricted : {Scope::Restricted::no, Scope::Restricted::yes})
                for (const std::vector<RecordId>& named : {std::vector<RecordId>{}, std::vector{matter}})
                    for (const std::string_view area : areas)
                        for (const Compartment& compartment : compartments)
                            ask(Actor(actor), mine, {{test::area(mine)}, restricted, named}, area, compartment);
    return out;
}

/// The same table with one line of it changed, or without it.
std::vector<std::pair<std::string, std::string>> damaged_tables() {
    std::vector<std::string> lines;
    std::istringstream in{std::string(builtin_policy_csv())};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::vector<std::pair<std::string, std::string>> out;
    const auto with = [&](std::size_t at, const std::string& instead) {
        if (instead == lines[at]) return;
        std::string text;
        for (std::size_t i = 0; i < lines.size(); ++i) text += (i == at ? instead : lines[i]) + "\n";
        out.emplace_back(lines[at] + "  ->  " + instead, text);
    };
    for (std::size_t at = 0; at < lines.size(); ++at) {
        const std::string& line = lines[at];
        std::vector<std::string> cells;
        std::istringstream columns(line);
        for (std::string cell; std::getline(columns, cell, ',');) cells.push_back(cell);
        if (line.empty() || line.front() == '#' || cells[0] == "kind") continue;
        const auto put = [&](std::size_t column, const std::string& word) {
            std::string text;
            for (std::size_t i = 0; i < cells.size(); ++i) text += (i ? "," : "") + (i == column ? word : cells[i]);
            return text;
        };
        if (cells[0] == "class") {  // without a class a field is masked like the most personal: that is policy_test's
            if (cells[5] != "plain") with(at, put(5, "plain"));
            continue;
        }
        with(at, "");
        if (cells[2] != "staff") with(at, put(2, "anyone"));
        with(at, put(2, "auditor"));
        if (cells[0] == "compartment") continue;  // the row filter asks for no area and no purpose
        if (cells[3] == "own") with(at, put(3, "any"));
        with(at, put(4, "any"));
        if (cells[0] == "field") with(at, put(5, cells[5] == "shown" ? "hidden" : "shown"));
    }
    return out;
}

/// Whether two tables come to the same, through every route: then one is no damaged form of the other.
bool decides_alike(const Policy& a, const Policy& b) {
    bool alike = true;
    each_question([&](const Question& q) {
        alike =
            alike && a.may(q.actor, q.route, q.relation, q.purpose) == b.may(q.actor, q.route, q.relation, q.purpose);
        for (std::size_t one = 0; one < field_classes; ++one)
            alike = alike && a.sight(q.actor, q.route, FieldClass(one), q.relation, q.purpose) ==
                                 b.sight(q.actor, q.route, FieldClass(one), q.relation, q.purpose);
    });
    for (const Field& field : all_fields())
        alike = alike && a.class_of(field.type, field.number) == b.class_of(field.type, field.number);
    const Scope all{{test::area(test::county)}, Scope::Restricted::yes, {test::record(7)}};
    for (std::size_t actor = 0; actor < actors; ++actor)
        alike = alike && a.visible(Actor(actor), all) == b.visible(Actor(actor), all);
    return alike;
}

/// Fails with the first findings; all of them would bury what they say.
void expect_sound(const Findings& found) {
    constexpr std::size_t told_max = 20;
    checks += found.checks;
    for (std::size_t i = 0; i < std::min(told_max, found.broken.size()); ++i) ADD_FAILURE() << found.broken[i];
    EXPECT_TRUE(found.broken.empty()) << found.broken.size() << " in all";
}

TEST(PermissionMatrix, RouterAndTableKnowTheSameRoutes) { EXPECT_EQ(policy().routes(), Router::routes()); }
TEST(PermissionMatrix, EveryRouteForEveryRoleAreaAndPurpose) { expect_sound(check_routes(policy())); }
TEST(PermissionMatrix, EveryFieldThroughEveryRoute) { expect_sound(check_fields(policy())); }
TEST(PermissionMatrix, EveryStreamForEveryRoleAndGrant) { expect_sound(check_streams(policy())); }

// The laws are worth something only if none of the table's lines can go or grow unnoticed.
TEST(PermissionMatrix, NoLineCanBeLostOrWidenedUnnoticed) {
    int damages = 0;
    for (const auto& [what, text] : damaged_tables()) {
        ++damages;
        const auto table = Policy::parse_csv(text);
        if (!table) continue;  // noticed when the program starts
        const bool noticed = !check_routes(table.value()).broken.empty() ||
                             !check_streams(table.value()).broken.empty() ||
                             !check_fields(table.value()).broken.empty();
        EXPECT_TRUE(noticed || decides_alike(table.value(), policy())) << what;
    }
    std::printf("permission matrix: %d damaged tables, each noticed\n", damages);
    EXPECT_GE(damages, 100);
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
