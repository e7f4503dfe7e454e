#include "tests/sim/town.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/engine/group.hpp"
#include "core/model/erasure.hpp"
#include "core/model/origin.hpp"
#include "core/model/reserved_field.hpp"
#include "server/storage/sqlite_storage.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

using test::must;

constexpr std::uint64_t code_ms = 10 * 60 * 1000;
/// So that a run of some hundred saves has several of a first sync's chunks.
constexpr ChunkSize small_chunks{4, 32, limits::run_bytes_max - limits::commit_bytes_max};

/// Who works where: two share a village, one has the township above it, one another township, and so on.
struct Place4 {
    std::string_view granted, believed;
};
constexpr Place4 places[] = {{test::village, test::town},
                             {test::village, test::village},
                             {test::town, test::town},
                             {test::other_town, test::county},
                             {test::other_village, test::other_village}};

/// The save that a record's ops name: by a line, which only that save says, and by another value.
std::pair<std::optional<SaveId>, std::optional<SaveId>> names_in(const RecordOps& record) {
    std::optional<SaveId> by_line, by_value;
    for (const Op& op : record.ops) {
        const auto named = Oracle::named_in(op.value.as_text());
        if (!named) continue;
        if (op.kind == Kind::log && !by_line) by_line = named;
        if (op.kind != Kind::log) by_value = named;
    }
    return {by_line, by_value};
}

}  // namespace

void Tally::add(const Tally& other) {
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
    for (const auto& [number, n] : other.checks) checks[number] += n;
    saves += other.saves;
    syncs += other.syncs;
    decisions += other.decisions;
    device_days += other.device_days;
    round_trips += other.round_trips;
}

bool within(const std::vector<Area>& areas, const Area& area) {
    return std::any_of(areas.begin(), areas.end(), [&](const Area& mine) { return mine.contains(area); });
}

DatabaseOptions options_of(const Seat& seat) { return {seat.path, seat.key, OpenMode::create, Durability::full, {}}; }
DatabaseOptions server_options() {
    return {std::string(server_file), test::storage_key(1), OpenMode::create, Durability::full, {}};
}

Town::Town(std::uint64_t seed, std::uint32_t devices) : seed_(seed) {
    install_disks();
    seed_sqlite(seed + 1);
    mount(std::string(server_machine), server_disk_);
    must(start_server());
    for (std::uint32_t i = 0; i < devices; ++i) {
        Device& device = add_device("phone" + std::to_string(i));
        const std::size_t users = i == 0 && devices > 3 ? 2 : 1;  // the first phone of many is shared
        for (std::size_t user = 0; user < users; ++user) {
            const Place4& place = places[(i + user * 4) % std::size(places)];
            Seat seat;
            seat.user = "user" + std::to_string(i) + (user == 0 ? "" : "b");
            seat.path = device.name + "/" + seat.user + ".db";
            seat.key = test::storage_key(static_cast<int>(2 + i * 2 + user));
            seat.areas = {test::area(place.granted)};
            seat.wider_areas = {test::area(place.believed)};
            device.seats.push_back(std::move(seat));
        }
        for (std::size_t user = users; user-- > 0;) {
            device.active = user;
            enrol(device);
            if (user > 0) stop(device);
        }
    }
}

Town::~Town() {
    stop_server();
    for (const auto& device : devices_) {
        for (Seat& seat : device->seats) seat.phone.reset();
        unmount(device->name);
    }
    unmount(std::string(server_machine));
}

Device& Town::add_device(const std::string& name) {
    devices_.push_back(std::make_unique<Device>());
    devices_.back()->name = name;
    mount(name, devices_.back()->disk);
    return *devices_.back();
}

EntropySeed Town::draw_seed() {
    Bytes bytes = "doorstep sim";
    Writer out(bytes);
    out.u64(seed_);
    out.u64(++drawn_);
    const Hash hash = sha256(bytes);
    EntropySeed seed;
    std::transform(hash.bytes.begin(), hash.bytes.end(), seed.begin(),
                   [](char c) { return static_cast<unsigned char>(c); });
    return seed;
}

void Town::note(std::string_view what) {
    Bytes bytes(trace_.view());
    bytes.append(what);
    trace_ = sha256(bytes);
}

std::uint64_t Town::clock_of(const Device& device) const {
    if (device.stuck_ms) return *device.stuck_ms + now_ms_ % 86'400'000;
    const std::int64_t shown = static_cast<std::int64_t>(now_ms_) + device.skew_ms;
    return shown < 0 ? 0 : static_cast<std::uint64_t>(shown);
}

Status Town::start(Device& device) {
    Seat& seat = device.seat();
    seat.phone.reset();
    DOORSTEP_TRY_ASSIGN(seat.phone, Phone::open(options_of(seat), draw_seed()));
    return ok();
}

void Town::start_sound(Device& device) {
    const Status started = start(device);
    if (!started) throw Violation(11, device.name + " does not start again: " + started.error().detail);
    Seat& seat = device.seat();
    look_for_open_saves(seat);
    const OutboxStatus now = must_run(seat.phone->outbox(), "the outbox");
    if (seat.kept.replica == seat.phone->replica() && now.saved < seat.kept.seq)
        throw Violation(11, "a save that was kept on " + device.name + " is gone after a restart");
    checked(11);
}

void Town::enrol(Device& device) {
    Seat& seat = device.seat();
    must(start(device));
    Enrolment enrolment;
    enrolment.author = seat.user;
    enrolment.device = device.name;
    enrolment.server = "https://office.example:8443";
    enrolment.areas = seat.wider_areas;
    enrolment.divisions = test::some_divisions();
    enrolment.token = must(seat.phone->enrolment_token());
    must(seat.phone->enrol(enrolment));
    enrol_again(seat);
}

void Town::enrol_again(Seat& seat) {
    const std::vector<Area>& first = seat.ever.empty() ? seat.areas : seat.ever;
    const server::Device granted{seat.user, "cadre", seat.user, {first, {}, {}}};
    const auto code = must(storage_->create_enrolment(granted, code_ms, now_ms_));
    must_run(storage_->enrol(code.text, must(seat.phone->enrolment_token()), seat.phone->replica(), now_ms_),
             "an enrolment");
    if (!seat.ever.empty()) must(storage_->regrant(seat.user, seat.user, {seat.areas, {}, {}}, now_ms_));
    if (seat.access == Seat::Access::revoked) must(revoke(seat.user));
}

Status Town::revoke(const std::string& user) {
    revoked_.insert(user);
    DOORSTEP_TRY(storage_->revoke(user, user, now_ms_));
    for (const auto& device : devices_)
        for (Seat& seat : device->seats)
            if (seat.user == user) seat.access = Seat::Access::revoked;
    return ok();
}

Status Town::start_server() {
    stop_server();
    DOORSTEP_TRY_ASSIGN(storage_,
                        server::open_sqlite_storage(std::string(server_file), server_options().key, draw_seed(),
                                                    test::some_divisions(), small_chunks, erasures_));
    storage_->set_unseal(test::unseal_at_office);
    router_ = std::make_unique<server::Router>(
        *storage_, server::RouterHost{[this] { return now_ms_; }, [](const Error&, std::string_view) {}});
    DOORSTEP_TRY_ASSIGN(Store witness, Store::open(server_options()));
    witness_ = std::make_unique<Store>(std::move(witness));
    return ok();
}

void Town::stop_server() {
    witness_.reset();
    router_.reset();
    storage_.reset();
}

void Town::start_server_sound() {
    const Status started = start_server();
    if (!started) throw Violation(11, "the server does not start again: " + started.error().detail);
}

server::Reply Town::post(const std::string& token, Bytes body) {
    if (!router_) return {503, "", "", {}};
    return router_->handle({"POST", "/sync/v1", "", {{"authorization", "Bearer " + token}}, std::move(body)});
}

std::optional<SaveId> save_in(const Commit& commit) {
    std::optional<SaveId> by_value;
    for (const Bytes& packed : commit.parts) {
        const auto part = Part::unpack(packed);
        if (!part) continue;
        for (const RecordOps& record : part.value().records) {
            if (origin_of(record)) continue;  // a copy names another commit
            const auto [line, value] = names_in(record);
            if (line) return line;
            if (value) by_value = value;
        }
    }
    return by_value;
}

std::optional<Area> standing(Store& store, const RecordId& record) {
    std::vector<RecordRow> rows = must_run(store.records_of(record), "a record's rows");
    if (rows.empty()) return std::nullopt;
    const Member member = must_run(member_of(store, std::move(rows.front())), "a record");
    if (member.moved_to) return std::nullopt;
    return must_run(store.stream_of(member.row.stream), "a stream").area;
}

bool LogScan::Entry::wrote(const RecordId& record) const {
    const auto is_there = [&](const std::set<Spot>& spots) {
        const auto at = spots.lower_bound({record, Stream{}});
        return at != spots.end() && at->first == record;
    };
    return is_there(own) || is_there(copies);
}

std::set<SaveId> LogScan::ids() const {
    std::set<SaveId> out;
    for (const auto& [id, entry] : saves) out.insert(id);
    return out;
}

namespace {

/// Words that the office carried, and the save that they name.
struct Carried {
    Origin origin;
    Spot spot;
    std::optional<SaveId> named;
};

/// Reads one log: own commits into the scan, copies apart, which only the commit that they come from may name.
Status read_log(Store& store, LogScan& scan, std::vector<Carried>& carried) {
    return store.each_commit([&](const Commit& commit, const Hash& hash) -> Status {
        const auto id = save_in(commit);
        LogScan::Entry* entry = id ? &scan.saves[*id] : nullptr;
        if (entry && !entry->hash.is_zero() && entry->hash != hash)
            throw Violation(16, "save " + std::to_string(*id) + " stands twice in one log");
        if (entry) {
            entry->dot = commit.header.dot;
            entry->hash = hash;
            entry->author = commit.header.author;
        }
        for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
            const auto part = Part::unpack(commit.parts[i]);
            if (!part) continue;
            const Stream& stream = part.value().stream;
            if (entry) entry->streams.insert(stream);
            DOORSTEP_TRY_ASSIGN(const bool held, store.is_held(commit.header.dot, i));
            if (held) continue;
            for (const RecordOps& record : part.value().records) {
                if (record.type == erasure::type) scan.acts.emplace(record.record, stream);
                for (const Op& op : record.ops)
                    if (op.field == reserved_field::erasures && op.action == Op::Action::put)
                        scan.taken.insert({op.value.as_record(), {record.record, stream}});
                const Spot spot{record.record, stream};
                if (auto origin = origin_of(record)) {
                    const auto [line, value] = names_in(record);
                    // A value can be somebody else's words, chosen on the screen; the office's are its own.
                    const bool own_words = origin->author == "office";
                    carried.push_back({std::move(*origin), spot, line || !own_words ? line : value});
                } else if (entry) {
                    entry->own.insert(spot);
                }
            }
        }
        return ok();
    });
}

/// The office's own words about a record, which no save said, are carried too: moves, steps, acts of erasure.
bool is_of_the_office(const Carried& one) {
    return !one.named && (one.origin.author == "office" || one.origin.author == server_author);
}

}  // namespace

LogScan Town::scan(Store& store) {
    LogScan out;
    std::vector<Carried> carried;
    must_run(read_log(store, out, carried), "reading a log");
    for (const auto& [id, entry] : out.saves) commits_[{entry.dot, head_of(entry.hash)}] = id;
    for (const Carried& one : carried)
        if (one.named) commits_[{one.origin.dot, one.origin.hash}] = *one.named;
    bool asked_office = witness_.get() == &store || !witness_;
    for (const Carried& one : carried) {
        if (is_of_the_office(one) || !oracle.record(one.spot.first)) continue;
        const auto known = [&] { return commits_.find({one.origin.dot, one.origin.hash}); };
        if (known() == commits_.end() && !std::exchange(asked_office, true)) scan(*witness_);
        if (known() == commits_.end()) throw Violation(25, "words that were carried trace to no save");
        LogScan::Entry& entry = out.saves[known()->second];
        entry.dot = one.origin.dot;
        entry.author = one.origin.author;
        entry.copies.insert(one.spot);
    }
    return out;
}

std::vector<Area> Town::may_stand(const RecordNote& record) const {
    std::vector<Area> out{record.area};
    for (const auto* areas : {&record.moved_to, &record.asked_to}) out.insert(out.end(), areas->begin(), areas->end());
    for (std::size_t i = 0; i < out.size(); ++i)
        for (const Merger& merger : mergers) {
            const bool below = merger.below == MoveOrder::Below::yes && merger.from.contains(out[i]);
            if (!below && !(out[i] == merger.from)) continue;
            if (std::count(out.begin(), out.end(), merger.to) == 0) out.push_back(merger.to);
        }
    return out;
}

void Town::claim(const Dot& dot, SaveId id) {
    const auto [at, fresh] = names_.emplace(dot, id);
    if (!fresh && at->second != id) at->second = 0;
}

std::map<Dot, SaveId> Town::read_names(Store& store) {
    std::map<Dot, SaveId> names;
    for (const auto& [id, entry] : scan(store).saves) {
        names[entry.dot] = id;
        claim(entry.dot, id);
    }
    return names;
}

void Town::settle_open_save(Seat& seat, SaveId id, const RecordId& made) {
    const auto at = std::find_if(seat.open_saves.begin(), seat.open_saves.end(),
                                 [&](const OpenSave& one) { return one.save == id; });
    if (at == seat.open_saves.end()) return;
    if (!made.is_zero() && !at->made.empty()) {
        RecordNote note = at->made.front();
        note.id = made;
        for (Write& write : oracle.save(id).writes)
            if (write.record.is_zero()) write.record = made;
        oracle.add_record(note);
        at->made.clear();
    }
    if (!at->made.empty()) return;
    claim(at->dot, id);
    if (seat.names) (*seat.names)[at->dot] = id;
    if (oracle.save(id).fate == Save::Fate::kept) seat.kept = at->dot;
    seat.open_saves.clear();
}

void Town::look_for_open_saves(Seat& seat) {
    if (seat.open_saves.empty() || !seat.phone) return;
    const Dot dot = seat.open_saves.front().dot;
    if (!(seat.phone->replica() == dot.replica)) return seat.open_saves.clear();
    const OutboxStatus now = must_run(seat.phone->outbox(), "the outbox");
    if (now.saved < dot.seq) return;
    Store store = must(Store::open(options_of(seat)));
    const LogScan log = scan(store);
    std::erase_if(seat.open_saves, [&](const OpenSave& one) { return log.saves.count(one.save) == 0; });
    if (seat.open_saves.empty()) return;
    const SaveId id = seat.open_saves.front().save;
    RecordId made;
    for (const auto& [record, stream] : log.saves.at(id).own)
        if (!oracle.record(record)) made = record;
    settle_open_save(seat, id, made);
}

SaveId Town::name_of(Device& device, Seat& seat, const Dot& dot) {
    if (const auto known = names_.find(dot); known != names_.end() && known->second != 0) return known->second;
    if (!seat.names) {
        Store store = must(Store::open(options_of(seat)));
        seat.names = read_names(store);
    }
    if (const auto own = seat.names->find(dot); own != seat.names->end()) return own->second;
    throw Violation(25, "a value on " + device.name + " traces to no save");
}

SaveId Town::name_at_office(const Dot& dot) {
    if (const auto known = names_.find(dot); known != names_.end() && known->second != 0) return known->second;
    const std::map<Dot, SaveId> names = read_names(witness());
    if (const auto there = names.find(dot); there != names.end()) return there->second;
    throw Violation(25, "a value at the office traces to no save");
}

}  // namespace doorstep::sim
