// tests/unit/server/net/https_pieces_test.cpp -- bodies that are handled as they arrive.
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {
namespace {

using Pieces = std::vector<std::string>;

std::string head_of(std::size_t bytes) {
    return "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n";
}

TEST(HttpsPieces, EachIsHandledAndTheLastAnswered) {
    struct Row {
        std::size_t bytes;
        Pieces pieces;
    };
    for (const Row& row :
         {Row{0, {"0+0/0"}}, Row{1, {"0+1/1"}}, Row{100, {"0+100/100"}}, Row{101, {"0+100/101", "100+1/101"}},
          Row{250, {"0+100/250", "100+100/250", "200+50/250"}}}) {
        SCOPED_TRACE(row.bytes);
        RunningServer server;
        const auto client = server.connect();
        ASSERT_TRUE(client);
        for (const bool again : {false, true}) {  // the connection goes on behind it
            const auto reply = client->ask(head_of(row.bytes) + std::string(row.bytes, 'x'));
            ASSERT_TRUE(reply);
            EXPECT_EQ(reply->status, 200);
            EXPECT_EQ(reply->body.size(), row.bytes == 0 ? 0 : (row.bytes - 1) % 100 + 1);
            if (again) continue;
            EXPECT_EQ(server.handler.pieces(), row.pieces);
        }
    }
}

TEST(HttpsPieces, AreHandledBeforeTheNextComes) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    ASSERT_EQ(client->send(head_of(200) + std::string(100, 'x')), TlsClient::Sent::all);
    for (int i = 0; i < 200 && server.handler.pieces().empty(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(server.handler.pieces(), Pieces{"0+100/200"});
    ASSERT_EQ(client->send(std::string(100, 'x')), TlsClient::Sent::all);
    const auto reply = client->read_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
}

TEST(HttpsPieces, WhatCameBeforeTheLineBrokeIsHandled) {
    RunningServer server;
    {
        const auto client = server.connect();
        ASSERT_TRUE(client);
        ASSERT_EQ(client->send(head_of(300) + std::string(130, 'x')), TlsClient::Sent::all);
    }
    const Pieces expected = {"0+100/300", "100+30/300"};
    for (int i = 0; i < 200 && server.handler.pieces() != expected; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(server.handler.pieces(), expected);
}

TEST(HttpsPieces, ARefusalEndsThem) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto reply = client->ask(head_of(1000) + "!" + std::string(999, 'x'));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 409);
    EXPECT_EQ(reply->headers.at("connection"), "close");
    EXPECT_EQ(client->read_to_end(), End::clean);
    EXPECT_EQ(server.handler.pieces(), Pieces{"0+100/1000"});
}

TEST(HttpsPieces, TheWholeHasALimit) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto reply = client->ask(head_of(1001));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 413);
    EXPECT_TRUE(server.handler.pieces().empty());
}

}  // namespace
}  // namespace doorstep::server
