// tests/unit/server/net/handler_thread_test.cpp -- one call at a time, in order, with a bounded queue.
#include "server/net/handler_thread.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace doorstep::server
