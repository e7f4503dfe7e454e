// The office leaves what was superseded to its archive, and nobody sees a difference (invariant 19).
#include "core/base/limits.hpp"
#include "core/engine/compact.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

constexpr std::uint64_t compaction_calls_max = 60;  // a compaction makes about that many

/// Everything that somebody can see of the office.
Bytes picture(Town& town) {
    Bytes out;
    for (const StreamMark& mark : must_run(town.witness().streams(), "the heads"))
        out += mark.head.stream.key() + std::to_string(mark.head.position) + mark.head.digest.hex() +
               mark.states.digest.hex();
    must_run(town.witness().each_record([&](const RecordRow& row) -> Status {
        out += row.record.hex() + row.state;
        return ok();
    }),
             "the records");
    for (const RecordNote& record : town.oracle.records()) {
        const auto history = town.storage().history(record.id);
        if (!history && history.error().code == Errc::not_found) continue;  // no phone has brought it yet
        for (const HistoryEntry& entry : must_run(history, "a history").entries)
            out += std::to_string(entry.field) + entry.trace.author + std::to_string(entry.trace.dot.seq) +
                   Bytes(entry.value.bytes()) + (entry.live ? "+" : "-");
    }
    return out;
}

/// What a phone that synchronised with this server has come to in the stream; nullopt: it does not follow it.
std::optional<std::uint64_t> cursor_of(const Town& town, const Seat& seat, const Stream& stream) {
    if (!seat.phone || seat.server_life != town.server_life() || !within(seat.areas, stream.area)) return std::nullopt;
    for (const StreamMark& mark : must_run(seat.phone->streams(), "the cursors"))
        if (mark.head.stream == stream && mark.head.position > 0) return mark.head.position;
    return std::nullopt;
}

/// What went to the archive is in a backup, and every phone has it.
void check_archived(Town& town, const StreamMark& mark) {
    std::uint64_t everybody_has = mark.head.position;
    for (const auto& device : town.devices())
        for (const Seat& seat : device->seats)
            everybody_has = std::min(everybody_has, cursor_of(town, seat, mark.head.stream).value_or(everybody_has));
    const auto look = [&](SequenceEntry entry) -> Result<Store::Visit> {
        DOORSTEP_TRY_ASSIGN(const auto left, town.witness().left_to_archive(entry.commit_no));
        for (const std::uint32_t part : left) {
            const auto lies = stream_of_part(entry.commit.parts[part]);
            if (!lies || !(lies.value() == mark.head.stream)) continue;
            if (entry.position > everybody_has)
                throw Violation(19, "a part was archived that a phone has not come past");
            if (town.backed_up.count(entry.commit.header.dot) == 0)
                throw Violation(19, "a part was archived that no backup holds");
        }
        return Store::Visit::go_on;
    };
    must_run(town.witness().entries_after(mark.no, 0, look), "a stream's entries");
}

/// How many parts went to the archive.
std::uint64_t compact(Town& town, Fault fault, Random& dice) {
    const Bytes before = picture(town);
    const CompactionRule rule{dice.below(3) * day_ms, limits::retire_ms};
    std::uint64_t parts = 0;
    const auto done = at_the_office(town, fault, compaction_calls_max, dice, [&]() -> Status {
        for (CompactionCursor at; at.left == CompactionCursor::Left::maybe;) {
            DOORSTEP_TRY_ASSIGN(const CompactionStep step, town.storage().compact_some(rule, at, town.now_ms()));
            parts += step.parts;
            at = step.next;
        }
        return ok();
    });
    town.note(done ? "compacted" : error_name(done.error().code));
    if (picture(town) != before) throw Violation(19, "the office shows something else after a compaction");
    for (const StreamMark& mark : must_run(town.witness().streams(), "the heads")) check_archived(town, mark);
    town.checked(19);
    return parts;
}

}  // namespace

bool compact_meanwhile(Town& town, Random& dice) { return compact(town, Fault::none, dice) > 0; }

void act_compact(Town& town, Device& device, Fault fault, Random& dice) {
    if (dice.chance(60)) back_up_server(town);
    if (fault == Fault::compaction_in_between) return act_sync(town, device, fault, dice);
    compact(town, fault, dice);
}

}  // namespace doorstep::sim
