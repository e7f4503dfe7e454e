#include "server/access/policy.hpp"

#include <cassert>

#include "core/model/reserved_field.hpp"
#include "core/model/schema.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t columns = 6;

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> out;
    while (true) {
        const std::size_t end = text.find(by);
        out.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return out;
        text.remove_prefix(end + 1);
    }
}

Result<std::size_t> number_of(std::span<const std::string_view> names, std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return i;
    return Error{Errc::invalid_argument, "the policy does not know \"" + std::string(name) + "\""};
}

/// The numbers of the words in a column; `all` stands for each of them.
Result<std::vector<std::size_t>> numbers_of(std::span<const std::string_view> names, std::string_view column,
                                            std::string_view all) {
    std::vector<std::size_t> out;
    for (const std::string_view word : split(column, ' ')) {
        if (word == all) {
            for (std::size_t i = 0; i < names.size(); ++i) out.push_back(i);
            continue;
        }
        DOORSTEP_TRY_ASSIGN(const std::size_t number, number_of(names, word));
        out.push_back(number);
    }
    return out;
}

Result<std::vector<std::size_t>> actors_of(std::string_view column) {
    if (column != "staff") return numbers_of(actor_names(), column, "anyone");
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < actors; ++i)
        if (is_staff(static_cast<Actor>(i))) out.push_back(i);
    return out;
}

constexpr std::uint32_t every_type[] = {reserved_field::origin, reserved_field::home, reserved_field::same_as,
                                        reserved_field::deletions, reserved_field::erasures};

/// The numbers of "household.address", or of "any.home" with 0 for the type.
Result<std::pair<std::uint32_t, std::uint32_t>> field_named(std::string_view name) {
    const Error unknown{Errc::invalid_argument, "core has no field \"" + std::string(name) + "\""};
    const std::size_t dot = name.find('.');
    if (dot == std::string_view::npos) return unknown;
    const std::string_view type = name.substr(0, dot), field = name.substr(dot + 1);
    if (type == "any") {
        const RecordSchema& some = record_schemas().front();
        for (const std::uint32_t id : every_type)
            if (some.field(id)->name == field) return std::pair(0u, id);
        return unknown;
    }
    const RecordSchema* schema = record_schema(type);
    const FieldSchema* known = schema ? schema->field(field) : nullptr;
    if (!known) return unknown;
    return std::pair(schema->id, known->id);
}

}  // namespace

struct Policy::Line {
    std::string_view kind, subject, who, area, purpose, outcome;
};

Result<Policy> Policy::parse_csv(std::string_view text) {
    Policy out;
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (line.empty() || line.front() == '#' || line.starts_with("kind,")) continue;
        const std::vector<std::string_view> cells = split(line, ',');
        Status added = Error{Errc::invalid_argument, "not six columns"};
        if (cells.size() == columns) added = out.add({cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]});
        if (!added)
            return Error{Errc::invalid_argument, "line " + std::to_string(number) + ": " + added.error().detail};
    }
    return out;
}

Status Policy::add(const Line& line) {
    if (line.kind == "class") return add_class(line);
    DOORSTEP_TRY_ASSIGN(const auto who, actors_of(line.who));
    DOORSTEP_TRY_ASSIGN(const auto where, numbers_of(relation_names(), line.area, "any"));
    DOORSTEP_TRY_ASSIGN(const auto what_for, numbers_of(purpose_names(), line.purpose, "any"));
    const auto each = [&](const auto& set) {
        for (const std::size_t actor : who)
            for (const std::size_t relation : where)
                for (const std::size_t purpose : what_for) set(actor, relation, purpose);
    };
    if (line.kind == "field") {
        DOORSTEP_TRY_ASSIGN(const auto classes, numbers_of(field_class_names(), line.subject, "any"));
        DOORSTEP_TRY_ASSIGN(const std::size_t sight, number_of(sight_names(), line.outcome));
        Status said = ok();
        for (const std::size_t one : classes)
            each([&](std::size_t a, std::size_t r, std::size_t p) {
                if (fields_[one][a][r][p] != Sight::hidden)
                    said = Error{Errc::invalid_argument, "an earlier line says what is seen of some of these"};
                fields_[one][a][r][p] = static_cast<Sight>(sight);
            });
        return said;
    }
    if (line.outcome != "allow") return Error{Errc::invalid_argument, "a line like this one says allow"};
    if (line.kind == "route") {
        auto& decisions = routes_[std::string(line.subject)];
        each([&](std::size_t a, std::size_t r, std::size_t p) { decisions[a][r][p] = true; });
        return ok();
    }
    if (line.kind == "compartment") {
        for (const std::size_t actor : who) compartments_[std::string(line.subject)][actor] = true;
        return ok();
    }
    return Error{Errc::invalid_argument, "a line is of a route, a compartment, a field or a class"};
}

Status Policy::add_class(const Line& line) {
    DOORSTEP_TRY_ASSIGN(const std::size_t what, number_of(field_class_names(), line.outcome));
    for (const std::string_view name : split(line.subject, ' ')) {
        DOORSTEP_TRY_ASSIGN(const auto field, field_named(name));
        if (!classes_.emplace(field, static_cast<FieldClass>(what)).second)
            return Error{Errc::invalid_argument, "the class of " + std::string(name) + " is said twice"};
        classified_.insert(std::string(name));
    }
    return ok();
}

bool Policy::may(Actor actor, std::string_view route, Relation relation, Purpose purpose) const {
    const auto found = routes_.find(route);
    if (found == routes_.end()) return false;
    return found->second[static_cast<std::size_t>(actor)][static_cast<std::size_t>(relation)]
                        [static_cast<std::size_t>(purpose)];
}

bool Policy::may_ever(Actor actor, std::string_view route) const {
    for (std::size_t relation = 0; relation < relations; ++relation)
        for (std::size_t purpose = 0; purpose < purposes; ++purpose)
            if (may(actor, route, static_cast<Relation>(relation), static_cast<Purpose>(purpose))) return true;
    return false;
}

std::vector<Purpose> Policy::purposes_of(Actor actor, std::string_view route) const {
    std::vector<Purpose> out;
    for (std::size_t purpose = 0; purpose < purposes; ++purpose)
        if (may(actor, route, Relation::own, static_cast<Purpose>(purpose)))
            out.push_back(static_cast<Purpose>(purpose));
    return out;
}

Sight Policy::sight(Actor actor, std::string_view route, FieldClass what, Relation relation, Purpose purpose) const {
    if (!may(actor, route, relation, purpose)) return Sight::hidden;
    return fields_[static_cast<std::size_t>(what)][static_cast<std::size_t>(actor)][static_cast<std::size_t>(relation)]
                  [static_cast<std::size_t>(purpose)];
}

FieldClass Policy::class_of(std::uint32_t record_type, std::uint32_t field) const {
    auto found = classes_.find({record_type, field});
    if (found == classes_.end()) found = classes_.find({0, field});
    return found == classes_.end() ? FieldClass::unlisted : found->second;
}

Scope Policy::visible(Actor actor, const Scope& granted) const {
    const auto can_have = [&](std::string_view compartment) {
        const auto found = compartments_.find(compartment);
        return found != compartments_.end() && found->second[static_cast<std::size_t>(actor)];
    };
    Scope out{granted.areas, can_have("restricted") ? granted.restricted : Scope::Restricted::no, {}};
    if (can_have("sealed")) out.sealed = granted.sealed;
    return out;
}

Status Policy::check_grant(Actor actor, const Scope& scope) const {
    if (!is_staff(actor)) return Error{Errc::invalid_argument, "no account has this role"};
    if (scope.areas.empty()) return Error{Errc::invalid_argument, "an account needs an area"};
    if (scope.areas.size() > limits::scope_areas_max || scope.sealed.size() > limits::scope_sealed_max)
        return Error{Errc::invalid_argument, "an account is given too many areas or matters"};
    if (visible(actor, scope) != scope)
        return Error{Errc::invalid_argument, "accounts of this role see no restricted records, or no sealed matter"};
    return ok();
}

std::vector<std::string> Policy::routes() const {
    std::vector<std::string> out;
    for (const auto& [route, decisions] : routes_) out.push_back(route);
    return out;
}

std::vector<std::string> Policy::classified() const { return {classified_.begin(), classified_.end()}; }

const Policy& policy() {
    static const Policy built_in = [] {
        auto parsed = Policy::parse_csv(builtin_policy_csv());
        assert(parsed);
        return parsed ? std::move(parsed).value() : Policy();  // a table that cannot be read grants nothing
    }();
    return built_in;
}

}  // namespace doorstep::server
