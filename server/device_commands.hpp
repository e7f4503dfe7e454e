// server/device_commands.hpp -- doorstep-server devices: phones that wait for the office's word.
#pragma once

#include "server/commands.hpp"

namespace doorstep::server {

struct WaitingDevicesOptions {
    std::string data;
    Output output = Output::words;
};
/// Prints those that have shown their key and whose digits nobody has compared yet.
Status list_waiting_devices(const WaitingDevicesOptions& options);

struct ConfirmDeviceOptions {
    std::string data, name, device;  ///< device "": called by its user's name
    std::string digits;              ///< as the phone shows them
};
/// Lets a phone in that shows these digits. Errors: not_found, digits_differ.
Status confirm_device(const ConfirmDeviceOptions& options);

}  // namespace doorstep::server
