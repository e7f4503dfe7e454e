// tests/unit/server/net/handler_thread_test.cpp -- one call at a time, in order, with a bounded queue.
#include "server/net/handler_thread.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {
namespace {

Request request_for(std::string path) { return {"GET", std::move(path), "", {}, ""}; }

TEST(HandlerThread, AnswersInOrder) {
    ToyHandler handler;
    std::vector<std::string> bodies;  // touched by the handler's thread only, and read after `last`
    Gate last;
    HandlerThread thread(handler, /*waiting_max=*/10, nullptr);
    for (const char* path : {"/a", "/b", "/throw", "/c"}) {
        ASSERT_TRUE(thread.submit(request_for(path), [&bodies, &last](const Reply& reply) {
            bodies.push_back(reply.status == 200 ? reply.body : std::to_string(reply.status));
            if (bodies.size() == 4) last.open();
        }));
    }
    ASSERT_TRUE(last.wait());
    EXPECT_EQ(bodies, (std::vector<std::string>{"hello /a", "hello /b", "500", "hello /c"}));
}

TEST(HandlerThread, TheQueueIsBounded) {
    constexpr std::size_t waiting_max = 3;
    ToyHandler handler;
    HandlerThread thread(handler, waiting_max, nullptr);
    const HandlerThread::Done ignore = [](const Reply&) {};
    ASSERT_TRUE(thread.submit(request_for("/wait"), ignore));
    ASSERT_TRUE(handler.entered.wait());  // being handled: it waits no more
    for (std::size_t i = 0; i < waiting_max; ++i) EXPECT_TRUE(thread.submit(request_for("/hello"), ignore)) << i;
    const Status refused = thread.submit(request_for("/hello"), ignore);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::busy);
    handler.go.open();
}

/// POST requests go together; remembers how they came.
class GroupingHandler final : public ToyHandler {
public:
    bool may_go_together(std::string_view method, std::string_view) const override { return method == "POST"; }
    std::vector<Reply> handle_together(const std::vector<Request>& requests) override {
        groups.push_back(requests.size());
        if (requests.front().path == "/throw") throw std::runtime_error("a group fails as one");
        return Handler::handle_together(requests);
    }
    std::vector<std::size_t> groups;  // of more than one; touched by the handler's thread only
};

/// What was answered, in order, when these wait behind a request that takes its time.
std::vector<std::string> answers_to(GroupingHandler& handler, const std::vector<Request>& requests) {
    std::vector<std::string> bodies;
    Gate last;
    HandlerThread thread(handler, requests.size(), nullptr);
    EXPECT_TRUE(thread.submit(request_for("/wait"), [](const Reply&) {}));
    EXPECT_TRUE(handler.entered.wait());
    for (const Request& request : requests)
        EXPECT_TRUE(thread.submit(request, [&](const Reply& reply) {
            bodies.push_back(reply.status == 200 ? reply.body : std::to_string(reply.status));
            if (bodies.size() == requests.size()) last.open();
        }));
    handler.go.open();
    EXPECT_TRUE(last.wait());
    return bodies;
}

Request posted(std::string path, std::string body) { return {"POST", std::move(path), "", {}, std::move(body)}; }

TEST(HandlerThread, WhatWaitsGoesTogetherAsFarAsItMay) {
    GroupingHandler handler;
    const auto bodies =
        answers_to(handler, {posted("/echo", "1"), posted("/echo", "2"), posted("/echo", "3"), request_for("/a"),
                             posted("/echo", "4"), request_for("/b"), posted("/echo", "5"), posted("/echo", "6")});
    EXPECT_EQ(bodies, (std::vector<std::string>{"1", "2", "3", "hello /a", "4", "hello /b", "5", "6"}));
    EXPECT_EQ(handler.groups, (std::vector<std::size_t>{3, 2}));
}

TEST(HandlerThread, AGroupIsBoundedInBytes) {
    GroupingHandler handler;
    const std::string large(700'000, 'x');
    answers_to(handler, std::vector<Request>(6, posted("/big", large)));
    EXPECT_EQ(handler.groups, (std::vector<std::size_t>{2, 2, 2}));
}

TEST(HandlerThread, AGroupThatThrowsIsAnsweredAsOne) {
    GroupingHandler handler;
    EXPECT_EQ(answers_to(handler, {posted("/throw", ""), posted("/echo", "2"), request_for("/a")}),
              (std::vector<std::string>{"500", "500", "hello /a"}));
}

TEST(HandlerThread, StoppingDropsWhatWaits) {
    ToyHandler handler;
    std::vector<std::string> answered;
    HandlerThread thread(handler, /*waiting_max=*/10, nullptr);
    const auto note = [&answered](const Reply& reply) { answered.push_back(reply.body); };
    ASSERT_TRUE(thread.submit(request_for("/wait"), note));
    ASSERT_TRUE(thread.submit(request_for("/dropped"), note));
    ASSERT_TRUE(handler.entered.wait());
    std::thread opener([&handler] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // so that stop comes first
        handler.go.open();
    });
    thread.stop();
    opener.join();
    EXPECT_EQ(answered, std::vector<std::string>{"hello /wait"});
    EXPECT_EQ(handler.handled(), std::vector<std::string>{"GET /wait"});
    EXPECT_FALSE(thread.submit(request_for("/late"), note));
}

/// GET /slow has work before it, until `prepared` opens; GET /refuses throws at it.
class PreparingHandler final : public ToyHandler {
public:
    bool must_prepare(std::string_view, std::string_view path) const override {
        return path == "/slow" || path == "/refuses";
    }
    void prepare(Request& request) const override {
        if (request.path == "/refuses") throw std::runtime_error("no memory");
        preparing.open();
        prepared.wait();
        request.path = "/prepared";
    }
    mutable Gate preparing, prepared;
};

TEST(HandlerThread, NobodyWaitsForWhatIsPrepared) {
    PreparingHandler handler;
    HandlerThread thread(handler, /*waiting_max=*/10, nullptr);
    Gate slow, quick;
    std::string body;
    ASSERT_TRUE(thread.submit(request_for("/slow"), [&](const Reply& reply) {
        body = reply.body;
        slow.open();
    }));
    ASSERT_TRUE(handler.preparing.wait());
    ASSERT_TRUE(thread.submit(request_for("/hello"), [&](const Reply&) { quick.open(); }));
    EXPECT_TRUE(quick.wait()) << "while the other one is being prepared";
    handler.prepared.open();
    ASSERT_TRUE(slow.wait());
    EXPECT_EQ(body, "hello /prepared");
}

TEST(HandlerThread, PreparingThatThrowsIsAnswered500) {
    PreparingHandler handler;
    HandlerThread thread(handler, /*waiting_max=*/10, nullptr);
    Gate answered;
    int status = 0;
    ASSERT_TRUE(thread.submit(request_for("/refuses"), [&](const Reply& reply) {
        status = reply.status;
        answered.open();
    }));
    ASSERT_TRUE(answered.wait());
    EXPECT_EQ(status, 500);
    EXPECT_TRUE(handler.handled().empty());
}

TEST(HandlerThread, WhatWaitsToBePreparedIsBounded) {
    PreparingHandler handler;
    HandlerThread thread(handler, /*waiting_max=*/1'000, nullptr);
    Status last = ok();
    int taken = 0;
    while (last && taken < 1'000) {
        last = thread.submit(request_for("/slow"), [](const Reply&) {});
        taken += last ? 1 : 0;
    }
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, Errc::busy);
    EXPECT_GE(taken, 32);
    EXPECT_LE(taken, 34) << "two are worked on, and 32 wait";
    EXPECT_TRUE(thread.submit(request_for("/hello"), [](const Reply&) {})) << "others are not turned away";
    handler.prepared.open();
}

}  // namespace
}  // namespace doorstep::server
