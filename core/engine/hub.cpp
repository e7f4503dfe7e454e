// Opening the office's replica, what the office looks at, and its decisions. Sync is in hub_push.cpp and hub_pull.cpp.
#include "core/engine/hub.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"

namespace doorstep {
namespace {

constexpr std::string_view meta_epoch = "epoch";

/// The office writes as one replica per opening and stream. Fresh at each opening, so that a database that came back
/// from a backup cannot use a dot again that it gave out after the backup was made (docs/adr/0003).
ReplicaId office_replica(const Salt& opening, const Stream& stream) {
    Bytes seed = "doorstep office";
    Writer out(seed);
    out.fixed(opening);
    stream.encode(out);
    return ReplicaId::from(sha256(seed).view().substr(0, ReplicaId::size)).value();
}

std::vector<Dot> live_dots(const FieldState& field) {
    std::vector<Dot> dots;
    for (const Live& live : field.live) dots.push_back(live.dot);
    return dots;
}

}  // namespace

bool Grant::covers(const Stream& stream) const {
    if (stream.compartment.kind != Compartment::Kind::open) return false;
    return std::any_of(areas.begin(), areas.end(), [&](const Area& area) { return area.contains(stream.area); });
}

Result<std::unique_ptr<Hub>> Hub::open(const DatabaseOptions& options, const EntropySeed& seed, Divisions divisions,
                                       HubHost host) {
    DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
    std::unique_ptr<Hub> hub(new Hub(std::move(store), seed, std::move(divisions)));
    hub->host_ = std::move(host);
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(hub->store_.database()));
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> epoch, hub->store_.meta(meta_epoch));
    if (epoch) {
        DOORSTEP_TRY_ASSIGN(hub->epoch_, EpochId::from(*epoch));
    }
    if (!epoch || (hub->host_.epoch && *hub->host_.epoch != hub->epoch_)) {
        hub->epoch_ = hub->entropy_.draw<EpochId>();
        DOORSTEP_TRY(hub->store_.set_meta(meta_epoch, hub->epoch_.view()));
    }
    DOORSTEP_TRY(transaction.commit());
    hub->opening_ = hub->entropy_.draw<Salt>();
    return hub;
}

Status Hub::restored() {
    const EpochId epoch = entropy_.draw<EpochId>();
    DOORSTEP_TRY(store_.set_meta(meta_epoch, epoch.view()));
    epoch_ = epoch;
    return ok();
}

Result<std::vector<RecordView>> Hub::list(std::uint32_t type, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store_.list_records(type, rows_max));
    return view_records(store_, rows);
}

Result<std::vector<RecordView>> Hub::conflicts(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store_.list_conflicts(rows_max));
    return view_records(store_, rows);
}

Result<std::vector<HeldView>> Hub::held(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(const std::vector<HeldPart> parts, store_.held(rows_max));
    std::vector<HeldView> out;
    for (const HeldPart& held : parts) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store_.find_commit(held.dot));
        if (!commit || held.part >= commit->parts.size()) return Error{Errc::corrupt, "a held part has no commit"};
        HeldView view{held, {held.dot, commit->header.author, commit->header.wall_ms}, {}, {}};
        if (const auto part = Part::unpack(commit->parts[held.part])) {
            view.area = part.value().stream.area.text();
            for (const RecordOps& record : part.value().records)
                for (const Op& op : record.ops)
                    if (!op.value.as_text().empty()) view.words.emplace_back(op.value.as_text());
        }
        out.push_back(std::move(view));
    }
    return out;
}

Status Hub::resolve(const Resolution& resolution, const std::string& author, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store_.records_of(resolution.record));
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
        const FieldState* field = state.find(resolution.field);
        if (!field || !in_conflict(*field)) continue;
        std::vector<Dot> seen = resolution.seen;
        std::sort(seen.begin(), seen.end());
        if (live_dots(*field) != seen) break;
        DOORSTEP_TRY_ASSIGN(const Stream stream, store_.stream_of(row.stream));
        const ReplicaId replica = office_replica(opening_, stream);
        DOORSTEP_TRY_ASSIGN(const ChainTop top, store_.chain_top(replica));
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> last, store_.find_commit({replica, top.seq}));
        HlcClock clock(last ? last->header.hlc : Hlc{});
        const Stamp stamp{{replica, top.seq + 1}, top.hash, clock.next(now_ms), now_ms, 0, author, Side::office};
        const RecordEdit edit{
            row.record, row.type, stream, {{field->field, field->kind, Op::Action::put, resolution.value, seen}}};
        DOORSTEP_TRY_ASSIGN(const Composed composed, compose(store_, {edit}, stamp, entropy_));
        const Hash hash = composed.commit.header.hash();
        Admission admission(store_);
        DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(composed.commit));
        DOORSTEP_TRY(take(admission, composed.commit, hash, parts));
        DOORSTEP_TRY(admission.finish());
        return transaction.commit();
    }
    if (rows.empty()) return Error{Errc::not_found, "no record of this id"};
    return Error{Errc::stale_decision, "the alternatives are no longer those that were shown"};
}

}  // namespace doorstep
