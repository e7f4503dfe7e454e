// tests/unit/server/net/web_socket_test.cpp -- a connection that becomes a WebSocket: RFC 6455 as far as it is spoken.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/unit/server/net/socket_client.hpp"

namespace doorstep::server {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Clock = std::chrono::steady_clock;

/// Whether the feed's socket is gone, within some seconds.
bool let_go(const RunningServer& server) {
    for (int i = 0; i < 500 && server.handler.feed(); ++i) std::this_thread::sleep_for(10ms);
    return !server.handler.feed();
}

TEST(WebSocket, Opens) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto reply = client->ask(upgrade("/feed", "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 101);
    EXPECT_EQ(reply->headers.at("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // RFC 6455, 1.3
    EXPECT_EQ(reply->headers.at("sec-websocket-protocol"), "toy");
    EXPECT_EQ(reply->headers.count("sec-websocket-extensions"), 0U);  // nothing is compressed
}

TEST(WebSocket, SaysWhatTheFeedSays) {
    ListenOptions options = test_options();
    options.deadlines.socket_pause = 300ms;
    RunningServer server(options);
    const auto client = SocketClient::open(server);
    ASSERT_TRUE(client);
    const auto start = Clock::now();
    server.handler.feed()->say("一");
    const auto first = client->read();
    for (const char* text : {"a", "b", "c"}) server.handler.feed()->say(text);
    const auto second = client->read();
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->opcode, Opcode::text);
    EXPECT_EQ(first->payload, "一");
    EXPECT_EQ(second->payload, "a+b+c");  // what came up in the pause is one message
    EXPECT_GE(Clock::now() - start, 300ms);
}

TEST(WebSocket, WhatCameUpBeforeItWasOpenIsSaid) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    ASSERT_EQ(client->send(upgrade("/feed")), TlsClient::Sent::all);
    while (!server.handler.feed()) std::this_thread::yield();
    server.handler.feed()->say("early");
    ASSERT_EQ(client->read_reply()->status, 101);
    EXPECT_EQ(client->read_bytes(7), "\x81\x05"s + "early");
}

TEST(WebSocket, TheFeedsEndClosesIt) {
    RunningServer server;
    const auto client = SocketClient::open(server);
    ASSERT_TRUE(client);
    server.handler.feed()->end();
    const auto frame = client->read();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->close_code(), 1008);
    EXPECT_EQ(frame->payload.substr(2), "over");
    client->send(Opcode::close, frame->payload.substr(0, 2));
    EXPECT_EQ(client->tls().read_to_end(), End::clean);
    EXPECT_TRUE(let_go(server));
}

TEST(WebSocket, ThePeersEnd) {
    RunningServer server;
    const auto polite = SocketClient::open(server);
    ASSERT_TRUE(polite);
    polite->send(Opcode::close, "\x03\xe8");
    EXPECT_EQ(polite->read()->close_code(), 1000);
    EXPECT_TRUE(let_go(server));
    auto abrupt = SocketClient::open(server);
    ASSERT_TRUE(abrupt);
    abrupt.reset();
    EXPECT_TRUE(let_go(server));
}

TEST(WebSocket, WhatAPeerMaySend) {
    struct Row {
        const char* name;
        std::string frame;
        int close_code;  ///< 0: it goes on, with a pong
    };
    const std::string mask(4, '\0');
    const Row rows[] = {
        {"ping", "\x89\x82"s + mask + "hi", 0},
        {"ping of 125", "\x89\xfd"s + mask + std::string(125, 'p'), 0},
        {"ping of 126", "\x89\xfe"s + std::string("\0\x7e", 2) + mask + std::string(126, 'p'), 1002},
        {"text", "\x81\x82"s + mask + "hi", 1003},
        {"binary", "\x82\x82"s + mask + "hi", 1003},
        {"a message over the limit", "\x81\xfe"s + std::string("\x10\0", 2) + mask, 1009},
        {"a message of 2^62 bytes", "\x82\xff\x40"s + std::string(7, '\0') + mask, 1009},
        {"not masked", "\x81\x02hi", 1002},
        {"compressed", "\xc1\x82"s + mask + "hi", 1002},
        {"reserved opcode", "\x83\x80"s + mask, 1002},
        {"a fragment of nothing", "\x80\x82"s + mask + "hi", 1002},
        {"text that is not UTF-8", "\x81\x81"s + mask + "\xff", 1007},
    };
    RunningServer server;
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto client = SocketClient::open(server);
        ASSERT_TRUE(client);
        client->send_bytes(row.frame);
        const auto frame = client->read();
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame->close_code(), row.close_code);
        if (row.close_code == 0) {
            EXPECT_EQ(frame->opcode, Opcode::pong);
        }
    }
    EXPECT_TRUE(let_go(server));
}

TEST(WebSocket, ASilentPeerIsPingedAndThenCut) {
    ListenOptions options = test_options();
    options.deadlines.socket_idle = 400ms;
    RunningServer server(options);
    const auto client = SocketClient::open(server);
    ASSERT_TRUE(client);
    for (int i = 0; i < 4; ++i) {  // twice the idle time: whoever answers stays
        const auto ping = client->read();
        ASSERT_TRUE(ping);
        ASSERT_EQ(ping->opcode, Opcode::ping);
        client->send(Opcode::pong, ping->payload);
    }
    ASSERT_TRUE(server.handler.feed());
    const auto start = Clock::now();
    EXPECT_NE(client->tls().read_to_end(), End::not_yet);
    EXPECT_LT(Clock::now() - start, 2'000ms);
    EXPECT_TRUE(let_go(server));
}

TEST(WebSocket, APeerThatDoesNotReadIsCut) {
    ListenOptions options = test_options();
    options.deadlines.body = 300ms;
    RunningServer server(options);
    const auto client = SocketClient::open(server);
    ASSERT_TRUE(client);
    server.handler.feed()->say(std::string(32 << 20, 'x'));  // more than the buffers on the way hold
    EXPECT_TRUE(let_go(server));
}

TEST(WebSocket, AStopClosesIt) {
    RunningServer server;
    const auto client = SocketClient::open(server);
    ASSERT_TRUE(client);
    server.stop();
    const auto frame = client->read();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->close_code(), 1001);
    client->send(Opcode::close, frame->payload.substr(0, 2));
    EXPECT_EQ(client->tls().read_to_end(), End::clean);
    EXPECT_TRUE(server.ended(5'000ms));
}

TEST(WebSocket, AStopDoesNotWaitForASilentPeer) {
    ListenOptions options = test_options();
    options.deadlines.close = 100ms;
    RunningServer server(options);
    const auto client = SocketClient::open(server);
    ASSERT_TRUE(client);
    server.stop();
    EXPECT_TRUE(server.ended(5'000ms));
}

TEST(WebSocket, WhatIsSentBeforeTheUpgradeIsRefused) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto reply = client->ask(upgrade("/feed") + get("/smuggled"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 400);
    EXPECT_EQ(client->read_to_end(), End::clean);
    EXPECT_EQ(server.handler.handled(), std::vector<std::string>{});
}

TEST(WebSocket, ARouteThatIsNoneAnswersAsEver) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto reply = client->ask(upgrade("/hello"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->headers.at("connection"), "close");
    EXPECT_EQ(client->read_to_end(), End::clean);
    const auto plain = server.connect()->ask(get("/feed"));  // and one that is, without the handshake
    EXPECT_EQ(plain->status, 500);
}

}  // namespace
}  // namespace doorstep::server
