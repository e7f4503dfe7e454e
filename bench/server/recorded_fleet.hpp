// bench/server/recorded_fleet.hpp -- what a thousand phones are going to send, recorded beforehand with the real
// engine, so that the load costs the machine little beside the server that is measured.
//
// Each phone works in a grid of its own. It enrols with the office that will be measured; then the office's folder is
// copied, and the phone synchronises with the copy, change by change. What it sends there it will send to the office
// itself, which knows as much: the same requests are right for both.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/engine/compose.hpp"

namespace doorstep::bench {

struct RecordedPhone {
    std::string token;
    struct Request {
        std::string body;           ///< of POST /sync/v1
        std::uint64_t durable_seq;  ///< what the answer must acknowledge of this phone's commits
    };
    std::vector<Request> requests;  ///< in order
};

struct FleetPlan {
    std::size_t phones = 0;
    std::size_t rounds = 0;           ///< synchronisations of each
    std::size_t records_a_round = 1;  ///< one commit each
};

/// What an answer acknowledges. Errors: malformed.
Result<std::uint64_t> durable_in(BytesView answer);

/// `folder` is a server's data folder with no server running. `records` are taken in turn.
/// Errors: those of the engine.
Result<std::vector<RecordedPhone>> record_fleet(const std::string& folder, const FleetPlan& plan,
                                                const std::vector<RecordEdit>& records);

/// Enrols so many phones that never synchronise, for the whole village; their tokens. The folder is as above.
Result<std::vector<std::string>> enrol_listeners(const std::string& folder, std::size_t phones);

/// Fills the office with so many commits of one record each, from 100 phones, without a server. The folder is as above.
Status fill_office(const std::string& folder, std::size_t commits, const std::vector<RecordEdit>& records);

}  // namespace doorstep::bench
