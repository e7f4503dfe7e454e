#include "server/doctor_command.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "server/doctor/doctor.hpp"

namespace doorstep::server {
namespace {

std::string_view name_of(doctor::Verdict verdict) {
    switch (verdict) {
        case doctor::Verdict::ok: return "ok";
        case doctor::Verdict::warn: return "warn";
        case doctor::Verdict::fail: return "fail";
    }
    return {};
}

void print_words(const std::vector<doctor::Finding>& findings) {
    for (const doctor::Finding& finding : findings) {
        fmt::print("{:<5} {:<14} {}\n", name_of(finding.verdict), finding.check, finding.says);
        if (!finding.next.empty()) fmt::print("{:<20} next: {}\n", "", finding.next);
    }
}

void print_json(const std::vector<doctor::Finding>& findings) {
    nlohmann::json checks = nlohmann::json::array();
    for (const doctor::Finding& finding : findings)
        checks.push_back({{"check", finding.check},
                          {"verdict", name_of(finding.verdict)},
                          {"says", finding.says},
                          {"next", finding.next}});
    const nlohmann::json body = {{"verdict", name_of(doctor::verdict_of(findings))}, {"checks", std::move(checks)}};
    fmt::print("{}\n", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

int examine_server(const DoctorOptions& options) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto now_ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    doctor::Patient patient{options.given.data, configuration_of(options.given)};
    if (patient.configuration) patient.folder = patient.configuration.value().words(OptionId::data_folder);
    const std::vector<doctor::Finding> findings = doctor::examine(patient, now_ms);
    options.output == Output::json ? print_json(findings) : print_words(findings);
    return doctor::verdict_of(findings) == doctor::Verdict::fail ? 1 : 0;
}

}  // namespace doorstep::server
