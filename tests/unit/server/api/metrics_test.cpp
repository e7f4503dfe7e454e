// tests/unit/server/api/metrics_test.cpp -- the counters, and the text that a monitoring system reads.
#include "server/api/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace doorstep::server {
namespace {

using namespace std::chrono_literals;

bool has_line(const std::string& text, const std::string& line) {
    return text.find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, Text) {
    Metrics metrics;
    metrics.count_reply("/sync/v1", 200, 999us);
    metrics.count_reply("/sync/v1", 200, 1ms);
    metrics.count_reply("/sync/v1", 503, 1'001us);
    metrics.count_reply("/sync/v1", 200, 31s);
    metrics.count_reply("files", 304, 0us);
    metrics.count_parts(3);
    const std::string text = metrics.text({7, 2});
    for (const char* line : {
             "# TYPE doorstep_replies_total counter",
             "doorstep_replies_total{route=\"/sync/v1\",status=\"200\"} 3",
             "doorstep_replies_total{route=\"/sync/v1\",status=\"503\"} 1",
             "doorstep_replies_total{route=\"files\",status=\"304\"} 1",
             "# TYPE doorstep_reply_seconds histogram",
             "doorstep_reply_seconds_bucket{route=\"/sync/v1\",le=\"0.001\"} 2",
             "doorstep_reply_seconds_bucket{route=\"/sync/v1\",le=\"0.005\"} 3",
             "doorstep_reply_seconds_bucket{route=\"/sync/v1\",le=\"30\"} 3",
             "doorstep_reply_seconds_bucket{route=\"/sync/v1\",le=\"+Inf\"} 4",
             "doorstep_reply_seconds_sum{route=\"/sync/v1\"} 31.003",
             "doorstep_reply_seconds_count{route=\"/sync/v1\"} 4",
             "doorstep_parts_total 3",
             "doorstep_connections 7",
             "doorstep_requests_waiting 2",
         })
        EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
    EXPECT_TRUE(text.ends_with('\n'));
}

TEST(Metrics, FromManyThreads) {
    Metrics metrics;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&metrics] {
            for (int j = 0; j < 1000; ++j) {
                metrics.count_reply("/healthz", 200, 10us);
                metrics.count_parts(1);
                if (j % 100 == 0) static_cast<void>(metrics.text({}));
            }
        });
    for (std::thread& thread : threads) thread.join();
    const std::string text = metrics.text({});
    EXPECT_TRUE(has_line(text, "doorstep_replies_total{route=\"/healthz\",status=\"200\"} 4000"));
    EXPECT_TRUE(has_line(text, "doorstep_parts_total 4000"));
}

}  // namespace
}  // namespace doorstep::server
