#include "core/engine/grant.hpp"

#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

TEST(Grant, ARoleIsGrantedNoMoreThanItsRowSays) {
    constexpr auto no = Scope::Restricted::no, yes = Scope::Restricted::yes;
    struct Row {
        const char* name;
        const char* role;
        std::size_t areas;
        Scope::Restricted restricted;
        std::size_t sealed;
        const char* outcome;
    };
    const Row rows[] = {{"cadre", "cadre", 1, no, 0, "ok"},
                        {"cadre, restricted", "cadre", 1, yes, 0, "ok"},
                        {"cadre, sealed", "cadre", 1, yes, limits::scope_sealed_max, "ok"},
                        {"cadre, too many matters", "cadre", 1, yes, limits::scope_sealed_max + 1, "invalid_argument"},
                        {"cadre, too many areas", "cadre", limits::scope_areas_max + 1, no, 0, "invalid_argument"},
                        {"grid worker", "grid_worker", limits::scope_areas_max, no, 0, "ok"},
                        {"grid worker, restricted", "grid_worker", 1, yes, 0, "invalid_argument"},
                        {"grid worker, sealed", "grid_worker", 1, no, 1, "invalid_argument"},
                        {"nowhere", "cadre", 0, no, 0, "invalid_argument"},
                        {"no such role", "police", 1, no, 0, "invalid_argument"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Scope scope;
        for (std::size_t i = 0; i < row.areas; ++i) scope.areas.push_back({i + 1, 0});
        scope.restricted = row.restricted;
        for (std::size_t i = 0; i < row.sealed; ++i) scope.sealed.push_back(record(static_cast<int>(i % 256)));
        EXPECT_EQ(outcome(check_grant(row.role, scope)), row.outcome);
    }
}

TEST(Grant, EveryRoleIsNamedInBothLanguages) {
    for (const Role& role : roles()) {
        EXPECT_FALSE(role.label_zh_cn.empty());
        EXPECT_FALSE(role.label_en.empty());
        EXPECT_EQ(find_role(role.name), &role);
    }
}

}  // namespace
}  // namespace doorstep::test
