// mobile-bridge/cli/text_source.hpp -- where a text on the command line comes from.
#pragma once

#include <string>

#include "mobile-bridge/cli/result.hpp"

namespace doorstep::cli {

/// "-" is standard input, "@FILE" a file, "@@text" the text "@text"; anything else is itself. The bytes are taken as
/// they are, a last line feed included. Standard input serves one text of a command.
class TextSource {
public:
    /// `what` names the option in a message. Errors: invalid_utf8, value_too_large, bad_configuration (no such file, an
    /// empty one, standard input a second time).
    Result<std::string> read(const std::string& argument, const std::string& what);

private:
    Result<std::string> fetch(const std::string& argument);
    enum class Input { unread, read } input_ = Input::unread;
};

}  // namespace doorstep::cli
