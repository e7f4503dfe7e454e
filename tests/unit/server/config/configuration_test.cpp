// What a configuration is made of, what overrides what, and how each wrong one is refused.
#include "server/config/configuration.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "server/config/listen_settings.hpp"

namespace doorstep::server {
namespace {

Result<Configuration> from_file(std::string text) {
    ConfigurationSources sources;
    sources.file_name = "doorstep.toml";
    sources.file_text = std::move(text);
    sources.file_folder = "/etc/doorstep";
    return Configuration::from(sources);
}

std::string file_of(const Option& option, std::string_view value) {
    return fmt::format("[{}]\n{} = {}\n", option.section(), option.name(), value);
}

TEST(Configuration, NothingGivenIsEveryDefault) {
    const auto empty = Configuration::from({});
    const auto blank = from_file("# nothing\n");
    ASSERT_TRUE(empty && blank);
    for (const Option& each : options()) {
        EXPECT_EQ(empty.value().setting(each.id).value, each.fallback()) << each.key;
        EXPECT_EQ(blank.value().setting(each.id).source, "default") << each.key;
    }
}

TEST(Configuration, EveryOptionIsReadFromEverySource) {
    for (const Option& each : options()) {
        SCOPED_TRACE(each.key);
        const bool is_number = each.kind == OptionKind::number;
        const auto text_of = [&](std::uint64_t number, const char* path, const char* address) {
            return is_number
                       ? std::to_string(number)
                       : std::string(each.kind == OptionKind::address ? address
                                     : each.kind == OptionKind::path  ? path
                                                                      : each.choices.substr(0, each.choices.find('|')));
        };
        const std::string in_file = text_of(each.least, "/f", "::1"), in_environment = text_of(each.most, "/e", "::2"),
                          on_line = text_of(each.least + 1, "/c", "::3");
        ConfigurationSources sources;
        sources.file_name = "doorstep.toml";
        sources.file_text = file_of(each, is_number ? in_file : '"' + in_file + '"');
        // tls.certificate and tls.key go together: the other one comes from the environment.
        for (const OptionId pair : {OptionId::tls_certificate, OptionId::tls_key})
            if (each.section() == "tls" && pair != each.id)
                sources.environment.push_back(option(pair).environment() + "=/other");
        const auto holds = [&](const std::string& text, const std::string& source) {
            const auto read = Configuration::from(sources);
            ASSERT_TRUE(read) << read.error().detail;
            EXPECT_EQ(read.value().setting(each.id).value, each.parse(text));
            EXPECT_EQ(read.value().setting(each.id).source, source);
        };
        holds(in_file, "doorstep.toml, line 2");
        sources.environment.push_back(each.environment() + "=" + in_environment);
        holds(in_environment, each.environment());
        sources.flags.push_back({each.id, "--flag", on_line});
        holds(on_line, "--flag");
    }
}

TEST(Configuration, EveryOptionRefusesWhatIsNotAllowed) {
    for (const Option& each : options()) {
        SCOPED_TRACE(each.key);
        std::vector<std::string> bad = {"true", "1.5", "[1]", "{a = 1}", "2026-11-29", "-1"};
        if (each.kind == OptionKind::number) {
            bad.insert(bad.end(), {"\"1\"", std::to_string(each.most + 1)});
            if (each.least > 0) bad.push_back(std::to_string(each.least - 1));
        } else {
            bad.insert(bad.end(), {"1", "\"a\\u0000b\""});
        }
        for (const std::string& value : bad) {
            const auto read = from_file("\n\n" + file_of(each, value));
            ASSERT_FALSE(read) << value;
            EXPECT_EQ(read.error().code, Errc::bad_configuration);
            EXPECT_EQ(read.error().detail,
                      fmt::format("doorstep.toml, line 4: {}: allowed is {}", each.key, each.allowed()));
        }
        const std::string wrong = each.kind == OptionKind::number ? "many" : std::string(1, '\0');
        ConfigurationSources sources;
        sources.environment = {each.environment() + "=" + wrong};
        auto read = Configuration::from(sources);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().detail,
                  fmt::format("{}: {}: allowed is {}", each.environment(), each.key, each.allowed()));
        sources.environment.clear();
        sources.flags = {{each.id, "--flag", wrong}};
        read = Configuration::from(sources);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().detail,
                  fmt::format("--flag: {}: allowed is {}; --help lists what there is", each.key, each.allowed()));
    }
}

TEST(Configuration, AWrongFileIsToldWithItsLine) {
    struct Row {
        const char *name, *text, *begins, *says;
    };
    const Row rows[] = {
        {"unknown key", "[listen]\nport = 1\nadress = \"::\"\n", "doorstep.toml, line 3: listen.adress",
         "listen.address"},
        {"unknown section", "[lissen]\nport = 1\n", "doorstep.toml, line 2: lissen.port", "listen.port"},
        {"unknown empty section", "\n[lissen]\n", "doorstep.toml, line 2: lissen", "nearest"},
        {"key without its section", "port = 1\n", "doorstep.toml, line 1: port", "listen.port"},
        {"section within one", "[listen.port]\na = 1\n", "doorstep.toml, line 1: listen.port", "whole number"},
        {"section as a value", "listen = 5\n", "doorstep.toml, line 1: listen", "nearest"},
        {"sections in a list", "[[listen]]\nport = 1\n", "doorstep.toml, line 1: listen", "nearest"},
        {"duplicate key", "[listen]\nport = 1\n\nport = 2\n", "doorstep.toml, line 4: ", "port"},
        {"duplicate section", "[listen]\nport = 1\n[listen]\n", "doorstep.toml, line 3: ", "listen"},
        {"no TOML", "[listen]\n\nport 1\n", "doorstep.toml, line 3: ", ""},
        {"text that does not end", "[listen]\naddress = \"::\n", "doorstep.toml, line 2: ", ""},
        {"not UTF-8", "# \xff\n", "doorstep.toml, line 1: ", ""},
        {"number too large for any type", "[listen]\nport = 99999999999999999999\n", "doorstep.toml, line 2: ", ""},
        {"the first of two", "[web]\nx = 1\n[data]\ny = 1\n", "doorstep.toml, line 2: web.x", ""},
        {"certificate alone", "[tls]\ncertificate = \"a\"\n", "tls.certificate (doorstep.toml, line 2)",
         "both or neither"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto read = from_file(row.text);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().code, Errc::bad_configuration);
        EXPECT_TRUE(read.error().detail.starts_with(row.begins)) << read.error().detail;
        EXPECT_NE(read.error().detail.find(row.says), std::string::npos) << read.error().detail;
    }
}

TEST(Configuration, TheEnvironmentIsReadWhereItIsOurs) {
    struct Row {
        const char *variable, *refused;  ///< refused: what is said; nullptr when it is taken or not ours
    };
    const Row rows[] = {{"PATH=/bin", nullptr},
                        {"DOORSTEP_SEED=41", nullptr},
                        {"DOORSTEP_BIN_DIR=bin", nullptr},
                        {"DOORSTEP_LISTEN_PORT", nullptr},
                        {"DOORSTEP_LISTEN_PORT=1", nullptr},
                        {"DOORSTEP_LISTEN_PROT=1", "DOORSTEP_LISTEN_PORT"},
                        {"DOORSTEP_LIMITS_CONNECTION=1", "DOORSTEP_LIMITS_CONNECTIONS"},
                        {"DOORSTEP_LISTEN_PORT=", "whole number"}};
    for (const Row& row : rows) {
        ConfigurationSources sources;
        sources.environment = {row.variable};
        const auto read = Configuration::from(sources);
        ASSERT_EQ(static_cast<bool>(read), row.refused == nullptr) << row.variable;
        if (!read) {
            EXPECT_NE(read.error().detail.find(row.refused), std::string::npos) << read.error().detail;
        }
    }
}

TEST(Configuration, PathsOfAFileAreMeantFromTheFile) {
    const auto read = from_file("[data]\nfolder = \"../county\"\n[web]\nfolder = \"/srv/web\"\n");
    ASSERT_TRUE(read);
    EXPECT_EQ(read.value().words(OptionId::data_folder), "/etc/county");
    EXPECT_EQ(read.value().words(OptionId::web_folder), "/srv/web");
    ConfigurationSources sources;
    sources.flags = {{OptionId::data_folder, "--data", "county"}};
    EXPECT_EQ(Configuration::from(sources).value().words(OptionId::data_folder), "county");
}

/// All that an operator may set of it, to compare two.
std::vector<std::int64_t> numbers_of(const ListenOptions& o) {
    const Deadlines& d = o.deadlines;
    return {o.port,
            static_cast<std::int64_t>(o.threads),
            static_cast<std::int64_t>(o.connections_max),
            static_cast<std::int64_t>(o.turned_away_max),
            static_cast<std::int64_t>(o.requests_waiting_max),
            d.handshake.count(),
            d.head.count(),
            d.body.count(),
            static_cast<std::int64_t>(d.bytes_per_s_min),
            d.turned_away.count(),
            d.idle.count(),
            d.close.count(),
            d.socket_idle.count(),
            d.socket_pause.count(),
            d.stop.count(),
            d.certificate_look.count(),
            d.accept_pause.count()};
}

TEST(Configuration, EveryOptionOfTheListenerReachesIt) {
    ListenOptions unset;
    unset.port = 8443;  // the one default that is the program's and not the listener's
    const auto plain = Configuration::from({});
    EXPECT_EQ(numbers_of(listen_settings(plain.value())), numbers_of(unset));
    for (const Option& each : options()) {
        if (each.kind != OptionKind::number || each.section() == "compaction" || each.section() == "attachments")
            continue;
        SCOPED_TRACE(each.key);
        const auto read = from_file(file_of(each, std::to_string(each.number + 1)));
        ASSERT_TRUE(read);
        const auto changed = numbers_of(listen_settings(read.value())), before = numbers_of(unset);
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < changed.size(); ++i) sum += changed[i] - before[i];
        EXPECT_EQ(sum, 1) << "this one field, by one";
    }
    EXPECT_EQ(listen_settings(from_file("[listen]\naddress = \"::1\"\n").value()).address, "::1");
}

}  // namespace
}  // namespace doorstep::server
