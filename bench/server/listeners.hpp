// bench/server/listeners.hpp -- phones that wait to be woken: a WebSocket each over TLS, open and idle.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace doorstep::bench {

/// Threads: none.
class Listeners {
public:
    /// Opens a socket for each token, one after another. Errors: io when one is not opened.
    static Result<Listeners> open(std::uint16_t port, const std::vector<std::string>& tokens);
    Listeners(Listeners&&) noexcept;
    Listeners& operator=(Listeners&&) noexcept;
    ~Listeners();

    /// Does something, and waits until every one was woken: seconds from its begin to the last of them. Errors: io when
    /// one was not within `patience_s`.
    Result<double> wake(const std::function<Status()>& act, double patience_s);

private:
    struct Impl;
    explicit Listeners(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace doorstep::bench
