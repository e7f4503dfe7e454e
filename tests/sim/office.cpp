// What the office does: decisions, backups, and the server's own restarts.
#include <algorithm>

#include "core/model/intent.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

/// The saves behind dots that the office's page shows.
std::vector<SaveId> behind(Town& town, const std::vector<Dot>& dots) {
    std::vector<SaveId> out;
    for (const Dot& dot : dots) out.push_back(town.name_at_office(dot));
    return out;
}

}  // namespace

Decided decide_field(Town& town, const RecordId& record, std::uint32_t field_id, Fault fault, Random& dice) {
    const auto page = town.storage().history(record);  // not found: no phone has brought it yet
    const FieldView* field = page ? page.value().record.field(field_id) : nullptr;
    if (!field || !field->conflict) return Decided::no;
    const std::vector<Dot> seen = test::all_dots(page.value().record, field_id);
    const SaveId id = town.oracle.next_id();
    const Value value = test::text(Oracle::words(id, "经办公室核实"));
    Save save{id, "office", {}, Save::Fate::uncertain};
    save.writes.push_back({record, field_id, field->kind, Op::Action::put, value, behind(town, seen)});
    spread_writes(
        town.witness(), [&](const Dot& dot) { return town.name_at_office(dot); }, [](const Area&) { return true; },
        save.writes);
    for (Write& write : save.writes) write.area = standing(town.witness(), write.record).value_or(Area{});
    town.oracle.add(std::move(save));
    constexpr std::uint64_t calls_max = 14;
    Armed armed(town, town.server_disk(), fault, calls_max, dice);
    const Status status = town.storage().resolve({record, field_id, value, seen}, "office", town.now_ms());
    const bool struck = armed.disarm();
    town.note(status ? "decided" : error_name(status.error().code));
    if (armed.machine_died()) {
        town.stop_server();
        town.server_disk().revive(dice);
    }
    if (struck) town.start_server_sound();
    if (status) town.oracle.save(id).fate = Save::Fate::kept;
    if (status) ++town.tally.decisions;
    if (!status && !struck) throw Violation(0, "a decision on what the page shows failed: " + status.error().detail);
    return status ? Decided::yes : Decided::struck;
}

void act_decide(Town& town, Fault fault, Random& dice) {
    const Scope everything{{Area{}}, Scope::Restricted::yes};
    const auto conflicts = must_run(town.storage().conflicts_within(100, everything), "the list of conflicts");
    if (conflicts.empty()) return;
    // By the order of their making and not of their ids, which hold clocks.
    std::vector<std::pair<RecordId, std::uint32_t>> waiting;
    std::set<RecordId> met;
    for (const RecordNote& record : town.oracle.records())
        for (const auto& [view, relation] : conflicts) {
            const bool is_member = std::count(view.members.begin(), view.members.end(), record.id) > 0;
            if (!is_member || !met.insert(view.record).second) continue;
            for (const FieldView& field : view.fields)
                if (field.conflict && field.kind != Kind::state) waiting.emplace_back(record.id, field.field);
        }
    if (waiting.empty()) return;
    const auto [record, field_id] = dice.pick(waiting);
    if (decide_field(town, record, field_id, fault, dice) == Decided::no)
        throw Violation(0, "a conflict in the office's list is none on its record's page");
}

namespace {

/// What the model can say of: words and numbers. What it removed from a set the office removes again in a commit of its
/// own, that a record is deleted or the same as another the act says again, an attachment goes with the last part that
/// names it, and a step has an answer: unit tests hold those.
bool may_be_erased(Town& town, SaveId id) {
    if (town.is_erased(id)) return false;
    const auto& writes = town.oracle.save(id).writes;
    return std::all_of(writes.begin(), writes.end(), [&](const Write& write) {
        const RecordNote* record = town.oracle.record(write.record);
        return record && record->type != intent::type && write.action == Op::Action::put &&
               write.value.type() != ValueType::attachment && !reserved_field::is_of_the_record(write.field);
    });
}

/// Once the list has the order it happens, now or at the next start.
void note_erased(Town& town, const Erased& erased) {
    town.erased.push_back(erased);
    for (Write& write : town.oracle.save(erased.save).writes)
        if (write.area == erased.stream.area) write.part = Write::Part::erased;
}

}  // namespace

void act_erase(Town& town, Fault fault, Random& dice) {
    std::vector<std::pair<LogScan::Entry, Erased>> candidates;
    for (const auto& [id, entry] : town.scan(town.witness()).saves) {
        if (!may_be_erased(town, id)) continue;
        for (const Write& write : town.oracle.save(id).writes)  // by their making and not by ids, which hold clocks
            if (entry.own.count({write.record, {write.area, {}}}) == 1)
                candidates.push_back({entry, {{}, id, {write.area, {}}}});
    }
    if (candidates.empty()) return;
    auto [entry, erased] = dice.pick(candidates);
    const auto orders = [&] {  // the list names copies too, in entries of another format
        const auto& entries = town.erasures().entries;
        return std::count_if(entries.begin(), entries.end(), [](const Bytes& one) { return one.front() == 1; });
    };
    const auto listed = orders();
    constexpr std::uint64_t calls_max = 40;
    Armed armed(town, town.server_disk(), fault, calls_max, dice);
    const auto report =
        town.storage().erase({entry.dot, erased.stream, {}, "art. 47", "a court"}, "office", town.now_ms());
    const bool struck = armed.disarm();
    town.note(report ? "erased" : error_name(report.error().code));
    if (!report && !struck) throw Violation(0, "an erasure failed: " + report.error().detail);
    if (armed.machine_died()) {
        town.stop_server();
        town.server_disk().revive(dice);
    }
    const bool ordered = orders() > listed;
    if (struck) town.start_server_sound();
    if (!ordered) return;
    const auto acts = town.scan(town.witness()).acts;
    for (const auto& [act, stream] : acts) {
        const bool known = std::any_of(town.erased.begin(), town.erased.end(),
                                       [&](const Erased& before) { return before.acts.count(act) == 1; });
        if (!known) erased.acts.emplace(act, stream);
    }
    if (erased.acts.empty()) throw Violation(27, "an order on the list has no act");
    note_erased(town, erased);
}

void act_backup(Town& town, Device& device) {
    device.old_image = device.disk.image();
    back_up_server(town);
}

void back_up_server(Town& town) {
    const std::string path = std::string(server_machine) + "/backup.db";
    constexpr const char* suffixes[] = {"", "-wal", ".archive", ".archive-wal"};
    for (const char* suffix : suffixes)
        if (town.server_disk().find(path + suffix)) town.server_disk().remove(path + suffix);
    must_run(town.storage().back_up(path, town.now_ms()), "a backup");
    must_run(town.witness().each_commit([&](const Commit& commit, const Hash&) -> Status {
        town.backed_up.insert(commit.header.dot);
        return ok();
    }),
             "what was backed up");
    if (town.purges > 0) town.server_copy.clear();
    town.copy_is_older = true;
    town.server_backup = {};
    for (const char* suffix : suffixes) {
        const auto file = town.server_disk().find(path + suffix);
        if (file) town.server_backup[std::string(server_file) + suffix] = file->now;
    }
}

}  // namespace doorstep::sim
