// bench/server/load.hpp -- many clients at once over TLS, each sending its own requests one after another.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace doorstep::bench {

/// One connection that stays open.
struct Client {
    std::string head;  ///< of every request: request line and fields, without Content-Length and the blank line
    std::size_t requests = 0;
    std::function<std::string_view(std::size_t n)> body;  ///< of request n; empty: a request without a body
    /// Whether the answer to request n is right.
    std::function<bool(std::size_t n, int status, std::string_view body)> is_right;
};

struct LoadResult {
    double wall_s = 0;                 ///< from the first request to the last answer; connecting is not in it
    std::vector<double> latencies_ms;  ///< of each request
    std::size_t wrong = 0;             ///< answers that were not right, and connections that broke
};

/// Connects all of them to 127.0.0.1, then lets them go at once; on the calling thread. `connected` is called in
/// between. Errors: io when one cannot connect.
Result<LoadResult> run_load(std::uint16_t port, const std::vector<Client>& clients,
                            const std::function<void()>& connected);

}  // namespace doorstep::bench
