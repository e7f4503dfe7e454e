#include "server/doctor/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/doctor/database_checks.hpp"
#include "server/doctor/system_checks.hpp"
#include "server/net/certificate_state.hpp"

namespace doorstep::server::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t day_s = 24 * 60 * 60;
constexpr std::int64_t certificate_days_min = 30;  // time to have a new one issued
constexpr std::uintmax_t secret_bytes = 32;

struct CertificateFiles {
    fs::path certificate, key;
    enum class Whose { operators, made_here } whose = Whose::made_here;
};

CertificateFiles certificate_files(const Configuration& configuration, const fs::path& folder) {
    const std::string& named = configuration.words(OptionId::tls_certificate);
    if (named.empty()) return {folder / "server.pem", folder / "server.key"};
    return {named, configuration.words(OptionId::tls_key), CertificateFiles::Whose::operators};
}

Finding check_certificate(const CertificateFiles& files, std::uint64_t now_ms) {
    const bool ours = files.whose == CertificateFiles::Whose::made_here;
    const char* next =
        ours ? "start the server again: it makes a new one when 30 days are left"
             : "put a new certificate and its key in their place; the server takes them without a restart";
    const auto state = certificate_state(files.certificate, files.key);
    if (!state) return {"certificate", Verdict::fail, state.error().detail, next};
    const auto now_s = static_cast<std::int64_t>(now_ms / 1000);
    if (state.value().not_before > now_s)
        return {"certificate", Verdict::fail, "it is not valid yet", "look at the clock of this machine"};
    if (state.value().not_after <= now_s) return {"certificate", Verdict::fail, "it has expired", next};
    const std::int64_t days = (state.value().not_after - now_s) / day_s;
    const std::string says = fmt::format("valid for {} more days, and the key is its own", days);
    if (days < certificate_days_min) return {"certificate", Verdict::warn, says, next};
    return {"certificate", Verdict::ok, says};
}

std::vector<KeyFile> key_files(const fs::path& folder, const CertificateFiles& certificate) {
    std::vector<KeyFile> keys = {{folder / "storage.key", secret_bytes}, {folder / "seal.key", secret_bytes}};
    keys.push_back({certificate.key});
    return keys;
}

}  // namespace

std::vector<Finding> examine(const Patient& patient, std::uint64_t now_ms) {
    std::vector<Finding> out;
    if (!patient.configuration) {
        out.push_back({"configuration", Verdict::fail, patient.configuration.error().detail,
                       "correct the line; doorstep-server config --defaults prints what is allowed"});
        return out;
    }
    const Configuration& configuration = patient.configuration.value();
    out.push_back({"configuration", Verdict::ok, "the server would start with it"});
    out.push_back(check_folder(patient.folder));
    std::uint64_t known_ms = 0;
    if (out.back().verdict == Verdict::ok) {
        out.push_back(check_disk(patient.folder));
        const CertificateFiles certificate = certificate_files(configuration, patient.folder);
        out.push_back(check_keys(key_files(patient.folder, certificate)));
        DatabaseFindings database = check_database(patient.folder, now_ms);
        known_ms = database.known_ms;
        std::move(database.findings.begin(), database.findings.end(), std::back_inserter(out));
        out.push_back(check_certificate(certificate, now_ms));
    }
    out.push_back(check_clock(now_ms, known_ms));
    out.push_back(check_descriptors(configuration.number(OptionId::limits_connections)));
    out.push_back(check_port(configuration.words(OptionId::listen_address),
                             static_cast<std::uint16_t>(configuration.number(OptionId::listen_port))));
    return out;
}

Verdict verdict_of(const std::vector<Finding>& findings) {
    Verdict worst = Verdict::ok;
    for (const Finding& finding : findings) worst = std::max(worst, finding.verdict);
    return worst;
}

}  // namespace doorstep::server::doctor
