#include "server/access/vocabulary.hpp"

#include <string>

namespace doorstep::server {
namespace {

constexpr std::array<std::string_view, actors> all_actors = {
    "stranger",       "machine",      "phone_cadre", "phone_grid_worker", "cadre",   "grid_worker",
    "window_officer", "case_handler", "unit_head",   "supervisor",        "auditor", "administrator"};
constexpr std::array<std::string_view, relations> all_relations = {"own", "outside"};
constexpr std::array<std::string_view, purposes> all_purposes = {"none", "handling", "supervision", "audit",
                                                                 "statistics"};
constexpr std::array<std::string_view, field_classes> all_classes = {
    "plain", "words", "name", "phone", "id_number", "address", "position", "photo", "unlisted"};
constexpr std::array<std::string_view, sights> all_sights = {"hidden", "masked", "without_numbers", "shown"};

template <class Enum>
std::optional<Enum> named(std::span<const std::string_view> names, std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return static_cast<Enum>(i);
    return std::nullopt;
}

}  // namespace

std::span<const std::string_view> actor_names() { return all_actors; }
std::span<const std::string_view> relation_names() { return all_relations; }
std::span<const std::string_view> purpose_names() { return all_purposes; }
std::span<const std::string_view> field_class_names() { return all_classes; }
std::span<const std::string_view> sight_names() { return all_sights; }

std::optional<Purpose> purpose_named(std::string_view name) { return named<Purpose>(all_purposes, name); }

std::optional<Actor> staff_role_named(std::string_view name) {
    const auto actor = named<Actor>(all_actors, name);
    return actor && is_staff(*actor) ? actor : std::nullopt;
}

Actor phone_of_role(std::string_view role) {
    return named<Actor>(all_actors, "phone_" + std::string(role)).value_or(Actor::stranger);
}

}  // namespace doorstep::server
