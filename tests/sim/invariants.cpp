#include "tests/sim/invariants.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "core/base/sha256.hpp"
#include "core/merge/conflict.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

using State = InvariantRow::State;
/// Whether a replica is told what is written to the record in the area.
using Sees = std::function<bool(const RecordNote&, const Area&)>;

std::string named(SaveId id) { return "save " + std::to_string(id); }

/// The live writes of a stored field, named by saves.
LiveModel live_of(const FieldState& field, const std::map<Dot, SaveId>& names, const std::string& who) {
    LiveModel out;
    for (const Live& live : field.live) {
        if (field.kind == Kind::state) {  // nobody's save: the server answers
            out[{0, live.value}] = live.value;
            continue;
        }
        const auto name = names.find(live.dot);
        if (name == names.end()) throw Violation(25, "on " + who + " a value traces to no save");
        const Value value = field.field == reserved_field::deletions ? Value::cleared() : live.value;
        out[{name->second, field.kind == Kind::set ? value : Value::cleared()}] = value;
    }
    return out;
}

/// One replica's records against the oracle's model over the saves in its log.
class ReplicaCheck {
public:
    ReplicaCheck(Town& town, Store& store, std::string who, Sees sees)
        : town_(town), store_(store), who_(std::move(who)), sees_(std::move(sees)), scan_(town.scan(store)) {
        for (const auto& [id, entry] : scan_.saves) names_[entry.dot] = id;
    }
    const LogScan& scan() const { return scan_; }

    void fold_is_state() {  // 6: verify() folds by replica, records were folded by arrival
        const auto found = doorstep::verify(store_);
        if (!found) throw Violation(13, "on " + who_ + ": " + found.error().detail);
        town_.checked(13);
        town_.checked(6);
    }
    void commits_are_whole() {
        for (const auto& [id, entry] : scan_.saves)
            for (const Write& write : town_.oracle.save(id).writes) {
                const RecordNote* record = town_.oracle.record(write.record);
                // Of a revoked phone's save the office can hold one part back that it gave out another of before.
                const bool whole = !town_.was_revoked(entry.author) || &store_ == &town_.witness();
                const bool expected = whole && !entry.hash.is_zero() && write.part == Write::Part::stands;
                if (record && expected && sees_(*record, write.area) && entry.streams.count({write.area, {}}) == 0)
                    throw Violation(8, "on " + who_ + " a part of " + named(id) + " is missing");
            }
        town_.checked(8);
    }
    /// Of records that are joined, what was on the screen can lie in another one, which is out of sight here.
    bool wrote(SaveId id, const RecordId& record) {
        const std::vector<Write>& writes = town_.oracle.save(id).writes;
        return std::any_of(writes.begin(), writes.end(), [&](const Write& write) { return write.record == record; });
    }
    void causes_are_there() {
        for (const auto& [id, entry] : scan_.saves)
            for (const Write& write : town_.oracle.save(id).writes) {
                if (!entry.wrote(write.record)) continue;
                for (const SaveId cause : write.replaces)
                    if (wrote(cause, write.record) && scan_.saves.count(cause) == 0 &&
                        !town_.oracle.is_lost(cause, write.record))
                        throw Violation(7,
                                        "on " + who_ + " " + named(id) + " is there without its cause " + named(cause));
            }
        town_.checked(7);
    }
    /// Each stream says of a record what was written to it there, or carried there after it.
    void records_are_the_model() {
        std::map<Stream, std::vector<std::pair<RecordId, RecordState>>> rows;
        for (const auto& [id, entry] : scan_.saves)
            for (const auto* spots : {&entry.own, &entry.copies})
                for (const auto& [record, stream] : *spots) rows[stream];
        test::must(store_.each_record([&](const RecordRow& row) -> Status {
            const Stream stream = test::must(store_.stream_of(row.stream));
            if (town_.oracle.record(row.record))  // no stranger's
                rows[stream].emplace_back(row.record, test::must(RecordState::unpack(row.state)));
            return ok();
        }));
        for (const auto& [stream, records] : rows) compare_stream(stream, records);
    }

    void erased_is_gone() {
        for (const Erased& one : town_.erased)
            for (const auto& [act, stream] : one.acts) {
                if (scan_.acts.count(act) == 0) continue;
                if (still_stands(one, stream))
                    throw Violation(27, "on " + who_ + " the erased words of " + named(one.save) + " are in the log");
                town_.checked(27);
            }
    }

private:
    void compare_stream(const Stream& stream, const std::vector<std::pair<RecordId, RecordState>>& records) {
        const auto here = [&](SaveId id, const RecordId& record) {
            return scan_.saves.at(id).stands({record, stream});
        };
        const auto expected = town_.oracle.expect(scan_.ids(), here, erased_in(stream));
        std::set<FieldName> met;
        for (const auto& [record, state] : records) {
            for (const FieldState& field : state.fields) {
                if (field.field == reserved_field::erasures) continue;
                const FieldName name{record, field.field, field.kind};
                met.insert(name);
                if (field.kind != Kind::state) compare(name, field, expected);
            }
            exists_rightly(record, state, expected);
        }
        for (const auto& [name, live] : expected)
            if (!live.empty() && met.count(name) == 0) throw Violation(2, "on " + who_ + " a field is missing");
    }
    /// Whether words of an erased part are in this stream: its own, or copies of them.
    bool still_stands(const Erased& one, const Stream& stream) {
        const auto save = scan_.saves.find(one.save);
        if (save == scan_.saves.end()) return false;
        const auto& writes = town_.oracle.save(one.save).writes;
        return std::any_of(writes.begin(), writes.end(), [&](const Write& write) {
            const Spot spot{write.record, stream};
            if (!(write.area == one.stream.area)) return false;
            return stream == one.stream ? save->second.streams.count(stream) == 1
                                        : save->second.copies.count(spot) == 1;
        });
    }
    /// What acts that are told of in this stream took away.
    std::set<std::pair<SaveId, RecordId>> erased_in(const Stream& stream) {
        std::set<std::pair<SaveId, RecordId>> out;
        for (const Erased& one : town_.erased)
            for (const Write& write : town_.oracle.save(one.save).writes) {
                if (!(write.area == one.stream.area)) continue;
                for (const auto& [act, home] : one.acts)
                    if (scan_.taken.count({act, {write.record, stream}}) == 1) out.insert({one.save, write.record});
            }
        return out;
    }
    /// For the message: whose ops name the dot of this save.
    std::string who_names(const FieldName& name, SaveId id) {
        const auto here = scan_.saves.find(id);
        if (here == scan_.saves.end()) return " (it is not here)";
        std::string out;
        test::must(store_.each_commit([&](const Commit& commit, const Hash&) -> Status {
            for (const Bytes& packed : commit.parts)
                if (const auto part = Part::unpack(packed))
                    for (const RecordOps& record : part.value().records)
                        for (const Op& op : record.ops)
                            if (record.record == name.record && op.field == name.field &&
                                std::count(op.supersedes.begin(), op.supersedes.end(), here->second.dot) > 0)
                                out += (out.empty() ? "; named by " : ", ") + named(save_in(commit).value_or(0));
            return ok();
        }));
        return out;
    }
    void compare(const FieldName& name, const FieldState& field, const std::map<FieldName, LiveModel>& expected) {
        const auto at = expected.find(name);
        const LiveModel wanted = at == expected.end() ? LiveModel{} : at->second;
        const LiveModel live = live_of(field, names_, who_);
        for (const auto& [write, value] : wanted) {
            const auto found = live.find(write);
            if (found == live.end())
                throw Violation(3, "on " + who_ + " the words of " + named(write.first) +
                                       " are overruled by nobody's act" + who_names(name, write.first));
            if (found->second != value)
                throw Violation(2, "on " + who_ + " " + named(write.first) + " says something else");
        }
        for (const auto& [write, value] : live)
            if (wanted.count(write) == 0)
                throw Violation(4, "on " + who_ + " " + named(write.first) + " stands although it was replaced");
        std::set<Value> values;
        for (const auto& [write, value] : wanted) values.insert(value);
        const bool one_value = field.kind == Kind::value || field.kind == Kind::once;
        if (in_conflict(field) != (one_value && values.size() > 1))
            throw Violation(4, "on " + who_ + " a conflict that is none, or none that is one");
        reads_right(name, field, wanted);
        for (const int invariant : {2, 3, 4, 25}) town_.checked(invariant);
    }
    /// Deleted is what was seen whole by those who deleted it.
    void exists_rightly(const RecordId& record, const RecordState& state,
                        const std::map<FieldName, LiveModel>& expected) {
        std::set<SaveId> live, saw;
        bool standing = false;
        for (auto at = expected.lower_bound({record, 0, Kind{}}); at != expected.end(); ++at) {
            const auto& [name, writes] = *at;
            if (!(name.record == record)) break;
            if (name.field == reserved_field::same_as) town_.checked(26);
            for (const auto& [write, value] : writes) {
                if (name.field != reserved_field::deletions) {
                    live.insert(write.first);
                    continue;
                }
                standing = true;
                for (const Write& deletion : town_.oracle.save(write.first).writes)
                    if (deletion.record == record) saw.insert(deletion.saw.begin(), deletion.saw.end());
            }
        }
        const Existence right = !standing ? Existence::alive
                                : std::includes(saw.begin(), saw.end(), live.begin(), live.end())
                                    ? Existence::deleted
                                    : Existence::deleted_while_edited;
        if (existence(state) != right)
            throw Violation(3, "on " + who_ + " a record is deleted that is not, or shown that is");
        town_.checked(3);
    }
    /// What the kinds that show one number make of the live writes.
    void reads_right(const FieldName& name, const FieldState& field, const LiveModel& wanted) {
        if (wanted.empty() || (name.kind != Kind::max && name.kind != Kind::min && name.kind != Kind::count)) return;
        std::vector<std::int64_t> numbers;
        for (const auto& [write, value] : wanted) numbers.push_back(value.as_integer());
        const std::int64_t right = name.kind == Kind::max ? *std::max_element(numbers.begin(), numbers.end())
                                   : name.kind == Kind::min
                                       ? *std::min_element(numbers.begin(), numbers.end())
                                       : std::accumulate(numbers.begin(), numbers.end(), std::int64_t{0});
        if (alternatives(field).front().value != Value::integer(right))
            throw Violation(3, "on " + who_ + " a number is not what the live writes come to");
    }

    Town& town_;
    Store& store_;
    std::string who_;
    Sees sees_;
    LogScan scan_;
    std::map<Dot, SaveId> names_;
};

LogScan check(Town& town, Store& store, const std::string& who, const Sees& sees, OrderIs order) {
    ReplicaCheck replica(town, store, who, sees);
    replica.fold_is_state();
    replica.commits_are_whole();
    if (order == OrderIs::sure) replica.causes_are_there();
    replica.records_are_the_model();
    replica.erased_is_gone();
    return replica.scan();
}

Sees sees_of(const Seat& seat) {
    return [&seat](const RecordNote& record, const Area& area) {
        return record.home == RecordNote::Home::granted && within(seat.areas, area);
    };
}

/// Where each record stands at the office, and which of its words the office holds back.
struct Homes : std::map<RecordId, Area> {
    std::set<std::pair<SaveId, RecordId>> held_back;
    bool held(SaveId id, const Write& write) const { return held_back.count({id, write.record}) == 1; }
};

Homes find_homes(Town& town, const LogScan& server) {
    Homes out;
    for (const RecordNote& record : town.oracle.records()) {
        const auto area = standing(town.witness(), record.id);
        if (!area) continue;  // all that was ever said of it is held, or lost
        const std::vector<Area> known = town.may_stand(record);
        const bool sure = town.server_life() == 1 && town.mergers.empty() && record.asked_to.empty();
        const Area last = record.moved_to.empty() ? record.area : record.moved_to.back();
        const bool right = sure ? *area == last : std::count(known.begin(), known.end(), *area) > 0;
        if (!right) throw Violation(14, "a record stands where nobody moved it");
        if (known.size() > 1) town.checked(14);
        out.emplace(record.id, *area);
    }
    for (const auto& [id, entry] : server.saves)
        for (const Write& write : town.oracle.save(id).writes)
            if (entry.streams.count({write.area, {}}) == 1 && entry.own.count({write.record, {write.area, {}}}) == 0)
                out.held_back.insert({id, write.record});
    return out;
}

/// The records that hold words here which the server lost for good (settle_losses).
std::set<RecordId> beyond(Town& town, const LogScan& here, const LogScan& server) {
    std::set<RecordId> out;
    for (const auto& [id, entry] : here.saves)
        if (server.saves.count(id) == 0 && town.oracle.save(id).fate == Save::Fate::lost)
            for (const auto* spots : {&entry.own, &entry.copies})
                for (const auto& [record, stream] : *spots) out.insert(record);
    return out;
}

/// A record's state as bytes, by stream and id.
std::map<std::pair<Bytes, RecordId>, Bytes> states_of(Town& town, Store& store, const Sees& sees,
                                                      const std::set<RecordId>& except) {
    std::map<std::pair<Bytes, RecordId>, Bytes> out;
    test::must(store.each_record([&](const RecordRow& row) -> Status {
        const Stream stream = test::must(store.stream_of(row.stream));
        const RecordNote* record = town.oracle.record(row.record);
        if (record && sees(*record, stream.area) && except.count(row.record) == 0)
            out[{stream.key(), row.record}] = row.state;
        return ok();
    }));
    return out;
}

/// One dot is one commit, wherever it lies.
void check_dots(Town& town, const LogScan& scan, std::map<Dot, Hash>& known) {
    for (const auto& [id, entry] : scan.saves) {
        if (entry.hash.is_zero()) continue;  // copies
        const auto [at, fresh] = known.emplace(entry.dot, entry.hash);
        if (!fresh && at->second != entry.hash) throw Violation(16, named(id) + " uses a dot again");
        town.checked(16);
    }
}

/// Nothing that was kept is lost: it lies where it was written, and where its record stands now.
void check_present(Town& town, const LogScan& scan, const std::string& who, const Sees& sees, const Homes& homes) {
    const LogScan::Entry nothing;
    for (const Save& save : town.oracle.saves()) {
        if (save.fate != Save::Fate::kept) continue;
        const auto at = scan.saves.find(save.id);
        const LogScan::Entry& entry = at == scan.saves.end() ? nothing : at->second;
        for (const Write& write : save.writes) {
            const RecordNote* record = town.oracle.record(write.record);
            if (!record || write.is_gone()) continue;
            const bool held = homes.held(save.id, write) && who != "the server";
            const bool written_here = write.part == Write::Part::stands && sees(*record, write.area) && !held;
            if (written_here && entry.streams.count({write.area, {}}) == 0)
                throw Violation(2, who + " lost " + named(save.id));
            const auto home = homes.find(write.record);
            if (home == homes.end() || !sees(*record, home->second) || homes.held(save.id, write)) continue;
            if (!entry.stands({write.record, {home->second, {}}}))
                throw Violation(2, "on " + who + " " + named(save.id) + " did not follow its record");
        }
        town.checked(2);
    }
}

/// A record that was moved is one thing to look after, in one place, on every phone that is told of that place.
void check_standing(Town& town, Device& device, const Homes& homes) {
    const Seat& seat = device.seat();
    for (const auto& [id, home] : homes) {
        const RecordNote& record = *town.oracle.record(id);
        if (town.may_stand(record).size() == 1 || record.home == RecordNote::Home::outside) continue;
        const auto view = seat.phone->read(id);
        const bool stands_here = view && !view.value().moved_to;
        if (within(seat.areas, home) != stands_here)
            throw Violation(
                9, device.name + (stands_here ? " shows what was moved away" : " does not show what stands there"));
        const bool alone = stands_here && view.value().members.size() == 1;
        if (alone && !(view.value().area == home))
            throw Violation(9, device.name + " shows a record where it does not stand");
        town.checked(9);
    }
}

/// What the archive beside the server's database holds.
Bytes archived_bytes(Town& town) {
    Bytes out;
    if (!town.server_disk().find(Archive::path_beside(server_options().path))) return out;
    Archive archive = must_run(Archive::open(server_options(), OpenMode::existing), "the archive");
    Statement& query = *must_run(archive.database().statement("SELECT body FROM part"), "the archive's parts");
    const Statement::Use use(query);
    while (must_run(query.step(), "a part of the archive")) out += query.blob_at(0);
    return out;
}

/// No row of any table holds erased words, not even of a table that nobody thought of (27). The line that names a save
/// is said by it alone; other words people repeat.
void check_erased(Town& town, const Bytes& rows, const LogScan& scan, const std::string& who) {
    for (const Erased& one : town.erased) {
        const auto save = scan.saves.find(one.save);
        const bool elsewhere = save != scan.saves.end() && save->second.streams.size() + save->second.copies.size() > 0;
        if (save != scan.saves.end() && save->second.streams.count(one.stream) == 1)
            throw Violation(27, who + " still has the erased words of " + named(one.save));
        if (!elsewhere && rows.find(Oracle::words(one.save, "走访")) != Bytes::npos)
            throw Violation(27, "a table of " + who + " holds the erased words of " + named(one.save));
        town.checked(27);
    }
}

/// The phone's streams stand where the server's do.
void check_heads(Town& town, Device& device) {
    const Seat& seat = device.seat();
    for (const StreamMark& mark : must_run(town.witness().streams(), "the heads")) {
        if (mark.head.position == 0 || !within(seat.areas, mark.head.stream.area)) continue;
        StreamHead here;
        for (const StreamMark& own : must_run(seat.phone->streams(), "the cursors"))
            if (own.head.stream == mark.head.stream) here = own.head;
        if (here.position != mark.head.position || here.digest != mark.head.digest)
            throw Violation(12, device.name + " and the server differ in " + mark.head.stream.area.text());
        town.checked(12);
    }
}

LogScan check_file(Town& town, Device& device, Store& store, OrderIs order) {
    const Seat& seat = device.seat();
    LogScan scan = check(town, store, device.name, sees_of(seat), order);
    for (const auto& [id, entry] : scan.saves) {
        std::set<Stream> streams = entry.streams;
        for (const auto& [record, stream] : entry.copies) streams.insert(stream);
        for (const Stream& stream : streams)
            if (!within(seat.areas, stream.area) && !within(seat.former, stream.area) &&
                (entry.author != seat.user || seat.areas == seat.wider_areas))
                throw Violation(15, device.name + " holds a part of " + stream.area.text());
    }
    town.checked(15);
    return scan;
}

}  // namespace

const std::vector<InvariantRow>& invariants() {
    static const std::vector<InvariantRow> rows = {
        {1, "same commits, byte-identical state and digest", "every phone's records against the server's", State::here},
        {2, "no lost write, judged outside the system", "oracle log against every log and record", State::here},
        {3, "no silent overrule", "brute-force model of every field", State::here},
        {4, "no false conflict", "brute-force model of every field", State::here},
        {5, "every message idempotent", "faults duplicate, replay_*, delay_days, reorder", State::here},
        {6, "merge commutative and associative", "verify() folds in another order than arrival", State::here},
        {7, "causal order", "what a save replaced is in the same log", State::here},
        {8, "atomic commits", "every part of a save in scope, or none", State::here},
        {9, "read-your-writes, monotonic reads", "each look at a record against the look before", State::here},
        {10, "a cursor never passes unapplied data", "digest at the cursor against the server's", State::here},
        {11, "acknowledged is durable", "after each sync and each restart", State::here},
        {12, "equal digests, equal sets", "heads and logs after healing", State::here},
        {13, "fold(log) = state", "verify() of every file", State::here},
        {14, "one outcome an intent", "every intent at the office after healing; several only after it lost one",
         State::here},
        {15, "nothing outside scope", "parts in each phone's log; words in a purged file", State::here},
        {16, "old images lose nothing, reuse no dot", "one dot, one hash over all logs", State::here},
        {17, "clocks change no outcome", "the same run under other clocks", State::here},
        {18, "a v1 client between two v2 clients", "unknown_field passes through; a second version waits", State::here},
        {19, "compaction is transparent", "records, orders and histories before and after each", State::here},
        {20, "quiescence within K rounds", "heal(); strangers stall nobody", State::here},
        {21, "bounded memory, hostile lengths refused", "size of each message; hostile_length", State::here},
        {22, "SQLite server = PostgreSQL server", "one contract of both storages (unit_server_storage)",
         State::elsewhere},
        {23, "same seed, same trace", "one seed in fifty runs twice", State::here},
        {24, "a partial blob is never whole", "every attachment on every machine after healing", State::here},
        {25, "every value traces to who, when, which device", "dots of each view to saves", State::here},
        {26, "same-as and its undo restore both records", "model of each record, linked or parted again", State::here},
        {27, "an erased part is nowhere", "every log and every table's rows, also after restores", State::here},
    };
    return rows;
}

void check_phone(Town& town, Device& device, OrderIs order) {
    Store store = must_run(Store::open(options_of(device.seat())), "a second look at a phone's file");
    check_file(town, device, store, order);
}

void heal(Town& town) {
    constexpr int rounds_max = 6;
    town.letters.clear();
    town.files.clear();
    for (int round = 0; round < rounds_max; ++round) {
        std::uint64_t moved = 0;
        for (const auto& device : town.devices())
            for (std::size_t i = 0; i < device->seats.size(); ++i) {
                town.stop(*device);
                device->active = (device->active + 1) % device->seats.size();
                town.start_sound(*device);
                const Status status = plain_sync(town, *device);
                if (!status)
                    throw Violation(20, device->name +
                                            " does not heal: " + std::string(error_name(status.error().code)) + ": " +
                                            status.error().detail);
                check_after_sync(town, *device);
                const SyncReport report = device->seat().phone->sync_report();
                moved += report.pushed_commits + report.pulled_commits;
                Random calm(1);
                purge_if_due(town, *device, Fault::none, calm);
                if (leave_if_drained(town, *device)) ++moved;
                if (device->seat().access == Seat::Access::revoked) ++moved;
                if (!device->seat().former.empty()) ++moved;
            }
        if (moved == 0) return town.checked(20);
    }
    throw Violation(20, "no quiescence in " + std::to_string(rounds_max) + " rounds");
}

void check_quiescent(Town& town) {
    std::map<Dot, Hash> dots;
    const Sees all = [](const RecordNote&, const Area&) { return true; };
    const LogScan server = check(town, town.witness(), "the server", all, OrderIs::sure);
    const Homes homes = find_homes(town, server);
    check_present(town, server, "the server", all, homes);
    check_dots(town, server, dots);
    check_outcomes(town);
    if (!town.erased.empty()) {
        check_erased(town, test::decrypted_bytes(server_options()), server, "the server");
        check_erased(town, archived_bytes(town), server, "the archive");
    }
    for (const auto& device : town.devices())
        for (std::size_t i = 0; i < device->seats.size(); ++i) {
            town.stop(*device);
            device->active = (device->active + 1) % device->seats.size();
            town.start_sound(*device);
            Seat& seat = device->seat();
            Store store = must_run(Store::open(options_of(seat)), "a second look at a phone's file");
            const LogScan scan = check_file(town, *device, store, OrderIs::sure);
            check_heads(town, *device);
            check_attachments(town, *device);
            const Sees sees = sees_of(seat);
            check_present(town, scan, device->name, sees, homes);
            check_standing(town, *device, homes);
            check_dots(town, scan, dots);
            if (!town.erased.empty()) check_erased(town, test::decrypted_bytes(options_of(seat)), scan, device->name);
            const std::set<RecordId> except = beyond(town, scan, server);
            if (states_of(town, store, sees, except) != states_of(town, town.witness(), sees, except))
                throw Violation(1, device->name + " and the server show different records");
            town.checked(1);
            const OutboxStatus outbox = must_run(seat.phone->outbox(), "the outbox");
            if (outbox.only_here != 0) throw Violation(20, device->name + " keeps commits to itself");
        }
}

Hash outcome_of(Town& town) {
    const LogScan scan = town.scan(town.witness());
    std::map<Dot, SaveId> names;
    for (const auto& [id, entry] : scan.saves) names[entry.dot] = id;
    std::map<RecordId, std::size_t> ordinal;
    for (const RecordNote& record : town.oracle.records()) ordinal.emplace(record.id, ordinal.size());
    std::map<std::tuple<std::size_t, Stream, std::uint32_t, int>, LiveModel> live;
    test::must(town.witness().each_record([&](const RecordRow& row) -> Status {
        if (ordinal.count(row.record) == 0) return ok();
        const Stream stream = test::must(town.witness().stream_of(row.stream));
        for (const FieldState& field : test::must(RecordState::unpack(row.state)).fields)
            if (field.field != reserved_field::erasures)
                live[{ordinal[row.record], stream, field.field, static_cast<int>(field.kind)}] =
                    live_of(field, names, "the server");
        return ok();
    }));
    Bytes bytes;
    Writer out(bytes);
    for (const auto& [name, writes] : live) {
        out.varint(std::get<0>(name));
        out.sized(std::get<1>(name).key());
        out.varint(std::get<2>(name));
        for (const auto& [write, value] : writes) {
            out.varint(write.first);
            // A record's id holds its clock.
            const bool names_record = value.type() == ValueType::record;
            out.sized(names_record ? BytesView(std::to_string(ordinal[value.as_record()])) : value.bytes());
        }
    }
    return sha256(bytes);
}

}  // namespace doorstep::sim
