#include "core/merge/conflict.hpp"

#include <algorithm>
#include <limits>

#include "core/merge/deletion.hpp"
#include "core/merge/same_as.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

/// The live writes gathered by value, in the order of values.
std::vector<Alternative> by_value(const FieldState& field) {
    std::vector<Alternative> out;
    for (const Live& live : field.live) {
        const auto at =
            std::find_if(out.begin(), out.end(), [&](const Alternative& a) { return !(a.value < live.value); });
        const bool known = at != out.end() && at->value == live.value;
        Alternative& alternative = known ? *at : *out.insert(at, Alternative{live.value, 0, {}});
        alternative.depth = std::max(alternative.depth, live.rank);
        alternative.dots.push_back(live.dot);
    }
    return out;
}

bool is_number(const Value& value) {
    return value.type() == ValueType::integer || value.type() == ValueType::date || value.type() == ValueType::time;
}

/// The order that `max` and `min` go by: numbers as numbers, anything else by its bytes.
bool smaller(const Value& a, const Value& b) {
    const bool numbers = a.type() == b.type() && is_number(a);
    return numbers ? a.as_integer() < b.as_integer() : a < b;
}

bool shown_before(const Alternative& a, const Alternative& b, Kind kind) {
    const bool ordered_by_value = kind == Kind::max || kind == Kind::min;
    if (ordered_by_value && a.value.is_cleared() != b.value.is_cleared()) return b.value.is_cleared();
    if (kind == Kind::max) return smaller(b.value, a.value);
    if (kind == Kind::min) return smaller(a.value, b.value);
    return a.depth != b.depth ? a.depth > b.depth : b.dots.back() < a.dots.back();
}

/// Every different live value, the one to show first in front.
std::vector<Alternative> ranked(const FieldState& field) {
    std::vector<Alternative> out = by_value(field);
    std::sort(out.begin(), out.end(),
              [&](const Alternative& a, const Alternative& b) { return shown_before(a, b, field.kind); });
    return out;
}

/// The sum of the increments. Upper and lower halves are summed apart, so that no order of adding can overflow.
std::int64_t total(const FieldState& field) {
    constexpr std::int64_t base = std::int64_t{1} << 32;
    std::int64_t upper = 0, lower = 0;
    for (const Live& live : field.live) {
        if (live.value.type() != ValueType::integer) continue;
        const std::int64_t increment = live.value.as_integer();
        const std::int64_t low = ((increment % base) + base) % base;
        lower += low;
        upper += increment < 0 && low != 0 ? increment / base - 1 : increment / base;
    }
    upper += lower / base;
    lower %= base;
    if (upper >= base / 2) return std::numeric_limits<std::int64_t>::max();
    if (upper < -base / 2) return std::numeric_limits<std::int64_t>::min();
    return upper * base + lower;
}

std::vector<Alternative> counted(const FieldState& field) {
    if (field.live.empty()) return {};
    Alternative sum{Value::integer(total(field)), 0, {}};
    for (const Live& live : field.live) {
        sum.depth = std::max(sum.depth, live.rank);
        sum.dots.push_back(live.dot);
    }
    return {std::move(sum)};
}

}  // namespace

std::vector<Alternative> alternatives(const FieldState& field) {
    if (gathers(field.kind)) return {};
    if (field.kind == Kind::count) return counted(field);
    std::vector<Alternative> out = ranked(field);
    if (!keeps_alternatives(field.kind) && out.size() > 1) out.erase(out.begin() + 1, out.end());
    return out;
}

std::vector<Alternative> overruled(const FieldState& field) {
    if (gathers(field.kind) || keeps_alternatives(field.kind) || field.kind == Kind::count) return {};
    std::vector<Alternative> out = ranked(field);
    if (!out.empty()) out.erase(out.begin());
    return out;
}

bool in_conflict(const FieldState& field) {
    if (field.live.size() < 2 || !keeps_alternatives(field.kind)) return false;
    if (field.field == reserved_field::home) return false;  // the office settles it by rule: core/merge/home.hpp
    return std::any_of(field.live.begin() + 1, field.live.end(),
                       [&](const Live& live) { return live.value != field.live.front().value; });
}

std::uint32_t count_conflicts(const RecordState& state) {
    const Existence exists = existence(state);
    if (exists == Existence::deleted) return 0;
    const auto fields = std::count_if(state.fields.begin(), state.fields.end(), in_conflict);
    return static_cast<std::uint32_t>(fields) + (exists == Existence::deleted_while_edited ? 1 : 0);
}

std::uint32_t may_await(const RecordState& state) { return count_conflicts(state) + (links(state).empty() ? 0 : 1); }

std::vector<Alternative> elements(const FieldState& field) {
    return field.kind == Kind::set ? by_value(field) : std::vector<Alternative>{};
}

}  // namespace doorstep
