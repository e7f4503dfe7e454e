// bench/stopwatch.hpp -- wall time, CPU time and percentiles.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace doorstep::bench {

inline double wall_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// User and system time of this process.
inline double cpu_s() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

inline double peak_mib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

/// The value below which `percent` of the samples lie (nearest rank). Sorts the samples.
inline double percentile(std::vector<double>& samples, double percent) {
    if (samples.empty()) return 0;
    std::sort(samples.begin(), samples.end());
    const double rank = percent / 100.0 * static_cast<double>(samples.size());
    return samples[std::min(samples.size() - 1, static_cast<std::size_t>(rank))];
}

}  // namespace doorstep::bench
