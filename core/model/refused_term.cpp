#include "core/model/refused_term.hpp"

#include <algorithm>
#include <string>

namespace doorstep {
namespace {

constexpr std::string_view chinese[] = {
    "风险", "评分", "积分", "信用分", "稳控",   "维稳",     "稳定",     "重点人",   "重点人员", "黑名单",
    "缠访", "闹访", "老户", "上访史", "信访史", "上访次数", "信访次数", "性格",     "脾气",     "情绪",
    "轨迹", "监控", "监视", "盯防",   "身份证", "人脸",     "政治面貌", "危险程度",
};
constexpr std::string_view english[] = {
    "risk",         "risks",        "score",     "scores", "scoring",     "rating", "stability",
    "temper",       "mood",         "blacklist", "watch",  "watchlist",   "track",  "tracking",
    "troublemaker", "surveillance", "identity",  "face",   "personality",
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view refused_term(std::string_view label) {
    for (const std::string_view term : chinese)
        if (label.find(term) != std::string_view::npos) return term;
    std::string word;
    for (std::size_t at = 0; at <= label.size(); ++at) {
        if (at < label.size() && is_letter(label[at])) {
            word += lower(label[at]);
            continue;
        }
        for (const std::string_view term : english)
            if (word == term) return term;
        word.clear();
    }
    return {};
}

}  // namespace doorstep
