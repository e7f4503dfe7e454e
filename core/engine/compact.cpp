#include "core/engine/compact.hpp"

#include <algorithm>
#include <limits>

#include "core/base/planted_bug.hpp"
#include "core/merge/record_state.hpp"
#include "core/store/cursors.hpp"
#include "core/store/erased.hpp"
#include "core/store/scrub.hpp"

namespace doorstep {
namespace {

/// Kinds whose words are ever superseded by somebody's. Of others lines stay for ever, and the office asks for its own
/// (moves, deletes, intents, acts) again and again; what a newer version writes is left alone.
bool may_leave(const Op& op) {
    return op.kind != Kind::log && op.kind != Kind::state && static_cast<std::uint8_t>(op.kind) <= 8;
}

bool stands(const RecordState& state, const Dot& dot) {
    for (const FieldState& field : state.fields)
        for (const Live& live : field.live)
            if (live.dot == dot) return true;
    return false;
}

/// Whether nothing that the part wrote stands any more. Once so, always so: superseded dots are kept (ADR 2).
Result<bool> is_superseded(Store& store, StreamNo stream, const Part& part, const Dot& dot) {
    for (const RecordOps& ops : part.records) {
        if (!std::all_of(ops.ops.begin(), ops.ops.end(), may_leave)) return false;
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> packed, store.record_state(ops.record, stream));
        if (!packed) return false;  // it was not applied
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(*packed));
        if (stands(state, dot)) return false;
    }
    return true;
}

/// Walks one stream up to its horizon.
class Walk {
public:
    Walk(Store& store, const StreamMark& mark, std::uint64_t horizon, std::uint64_t older_than_ms)
        : store_(store), mark_(mark), horizon_(horizon), older_than_ms_(older_than_ms) {}

    /// Where it stopped; nullopt: at the horizon.
    Result<std::optional<std::uint64_t>> run(std::uint64_t after) {
        std::size_t looked = 0;
        std::optional<std::uint64_t> stopped;
        const auto look = [&](SequenceEntry entry) -> Result<Store::Visit> {
            if (entry.position > horizon_) return Store::Visit::stop;
            const std::uint64_t position = entry.position;
            DOORSTEP_TRY(consider(std::move(entry)));
            const bool full = ++looked == limits::compaction_looks_max ||
                              leaving_.size() >= limits::compaction_parts_max || bytes_ >= limits::compaction_bytes_max;
            if (!full) return Store::Visit::go_on;
            stopped = position;
            return Store::Visit::stop;
        };
        DOORSTEP_TRY(store_.entries_after(mark_.no, after, look, Store::Reading::as_it_lies));
        return stopped;
    }

    const std::vector<LeavingParts>& leaving() const { return leaving_; }
    std::uint64_t bytes() const { return bytes_; }

private:
    Status consider(SequenceEntry entry) {
        Commit& commit = entry.commit;
        if (commit.header.hlc.wall_ms > older_than_ms_) return ok();
        for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
            const auto stream = stream_of_part(commit.parts[i]);  // of what is not here there is none
            if (!stream || !(stream.value() == mark_.head.stream)) continue;
            DOORSTEP_TRY_ASSIGN(const bool held, store_.is_held(commit.header.dot, i));
            const auto part = held ? Result<Part>(Error{}) : Part::unpack(commit.parts[i]);
            if (!part) continue;
            DOORSTEP_TRY_ASSIGN(const bool superseded,
                                is_superseded(store_, mark_.no, part.value(), commit.header.dot));
            if (!superseded) continue;
            bytes_ += commit.parts[i].size();
            leaving_.push_back({entry.commit_no, std::move(commit), {i}});
            break;  // a commit has one part in a stream
        }
        return ok();
    }

    Store& store_;
    const StreamMark& mark_;
    std::uint64_t horizon_, older_than_ms_;
    std::vector<LeavingParts> leaving_;
    std::uint64_t bytes_ = 0;
};

/// Durable when it returns.
Status put_into_archive(Store& store, const std::vector<LeavingParts>& leaving) {
    DOORSTEP_TRY_ASSIGN(Archive * archive, store.archive(OpenMode::create));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(archive->database()));
    for (const LeavingParts& one : leaving)
        for (const std::uint32_t i : one.parts)
            DOORSTEP_TRY(archive->add(one.as_it_lies.header.parts[i], one.as_it_lies.parts[i]));
    return transaction.commit();
}

}  // namespace

Result<std::uint64_t> compaction_horizon(Store& store, const StreamMark& mark, const CompactionRule& rule,
                                         std::uint64_t now_ms) {
    const Day since = day_of(now_ms) - day_of(rule.retire_ms);
    DOORSTEP_TRY_ASSIGN(const auto lowest, CursorTable(store.database()).lowest(mark.no, since));
    if (planted(PlantedBug::archive_unasked)) return mark.head.position;
    return std::min(mark.backed_up, lowest.value_or(std::numeric_limits<std::uint64_t>::max()));
}

Result<CompactionStep> compact_some(Store& store, const CompactionRule& rule, const CompactionCursor& from,
                                    std::uint64_t now_ms) {
    // Nobody erases, releases or merges a commit between looking at it and letting it go.
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
    DOORSTEP_TRY_ASSIGN(std::vector<StreamMark> marks, store.streams());
    // The store has them by the bytes of their keys; a cursor goes on by what those say.
    std::sort(marks.begin(), marks.end(),
              [](const StreamMark& a, const StreamMark& b) { return a.head.stream < b.head.stream; });
    const auto mark = std::find_if(marks.begin(), marks.end(), [&](const StreamMark& one) {
        return !from.stream || !(one.head.stream < *from.stream);
    });
    CompactionStep out;
    out.next.left = CompactionCursor::Left::nothing;
    if (mark == marks.end()) return out;
    const bool goes_on = from.stream && mark->head.stream == *from.stream;
    DOORSTEP_TRY_ASSIGN(const std::uint64_t horizon, compaction_horizon(store, *mark, rule, now_ms));
    Walk walk(store, *mark, horizon, now_ms - std::min(now_ms, rule.older_than_ms));
    DOORSTEP_TRY_ASSIGN(const std::optional<std::uint64_t> stopped, walk.run(goes_on ? from.position : 0));
    if (stopped)
        out.next = {mark->head.stream, *stopped, CompactionCursor::Left::maybe};
    else if (const auto following = mark + 1; following != marks.end())
        out.next = {following->head.stream, 0, CompactionCursor::Left::maybe};
    if (walk.leaving().empty()) return out;
    out.parts = walk.leaving().size();
    out.bytes = walk.bytes();
    if (!planted(PlantedBug::archive_late)) DOORSTEP_TRY(put_into_archive(store, walk.leaving()));
    DOORSTEP_TRY(store.leave_to_archive(walk.leaving()));
    DOORSTEP_TRY(transaction.commit());
    if (planted(PlantedBug::archive_late)) DOORSTEP_TRY(put_into_archive(store, walk.leaving()));
    return out;
}

Status note_cursors(Store& store, const ReplicaId& replica, const std::vector<StreamHead>& heads, Cursors told,
                    std::uint64_t now_ms) {
    CursorTable table(store.database());
    const Day day = day_of(now_ms);
    std::vector<std::pair<StreamNo, std::uint64_t>> news;
    for (const StreamHead& head : heads) {
        DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(head.stream));
        DOORSTEP_TRY_ASSIGN(const auto row, table.find(replica, stream));
        const bool is_news = !row || row->day < day || head.position < row->position ||
                             (told == Cursors::at_rest && head.position != row->position);
        if (is_news) news.emplace_back(stream, head.position);
    }
    if (news.empty()) return ok();
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
    for (const auto& [stream, position] : news) DOORSTEP_TRY(table.note(replica, stream, position, day));
    return transaction.commit();
}

Status erase_in_archive(Store& store) {
    DOORSTEP_TRY_ASSIGN(const std::vector<ErasedRow> rows, ErasedTable(store.database()).rows());
    if (rows.empty()) return ok();
    DOORSTEP_TRY_ASSIGN(Archive * archive, store.archive(OpenMode::existing));
    if (!archive) return ok();
    Database& db = archive->database();
    {
        DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db));
        bool any = false;
        for (const ErasedRow& row : rows) {
            DOORSTEP_TRY_ASSIGN(const bool was_here, archive->forget(row.part, row.salt_mark));
            any = any || was_here;
        }
        if (any) {
            DOORSTEP_TRY(ask_for_scrub(db));
            DOORSTEP_TRY(transaction.commit());
        }
    }
    return scrub_if_asked(db);
}

}  // namespace doorstep
