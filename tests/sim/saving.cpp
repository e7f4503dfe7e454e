// A save with something breaking meanwhile, and what must hold after it.
#include "core/base/limits.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

constexpr std::uint64_t save_calls_max = 14;  // a save makes about that many

/// Read-your-writes (9): what was just saved is what its author sees.
void check_own_writes(Town& town, Device& device, SaveId id) {
    for (const Write& write : town.oracle.save(id).writes) {
        if (write.action != Op::Action::put || write.kind == Kind::log) continue;
        if (write.field == reserved_field::deletions || write.field == reserved_field::same_as) continue;
        const RecordView view = must_run(device.seat().phone->read(write.record), "reading what was saved");
        const FieldView* field = view.field(write.field);
        bool found = false;
        if (field)
            for (const auto* values : {&field->values, &field->overruled})
                for (const ValueView& value : *values) found = found || value.value == write.value;
        if (write.kind == Kind::count) found = field != nullptr;  // a part of the sum
        if (!found)
            throw Violation(9, "save " + std::to_string(id) + " on " + device.name + " is not what its author sees");
        town.checked(9);
    }
}

/// Whether an error is one that the fault explains: a person is told what is wrong.
bool explains(Fault fault, Errc code) {
    switch (fault) {
        case Fault::phone_full: return code == Errc::disk_full;
        case Fault::phone_busy: return code == Errc::busy;
        case Fault::phone_no_memory: return code == Errc::out_of_memory || code == Errc::io;
        case Fault::phone_read_error:  // SQLite3MC decrypts what it could not read, and finds that damaged
        case Fault::phone_corrupt_read:
            return code == Errc::corrupt || code == Errc::io || code == Errc::not_a_database;
        default: return code == Errc::io;
    }
}

void refused_save(Town& town, Device& device, Fault fault, Random& dice) {
    const std::string over_limit(limits::value_bytes_max + 1, 'x');
    const bool too_large = fault == Fault::value_over_limit;
    const auto value = too_large                      ? Value::text(over_limit)
                       : fault == Fault::invalid_utf8 ? Value::text("\xe4\xb8 broken")
                                                      : Value::text(std::string("a\0b", 3));
    if (value) throw Violation(21, std::string(fault_name(fault)) + " is taken as a text");
    if (value.error().code != (too_large ? Errc::value_too_large : Errc::invalid_utf8))
        throw Violation(21, std::string(fault_name(fault)) + " is refused with another code");
    town.count(fault);
    town.checked(21);
    act_save(town, device, Fault::none, dice);  // the form stays: the person corrects it and saves
}

/// The office and this phone's user settle one conflict, neither knowing of the other.
void settle_twice(Town& town, Device& device, Random& dice) {
    std::vector<RecordNote> records = town.oracle.records();
    for (RecordNote& record : records) {
        if (!may_be_written(town, device, record)) continue;
        const auto view = look_at_own(town, device, record);
        const FieldView* field = view ? view->field(test::field::summary) : nullptr;
        if (!field || !field->conflict) continue;
        if (decide_field(town, record.id, field->field, Fault::none, dice) == Decided::no) continue;
        town.count(Fault::double_decision);
        write_summary(town, device, record, Replaces::all);
        return;
    }
    act_save(town, device, Fault::none, dice);
}

/// The program, or the whole phone, died: start it again.
void after_death(Town& town, Device& device, Random& dice) {
    town.stop(device);
    device.disk.revive(dice);
    town.start_sound(device);
}

/// The app of a seat that believes in a wider scope than the office granted goes on believing, whatever it was told at
/// its last synchronisation: what it saves outside is for the office to hold. An honest one learns of another scope
/// from the office only.
void believe(Seat& seat) {
    const Enrolment* now = seat.phone->enrolment();
    if (is_honest(seat) || now->areas == seat.wider_areas) return;
    Enrolment wider = *now;
    wider.areas = seat.wider_areas;
    wider.divisions = test::some_divisions();
    must_run(seat.phone->enrol(wider), "an enrolment");
}

}  // namespace

void act_save(Town& town, Device& device, Fault fault, Random& dice) {
    believe(device.seat());
    if (fault == Fault::value_over_limit || fault == Fault::invalid_utf8 || fault == Fault::nul)
        return refused_save(town, device, fault, dice);
    if (fault == Fault::forged_seq || fault == Fault::wrong_chain || fault == Fault::poison_commit ||
        fault == Fault::hostile_length)
        return act_hostile(town, device, fault, dice);
    if (fault == Fault::double_decision) return settle_twice(town, device, dice);
    const Home home = fault == Fault::outside_grant ? Home::outside : Home::own;
    const Special special = fault == Fault::value_at_limit  ? Special::at_limit
                            : fault == Fault::unknown_field ? Special::unknown_field
                                                            : Special::none;
    const bool asks = place_of(fault) != Place::data && dice.chance(10);
    auto composed = asks ? compose_step(town, device, dice) : std::optional<Composed>();
    if (!composed) composed = compose_save(town, device, dice, home, special);
    if (composed) carry_out(town, device, std::move(*composed), fault, dice);
}

void carry_out(Town& town, Device& device, Composed composed, Fault fault, Random& dice) {
    const SaveId id = composed.save.id;
    note_areas(town, device, composed);
    // What is read is read at the start; later it is in memory.
    const bool starts = fault == Fault::phone_read_error || fault == Fault::phone_corrupt_read || dice.chance(5);
    if (starts) town.stop(device);
    Armed armed(town, device.disk, fault, save_calls_max, dice);
    if (starts) {
        if (const Status started = town.start(device); !started) {
            const bool struck = armed.disarm();
            if (!struck) throw Violation(0, device.name + " does not start: " + started.error().detail);
            if (armed.machine_died()) return after_death(town, device, dice);
            town.start_sound(device);
            town.note("no start");
            return;
        }
    }
    const auto saved = perform_save(town, device, std::move(composed));
    const bool struck = armed.disarm();
    town.note(saved ? "saved" : error_name(saved.error().code));
    if (!saved && !struck)
        throw Violation(0,
                        "a save failed: " + std::string(error_name(saved.error().code)) + ": " + saved.error().detail);
    if (!saved && !armed.machine_died() && !explains(fault, saved.error().code))
        throw Violation(0,
                        std::string(fault_name(fault)) + " is told as " + std::string(error_name(saved.error().code)));
    if (armed.machine_died()) {
        after_death(town, device, dice);
    } else if (!saved) {
        town.look_for_open_saves(device.seat());
        if (dice.chance(30)) town.start_sound(device);
    }
    if (saved) check_own_writes(town, device, id);
    if (place_of(fault) == Place::data) town.count(fault);
}

void act_restart(Town& town, Device* device) {
    if (!device) return town.start_server_sound();
    town.stop(*device);
    town.start_sound(*device);
}

}  // namespace doorstep::sim
