#include "server/storage/record_listing.hpp"

#include <algorithm>
#include <queue>
#include <set>

#include "core/store/projection.hpp"

namespace doorstep::server {
namespace {

// Of one page: a stretch of rows that are not shown (the same thing as another, moved away) must not take long.
constexpr std::size_t rows_looked_at_a_row = 4;

/// The newest row of each lane, the newest of all first.
class Merged {
public:
    Merged(Projection& projection, std::int64_t before) : projection_(projection), before_(before) {}

    Status add(const Lane& lane) { return push(lane, before_); }
    Result<std::optional<RowNo>> next() {
        if (heads_.empty()) return std::optional<RowNo>();
        const Head head = heads_.top();
        heads_.pop();
        DOORSTEP_TRY(push(head.lane, head.no));
        return std::optional<RowNo>(head.no);
    }

private:
    struct Head {
        RowNo no;
        Lane lane;
        bool operator<(const Head& other) const { return no < other.no; }
    };
    Status push(const Lane& lane, RowNo below) {
        DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> no, projection_.newest(lane, below));
        if (no) heads_.push({*no, lane});
        return ok();
    }

    Projection& projection_;
    std::int64_t before_;
    std::priority_queue<Head> heads_;
};

Result<std::vector<StreamNo>> streams_of(Store& store, const RecordQuery& query) {
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store.streams());
    std::vector<StreamNo> out;
    for (const StreamMark& mark : marks) {
        const Stream& stream = mark.head.stream;
        if (query.scope.covers(stream) && (!query.within || query.within->contains(stream.area)))
            out.push_back(mark.no);
    }
    return out;
}

/// The next rows below query.before, some more than a page takes.
Result<std::vector<RowNo>> rows_of(Store& store, const RecordQuery& query, std::size_t rows_max) {
    Projection projection(store.database());
    if (query.which == RecordQuery::Which::in_conflict) return projection.in_conflict(query.before, rows_max);
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamNo> streams, streams_of(store, query));
    Merged merged(projection, query.before);
    for (const StreamNo stream : streams) {
        DOORSTEP_TRY_ASSIGN(const std::vector<Lane> lanes, projection.lanes(stream, query.type));
        for (const Lane& lane : lanes) DOORSTEP_TRY(merged.add(lane));
    }
    std::vector<RowNo> out;
    while (out.size() < rows_max) {
        DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> no, merged.next());
        if (!no) break;
        out.push_back(*no);
    }
    return out;
}

/// The record of the row, when it is shown there; nullopt when another row shows it, or nobody of this scope sees it.
Result<std::optional<ScopedRecord>> shown_at(Store& store, const RecordQuery& query, const ProjectedRow& row) {
    const std::optional<ScopedRecord> nothing;
    if (query.type != 0 && row.type != query.type) return nothing;
    DOORSTEP_TRY_ASSIGN(const Stream stream, store.stream_of(row.stream));
    if (!query.scope.covers(stream) || (query.within && !query.within->contains(stream.area))) return nothing;
    auto record = read_within(store, row.record, query.scope);
    if (!record && record.error().code == Errc::not_found) return nothing;
    if (!record) return record.error();
    // A decision can be awaited on one of several that are the same thing: any of their rows tells of it.
    if (query.which == RecordQuery::Which::in_conflict)
        return record.value().view.conflicts > 0 ? std::optional<ScopedRecord>(std::move(record).value()) : nothing;
    const bool here = record.value().view.record == row.record && record.value().view.area == stream.area;
    return here ? std::optional<ScopedRecord>(std::move(record).value()) : nothing;
}

}  // namespace

Result<RecordPage> list_page(Store& store, const RecordQuery& query) {
    Projection projection(store.database());
    RecordPage page;
    const std::size_t looked_at_max = query.rows_max * rows_looked_at_a_row;
    DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> rows, rows_of(store, query, looked_at_max));
    for (const RowNo no : rows) {
        DOORSTEP_TRY_ASSIGN(const auto row, projection.find(no));
        if (!row) continue;
        DOORSTEP_TRY_ASSIGN(auto view, shown_at(store, query, *row));
        const bool repeats =
            view && std::any_of(page.records.begin(), page.records.end(), [&](const ScopedRecord& other) {
                return other.view.record == view->view.record && other.view.area == view->view.area;
            });
        if (!view || repeats) continue;
        page.records.push_back(std::move(*view));
        if (page.records.size() < query.rows_max) continue;
        page.next = no;
        return page;
    }
    if (rows.size() == looked_at_max) page.next = rows.back();
    return page;
}

Result<std::vector<RecordId>> all_records(Store& store, const RecordQuery& query) {
    Projection projection(store.database());
    DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> rows, rows_of(store, query, std::numeric_limits<std::size_t>::max()));
    std::vector<RecordId> out;
    std::set<RecordId> seen;  // one that was moved has rows in several streams
    for (const RowNo no : rows) {
        DOORSTEP_TRY_ASSIGN(const auto row, projection.find(no));
        if (row && seen.insert(row->record).second) out.push_back(row->record);
    }
    return out;
}

}  // namespace doorstep::server
