// tests/sim/plan.hpp -- what is going to happen in one run: a list of actions, each with dice of its own, so that
// leaving some out does not change the others (shrink.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "tests/unit/core/support/random.hpp"

namespace doorstep::sim {

enum class Fault : std::uint8_t {
    none,
#define DOORSTEP_FAULT(name, place, weight) name,
#include "tests/sim/faults.def"
#undef DOORSTEP_FAULT
    count_
};
/// Those from `move` on are of acts that are drawn apart; each has its own kinds.
enum class Place : std::uint8_t {
    nowhere,
    wire,
    blob,
    phone,
    server,
    event,
    data,
    move,
    compaction,
    file,
    revocation,
    count_
};
std::string_view fault_name(Fault fault);
Place place_of(Fault fault);

enum class Act : std::uint8_t {
    save,       ///< the user of a phone writes something
    sync,       ///< the phone synchronises once
    decide,     ///< the office settles a conflict
    restart,    ///< the phone's program, or with device = devices the server's
    backup,     ///< the server is backed up; a copy of the phone is kept
    event,      ///< the fault itself is the act
    night,      ///< hours pass; what is late arrives
    inspect,    ///< the phone's whole file is checked
    whole,      ///< the user deletes a record or takes that back, says that two are the same or no longer
    erase,      ///< the office takes words away for good
    move,       ///< the office moves records to another area
    compact,    ///< it leaves to its archive what was superseded
    hand_over,  ///< a phone's outbox goes to the office as a file
    revoke,     ///< the office takes back somebody's access
};
std::string_view act_name(Act act);

struct Action {
    Act act = Act::save;
    std::uint32_t device = 0;
    Fault fault = Fault::none;
    std::uint64_t dice = 0;
};

struct Plan {
    std::uint64_t seed = 0;
    std::uint32_t devices = 4;
    std::vector<Action> actions;
};

/// How large the runs are.
struct Scale {
    std::uint32_t devices = 4, days = 10;
};

/// The seed's own mixture: which faults it knows and how often they strike.
Plan draw_plan(std::uint64_t seed, const Scale& scale);

std::string write_action(const Action& action);
/// One line an action; `./dev sim --replay` takes it.
std::string write_plan(const Plan& plan);
/// Errors: invalid_argument, naming the line.
Result<Plan> read_plan(std::string_view text);

}  // namespace doorstep::sim
