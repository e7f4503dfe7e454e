// What the office's replica itself writes: decisions on conflicts, forms, answers to intents, the release of what was
// held.
#include <algorithm>

#include "core/engine/forms.hpp"
#include "core/engine/hub.hpp"
#include "core/engine/mergers.hpp"
#include "core/engine/office_replica.hpp"
#include "core/model/schema.hpp"

namespace doorstep {
namespace {

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

/// What the office's next commit in a stream begins with.
Result<Stamp> Hub::stamp_for(Admission& admission, const Stream& stream, const std::string& author,
                             std::uint64_t now_ms) {
    const ReplicaId replica = office_replica(opening_, stream, host_.receipt_key);
    DOORSTEP_TRY_ASSIGN(const ChainTop top, admission.top(replica));
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> last, store_.find_commit({replica, top.seq}));
    HlcClock clock(last ? last->header.hlc : Hlc{});
    return Stamp{{replica, top.seq + 1}, top.hash, clock.next(now_ms), now_ms, 0, author, Side::office, &forms_};
}

/// One commit of the office, under the replica of the first edit's stream, within the caller's transaction.
Result<std::vector<RecordId>> Hub::write(Admission& admission, const std::vector<RecordEdit>& edits,
                                         const std::string& author, std::uint64_t now_ms) {
    if (edits.empty()) return Error{Errc::invalid_argument, "nothing would change"};
    DOORSTEP_TRY_ASSIGN(const Stamp stamp, stamp_for(admission, edits.front().home, author, now_ms));
    DOORSTEP_TRY_ASSIGN(Composed composed, compose(store_, edits, stamp, entropy_));
    DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(composed.commit));
    DOORSTEP_TRY(take(admission, composed.commit, composed.commit.header.hash(), parts));
    return std::move(composed.records);
}

Result<std::vector<RecordId>> Hub::save(const std::vector<RecordEdit>& edits, const std::string& author,
                                        std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    Admission admission(store_);
    DOORSTEP_TRY_ASSIGN(std::vector<RecordId> records, write(admission, edits, author, now_ms));
    DOORSTEP_TRY(admission.finish());
    DOORSTEP_TRY(transaction.commit());
    return records;
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
        DOORSTEP_TRY_ASSIGN(const Stream stream, store_.stream_of(row.stream));  // compose() finds where it stands
        const FieldEdit decision{field->field, field->kind, Op::Action::put, resolution.value, resolution.seen};
        Admission admission(store_);
        DOORSTEP_TRY(write(admission, {{row.record, row.type, stream, {decision}}}, author, now_ms));
        DOORSTEP_TRY(admission.finish());
        return transaction.commit();
    }
    if (rows.empty()) return Error{Errc::not_found, "no record of this id"};
    return Error{Errc::stale_decision, "the alternatives are no longer those that were shown"};
}

Result<RecordId> Hub::publish(const Form& form, const Area& area, const std::string& author, std::uint64_t now_ms) {
    DOORSTEP_TRY(form.check());
    if (!forms_.would_take(form))
        return Error{Errc::invalid_argument, "a form's next version keeps what the ones before it said of a field"};
    DOORSTEP_TRY_ASSIGN(const Bytes packed, form.pack());
    DOORSTEP_TRY_ASSIGN(Value definition, Value::blob(packed));
    const Stream forms{area, {Compartment::Kind::forms, {}}};
    RecordEdit edit{std::nullopt, form_record_type, forms, {}};
    edit.fields.push_back({form_definition_field, Kind::state, Op::Action::put, std::move(definition), {}});
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordId> records, save({std::move(edit)}, author, now_ms));
    DOORSTEP_TRY_ASSIGN(forms_, load_forms(store_));
    return records.front();
}

/// Answers each intent among what was just admitted, in the same transaction.
Status Hub::answer_intents(Admission& admission, const Scope& asker, const OpenParts& parts, std::uint64_t now_ms) {
    for (const std::optional<Part>& part : parts) {
        if (!part) continue;
        for (const RecordOps& record : part->records) {
            const bool asks =
                record.type == intent::type && std::any_of(record.ops.begin(), record.ops.end(),
                                                           [](const Op& op) { return op.field == intent::transition; });
            if (!asks) continue;
            DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(part->stream));
            DOORSTEP_TRY_ASSIGN(const auto answer, answer_intent(store_, stream, record.record, {asker, divisions_}));
            if (answer.empty()) continue;
            DOORSTEP_TRY(write(admission, answer, server_author, now_ms));
            DOORSTEP_TRY(follow_moves(admission, now_ms));  // the next may be about a record that this one moved
        }
    }
    return ok();
}

/// The held part, once it can be applied. Errors: not_found, malformed, unknown_area, invalid_argument.
Result<Part> Hub::releasable(const Commit& commit, std::uint32_t index) const {
    DOORSTEP_TRY_ASSIGN(Part part, Part::unpack(commit.parts[index]));
    if (!divisions_.exists(part.stream.area.division)) return Error{Errc::unknown_area, "no such division"};
    for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
        const auto other = i == index ? Result<Stream>(Error{}) : stream_of_part(commit.parts[i]);
        if (other && other.value() == part.stream)
            return Error{Errc::malformed, "two parts of the commit name one stream"};
    }
    for (const RecordOps& record : part.records)
        for (const Op& op : record.ops) {
            DOORSTEP_TRY(forms_.validate(record.type, op));
            DOORSTEP_TRY(may_write(Side::phone, op));
        }
    return part;
}

Status Hub::release(const Dot& dot, std::uint32_t index, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    DOORSTEP_TRY_ASSIGN(const bool held, store_.is_held(dot, index));
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store_.find_commit(dot));
    if (!held || !commit || index >= commit->parts.size()) return Error{Errc::not_found, "no such part is held"};
    DOORSTEP_TRY_ASSIGN(Part part, releasable(*commit, index));
    DOORSTEP_TRY(store_.release(dot, index));
    Admission admission(store_);
    OpenParts parts(commit->parts.size());
    parts[index] = std::move(part);
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_.find_row(dot));
    if (!row) return Error{Errc::corrupt, "a held commit is gone"};
    DOORSTEP_TRY(admission.apply_held(dot, *parts[index], {row->no, index}));
    DOORSTEP_TRY(admission.place(parts[index]->stream, row->no, row->hash));
    DOORSTEP_TRY(answer_intents(admission, {}, parts, now_ms));  // whose scope nobody can tell any more
    DOORSTEP_TRY_ASSIGN(mergers_, read_mergers(store_));
    DOORSTEP_TRY(follow_mergers(admission, parts, now_ms));
    DOORSTEP_TRY(follow_moves(admission, now_ms));
    DOORSTEP_TRY(admission.finish());
    return transaction.commit();
}

}  // namespace doorstep
