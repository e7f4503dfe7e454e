#include "core/engine/suggestion.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/limits.hpp"
#include "core/merge/suggest.hpp"

namespace doorstep {
namespace {

/// Earlier writes, with how deep each lies and what it says.
using Ancestors = std::map<Dot, std::pair<std::uint32_t, std::string>>;

/// The op of one commit on the field of any of the records; nullopt: not here, or not readable.
std::optional<Op> find_op(const Commit& commit, const RecordView& view, const FieldView& field) {
    for (const Bytes& packed : commit.parts) {
        const auto part = Part::unpack(packed);
        if (!part) continue;
        for (const RecordOps& record : part.value().records) {
            if (!std::binary_search(view.members.begin(), view.members.end(), record.record)) continue;
            for (const Op& op : record.ops)
                if (op.field == field.field && op.kind == field.kind) return op;
        }
    }
    return std::nullopt;
}

/// What the writes came from, the nearest first, until the limit.
Result<Ancestors> ancestors_of(Store& store, const RecordView& view, const FieldView& field,
                               const std::vector<Dot>& writes) {
    Ancestors out;
    std::vector<Dot> to_visit = writes;
    for (std::size_t at = 0; at < to_visit.size() && at < limits::suggest_ancestors_max; ++at) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store.find_commit(to_visit[at]));
        const std::optional<Op> op = commit ? find_op(*commit, view, field) : std::nullopt;
        if (!op || !out.emplace(to_visit[at], std::pair(op->depth, std::string(op->value.as_text()))).second) continue;
        to_visit.insert(to_visit.end(), op->supersedes.begin(), op->supersedes.end());
    }
    return out;
}

/// The deepest write that both came from.
std::optional<std::string> base_of(const Ancestors& a, const Ancestors& b) {
    const std::pair<std::uint32_t, std::string>* base = nullptr;
    for (const auto& [dot, write] : a)
        if (b.count(dot) == 1 && (!base || write.first >= base->first)) base = &write;
    return base ? std::optional<std::string>(base->second) : std::nullopt;
}

bool is_between_two_texts(const FieldView& field) {
    return field.conflict && field.values.size() == 2 && field.values[0].value.type() == ValueType::text &&
           field.values[1].value.type() == ValueType::text;
}

}  // namespace

Status add_suggestions(Store& store, RecordView& view) {
    for (FieldView& field : view.fields) {
        if (!is_between_two_texts(field)) continue;
        const ValueView &first = field.values[0], &second = field.values[1];
        DOORSTEP_TRY_ASSIGN(const Ancestors a, ancestors_of(store, view, field, first.dots));
        DOORSTEP_TRY_ASSIGN(const Ancestors b, ancestors_of(store, view, field, second.dots));
        const std::optional<std::string> base = base_of(a, b);
        if (base) field.suggestion = suggest(*base, first.value.as_text(), second.value.as_text());
    }
    return ok();
}

}  // namespace doorstep
