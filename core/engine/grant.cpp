#include "core/engine/grant.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

// 条例 art. 30 keeps an accusation from whom it is about: it is opened to persons, matter by matter, never to a role.
constexpr Role table[] = {
    {"cadre", Scope::Restricted::yes, Role::Sealed::by_name, "干部", "cadre"},
    {"grid_worker", Scope::Restricted::no, Role::Sealed::never, "网格员", "grid worker"},
};

}  // namespace

bool Grant::accepts(const Stream& stream, std::uint64_t now_ms, std::uint64_t grace_ms) const {
    if (writes(stream)) return true;
    return std::any_of(former.begin(), former.end(), [&](const Former& before) {
        const bool in_time = now_ms < before.lost_ms || now_ms - before.lost_ms < grace_ms;
        return in_time && before.scope.writes(stream);
    });
}

std::span<const Role> roles() { return table; }

const Role* find_role(std::string_view name) {
    for (const Role& row : table)
        if (row.name == name) return &row;
    return nullptr;
}

Status check_grant(std::string_view role, const Scope& scope) {
    const Role* row = find_role(role);
    if (!row) return Error{Errc::invalid_argument, "a role is cadre or grid_worker"};
    if (scope.areas.empty()) return Error{Errc::invalid_argument, "a device needs an area"};
    if (scope.areas.size() > limits::scope_areas_max || scope.sealed.size() > limits::scope_sealed_max)
        return Error{Errc::invalid_argument, "a device is granted too many areas or matters"};
    if (scope.restricted == Scope::Restricted::yes && row->restricted == Scope::Restricted::no)
        return Error{Errc::invalid_argument, "this role sees no restricted records"};
    if (!scope.sealed.empty() && row->sealed == Role::Sealed::never)
        return Error{Errc::invalid_argument, "this role sees no sealed matter"};
    return ok();
}

}  // namespace doorstep
