// doorstep-server: wiring only. Flags in, one command called, its error as a sentence and an exit status.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "server/audit_commands.hpp"
#include "server/commands.hpp"
#include "server/device_commands.hpp"
#include "server/doctor_command.hpp"
#include "server/key_commands.hpp"

using namespace doorstep;
using namespace doorstep::server;

namespace {

/// The error as a sentence on stderr, and for a program that asked for JSON on stdout too. Returns the exit status.
int report(const Error& error, Output output) {
    const std::string name(error_name(error.code)), zh(error_advice(error.code, Language::zh_cn)),
        en(error_advice(error.code, Language::en));
    fmt::print(stderr, "doorstep-server: {} ({}): {}\n  {}\n  {}\n", name, static_cast<int>(error.code), error.detail,
               zh, en);
    if (output == Output::json) {
        const nlohmann::json body = {
            {"code", name}, {"number", static_cast<int>(error.code)}, {"advice", zh}, {"detail", error.detail}};
        fmt::print("{}\n",
                   nlohmann::json{{"error", body}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    return static_cast<int>(error.code);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"入户通 Doorstep: the office's server"};
    app.require_subcommand(1);
    ConfiguredBy serving;
    ShowConfigurationOptions showing;
    EnrolOptions enrolling;
    RegrantOptions regranting;
    RevokeOptions revoking;
    WaitingDevicesOptions waiting;
    ConfirmDeviceOptions confirming;
    AddStaffOptions adding;
    StaffOptions listing, disabling, resetting;
    MoveOptions moving;
    EraseOptions erasing;
    VerifyOptions verifying;
    FsckOptions checking;
    ImportOptions importing;
    CompactOptions compacting;
    BackupOptions backing_up;
    MigrateOptions migrating;
    AuditOptions auditing;
    RenewSealOptions renewing;
    DoctorOptions doctoring;
    const auto data = [](CLI::App* command, std::string& target) {
        command->add_option("--data", target, "folder of the database, keys and certificates")->required();
    };
    const auto json = [](CLI::App* command, Output& target) {
        command->add_flag_callback(
            "--json", [&target] { target = Output::json; }, "print JSON");
    };

    const auto scope = [](CLI::App* command, auto& options) {
        command->add_option("--area", options.areas, "12-digit division code; may be repeated")->required();
        command->add_flag_callback(
            "--restricted", [&options] { options.restricted = Scope::Restricted::yes; },
            "restricted records of the areas are seen too");
        command->add_option("--sealed", options.sealed, "id of a sealed matter that is opened; may be repeated");
    };

    const auto overriding = [](CLI::App* command, ConfiguredBy& target, const std::string& flag, OptionId id) {
        command->add_option_function<std::string>(
            flag,
            [&target, flag, id](const std::string& text) {
                target.flags.push_back({id, flag, text});
            },
            std::string(option(id).meaning));
    };

    CLI::App* serve_command = app.add_subcommand("serve", "serve phones and the office page until SIGTERM or SIGINT");
    serve_command->add_option("--data", serving.data, std::string(option(OptionId::data_folder).meaning));
    serve_command->add_option("--config", serving.file,
                              "configuration file; without it doorstep.toml in --data, if any");
    overriding(serve_command, serving, "--address", OptionId::listen_address);
    overriding(serve_command, serving, "--port", OptionId::listen_port);
    overriding(serve_command, serving, "--certificate", OptionId::tls_certificate);
    overriding(serve_command, serving, "--key", OptionId::tls_key);
    overriding(serve_command, serving, "--web", OptionId::web_folder);

    CLI::App* config_command = app.add_subcommand("config", "print what serve would be configured with, and by what");
    CLI::Option* config_data =
        config_command->add_option("--data", showing.given.data, "data folder whose doorstep.toml is read");
    CLI::Option* config_file = config_command->add_option("--file", showing.given.file, "configuration file to read");
    config_command
        ->add_flag_callback(
            "--defaults", [&showing] { showing.what = ShowConfigurationOptions::What::defaults; },
            "instead: a file of every option, what it is, what is allowed and its default")
        ->excludes(config_data)
        ->excludes(config_file);

    CLI::App* enrol_command = app.add_subcommand("enrol", "hand out a one-time code for a phone");
    data(enrol_command, enrolling.data);
    enrol_command->add_option("--name", enrolling.name, "the staff account's name")->required();
    enrol_command->add_option("--role", enrolling.role, "cadre or grid_worker")->capture_default_str();
    scope(enrol_command, enrolling);
    enrol_command->add_option("--device", enrolling.device, "what the office calls the phone");
    enrol_command->add_option("--ttl-s", enrolling.ttl_s, "seconds the code is valid, at most 600")
        ->capture_default_str();
    json(enrol_command, enrolling.output);

    CLI::App* regrant_command = app.add_subcommand("regrant", "give an enrolled phone another scope");
    data(regrant_command, regranting.data);
    regrant_command->add_option("--name", regranting.name, "the staff account's name")->required();
    regrant_command->add_option("--device", regranting.device, "what the office calls the phone");
    scope(regrant_command, regranting);

    CLI::App* revoke_command = app.add_subcommand("revoke", "take a phone's access back; what it holds is kept");
    data(revoke_command, revoking.data);
    revoke_command->add_option("--name", revoking.name, "the staff account's name")->required();
    revoke_command->add_option("--device", revoking.device, "what the office calls the phone");

    CLI::App* devices_command = app.add_subcommand("devices", "phones that wait for the office's word");
    devices_command->require_subcommand(1);
    CLI::App* waiting_command =
        devices_command->add_subcommand("waiting", "print each with the six digits that it should show");
    data(waiting_command, waiting.data);
    json(waiting_command, waiting.output);
    CLI::App* confirm_command = devices_command->add_subcommand("confirm", "let a phone in that shows these digits");
    data(confirm_command, confirming.data);
    confirm_command->add_option("--name", confirming.name, "the staff account's name")->required();
    confirm_command->add_option("--device", confirming.device, "what the office calls the phone");
    confirm_command->add_option("--digits", confirming.digits, "the six digits, read from the phone")->required();

    CLI::App* staff_command = app.add_subcommand("staff", "accounts for the office's page");
    staff_command->require_subcommand(1);
    CLI::App* staff_add_command = staff_command->add_subcommand("add", "make an account");
    data(staff_add_command, adding.data);
    staff_add_command->add_option("--name", adding.name, "the account's name, author of what it decides")->required();
    staff_add_command
        ->add_option(
            "--role", adding.role,
            "cadre, grid_worker, window_officer, case_handler, unit_head, supervisor, auditor or administrator")
        ->required();
    scope(staff_add_command, adding);
    json(staff_add_command, adding.output);
    CLI::App* staff_list_command = staff_command->add_subcommand("list", "print every account");
    data(staff_list_command, listing.data);
    json(staff_list_command, listing.output);
    CLI::App* staff_disable_command = staff_command->add_subcommand(
        "disable", "end an account's sessions and let it make none; reset opens it again");
    data(staff_disable_command, disabling.data);
    staff_disable_command->add_option("--name", disabling.name, "the account's name")->required();
    CLI::App* staff_reset_command =
        staff_command->add_subcommand("reset", "a new invitation: password and authenticator app are set anew");
    data(staff_reset_command, resetting.data);
    staff_reset_command->add_option("--name", resetting.name, "the account's name")->required();
    json(staff_reset_command, resetting.output);

    CLI::App* move_command = app.add_subcommand("move", "move records to another area: listed ones, or all of an area");
    data(move_command, moving.data);
    move_command->add_option("--from", moving.from, "12-digit division code, with -GRID if any: all that stands there");
    move_command->add_option("--record", moving.records, "id of a record; may be repeated");
    move_command->add_option("--to", moving.to, "where they are looked after from now on")->required();
    move_command->add_option("--by", moving.author, "who decided it")->capture_default_str();
    move_command->add_flag_callback(
        "--below", [&moving] { moving.below = MoveOrder::Below::yes; },
        "also what stands in villages and grids below --from; all of it then stands in --to");
    move_command->add_flag_callback(
        "--and-later", [&moving] { moving.later = MoveOrder::Later::yes; },
        "--from is no more: what phones still make there follows when it arrives");
    json(move_command, moving.output);

    CLI::App* erase_command = app.add_subcommand("erase", "take the words of one part of a commit away, everywhere");
    data(erase_command, erasing.data);
    erase_command->add_option("--record", erasing.record,
                              "instead of --commit: lists the parts that wrote this record");
    CLI::Option* commit = erase_command->add_option("--commit", erasing.commit, "REPLICA:SEQ, as the history names it");
    erase_command->add_option("--area", erasing.area, "12-digit division code of the part")->needs(commit);
    erase_command->add_flag_callback(
        "--restricted", [&erasing] { erasing.compartment = Compartment::Kind::restricted; },
        "the part is of the restricted records of the area");
    erase_command->add_flag_callback(
        "--forms", [&erasing] { erasing.compartment = Compartment::Kind::forms; }, "the part is of the area's forms");
    erase_command->add_option_function<std::string>(
        "--sealed",
        [&erasing](const std::string& matter) {
            erasing.compartment = Compartment::Kind::sealed;
            erasing.matter = matter;
        },
        "the part is of this sealed matter");
    erase_command->add_option("--part", erasing.part, "place of the part, when it is held because it cannot be read");
    erase_command->add_option("--rule", erasing.rule, "article of law that demands it");
    erase_command->add_option("--ordered-by", erasing.ordered_by, "court or person whose order or right it is");
    erase_command->add_option("--by", erasing.by, "account that carries it out")->capture_default_str();
    json(erase_command, erasing.output);

    CLI::App* verify_command = app.add_subcommand("verify", "read everything again and compare it with what is stored");
    data(verify_command, verifying.data);
    json(verify_command, verifying.output);

    CLI::App* fsck_command = app.add_subcommand("fsck", "check the file of a server that is not running, page by page");
    data(fsck_command, checking.data);
    fsck_command->add_flag_callback(
        "--rebuild", [&checking] { checking.rebuild = FsckOptions::Rebuild::yes; },
        "make records and indexes again from the log");
    json(fsck_command, checking.output);

    CLI::App* import_command = app.add_subcommand("import", "take in a file that a phone exported without a network");
    data(import_command, importing.data);
    import_command->add_option("FILE", importing.file, "what doorstep export wrote")->required();
    json(import_command, importing.output);

    CLI::App* compact_command = app.add_subcommand(
        "compact", "leave to the archive what was superseded and everybody has, while the server runs");
    data(compact_command, compacting.given.data);
    compact_command->add_option("--config", compacting.given.file,
                                "configuration file; without it doorstep.toml in --data, if any");
    overriding(compact_command, compacting.given, "--older-than", OptionId::compaction_older_than_days);
    json(compact_command, compacting.output);

    CLI::App* backup_command = app.add_subcommand("backup", "copy the database to a file while the server runs");
    data(backup_command, backing_up.data);
    backup_command->add_option("--to", backing_up.to, "a file that does not exist yet")->required();

    CLI::App* migrate_command =
        app.add_subcommand("migrate", "move a county from its file to PostgreSQL, or back, while no server runs");
    data(migrate_command, migrating.given.data);
    migrate_command->add_option("--config", migrating.given.file,
                                "configuration file; without it doorstep.toml in --data, if any");
    const auto storages = CLI::IsMember({"sqlite", "postgres"});
    migrate_command->add_option("--from", migrating.from, "sqlite or postgres")->required()->check(storages);
    migrate_command->add_option("--to", migrating.to, "sqlite or postgres")->required()->check(storages);

    CLI::App* audit_command = app.add_subcommand("audit", "who did what, as a chain that nobody can change unnoticed");
    audit_command->require_subcommand(1);
    CLI::App* audit_list_command = audit_command->add_subcommand("list", "print the entries in their order");
    data(audit_list_command, auditing.data);
    audit_list_command->add_option("--after", auditing.after, "begin behind the entry of this number");
    json(audit_list_command, auditing.output);
    CLI::App* audit_verify_command =
        audit_command->add_subcommand("verify", "read the chain again and compare it with the head kept outside");
    data(audit_verify_command, auditing.data);
    json(audit_verify_command, auditing.output);

    CLI::App* keys_command = app.add_subcommand("keys", "the server's own keys (docs/keys.md)");
    keys_command->require_subcommand(1);
    CLI::App* renew_command =
        keys_command->add_subcommand("renew", "make another seal.key, while the server does not run");
    data(renew_command, renewing.data);

    CLI::App* doctor_command = app.add_subcommand("doctor", "look at all that the server needs, and say what to do");
    doctor_command->add_option("--data", doctoring.given.data, std::string(option(OptionId::data_folder).meaning));
    doctor_command->add_option("--config", doctoring.given.file,
                               "configuration file; without it doorstep.toml in --data, if any");
    json(doctor_command, doctoring.output);

    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& fault) {
        return report(
            {Errc::bad_configuration, fault.what() + std::string("; doorstep-server --help lists what there is")},
            Output::words);
    }
    if (*doctor_command) return examine_server(doctoring);
    const Status status = *serve_command           ? serve(serving)
                          : *config_command        ? show_configuration(showing)
                          : *enrol_command         ? enrol_device(enrolling)
                          : *regrant_command       ? regrant_device(regranting)
                          : *revoke_command        ? revoke_device(revoking)
                          : *waiting_command       ? list_waiting_devices(waiting)
                          : *confirm_command       ? confirm_device(confirming)
                          : *staff_add_command     ? add_staff(adding)
                          : *staff_list_command    ? list_staff(listing)
                          : *staff_disable_command ? disable_staff(disabling)
                          : *staff_reset_command   ? reset_staff(resetting)
                          : *move_command          ? move_records(moving)
                          : *erase_command         ? erase(erasing)
                          : *verify_command        ? verify(verifying)
                          : *fsck_command          ? check_file(checking)
                          : *import_command        ? import_file(importing)
                          : *compact_command       ? compact(compacting)
                          : *renew_command         ? renew_seal(renewing)
                          : *migrate_command       ? migrate(migrating)
                          : *audit_list_command    ? list_audit(auditing)
                          : *audit_verify_command  ? verify_audit(auditing)
                                                   : back_up(backing_up);
    const Output output = *enrol_command         ? enrolling.output
                          : *waiting_command     ? waiting.output
                          : *staff_add_command   ? adding.output
                          : *staff_list_command  ? listing.output
                          : *staff_reset_command ? resetting.output
                          : *move_command        ? moving.output
                          : *erase_command       ? erasing.output
                          : *verify_command      ? verifying.output
                          : *fsck_command        ? checking.output
                          : *import_command      ? importing.output
                          : *compact_command     ? compacting.output
                          : *audit_command       ? auditing.output
                                                 : Output::words;
    return status ? 0 : report(status.error(), output);
}
