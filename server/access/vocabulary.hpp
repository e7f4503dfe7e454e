// server/access/vocabulary.hpp -- the words of the policy table: who asks, about which area, what for, and what of a
// field is then seen. The names in the table and in the database are the enumerators'.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace doorstep::server {

/// Who asks, by what he has shown: nothing, a connection from this machine, a phone's token, or a session at the
/// office.
enum class Actor : std::uint8_t {
    stranger,
    machine,  ///< monitoring
    phone_cadre,
    phone_grid_worker,
    // Staff, each with areas of their own.
    cadre,           ///< 干部
    grid_worker,     ///< 网格员
    window_officer,  ///< 窗口
    case_handler,    ///< 承办
    unit_head,       ///< 单位负责人
    supervisor,      ///< 督查
    auditor,         ///< 审计
    administrator,   ///< 系统管理
};
/// Whether what is asked about lies in the asker's areas and compartments. A record that is the same thing as one
/// outside counts as outside: its words are joined.
enum class Relation : std::uint8_t { own, outside };
enum class Purpose : std::uint8_t { none, handling, supervision, audit, statistics };

/// What a field says of a person. Every field of core's schema has a class; one that core does not know, such as a
/// county's own, is `unlisted`.
enum class FieldClass : std::uint8_t {
    plain,  ///< the matter's own: dates, categories, numbers, steps
    words,  ///< what was told and seen
    name,
    phone,
    id_number,
    address,
    position,
    photo,
    unlisted,
};
/// How much of a value is seen, from nothing to all.
enum class Sight : std::uint8_t {
    hidden,           ///< as if the field held nothing
    masked,           ///< that it holds something
    without_numbers,  ///< all but runs of digits that may be a telephone or identity number
    shown,
};

std::span<const std::string_view> actor_names();
std::span<const std::string_view> relation_names();
std::span<const std::string_view> purpose_names();
std::span<const std::string_view> field_class_names();
std::span<const std::string_view> sight_names();

inline constexpr std::size_t actors = 12, relations = 2, purposes = 5, field_classes = 9, sights = 4;

inline std::string_view name_of(Actor actor) { return actor_names()[static_cast<std::size_t>(actor)]; }
inline std::string_view name_of(Purpose purpose) { return purpose_names()[static_cast<std::size_t>(purpose)]; }
inline std::string_view name_of(FieldClass one) { return field_class_names()[static_cast<std::size_t>(one)]; }

/// Errors: nullopt when there is none of this name.
std::optional<Purpose> purpose_named(std::string_view name);
/// A role that an account can have.
std::optional<Actor> staff_role_named(std::string_view name);
/// The actor that a phone of this role is (core/engine/grant.hpp); a stranger when there is no such role.
Actor phone_of_role(std::string_view role);

inline bool is_staff(Actor actor) { return actor >= Actor::cadre; }

}  // namespace doorstep::server
