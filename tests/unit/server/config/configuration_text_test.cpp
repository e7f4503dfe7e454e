// What `config` prints can be read again, hides what is secret; and docs/configuration.md says what the table says.
#include "server/config/configuration_text.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace doorstep::server {
namespace {

Result<Configuration> read_again(const std::string& text) {
    ConfigurationSources sources;
    sources.file_name = "doorstep.toml";
    sources.file_text = text;
    return Configuration::from(sources);
}

TEST(ConfigurationText, TheSampleIsEveryDefault) {
    const std::string sample = sample_text();
    const auto read = read_again(sample);
    ASSERT_TRUE(read) << read.error().detail;
    for (const Option& each : options()) {
        EXPECT_EQ(read.value().setting(each.id).value, each.fallback()) << each.key;
        EXPECT_NE(read.value().setting(each.id).source, "default") << each.key << " is not in the sample";
        EXPECT_NE(sample.find(each.meaning), std::string::npos) << each.key;
    }
}

TEST(ConfigurationText, TheEffectiveOneSaysWhereFromAndHidesSecrets) {
    const std::string odd = "/a \"quoted\" \\ 'path' # 村\n";
    ConfigurationSources sources;
    sources.file_name = "doorstep.toml";
    sources.file_text = "[listen]\nport = 9443\n";
    sources.environment = {"DOORSTEP_TLS_KEY=/private/of-the-county.key"};
    sources.flags = {{OptionId::tls_certificate, "--certificate", "/c.pem"}, {OptionId::web_folder, "--web", odd}};
    const auto read = Configuration::from(sources);
    ASSERT_TRUE(read);
    const std::string text = effective_text(read.value());
    EXPECT_NE(text.find("port = 9443  # doorstep.toml, line 2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("key = \"(redacted)\"  # DOORSTEP_TLS_KEY\n"), std::string::npos) << text;
    EXPECT_NE(text.find("# --certificate\n"), std::string::npos) << text;
    EXPECT_NE(text.find("# default\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("of-the-county"), std::string::npos) << text;
    const auto again = read_again(text);
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(again.value().words(OptionId::web_folder), odd);
}

TEST(ConfigurationText, EverySecretIsHiddenAndNothingElse) {
    for (const Option& each : options()) {
        if (each.kind != OptionKind::path) continue;
        SCOPED_TRACE(each.key);
        ConfigurationSources sources;
        sources.environment = {"DOORSTEP_TLS_KEY=/k", "DOORSTEP_TLS_CERTIFICATE=/c",
                               each.environment() + "=/where-it-lies"};
        const std::string text = effective_text(Configuration::from(sources).value());
        EXPECT_EQ(text.find("/where-it-lies") == text.npos, each.secrecy == Secrecy::secret) << text;
    }
}

TEST(ConfigurationText, ThePageHoldsEveryOptionAndNoOther) {
    const char* root = std::getenv("DOORSTEP_SOURCE_DIR");
    std::ifstream in(std::string(root ? root : ".") + "/docs/configuration.md");
    std::stringstream content;
    content << in.rdbuf();
    const std::string page = content.str();
    std::string table;
    for (const Option& each : options()) {
        const OptionValue fallback = each.fallback();
        const auto* number = std::get_if<std::uint64_t>(&fallback);
        table += fmt::format("| `{}` | {} | {} | `{}` |\n", each.key, each.meaning, each.allowed(),
                             number ? std::to_string(*number) : '"' + std::get<std::string>(fallback) + '"');
    }
    const std::size_t first = page.find("| `"), last = page.rfind("| `");
    ASSERT_NE(first, std::string::npos) << "the table should be:\n" << table;
    EXPECT_EQ(page.substr(first, page.find('\n', last) + 1 - first), table);
}

}  // namespace
}  // namespace doorstep::server
