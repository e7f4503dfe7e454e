// One stream being mended, as a script: what it needs and sends next, and that it stands still for what it did not ask.
#include "core/sync/reconcile.hpp"

#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

std::string in_words(const std::vector<Span>& spans) {
    std::string out;
    for (const Span& span : spans) out += " " + std::to_string(span.after) + "-" + std::to_string(span.upto);
    return out;
}

/// What it needs, or else what it has to send, or else how it ended.
std::string stands(const Reconcile& mending) {
    if (mending.need()) {
        struct Words {
            std::string operator()(const ReadPoints& need) const {
                return "needs " + std::to_string(need.positions.size()) + " points";
            }
            std::string operator()(const ReadOffer& need) const {
                return need.displaced_after ? "needs what was displaced" : "needs offer" + in_words(need.spans);
            }
            std::string operator()(const ReadBring& need) const {
                return "needs bring of " + std::to_string(need.places.size());
            }
        };
        return std::visit(Words(), *mending.need());
    }
    if (!mending.frame().empty()) {
        const Frame frame = *must(FrameReader(mending.frame()).next());
        if (frame.kind == FrameKind::ranges) return "sends ranges";
        if (frame.kind == FrameKind::offer) return "sends offer";
        if (frame.kind == FrameKind::bring) return "sends bring";
        const Fetch fetch = must(Fetch::decode(frame.payload));
        return "sends fetch" + in_words({{fetch.after, fetch.upto}});
    }
    if (mending.is_done()) return "done at " + std::to_string(mending.common());
    return mending.is_given_up() ? "given up" : "waits";
}

const Stream here = stream(village);

PointsRead points() { return {here, {{0, {}}, {1, {0, 1}}}}; }
OfferRead offer(const std::vector<std::uint64_t>& positions) {
    OfferRead read{{here, {}}, {}};
    for (const std::uint64_t position : positions) {
        read.places.push_back({position, 0});
        read.offer.items.push_back({dot(8, position), {}});
    }
    return read;
}
BringRead bring() {
    Chain chain(replica(8));
    return {{here, 0, {}, {}, {chain.commit({summary_part(village, 1, "x")})}}, 1};
}

/// One that has `cursor` commits of which the server has none, and has been told so.
Reconcile about_to_offer(std::uint64_t cursor) {
    Reconcile mending(here, cursor, 0);
    mending.take(points());
    mending.take(Differs{here, 0, {0}});
    return mending;
}

/// One whose only commit is another on the server, and which has nothing to offer for it.
Reconcile about_to_fetch(std::uint64_t upto) {
    Reconcile mending(here, upto, upto);
    mending.take(points());
    std::vector<std::uint32_t> all;
    for (std::uint32_t i = 0; i < upto; ++i) all.push_back(i);
    mending.take(Differs{here, upto, all});
    mending.take(offer({}));
    mending.take(offer({}));  // nothing was displaced either
    return mending;
}

TEST(Reconcile, WhereNothingIsThereIsNothingToMend) {
    Reconcile mending(here, 0, 5);
    EXPECT_EQ(stands(mending), "needs what was displaced");
    mending.take(offer({}));
    EXPECT_EQ(stands(mending), "done at 0");
}

TEST(Reconcile, OffersInMessagesOfBoundedSize) {
    Reconcile mending = about_to_offer(limits::offer_items_max + 10);
    EXPECT_EQ(stands(mending), "needs offer 0-4096");
    mending.take(offer({1}));
    EXPECT_EQ(stands(mending), "sends offer");
    mending.take(Wanted{here, {}});
    EXPECT_EQ(stands(mending), "needs offer 4096-4106");
    mending.take(offer({}));
    EXPECT_EQ(stands(mending), "needs what was displaced");
    mending.take(offer({}));
    EXPECT_EQ(stands(mending), "done at 0");
}

TEST(Reconcile, FetchesAsOftenAsItTakes) {
    Reconcile mending = about_to_fetch(3);
    EXPECT_EQ(stands(mending), "sends fetch 0-3");
    mending.take_fetched(0);
    EXPECT_EQ(stands(mending), "sends fetch 0-3") << "that was nothing new";
    mending.take_fetched(2);
    EXPECT_EQ(stands(mending), "sends fetch 2-3");
    mending.take_fetched(7);
    EXPECT_EQ(stands(mending), "done at 3") << "more than was asked for";
}

// At-least-once delivery: an answer may come late, or to somebody who asks something else by now.
TEST(Reconcile, AnAnswerToWhatItDoesNotAskChangesNothing) {
    const auto disturb = [](Reconcile& mending, int answer) {
        if (answer == 0) mending.take(Differs{here, 1, {0}});
        if (answer == 1) mending.take(Wanted{here, {0}});
        if (answer == 2) mending.take_fetched(1);
    };
    constexpr int differs = 0, wanted = 1, fetched = 2;
    Reconcile offering = about_to_offer(1);
    offering.take(offer({1}));
    Reconcile searching(here, 1, 1);
    searching.take(points());
    struct Row {
        const char* name;
        Reconcile mending;
        std::vector<int> answers;
    };
    const Row rows[] = {{"it waits for the host's points", Reconcile(here, 1, 1), {differs, wanted, fetched}},
                        {"it asks for ranges", searching, {wanted, fetched}},
                        {"it waits for the host's offer", about_to_offer(1), {differs, wanted, fetched}},
                        {"it offers", offering, {differs, fetched}},
                        {"it fetches", about_to_fetch(1), {differs, wanted}},
                        {"it is done", Reconcile(here, 0, 0), {differs, wanted, fetched}}};
    for (const Row& row : rows)
        for (const int answer : row.answers) {
            SCOPED_TRACE(row.name + std::string(", answer ") + std::to_string(answer));
            Reconcile mending = row.mending;
            disturb(mending, answer);
            EXPECT_EQ(stands(mending), stands(row.mending));
        }
}

TEST(Reconcile, AServerCannotWantWhatWasNotOffered) {
    Reconcile mending = about_to_offer(1);
    mending.take(offer({1}));
    mending.take(Wanted{here, {0, 1, 300}});
    EXPECT_EQ(stands(mending), "needs bring of 1");
}

TEST(Reconcile, AnAnswerThatComesBeforeTheQuestionEndsNothing) {
    Reconcile mending(here, 1, 1);
    mending.end_answer(9);
    EXPECT_EQ(stands(mending), "needs 2 points") << "the host has not reported yet";
}

TEST(Reconcile, ASilentServerIsAskedTwice) {
    Reconcile mending(here, 1, 1);
    mending.take(points());
    mending.frame_was_sent();
    mending.end_answer(1);
    EXPECT_EQ(stands(mending), "sends ranges");
    mending.frame_was_sent();
    mending.end_answer(1);
    EXPECT_TRUE(mending.is_given_up());
}

TEST(Reconcile, WhatIsBroughtNeedsNoAnswerOfItsOwn) {
    Reconcile mending = about_to_offer(3);
    mending.take(offer({1, 2, 3}));
    mending.take(Wanted{here, {0, 1, 2}});
    for (int left = 3; left > 0; --left) {
        EXPECT_EQ(stands(mending), "needs bring of " + std::to_string(left));
        mending.take(bring());
        EXPECT_EQ(stands(mending), "sends bring");
        mending.frame_was_sent();
        mending.end_answer(0);
    }
    EXPECT_EQ(stands(mending), "needs what was displaced");
    mending.take(offer({}));
    EXPECT_EQ(stands(mending), "needs 2 points") << "it looks again";
}

TEST(Reconcile, AServerThatKeepsNothingIsNotBroughtTheSameForEver) {
    Reconcile mending(here, 1, 0);
    int brought = 0;
    for (; stands(mending) == "needs 2 points" && brought < 100; ++brought) {
        mending.take(points());
        mending.take(Differs{here, 0, {0}});
        if (mending.is_done()) break;
        mending.take(offer({1}));
        mending.take(Wanted{here, {0}});
        mending.take(bring());
        mending.frame_was_sent();
        mending.end_answer(0);
        if (stands(mending) == "needs what was displaced") mending.take(offer({}));
    }
    EXPECT_EQ(stands(mending), "done at 0");
    EXPECT_EQ(brought, 4);
}

}  // namespace
}  // namespace doorstep::test
