// Scopes that change: the office gives somebody other areas, and the phone's host purges what was lost.
#include <algorithm>

#include "core/engine/purge.hpp"
#include "core/store/sealed.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

void add_new(std::vector<Area>& areas, const std::vector<Area>& more) {
    for (const Area& area : more)
        if (std::count(areas.begin(), areas.end(), area) == 0) areas.push_back(area);
}

/// Every file of this user: copies of a phone share its grant.
template <class Visit>
void each_seat_of(Town& town, const std::string& user, const Visit& visit) {
    for (const auto& device : town.devices())
        for (Seat& seat : device->seats)
            if (seat.user == user) visit(seat);
}

/// The same phone's file after one more purge.
DatabaseOptions fresh_options(const Seat& seat) {
    DatabaseOptions fresh = options_of(seat);
    fresh.path += "+";
    ++fresh.key[0];
    return fresh;
}

void remove_file(Disk& disk, const std::string& path) {
    for (const char* suffix : {"", "-wal", "-journal"})
        if (disk.find(path + suffix)) disk.remove(path + suffix);
}

/// Whether it was made where the phone may still look, or can have been moved there.
bool may_be_here(Town& town, const Seat& seat, const Write& write) {
    const RecordNote* record = town.oracle.record(write.record);
    if (!record) return true;
    std::vector<Area> areas = town.may_stand(*record);
    areas.push_back(write.area);
    return std::any_of(areas.begin(), areas.end(), [&](const Area& area) { return within(seat.areas, area); });
}

/// Saves whose words may be read in what remains: they wrote there, or a later save chose their words and wrote them
/// there. Who settles what is the same thing writes the words chosen to each of the records, in whatever area it stands
/// (ADR 12), and from then on they are that area's own.
std::set<SaveId> readable_after_purge(Town& town, const Seat& seat) {
    std::set<SaveId> out;
    for (const Save& save : town.oracle.saves()) {
        if (save.writes.empty()) out.insert(save.id);
        for (const Write& write : save.writes) {
            if (!may_be_here(town, seat, write)) continue;
            out.insert(save.id);
            if (const auto chosen = Oracle::named_in(write.value.as_text())) out.insert(*chosen);
        }
    }
    return out;
}

/// No word that was saved only in areas that left the phone can be read in its file, in free pages either.
void check_purged(Town& town, const Seat& seat) {
    const Bytes bytes = test::decrypted_pages(options_of(seat));
    const std::set<SaveId> readable = readable_after_purge(town, seat);
    for (const Save& save : town.oracle.saves())
        if (readable.count(save.id) == 0 && bytes.find(Oracle::words(save.id, "")) != Bytes::npos)
            throw Violation(15, "save " + std::to_string(save.id) + " can be read where it was purged");
    town.checked(15);
}

/// The same user at the same phone, with nothing in it.
Seat fresh_seat(const Seat& seat) {
    Seat fresh;
    fresh.user = seat.user;
    fresh.path = seat.path + "+";
    fresh.key = seat.key;
    ++fresh.key[0];
    fresh.areas = seat.areas;
    fresh.wider_areas = seat.wider_areas;
    fresh.ever = seat.ever;
    fresh.saves_today = seat.saves_today;
    fresh.syncs_today = seat.syncs_today;
    return fresh;
}

std::set<std::string> revoked_users(Town& town) {
    std::set<std::string> users;
    for (const auto& device : town.devices())
        for (const Seat& seat : device->seats)
            if (seat.access == Seat::Access::revoked) users.insert(seat.user);
    return users;
}

}  // namespace

bool is_honest(const Seat& seat) { return seat.areas == seat.wider_areas; }

bool may_write(const Seat& seat, const Area& area) {
    const Enrolment& known = *seat.phone->enrolment();
    if (!known.divisions.exists(area.division))
        return false;  // its name comes with the next answer: nobody can choose it
    return within(known.areas, area) && (within(seat.areas, area) || within(seat.former, area));
}

bool may_be_written(Town& town, Device& device, const RecordNote& record) {
    const std::vector<Area> areas = town.may_stand(record);
    return std::any_of(areas.begin(), areas.end(), [&](const Area& area) { return may_write(device.seat(), area); });
}

void scope_change(Town& town, Random& dice) {
    std::vector<std::string> users;
    for (const auto& device : town.devices())
        for (const Seat& seat : device->seats)
            if (is_honest(seat) && std::count(users.begin(), users.end(), seat.user) == 0) users.push_back(seat.user);
    if (users.empty()) return;
    const std::string user = dice.pick(users);
    const std::vector<Area> areas = {test::area(dice.pick(std::vector<std::string_view>{
        test::village, test::other_village, test::far_village, test::town, test::other_town}))};
    bool changes = false;
    each_seat_of(town, user, [&](Seat& seat) {
        changes = seat.areas != areas;
        add_new(seat.former, seat.areas);
        add_new(seat.ever, seat.areas);
        add_new(seat.ever, areas);
        if (seat.areas != areas) seat.returned = areas;
        seat.areas = seat.wider_areas = areas;
        std::erase_if(seat.former, [&](const Area& area) { return within(areas, area); });
    });
    must_run(town.storage().regrant(user, user, {areas, {}, {}}, town.now_ms()), "another scope");
    if (changes) town.count(Fault::scope_change);
}

void grant_again(Town& town) {
    std::vector<std::string> done;
    for (const auto& device : town.devices())
        for (const Seat& seat : device->seats) {
            if (seat.ever.empty() || std::count(done.begin(), done.end(), seat.user) > 0) continue;
            done.push_back(seat.user);
            const Status known = town.storage().regrant(seat.user, seat.user, {seat.ever, {}, {}}, town.now_ms());
            if (!known && known.error().code == Errc::not_found) continue;  // it is enrolled again when it calls
            must_run(known, "a scope of before");
            must_run(town.storage().regrant(seat.user, seat.user, {seat.areas, {}, {}}, town.now_ms()), "a scope");
        }
    for (const std::string& user : revoked_users(town)) {
        const Status again = town.revoke(user);
        if (!again && again.error().code != Errc::not_found) must_run(again, "a revocation of before");
    }
}

bool revoke_meanwhile(Town& town, Device& device) {
    if (device.seat().access == Seat::Access::revoked) return false;
    must_run(town.revoke(device.seat().user), "a revocation");
    return true;
}

void act_revoke(Town& town, Device& device, Fault fault, Random& dice) {
    if (device.seat().access == Seat::Access::revoked) return;
    if (fault == Fault::revoked_in_between) return act_sync(town, device, fault, dice);
    const std::string user = device.seat().user;
    constexpr std::uint64_t calls_max = 14;
    const bool beside = fault == Fault::revoked;
    const Status done =
        at_the_office(town, beside ? Fault::none : fault, calls_max, dice, [&] { return town.revoke(user); });
    town.note(done ? "revoked" : error_name(done.error().code));
    if (!done) must_run(town.revoke(user), "a revocation");
    if (beside) town.count(fault);
}

/// What must hold before the file of a revoked phone goes, and what its user has after it.
bool leave_if_drained(Town& town, Device& device) {
    Seat& seat = device.seat();
    if (seat.access != Seat::Access::revoked || !seat.phone->enrolment()->areas.empty()) return false;
    const OutboxStatus outbox = must_run(seat.phone->outbox(), "the outbox");
    auto plan = seat.phone->purge_plan();
    if (outbox.only_here > 0 || (!plan && plan.error().code == Errc::not_delivered)) return false;
    must_run(std::move(plan), "a purge's plan");
    const std::uint64_t there = must_run(town.witness().chain_top(seat.phone->replica()), "the witness").seq;
    if (there < outbox.saved) throw Violation(15, "a revoked phone destroys what the office does not have");
    town.checked(15);
    town.stop(device);
    remove_file(device.disk, seat.path);
    device.old_image.clear();  // its key is destroyed
    seat = fresh_seat(seat);
    town.enrol(device);
    settle_losses(town);
    return true;
}

void purge_if_due(Town& town, Device& device, Fault fault, Random& dice) {
    Seat& seat = device.seat();
    if (seat.access == Seat::Access::revoked) return;
    if (seat.former.empty()) return;
    auto plan = seat.phone->purge_plan();
    if (!plan && plan.error().code == Errc::not_delivered) return;
    const PurgePlan due = must_run(std::move(plan), "a purge's plan");
    if (seat.phone->enrolment()->areas != seat.areas) return;  // it was not told of the latest change yet
    if (due.streams.empty()) return seat.former.clear();
    std::vector<Bytes> sealed;
    for (const HandoverContent& content : due.to_seal) sealed.push_back(test::seal_for_office(content.bytes));
    town.stop(device);
    const DatabaseOptions fresh = fresh_options(seat);
    constexpr std::uint64_t calls_max = 60;
    Armed armed(town, device.disk, fault, calls_max, dice);
    const Status purged = purge(options_of(seat), fresh, sealed);
    const bool struck = armed.disarm();
    town.note(purged ? "purged" : error_name(purged.error().code));
    if (armed.machine_died()) device.disk.revive(dice);
    if (!purged && !struck) throw Violation(15, device.name + " does not purge: " + purged.error().detail);
    remove_file(device.disk, purged ? seat.path : fresh.path);
    if (purged) {
        seat.path = fresh.path;
        seat.key = fresh.key;
        seat.former.clear();
        seat.seen.clear();
        device.old_image.clear();  // its key is destroyed
        if (town.copy_is_older) town.server_copy.clear();
        ++town.purges;
        check_purged(town, seat);
    }
    town.start_sound(device);
}

void find_sealed_words(Town& town, Seat& seat, std::map<SaveId, std::set<Stream>>& survivors) {
    if (town.purges == 0) return;
    Store store = must_run(Store::open(options_of(seat)), "opening a phone's file");
    for (const SealedRun& run : must_run(sealed_runs(store), "what is sealed")) {
        const Bytes content = must_run(test::unseal_at_office(run.file), "a sealed file");
        for (const Save& save : town.oracle.saves())
            if (content.find(Oracle::words(save.id, "")) != Bytes::npos)
                for (const Write& write : save.writes)
                    if (town.oracle.record(write.record)) survivors[save.id].insert({write.area, {}});
    }
}

}  // namespace doorstep::sim
