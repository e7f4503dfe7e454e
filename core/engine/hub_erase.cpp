// Erasure at the office: composes the act, keeps it on the list outside the database, and sees to it that what the list
// says is so before anything is offered or answered.
#include <algorithm>
#include <map>
#include <set>

#include "core/base/limits.hpp"
#include "core/engine/erase.hpp"
#include "core/engine/hub.hpp"
#include "core/model/op_order.hpp"
#include "core/model/origin.hpp"
#include "core/model/record_id.hpp"
#include "core/model/reserved_field.hpp"
#include "core/store/erased.hpp"
#include "core/store/projection.hpp"
#include "core/store/scrub.hpp"

namespace doorstep {
namespace {

constexpr std::uint8_t entry_format = 1, copy_format = 2;
/// What a commit has beside its part.
constexpr std::size_t header_bytes_likely = 1024;

/// An act as it lies on the list: everything but where it stands, so that it can be said again after a restore.
struct Entry {
    std::string author;
    std::uint64_t at_ms = 0;
    Part part;  ///< its salt is drawn when the act is written

    RecordId act() const {
        for (const RecordOps& record : part.records)
            if (record.type == erasure::type) return record.record;
        return {};
    }
    Erasure erasure() const {
        for (const RecordOps& record : part.records)
            if (auto found = erasure_in(record)) return std::move(*found);
        return {};
    }
    Bytes pack() const {
        Bytes bytes;
        Writer out(bytes);
        out.u8(entry_format);
        out.sized(author);
        out.varint(at_ms);
        out.sized(part.pack());
        return bytes;
    }
    static Result<Entry> unpack(BytesView bytes) {
        Reader in(bytes);
        Entry out;
        if (in.u8() != entry_format) in.fail();
        out.author = std::string(in.sized(limits::author_bytes_max));
        out.at_ms = in.varint();
        const BytesView packed = in.sized(limits::commit_bytes_max);
        DOORSTEP_TRY(in.finish("an entry of the erase list"));
        DOORSTEP_TRY_ASSIGN(out.part, Part::unpack(packed));
        if (out.erasure().parts.empty()) return Error{Errc::malformed, "an entry of the erase list erases nothing"};
        return out;
    }
};

/// A copy under another dot that came after its act: by then only its hash tells what it was, so that is listed too.
struct Copy {
    Stream stream;
    Erasure erasure;

    Bytes pack() const {
        Bytes bytes;
        Writer out(bytes);
        out.u8(copy_format);
        stream.encode(out);
        out.sized(erasure.pack());
        return bytes;
    }
    static bool is(BytesView bytes) {
        return !bytes.empty() && static_cast<std::uint8_t>(bytes.front()) == copy_format;
    }
    static Result<Copy> unpack(BytesView bytes) {
        Reader in(bytes);
        if (in.u8() != copy_format) in.fail();
        Copy out;
        out.stream = Stream::decode(in);
        const BytesView packed = in.sized(limits::commit_bytes_max);
        DOORSTEP_TRY(in.finish("an entry of the erase list"));
        DOORSTEP_TRY_ASSIGN(out.erasure, Erasure::unpack(packed));
        return out;
    }
};

/// Adds the copies that the list does not name yet.
Status list_copies(Store& store, ErasureList& list) {
    DOORSTEP_TRY_ASSIGN(const std::vector<ErasedRow> rows, ErasedTable(store.database()).rows());
    if (rows.empty()) return ok();
    std::set<Hash> listed;
    DOORSTEP_TRY_ASSIGN(const std::vector<Bytes> entries, list.read());
    for (const Bytes& packed : entries) {
        Erasure erasure;
        if (Copy::is(packed)) {
            DOORSTEP_TRY_ASSIGN(Copy copy, Copy::unpack(packed));
            erasure = std::move(copy.erasure);
        } else {
            DOORSTEP_TRY_ASSIGN(const Entry entry, Entry::unpack(packed));
            erasure = entry.erasure();
        }
        for (const ErasedPart& part : erasure.parts) listed.insert(part.hash);
    }
    std::vector<Bytes> added;
    for (const ErasedRow& row : rows) {
        if (listed.count(row.part) == 1) continue;
        DOORSTEP_TRY_ASSIGN(const Stream stream, store.stream_of(row.stream));
        added.push_back(Copy{stream, {row.salt_mark, {{row.dot, row.commit, 0, row.part}}}}.pack());
    }
    return added.empty() ? ok() : list.append(added);
}

Status take_copy(Store& store, BytesView packed) {
    DOORSTEP_TRY_ASSIGN(const Copy copy, Copy::unpack(packed));
    DOORSTEP_TRY_ASSIGN(const StreamNo home, store.stream_no(copy.stream));
    for (const ErasedPart& part : copy.erasure.parts)
        DOORSTEP_TRY(
            ErasedTable(store.database()).add({part.hash, copy.erasure.salt_mark, home, part.dot, part.commit}));
    return ok();
}

/// The part that is meant, and the commit that has it.
struct Found {
    Commit commit;
    Hash hash;
    std::uint32_t index = 0;
    enum class Applied { no, yes } applied = Applied::yes;  ///< no: it is held, or waits for a proof
};

std::optional<std::uint32_t> index_in(const Commit& commit, const ErasureOrder& order) {
    if (order.part) return *order.part < commit.parts.size() ? order.part : std::nullopt;
    for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
        const auto stream = stream_of_part(commit.parts[i]);
        if (stream && stream.value() == order.stream) return i;
    }
    return std::nullopt;
}

/// Errors: not_found; already_exists when it was erased before.
Result<Found> find_part(Store& store, const ErasureOrder& order) {
    DOORSTEP_TRY_ASSIGN(std::optional<Commit> commit, store.find_commit(order.dot));
    if (commit) {
        const std::optional<std::uint32_t> index = index_in(*commit, order);
        const Hash hash = commit->header.hash();
        if (index && !commit->parts[*index].empty()) {
            DOORSTEP_TRY_ASSIGN(const bool held, store.is_held(order.dot, *index));
            return Found{std::move(*commit), hash, *index, held ? Found::Applied::no : Found::Applied::yes};
        }
        for (const Hash& part : commit->header.parts) {
            DOORSTEP_TRY_ASSIGN(const auto erased, ErasedTable(store.database()).find(part));
            if (!erased) continue;
            DOORSTEP_TRY_ASSIGN(const Stream stream, store.stream_of(*erased));
            if (stream == order.stream) return Error{Errc::already_exists, "this part was erased before"};
        }
    }
    DOORSTEP_TRY_ASSIGN(std::vector<UnprovedCommit> unproved, store.unproved(limits::list_rows_max));
    for (UnprovedCommit& one : unproved) {
        const std::optional<std::uint32_t> index = index_in(one.commit, order);
        if (one.commit.header.dot != order.dot || !index || one.commit.parts[*index].empty()) continue;
        const Hash hash = one.commit.header.hash();
        return Found{std::move(one.commit), hash, *index, Found::Applied::no};
    }
    return Error{Errc::not_found, "the office has no such part of a commit"};
}

/// The part and its copies under other dots.
Result<Erasure> subject_of(Store& store, const Found& found, const std::optional<Part>& part) {
    Erasure out;
    out.parts.push_back({found.commit.header.dot, found.hash, found.index, found.commit.header.parts[found.index]});
    if (!part) return out;
    out.salt_mark = mark_of(part->salt);
    for (const RecordOps& record : part->records) {
        DOORSTEP_TRY_ASSIGN(const std::vector<Commit> writers, store.writers_of(record.record));
        for (const Commit& writer : writers)
            for (std::uint32_t i = 0; i < writer.parts.size(); ++i) {
                const auto salt = salt_of_part(writer.parts[i]);
                const ErasedPart copy{writer.header.dot, writer.header.hash(), i, writer.header.parts[i]};
                const bool known = std::find(out.parts.begin(), out.parts.end(), copy) != out.parts.end();
                if (salt && salt.value() == part->salt && !known) out.parts.push_back(copy);
            }
    }
    return out;
}

bool stands(const RecordState& state, const Op& op, const Dot& dot) {
    const FieldState* field = state.find(op.field, op.kind);
    return field && std::any_of(field->live.begin(), field->live.end(),
                                [&](const Live& live) { return live.dot == dot && live.value == op.value; });
}

/// What the part said of whole records and still holds: they are deleted, or the same as another. It holds no words.
Status add_decisions(Store& store, StreamNo home, const RecordOps& erased, const Dot& dot, RecordOps& out) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> packed, store.record_state(erased.record, home));
    if (!packed) return ok();
    DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(*packed));
    for (const Op& op : erased.ops) {
        const bool of_the_record = op.field == reserved_field::deletions || op.field == reserved_field::same_as;
        if (!of_the_record || out.ops.size() == limits::record_ops_max) continue;
        if (op.action == Op::Action::remove || stands(state, op, dot)) out.ops.push_back(op);
    }
    put_in_order(out.ops);
    return ok();
}

/// Without what a hostile part can make too large: then the records are only named.
void shorten(Part& part) {
    if (part.pack().size() + header_bytes_likely <= limits::commit_bytes_max) return;
    for (RecordOps& record : part.records) {
        if (record.type == erasure::type) continue;
        std::erase_if(record.ops, [](const Op& op) { return op.field != reserved_field::erasures; });
    }
}

Result<RecordOps> act_record(const RecordId& act, const Erasure& subject, const ErasureOrder& order,
                             std::uint64_t now_ms) {
    if (order.rule.empty() || order.ordered_by.empty())
        return Error{Errc::invalid_argument, "an erasure names its rule and who ordered it"};
    DOORSTEP_TRY_ASSIGN(Value what, Value::blob(subject.pack()));
    DOORSTEP_TRY_ASSIGN(Value rule, Value::text(order.rule));
    DOORSTEP_TRY_ASSIGN(Value by, Value::text(order.ordered_by));
    RecordOps out{act, erasure::type, {}};
    const auto say = [&](std::uint32_t field, Value value) {
        out.ops.push_back({field, Kind::state, Op::Action::put, 0, std::move(value), {}});
    };
    say(erasure::subject, std::move(what));
    say(erasure::rule, std::move(rule));
    say(erasure::ordered_by, std::move(by));
    say(erasure::ordered_at, Value::time(static_cast<std::int64_t>(now_ms)));
    for (const Op& op : out.ops) DOORSTEP_TRY(validate(erasure::type, op));
    return out;
}

/// A commit's part of another stream into which the office carried ops of the part that is meant, when a record of it
/// was moved; it holds ops of other commits too, which are carried again.
std::vector<RecordOps> carried_from(const Part& carry, const Header& origin, const Hash& hash) {
    std::vector<RecordOps> out;
    for (const RecordOps& record : carry.records) {
        const std::optional<Origin> from = origin_of(record);
        if (from && from->dot == origin.dot && from->hash == head_of(hash)) out.push_back(record);
    }
    return out;
}

struct CarriedPart {
    Found found;
    Part part;
    std::vector<RecordOps> meant;
};
Result<std::vector<CarriedPart>> find_carried(Store& store, const Found& found, const Part& part) {
    std::vector<CarriedPart> out;
    std::set<std::pair<Dot, std::uint32_t>> known;
    for (const RecordOps& record : part.records) {
        DOORSTEP_TRY_ASSIGN(const std::vector<Commit> writers, store.writers_of(record.record));
        for (const Commit& writer : writers)
            for (std::uint32_t i = 0; i < writer.parts.size(); ++i) {
                auto carry = Part::unpack(writer.parts[i]);
                if (!carry || !known.insert({writer.header.dot, i}).second) continue;
                std::vector<RecordOps> meant = carried_from(carry.value(), found.commit.header, found.hash);
                if (meant.empty()) continue;
                Found there{writer, writer.header.hash(), i, Found::Applied::yes};
                out.push_back({std::move(there), std::move(carry).value(), std::move(meant)});
            }
    }
    return out;
}

/// Records of the part whose ops were carried into it.
std::set<RecordId> carried_records(const Part& part) {
    std::set<RecordId> out;
    for (const RecordOps& record : part.records)
        if (origin_of(record)) out.insert(record.record);
    return out;
}

/// Words, as far as they can stand elsewhere too.
std::set<Bytes> words_of(const Part& part) {
    std::set<Bytes> out;
    for (const RecordOps& record : part.records)
        for (const Op& op : record.ops)
            if (op.value.type() == ValueType::text || op.value.type() == ValueType::attachment)
                out.insert(Bytes(op.value.bytes()));
    return out;
}

/// Adds the act to its stand-ins.
void finish_entry(Entry& entry, RecordOps act) {
    entry.part.records.push_back(std::move(act));
    std::sort(entry.part.records.begin(), entry.part.records.end(),
              [](const RecordOps& a, const RecordOps& b) { return a.record < b.record; });
    shorten(entry.part);
}

/// What the part removed from sets, record by record: the elements are words, so the act cannot say it again.
using Removals = std::map<RecordKey, std::vector<Op>>;

}  // namespace

Result<std::vector<ErasureReport::Repeat>> Hub::find_repeats(const std::optional<Part>& erased,
                                                             const std::set<Dot>& carried) {
    std::vector<ErasureReport::Repeat> out;
    const std::set<Bytes> words = erased ? words_of(*erased) : std::set<Bytes>();
    if (words.empty()) return out;
    const auto look = [&](const Commit& commit, const Hash&) -> Status {
        if (carried.count(commit.header.dot) == 1) return ok();  // erased along
        for (const Bytes& packed : commit.parts) {
            const auto part = Part::unpack(packed);
            if (!part) continue;
            const std::set<Bytes> there = words_of(part.value());
            const bool repeats =
                std::any_of(there.begin(), there.end(), [&](const Bytes& value) { return words.count(value) == 1; });
            if (!repeats || part.value().salt == erased->salt) continue;
            out.push_back({commit.header.dot, part.value().stream, commit.header.author});
        }
        return ok();
    };
    DOORSTEP_TRY(store_.each_commit(look));
    return out;
}

Result<ErasureReport> Hub::erase(const ErasureOrder& order, const std::string& author, std::uint64_t now_ms) {
    if (!host_.erasures) return Error{Errc::bad_configuration, "this office's host keeps no list of erasures"};
    DOORSTEP_TRY(settle_erasures());
    DOORSTEP_TRY_ASSIGN(const Found found, find_part(store_, order));
    std::optional<Part> part;
    if (auto read = Part::unpack(found.commit.parts[found.index])) part = std::move(read).value();
    if (part && !carried_records(*part).empty())
        return Error{Errc::invalid_argument,
                     "this is the office's copy of what moved records hold: name the commit that it "
                     "was carried from, and the copies go along"};
    DOORSTEP_TRY_ASSIGN(const Erasure subject, subject_of(store_, found, part));
    Entry entry{author, now_ms, {part ? part->stream : order.stream, {}, {}}};
    DOORSTEP_TRY_ASSIGN(const StreamNo home, store_.stream_no(entry.part.stream));
    ErasureReport report;
    report.act = derive_record_id({now_ms, 0}, entropy_.draw<Salt>(), 0);
    for (const RecordOps& record : part ? part->records : std::vector<RecordOps>()) {
        if (record.type == erasure::type)
            return Error{Errc::forbidden, "an act of erasure is not erased: it is what tells that there was one"};
        report.records.push_back(record.record);
        const bool decided_nothing = found.applied == Found::Applied::no;
        if (decided_nothing || entry.part.records.size() + 1 == limits::part_records_max) continue;
        entry.part.records.push_back(stand_in(record, order.dot, report.act));
        DOORSTEP_TRY(add_decisions(store_, home, record, order.dot, entry.part.records.back()));
    }
    DOORSTEP_TRY_ASSIGN(RecordOps act, act_record(report.act, subject, order, now_ms));
    finish_entry(entry, std::move(act));
    std::vector<Bytes> entries{entry.pack()};
    std::set<Dot> carried;
    if (part) {
        DOORSTEP_TRY_ASSIGN(const std::vector<CarriedPart> copies, find_carried(store_, found, *part));
        for (const CarriedPart& copy : copies) {
            DOORSTEP_TRY_ASSIGN(const Erasure there, subject_of(store_, copy.found, copy.part));
            const RecordId act_there = derive_record_id({now_ms, 0}, entropy_.draw<Salt>(), 0);
            Entry further{author, now_ms, {copy.part.stream, {}, {}}};
            for (const RecordOps& record : copy.meant)
                further.part.records.push_back(stand_in(record, order.dot, act_there));
            DOORSTEP_TRY_ASSIGN(RecordOps said, act_record(act_there, there, order, now_ms));
            finish_entry(further, std::move(said));
            entries.push_back(further.pack());
            carried.insert(copy.found.commit.header.dot);
        }
    }
    DOORSTEP_TRY_ASSIGN(report.repeats, find_repeats(part, carried));
    // First, and together: what is on the list happens, whatever comes next; a part never goes without its copies.
    DOORSTEP_TRY(host_.erasures->append(entries));
    DOORSTEP_TRY(settle_erasures());
    return report;
}

/// List and database come to say the same: what the database lacks is written again, what the list lacks is added.
Status Hub::settle_erasures() {
    if (!host_.erasures) return ok();
    DOORSTEP_TRY_ASSIGN(const std::vector<Bytes> list, host_.erasures->read());
    std::set<RecordId> listed;
    for (const Bytes& packed : list) {
        if (Copy::is(packed)) {
            DOORSTEP_TRY(take_copy(store_, packed));
            continue;
        }
        DOORSTEP_TRY_ASSIGN(const Entry entry, Entry::unpack(packed));
        listed.insert(entry.act());
        DOORSTEP_TRY(settle_erasure(packed));
    }
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store_.streams());
    Projection projection(store_.database());
    for (const StreamMark& mark : marks) {
        const Lane acts{mark.no, erasure::type};
        for (RowNo below = after_every_row;;) {
            DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> no, projection.newest(acts, below));
            if (!no) break;
            below = *no;
            DOORSTEP_TRY_ASSIGN(const auto row, projection.find(*no));
            if (row && listed.count(row->record) == 0) DOORSTEP_TRY(list_act(row->record));
        }
    }
    DOORSTEP_TRY(list_copies(store_, *host_.erasures));
    DOORSTEP_TRY(erase_in_archive(store_));
    return scrub_if_asked(store_);
}

/// Puts an act that the database has on the list.
Status Hub::list_act(const RecordId& act) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Commit> writers, store_.writers_of(act));
    for (const Commit& commit : writers)
        for (const Bytes& packed : commit.parts) {
            auto part = Part::unpack(packed);
            if (!part) continue;
            const Entry entry{commit.header.author, commit.header.wall_ms, std::move(part).value()};
            if (entry.act() == act && !entry.erasure().parts.empty()) return host_.erasures->append({entry.pack()});
        }
    return ok();
}

/// Writes the act of an entry, unless it is here: a commit like any other, in the stream of what it erases.
Status Hub::settle_erasure(BytesView packed) {
    DOORSTEP_TRY_ASSIGN(Entry entry, Entry::unpack(packed));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    const Stream& stream = entry.part.stream;
    DOORSTEP_TRY_ASSIGN(const StreamNo home, store_.stream_no(stream));
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> known, store_.record_state(entry.act(), home));
    if (known) return ok();
    Removals removals;
    std::set<RecordId> carried;  // of which other words go along, and are carried again
    for (const ErasedPart& erased : entry.erasure().parts) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store_.find_commit(erased.dot));
        if (!commit || erased.part >= commit->parts.size()) continue;
        DOORSTEP_TRY_ASSIGN(const bool held, store_.is_held(erased.dot, erased.part));
        const auto part = Part::unpack(commit->parts[erased.part]);
        if (part) carried.merge(carried_records(part.value()));
        if (!part || held || commit->header.hash() != erased.commit) continue;
        for (const RecordOps& record : part.value().records)
            for (const Op& op : record.ops) {
                const bool of_the_record =
                    op.field == reserved_field::deletions || op.field == reserved_field::same_as || takes_away(op);
                if (op.action == Op::Action::remove && !of_the_record) removals[{record.record, home}].push_back(op);
            }
    }
    Admission admission(store_);
    DOORSTEP_TRY_ASSIGN(const Stamp stamp, stamp_for(admission, stream, entry.author, entry.at_ms));
    Commit act;
    act.header = {stamp.dot, stamp.previous, stamp.hlc, stamp.wall_ms, 0, stamp.author, schema_version, {}};
    entry.part.salt = entropy_.draw<Salt>();
    act.parts.push_back(entry.part.pack());
    act.header.parts.push_back(part_hash(act.parts.front()));
    DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(act));
    DOORSTEP_TRY(take(admission, act, act.header.hash(), parts));
    std::vector<RecordEdit> edits;
    for (const auto& [key, ops] : removals) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> now, store_.record_state(key.first, home));
        if (!now) continue;
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(*now));
        RecordEdit edit{key.first, state.type, stream, {}};
        for (const Op& op : ops) {
            std::vector<Dot> again;
            for (const Dot& dot : op.supersedes)
                if (stands(state, op, dot)) again.push_back(dot);
            if (!again.empty()) edit.fields.push_back({op.field, op.kind, op.action, op.value, std::move(again)});
        }
        if (!edit.fields.empty()) edits.push_back(std::move(edit));
    }
    if (!edits.empty()) DOORSTEP_TRY(write(admission, edits, entry.author, entry.at_ms));
    for (const RecordId& record : carried) admission.note_moved(record);
    DOORSTEP_TRY(follow_moves(admission, entry.at_ms));
    DOORSTEP_TRY(admission.finish());
    return transaction.commit();
}

}  // namespace doorstep
