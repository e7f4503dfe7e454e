// Opening the office's replica, what the office looks at, and its decisions. Sync is in hub_push.cpp and hub_pull.cpp.
#include "core/engine/hub.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/engine/forms.hpp"

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

bool were_seen(const FieldState& field, std::vector<Dot> seen) {
    std::vector<Dot> live;
    for (const Live& write : field.live) live.push_back(write.dot);
    live.erase(std::unique(live.begin(), live.end()), live.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    return live == seen;
}

/// The conflict that the resolution is about; nullptr when the field is in none.
const FieldState* find_conflict(const RecordState& shown, std::uint32_t field_id) {
    for (const FieldState& field : shown.fields)
        if (field.field == field_id && in_conflict(field)) return &field;
    return nullptr;
}

}  // namespace

bool Grant::covers(const Stream& stream) const {
    if (stream.compartment.kind != Compartment::Kind::open) return false;
    return std::any_of(areas.begin(), areas.end(), [&](const Area& area) { return area.contains(stream.area); });
}

Result<std::unique_ptr<Hub>> Hub::open(const DatabaseOptions& options, const EntropySeed& seed, Divisions divisions) {
    DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
    std::unique_ptr<Hub> hub(new Hub(std::move(store), seed, std::move(divisions)));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(hub->store_.database()));
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> epoch, hub->store_.meta(meta_epoch));
    if (epoch) {
        DOORSTEP_TRY_ASSIGN(hub->epoch_, EpochId::from(*epoch));
    } else {
        hub->epoch_ = hub->entropy_.draw<EpochId>();
        DOORSTEP_TRY(hub->store_.set_meta(meta_epoch, hub->epoch_.view()));
    }
    DOORSTEP_TRY(transaction.commit());
    DOORSTEP_TRY_ASSIGN(hub->forms_, load_forms(hub->store_));
    hub->opening_ = hub->entropy_.draw<Salt>();
    return hub;
}

Result<std::vector<RecordView>> Hub::list(std::uint32_t type, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store_.list_records(type, rows_max));
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
        DOORSTEP_TRY_ASSIGN(const Group group, group_of(store_, row));
        const RecordState shown = group.joined();
        const FieldState* field = find_conflict(shown, resolution.field);
        if (!field) continue;
        if (!were_seen(*field, resolution.seen)) break;
        DOORSTEP_TRY_ASSIGN(const Stream stream, store_.stream_of(row.stream));
        const FieldEdit decision{field->field, field->kind, Op::Action::put, resolution.value, resolution.seen};
        DOORSTEP_TRY(write({{row.record, row.type, stream, {decision}}}, author, now_ms));
        return transaction.commit();
    }
    if (rows.empty()) return Error{Errc::not_found, "no record of this id"};
    return Error{Errc::stale_decision, "the alternatives are no longer those that were shown"};
}

Result<std::vector<RecordId>> Hub::save(const std::vector<RecordEdit>& edits, const std::string& author,
                                        std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY_ASSIGN(std::vector<RecordId> records, write(edits, author, now_ms));
    DOORSTEP_TRY(transaction.commit());
    return records;
}

Result<RecordId> Hub::publish(const Form& form, const Stream& county, const std::string& author, std::uint64_t now_ms) {
    DOORSTEP_TRY(form.check());
    if (!forms_.would_take(form))
        return Error{Errc::invalid_argument, "a form's next version keeps what the ones before it said of a field"};
    DOORSTEP_TRY_ASSIGN(const Bytes packed, form.pack());
    DOORSTEP_TRY_ASSIGN(Value definition, Value::blob(packed));
    RecordEdit edit{std::nullopt, form_record_type, county, {}};
    edit.fields.push_back({form_definition_field, Kind::state, Op::Action::put, std::move(definition), {}});
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordId> records, save({std::move(edit)}, author, now_ms));
    DOORSTEP_TRY_ASSIGN(forms_, load_forms(store_));
    return records.front();
}

/// One commit of the office, under the replica of the first edit's stream. The caller holds a transaction.
Result<std::vector<RecordId>> Hub::write(const std::vector<RecordEdit>& edits, const std::string& author,
                                         std::uint64_t now_ms) {
    if (edits.empty()) return Error{Errc::invalid_argument, "nothing would change"};
    const ReplicaId replica = office_replica(opening_, edits.front().home);
    DOORSTEP_TRY_ASSIGN(const ChainTop top, store_.chain_top(replica));
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> last, store_.find_commit({replica, top.seq}));
    HlcClock clock(last ? last->header.hlc : Hlc{});
    const Stamp stamp{{replica, top.seq + 1}, top.hash, clock.next(now_ms), now_ms, 0, author, Side::office, &forms_};
    DOORSTEP_TRY_ASSIGN(Composed composed, compose(store_, edits, stamp, entropy_));
    const Hash hash = composed.commit.header.hash();
    Admission admission(store_);
    DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(composed.commit));
    DOORSTEP_TRY(take(admission, composed.commit, hash, parts));
    DOORSTEP_TRY(admission.finish());
    return std::move(composed.records);
}

}  // namespace doorstep
