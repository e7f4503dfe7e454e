#include "tests/unit/core/support/compaction_run.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "core/store/cursors.hpp"
#include "core/sync/frame.hpp"
#include "core/sync/message.hpp"
#include "tests/unit/core/support/fault_vfs.hpp"

namespace doorstep::test {
namespace {

std::string said(const Dot& dot) { return dot.replica.hex() + ":" + std::to_string(dot.seq) + " "; }

/// What a phone that has nothing is answered, whose request is the same each time.
Bytes first_answer(World& world) {
    Hub& hub = world.hub();
    Grant grant;
    grant.author = "nobody";
    grant.areas = {area(village), area(other_village)};
    Hello hello;
    hello.replica = must(ReplicaId::from(Bytes(ReplicaId::size, 'n')));
    Bytes request;
    write_frame(request, FrameKind::hello, hello.encode());
    std::vector<StreamNo> streams;
    for (const StreamMark& mark : must(hub.store().streams())) {
        Pull pull;
        pull.from.stream = mark.head.stream;
        write_frame(request, FrameKind::pull, pull.encode());
        streams.push_back(mark.no);
    }
    Bytes answer = must(hub.exchange(grant, request, 1'763'700'000'000));
    for (const StreamNo stream : streams)  // it is no phone, and nobody waits for it
        must(CursorTable(hub.store().database()).forget(hello.replica, stream));
    return answer;
}

/// Whether a check of the office's file finds nothing, and the words are all in its log.
std::string unsound(World& world, const std::vector<std::string>& words) {
    const Diagnosis found = must(diagnose(world.hub().store()));
    if (!found.sound()) return std::string(fault_name(found.findings.front().fault));
    std::string all;
    const auto gather = [&](const Commit& commit, const Hash&) -> Status {
        for (const Bytes& part : commit.parts) all += part;
        return ok();
    };
    must(world.hub().store().each_commit(gather));
    for (const std::string& one : words)
        if (all.find(one) == std::string::npos) return one + " is lost";
    return {};
}

/// Whether the fault struck.
bool compact_under(const FaultPlan& plan, World& world) {
    const bool kills = plan.fault == FaultPlan::Fault::kill;
    const std::uint64_t now_ms = world.now_ms();
    if (kills) world.close_hub();
    const pid_t child = kills ? fork() : 0;
    if (child == 0) {  // in a process of its own, or here
        if (kills) world.open_hub();
        fault_plan() = plan;
        const auto compacted = compact_all(world.hub(), at_once, now_ms);
        if (kills) _exit(compacted ? 0 : 1);
        const bool struck = fault_plan().struck;
        fault_plan() = {};
        if (!struck) must(compacted);
        return struck;
    }
    int status = 0;
    waitpid(child, &status, 0);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace

std::string picture(World& world) {
    Hub& hub = world.hub();
    std::string out;
    for (const StreamMark& mark : must(hub.store().streams()))
        out += mark.head.stream.area.text() + " " + std::to_string(mark.head.position) + " " + mark.head.digest.hex() +
               " " + mark.states.digest.hex() + "\n";
    const auto show = [&](const RecordRow& row) -> Status {
        out += row.record.hex() + " " + row.state + "\n";
        const RecordView view = must(view_record(hub.store(), row));
        for (const FieldView& field : view.fields)
            for (const ValueView& value : field.values) {
                out += std::to_string(field.field) + " " + Bytes(value.value.bytes()) + " ";
                for (const Dot& dot : value.dots) out += said(dot);
            }
        for (const HistoryEntry& entry : must(record_history(hub.store(), row.record)))
            out += "\n" + std::to_string(entry.field) + " " + said(entry.trace.dot) + entry.trace.author + " " +
                   Bytes(entry.value.bytes()) + (entry.live ? " live" : "");
        return ok();
    };
    must(hub.store().each_record(show));
    out += "conflicts " + std::to_string(must(hub.conflicts(500)).size()) + " " + must(hub.verify()).state.hex() + "\n";
    first_answer(world);  // the first one cuts runs that the next finds ready
    return out + first_answer(world);
}

Result<CompactionStep> compact_all(Hub& hub, const CompactionRule& rule, std::uint64_t now_ms) {
    CompactionStep all;
    while (all.next.left == CompactionCursor::Left::maybe) {
        DOORSTEP_TRY_ASSIGN(const CompactionStep step, hub.compact_some(rule, all.next, now_ms));
        all.parts += step.parts;
        all.bytes += step.bytes;
        all.next = step.next;
    }
    return all;
}

void back_up(World& world) {
    const std::string copy = world.path("backup.db");
    for (const std::string& file : {copy, Archive::path_beside(copy)})
        for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file + suffix);
    must(world.hub().store().back_up(copy, storage_key(1)));
}

void restore(World& world) {
    world.close_hub();
    copy_database(world.path("backup.db"), world.hub_path());
    world.open_hub();
}

std::string archived_too_early() {
    World world;
    Handset &li = world.add("li", {village}), &wang = world.add("wang", {village});
    const RecordId id = save(world, li, new_household(village, "第一次的话"));
    save(world, li, set_text(id, field::summary, "第二次的话"));
    must(world.sync_all());
    must(world.sync_all());  // both say now that they have it
    save(world, li, set_text(id, field::summary, "第三次的话"));
    save(world, li, set_text(id, field::summary, "第四次的话"));
    must(world.sync(li));
    back_up(world);
    // li is at the end and wang is not: he has the first two.
    const CompactionStep step = must(compact_all(world.hub(), at_once, world.now_ms()));
    if (step.parts != 2) return std::to_string(step.parts) + " parts went to the archive instead of wang's two";
    const std::uint64_t tomorrow = world.now_ms() + 24 * 60 * 60 * 1000;
    must(world.sync(wang));
    if (must(world.hub().store().archived_count()) != 2) return "a synchronisation archived something";
    // Who says nothing for long is not waited for.
    const CompactionStep later = must(compact_all(world.hub(), at_once, tomorrow + limits::retire_ms));
    return later.parts == 1 ? "" : std::to_string(later.parts) + " parts followed when nobody was waited for";
}

std::string lost_on_a_broken_disk() {
    for (const auto fault : {FaultPlan::Fault::io_error, FaultPlan::Fault::disk_full, FaultPlan::Fault::kill}) {
        World world(Durability::full, fault_vfs());
        Handset& li = world.add("li", {village});
        const RecordId id = save(world, li, new_household(village, "words1000"));
        std::vector<std::string> words = {"words1000"};
        for (std::uint64_t at = 1;; ++at) {
            for (int i = 0; i < 3; ++i) {
                words.push_back("words" + std::to_string(1000 + words.size()));
                save(world, li, set_text(id, field::summary, words.back()));
            }
            must(world.sync(li));
            must(world.hub().store().database().execute("UPDATE stream SET backed_up = position; DELETE FROM cursor"));
            const bool struck = compact_under({fault, at, 0, false}, world);
            world.open_hub();
            if (std::string wrong = unsound(world, words); !wrong.empty())
                return wrong + " after a fault at call " + std::to_string(at);
            if (!struck) break;
            if (at == 2000) return "the fault never stops to strike";
        }
        if (must(world.hub().store().archived_count()) != words.size() - 1) return "the archive has not what it must";
    }
    return {};
}

}  // namespace doorstep::test
