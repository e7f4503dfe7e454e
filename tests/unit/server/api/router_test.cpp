// Who may ask what: nothing but health and the two ways to establish an identity answers the anonymous.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/sync/frame.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(Router, HealthNeedsNoIdentity) {
    OfficeWorld world;
    EXPECT_EQ(world.ask("GET", "/healthz").status, 200);
    EXPECT_EQ(world.ask("GET", "/readyz").body, "ready\n");
}

TEST(Router, HealthIsToldAtOnceUnlessTheDatabasesThreadIsStuck) {
    OfficeWorld world;
    Load load;
    const Router router(*world.storage, {[&] { return world.now_ms; }, {}, {}, [&] { return load; }});
    const Request asked{"GET", "/healthz", {}, {}, {}};
    for (const auto& [at_work_for, at_once] :
         {std::pair(std::chrono::milliseconds(0), true), std::pair(std::chrono::milliseconds(2'000), true),
          std::pair(std::chrono::milliseconds(2'001), false)}) {
        load.at_work_for = at_work_for;
        const auto reply = router.answer_at_once(asked);
        ASSERT_EQ(reply.has_value(), at_once) << at_work_for.count();
        if (reply) {
            EXPECT_EQ(reply->body, "ok\n");
        }
    }
}

TEST(Router, NothingElseAnswersTheAnonymous) {
    OfficeWorld world;
    struct Row {
        const char *method, *path;
        int status;
    };
    for (const Row& row : {Row{"POST", "/sync/v1", 401}, Row{"GET", "/office", 303}, Row{"GET", "/office/record", 303},
                           Row{"POST", "/office/resolve", 401}, Row{"POST", "/office/logout", 401},
                           Row{"POST", "/api/v1/enrol", 400}, Row{"GET", "/", 404}, Row{"GET", "/office/", 404},
                           Row{"DELETE", "/sync/v1", 405}, Row{"GET", "/sync/v1", 405}}) {
        SCOPED_TRACE(row.path);
        EXPECT_EQ(world.ask(row.method, row.path).status, row.status);
    }
    EXPECT_EQ(world.ask("POST", "/sync/v1", "x", {{"authorization", "Bearer "}}).status, 401);
    EXPECT_EQ(world.ask("POST", "/sync/v1", "x", {{"authorization", "Bearer " + std::string(64, 'a')}}).status, 401);
    EXPECT_TRUE(world.failures.empty());
}

TEST(Router, SaysWhichMethodsAPathHas) {
    OfficeWorld world;
    EXPECT_EQ(world.ask("PUT", "/office/login").headers, (Headers{{"Allow", "GET, POST"}}));
}

TEST(Router, TakesNoBodyWhereNoneIsMeant) {
    OfficeWorld world;
    EXPECT_EQ(world.router.limits("GET", "/healthz").body_bytes_max, 0u);
    EXPECT_EQ(world.router.limits("POST", "/nowhere").body_bytes_max, 0u);
    EXPECT_GT(world.router.limits("POST", "/sync/v1").body_bytes_max, 0u);
}

/// The first frame's kind and, of a refusal, its code.
std::pair<FrameKind, Errc> first_frame(const std::string& body) {
    const auto frame = test::must(FrameReader(body).next());
    const auto refused =
        frame->kind == FrameKind::refused ? Refused::decode(frame->payload) : Result<Refused>(Refused{});
    return {frame->kind, static_cast<Errc>(test::must(refused).code)};
}

TEST(Sync, MalformedAndForeignFramesAreRefusedByName) {
    OfficeWorld world;
    const auto phone = world.enrolled("李明", "341222101000");
    const Headers identity = {{"authorization", "Bearer " + phone->enrolment()->token}};
    const auto refusal = [&](const Bytes& body) {
        const Reply reply = world.ask("POST", "/sync/v1", body, identity);
        EXPECT_EQ(reply.status, 200);
        return first_frame(reply.body);
    };
    const Bytes good = test::must(phone->begin_sync());
    EXPECT_EQ(refusal(good).first, FrameKind::welcome);
    EXPECT_EQ(refusal("").second, Errc::malformed);
    EXPECT_EQ(refusal("not a frame").second, Errc::malformed);
    EXPECT_EQ(refusal(good.substr(0, good.size() - 1)).second, Errc::malformed);
    Hello future;
    future.protocol_min = 7;
    future.protocol_max = 9;
    future.replica = phone->replica();
    Bytes message;
    write_frame(message, FrameKind::hello, future.encode());
    EXPECT_EQ(refusal(message).second, Errc::protocol_version);
}

TEST(Sync, SeveralPhonesAreAnsweredTogether) {
    OfficeWorld world;
    ASSERT_TRUE(world.router.may_go_together("POST", "/sync/v1"));
    ASSERT_FALSE(world.router.may_go_together("POST", "/api/v1/enrol"));
    std::vector<std::unique_ptr<Phone>> phones;
    std::vector<Request> requests;
    for (const char* author : {"李明", "王芳", "张强"}) {
        Phone& phone = *phones.emplace_back(world.enrolled(author, "341222101000"));
        static_cast<void>(test::must(phone.save({test::new_household("341222101202", author)}, world.now_ms)));
        requests.push_back({"POST",
                            "/sync/v1",
                            {},
                            {{"authorization", "Bearer " + phone.enrolment()->token}},
                            test::must(phone.begin_sync())});
    }
    requests.insert(requests.begin() + 1, {"POST", "/sync/v1", {}, {{"authorization", "Bearer x"}}, "x"});
    const std::vector<Reply> replies = world.router.handle_together(requests);
    ASSERT_EQ(replies.size(), 4U);
    for (const std::size_t i : {0U, 2U, 3U}) {
        EXPECT_EQ(replies[i].status, 200);
        EXPECT_EQ(first_frame(replies[i].body).first, FrameKind::welcome);
    }
    EXPECT_EQ(replies[1].status, 401) << "one that fails takes none along";
    EXPECT_EQ(test::must(world.storage->list(test::household, 10)).size(), 3U);
}

TEST(Sync, OneDeviceMayNotSpeakForAnother) {
    OfficeWorld world;
    const auto one = world.enrolled("李明", "341222101000"), other = world.enrolled("王芳", "341222101000");
    const Reply reply = world.ask("POST", "/sync/v1", test::must(one->begin_sync()),
                                  {{"authorization", "Bearer " + other->enrolment()->token}});
    EXPECT_EQ(reply.status, 403);
}

// Counters are for the machine's own monitoring, and name routes and statuses only.
TEST(Router, Metrics) {
    OfficeWorld world;
    const auto phone = world.enrolled("李明", "341222101000");
    static_cast<void>(must(phone->save({test::new_household("341222101202", "一")}, world.now_ms)));
    world.sync(*phone);
    using std::chrono::microseconds;
    world.router.on_reply({"POST", "/sync/v1", 200, microseconds(5)});
    world.router.on_reply({"GET", "/office/record/of-a-person", 404, microseconds(5)});
    world.router.on_reply({"", "", 400, microseconds(5)});
    Request request{"GET", "/metrics", "", {}, ""};
    EXPECT_FALSE(world.router.answer_at_once(request));
    request.from = Request::From::this_machine;
    const auto reply = world.router.answer_at_once(request);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (const char* line : {"{route=\"/sync/v1\",status=\"200\"} 1\n", "{route=\"other\",status=\"404\"} 1\n",
                             "{route=\"refused\",status=\"400\"} 1\n", "doorstep_parts_total 1\n"})
        EXPECT_NE(reply->body.find(line), std::string::npos) << line << reply->body;
    for (const char* private_word : {"of-a-person", "李明", "341222101"})
        EXPECT_EQ(reply->body.find(private_word), std::string::npos) << private_word;
}

}  // namespace
}  // namespace doorstep::server
