#include "server/commands.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "server/api/router.hpp"
#include "server/data_folder.hpp"
#include "server/net/certificates.hpp"
#include "server/net/listener.hpp"

namespace doorstep::server {
namespace {

std::uint64_t now_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

/// At once, also into a pipe: whoever started us waits for the address.
void say(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

void greet(const DevCertificates& certificates, const std::string& address, std::uint16_t port,
           const std::string& token, const std::string& data) {
    const std::string url =
        fmt::format("https://{}:{}", address.find(':') == address.npos ? address : "[" + address + "]", port);
    if (!token.empty()) {
        say("first start: made a development authority, a certificate, a storage key and an administrator");
        say("administrator token: " + token + "   (shown this once; the office page asks for it)");
    }
    say(fmt::format("authority: {}   SHA-256 {}", certificates.ca_pem.string(), certificates.ca_sha256_hex));
    say(fmt::format("office page: {}/office", url));
    say(fmt::format("to enrol a phone: doorstep-server enrol --data {} --name NAME --area CODE --device LABEL", data));
    say(fmt::format("入户通 Doorstep is listening on {}", url));
}

}  // namespace

Status serve(const ServeOptions& options) {
    auto log = spdlog::stderr_color_mt("doorstep");
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::create));
    DOORSTEP_TRY_ASSIGN(const DevCertificates certificates, ensure_development_certificates(folder.path));
    Router router(*folder.storage, {now_ms, [&log](const Error& error, std::string_view path) {
                                        log->error("{}: {} ({})", path, error_name(error.code), error.detail);
                                    }});
    ListenOptions listen;
    listen.address = options.address;
    listen.port = options.port;
    listen.certificate_pem_path = certificates.server_pem.string();
    listen.key_pem_path = certificates.server_key.string();
    listen.stop_signals = StopSignals::term_and_int;
    listen.log = [&log](std::string_view line) { log->info("{}", line); };
    DOORSTEP_TRY_ASSIGN(const auto server, HttpsServer::listen(listen, router));
    // The administrator comes last: a token is shown once, so nothing may fail between making and showing it.
    DOORSTEP_TRY_ASSIGN(const std::string token, folder.storage->ensure_administrator());
    greet(certificates, options.address, server->port(), token, options.data);
    server->run();
    return ok();
}

Status enrol_device(const EnrolOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    Device device{options.name, options.role, options.device.empty() ? options.name : options.device, {}};
    for (const std::string& text : options.areas) {
        DOORSTEP_TRY_ASSIGN(const Area area, Area::parse(text));
        device.areas.push_back(area);
    }
    DOORSTEP_TRY_ASSIGN(const EnrolmentCode code,
                        folder.storage->create_enrolment(device, std::uint64_t{options.ttl_s} * 1000, now_ms()));
    if (options.output == Output::json)
        say(nlohmann::json{{"code", code.text}, {"expires_at_ms", code.expires_ms}}.dump());
    else
        say(
            fmt::format("code: {}\nvalid for {} s, for one phone; on the phone: doorstep enrol --server URL --ca "
                        "ca.pem --code CODE",
                        code.text, options.ttl_s));
    return ok();
}

Status verify(const VerifyOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY_ASSIGN(const StorageReport report, folder.storage->verify());
    const Verification& found = report.verification;
    if (options.output == Output::words) {
        say(fmt::format("sound: {} commits, {} records, {} streams, state {}", found.commits, found.records,
                        found.streams, found.state.hex()));
        return ok();
    }
    nlohmann::json heads = nlohmann::json::array();
    for (const StreamHead& head : report.heads)
        heads.push_back(
            {{"area", head.stream.area.text()}, {"position", head.position}, {"digest", head.digest.hex()}});
    say(nlohmann::json{{"commits", found.commits},
                       {"records", found.records},
                       {"streams", found.streams},
                       {"state", found.state.hex()},
                       {"heads", std::move(heads)}}
            .dump());
    return ok();
}

Status back_up(const BackupOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    if (std::filesystem::exists(options.to)) return Error{Errc::already_exists, "the backup's file is there already"};
    DOORSTEP_TRY(folder.storage->back_up(options.to));
    say("backed up; phones learn of it at their next synchronisation. Keep storage.key beside the copy: it opens "
        "nothing without.");
    return ok();
}

}  // namespace doorstep::server
