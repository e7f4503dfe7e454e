#include "core/engine/suggestion.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/base/limits.hpp"
#include "core/engine/writes.hpp"
#include "core/merge/suggest.hpp"
#include "core/model/reserved_field.hpp"

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

/// Looks up versions of the field: in their own commits, and where the record was moved here in what was carried.
class Versions {
public:
    Versions(Store& store, const RecordView& view, const FieldView& field)
        : store_(&store),
          view_(&view),
          field_(&field),
          read_(view.field(reserved_field::home) ? Read::no : Read::yes) {}

    Result<std::optional<Op>> find(const Dot& dot) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store_->find_commit(dot));
        std::optional<Op> op = commit ? find_op(*commit, *view_, *field_) : std::nullopt;
        if (op) return op;
        DOORSTEP_TRY(read_carried());
        const auto found = carried_.find(dot);
        return found == carried_.end() ? op : std::optional<Op>(found->second);
    }

private:
    Status read_carried() {
        if (read_ == Read::yes) return ok();
        read_ = Read::yes;
        for (const RecordId& record : view_->members) {
            DOORSTEP_TRY_ASSIGN(std::vector<RecordWrite> writes, writes_of(*store_, record));
            for (RecordWrite& write : writes)
                for (Op& op : write.ops.ops)
                    if (op.field == field_->field && op.kind == field_->kind)
                        carried_.emplace(write.origin.dot, std::move(op));
        }
        return ok();
    }

    Store* store_;
    const RecordView* view_;
    const FieldView* field_;
    enum class Read : std::uint8_t { no, yes } read_;
    std::map<Dot, Op> carried_;
};

/// What the writes came from, the nearest first, until the limit.
Result<Ancestors> ancestors_of(Versions& versions, const std::vector<Dot>& writes) {
    Ancestors out;
    std::vector<Dot> to_visit = writes;
    for (std::size_t at = 0; at < to_visit.size() && at < limits::suggest_ancestors_max; ++at) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Op> op, versions.find(to_visit[at]));
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
        Versions versions(store, view, field);
        DOORSTEP_TRY_ASSIGN(const Ancestors a, ancestors_of(versions, first.dots));
        DOORSTEP_TRY_ASSIGN(const Ancestors b, ancestors_of(versions, second.dots));
        const std::optional<std::string> base = base_of(a, b);
        if (base) field.suggestion = suggest(*base, first.value.as_text(), second.value.as_text());
    }
    return ok();
}

}  // namespace doorstep
