// tests/unit/server/net/https_shedding_test.cpp -- too much work is turned away, and the rest is served on.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "server/net/places.hpp"
#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {
namespace {

using namespace std::chrono_literals;

TEST(HttpsShedding, ConnectionsMax) {
    ListenOptions options = test_options();
    options.connections_max = 2;
    options.turned_away_max = 1;
    RunningServer server(options);
    const auto first = server.connect();
    auto second = server.connect();
    ASSERT_TRUE(first && second);
    const auto beyond = server.connect();
    ASSERT_TRUE(beyond);
    EXPECT_FALSE(server.connect()) << "beyond turned_away_max: closed at once";
    const auto refused = beyond->ask(post("/echo", "not read"));
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 503);
    EXPECT_EQ(refused->headers.at("retry-after"), "1");
    EXPECT_EQ(refused->headers.at("connection"), "close");
    EXPECT_EQ(beyond->read_to_end(), End::clean);
    EXPECT_EQ(first->ask(get("/hello"))->status, 200);
    second->ask(get("/hello", "Connection: close\r\n"));
    EXPECT_EQ(second->read_to_end(), End::clean);
    second.reset();
    int status = 0;
    for (int i = 0; i < 100 && status != 200; ++i) {  // the place is free once the server has seen the end
        const auto third = server.connect();
        if (const auto reply = third ? third->ask(get("/hello")) : std::nullopt) status = reply->status;
        if (status != 200) std::this_thread::sleep_for(10ms);
    }
    EXPECT_EQ(status, 200);
    EXPECT_EQ(server.handler.handled(), (std::vector<std::string>{"GET /hello", "GET /hello", "GET /hello"}));
    EXPECT_GE(server.log().size(), 1U);
}

TEST(HttpsShedding, WhoIsTurnedAwayHoldsNothingForLong) {
    ListenOptions options = test_options();
    options.connections_max = 1;
    options.turned_away_max = 1;
    options.deadlines.turned_away = 200ms;
    RunningServer server(options);
    const auto first = server.connect();
    ASSERT_TRUE(first);
    const auto silent = server.connect();
    ASSERT_TRUE(silent);
    EXPECT_NE(silent->read_to_end(), End::not_yet);
    const int dumb = connect_tcp(server.port(), 5'000ms);  // not even a handshake
    char byte = 0;
    EXPECT_LE(::read(dumb, &byte, 1), 0);
    ::close(dumb);
    EXPECT_EQ(first->ask(get("/hello"))->status, 200);
}

TEST(HttpsShedding, PlacesAreCountedExactly) {
    Places places(100);
    std::atomic<std::size_t> most = 0, refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 200; ++round) {
                std::vector<Place> mine;
                for (int j = 0; j < 40; ++j) {
                    if (auto place = places.take())
                        mine.push_back(std::move(*place));
                    else
                        ++refused;
                }
                const std::size_t taken = places.taken();
                for (std::size_t seen = most; seen < taken && !most.compare_exchange_weak(seen, taken);) {
                }
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(most, 100U);
    EXPECT_EQ(places.taken(), 0U);
    std::vector<Place> all;
    while (auto place = places.take()) all.push_back(std::move(*place));
    EXPECT_EQ(all.size(), 100U);
}

TEST(HttpsShedding, RequestsWaitingMax) {
    ListenOptions options = test_options();
    options.requests_waiting_max = 1;
    RunningServer server(options);
    const auto busy = server.connect();
    const std::unique_ptr<TlsClient> rivals[] = {server.connect(), server.connect()};
    ASSERT_TRUE(busy && rivals[0] && rivals[1]);
    for (const auto& rival : rivals) ASSERT_TRUE(rival->ask(get("/hello")));  // reads TLS's tickets away
    ASSERT_EQ(busy->send(get("/wait")), TlsClient::Sent::all);
    ASSERT_TRUE(server.handler.entered.wait());
    pollfd readable[2] = {};
    for (int i = 0; i < 2; ++i) {  // whichever comes first has the one place; the other is answered at once
        ASSERT_EQ(rivals[i]->send(get("/rival")), TlsClient::Sent::all);
        readable[i] = {SSL_get_fd(rivals[i]->ssl()), POLLIN, 0};
    }
    ASSERT_EQ(::poll(readable, 2, 5'000), 1);
    TlsClient& shed = *rivals[readable[0].revents ? 0 : 1];
    TlsClient& waiting = *rivals[readable[0].revents ? 1 : 0];
    const auto reply = shed.read_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 503);
    EXPECT_EQ(reply->headers.at("retry-after"), "1");
    server.handler.go.open();
    EXPECT_EQ(busy->read_reply()->status, 200);
    EXPECT_EQ(waiting.read_reply()->status, 200);
    EXPECT_EQ(shed.ask(get("/hello"))->status, 200);  // the connection was kept
}

/// While it lives, the process can open no further descriptor.
class NoDescriptors {
public:
    NoDescriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const int lowest_free = ::dup(0);
        ::close(lowest_free);
        rlimit none = before_;
        none.rlim_cur = static_cast<rlim_t>(lowest_free);
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptors(const NoDescriptors&) = delete;
    NoDescriptors& operator=(const NoDescriptors&) = delete;

private:
    rlimit before_{};
};

TEST(HttpsShedding, OutOfDescriptors) {
    ListenOptions options = test_options();
    options.deadlines.accept_pause = 10ms;
    RunningServer server(options);
    const auto before = server.connect();
    ASSERT_TRUE(before && before->ask(get("/hello")));
    int sockets[3];
    for (int& socket : sockets) socket = ::socket(AF_INET, SOCK_STREAM, 0);
    {
        const NoDescriptors none;
        for (const int socket : sockets) {
            sockaddr_storage address{};
            socklen_t bytes = sizeof address;
            ::getpeername(SSL_get_fd(before->ssl()), reinterpret_cast<sockaddr*>(&address), &bytes);
            const timeval patience{5, 0};
            ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), bytes), 0);
            char byte = 0;
            EXPECT_EQ(::read(socket, &byte, 1), 0) << "turned away at once, not left to hang";
        }
        EXPECT_EQ(before->ask(get("/hello"))->status, 200);
    }
    for (const int socket : sockets) ::close(socket);
    const auto after = server.connect();
    ASSERT_TRUE(after);
    EXPECT_EQ(after->ask(get("/hello"))->status, 200);
    EXPECT_EQ(server.log().size(), 1U);  // one episode, one line
}

}  // namespace
}  // namespace doorstep::server
