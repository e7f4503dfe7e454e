// What happens to whole machines: restored, copied, wiped, handed on; clocks that jump; nights.
#include <algorithm>
#include <iterator>

#include "core/store/archive.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

constexpr std::int64_t ten_years_ms = std::int64_t{3652} * 24 * 3'600'000;
constexpr std::uint64_t ms_2038 = std::uint64_t{2'147'483'647} * 1000 - 12 * hour_ms;  // 32 bits of seconds end at noon

void forget(Seat& seat) {
    seat.names.reset();
    seat.seen.clear();
    seat.open_saves.clear();
    seat.kept = {};
    seat.server_life = 0;
}

void stop_all(Device& device) {
    for (Seat& seat : device.seats) seat.phone.reset();
}

void old_phone_image(Town& town, Device& device) {
    if (device.old_image.empty()) return;
    stop_all(device);
    device.disk.put(device.old_image);
    device.was_put_back = true;
    for (Seat& seat : device.seats) {
        forget(seat);
        seat.former = seat.ever;  // it may have been told of less
        std::erase_if(seat.former, [&](const Area& area) { return within(seat.areas, area); });
    }
    town.start_sound(device);
    town.count(Fault::old_phone_image);
    settle_losses(town);
}

void clone(Town& town, Device& device) {
    constexpr std::size_t devices_max = 12;
    if (town.devices().size() >= devices_max || !device.clone_of.empty()) return;
    for (const auto& other : town.devices())
        if (other->clone_of == device.name) return;  // one copy each is enough
    Disk::Image image;
    Device& copy = town.add_device(device.name + "-copy");
    for (const auto& [name, bytes] : device.disk.image()) image[copy.name + name.substr(device.name.size())] = bytes;
    copy.disk.put(image);
    copy.clone_of = device.name;
    copy.active = device.active;
    for (Seat& seat : device.seats) {
        Seat same;
        same.user = seat.user;
        same.path = copy.name + seat.path.substr(device.name.size());
        same.areas = seat.areas;
        same.wider_areas = seat.wider_areas;
        same.former = seat.former;
        same.ever = seat.ever;
        same.access = seat.access;
        same.key = seat.key;
        copy.seats.push_back(std::move(same));
    }
    town.start_sound(copy);
    town.count(Fault::clone);
}

/// In the middle of a synchronisation another user takes the phone.
void user_switch(Town& town, Device& device) {
    if (device.seats.size() < 2) return;
    const Bytes request = must_run(device.seat().phone->begin_sync(), "the first request");
    town.post(device.seat().phone->enrolment()->token, request);
    town.stop(device);
    device.active = (device.active + 1) % device.seats.size();
    town.start_sound(device);
    town.count(Fault::user_switch);
}

void wipe(Town& town, Device& device) {
    stop_all(device);
    device.disk.put({});
    for (Seat& seat : device.seats) {
        forget(seat);
        seat.former.clear();
    }
    const std::size_t active = device.active;
    for (std::size_t i = 0; i < device.seats.size(); ++i) {
        device.active = i;
        town.enrol(device);
        if (i != active) town.stop(device);
    }
    device.active = active;
    town.count(Fault::wipe);
    settle_losses(town);
}

void set_clock(Town& town, Device& device, Fault fault, Random& dice) {
    const bool was_wrong = device.stuck_ms || device.skew_ms != 0;
    device.stuck_ms.reset();
    device.skew_ms = 0;
    if (was_wrong && dice.chance(50)) return;
    if (fault == Fault::clock_ahead) device.skew_ms = ten_years_ms;
    if (fault == Fault::clock_back) device.skew_ms = -ten_years_ms;
    if (fault == Fault::clock_1970) device.stuck_ms = 0;
    if (fault == Fault::clock_2038) device.stuck_ms = ms_2038;
    town.count(fault);
}

/// The image with the archive that lies beside the server now: it is newer, and serves every older database. All of its
/// files go together: a log of one beside the pages of the other is no archive.
Disk::Image keep_archive(Town& town, Disk::Image image) {
    const std::string archive = Archive::path_beside(std::string(server_file));
    const auto is_of_it = [&](const auto& file) { return file.first.rfind(archive, 0) == 0; };
    const Disk::Image now = town.server_disk().image();
    if (now.count(archive) == 0) return image;
    std::erase_if(image, is_of_it);
    std::copy_if(now.begin(), now.end(), std::inserter(image, image.end()), is_of_it);
    return image;
}

void put_server(Town& town, const Disk::Image& image, Fault fault, Random& dice) {
    if (image.empty()) return;
    town.scan(town.witness());  // whose words were carried is not to be seen once the office has lost them
    town.stop_server();
    town.server_disk().put(dice.chance(50) ? keep_archive(town, image) : image);
    town.start_server_sound();
    town.begin_server_life();
    grant_again(town);
    town.count(fault);
    settle_losses(town);
}

/// Every phone has begun; their messages arrive in any order.
void rush(Town& town, Random& dice) {
    struct Caller {
        Device* device;
        std::optional<Bytes> next;
    };
    std::vector<Caller> callers;
    for (const auto& device : town.devices())
        callers.push_back({device.get(), must_run(device->seat().phone->begin_sync(), "the first request")});
    while (!callers.empty()) {
        const std::size_t at = static_cast<std::size_t>(dice.below(callers.size()));
        Caller& caller = callers[at];
        Phone& phone = *caller.device->seat().phone;
        const server::Reply reply = town.post(phone.enrolment()->token, std::move(*caller.next));
        caller.next.reset();
        if (reply.status == 200)
            caller.next =
                must_run(phone.continue_sync(reply.body, town.clock_of(*caller.device)), "one of many at once");
        else if (reply.status != 401)
            throw Violation(20, "in a rush the server answered " + std::to_string(reply.status));
        caller.device->seat().names.reset();
        if (!caller.next) callers.erase(callers.begin() + static_cast<std::ptrdiff_t>(at));
    }
    town.count(Fault::rush);
}

}  // namespace

void settle_losses(Town& town) {
    std::map<SaveId, std::set<Stream>> survivors;
    std::map<SaveId, std::set<RecordId>> copies;
    const auto look = [&](Store& store) {
        for (auto& [id, entry] : town.scan(store).saves) {
            survivors[id].merge(entry.streams);
            for (const auto& [record, stream] : entry.copies) copies[id].insert(record);
        }
    };
    look(town.witness());
    for (const auto& device : town.devices())
        for (Seat& seat : device->seats) {
            Store store = must_run(Store::open(options_of(seat)), "opening a phone's file");
            look(store);
            find_sealed_words(town, seat, survivors);
        }
    for (const Save& known : town.oracle.saves()) {
        Save& save = town.oracle.save(known.id);
        if (survivors.count(save.id) == 0) save.fate = Save::Fate::lost;
        for (Write& write : save.writes) {
            if (!town.oracle.record(write.record) || write.part == Write::Part::erased) continue;
            if (survivors[save.id].count({write.area, {}}) == 1) continue;
            const bool carried = copies[save.id].count(write.record) == 1;
            write.part = carried ? Write::Part::carried : Write::Part::lost;
        }
    }
}

void act_event(Town& town, Device& device, Fault fault, Random& dice) {
    switch (fault) {
        case Fault::old_phone_image: return old_phone_image(town, device);
        case Fault::clone: return clone(town, device);
        case Fault::user_switch: return user_switch(town, device);
        case Fault::wipe: return wipe(town, device);
        case Fault::clock_ahead:
        case Fault::clock_back:
        case Fault::clock_1970:
        case Fault::clock_2038: return set_clock(town, device, fault, dice);
        case Fault::server_backup_restored: return put_server(town, town.server_backup, fault, dice);
        case Fault::server_failover: return put_server(town, town.server_copy, fault, dice);
        case Fault::scope_change: return scope_change(town, dice);
        case Fault::rush: return rush(town, dice);
        default: return;
    }
}

void act_night(Town& town, Random& dice) {
    town.pass((8 + dice.below(8)) * hour_ms);
    const std::deque<Letter> letters = std::move(town.letters);
    town.letters.clear();
    for (const Letter& letter : letters) {
        if (letter.due_ms > town.now_ms())
            town.letters.push_back(letter);
        else
            town.post(letter.token, letter.request);
    }
    import_late_files(town, dice);
    constexpr std::uint64_t saves_a_day_min = 5;  // a day that counts
    for (const auto& device : town.devices()) {
        std::uint64_t saves = 0, syncs = 0;
        for (Seat& seat : device->seats) {
            saves += std::exchange(seat.saves_today, 0);
            syncs += std::exchange(seat.syncs_today, 0);
        }
        if (saves >= saves_a_day_min && syncs >= 1) ++town.tally.device_days;
        if (dice.chance(20)) device->old_image = device->disk.image();
    }
    if (!dice.chance(50)) return;
    town.server_copy = town.server_disk().image();
    town.copy_is_older = false;
}

}  // namespace doorstep::sim
