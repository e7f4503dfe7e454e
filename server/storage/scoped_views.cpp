#include "server/storage/scoped_views.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "core/engine/group.hpp"
#include "core/engine/queries.hpp"

namespace doorstep::server {
namespace {

Result<bool> covers(Store& store, const Scope& scope, StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(const Stream at, store.stream_of(stream));
    return scope.covers(at);
}

/// Whether everything that the row's words are joined with stands in the scope.
Result<Relation> relation_of(Store& store, const RecordRow& row, const Scope& scope) {
    DOORSTEP_TRY_ASSIGN(const Group group, group_of(store, row));
    for (const Member& member : group.members) {
        DOORSTEP_TRY_ASSIGN(const bool inside, covers(store, scope, member.row.stream));
        if (!inside) return Relation::outside;
    }
    return Relation::own;
}

/// The row of a record in a stream of the scope, as its holder meets it.
Result<ScopedRecord> scoped(Store& store, const RecordRow& row, const Scope& scope) {
    ScopedRecord out;
    DOORSTEP_TRY_ASSIGN(out.relation, relation_of(store, row, scope));
    DOORSTEP_TRY_ASSIGN(out.view, view_record(store, row));
    if (out.relation == Relation::own) return out;
    DOORSTEP_TRY_ASSIGN(const Stream here, store.stream_of(row.stream));
    out.view.area = here.area;  // where the other one stands is not said
    out.view.record = row.record;
    out.view.members = {row.record};
    return out;
}

bool holds(const std::vector<ScopedRecord>& list, const ScopedRecord& one) {
    return std::any_of(list.begin(), list.end(), [&](const ScopedRecord& other) {
        return other.view.record == one.view.record && other.view.area == one.view.area;
    });
}

/// Adds the record in each stream of the scope that it stands in, unless it is there or was moved away.
Status add(Store& store, const RecordId& record, const Scope& scope, std::vector<ScopedRecord>& out) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(record));
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(const bool inside, covers(store, scope, row.stream));
        if (!inside) continue;
        DOORSTEP_TRY_ASSIGN(const Member member, member_of(store, row));
        if (member.row.stream != row.stream) continue;
        DOORSTEP_TRY_ASSIGN(ScopedRecord one, scoped(store, row, scope));
        if (!holds(out, one)) out.push_back(std::move(one));
    }
    return ok();
}

/// The newest of an area and all below it, rows_max of them where there are so many.
Status add_area(Store& store, const Area& area, std::uint32_t type, std::size_t rows_max, const Scope& scope,
                std::vector<ScopedRecord>& out) {
    PageRequest request{std::min<std::size_t>(rows_max, limits::list_rows_max), {}};
    for (const std::size_t before = out.size(); out.size() - before < rows_max;) {
        DOORSTEP_TRY_ASSIGN(const Page page, list_area(store, area, type, request));
        for (const Card& card : page.cards) DOORSTEP_TRY(add(store, card.record, scope, out));
        if (page.next.empty()) return ok();
        request.after = page.next;
    }
    return ok();
}

void cut(std::vector<ScopedRecord>& list, std::size_t rows_max) {
    // Ids are in the order in which records were made.
    std::stable_sort(list.begin(), list.end(),
                     [](const ScopedRecord& a, const ScopedRecord& b) { return b.view.record < a.view.record; });
    if (list.size() > rows_max) list.resize(rows_max);
}

}  // namespace

Result<std::vector<ScopedRecord>> list_within(Store& store, std::uint32_t type, std::size_t rows_max,
                                              const Scope& scope) {
    std::vector<ScopedRecord> out;
    for (const Area& area : scope.areas) DOORSTEP_TRY(add_area(store, area, type, rows_max, scope, out));
    std::erase_if(out, [&](const ScopedRecord& one) { return one.view.type != type; });
    cut(out, rows_max);
    return out;
}

Result<std::vector<ScopedRecord>> conflicts_within(Store& store, std::size_t rows_max, const Scope& scope) {
    for (std::size_t asked = rows_max;; asked *= 4) {  // those of other areas are among them
        DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.list_conflicts(asked));
        std::vector<ScopedRecord> out;
        for (const RecordRow& row : rows) DOORSTEP_TRY(add(store, row.record, scope, out));
        std::erase_if(out, [](const ScopedRecord& one) { return one.view.conflicts == 0; });
        if (out.size() < rows_max && rows.size() == asked) continue;
        cut(out, rows_max);
        return out;
    }
}

Result<ScopedRecord> read_within(Store& store, const RecordId& record, const Scope& scope) {
    std::vector<ScopedRecord> found;
    DOORSTEP_TRY(add(store, record, scope, found));
    if (found.empty()) return Error{Errc::not_found, "no such record"};
    // A history is of every record that has the id.
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(record));
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(const Relation relation, relation_of(store, row, scope));
        if (relation == Relation::outside) found.front().relation = relation;
    }
    return std::move(found.front());
}

Result<ScopedHistory> history_within(Store& store, const RecordId& record, const Scope& scope) {
    ScopedHistory out;
    DOORSTEP_TRY_ASSIGN(out.record, read_within(store, record, scope));
    DOORSTEP_TRY_ASSIGN(out.entries, record_history(store, record));
    if (out.record.relation == Relation::outside)  // what was written to the other one is not told, not even by whom
        std::erase_if(out.entries, [&](const HistoryEntry& entry) { return entry.record != record; });
    // What is held may name a record of another compartment than it was written to.
    DOORSTEP_TRY_ASSIGN(const std::vector<HeldPart> parts, store.held(std::numeric_limits<std::int32_t>::max()));
    std::set<Dot> elsewhere;
    for (const HeldPart& held : parts) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store.find_commit(held.dot));
        if (!commit || held.part >= commit->parts.size()) return Error{Errc::corrupt, "a held part has no commit"};
        const auto part = Part::unpack(commit->parts[held.part]);
        if (part && !scope.covers(part.value().stream)) elsewhere.insert(held.dot);
    }
    std::erase_if(out.entries,
                  [&](const HistoryEntry& entry) { return entry.held && elsewhere.contains(entry.trace.dot); });
    return out;
}

Result<std::vector<ScopedHeld>> held_within(Store& store, std::size_t rows_max, const Scope& scope) {
    DOORSTEP_TRY_ASSIGN(const std::vector<HeldPart> parts, store.held(std::numeric_limits<std::int32_t>::max()));
    std::vector<ScopedHeld> out;
    for (const HeldPart& held : parts) {
        if (out.size() == rows_max) break;
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store.find_commit(held.dot));
        if (!commit || held.part >= commit->parts.size()) return Error{Errc::corrupt, "a held part has no commit"};
        ScopedHeld one{held, {held.dot, commit->header.author, commit->header.wall_ms}, {}};
        if (const auto part = Part::unpack(commit->parts[held.part])) {
            if (!scope.covers(part.value().stream)) continue;
            for (const RecordOps& record : part.value().records)
                for (const Op& op : record.ops)
                    if (!op.value.as_text().empty()) one.words.push_back({record.type, op.field, op.value});
        }
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace doorstep::server
