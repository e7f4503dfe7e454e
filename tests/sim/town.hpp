// tests/sim/town.hpp -- an office and its phones in one process: real Phone, real server/api over server/storage, real
// SQLite on simulated disks, virtual time, one thread.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/engine/phone.hpp"
#include "server/api/router.hpp"
#include "server/storage/storage.hpp"
#include "tests/sim/disk_vfs.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/plan.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {

using test::Random;

/// An invariant of sync.md does not hold; 0: a call failed that nothing excuses.
struct Violation : std::runtime_error {
    Violation(int number, const std::string& what) : std::runtime_error(what), invariant(number) {}
    int invariant;
};

/// What was done, and a hash over all of it.
struct Tally {
    std::array<std::uint64_t, static_cast<std::size_t>(Fault::count_)> faults{};
    std::map<int, std::uint64_t> checks;  ///< by invariant
    std::uint64_t saves = 0, syncs = 0, decisions = 0, device_days = 0, round_trips = 0;

    void add(const Tally& other);
};

/// A save whose call has not returned, or returned an error: it may be there or not, also later, when the program that
/// wrote over its bytes died before it was done.
struct OpenSave {
    Dot dot;
    SaveId save = 0;
    std::vector<RecordNote> made;  ///< at most one: the id is not known yet
};

/// One user's replica on one device.
struct Seat {
    std::string user, path;
    std::vector<Area> areas;        ///< granted by the office
    std::vector<Area> wider_areas;  ///< what the phone believes: more, once the office took some away
    std::vector<Area> former;       ///< lost, and perhaps in its file
    std::vector<Area> returned;     ///< granted since its last sync: a cursor there is of the server as it was once
    std::vector<Area> ever;         ///< all that its user was ever granted, once that changed
    StorageKey key{};
    std::unique_ptr<Phone> phone;
    std::optional<std::map<Dot, SaveId>> names;     ///< what its log says; nullopt: not read since that changed
    std::map<FieldName, std::set<WriteName>> seen;  ///< what its user last saw live
    std::vector<OpenSave> open_saves;               ///< all of one dot; one of them is there, or none
    Dot kept;                                       ///< of the last save that its file must hold
    std::uint64_t server_life = 0;                  ///< of the server that its last sync ended with
    /// Streams are applied one after the other: after a synchronisation that was cut, a save of two streams can be here
    /// before what it replaced in the second.
    enum class Streams { together, apart } streams = Streams::together;
    std::uint64_t saves_today = 0, syncs_today = 0;
    /// revoked: what it still holds drains into quarantine, then its file goes and its user is enrolled anew.
    enum class Access { full, revoked } access = Access::full;
};

struct Device {
    std::string name;
    Disk disk;
    std::int64_t skew_ms = 0;               ///< its clock less the true time
    std::optional<std::uint64_t> stuck_ms;  ///< its clock stands near this time instead
    std::vector<Seat> seats;                ///< of its users; one is in front of it
    std::size_t active = 0;
    Disk::Image old_image;      ///< a backup of the phone; empty: none
    bool was_put_back = false;  ///< to an older image
    std::string clone_of;       ///< the device whose copy it is; "" when none

    Seat& seat() { return seats[active]; }
};

/// A request on its way, or kept by somebody who can send it again.
struct Letter {
    std::string token;
    Bytes request;
    std::uint64_t due_ms = 0;
};

/// A phone's words on a memory card.
struct CardFile {
    Bytes signing_key, content;
    ReplicaId replica;
    std::uint64_t after_seq = 0;    ///< what it follows
    std::uint64_t server_life = 0;  ///< of the server that knew the key
    std::uint64_t due_ms = 0;
};

/// What one save wrote into one stream, and the acts that erased it: one there, and one where each copy stood.
struct Erased {
    std::map<RecordId, Stream> acts;
    SaveId save = 0;
    Stream stream;
};

/// An area that is no more, and where the office sends what is still made there.
struct Merger {
    Area from, to;
    MoveOrder::Below below = MoveOrder::Below::no;
};

/// A record in one stream.
using Spot = std::pair<RecordId, Stream>;

/// Which saves a log holds, by the words in it.
struct LogScan {
    struct Entry {
        Dot dot;
        Hash hash;  ///< zero: only copies are here, which the office carried after a record
        std::string author;
        std::set<Stream> streams;    ///< of all its own parts here
        std::set<Spot> own, copies;  ///< where its words stand that are not held
        bool wrote(const RecordId& record) const;
        bool stands(const Spot& place) const { return own.count(place) + copies.count(place) > 0; }
    };
    std::map<SaveId, Entry> saves;
    std::map<RecordId, Stream> acts;            ///< of erasure
    std::set<std::pair<RecordId, Spot>> taken;  ///< by an act, from a record
    std::set<SaveId> ids() const;
};

class Town {
public:
    Town(std::uint64_t seed, std::uint32_t devices);
    ~Town();
    Town(const Town&) = delete;
    Town& operator=(const Town&) = delete;

    // Machines.
    std::vector<std::unique_ptr<Device>>& devices() { return devices_; }
    Device& device(std::uint32_t n) { return *devices_[n % devices_.size()]; }
    Device& add_device(const std::string& name);
    std::uint64_t clock_of(const Device& device) const;
    /// Starts the program of the phone's active seat. Errors: of Phone::open.
    Status start(Device& device);
    void stop(Device& device) { device.seat().phone.reset(); }
    /// Starts it again whatever it takes; what was kept must be there (invariant 11).
    void start_sound(Device& device);
    /// A fresh file for the seat, enrolled at the server through its API.
    void enrol(Device& device);
    /// The server does not know the phone's token (it came back from an older copy): the office enrols it again.
    void enrol_again(Seat& seat);
    /// The office takes back the access of all phones of this user. Errors: of Storage::revoke.
    Status revoke(const std::string& user);
    bool was_revoked(const std::string& user) const { return revoked_.count(user) == 1; }

    Disk& server_disk() { return server_disk_; }
    Status start_server();
    void stop_server();
    void start_server_sound();
    server::Storage& storage() { return *storage_; }
    /// A second connection to the server's file, for checks only.
    Store& witness() { return *witness_; }
    std::uint64_t server_life() const { return server_life_; }
    void begin_server_life() { ++server_life_; }
    server::Reply post(const std::string& token, Bytes body);

    // Time.
    std::uint64_t now_ms() const { return now_ms_; }
    void pass(std::uint64_t ms) { now_ms_ += ms; }

    // Whose writes are these.
    /// Opened beside whoever has the file open.
    LogScan scan(Store& store);
    /// As the seat's own file says, where two saves were made under one dot.
    SaveId name_of(Device& device, Seat& seat, const Dot& dot);
    SaveId name_at_office(const Dot& dot);
    /// This open save is there, and made this record (zero: none, or entered already); the others are not.
    void settle_open_save(Seat& seat, SaveId id, const RecordId& made);
    /// Looks whether one of the open saves is there after all.
    void look_for_open_saves(Seat& seat);

    Oracle oracle;
    Tally tally;
    std::deque<CardFile> files;                                          ///< on their way
    std::deque<Letter> letters;                                          ///< late ones
    std::deque<Letter> sniffed;                                          ///< requests that were sent before
    std::map<std::string, std::pair<Bytes, std::uint64_t>> old_answers;  ///< by token, with the server's life
    Disk::Image server_backup, server_copy;
    std::set<Dot> backed_up;     ///< all that a backup of the server ever held
    bool copy_is_older = false;  ///< server_copy than server_backup: what relied on the backup is beyond it (ADR 15)
    std::uint64_t purges = 0;
    std::set<Hash> attachments;  ///< that were ever added
    std::vector<Erased> erased;
    std::vector<Merger> mergers;  ///< all that were ever ordered
    /// Everywhere that the record may stand, as far as people know.
    std::vector<Area> may_stand(const RecordNote& record) const;
    /// Whether words of the save were erased anywhere.
    bool is_erased(SaveId id) const {
        return std::any_of(erased.begin(), erased.end(), [&](const Erased& one) { return one.save == id; });
    }
    /// The erase list, on a disk of its own that nothing befalls.
    test::ErasuresInMemory& erasures() { return *erasures_; }

    void count(Fault fault) { ++tally.faults[static_cast<std::size_t>(fault)]; }
    void checked(int invariant) { ++tally.checks[invariant]; }
    /// Goes into the trace hash (invariant 23).
    void note(std::string_view what);
    Hash trace() const { return trace_; }
    EntropySeed draw_seed();

private:
    void claim(const Dot& dot, SaveId id);
    std::map<Dot, SaveId> read_names(Store& store);

    std::uint64_t seed_;
    std::uint64_t drawn_ = 0;
    std::uint64_t now_ms_ = 1'763'700'000'000;
    std::vector<std::unique_ptr<Device>> devices_;
    Disk server_disk_;
    std::shared_ptr<test::ErasuresInMemory> erasures_ = std::make_shared<test::ErasuresInMemory>();
    std::unique_ptr<server::Storage> storage_;
    std::unique_ptr<server::Router> router_;
    std::unique_ptr<Store> witness_;
    std::uint64_t server_life_ = 1;
    std::set<std::string> revoked_;                       ///< users, at any time
    std::map<Dot, SaveId> names_;                         ///< 0: several saves, on different machines
    std::map<std::pair<Dot, HashHead>, SaveId> commits_;  ///< that were ever seen in a log
    Hash trace_;
};

/// The value, where nothing excuses an error.
template <class T>
T must_run(Result<T> result, const std::string& what) {
    if (!result)
        throw Violation(
            0, what + " failed: " + std::string(error_name(result.error().code)) + ": " + result.error().detail);
    return std::move(result).value();
}

/// The save that a commit is; nullopt when it is none of ours (a stranger's), or holds copies.
std::optional<SaveId> save_in(const Commit& commit);
/// Where this file has the record looked after; nullopt: not here, or where it is out of sight.
std::optional<Area> standing(Store& store, const RecordId& record);

/// Whether one of the areas is this one or above it.
bool within(const std::vector<Area>& areas, const Area& area);
inline constexpr std::uint64_t hour_ms = 3'600'000, day_ms = 24 * hour_ms;

DatabaseOptions options_of(const Seat& seat);
DatabaseOptions server_options();
inline constexpr std::string_view server_machine = "server", server_file = "server/office.db";

}  // namespace doorstep::sim
