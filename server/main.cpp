// doorstep-server: wiring only. Flags in, one command called, its error as a sentence and an exit status.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "server/commands.hpp"

using namespace doorstep;
using namespace doorstep::server;

namespace {

int report(const Error& error) {
    const std::string name(error_name(error.code)), zh(error_advice(error.code, Language::zh_cn)),
        en(error_advice(error.code, Language::en));
    std::fprintf(stderr, "doorstep-server: %s (%d): %s\n  %s\n  %s\n", name.c_str(), static_cast<int>(error.code),
                 error.detail.c_str(), zh.c_str(), en.c_str());
    return static_cast<int>(error.code);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"入户通 Doorstep: the office's server"};
    app.require_subcommand(1);
    ServeOptions serving;
    EnrolOptions enrolling;
    VerifyOptions verifying;
    BackupOptions backing_up;
    const auto data = [](CLI::App* command, std::string& target) {
        command->add_option("--data", target, "folder of the database, keys and certificates")->required();
    };
    const auto json = [](CLI::App* command, Output& target) {
        command->add_flag_callback("--json", [&target] { target = Output::json; }, "print JSON");
    };

    CLI::App* serve_command = app.add_subcommand("serve", "serve phones and the office page until SIGTERM or SIGINT");
    data(serve_command, serving.data);
    serve_command->add_option("--address", serving.address, "IP address to listen on")->capture_default_str();
    serve_command->add_option("--port", serving.port, "TCP port; 0 takes a free one")->capture_default_str();

    CLI::App* enrol_command = app.add_subcommand("enrol", "hand out a one-time code for a phone");
    data(enrol_command, enrolling.data);
    enrol_command->add_option("--name", enrolling.name, "the staff account's name")->required();
    enrol_command->add_option("--role", enrolling.role, "cadre or grid_worker")->capture_default_str();
    enrol_command->add_option("--area", enrolling.areas, "12-digit division code; may be repeated")->required();
    enrol_command->add_option("--device", enrolling.device, "what the office calls the phone");
    enrol_command->add_option("--ttl-s", enrolling.ttl_s, "seconds the code is valid, at most 600")->capture_default_str();
    json(enrol_command, enrolling.output);

    CLI::App* verify_command = app.add_subcommand("verify", "read everything again and compare it with what is stored");
    data(verify_command, verifying.data);
    json(verify_command, verifying.output);

    CLI::App* backup_command = app.add_subcommand("backup", "copy the database to a file while the server runs");
    data(backup_command, backing_up.data);
    backup_command->add_option("--to", backing_up.to, "a file that does not exist yet")->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& fault) {
        app.exit(fault);
        return static_cast<int>(Errc::bad_configuration);
    }
    const Status status = *serve_command   ? serve(serving)
                          : *enrol_command  ? enrol_device(enrolling)
                          : *verify_command ? verify(verifying)
                                            : back_up(backing_up);
    return status ? 0 : report(status.error());
}
