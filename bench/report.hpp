// bench/report.hpp -- one line a figure: ours, the floor of the same run, their ratio, CPU, memory, target, met or
// MISSED.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace doorstep::bench {

struct Figure {
    std::string bench = {};  ///< what `--only` takes
    std::string what = {};
    std::string unit = {};
    double ours = 0;
    std::optional<double> floor = {};  ///< in the same unit, measured in the same run; what it is stands in `floor_is`
    std::string floor_is = {};
    double ratio = 0;  ///< ours to the floor, so that less is better; 0: there is no floor
    double cpu_s = 0;  ///< ours
    std::optional<double> cpu_ratio =
        {};                   ///< the same ratio in CPU-seconds, which other work on the machine moves less
    double peak_mib = 0;      ///< resident, of the process that was measured
    std::string target = {};  ///< "": a figure for orientation
    bool met = true;
};

/// Prints each figure as a JSON line when it comes, and all of them as one table at the end.
class Report {
public:
    void add(Figure figure);
    void print_table() const;

private:
    std::vector<Figure> figures_;
};

}  // namespace doorstep::bench
