// tests/unit/server/net/https_deadline_test.cpp -- no peer holds a connection longer than its phase may take.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::chrono::milliseconds since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

constexpr std::chrono::milliseconds limit = 300ms;  // of the phase under test; the others keep theirs of many seconds

TEST(HttpsDeadline, ADribblingClientGainsNothing) {
    struct Row {
        const char* name;
        std::chrono::milliseconds Deadlines::*phase;
        std::string at_once;
        char dribbled;
    };
    const Row rows[] = {
        {"head", &Deadlines::head, "GET /hello HTTP/1.1\r\nHost: h\r\nX: ", 'a'},
        {"body", &Deadlines::body, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n", 'b'},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        ListenOptions options = test_options();
        options.deadlines.*row.phase = limit;
        RunningServer server(options);
        const auto client = server.connect();
        ASSERT_TRUE(client);
        const auto start = Clock::now();
        auto sent = client->send(row.at_once);
        while (sent == TlsClient::Sent::all && since(start) < 5'000ms) {
            std::this_thread::sleep_for(20ms);
            sent = client->send({&row.dribbled, 1});
        }
        EXPECT_EQ(sent, TlsClient::Sent::not_all);
        EXPECT_GE(since(start), limit);
        EXPECT_LT(since(start), 3'000ms);
        EXPECT_EQ(client->read_to_end(), End::cut);
        EXPECT_TRUE(server.handler.handled().empty());
    }
}

TEST(HttpsDeadline, ARoutesOwn) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto start = Clock::now();
    ASSERT_EQ(client->send("POST /soon HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"), TlsClient::Sent::all);
    EXPECT_EQ(client->read_to_end(), End::cut);
    EXPECT_GE(since(start), 200ms);
    EXPECT_LT(since(start), 3'000ms);
}

TEST(HttpsDeadline, ABodyGetsTimeForItsSize) {
    ListenOptions options = test_options();
    options.deadlines.body = 1ms;
    options.deadlines.bytes_per_s_min = 100;
    RunningServer server(options);
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const std::string request = post("/echo", std::string(1000, 'b'));  // ten seconds at that rate
    ASSERT_EQ(client->send(request.substr(0, 500)), TlsClient::Sent::all);
    std::this_thread::sleep_for(50ms);
    const auto reply = client->ask(request.substr(500));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
}

TEST(HttpsDeadline, AnIdleConnectionEnds) {
    ListenOptions options = test_options();
    options.deadlines.idle = limit;
    RunningServer server(options);
    const auto client = server.connect();
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->ask(get("/hello")));
    const auto start = Clock::now();
    EXPECT_NE(client->read_to_end(), End::not_yet);
    EXPECT_GE(since(start), limit - 50ms);
    EXPECT_LT(since(start), 3'000ms);
}

TEST(HttpsDeadline, AHandshakeEnds) {
    ListenOptions options = test_options();
    options.deadlines.handshake = limit;
    RunningServer server(options);
    const auto start = Clock::now();
    const int silent = connect_tcp(server.port(), 5'000ms);
    ASSERT_GE(silent, 0);
    char byte = 0;
    EXPECT_LE(::read(silent, &byte, 1), 0);
    EXPECT_LT(since(start), 3'000ms);
    ::close(silent);
}

TEST(HttpsDeadline, APeerThatNeverEndsTls) {
    ListenOptions options = test_options();
    options.connections_max = 1;
    options.turned_away_max = 0;
    options.deadlines.close = limit;
    RunningServer server(options);
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto start = Clock::now();
    ASSERT_TRUE(client->ask(get("/hello", "Connection: close\r\n")));  // and never answers the close_notify
    std::unique_ptr<TlsClient> next;
    while (!next && since(start) < 5'000ms) next = server.connect();  // there is a place once the first one's is free
    EXPECT_TRUE(next);
    EXPECT_GE(since(start), limit);
}

TEST(HttpsDeadline, AClientThatDoesNotReadIsCut) {
    ListenOptions options = test_options();
    options.deadlines.body = limit;
    options.deadlines.bytes_per_s_min = 100 << 20;
    options.deadlines.stop = 5'000ms;
    RunningServer server(options);
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const int small = 4096;
    ::setsockopt(SSL_get_fd(client->ssl()), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    const std::string request = post("/big", std::string(1 << 20, 'b'));
    for (int i = 0; i < 30; ++i)  // until the replies fill every buffer on the way
        if (client->send(request) == TlsClient::Sent::not_all) break;
    const auto start = Clock::now();
    server.stop();
    EXPECT_TRUE(server.ended(4'000ms));
    EXPECT_LT(since(start), 4'000ms);
}

}  // namespace
}  // namespace doorstep::server
