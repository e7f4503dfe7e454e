// server/access/policy.hpp -- the one place that decides who may do what, and what of a field he sees; from a table.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/model/scope.hpp"
#include "server/access/vocabulary.hpp"

namespace doorstep::server {

/// Immutable, and so for any thread. What the table does not grant is refused.
class Policy {
public:
    /// server/access/policy.csv's text. Errors: invalid_argument with the line: an unknown word, a field that core does
    /// not have, or something said twice: no line overrides another.
    static Result<Policy> parse_csv(std::string_view text);

    /// `route`: "GET /office". An unknown one is refused to all.
    bool may(Actor actor, std::string_view route, Relation relation, Purpose purpose) const;
    /// Whether there is an area relation and a purpose with which he may: what is asked before either is known.
    bool may_ever(Actor actor, std::string_view route) const;
    /// Those with which he may, about what is his own.
    std::vector<Purpose> purposes_of(Actor actor, std::string_view route) const;
    /// What of a field is seen through a route: nothing when the route itself is refused.
    Sight sight(Actor actor, std::string_view route, FieldClass what, Relation relation, Purpose purpose) const;
    FieldClass class_of(std::uint32_t record_type, std::uint32_t field) const;
    /// The part of an account's scope that its role can have: the row filter. What it does not cover is absent.
    Scope visible(Actor actor, const Scope& granted) const;
    /// Errors: invalid_argument when the scope is more than the role can have, or names no area.
    Status check_grant(Actor actor, const Scope& scope) const;

    /// Every route of the table, ascending.
    std::vector<std::string> routes() const;
    /// "TYPE.NAME" of every field with a class, ascending; of those that all records have, "any.NAME".
    std::vector<std::string> classified() const;

private:
    struct Line;
    Status add(const Line& line);
    Status add_class(const Line& line);

    template <class Outcome>
    using Decisions = std::array<std::array<std::array<Outcome, purposes>, relations>, actors>;
    std::map<std::string, Decisions<bool>, std::less<>> routes_;
    std::map<std::string, std::array<bool, actors>, std::less<>> compartments_;
    std::array<Decisions<Sight>, field_classes> fields_{};
    std::map<std::pair<std::uint32_t, std::uint32_t>, FieldClass> classes_;  // type 0: of every type
    std::set<std::string> classified_;
};

/// The table that the program was built with.
const Policy& policy();
std::string_view builtin_policy_csv();

}  // namespace doorstep::server
