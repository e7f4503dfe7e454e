// tests/unit/server/net/https_stop_test.cpp -- stopping answers what is in flight, within a deadline.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::chrono::milliseconds since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

constexpr std::chrono::milliseconds limit = 300ms;  // the stop deadline, where it is under test

TEST(HttpsStop, RequestsInFlightAreAnswered) {
    RunningServer server;
    const auto idle = server.connect();
    const auto busy = server.connect();
    ASSERT_TRUE(idle && busy && idle->ask(get("/hello")));
    ASSERT_EQ(busy->send(get("/wait") + get("/after")), TlsClient::Sent::all);
    ASSERT_TRUE(server.handler.entered.wait());
    server.stop();
    server.stop();
    EXPECT_EQ(idle->read_to_end(), End::clean);
    EXPECT_EQ(connect_tcp(server.port(), 1'000ms), -1);
    EXPECT_FALSE(server.ended(20ms));
    server.handler.go.open();
    const auto reply = busy->read_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->headers.at("connection"), "close");
    EXPECT_EQ(busy->read_to_end(), End::clean);
    EXPECT_TRUE(server.ended(5'000ms));
    EXPECT_EQ(server.handler.handled(), (std::vector<std::string>{"GET /hello", "GET /wait"}));
}

TEST(HttpsStop, EveryThreadsConnectionsEnd) {
    ListenOptions options = test_options();
    options.threads = 4;
    RunningServer server(options);
    std::vector<std::unique_ptr<TlsClient>> idle;
    for (int i = 0; i < 9; ++i) {
        idle.push_back(server.connect());
        ASSERT_TRUE(idle.back() && idle.back()->ask(get("/hello")));
    }
    server.stop();
    for (const auto& client : idle) EXPECT_EQ(client->read_to_end(), End::clean);
    EXPECT_TRUE(server.ended(5'000ms));
}

TEST(HttpsStop, AHandshakeDoesNotDelayIt) {
    RunningServer server;
    const int silent = connect_tcp(server.port(), 5'000ms);
    ASSERT_GE(silent, 0);
    ASSERT_TRUE(server.connect());  // accepted after it
    server.stop();
    EXPECT_TRUE(server.ended(5'000ms));
    ::close(silent);
}

TEST(HttpsStop, ASlowClientIsCutAtTheStopDeadline) {
    ListenOptions options = test_options();
    options.deadlines.stop = limit;
    RunningServer server(options);
    const auto slow = server.connect();
    ASSERT_TRUE(slow);
    ASSERT_EQ(slow->send("GET /hello HTT"), TlsClient::Sent::all);
    std::this_thread::sleep_for(50ms);  // so that the server has begun to read it
    const auto start = Clock::now();
    server.stop();
    EXPECT_TRUE(server.ended(5'000ms));
    EXPECT_GE(since(start), limit - 10ms);
    EXPECT_EQ(slow->read_to_end(), End::cut);
}

TEST(HttpsStop, BeforeRun) {
    ToyHandler handler;
    auto server = HttpsServer::listen(test_options(), handler);
    ASSERT_TRUE(server);
    EXPECT_NE(server.value()->port(), 0);
    server.value()->stop();
    server.value()->run();
}

TEST(HttpsStop, NeverRun) {
    ToyHandler handler;
    EXPECT_TRUE(HttpsServer::listen(test_options(), handler));
}

TEST(HttpsStop, OnASignal) {
    for (const int signal : {SIGTERM, SIGINT}) {
        ListenOptions options = test_options();
        options.signals = Signals::heeded;
        RunningServer server(options);
        const auto client = server.connect();
        ASSERT_TRUE(client && client->ask(get("/hello")));
        ::kill(::getpid(), signal);
        EXPECT_EQ(client->read_to_end(), End::clean);
        EXPECT_TRUE(server.ended(5'000ms));
    }
}

TEST(HttpsStop, ASignalBeforeRunIsNotLost) {
    ListenOptions options = test_options();
    options.signals = Signals::heeded;
    ToyHandler handler;
    auto server = HttpsServer::listen(options, handler);
    ASSERT_TRUE(server);
    ::kill(::getpid(), SIGTERM);
    server.value()->run();
}

TEST(HttpsStop, ASecondSignalDoesNotWait) {
    ListenOptions options = test_options();
    options.signals = Signals::heeded;
    RunningServer server(options);
    const auto slow = server.connect();
    ASSERT_TRUE(slow && slow->ask(get("/hello")));
    ASSERT_EQ(slow->send("GET /hello HTT"), TlsClient::Sent::all);
    std::this_thread::sleep_for(50ms);
    ::kill(::getpid(), SIGTERM);
    std::this_thread::sleep_for(50ms);  // two of one kind would be merged by the kernel
    ::kill(::getpid(), SIGTERM);
    EXPECT_TRUE(server.ended(5'000ms));
}

}  // namespace
}  // namespace doorstep::server
