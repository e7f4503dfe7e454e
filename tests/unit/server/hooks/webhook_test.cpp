// What the webhook tells, that it tells it until it is taken, also after a restart, and what it never tells.
#include "server/hooks/webhook.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/base/hmac.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::string_view village = "341222101202", other_village = "341222102201";

/// The other program: takes what comes as it is told to, and can be waited for.
class Receiver {
public:
    HttpsAnswer take(const HttpsPost& post) {
        const std::lock_guard lock(mutex_);
        posts_.push_back(post);
        const HttpsAnswer answer = answers_.empty() ? HttpsAnswer{204, {}} : answers_.front();
        if (!answers_.empty()) answers_.erase(answers_.begin());
        changed_.notify_all();
        return answer;
    }
    void answers(std::vector<HttpsAnswer> next) {
        const std::lock_guard lock(mutex_);
        answers_ = std::move(next);
    }
    std::vector<HttpsPost> posts(std::size_t at_least) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return posts_.size() >= at_least; });
        return posts_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<HttpsPost> posts_;
    std::vector<HttpsAnswer> answers_;
};

class WebhookTest : public testing::Test {
protected:
    void start() {
        WebhookSettings settings{"https://receiver.example/", {}, std::string(32, 's'), 1'000, 1, 4, 1'000};
        hook = std::make_unique<Webhook>(
            settings, *world.storage, [this] { return world.now_ms; },
            [this](std::string_view line) {
                const std::lock_guard lock(mutex);
                log.emplace_back(line);
            },
            [this](const HttpsPost& post) { return receiver.take(post); });
    }
    /// The storage's thread, until the receiver has had so many in all.
    std::vector<HttpsPost> work_until(std::size_t posts) {
        for (int i = 0; i < 2'000; ++i) {
            world.now_ms += 1'000;
            hook->work();
            const auto so_far = receiver.posts(0);
            if (so_far.size() >= posts) return so_far;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        ADD_FAILURE() << "the receiver was not told";
        return receiver.posts(0);
    }
    /// Nothing more comes, however long it works on.
    void expect_quiet(std::size_t posts) {
        for (int i = 0; i < 50; ++i) {
            world.now_ms += 1'000;
            hook->work();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        EXPECT_THAT(receiver.posts(0), SizeIs(posts));
    }
    static std::vector<std::string> areas(const HttpsPost& post) {
        std::vector<std::string> out;
        const json body = json::parse(post.body);
        for (const json& stream : body["streams"]) out.push_back(stream["area"].get<std::string>());
        return out;
    }
    void write(Phone& phone, std::string_view where) {
        must(phone.save({test::new_household(where, "屋顶漏雨")}, ++world.now_ms));
        world.sync(phone);
    }

    OfficeWorld world;
    Receiver receiver;
    std::mutex mutex;
    std::vector<std::string> log;
    std::unique_ptr<Webhook> hook;
    std::unique_ptr<Phone> one = world.enrolled("李明", "341222101000"), other = world.enrolled("王芳", "341222102000");
};

TEST_F(WebhookTest, TellsTheAreasThatGrewAndNothingElse) {
    start();
    expect_quiet(0);
    write(*one, village);
    const auto first = work_until(1);
    EXPECT_THAT(areas(first[0]), ElementsAre(std::string(village)));
    expect_quiet(1);
    write(*one, village);
    write(*other, other_village);
    const auto all = work_until(2);
    EXPECT_THAT(areas(all[1]), testing::UnorderedElementsAre(std::string(village), std::string(other_village)));
    EXPECT_EQ(json::parse(all[1].body)["streams"][0]["position"], 2);
    for (const HttpsPost& post : all) {
        EXPECT_THAT(post.body, Not(HasSubstr("屋顶")));
        EXPECT_THAT(post.body, Not(HasSubstr("李明")));
    }
    EXPECT_THAT(log, IsEmpty());
}

TEST_F(WebhookTest, WhatItSaysIsSigned) {
    start();
    write(*one, village);
    const HttpsPost post = work_until(1).front();
    const std::uint64_t at = json::parse(post.body)["time_ms"].get<std::uint64_t>();
    const std::string tag = hmac_sha256(std::string(32, 's'), std::to_string(at) + "." + post.body).hex();
    EXPECT_THAT(post.headers, testing::Contains("Doorstep-Signature: t=" + std::to_string(at) + ",v1=" + tag));
}

TEST_F(WebhookTest, AReceiverThatFailsIsAskedUntilItAnswersAndThenToldTheRest) {
    receiver.answers({{500, {}}, {0, "no route"}, {301, {}}, {404, {}}});
    start();
    write(*one, village);
    const auto tries = work_until(5);
    for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(tries[i].body, tries[0].body) << "the same, word for word";
    write(*other, other_village);
    EXPECT_THAT(areas(work_until(6).back()), ElementsAre(std::string(other_village)));
    expect_quiet(6);
    hook.reset();
    EXPECT_THAT(log,
                ElementsAre("the webhook answers 500; asked again until it takes it", "the webhook answers again"));
}

TEST_F(WebhookTest, WhatWasNotTakenIsToldAfterARestart) {
    receiver.answers(std::vector<HttpsAnswer>(1'000'000, {503, {}}));
    start();
    write(*one, village);
    work_until(2);
    hook.reset();
    receiver.answers({});
    const std::size_t before = receiver.posts(0).size();
    start();
    EXPECT_THAT(areas(work_until(before + 1).back()), ElementsAre(std::string(village)));
    expect_quiet(before + 1);
    hook.reset();
    start();
    expect_quiet(before + 1);
}

TEST_F(WebhookTest, ASealedMatterIsNobodysToKnow) {
    start();
    const RecordId matter = must(one->save({test::new_household(village, "一件事")}, ++world.now_ms)).front();
    world.sync(*one);
    work_until(1);
    Scope scope;
    scope.areas = {test::area("341222101000")};
    scope.restricted = Scope::Restricted::yes;
    scope.sealed = {matter};
    for (const Compartment& where :
         {Compartment{Compartment::Kind::sealed, matter}, Compartment{Compartment::Kind::restricted, {}}}) {
        RecordEdit edit = test::new_household(village, "举报");
        edit.home.compartment = where;
        must(world.storage->regrant("李明", "李明的手机", scope, world.now_ms));
        world.sync(*one);
        must(one->save({edit}, ++world.now_ms));
        world.sync(*one);
    }
    expect_quiet(1);
}

}  // namespace
}  // namespace doorstep::server
