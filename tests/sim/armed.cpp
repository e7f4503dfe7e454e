// Faults of disks and memory, for the time of one act.
#include "tests/sim/acts.hpp"

namespace doorstep::sim {

DiskFault disk_fault(Fault fault) {
    switch (fault) {
        case Fault::phone_kill:
        case Fault::server_kill: return DiskFault::kill;
        case Fault::phone_power_cut:
        case Fault::server_power_cut: return DiskFault::power_cut;
        case Fault::phone_full:
        case Fault::server_full: return DiskFault::full;
        case Fault::phone_write_error:
        case Fault::server_write_error: return DiskFault::write_error;
        case Fault::phone_read_error:
        case Fault::server_read_error: return DiskFault::read_error;
        case Fault::phone_sync_error:
        case Fault::server_sync_error: return DiskFault::sync_error;
        case Fault::phone_busy:
        case Fault::server_busy: return DiskFault::busy;
        case Fault::phone_corrupt_read:
        case Fault::server_corrupt_read: return DiskFault::corrupt_read;
        default: return DiskFault::none;
    }
}

Armed::Armed(Town& town, Disk& disk, Fault fault, std::uint64_t calls_max, Random& dice)
    : town_(town), disk_(disk), fault_(fault) {
    DiskPlan plan;
    plan.fault = disk_fault(fault);
    plan.at = 1 + dice.below(calls_max);
    const bool stays = plan.fault == DiskFault::full || plan.fault == DiskFault::busy || dice.chance(50);
    plan.lasts = stays ? DiskPlan::Lasts::on : DiskPlan::Lasts::once;
    // A lock, a sync or a read is one of few in an act.
    if (plan.fault == DiskFault::busy || plan.fault == DiskFault::sync_error) plan.at = 1 + plan.at % 2;
    disk_.arm(plan);
    const bool memory = fault == Fault::phone_no_memory || fault == Fault::server_no_memory;
    if (memory) fail_memory(1 + dice.below(60));
}

Armed::~Armed() { disarm(); }

bool Armed::disarm() {
    if (!armed_) return struck_;
    armed_ = false;
    struck_ = disk_.plan().struck || memory_failed();
    fail_memory(0);
    // A dead disk keeps its plan: what is lost depends on how it died.
    if (!disk_.is_dead()) disk_.disarm();
    if (struck_) town_.count(fault_);
    return struck_;
}

}  // namespace doorstep::sim
