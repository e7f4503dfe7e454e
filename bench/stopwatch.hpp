// bench/stopwatch.hpp -- wall time, CPU time and percentiles.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
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

/// Most resident memory of this process so far. Not from getrusage, which counts what a parent had before exec().
inline double peak_mib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        double kib = 0;
        if (word == "VmHWM:" && status >> kib) return kib / 1024;
    }
    return 0;
}

/// What some work took.
struct Spent {
    double wall_s = 0, cpu_s = 0;

    /// Runs the work and adds what it took. Returns what the work does.
    template <class Work>
    auto time(Work&& work) {
        const double wall = bench::wall_s(), cpu = bench::cpu_s();
        auto result = work();
        wall_s += bench::wall_s() - wall;
        cpu_s += bench::cpu_s() - cpu;
        return result;
    }
};

/// By wall time and by CPU time, each for itself.
inline Spent median(const std::vector<Spent>& samples) {
    std::vector<double> wall, cpu;
    for (const Spent& spent : samples) {
        wall.push_back(spent.wall_s);
        cpu.push_back(spent.cpu_s);
    }
    std::sort(wall.begin(), wall.end());
    std::sort(cpu.begin(), cpu.end());
    return {wall[wall.size() / 2], cpu[cpu.size() / 2]};
}

/// The value below which `percent` of the samples lie (nearest rank). Sorts the samples.
inline double percentile(std::vector<double>& samples, double percent) {
    if (samples.empty()) return 0;
    std::sort(samples.begin(), samples.end());
    const double rank = percent / 100.0 * static_cast<double>(samples.size());
    return samples[std::min(samples.size() - 1, static_cast<std::size_t>(rank))];
}

}  // namespace doorstep::bench
