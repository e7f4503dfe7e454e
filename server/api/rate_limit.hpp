// server/api/rate_limit.hpp -- how often one session may ask: a bucket of tokens each, filled over time.
#pragma once

#include <cstdint>
#include <map>

#include "core/base/id.hpp"

namespace doorstep::server {

/// Threads: none; the router's.
class RateLimit {
public:
    struct Rate {
        std::uint64_t per_s = 50;
        std::uint64_t at_once_max = 200;
    };
    static constexpr std::size_t askers_max = 4'096;  ///< beyond, those who have been quiet the longest are forgotten

    explicit RateLimit(const Rate& rate) : rate_(rate) {}
    /// 0 when the request may go on; otherwise the ms after which one may. A clock that goes back fills nothing.
    std::uint64_t ask(const Hash& who, std::uint64_t now_ms);
    std::size_t askers() const { return buckets_.size(); }

private:
    struct Bucket {
        std::uint64_t tokens_e3 = 0, at_ms = 0;  // thousandths of a request
    };
    void make_room();

    Rate rate_;
    std::map<Hash, Bucket> buckets_;
};

}  // namespace doorstep::server
