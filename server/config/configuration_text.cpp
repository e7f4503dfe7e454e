#include "server/config/configuration_text.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <sstream>

namespace doorstep::server {
namespace {

std::string quoted(const OptionValue& value) {
    if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
    std::ostringstream out;
    out << toml::value<std::string>(std::get<std::string>(value));
    return out.str();
}

/// One section after another, and each option as `line` tells it.
template <class Line>
std::string in_sections(const Line& line) {
    std::string out;
    std::string_view section;
    for (const Option& each : options()) {
        if (each.section() != section)
            out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", section = each.section());
        out += line(each);
    }
    return out;
}

}  // namespace

std::string effective_text(const Configuration& configuration) {
    return in_sections([&](const Option& each) {
        const Configuration::Setting& setting = configuration.setting(each.id);
        const bool hidden = each.secrecy == Secrecy::secret && setting.value != each.fallback();
        return fmt::format("{} = {}  # {}\n", each.name(), hidden ? "\"(redacted)\"" : quoted(setting.value),
                           setting.source);
    });
}

std::string sample_text() {
    return in_sections([](const Option& each) {
        return fmt::format("# {}\n# Allowed: {}. In the environment: {}\n{} = {}\n", each.meaning, each.allowed(),
                           each.environment(), each.name(), quoted(each.fallback()));
    });
}

}  // namespace doorstep::server
