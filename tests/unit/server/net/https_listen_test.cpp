// tests/unit/server/net/https_listen_test.cpp -- what it listens on, and what is spoken below HTTP.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {
namespace {

using namespace std::chrono_literals;

TEST(HttpsListen, APortInUseIsNamed) {
    RunningServer server;
    ListenOptions options = test_options();
    options.port = server.port();
    ToyHandler handler;
    const auto second = HttpsServer::listen(options, handler);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::address_in_use);
    EXPECT_NE(second.error().detail.find(std::to_string(server.port())), std::string::npos);
}

TEST(HttpsListen, BadConfigurationsAreNamed) {
    TemporaryFolder folder;
    const std::string garbage = folder.path() / "garbage.pem";
    std::ofstream(garbage) << "not PEM";
    const DevCertificates other = ensure_development_certificates(folder.path() / "other").value();
    struct Row {
        const char* name;
        void (*change)(ListenOptions&, const std::string& garbage, const DevCertificates& other);
        const char* named;
    };
    const Row rows[] = {
        {"no certificate", [](auto& o, auto&, auto&) { o.certificate_pem_path = "missing.pem"; }, "missing.pem"},
        {"garbage certificate", [](auto& o, auto& g, auto&) { o.certificate_pem_path = g; }, "garbage.pem"},
        {"no key", [](auto& o, auto&, auto&) { o.key_pem_path = "missing.key"; }, "missing.key"},
        {"garbage key", [](auto& o, auto& g, auto&) { o.key_pem_path = g; }, "garbage.pem"},
        {"key of another", [](auto& o, auto&, auto& made) { o.key_pem_path = made.server_key; }, "server.key"},
        {"a name for an address", [](auto& o, auto&, auto&) { o.address = "localhost"; }, "localhost"},
        {"an address of others", [](auto& o, auto&, auto&) { o.address = "192.0.2.1"; }, "192.0.2.1"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        ListenOptions options = test_options();
        row.change(options, garbage, other);
        ToyHandler handler;
        const auto refused = HttpsServer::listen(options, handler);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::bad_configuration);
        EXPECT_NE(refused.error().detail.find(row.named), std::string::npos) << refused.error().detail;
    }
}

TEST(HttpsTls, Versions) {
    RunningServer server;
    struct Row {
        int version;
        const char* spoken;  ///< nullptr: refused
    };
    for (const Row& row : {Row{TLS1_VERSION, nullptr}, Row{TLS1_1_VERSION, nullptr}, Row{TLS1_2_VERSION, "TLSv1.2"},
                           Row{TLS1_3_VERSION, "TLSv1.3"}}) {
        SCOPED_TRACE(row.version);
        ClientOptions options;
        options.tls_version_max = row.version;
        const auto client = server.connect(options);
        ASSERT_EQ(client != nullptr, row.spoken != nullptr);
        if (!client) continue;
        EXPECT_STREQ(SSL_get_version(client->ssl()), row.spoken);
        EXPECT_EQ(client->ask(get("/hello"))->status, 200);
    }
}

TEST(HttpsTls, NoRenegotiation) {
    RunningServer server;
    ClientOptions options;
    options.tls_version_max = TLS1_2_VERSION;
    const auto client = server.connect(options);
    ASSERT_TRUE(client);
    ASSERT_EQ(client->ask(get("/hello"))->status, 200);
    SSL_renegotiate(client->ssl());
    EXPECT_NE(SSL_do_handshake(client->ssl()), 1);
}

TEST(HttpsTls, AnotherProtocolIsRefusedInTheHandshake) {
    RunningServer server;
    struct Row {
        const char* alpn;
        enum class Verdict { spoken, refused } verdict;
    };
    for (const Row& row : {Row{"\x02h2\x08http/1.1", Row::Verdict::spoken}, Row{"", Row::Verdict::spoken},
                           Row{"\x02h2", Row::Verdict::refused}, Row{"\x04imap", Row::Verdict::refused}}) {
        ClientOptions options;
        options.alpn = row.alpn;
        EXPECT_EQ(server.connect(options) != nullptr, row.verdict == Row::Verdict::spoken) << row.alpn;
    }
}

TEST(HttpsTls, PlainHttpGetsNothing) {
    RunningServer server;
    const int plain = connect_tcp(server.port(), 5'000ms);
    ASSERT_GE(plain, 0);
    const std::string request = get("/hello");
    ASSERT_EQ(::write(plain, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    std::string received;
    char block[512];
    for (ssize_t got = 0; (got = ::read(plain, block, sizeof block)) > 0;)
        received.append(block, static_cast<std::size_t>(got));
    EXPECT_EQ(received.find("HTTP"), std::string::npos);
    ::close(plain);
    EXPECT_TRUE(server.handler.handled().empty());
}

}  // namespace
}  // namespace doorstep::server
