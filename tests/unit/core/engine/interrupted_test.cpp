// A line that is cut, damaged or repeats itself at any message costs time, never words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::UnorderedElementsAre;

/// Two phones with enough to say for several messages: long texts on li's, short ones on wang's.
class Interrupted : public testing::Test {
protected:
    static constexpr int long_texts = 12;

    struct Scene {
        World world;
        Handset& li = world.add("li", {village});
        Handset& wang = world.add("wang", {village});
        RecordId shared;

        Scene() {
            shared = save(world, li, new_household(village, "一户三人"));
            must(world.sync_all());
            for (int i = 0; i < long_texts; ++i) save(world, li, new_household(village, long_text(i)));
            save(world, li, set_text(shared, field::summary, "李的话"));
            save(world, wang, set_text(shared, field::summary, "王的话"));
            must(world.sync(wang));
        }
    };
    static std::string long_text(int i) { return std::to_string(i) + std::string(50'000, 'x'); }

    /// Whatever happened before: a retry converges, and everything is there.
    static void expect_healed(Scene& scene) {
        ASSERT_TRUE(succeeds(scene.world.sync_all()));
        const Verification office = must(scene.world.hub().verify());
        EXPECT_EQ(office.commits, 1U + long_texts + 2U);
        EXPECT_EQ(office.records, 1U + long_texts);
        for (Handset* handset : {&scene.li, &scene.wang}) {
            EXPECT_EQ(must((*handset)->verify()).state, office.state);
            EXPECT_EQ(disagreement(scene.world.hub(), *handset), "");
            EXPECT_EQ(must((*handset)->outbox()).only_here, 0U);
            EXPECT_THAT(texts(must((*handset)->read(scene.shared)), field::summary),
                        UnorderedElementsAre("李的话", "王的话"));
        }
    }
    static std::size_t message_count() {
        Scene scene;
        must(scene.world.sync(scene.li));
        return scene.world.messages();
    }
};

TEST_F(Interrupted, CutAtEveryMessageAndTriedAgainConverges) {
    const std::size_t messages = message_count();
    ASSERT_GE(messages, 6U) << "the scene needs several round trips";
    for (std::size_t cut = 0; cut < messages; ++cut) {
        SCOPED_TRACE("message " + std::to_string(cut));
        Scene scene;
        const auto wire = [&](std::size_t n, Bytes message) {
            return n == cut ? std::nullopt : std::optional<Bytes>(std::move(message));
        };
        ASSERT_EQ(outcome(scene.world.sync(scene.li, wire)), "server_unreachable");
        EXPECT_TRUE(succeeds(scene.li->verify()));
        EXPECT_TRUE(succeeds(scene.world.hub().verify()));
        expect_healed(scene);
    }
}

TEST_F(Interrupted, EveryMessageCutInItsMiddleOrDamagedConverges) {
    const std::size_t messages = message_count();
    for (std::size_t hit = 0; hit < messages; ++hit) {
        for (const bool shorten : {true, false}) {
            SCOPED_TRACE("message " + std::to_string(hit) + (shorten ? " cut" : " damaged"));
            Scene scene;
            const auto wire = [&](std::size_t n, Bytes message) {
                if (n == hit && shorten) message.resize(message.size() / 2);
                if (n == hit && !shorten)
                    message[message.size() / 3] = static_cast<char>(message[message.size() / 3] ^ 0x10);
                return std::optional<Bytes>(std::move(message));
            };
            static_cast<void>(outcome(scene.world.sync(scene.li, wire)));  // may fail, may have got through
            EXPECT_TRUE(succeeds(scene.li->verify()));
            expect_healed(scene);
        }
    }
}

TEST_F(Interrupted, EveryMessageFollowedByAReopeningConverges) {
    const std::size_t messages = message_count();
    for (std::size_t cut = 0; cut < messages; ++cut) {
        SCOPED_TRACE("message " + std::to_string(cut));
        Scene scene;
        const auto wire = [&](std::size_t n, Bytes message) {
            return n == cut ? std::nullopt : std::optional<Bytes>(std::move(message));
        };
        ASSERT_EQ(outcome(scene.world.sync(scene.li, wire)), "server_unreachable");
        scene.world.reopen(scene.li);
        scene.world.open_hub();
        expect_healed(scene);
    }
}

TEST_F(Interrupted, RequestsThatArriveTwiceHaveNoEffect) {
    Scene scene;
    std::vector<Bytes> requests;
    const auto twice = [&](std::size_t n, Bytes message) {
        if (n % 2 == 0) {
            must(scene.world.hub().exchange(scene.li.grant, message, 1));
            requests.push_back(message);
        }
        return std::optional<Bytes>(std::move(message));
    };
    ASSERT_TRUE(succeeds(scene.world.sync(scene.li, twice)));
    expect_healed(scene);
    const Verification before = must(scene.world.hub().verify());
    const auto heads = must(scene.world.hub().store().streams());
    for (int round = 0; round < 2; ++round)
        for (const Bytes& request : requests)
            ASSERT_TRUE(succeeds(scene.world.hub().exchange(scene.li.grant, request, 2)));
    EXPECT_EQ(must(scene.world.hub().verify()).commits, before.commits);
    const auto heads_after = must(scene.world.hub().store().streams());
    ASSERT_EQ(heads_after.size(), heads.size());
    EXPECT_EQ(heads_after[0].head.position, heads[0].head.position);
    EXPECT_EQ(heads_after[0].head.digest, heads[0].head.digest);
    expect_healed(scene);
}

TEST_F(Interrupted, AnAnswerThatArrivesTwiceHasNoEffect) {
    Scene scene;
    std::optional<Bytes> next = must(scene.li->begin_sync());
    while (next) {
        const Bytes answer = must(scene.world.hub().exchange(scene.li.grant, *next, 1));
        next = must(scene.li->continue_sync(answer, 1));
        // The late copy meets a session that waits for another answer, or none: nothing may break for good.
        if (!next) {
            EXPECT_EQ(outcome(scene.li->continue_sync(answer, 1)), "invalid_argument");
        }
    }
    expect_healed(scene);
}

TEST_F(Interrupted, SavesInTheMiddleOfASyncAreKeptAndGoNextTime) {
    Scene scene;
    int saves = 0;
    const auto wire = [&](std::size_t, Bytes message) {
        save(scene.world, scene.li, add_note(scene.shared, "间隙 " + std::to_string(saves++)));
        return std::optional<Bytes>(std::move(message));
    };
    ASSERT_TRUE(succeeds(scene.world.sync(scene.li, wire)));
    const OutboxStatus outbox = must(scene.li->outbox());
    EXPECT_GT(outbox.only_here, 0U);
    EXPECT_LE(outbox.only_here, static_cast<std::uint64_t>(saves));
    ASSERT_TRUE(succeeds(scene.world.sync_all()));
    EXPECT_EQ(texts(must(scene.wang->read(scene.shared)), field::notes).size(), static_cast<std::size_t>(saves));
    EXPECT_EQ(must(scene.li->verify()).state, must(scene.world.hub().verify()).state);
}

TEST_F(Interrupted, ReadsAreMonotonicThroughTheInterruption) {
    Scene scene;
    const std::size_t messages = message_count();
    for (std::size_t cut = 0; cut < messages; ++cut) {
        const std::size_t before = must(scene.wang->list(0, 500)).size();
        const auto wire = [&](std::size_t n, Bytes message) {
            return n == cut ? std::nullopt : std::optional<Bytes>(std::move(message));
        };
        static_cast<void>(outcome(scene.world.sync(scene.li, wire)));
        static_cast<void>(outcome(scene.world.sync(scene.wang, wire)));
        EXPECT_GE(must(scene.wang->list(0, 500)).size(), before);
        EXPECT_EQ(texts(must(scene.wang->read(scene.shared)), field::summary).empty(), false);
    }
    expect_healed(scene);
}

TEST_F(Interrupted, HtmlOfACaptivePortalIsRefusedAndHarmless) {
    Scene scene;
    const auto portal = [](std::size_t n, Bytes message) {
        return std::optional<Bytes>(n == 1 ? "<html><body>Please log in</body></html>" : std::move(message));
    };
    EXPECT_EQ(outcome(scene.world.sync(scene.li, portal)), "malformed");
    const auto nothing = [](std::size_t n, Bytes message) {
        return std::optional<Bytes>(n == 1 ? "" : std::move(message));
    };
    EXPECT_EQ(outcome(scene.world.sync(scene.li, nothing)), "malformed");
    expect_healed(scene);
}

// The office's disk fails in the middle: the phone is told nothing was taken that was not.
TEST_F(Interrupted, AHubThatFailsAnswersNothingAndKeepsWhatItAcknowledged) {
    Scene scene;
    const Bytes request = must(scene.li->begin_sync());
    scene.world.open_hub();  // restarted between request and answer
    ASSERT_TRUE(succeeds(scene.li->continue_sync(must(scene.world.hub().exchange(scene.li.grant, request, 1)), 1)));
    expect_healed(scene);
}

}  // namespace
}  // namespace doorstep::test
