#include "server/audit_commands.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "server/data_folder.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t batch_rows = 1000;

std::string time_text(std::uint64_t time_ms) {
    const auto seconds = static_cast<std::time_t>(time_ms / 1000);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(seconds));
}

nlohmann::json json_of(const audit::Entry& entry) {
    return {
        {"number", entry.number},           {"time_ms", entry.time_ms},   {"action", audit::name_of(entry.act.action)},
        {"actor", entry.act.actor},         {"object", entry.act.object}, {"purpose", entry.act.purpose},
        {"previous", entry.previous.hex()}, {"hash", entry.hash.hex()}};
}

void print(const std::string& line) { fmt::print("{}\n", line); }

}  // namespace

Status list_audit(const AuditOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    for (std::uint64_t after = options.after;;) {
        DOORSTEP_TRY_ASSIGN(const std::vector<audit::Entry> batch,
                            folder.storage->audit_chain().after(after, batch_rows));
        if (batch.empty()) return ok();
        for (const audit::Entry& entry : batch) {
            if (options.output == Output::json)
                print(json_of(entry).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
            else
                print(fmt::format("{:>6}  {}  {:<18} {} {} {}", entry.number, time_text(entry.time_ms),
                                  audit::name_of(entry.act.action), entry.act.actor, entry.act.object,
                                  entry.act.purpose));
            after = entry.number;
        }
    }
}

Status verify_audit(const AuditOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY_ASSIGN(const audit::HeadFile heads, audit_heads(folder.path, "doorstep.db"));
    DOORSTEP_TRY_ASSIGN(const std::vector<audit::KeptHead> kept, heads.read());
    DOORSTEP_TRY_ASSIGN(const audit::ChainReport report, audit::verify_chain(folder.storage->audit_chain(), kept));
    const bool witnessed = report.witnessed == audit::ChainReport::Witnessed::yes;
    if (options.output == Output::json) {
        nlohmann::json lost = nlohmann::json::array();
        for (const audit::Head& head : report.lost)
            lost.push_back({{"number", head.number}, {"hash", head.hash.hex()}});
        print(nlohmann::json{{"sound", true},
                             {"entries", report.head.number},
                             {"hash", report.head.hash.hex()},
                             {"witnessed", witnessed},
                             {"restored_from", std::move(lost)}}
                  .dump());
        return ok();
    }
    print(fmt::format("sound: {} entries, head {}", report.head.number, report.head.hash.hex()));
    if (!witnessed) print("no head lies beside the database: whether the end was cut off cannot be told");
    for (const audit::Head& head : report.lost)
        print(fmt::format("a database of {} entries was replaced by a copy from a backup", head.number));
    return ok();
}

}  // namespace doorstep::server
