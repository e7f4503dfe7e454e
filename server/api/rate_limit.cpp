#include "server/api/rate_limit.hpp"

#include <algorithm>
#include <vector>

namespace doorstep::server {
namespace {

constexpr std::uint64_t one_e3 = 1'000;

}  // namespace

std::uint64_t RateLimit::ask(const Hash& who, std::uint64_t now_ms) {
    const std::uint64_t full_e3 = rate_.at_once_max * one_e3;
    if (buckets_.count(who) == 0) make_room();
    Bucket& bucket = buckets_.try_emplace(who, Bucket{full_e3, now_ms}).first->second;
    if (now_ms > bucket.at_ms) {
        const std::uint64_t quiet_ms = std::min(now_ms - bucket.at_ms, full_e3 / rate_.per_s + 1);
        bucket.tokens_e3 = std::min(full_e3, bucket.tokens_e3 + quiet_ms * rate_.per_s);
        bucket.at_ms = now_ms;
    }
    if (bucket.tokens_e3 < one_e3) return (one_e3 - bucket.tokens_e3 + rate_.per_s - 1) / rate_.per_s;
    bucket.tokens_e3 -= one_e3;
    return 0;
}

void RateLimit::make_room() {
    if (buckets_.size() < askers_max) return;
    std::vector<std::uint64_t> times;
    for (const auto& [who, bucket] : buckets_) times.push_back(bucket.at_ms);
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    const std::uint64_t oldest_kept = *middle;
    std::erase_if(buckets_, [&](const auto& entry) { return entry.second.at_ms < oldest_kept; });
    if (buckets_.size() >= askers_max) buckets_.clear();  // all of one moment
}

}  // namespace doorstep::server
