// Moving records to other areas, and carrying after them what is written where they stood (docs/moves.md).
#include <algorithm>

#include "core/base/limits.hpp"
#include "core/engine/forms.hpp"
#include "core/engine/hub.hpp"
#include "core/engine/mergers.hpp"
#include "core/engine/moves.hpp"
#include "core/merge/home.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

/// The one record of this id. Errors: not_found; invalid_argument when somebody gave the id twice.
Result<Member> only_member(Store& store, const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store.records_of(record));
    if (rows.empty()) return Error{Errc::not_found, "no record of this id"};
    const std::size_t all = rows.size();
    DOORSTEP_TRY_ASSIGN(Member member, member_of(store, std::move(rows.front())));
    if (member.streams.size() != all)
        return Error{Errc::invalid_argument, "records of several areas have this id; move the area, or ask on a phone"};
    return member;
}

Result<RecordEdit> move_edit(Store& store, const Member& member, const Area& to) {
    DOORSTEP_TRY_ASSIGN(const Stream stands_in, store.stream_of(member.row.stream));
    DOORSTEP_TRY_ASSIGN(Value area, Value::text(to.text()));
    std::vector<Dot> seen;
    if (const FieldState* home = member.state.find(reserved_field::home, Kind::state))
        for (const Live& live : home->live) seen.push_back(live.dot);
    return RecordEdit{member.row.record,
                      member.row.type,
                      stands_in,
                      {{reserved_field::home, Kind::state, Op::Action::put, std::move(area), std::move(seen)}}};
}

/// The lanes of every stream in the areas that the order is about.
Result<std::vector<Lane>> lanes_of(Store& store, const MoveOrder& order) {
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store.streams());
    std::vector<Lane> out;
    for (const StreamMark& mark : marks) {
        const Area& area = mark.head.stream.area;
        const bool below = order.below == MoveOrder::Below::yes && order.from.contains(area);
        if (area == order.to || !(below || area == order.from)) continue;
        DOORSTEP_TRY_ASSIGN(const std::vector<Lane> lanes, Projection(store.database()).lanes(mark.no, 0));
        out.insert(out.end(), lanes.begin(), lanes.end());
    }
    return out;
}

}  // namespace

Result<std::size_t> Hub::move(const std::vector<RecordId>& records, const Area& to, const std::string& author,
                              std::uint64_t now_ms) {
    if (!divisions_.exists(to.division)) return Error{Errc::unknown_area, "no division " + to.text()};
    if (records.size() > limits::move_records_max)
        return Error{Errc::invalid_argument, "more records than one transaction moves"};
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    Admission admission(store_);
    std::vector<RecordEdit> edits;
    for (const RecordId& record : std::set<RecordId>(records.begin(), records.end())) {
        DOORSTEP_TRY_ASSIGN(const Member member, only_member(store_, record));
        DOORSTEP_TRY_ASSIGN(RecordEdit edit, move_edit(store_, member, to));
        if (!(edit.home.area == to)) edits.push_back(std::move(edit));
    }
    DOORSTEP_TRY_ASSIGN(const std::size_t moved, move_in(admission, edits, author, now_ms));
    DOORSTEP_TRY(admission.finish());
    DOORSTEP_TRY(transaction.commit());
    return moved;
}

Result<MoveStep> Hub::move_some(const MoveOrder& order, const MoveCursor& from, const std::string& author,
                                std::uint64_t now_ms) {
    if (!divisions_.exists(order.to.division)) return Error{Errc::unknown_area, "no division " + order.to.text()};
    if (order.from == order.to) return Error{Errc::invalid_argument, "an area does not move into itself"};
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    Admission admission(store_);
    Projection projection(store_.database());
    DOORSTEP_TRY_ASSIGN(const std::vector<Lane> lanes, lanes_of(store_, order));
    MoveStep out{0, from};
    if (from.lane == 0 && from.below == after_every_row) DOORSTEP_TRY(add_merger(store_, order));
    std::vector<RecordEdit> edits;
    while (out.next.lane < lanes.size() && edits.size() < limits::move_records_max) {
        const Lane& lane = lanes[out.next.lane];
        DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> no, projection.newest(lane, out.next.below));
        if (!no) {
            ++out.next.lane;
            out.next.below = after_every_row;
            continue;
        }
        out.next.below = *no;
        DOORSTEP_TRY_ASSIGN(const std::optional<ProjectedRow> row, projection.find(*no));
        if (!row) return Error{Errc::corrupt, "a lane names a row that is not there"};
        DOORSTEP_TRY_ASSIGN(std::optional<Bytes> state, store_.record_state(row->record, row->stream));
        if (!state) return Error{Errc::corrupt, "a projection names a record that is not there"};
        DOORSTEP_TRY_ASSIGN(const Member member,
                            member_of(store_, {row->record, row->stream, row->type, std::move(*state)}));
        if (member.row.stream != lane.stream) continue;  // it left already
        DOORSTEP_TRY_ASSIGN(RecordEdit edit, move_edit(store_, member, order.to));
        edits.push_back(std::move(edit));
    }
    if (out.next.lane == lanes.size()) out.next.left = MoveCursor::Left::nothing;
    DOORSTEP_TRY_ASSIGN(out.moved, move_in(admission, edits, author, now_ms));
    DOORSTEP_TRY(admission.finish());
    DOORSTEP_TRY(transaction.commit());
    DOORSTEP_TRY_ASSIGN(forms_, load_forms(store_));  // forms move too
    return out;
}

/// One commit for each stream that records leave, and what follows them. Within the caller's transaction.
Result<std::size_t> Hub::move_in(Admission& admission, const std::vector<RecordEdit>& edits, const std::string& author,
                                 std::uint64_t now_ms) {
    std::map<Stream, std::vector<RecordEdit>> by_stream;
    for (const RecordEdit& edit : edits) by_stream[edit.home].push_back(edit);
    for (const auto& [stream, leaving] : by_stream) DOORSTEP_TRY(write(admission, leaving, author, now_ms));
    DOORSTEP_TRY(follow_moves(admission, now_ms));
    return edits.size();
}

/// Whatever was applied of moved records: their words follow them, and of two moves that did not know of each other one
/// is made to stand.
Status Hub::follow_moves(Admission& admission, std::uint64_t now_ms) {
    for (std::set<RecordId> moved = admission.take_moved(); !moved.empty(); moved = admission.take_moved()) {
        DOORSTEP_TRY(carry(admission, moved, now_ms));
        admission.take_moved();  // what was just carried follows nobody
        for (const RecordId& record : moved) DOORSTEP_TRY(settle_moves(admission, record, now_ms));
    }
    return ok();
}

/// What was just written in an area that is no more moves on to where that went.
Status Hub::follow_mergers(Admission& admission, const OpenParts& parts, std::uint64_t now_ms) {
    if (mergers_.empty()) return ok();
    for (const std::optional<Part>& part : parts) {
        const auto to = part ? merged_into(mergers_, part->stream.area) : std::nullopt;
        if (!to) continue;
        DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(part->stream));
        std::vector<RecordEdit> edits;
        for (const RecordOps& ops : part->records) {
            DOORSTEP_TRY_ASSIGN(std::optional<Bytes> state, store_.record_state(ops.record, stream));
            if (!state) continue;
            DOORSTEP_TRY_ASSIGN(const Member member,
                                member_of(store_, {ops.record, stream, ops.type, std::move(*state)}));
            if (member.row.stream != stream) continue;  // it left already
            DOORSTEP_TRY_ASSIGN(RecordEdit edit, move_edit(store_, member, *to));
            edits.push_back(std::move(edit));
        }
        if (edits.empty()) continue;
        DOORSTEP_TRY(write(admission, edits, server_author, now_ms));
        DOORSTEP_TRY(follow_moves(admission, now_ms));  // what is pushed next may be written to the same records
    }
    return ok();
}

/// A database that came back from a copy may have lost that a record was moved, and know it in two streams.
Status Hub::follow_twins(Admission& admission, const OpenParts& parts) {
    for (const std::optional<Part>& part : parts) {
        if (!part) continue;
        for (const RecordOps& ops : part->records) {
            DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store_.records_of(ops.record));
            if (rows.size() > 1) admission.note_moved(ops.record);
        }
    }
    return ok();
}

Status Hub::carry(Admission& admission, const std::set<RecordId>& records, std::uint64_t now_ms) {
    std::vector<Carry> carries;
    std::size_t bytes = 0;
    const auto flush = [&]() -> Status {
        for (Part& part : lay_out(std::exchange(carries, {}))) {
            part.salt = entropy_.draw<Salt>();
            DOORSTEP_TRY_ASSIGN(const Stamp stamp, stamp_for(admission, part.stream, server_author, now_ms));
            DOORSTEP_TRY_ASSIGN(const Commit commit, pack_commit({std::move(part)}, stamp));
            DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(commit));
            DOORSTEP_TRY(take(admission, commit, commit.header.hash(), parts));
        }
        bytes = 0;
        return ok();
    };
    for (const RecordId& record : records) {
        DOORSTEP_TRY_ASSIGN(std::vector<Carry> missing, missing_carries(store_, record));
        for (Carry& carry : missing) {
            bytes += bytes_of(carry);
            carries.push_back(std::move(carry));
        }
        if (bytes > limits::carry_bytes_max) DOORSTEP_TRY(flush());
    }
    return flush();
}

Status Hub::settle_moves(Admission& admission, const RecordId& record, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(std::vector<RecordRow> rows, store_.records_of(record));
    for (RecordRow& row : rows) {
        const StreamNo stream = row.stream;
        DOORSTEP_TRY_ASSIGN(const Member member, member_of(store_, std::move(row)));
        const FieldState* home = member.state.find(reserved_field::home, Kind::state);
        if (member.row.stream != stream || !home || alternatives(*home).size() < 2) continue;
        DOORSTEP_TRY_ASSIGN(RecordEdit edit, move_edit(store_, member, *home_of(member.state)));
        DOORSTEP_TRY(write(admission, {std::move(edit)}, server_author, now_ms));
    }
    return ok();
}

}  // namespace doorstep
