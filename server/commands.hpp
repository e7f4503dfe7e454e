// server/commands.hpp -- what doorstep-server can be told to do, one function a command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/engine/hub.hpp"
#include "core/model/scope.hpp"
#include "server/config/configuration.hpp"

namespace doorstep::server {

struct ConfiguredBy {
    std::string data, file;   ///< "": as the configuration says, and doorstep.toml in the data folder if it is there
    std::vector<Flag> flags;  ///< options that the command line overrides
};
/// The configuration that they make. The data folder that the command line names is an option like any other.
Result<Configuration> configuration_of(const ConfiguredBy& given);
/// Serves until SIGTERM or SIGINT.
Status serve(const ConfiguredBy& given);

struct ShowConfigurationOptions {
    ConfiguredBy given;
    enum class What { effective, defaults } what = What::effective;
};
/// Prints the configuration that serve would have and where each value came from, or a documented file of the defaults.
Status show_configuration(const ShowConfigurationOptions& options);

enum class Output { words, json };

struct EnrolOptions {
    std::string data, name, role = "cadre", device;
    std::vector<std::string> areas, sealed;
    Scope::Restricted restricted = Scope::Restricted::no;
    std::uint32_t ttl_s = 600;
    Output output = Output::words;
};
/// Prints a one-time code for one phone.
Status enrol_device(const EnrolOptions& options);

struct RegrantOptions {
    std::string data, name, device;
    std::vector<std::string> areas, sealed;
    Scope::Restricted restricted = Scope::Restricted::no;
};
/// Gives a phone another scope.
Status regrant_device(const RegrantOptions& options);

struct RevokeOptions {
    std::string data, name, device;
};
/// Takes a phone's access back; what it still holds is kept for the office.
Status revoke_device(const RevokeOptions& options);

struct AddStaffOptions {
    std::string data, name, role;
    std::vector<std::string> areas, sealed;
    Scope::Restricted restricted = Scope::Restricted::no;
    Output output = Output::words;
};
/// Makes an account for the office's page and prints its invitation, once.
Status add_staff(const AddStaffOptions& options);

struct StaffOptions {
    std::string data, name;
    Output output = Output::words;
};
/// Prints every account with its role, areas and state.
Status list_staff(const StaffOptions& options);
/// Ends an account's sessions and lets it make none.
Status disable_staff(const StaffOptions& options);
/// Prints a new invitation; what the account signed in with is void.
Status reset_staff(const StaffOptions& options);

struct MoveOptions {
    std::string data, from, to, author = "管理员";
    std::vector<std::string> records;
    MoveOrder::Below below = MoveOrder::Below::no;
    MoveOrder::Later later = MoveOrder::Later::no;
    Output output = Output::words;
};
/// Moves the records that are listed, or all that stand in an area, a bounded transaction at a time (docs/moves.md).
/// Works while the server runs; stopped at any moment, it is given again and goes on.
Status move_records(const MoveOptions& options);

struct EraseOptions {
    std::string data, record, commit, area, matter, rule, ordered_by, by = "管理员";
    Compartment::Kind compartment = Compartment::Kind::open;
    std::optional<std::uint32_t> part;
    Output output = Output::words;
};
/// Takes the words of one part of a commit away for good, here and on every phone; without `commit` it lists the parts
/// that wrote a record. Works while the server runs.
Status erase(const EraseOptions& options);

struct VerifyOptions {
    std::string data;
    Output output = Output::words;
};
/// Reads everything again and compares; prints the head of each stream.
Status verify(const VerifyOptions& options);

struct FsckOptions {
    std::string data;
    enum class Rebuild { no, yes } rebuild = Rebuild::no;
    Output output = Output::words;
};
/// Checks the file of a server that is not running, page by page and row by row; prints each finding. Errors: corrupt
/// when there is one.
Status check_file(const FsckOptions& options);

struct ImportOptions {
    std::string data, file;
    Output output = Output::words;
};
/// Takes in a file that a phone handed over (docs/handover.md). Works while the server runs.
Status import_file(const ImportOptions& options);

struct CompactOptions {
    ConfiguredBy given;
    Output output = Output::words;
};
/// Leaves to the archive what was superseded, a bounded transaction at a time (docs/compaction.md). Works while the
/// server runs; stopped at any moment, it is given again.
Status compact(const CompactOptions& options);

struct MigrateOptions {
    ConfiguredBy given;
    std::string from, to;  ///< "sqlite", "postgres"
};
/// Moves a county whose servers are stopped from its file to PostgreSQL, or back (docs/hosting.md).
Status migrate(const MigrateOptions& options);

struct BackupOptions {
    std::string data, to;
};
Status back_up(const BackupOptions& options);

}  // namespace doorstep::server
