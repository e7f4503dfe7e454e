// server/doctor_command.hpp -- doorstep-server doctor: how the server is, a line a check, and what to do next.
#pragma once

#include "server/commands.hpp"

namespace doorstep::server {

struct DoctorOptions {
    ConfiguredBy given;
    Output output = Output::words;
};
/// Prints every finding. Returns the exit status: 0 when none failed, 1 otherwise.
int examine_server(const DoctorOptions& options);

}  // namespace doorstep::server
