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
    std::string author = {};  ///< the staff account's name: commits of another author are held
    /// A scope that was taken away, and when: what was written under it is taken in for a while, and nothing answered.
    struct Former {
        Scope scope;
        std::uint64_t lost_ms = 0;
    };
    std::vector<Former> former = {};
    /// drain_only: access was revoked. Whatever is pushed is held, and nothing is answered but that it was received;
    /// the scope is empty.
    enum class Access : std::uint8_t { full, drain_only } access = Access::full;

    /// Whether a part of the stream may be applied that is pushed now.
    bool accepts(const Stream& stream, std::uint64_t now_ms, std::uint64_t grace_ms) const;
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
