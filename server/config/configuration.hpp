// server/config/configuration.hpp -- the server's configuration: a file in TOML, overridden by the environment,
// overridden by the command line. Every value remembers where it came from.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "server/config/option_table.hpp"

namespace doorstep::server {

/// The name of the file that is read from a data folder when no other is named.
inline constexpr std::string_view configuration_file_name = "doorstep.toml";
inline constexpr std::size_t configuration_bytes_max = 256u << 10;  ///< some thirty times what --defaults prints

/// One option as the command line gives it.
struct Flag {
    OptionId id;
    std::string name, text;  ///< --port, 8443
};

/// All that a configuration is made of.
struct ConfigurationSources {
    std::string file_name;                 ///< shown in messages; "": there is no file
    std::string file_text;                 ///< TOML
    std::filesystem::path file_folder;     ///< relative paths in the file are meant from here
    std::vector<std::string> environment;  ///< NAME=value; those of other programs too
    std::vector<Flag> flags;
};

class Configuration {
public:
    /// Later sources override earlier ones: defaults, file, environment, flags. bad_configuration: the first thing
    /// that is wrong, with its line and key (or variable, or flag) and what is allowed; of an unknown key or variable
    /// the nearest known one. The value of a secret option is never quoted.
    static Result<Configuration> from(const ConfigurationSources& sources);

    std::uint64_t number(OptionId id) const { return std::get<std::uint64_t>(setting(id).value); }
    const std::string& words(OptionId id) const { return std::get<std::string>(setting(id).value); }

    struct Setting {
        OptionValue value;
        std::string source;  ///< "default", "doorstep.toml, line 3", "DOORSTEP_LISTEN_PORT", "--port"
    };
    const Setting& setting(OptionId id) const { return settings_[static_cast<std::size_t>(id)]; }

private:
    Configuration() = default;
    std::vector<Setting> settings_;  // one an option, in their order
};

/// Reads the file `named`, which must be there; when none is named, doorstep.toml in the data folder, if it is there.
/// The environment is the process's. bad_configuration as above, and when the file cannot be read.
Result<Configuration> read_configuration(const std::filesystem::path& named, const std::filesystem::path& data_folder,
                                         std::vector<Flag> flags);

}  // namespace doorstep::server
