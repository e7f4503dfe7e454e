#include "core/merge/suggest.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

using Sentences = std::vector<std::string_view>;

/// Sentences [from, to) of the base give way to sentences [begin, end) of the changed text.
struct Change {
    std::size_t from = 0, to = 0;
    std::size_t begin = 0, end = 0;
};

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> ends, std::size_t& size) {
    for (const std::string_view end : ends)
        if (text.substr(0, end.size()) == end) {
            size = end.size();
            return true;
        }
    return false;
}

/// Cuts after each sentence's end; what is cut together gives the text again.
Sentences sentences_of(std::string_view text) {
    Sentences out;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t size = 1;
        const bool ends =
            starts_with_any(text.substr(at), {"。", "！", "？", "；", "\n", ". ", "! ", "? ", "; "}, size);
        at += size;
        if (!ends) continue;
        out.push_back(text.substr(begin, at - begin));
        begin = at;
    }
    if (begin < text.size()) out.push_back(text.substr(begin));
    return out;
}

/// The furthest place reached on each diagonal after each number of edits: Myers, "An O(ND) Difference Algorithm",
/// 1986. Row d holds diagonals -d … d. Empty: over the limit.
using Reach = std::vector<std::vector<std::int32_t>>;

std::int32_t step(const std::vector<std::int32_t>& before, std::int32_t edits, std::int32_t diagonal) {
    const auto at = [&](std::int32_t k) { return before[static_cast<std::size_t>(k + edits - 1)]; };
    const bool down = diagonal == -edits || (diagonal != edits && at(diagonal - 1) < at(diagonal + 1));
    return down ? at(diagonal + 1) : at(diagonal - 1) + 1;
}

Reach explore(const Sentences& a, const Sentences& b) {
    const auto n = static_cast<std::int32_t>(a.size()), m = static_cast<std::int32_t>(b.size());
    Reach reach;
    for (std::int32_t d = 0; d <= static_cast<std::int32_t>(limits::suggest_edits_max); ++d) {
        std::vector<std::int32_t> row(static_cast<std::size_t>(2 * d + 1), -1);
        for (std::int32_t k = -d; k <= d; k += 2) {
            std::int32_t x = d == 0 ? 0 : step(reach.back(), d, k);
            assert(x >= 0 && x - k >= 0);  // every way begins at 0, 0 and goes on from there
            while (x < n && x - k < m && a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(x - k)]) ++x;
            row[static_cast<std::size_t>(k + d)] = x;
            if (x != n || x - k != m) continue;
            reach.push_back(std::move(row));
            return reach;
        }
        reach.push_back(std::move(row));
    }
    return {};
}

/// What turns `base` into `changed`, in order, neighbouring edits as one. nullopt: more than the limit.
std::optional<std::vector<Change>> changes(const Sentences& base, const Sentences& changed) {
    const Reach reach = explore(base, changed);
    if (reach.empty()) return std::nullopt;
    std::vector<Change> out;  // from the end to the beginning
    auto x = static_cast<std::int32_t>(base.size()), y = static_cast<std::int32_t>(changed.size());
    for (auto d = static_cast<std::int32_t>(reach.size()) - 1; d > 0; --d) {
        const std::vector<std::int32_t>& before = reach[static_cast<std::size_t>(d - 1)];
        const std::int32_t k = x - y, start = step(before, d, k);
        const auto at = [&](std::int32_t diagonal) { return before[static_cast<std::size_t>(diagonal + d - 1)]; };
        const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
        const auto to_x = static_cast<std::size_t>(start), to_y = static_cast<std::size_t>(start - k);
        const std::size_t from_x = down ? to_x : to_x - 1, from_y = down ? to_y - 1 : to_y;
        if (!out.empty() && out.back().from == to_x) {
            assert(out.back().begin == to_y);  // between two edits both sides go on by the same sentences
            out.back().from = from_x;
            out.back().begin = from_y;
        } else {
            out.push_back({from_x, to_x, from_y, to_y});
        }
        x = static_cast<std::int32_t>(from_x);
        y = static_cast<std::int32_t>(from_y);
    }
    std::reverse(out.begin(), out.end());
    return out;
}

/// Whether the two touch the same sentence, or add at the same place.
bool meet(const Change& a, const Change& b) {
    const bool adds = a.from == a.to || b.from == b.to;
    return adds ? a.from <= b.to && b.from <= a.to : a.from < b.to && b.from < a.to;
}

bool same(const Change& a, const Sentences& from_a, const Change& b, const Sentences& from_b) {
    if (a.from != b.from || a.to != b.to || a.end - a.begin != b.end - b.begin) return false;
    for (std::size_t i = 0; i < a.end - a.begin; ++i)
        if (from_a[a.begin + i] != from_b[b.begin + i]) return false;
    return true;
}

void append(std::string& out, const Sentences& from, std::size_t begin, std::size_t end) {
    for (; begin < end; ++begin) out += from[begin];
}

}  // namespace

std::optional<std::string> suggest(std::string_view base_text, std::string_view a_text, std::string_view b_text) {
    const Sentences base = sentences_of(base_text), a = sentences_of(a_text), b = sentences_of(b_text);
    const auto by_a = changes(base, a), by_b = changes(base, b);
    if (!by_a || !by_b) return std::nullopt;
    std::string out;
    std::size_t done = 0;  // sentences of the base
    auto next_a = by_a->begin(), next_b = by_b->begin();
    while (next_a != by_a->end() || next_b != by_b->end()) {
        const bool both = next_a != by_a->end() && next_b != by_b->end();
        const bool met = both && meet(*next_a, *next_b);
        if (met && !same(*next_a, a, *next_b, b)) return std::nullopt;
        const bool take_a = next_b == by_b->end() || (both && (met || next_a->from < next_b->from));
        const Change& change = take_a ? *next_a : *next_b;
        append(out, base, done, change.from);
        append(out, take_a ? a : b, change.begin, change.end);
        done = change.to;
        if (take_a) ++next_a;
        if (!take_a || met) ++next_b;
    }
    append(out, base, done, base.size());
    return out;
}

}  // namespace doorstep
