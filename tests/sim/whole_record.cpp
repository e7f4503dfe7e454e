// Acts on whole records: a person deletes one or brings it back, says that two are the same thing or no longer.
#include <algorithm>

#include "core/engine/acts.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

using Edits = std::vector<RecordEdit>;

/// The writes of the element that stand in the record here.
std::vector<Dot> dots_of_element(Store& store, const RecordId& record, const FieldEdit& edit) {
    std::vector<Dot> out;
    for (const RecordRow& row : must_run(store.records_of(record), "a record's rows")) {
        const RecordState state = test::must(RecordState::unpack(row.state));
        if (const FieldState* field = state.find(edit.field, edit.kind))
            for (const Live& live : field->live)
                if (live.value == edit.value) out.push_back(live.dot);
    }
    return out;
}

/// Leaves out what would change nothing: a link that is there, one that is not.
void drop_idle(Store& store, Edits& edits) {
    for (RecordEdit& edit : edits)
        std::erase_if(edit.fields, [&](const FieldEdit& field) {
            const bool stands = !dots_of_element(store, *edit.record, field).empty();
            return (field.action == Op::Action::put) == stands;
        });
    std::erase_if(edits, [](const RecordEdit& edit) { return edit.fields.empty(); });
}

/// A line that names the save, on this record. Each part of the save has one: who sees only that knows whose it is.
void add_line(Composed& composed, const RecordNote& record, const Area& area) {
    const Value line = test::text(Oracle::words(composed.save.id, "附言"));
    const FieldEdit edit{test::field::notes, Kind::log, Op::Action::put, line, {}};
    for (RecordEdit& other : composed.edits)
        if (other.record == record.id) return other.fields.push_back(edit);
    composed.edits.push_back({record.id, record.type, {area, {}}, {edit}});
}

bool is_member(const RecordView& view, const RecordId& record) {
    return std::count(view.members.begin(), view.members.end(), record) > 0;
}

/// Another record than those of the view.
std::optional<RecordNote> choose_other(Town& town, Device& device, Random& dice, const RecordView& view) {
    RecordNote other;
    constexpr int tries = 4;
    for (int attempt = 0; attempt < tries; ++attempt)
        if (choose_record(town, device, dice, other, test::household) && !is_member(view, other.id)) return other;
    return std::nullopt;
}

/// The records that this one is linked to, in the order of their making: ids hold clocks.
std::vector<RecordId> linked_to(Town& town, Store& store, const RecordId& record) {
    std::vector<RecordId> linked;
    for (const Member& member : test::must(find_group(store, record)).members)
        if (member.row.record == record) linked = links(member.state);
    std::vector<RecordId> out;
    for (const RecordNote& known : town.oracle.records())
        if (std::count(linked.begin(), linked.end(), known.id) > 0) out.push_back(known.id);
    return out;
}

/// What the person does with the record. `deletes`: whether it is that.
Result<Edits> choose_act(Town& town, Store& store, const RecordView& view, const RecordNote& note,
                         const std::optional<RecordNote>& other, Random& dice, bool& deletes) {
    if (view.existence != Existence::alive && dice.chance(60)) return restoration(store, note.id);
    if (view.members.size() > 1 && dice.chance(50)) {
        const std::vector<RecordId> linked = linked_to(town, store, note.id);
        if (!linked.empty()) return sameness(store, note.id, dice.pick(linked), Op::Action::remove);
    }
    if (!other) return Edits();
    if (dice.chance(50)) return sameness(store, note.id, other->id, Op::Action::put);
    deletes = true;
    return removal(store, note.id);
}

Write write_of(Town& town, Device& device, Store& store, const RecordId& record, const FieldEdit& edit) {
    Write write{record, edit.field, edit.kind, edit.action, edit.value, {}};
    if (edit.action == Op::Action::remove)
        write.replaces = saves_behind(town, device, dots_of_element(store, record, edit));
    if (edit.field == reserved_field::deletions) {
        if (edit.action == Op::Action::put) write.saw = saves_behind(town, device, edit.value.as_dots());
        write.value = Value::cleared();  // its list names dots, and the oracle knows none
    }
    return write;
}

}  // namespace

void spread_writes(Store& store, const NameOf& name_of, const Writable& writable, std::vector<Write>& writes) {
    std::vector<Write> out;
    for (const Write& write : writes) {
        const auto group =
            write.record.is_zero() ? Result<Group>(Error{Errc::not_found, "new"}) : find_group(store, write.record);
        std::vector<Write> spread;
        for (std::size_t i = 0; group && i < group.value().members.size(); ++i) {
            const Member& member = group.value().members[i];
            if (!writable(must_run(store.stream_of(member.row.stream), "a stream").area)) continue;
            const FieldState* field = member.state.find(write.field, write.kind);
            Write here = write;
            here.record = member.row.record;
            here.replaces.clear();
            for (std::size_t n = 0; field && n < field->live.size(); ++n) {
                const Live& live = field->live[n];
                if (write.kind == Kind::set && live.value != write.value) continue;
                const SaveId name = name_of(live.dot);
                if (std::count(write.replaces.begin(), write.replaces.end(), name) > 0) here.replaces.push_back(name);
            }
            if (!here.replaces.empty()) spread.push_back(std::move(here));
        }
        if (spread.empty()) spread.push_back(write);
        out.insert(out.end(), spread.begin(), spread.end());
    }
    writes = std::move(out);
}

std::optional<Composed> compose_whole(Town& town, Device& device, Random& dice) {
    RecordNote note;
    bool deletes = false;
    const auto view = choose_record(town, device, dice, note, test::household);
    if (!view) return std::nullopt;
    const auto other = choose_other(town, device, dice, *view);
    Store store = must_run(Store::open(options_of(device.seat())), "a second look at a phone's file");
    auto edits = choose_act(town, store, *view, note, other, dice, deletes);
    if (!edits && edits.error().code == Errc::not_found) return std::nullopt;  // the other end is out of sight
    Composed out;
    out.edits = must_run(std::move(edits), "an act on a whole record");
    drop_idle(store, out.edits);
    const std::size_t before = out.edits.size();
    std::erase_if(out.edits, [&](const RecordEdit& edit) { return !may_write(device.seat(), edit.home.area); });
    const bool links = !out.edits.empty() && out.edits.front().fields.front().field == reserved_field::same_as;
    if (out.edits.empty() || (links && out.edits.size() < before)) return std::nullopt;
    out.save.id = town.oracle.next_id();
    out.save.author = device.seat().user;
    const std::vector<RecordEdit> acts = out.edits;
    for (const RecordEdit& act : acts) {
        const RecordNote& written = *town.oracle.record(*act.record);
        if (!standing(store, *act.record)) return std::nullopt;  // where it was moved is out of sight
        if (!deletes) add_line(out, written, act.home.area);
        // A line on the record itself would be a write that the delete has not seen.
        if (deletes && !(act.home.area == other->area)) return std::nullopt;
    }
    if (deletes) add_line(out, *other, other->area);
    for (const RecordEdit& edit : out.edits)
        for (const FieldEdit& field : edit.fields)
            out.save.writes.push_back(write_of(town, device, store, *edit.record, field));
    return out;
}

void act_whole(Town& town, Device& device, Fault fault, Random& dice) {
    auto composed = compose_whole(town, device, dice);
    if (composed) carry_out(town, device, std::move(*composed), fault, dice);
}

}  // namespace doorstep::sim
