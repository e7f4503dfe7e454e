#include "server/device_commands.hpp"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "server/audit/entry.hpp"
#include "server/data_folder.hpp"

namespace doorstep::server {
namespace {

std::uint64_t now_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace

Status list_waiting_devices(const WaitingDevicesOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY_ASSIGN(const std::vector<WaitingPhone> waiting, folder.storage->waiting_phones(now_ms()));
    nlohmann::json list = nlohmann::json::array();
    for (const WaitingPhone& phone : waiting) {
        if (options.output == Output::words)
            fmt::print("{}   {}   {}   {}\n", phone.digits, phone.device.author, phone.device.label, phone.device.role);
        list.push_back({{"author", phone.device.author},
                        {"label", phone.device.label},
                        {"role", phone.device.role},
                        {"digits", phone.digits},
                        {"begun_ms", phone.begun_ms}});
    }
    if (options.output == Output::json) fmt::print("{}\n", nlohmann::json{{"waiting", std::move(list)}}.dump());
    return ok();
}

Status confirm_device(const ConfirmDeviceOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    const std::string& label = options.device.empty() ? options.name : options.device;
    DOORSTEP_TRY(
        folder.storage->confirm_phone({options.name, label, options.digits}, std::string(audit::console), now_ms()));
    fmt::print("confirmed; the phone is enrolled when it asks again\n");
    return ok();
}

}  // namespace doorstep::server
