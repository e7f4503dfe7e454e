#include "mobile-bridge/cli/text_source.hpp"

#include <unistd.h>

#include "mobile-bridge/cli/file_bytes.hpp"
#include "mobile-bridge/cli/messages.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

// The library refuses a value over 64 KiB and says what to do; this only keeps a wrong file from filling the memory.
constexpr std::size_t text_bytes_max = 64 * 1024 * 1024;

bool comes_from_elsewhere(const std::string& argument) {
    return argument == "-" || (argument.starts_with('@') && !argument.starts_with("@@"));
}

}  // namespace

Result<std::string> TextSource::fetch(const std::string& argument) {
    if (argument != "-") return read_file(argument.substr(1), text_bytes_max, DS_BAD_CONFIGURATION);
    if (input_ == Input::read) return Failure{DS_BAD_CONFIGURATION, text<Text::input_twice>()};
    input_ = Input::read;
    return read_all(STDIN_FILENO, text<Text::standard_input>(), text_bytes_max, DS_BAD_CONFIGURATION);
}

Result<std::string> TextSource::read(const std::string& argument, const std::string& what) {
    std::string found = argument.starts_with("@@") ? argument.substr(1) : argument;
    if (comes_from_elsewhere(argument)) {
        DOORSTEP_TRY_ASSIGN(found, fetch(argument));
        // "" clears a field. That must be typed: a pipe that broke before its first byte must not do it.
        if (found.empty()) return Failure{DS_BAD_CONFIGURATION, text<Text::empty_source>(what)};
    }
    DOORSTEP_TRY(require_utf8(found, what));
    return found;
}

}  // namespace doorstep::cli
