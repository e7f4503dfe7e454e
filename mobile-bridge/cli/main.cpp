// doorstep: a phone on the command line. Exit status: 0, or the number of the error (docs: doorstep.h, ds_status).
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/command_line.hpp"
#include "mobile-bridge/cli/phone_handle.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

/// What goes to standard output, after which the program ends with DS_OK.
Result<std::string> carry_out(const Arguments& arguments) {
    DOORSTEP_TRY(check_library_version());
    DOORSTEP_TRY_ASSIGN(const Schema schema, Schema::load());
    DOORSTEP_TRY_ASSIGN(const auto understood, parse_command_line(arguments, schema));
    if (const auto* help = std::get_if<HelpText>(&understood)) return help->text;
    const auto& [settings, command] = std::get<Invocation>(understood);
    const Context context{settings, schema};
    return std::visit([&](const auto& one) { return run(one, context); }, command);
}

/// A library's exceptions end here. What they say is dropped, since it may quote a case.
Result<std::string> guarded(const Arguments& arguments) {
    try {
        return carry_out(arguments);
    } catch (const std::bad_alloc&) {
        return Failure{DS_OUT_OF_MEMORY, {}};
    } catch (const std::exception&) {
        return Failure{DS_INTERNAL, text<Text::unexpected>()};
    }
}

/// Errors: io, when the output could not be written: a full disk, a closed pipe.
Status print(std::string out) {
    if (!out.ends_with('\n')) out += '\n';
    const bool written = std::fwrite(out.data(), 1, out.size(), stdout) == out.size();
    if (!written || std::fflush(stdout) != 0) return Failure{DS_IO, text<Text::cannot_print>()};
    return ok();
}

std::string failure_as_json(const Failure& failure) {
    const nlohmann::json error{{"code", ds_error_name(failure.code)},
                               {"number", failure.code},
                               {"advice", ds_advice(failure.code, language_tag())},
                               {"detail", printable(failure.detail)}};
    nlohmann::json out{{"error", error}};
    if (!failure.found.empty())
        out["found"] = nlohmann::json::parse(failure.found, nullptr, /*allow_exceptions=*/false);
    return out.dump();
}

int report(const Failure& failure, Output output) {
    std::string out =
        text<Text::failure>(ds_error_name(failure.code), failure.code, ds_advice(failure.code, language_tag()));
    if (!failure.detail.empty()) out += "\n  " + text<Text::detail>(hang(printable(failure.detail), "    "));
    std::fprintf(stderr, "%s\n", out.c_str());
    // Where even this cannot be written, the exit status still tells.
    if (output == Output::json) static_cast<void>(print(failure_as_json(failure)));
    return failure.code;
}

int run_program(const Arguments& arguments) {
    const Settings settings = first_look(arguments);
    set_language(settings.language);
    auto outcome = guarded(arguments);
    if (!outcome) return report(outcome.failure(), settings.output);
    const Status printed = print(std::move(outcome).value());
    return printed ? DS_OK : report(printed.failure(), Output::text);
}

}  // namespace
}  // namespace doorstep::cli

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // a server or a reader that goes away is an error to report, not a death
    ::umask(0077);                  // the key and the database are their owner's alone
    return doorstep::cli::run_program({argv + (argc > 0 ? 1 : 0), argv + argc});
}
