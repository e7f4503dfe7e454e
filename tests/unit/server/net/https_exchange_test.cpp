// tests/unit/server/net/https_exchange_test.cpp -- requests and replies over a real TLS connection.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "server/net/framing_guard.hpp"
#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {
namespace {

using namespace std::string_literals;
using Handled = std::vector<std::string>;

TEST(HttpsExchange, KeepsTheConnection) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    for (int i = 0; i < 3; ++i) {
        const auto reply = client->ask(get("/hello?n=" + std::to_string(i)));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 200);
        EXPECT_EQ(reply->body, "hello /hello");
        EXPECT_EQ(server.handler.last()->query, "n=" + std::to_string(i));
    }
    const auto last = client->ask(get("/hello", "Connection: close\r\n"));
    ASSERT_TRUE(last);
    EXPECT_EQ(last->headers.at("connection"), "close");
    EXPECT_EQ(client->read_to_end(), End::clean);
}

TEST(HttpsExchange, TheHandlerGetsWhatWasSent) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const std::string body = "body\r\n\r\n\0\xff"s;
    const auto reply = client->ask(post("/echo?a=b", body, "X-Note: one\r\nAuthorization: t\r\n"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, body);
    const Request request = server.handler.last().value();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/echo");
    EXPECT_EQ(request.query, "a=b");
    EXPECT_EQ(request.header("x-note"), "one");
    EXPECT_EQ(request.header("authorization"), "t");
    EXPECT_EQ(request.header("host"), "localhost");
}

TEST(HttpsExchange, EveryReplyHasTheSecurityHeaders) {
    RunningServer server;
    for (const std::string& request : {get("/hello"), get("/throw"), std::string("bad\r\n\r\n")}) {
        const auto client = server.connect();
        ASSERT_TRUE(client);
        const auto reply = client->ask(request);
        ASSERT_TRUE(reply);
        for (const char* name : {"cache-control", "content-security-policy", "referrer-policy",
                                 "strict-transport-security", "x-content-type-options"})
            EXPECT_EQ(reply->headers.count(name), 1U) << name;
    }
}

/// Up to and with `end`, as it stands on the wire.
std::string read_until(TlsClient& client, std::string_view end) {
    std::string out;
    while (!out.ends_with(end)) {
        const auto byte = out.size() < 200'000 ? client.read_bytes(1) : std::nullopt;
        if (!byte) return out + "<ended>";
        out += *byte;
    }
    return out;
}

TEST(HttpsExchange, AReplyThatGoesOnIsSentInChunksAndTheConnectionIsKept) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    ASSERT_EQ(client->send(get("/pieces") + get("/hello")), TlsClient::Sent::all);
    const std::string head = read_until(*client, "\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
    EXPECT_EQ(read_until(*client, "0\r\n\r\n"),
              "4\r\none \r\n4\r\ntwo \r\n186a0\r\n" + std::string(100'000, 'x') + "\r\n0\r\n\r\n");
    const auto next = client->read_reply();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->body, "hello /hello");
}

TEST(HttpsExchange, AReplyWhoseRestCannotBeHadIsBrokenOff) {
    RunningServer server;
    for (const char* path : {"/broken-pieces", "/throwing-pieces"}) {
        const auto client = server.connect();
        ASSERT_TRUE(client);
        ASSERT_EQ(client->send(get(path)), TlsClient::Sent::all);
        read_until(*client, "\r\n\r\n");
        EXPECT_EQ(read_until(*client, "0\r\n\r\n"), "4\r\none \r\n4\r\ntwo \r\n<ended>") << path;
    }
}

TEST(HttpsExchange, PipelinedRequestsAreAnsweredInOrder) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    ASSERT_EQ(client->send(get("/a") + post("/echo", "b") + get("/c")), TlsClient::Sent::all);
    for (const char* body : {"hello /a", "b", "hello /c"}) {
        const auto reply = client->read_reply();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->body, body);
    }
}

TEST(HttpsExchange, AHeadThatArrivesByteByByte) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    for (const char byte : post("/echo", "body")) ASSERT_EQ(client->send({&byte, 1}), TlsClient::Sent::all);
    const auto reply = client->read_reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "body");
}

TEST(HttpsExchange, HeadAndNoContent) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    ASSERT_EQ(client->send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n"), TlsClient::Sent::all);
    const auto head = client->read_reply("HEAD");
    ASSERT_TRUE(head);
    EXPECT_EQ(head->headers.at("content-length"), std::to_string(std::string("hello /hello").size()));
    const auto none = client->ask(get("/none"));
    ASSERT_TRUE(none);
    EXPECT_EQ(none->status, 204);
    EXPECT_EQ(none->headers.count("content-length"), 0U);
    EXPECT_TRUE(client->ask(get("/hello")));  // nothing was left over in between
}

// What two programs could read differently is refused; what follows it in the stream is never served.
TEST(HttpsExchange, RefusedFramingEndsTheConnection) {
    struct Row {
        const char* name;
        std::string head;
        int status;
    };
    const std::string start = "POST /echo HTTP/1.1\r\nHost: h\r\n";
    const Row rows[] = {
        {"CL.TE", start + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400},
        {"TE.CL", start + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n8\r\nSMUGGLED\r\n0\r\n\r\n", 400},
        {"TE.TE", start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n", 400},
        {"chunked with a trailer", start + "Transfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: t\r\n\r\n", 411},
        {"a length and not quite chunked",
         start + "Content-Length: 6\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\nG", 400},
        {"a chunk extension of 1 MB",
         start + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(1 << 20, 'x') + "\r\nb\r\n0\r\n\r\n", 411},
        {"HTTP/1.0 and chunked", "POST /echo HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 505},
        {"bytes over 0x7f in the target", "GET /hello\xe5\xa4\xaa HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"NUL in a value", "GET /hello HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"s, 400},
        {"CL.CL", start + "Content-Length: 0\r\nContent-Length: 50\r\n\r\n", 400},
        {"listed length", start + "Content-Length: 0, 0\r\n\r\n", 400},
        {"folded header", start + "Content-Length: 0\r\nX: a\r\n b\r\n\r\n", 400},
        {"space before the colon", start + "Content-Length : 0\r\n\r\n", 400},
        {"bare LF", "GET /hello HTTP/1.1\nHost: h\n\n", 400},
        {"bare CR", "GET /hello HTTP/1.1\r\nHost: h\r\nX: a\rY: b\r\n\r\n", 400},
        {"no Host", "GET /hello HTTP/1.1\r\n\r\n", 400},
        {"two Host", "GET /hello HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400},
        {"HTTP/1.0", "GET /hello HTTP/1.0\r\nHost: h\r\n\r\n", 505},
        {"absolute target", "GET https://h/hello HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        {"POST without a length", start + "\r\n", 411},
        {"upgrade", "GET /hello HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", 400},
        {"unknown Expect", start + "Content-Length: 1\r\nExpect: x\r\n\r\n", 417},
    };
    RunningServer server;
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto client = server.connect();
        ASSERT_TRUE(client);
        const auto reply = client->ask(row.head + get("/smuggled"));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, row.status);
        EXPECT_EQ(reply->headers.at("connection"), "close");
        EXPECT_EQ(reply->headers.at("content-type"), "application/problem+json");
        EXPECT_FALSE(client->read_reply());
    }
    EXPECT_EQ(server.handler.handled(), Handled{});
}

// Over TLS the end of the bytes is the end of a message only when the message is whole, politely ended or not.
TEST(HttpsExchange, ABodyThatBreaksOffIsNotHandled) {
    RunningServer server;
    for (const char* ending : {"close_notify", "cut"}) {
        SCOPED_TRACE(ending);
        const auto client = server.connect();
        ASSERT_TRUE(client);
        const std::string request = post("/echo", "the whole body");
        ASSERT_EQ(client->send(request.substr(0, request.size() - 1)), TlsClient::Sent::all);
        if (ending == "close_notify"s) SSL_shutdown(client->ssl());
        ::shutdown(SSL_get_fd(client->ssl()), SHUT_WR);
        EXPECT_FALSE(client->read_reply());
    }
    EXPECT_EQ(server.handler.handled(), Handled{});
}

TEST(HttpsExchange, HeadSize) {
    RunningServer server;
    const auto status_of = [&server](std::size_t bytes) {
        const auto client = server.connect();
        const std::string rest = get("/hello", "X: \r\n");
        const auto reply = client->ask(get("/hello", "X: " + std::string(bytes - rest.size(), 'a') + "\r\n"));
        return reply ? reply->status : 0;
    };
    EXPECT_EQ(status_of(head_bytes_max - 1), 200);
    EXPECT_EQ(status_of(head_bytes_max), 200);
    EXPECT_EQ(status_of(head_bytes_max + 1), 431);
    EXPECT_EQ(status_of(head_bytes_max * 4), 431);
}

TEST(HttpsExchange, BodySizeIsTheRoutes) {
    ListenOptions options = test_options();
    options.deadlines.close = std::chrono::seconds(10);  // for the slowest sanitizer
    RunningServer server(options);
    struct Row {
        const char* target;
        std::size_t bytes;
        int status;
    };
    for (const Row& row :
         {Row{"/echo", 999, 200}, Row{"/echo", 1000, 200}, Row{"/echo", 1001, 413}, Row{"/big", (1 << 20) - 1, 200},
          Row{"/big", 1 << 20, 200}, Row{"/big", (1 << 20) + 1, 413}, Row{"/echo", 6 << 20, 413}}) {
        SCOPED_TRACE(std::string(row.target) + " " + std::to_string(row.bytes));
        const auto client = server.connect();
        ASSERT_TRUE(client);
        const std::string body(row.bytes, 'b');
        // All of it, although the server may answer before: it must not reset a peer that has not read the answer.
        EXPECT_EQ(client->send(post(row.target, body)), TlsClient::Sent::all);
        const auto reply = client->read_reply();
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, row.status);
        if (row.status == 200) {
            EXPECT_TRUE(reply->body == body);  // not EXPECT_EQ, which would print a megabyte
        }
    }
}

TEST(HttpsExchange, ATooLargeBodyIsRefusedBeforeItIsSent) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto reply = client->ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999\r\n\r\n");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 413);
    EXPECT_EQ(client->read_to_end(), End::clean);
}

TEST(HttpsExchange, Continue) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    const auto first =
        client->ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->status, 100);
    const auto reply = client->ask("body");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "body");
    const auto refused =
        client->ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 413);
}

TEST(HttpsExchange, ExceptionsAreAnswered500) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    for (const char* target : {"/throw", "/throw", "/throw-limit"}) {
        const auto reply = client->ask(get(target));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 500);
        EXPECT_EQ(reply->body.find("case"), std::string::npos);
    }
    for (const std::string& line : server.log()) EXPECT_EQ(line.find("case"), std::string::npos) << line;
    EXPECT_FALSE(server.log().empty());
}

TEST(HttpsExchange, AReplyCannotBeSplit) {
    RunningServer server;
    const auto client = server.connect();
    ASSERT_TRUE(client);
    for (const char* target : {"/split", "/status-99"}) {
        const auto reply = client->ask(get(target));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, 500);
        EXPECT_EQ(reply->headers.count("set-cookie"), 0U);
    }
    EXPECT_EQ(client->ask(get("/hello"))->status, 200);
}

// What needs no storage is answered while the handler's thread is at something else.
TEST(HttpsExchange, AtOnce) {
    RunningServer server;
    const auto busy = server.connect(), other = server.connect();
    ASSERT_TRUE(busy && other);
    ASSERT_EQ(busy->send(get("/wait")), TlsClient::Sent::all);
    ASSERT_TRUE(server.handler.entered.wait());
    EXPECT_EQ(other->ask(get("/at-once"))->body, "at once");
    EXPECT_EQ(other->ask(get("/at-once-throw"))->status, 500);
    EXPECT_EQ(server.handler.handled(), Handled{"GET /wait"});
}

TEST(HttpsExchange, ManyClientsAtOnce) {
    ListenOptions options = test_options();
    options.threads = 3;
    RunningServer server(options);
    constexpr int clients = 8, requests = 20;
    std::vector<std::thread> threads;
    threads.reserve(clients);
    std::vector<int> served(clients, 0);
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&server, &served, i] {
            const auto client = server.connect();
            for (int j = 0; client && j < requests; ++j) {
                const std::string body = std::to_string(i) + ":" + std::to_string(j);
                const auto reply = client->ask(post("/echo", body));
                if (reply && reply->body == body) ++served[static_cast<std::size_t>(i)];
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(served, std::vector<int>(clients, requests));
}

}  // namespace
}  // namespace doorstep::server
