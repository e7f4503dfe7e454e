// mobile-bridge/cli/command_line.hpp -- what was typed, as values. The only file pair that knows CLI11.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "mobile-bridge/cli/commands.hpp"

namespace doorstep::cli {

using Arguments = std::vector<std::string>;  ///< without the program's name

struct Invocation {
    Settings settings;
    Command command;
};
struct HelpText {
    std::string text;
};

/// Language and output as far as they can be told before anything is understood: errors and help need them.
Settings first_look(const Arguments& arguments);

/// Errors: bad_configuration, with what was expected.
Result<std::variant<Invocation, HelpText>> parse_command_line(const Arguments& arguments, const Schema& schema);

}  // namespace doorstep::cli
