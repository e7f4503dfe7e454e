// tests/sim/acts.hpp -- what people and machines do in a run. One row an act in run.cpp; one function each, here.
#pragma once

#include <functional>

#include "tests/sim/town.hpp"

namespace doorstep::sim {

/// The user of the device's active seat writes something, with the fault striking meanwhile.
void act_save(Town& town, Device& device, Fault fault, Random& dice);
/// They delete a record or bring it back, say that two are the same thing or no longer.
void act_whole(Town& town, Device& device, Fault fault, Random& dice);
/// One synchronisation, begun by the user.
void act_sync(Town& town, Device& device, Fault fault, Random& dice);
/// The office settles a conflict.
void act_decide(Town& town, Fault fault, Random& dice);
/// The office settles this one, if it sees a conflict there; the fault strikes while it is written.
enum class Decided { yes, no, struck };
Decided decide_field(Town& town, const RecordId& record, std::uint32_t field, Fault fault, Random& dice);
/// The office erases what one save wrote into one stream; the fault strikes while it does.
void act_erase(Town& town, Fault fault, Random& dice);
/// The office moves records to another area; the fault strikes while it does, or is what happens beside it.
void act_move(Town& town, Device& device, Fault fault, Random& dice);
/// The office moves some records while somebody waits. Whether it moved any.
bool move_meanwhile(Town& town, Random& dice);
/// The program of the phone, or of the server, is started anew.
void act_restart(Town& town, Device* device);
/// The office leaves to its archive what was superseded; the fault strikes while it does, or is what happens beside it.
void act_compact(Town& town, Device& device, Fault fault, Random& dice);
/// The same while somebody waits. Whether anything went to the archive.
bool compact_meanwhile(Town& town, Random& dice);
/// The phone's outbox goes to the office as a file; the fault strikes the office meanwhile, or the file on its way.
void act_hand_over(Town& town, Device& device, Fault fault, Random& dice);
/// The office takes back the access of the device's user, whose words drain into quarantine from then on.
void act_revoke(Town& town, Device& device, Fault fault, Random& dice);
/// The same while the phone waits. Whether it had access.
bool revoke_meanwhile(Town& town, Device& device);
/// A revoked phone that has delivered everything: its host erases the file and its key, and the user is enrolled anew.
/// Whether that happened.
bool leave_if_drained(Town& town, Device& device);
/// Those that were to come by now.
void import_late_files(Town& town, Random& dice);
void act_backup(Town& town, Device& device);
/// The server's part of it: the database, and the archive beside it.
void back_up_server(Town& town);
/// Things that happen to whole machines.
void act_event(Town& town, Device& device, Fault fault, Random& dice);
void act_night(Town& town, Random& dice);
/// The office gives somebody other areas.
void scope_change(Town& town, Random& dice);
/// Somebody with a valid token and a program of their own.
void act_hostile(Town& town, Device& device, Fault fault, Random& dice);

// What these share.

/// One to three of them.
void flip_bits(Bytes& message, Random& dice);
/// A fault of phone or server as the disk knows it; none when it is another kind.
DiskFault disk_fault(Fault fault);
/// Arms the fault on the disk (or on SQLite's memory) for the time it lives.
class Armed {
public:
    Armed(Town& town, Disk& disk, Fault fault, std::uint64_t calls_max, Random& dice);
    ~Armed();
    Armed(const Armed&) = delete;
    Armed& operator=(const Armed&) = delete;
    /// Takes the fault away. Whether it struck; then it is counted.
    bool disarm();
    bool machine_died() const { return disk_.is_dead(); }

private:
    Town& town_;
    Disk& disk_;
    Fault fault_;
    bool armed_ = true, struck_ = false;
};
/// What a call at the office comes to with the fault striking meanwhile. Whatever that is, the server runs again; it
/// fails only when the fault struck.
template <class Call>
auto at_the_office(Town& town, Fault fault, std::uint64_t calls_max, Random& dice, const Call& call) {
    Armed armed(town, town.server_disk(), fault, calls_max, dice);
    auto result = call();
    const bool struck = armed.disarm();
    if (armed.machine_died()) {
        town.stop_server();
        town.server_disk().revive(dice);
    }
    if (struck) town.start_server_sound();
    if (!result && !struck) throw Violation(0, "a call at the office failed: " + result.error().detail);
    return result;
}

/// What the seat's user sees of the record; nullopt when the phone does not have it. Checks that nothing that was seen
/// went away by itself (9) and that every value traces to its save (25).
std::optional<RecordView> look(Town& town, Device& device, const RecordNote& record);
/// The same, where the user may write to it; then its area is the one where the phone shows it.
std::optional<RecordView> look_at_own(Town& town, Device& device, RecordNote& record);
/// The saves behind the alternatives of a field, by the dots that the phone names.
std::vector<SaveId> saves_behind(Town& town, Device& device, const std::vector<Dot>& dots);
/// A save by the rules of a form, chosen by dice. `outside`: of a new record in an area that the office does not grant.
enum class Home { own, outside };
enum class Special { none, at_limit, unknown_field, settle };
struct Composed {
    std::vector<RecordEdit> edits;
    Save save;
    std::vector<RecordNote> made;  ///< for edits of new records, in order; ids follow from the save
};
std::optional<Composed> compose_save(Town& town, Device& device, Random& dice, Home home, Special special);
/// Asks for a step of a matter that this phone shows; nullopt: it shows none.
std::optional<Composed> compose_step(Town& town, Device& device, Random& dice);
/// Asks for this one. `argument`: "" for words of the save's own.
Composed ask_for(Town& town, Device& device, const RecordNote& matter, const std::string& step,
                 const std::string& argument);
/// An act on a whole record that this phone shows, and a line beside it that names the save; nullopt: nothing to do.
std::optional<Composed> compose_whole(Town& town, Device& device, Random& dice);
/// A record of one of these types (none: any but intents) that this phone shows; mostly one of the last few, so that
/// many write to one. `chosen` is what was drawn, with the area where the phone shows it; the view may be of several
/// that are the same thing.
std::optional<RecordView> choose_record(Town& town, Device& device, Random& dice, RecordNote& chosen,
                                        std::uint32_t type = 0);
/// What a write to one of several records that are the same thing comes to: it goes to each in which it replaces
/// something, to the one that was edited when there is none. The model of core/engine/spread.hpp, by saves.
/// `writable`: whether who writes may write in this area.
using NameOf = std::function<SaveId(const Dot&)>;
using Writable = std::function<bool(const Area&)>;
void spread_writes(Store& store, const NameOf& name_of, const Writable& writable, std::vector<Write>& writes);
/// Says of each write where its author's screen shows the record. Before anything breaks: it opens the phone's file.
void note_areas(Town& town, Device& device, Composed& composed);
/// Carries out what was composed, with the fault striking meanwhile, and checks what must hold after it.
void carry_out(Town& town, Device& device, Composed composed, Fault fault, Random& dice);
/// Performs it and enters it in the oracle.
Result<std::vector<RecordId>> perform_save(Town& town, Device& device, Composed composed);

/// Writes the record's summary, in the place of the shown value or of every alternative on the screen.
enum class Replaces { shown, all };
void write_summary(Town& town, Device& device, const RecordNote& record, Replaces replaces);

/// Its program believes what the office says.
bool is_honest(const Seat& seat);
/// Whether the phone lets its user write there, and the office takes it.
bool may_write(const Seat& seat, const Area& area);
/// Whether that is so anywhere where the record may stand.
bool may_be_written(Town& town, Device& device, const RecordNote& record);
/// The phone's host, after a synchronisation: purges what was lost, if all of it is delivered.
void purge_if_due(Town& town, Device& device, Fault fault, Random& dice);
/// An office that came back from an older copy: gives everybody the scope again that they had lately.
void grant_again(Town& town);
/// Saves that the seat's file holds sealed to the office's key.
void find_sealed_words(Town& town, Seat& seat, std::map<SaveId, std::set<Stream>>& survivors);

/// Adds an attachment; the edit that names it.
FieldEdit attach(Town& town, Device& device, std::uint32_t field, Random& dice);
/// Carries attachments both ways, until the fault strikes.
void carry_attachments(Town& town, Device& device, Fault fault, Random& dice);

/// A synchronisation without faults of its own; the error when it did not end.
Status plain_sync(Town& town, Device& device);
/// What must hold after each synchronisation, whatever came of it: invariants 10 and 11.
void check_after_sync(Town& town, Device& device);
/// After a machine lost its files: which saves no surviving file that would bring them back holds.
void settle_losses(Town& town);

}  // namespace doorstep::sim
