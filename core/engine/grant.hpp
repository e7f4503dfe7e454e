// core/engine/grant.hpp -- what a device may see and write, and what each role can be granted at most.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/model/scope.hpp"

namespace doorstep {

/// What the server knows of who is asking; found by the device's token before anything is read. Streams outside the
/// scope are not there for this device.
struct Grant : Scope {
    std::string author;  ///< the staff account's name: commits of another author are held
};

/// One row: the most that a role can be granted. Areas are for the office to choose.
struct Role {
    std::string_view name;
    Scope::Restricted restricted;
    enum class Sealed : std::uint8_t { never, by_name } sealed;
    std::string_view label_zh_cn, label_en;
};
std::span<const Role> roles();
const Role* find_role(std::string_view name);  ///< nullptr when there is none

/// Errors: invalid_argument when the role is unknown, no area is named, or the scope is more than the role can have.
Status check_grant(std::string_view role, const Scope& scope);

}  // namespace doorstep
