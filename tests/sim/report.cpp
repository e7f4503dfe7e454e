#include "tests/sim/report.hpp"

#include <iomanip>
#include <sstream>

#include "tests/sim/invariants.hpp"

namespace doorstep::sim {
namespace {

constexpr double days_a_year = 365;

double years(const Tally& tally) { return static_cast<double>(tally.device_days) / days_a_year; }

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out + "\"";
}

}  // namespace

std::string describe_invariants(const Tally& tally) {
    std::ostringstream out;
    out << "invariant  checks       says\n";
    for (const InvariantRow& row : invariants()) {
        const auto at = tally.checks.find(row.number);
        const std::string count = row.state == InvariantRow::State::waits       ? "waits"
                                  : row.state == InvariantRow::State::elsewhere ? "elsewhere"
                                  : at == tally.checks.end()                    ? "by faults"
                                                                                : std::to_string(at->second);
        out << std::setw(9) << row.number << "  " << std::left << std::setw(11) << count << std::right << "  "
            << row.says << " (" << row.how << ")\n";
    }
    return out.str();
}

std::string describe(const SwarmResult& result) {
    const Tally& tally = result.tally;
    std::ostringstream out;
    out << std::fixed << std::setprecision(1);
    out << "fault                     struck\n";
    for (std::size_t i = 1; i < tally.faults.size(); ++i)
        out << std::left << std::setw(24) << fault_name(static_cast<Fault>(i)) << std::right << std::setw(8)
            << tally.faults[i] << "\n";
    out << "\n" << describe_invariants(tally) << "\n";
    out << result.seeds << " seeds, " << tally.saves << " saves, " << tally.syncs << " synchronisations, "
        << tally.decisions << " decisions; " << years(tally) << " device-years in " << result.seconds << " s ("
        << years(tally) / (result.seconds / 60) << " a minute)\n";
    for (const Failure& failure : result.failures)
        out << "seed " << failure.seed << ": invariant " << failure.invariant << ": " << failure.what << "\n";
    return out.str();
}

std::string json_line(const SwarmResult& result) {
    std::ostringstream out;
    out << std::fixed << std::setprecision(3) << "{\"verdict\":\"" << (result.failures.empty() ? "pass" : "fail")
        << "\",\"seeds\":" << result.seeds << ",\"device_years\":" << years(result.tally)
        << ",\"seconds\":" << result.seconds << ",\"saves\":" << result.tally.saves
        << ",\"syncs\":" << result.tally.syncs << ",\"faults\":{";
    for (std::size_t i = 1; i < result.tally.faults.size(); ++i)
        out << (i > 1 ? "," : "") << quoted(std::string(fault_name(static_cast<Fault>(i)))) << ":"
            << result.tally.faults[i];
    out << "},\"checks\":{";
    bool first = true;
    for (const auto& [number, n] : result.tally.checks) {
        out << (first ? "" : ",") << "\"" << number << "\":" << n;
        first = false;
    }
    out << "},\"failures\":[";
    for (std::size_t i = 0; i < result.failures.size(); ++i) {
        const Failure& failure = result.failures[i];
        out << (i > 0 ? "," : "") << "{\"seed\":" << failure.seed << ",\"invariant\":" << failure.invariant
            << ",\"what\":" << quoted(failure.what) << "}";
    }
    out << "]}\n";
    return out.str();
}

}  // namespace doorstep::sim
