#include "bench/move_bench.hpp"

#include <algorithm>

#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"

namespace doorstep::bench {
namespace {

struct Moved {
    Spent spent;
    double step_ms_max = 0;
    std::size_t records = 0;
};

Result<Moved> move_all(Hub& hub, const MoveOrder& order) {
    Moved out;
    for (MoveCursor cursor; cursor.left == MoveCursor::Left::maybe;) {
        const double before = wall_s();
        DOORSTEP_TRY_ASSIGN(const MoveStep step,
                            out.spent.time([&] { return hub.move_some(order, cursor, "bench", fleet_first_ms); }));
        out.step_ms_max = std::max(out.step_ms_max, (wall_s() - before) * 1e3);
        out.records += step.moved;
        cursor = step.next;
    }
    return out;
}

/// Bytes of bodies, both ways, of a new phone's whole synchronisation.
Result<std::uint64_t> first_sync_bytes(Hub& hub, const std::string& path, const Area& area, std::size_t records) {
    DOORSTEP_TRY_ASSIGN(auto phone, make_phone(options_for(path, Durability::normal), area));
    DOORSTEP_TRY_ASSIGN(std::optional<Bytes> request, phone->begin_sync());
    std::uint64_t bytes = 0;
    while (request) {
        DOORSTEP_TRY_ASSIGN(const Bytes answer, hub.exchange(grant_for(area), *request, fleet_first_ms));
        bytes += request->size() + answer.size();
        DOORSTEP_TRY_ASSIGN(request, phone->continue_sync(answer, fleet_first_ms));
    }
    DOORSTEP_TRY_ASSIGN(const Verification found, phone->verify());
    if (found.records != records) return Error{Errc::internal, "the phone does not have the office's records"};
    return bytes;
}

}  // namespace

Status move(Context& context) {
    const Area from = context.records.front().home.area;
    const MoveOrder order{from, {from.division, from.grid + 1}, MoveOrder::Below::no, MoveOrder::Later::no};
    const std::vector<Commit> commits = fleet_commits(context.records);
    DOORSTEP_TRY_ASSIGN(auto hub, make_hub(options_for(context.folder + "/move-hub.db", Durability::normal), from));
    Spent pushed;
    DOORSTEP_TRY(pushed.time([&] { return fill(*hub, from, commits); }));
    DOORSTEP_TRY_ASSIGN(const std::uint64_t bytes_before,
                        first_sync_bytes(*hub, context.folder + "/move-before.db", from, commits.size()));
    DOORSTEP_TRY_ASSIGN(const Moved moved, move_all(*hub, order));
    if (moved.records != commits.size()) return Error{Errc::internal, "not every record was moved"};
    DOORSTEP_TRY_ASSIGN(const std::uint64_t bytes_after,
                        first_sync_bytes(*hub, context.folder + "/move-after.db", order.to, commits.size()));
    DOORSTEP_TRY(hub->verify());

    Figure all;
    all.bench = "move";
    all.what = std::to_string(moved.records) + " records move to another area";
    all.unit = "s";
    all.ours = moved.spent.wall_s;
    all.floor = pushed.wall_s;
    all.floor_is = "pushing them";
    all.ratio = moved.spent.wall_s / pushed.wall_s;
    all.cpu_s = moved.spent.cpu_s;
    all.cpu_ratio = moved.spent.cpu_s / pushed.cpu_s;
    all.peak_mib = peak_mib();
    context.report->add(std::move(all));
    Figure step;
    step.bench = "move";
    step.what = "... the longest transaction";
    step.unit = "ms";
    step.ours = moved.step_ms_max;
    step.target = "<= 1 s";
    step.met = moved.step_ms_max <= 1000;
    context.report->add(std::move(step));
    Figure wire;
    wire.bench = "move";
    wire.what = "... a new phone's first sync there";
    wire.unit = "bytes";
    wire.ours = static_cast<double>(bytes_after);
    wire.floor = static_cast<double>(bytes_before);
    wire.floor_is = "the same records before";
    wire.ratio = wire.ours / *wire.floor;
    context.report->add(std::move(wire));
    return ok();
}

}  // namespace doorstep::bench
