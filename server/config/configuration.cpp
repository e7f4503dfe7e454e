#include "server/config/configuration.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>

namespace doorstep::server {
namespace {

namespace fs = std::filesystem;

/// A setting out of the file, or what is wrong there.
struct Entry {
    std::uint32_t line_from_1;
    const Option* option;  // nullptr: `wrong` says what
    OptionValue value;
    std::string wrong;
};

Error wrong_value(const Option& option, std::string_view where) {
    return {Errc::bad_configuration, fmt::format("{}: {}: allowed is {}", where, option.key, option.allowed())};
}

std::optional<OptionValue> value_of(const toml::node& node) {
    if (const auto* number = node.as_integer(); number && number->get() >= 0)
        return OptionValue(static_cast<std::uint64_t>(number->get()));
    if (const auto* text = node.as_string()) return OptionValue(text->get());
    return std::nullopt;
}

void read_entry(const std::string& key, std::uint32_t line, const toml::node& node, std::vector<Entry>& out) {
    const Option* known = find_option(key);
    if (!known) {
        const std::string_view near = nearest_option(key).key;
        return out.push_back(
            {line, nullptr, {}, fmt::format("{}: there is no such key; the nearest is {}", key, near)});
    }
    const auto value = value_of(node);
    if (!value || !known->allows(*value))
        return out.push_back({line, nullptr, {}, fmt::format("{}: allowed is {}", key, known->allowed())});
    out.push_back({line, known, *value, {}});
}

/// Keys are SECTION.NAME, so tables within sections are keys that nobody knows.
std::vector<Entry> read_entries(const toml::table& root) {
    std::vector<Entry> out;
    for (const auto& [section, node] : root) {
        const std::string prefix(section.str());
        const toml::table* table = node.as_table();
        const bool known = std::ranges::any_of(options(), [&](const Option& each) { return each.section() == prefix; });
        if (!table || (!known && table->empty())) {
            read_entry(prefix, section.source().begin.line, node, out);
            continue;
        }
        for (const auto& [name, value] : *table)
            read_entry(prefix + "." + std::string(name.str()), name.source().begin.line, value, out);
    }
    std::ranges::stable_sort(out, {}, &Entry::line_from_1);
    return out;
}

/// The file's settings in the order of their lines. The library reports what is no TOML by throwing.
Result<std::vector<Entry>> parse_file(const ConfigurationSources& sources) {
    try {
        return read_entries(toml::parse(sources.file_text));
    } catch (const toml::parse_error& fault) {
        return Error{Errc::bad_configuration,
                     fmt::format("{}, line {}: {}", sources.file_name, fault.source().begin.line, fault.description())};
    }
}

/// A path in a file is meant from the file, wherever the program was started.
OptionValue anchored(const Option& option, OptionValue value, const fs::path& folder) {
    auto* path = std::get_if<std::string>(&value);
    if (option.kind == OptionKind::path && !path->empty()) *path = (folder / *path).lexically_normal().string();
    return value;
}

/// A variable that begins as one of ours but is none of ours is a slip that would otherwise be silent.
bool is_of_a_section(std::string_view variable) {
    return std::ranges::any_of(options(), [variable](const Option& each) {
        const std::string name = each.environment();
        return variable.starts_with(name.substr(0, std::string_view("DOORSTEP_").size() + each.section().size() + 1));
    });
}

const Option& nearest_variable(std::string_view variable) {
    std::string key(variable.substr(std::string_view("DOORSTEP_").size()));
    for (char& c : key)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (const auto at = key.find('_'); at != key.npos) key[at] = '.';
    return nearest_option(key);
}

}  // namespace

Result<Configuration> Configuration::from(const ConfigurationSources& sources) {
    Configuration out;
    for (const Option& each : options()) out.settings_.push_back({each.fallback(), "default"});
    const auto take = [&out](const Option& option, OptionValue value, std::string source) {
        out.settings_[static_cast<std::size_t>(option.id)] = {std::move(value), std::move(source)};
    };
    if (!sources.file_name.empty()) {
        DOORSTEP_TRY_ASSIGN(std::vector<Entry> entries, parse_file(sources));
        for (Entry& entry : entries) {
            const std::string where = fmt::format("{}, line {}", sources.file_name, entry.line_from_1);
            if (!entry.option) return Error{Errc::bad_configuration, where + ": " + entry.wrong};
            take(*entry.option, anchored(*entry.option, std::move(entry.value), sources.file_folder), where);
        }
    }
    for (const std::string& variable : sources.environment) {
        const std::string_view name = std::string_view(variable).substr(0, variable.find('='));
        if (name.size() == variable.size() || !is_of_a_section(name)) continue;
        const auto found = std::ranges::find_if(options(), [&](const Option& o) { return o.environment() == name; });
        if (found == options().end())
            return Error{Errc::bad_configuration, fmt::format("{}: there is no such variable; the nearest is {}", name,
                                                              nearest_variable(name).environment())};
        auto value = found->parse(std::string_view(variable).substr(name.size() + 1));
        if (!value) return wrong_value(*found, name);
        take(*found, std::move(*value), std::string(name));
    }
    for (const Flag& flag : sources.flags) {
        auto value = option(flag.id).parse(flag.text);
        if (!value) {
            Error wrong = wrong_value(option(flag.id), flag.name);
            wrong.detail += "; --help lists what there is";
            return wrong;
        }
        take(option(flag.id), std::move(*value), flag.name);
    }
    const auto& certificate = out.setting(OptionId::tls_certificate);
    const auto& key = out.setting(OptionId::tls_key);
    if (std::get<std::string>(certificate.value).empty() != std::get<std::string>(key.value).empty())
        return Error{Errc::bad_configuration,
                     fmt::format("tls.certificate ({}) and tls.key ({}) go together, as --certificate and --key do: "
                                 "allowed is both or neither",
                                 certificate.source, key.source)};
    return out;
}

Result<Configuration> read_configuration(const fs::path& named, const fs::path& data_folder, std::vector<Flag> flags) {
    ConfigurationSources sources;
    sources.flags = std::move(flags);
    for (char** each = environ; *each != nullptr; ++each) sources.environment.emplace_back(*each);
    const fs::path file = !named.empty()        ? named
                          : data_folder.empty() ? fs::path()
                                                : data_folder / configuration_file_name;
    std::error_code fault;
    if (!file.empty() && (!named.empty() || fs::exists(file, fault))) {
        std::ifstream in(file, std::ios::binary);
        std::string text(configuration_bytes_max + 1, '\0');
        in.read(text.data(), static_cast<std::streamsize>(text.size()));
        if (!in.eof() || fs::is_directory(file, fault))
            return Error{Errc::bad_configuration,
                         fmt::format("{}: is not a file that can be read, or holds more than {} bytes", file.string(),
                                     configuration_bytes_max)};
        text.resize(static_cast<std::size_t>(in.gcount()));
        sources.file_name = file.filename().string();
        sources.file_text = std::move(text);
        sources.file_folder = fs::absolute(file, fault).parent_path();
    }
    return Configuration::from(sources);
}

}  // namespace doorstep::server
