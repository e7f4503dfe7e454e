#include "bench/report.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace doorstep::bench {
namespace {

/// Three significant digits are what a shared machine can promise.
std::string number(double v) {
    if (v >= 1000) return fmt::format("{:.0f}", v);
    if (v >= 10) return fmt::format("{:.1f}", v);
    return fmt::format("{:.3g}", v);
}

const char* verdict(const Figure& figure) {
    if (figure.target.empty()) return "";
    return figure.met ? "met" : "MISSED";
}

}  // namespace

void Report::add(Figure figure) {
    nlohmann::json line{{"bench", figure.bench}, {"what", figure.what},   {"unit", figure.unit},
                        {"ours", figure.ours},   {"cpu_s", figure.cpu_s}, {"peak_mib", figure.peak_mib}};
    if (figure.floor) {
        line["floor"] = *figure.floor;
        line["floor_is"] = figure.floor_is;
        line["ratio"] = figure.ratio;
    }
    if (figure.cpu_ratio) line["cpu_ratio"] = *figure.cpu_ratio;
    if (!figure.target.empty()) {
        line["target"] = figure.target;
        line["met"] = figure.met;
    }
    fmt::print("{}\n", line.dump());
    std::fflush(stdout);
    figures_.push_back(std::move(figure));
}

void Report::print_table() const {
    fmt::print("\n{:<52} {:>10} {:>10} {:>7} {:>7} {:>8} {:>7}  {:<34} {}\n", "", "ours", "floor", "ratio", "of CPU",
               "CPU s", "MiB", "target", "");
    for (const Figure& f : figures_)
        fmt::print("{:<52} {:>10} {:>10} {:>7} {:>7} {:>8} {:>7.0f}  {:<34} {}\n", f.what + ", " + f.unit,
                   number(f.ours), f.floor ? number(*f.floor) : "", f.floor ? number(f.ratio) : "",
                   f.cpu_ratio ? number(*f.cpu_ratio) : "", number(f.cpu_s), f.peak_mib, f.target, verdict(f));
    fmt::print("\nfloors:\n");
    for (const Figure& f : figures_)
        if (f.floor) fmt::print("  {}: {}\n", f.what, f.floor_is);
}

}  // namespace doorstep::bench
