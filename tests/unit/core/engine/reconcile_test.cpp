// A phone and an office that disagree on a stream's order find where and mend it, on real files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/model/stream_chain.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

class Reconciliation : public testing::Test {
protected:
    static constexpr int commits = 150;

    Reconciliation() {
        home = save(world, li, new_household(village, "一户"));
        for (int i = 1; i < commits; ++i) save(world, li, add_note(home, "第 " + std::to_string(i) + " 次"));
        must(world.sync_all());
    }
    /// Lets the store of the closed phone be changed.
    void tamper(const std::function<void(Store&)>& change) {
        world.close(wang);
        {
            Store store = must(Store::open(world.options_of(wang)));
            change(store);
        }
        world.open(wang);
    }
    /// As if another commit stood there: this digest and all later ones are off.
    static void diverge(Store& store, std::uint64_t position, std::uint64_t by) {
        StreamMark mark = must(store.stream_mark(stream(village)));
        const Digest off{by, by * 7};
        must(store.shift_digests_after(mark.no, position - 1, off));
        mark.head.digest += off;
        must(store.set_stream_mark(mark));
    }
    void expect_mended() {
        EXPECT_TRUE(succeeds(world.sync(wang)));
        EXPECT_EQ(disagreement(world.hub(), wang), "");
        EXPECT_EQ(must(wang->verify()).state, must(world.hub().verify()).state);
        EXPECT_EQ(texts(must(wang->read(home)), field::notes).size(), commits - 1U);
        must(world.sync(wang));
        EXPECT_EQ(wang->sync_report().round_trips, 1U) << "and stays so";
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId home;
};

TEST_F(Reconciliation, OneDivergenceTakesFewRoundsAndBytesWhereverItIs) {
    for (const std::uint64_t position : {1, 2, 75, 149, 150}) {
        SCOPED_TRACE(position);
        tamper([&](Store& store) { diverge(store, position, position + 5); });
        ASSERT_TRUE(succeeds(world.sync(wang)));
        EXPECT_LE(wang->sync_report().round_trips, 6U);
        EXPECT_LE(wang->sync_report().sent_bytes + wang->sync_report().received_bytes, 8000U) << "with the data";
        expect_mended();
    }
}

TEST_F(Reconciliation, SeveralSeparateDivergences) {
    tamper([&](Store& store) {
        for (const std::uint64_t position : {3, 40, 41, 90, 150}) diverge(store, position, position);
    });
    expect_mended();
}

TEST_F(Reconciliation, EveryPosition) {
    tamper([&](Store& store) {
        for (std::uint64_t position = 1; position <= commits; ++position) diverge(store, position, position);
    });
    expect_mended();
}

TEST_F(Reconciliation, ADivergenceUnderNewWorkOfTheServer) {
    tamper([&](Store& store) { diverge(store, 10, 1); });
    save(world, li, set_text(home, field::summary, "后来的"));
    must(world.sync(li));
    expect_mended();
    EXPECT_THAT(texts(must(wang->read(home)), field::summary), testing::ElementsAre("后来的"));
}

TEST_F(Reconciliation, AnOrderThatEndsTooEarly) {
    tamper([&](Store& store) {
        StreamMark mark = must(store.stream_mark(stream(village)));
        must(store.forget_entries_after(mark.no, 100));
        mark.head.position = 100;
        mark.head.digest = must(store.digest_at(mark.no, 100)).value();
        mark.chain = must(store.chain_at(mark.no, 100));
        must(store.set_stream_mark(mark));
        diverge(store, 60, 9);
    });
    expect_mended();
}

TEST_F(Reconciliation, AnOrderThatGoesTooFarKeepsItsCommits) {
    tamper([&](Store& store) {
        StreamMark mark = must(store.stream_mark(stream(village)));
        const CommitRow row = must(store.find_row({li->replica(), 1})).value();
        for (int i = 0; i < 3; ++i) {
            mark.head.digest += Digest::at(++mark.head.position, row.hash);
            must(store.append_entry(mark.no, mark.head.position, row.no, mark.head.digest));
        }
        must(store.set_stream_mark(mark));
    });
    expect_mended();
}

TEST_F(Reconciliation, ACutAtAnyMessageLosesNothing) {
    for (std::size_t at = 0; at < 12; ++at) {
        SCOPED_TRACE(at);
        tamper([&](Store& store) { diverge(store, 20 + at, 3); });
        const Wire cut = [&](std::size_t n, Bytes message) {
            return n == at ? std::nullopt : std::optional<Bytes>(std::move(message));
        };
        (void)world.sync(wang, cut);
        expect_mended();
    }
}

TEST_F(Reconciliation, TheChainIsKeptAtItsStridesAndFollowsTheOrder) {
    const StreamMark here = must(world.hub().store().stream_mark(stream(village)));
    std::vector<Hash> hashes;
    must(world.hub().store().placed_after(here.no, 0, [&](const PlacedDot& placed) -> Result<Store::Visit> {
        hashes.push_back(placed.hash);
        return Store::Visit::go_on;
    }));
    Hash chain;
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        chain = extend_chain(chain, hashes[i]);
        EXPECT_EQ(must(world.hub().store().chain_at(here.no, i + 1)), chain);
    }
    EXPECT_EQ(here.chain, chain);
}

}  // namespace
}  // namespace doorstep::test
