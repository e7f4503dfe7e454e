// Every option: its default is allowed, its edges hold, and its name in the environment is its own.
#include "server/config/option_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace doorstep::server {
namespace {

TEST(OptionTable, EveryOptionIsWhole) {
    std::set<std::string> keys, variables;
    std::set<std::string_view> sections;
    std::string_view section;
    for (const Option& each : options()) {
        SCOPED_TRACE(each.key);
        EXPECT_EQ(&option(each.id), &each) << "the id is the place in the table";
        EXPECT_EQ(find_option(each.key), &each);
        EXPECT_TRUE(keys.emplace(each.key).second);
        EXPECT_TRUE(variables.insert(each.environment()).second);
        EXPECT_TRUE(each.allows(each.fallback()));
        EXPECT_EQ(each.meaning.back(), '.');
        EXPECT_FALSE(each.allowed().empty());
        EXPECT_EQ(std::ranges::count(each.key, '.'), 1) << "SECTION.NAME";
        if (each.section() != section) {
            EXPECT_TRUE(sections.insert(each.section()).second) << "sections stand together";
        }
        section = each.section();
    }
    EXPECT_GE(keys.size(), 20U);
}

TEST(OptionTable, NumbersHoldTheirEdges) {
    for (const Option& each : options()) {
        if (each.kind != OptionKind::number) continue;
        SCOPED_TRACE(each.key);
        EXPECT_TRUE(each.allows(each.least));
        EXPECT_TRUE(each.allows(each.most));
        EXPECT_FALSE(each.allows(each.most + 1));
        if (each.least > 0) {
            EXPECT_FALSE(each.allows(each.least - 1));
        }
        EXPECT_FALSE(each.allows(std::string("1"))) << "a number is no text";
        EXPECT_EQ(each.parse(std::to_string(each.most)), OptionValue(each.most));
        for (const char* bad : {"", " ", "-1", "+1", "1.5", "0x10", "1 ", "many", "99999999999999999999999"})
            EXPECT_EQ(each.parse(bad), std::nullopt) << bad;
        EXPECT_EQ(each.parse(std::to_string(each.most + 1)), std::nullopt);
    }
}

TEST(OptionTable, WordsHoldTheirRule) {
    for (const Option& each : options()) {
        if (each.kind == OptionKind::number) continue;
        SCOPED_TRACE(each.key);
        EXPECT_FALSE(each.allows(std::uint64_t{1})) << "a text is no number";
        EXPECT_FALSE(each.allows(std::string("a\0b", 3)));
        if (each.kind == OptionKind::path) {
            EXPECT_TRUE(each.allows(std::string(4095, 'p')));
            EXPECT_FALSE(each.allows(std::string(4096, 'p')));
        } else if (each.kind == OptionKind::line) {
            for (const char* good : {"", "host=/run/postgresql dbname=county", "postgresql://a:b@c/d?e=f"})
                EXPECT_NE(each.parse(good), std::nullopt) << good;
            EXPECT_TRUE(each.allows(std::string(4095, 'x')));
            EXPECT_FALSE(each.allows(std::string(4096, 'x')));
            EXPECT_EQ(each.parse("two\nlines"), std::nullopt);
        } else if (each.kind == OptionKind::https_url) {
            for (const char* good : {"", "https://office.example/told?of=us", "https://10.0.0.1:8443"})
                EXPECT_NE(each.parse(good), std::nullopt) << good;
            for (const char* bad :
                 {"http://office.example", "https://", "https:///told", "https://a b", "ftp://a", "a"})
                EXPECT_EQ(each.parse(bad), std::nullopt) << bad;
        } else {
            for (const char* bad : {"", "localhost", "1.2.3", "1.2.3.4:80", "[::1]", "text|json"})
                EXPECT_EQ(each.parse(bad), std::nullopt) << bad;
        }
        if (each.kind != OptionKind::address) continue;
        for (const char* good : {"0.0.0.0", "::", "192.168.1.20", "fe80::1"}) {
            EXPECT_NE(each.parse(good), std::nullopt) << good;
        }
    }
}

TEST(OptionTable, ASlipFindsItsNeighbour) {
    struct Row {
        const char *slip, *meant;
    };
    const Row rows[] = {{"listen.prot", "listen.port"},
                        {"listen.adress", "listen.address"},
                        {"port", "listen.port"},
                        {"deadlines.idle", "deadlines.idle_ms"},
                        {"limits.conections", "limits.connections"},
                        {"TLS.certificate", "tls.certificate"}};
    for (const Row& row : rows) EXPECT_EQ(nearest_option(row.slip).key, row.meant) << row.slip;
    EXPECT_FALSE(nearest_option(std::string(100'000, 'x')).key.empty());
    EXPECT_EQ(find_option("listen.prot"), nullptr);
}

TEST(OptionTable, VariablesAreKeysInCapitals) {
    EXPECT_EQ(option(OptionId::deadlines_idle_ms).environment(), "DOORSTEP_DEADLINES_IDLE_MS");
}

}  // namespace
}  // namespace doorstep::server
