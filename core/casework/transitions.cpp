#include "core/casework/transitions.hpp"

namespace doorstep::casework {
namespace {

constexpr std::uint32_t issue = 4;

// 登记→转办交办→受理→告知→办理→回复→上传→回访. Articles are those of 信访工作条例 (in force 2022-05-01).
constexpr Transition table[] = {
    {issue, "register", "", "registered", "条例 art. 21", "登记", "register"},
    {issue, "dispatch", "registered", "dispatched", "条例 art. 22", "转办交办", "dispatch"},
    {issue, "return", "dispatched", "registered", "条例 art. 23: objection within 5 working days", "退回", "hand back"},
    {issue, "accept", "registered", "accepted", "条例 art. 23", "受理", "accept"},
    {issue, "accept", "dispatched", "accepted", "条例 art. 23", "受理", "accept"},
    {issue, "notify", "accepted", "notified", "条例 art. 23: within 15 days, in writing", "告知", "notify"},
    {issue, "handle", "notified", "handling", "条例 art. 31", "办理", "handle"},
    {issue, "reply", "handling", "replied", "条例 art. 32, 34", "回复", "reply"},
    {issue, "upload", "replied", "uploaded", "条例 art. 21", "上传", "upload"},
    {issue, "revisit", "uploaded", "revisited", "条例 art. 21: query and evaluation", "回访", "revisit"},
    {issue, "reopen", "revisited", "handling", "条例 art. 28", "重新办理", "reopen"},
};

}  // namespace

std::span<const Transition> transitions() { return table; }

Result<const Transition*> judge(std::uint32_t record_type, std::string_view stage, std::string_view name) {
    for (const Transition& row : table)
        if (row.record_type == record_type && row.from == stage && row.name == name) return &row;
    return Error{Errc::transition_refused, "no such step from where the record stands"};
}

}  // namespace doorstep::casework
