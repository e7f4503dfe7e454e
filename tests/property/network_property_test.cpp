// Invariants 2, 10, 12, 13 and 20 of sync over a whole network: random saves, syncs and interruptions among four phones
// and an office; when faults stop, everybody agrees byte for byte and every saved word is there.
#include <gtest/gtest.h>

#include "tests/property/network.hpp"

namespace doorstep::test {
namespace {

constexpr int steps = 60;

std::string fault_of(std::uint64_t seed, Restores restores) {
    std::string trace;
    try {
        Network network(seed, restores);
        for (int i = 0; i < steps; ++i) {
            network.step();
            trace = network.trace();
        }
        if (std::string wrong = network.quiesce(); !wrong.empty()) return wrong + " after " + trace;
        const std::string wrong = network.fault();
        return wrong.empty() ? wrong : wrong + " after " + trace;
    } catch (const std::runtime_error& error) {  // must(): a call that may not fail did
        return std::string(error.what()) + " after " + trace;
    }
}

void expect_none(const Seeds& range, Restores restores) {
    int failures = 0;
    for (std::uint64_t seed = range.first; seed < range.last && failures < 5; ++seed) {
        const std::string wrong = fault_of(seed, restores);
        EXPECT_EQ(wrong, "") << replay(seed);
        failures += wrong.empty() ? 0 : 1;
    }
}

TEST(NetworkProperty, WhenFaultsStopEverybodyAgreesAndEveryWordIsThere) { expect_none(seeds(250), Restores::none); }

// Invariant 16: an old phone image or an old server image loses nothing and reuses no dot.
TEST(NetworkProperty, AnOldPhoneImageLosesNothing) { expect_none(seeds(150), Restores::phones); }
TEST(NetworkProperty, AnOldServerImageLosesNothing) { expect_none(seeds(150), Restores::office); }
TEST(NetworkProperty, OldImagesOnBothSidesOnOneDayLoseNothing) { expect_none(seeds(150), Restores::both); }

// --- The check must be able to fail. ---------------------------------------------------------------------------------

class PlantedInTheNetwork : public testing::Test {
protected:
    PlantedInTheNetwork() {
        for (int i = 0; i < steps; ++i) network.step();
        if (!network.quiesce().empty() || !network.fault().empty())
            throw std::runtime_error("the seed must be a good one");
    }
    void tamper(const char* sql) {
        Handset& phone = *network.world().handsets().front();
        network.world().close(phone);
        {
            Database db = must(Database::open(network.world().options_of(phone)));
            must(db.execute(sql));
            EXPECT_GT(db.changes(), 0);
        }
        network.world().open(phone);
    }
    Network network{7, Restores::none};
};

TEST_F(PlantedInTheNetwork, AWordThatWasLostIsMissed) {
    network.pretend_saved("nobody has this", village);
    EXPECT_EQ(network.fault(), "the office lost \"nobody has this\"");
}

TEST_F(PlantedInTheNetwork, ACommitThatWasNotPushedIsMissed) {
    Handset& phone = *network.world().handsets().front();
    save(network.world(), phone, new_household(village, "only here"));
    EXPECT_NE(network.fault(), "");
}

TEST_F(PlantedInTheNetwork, AnUpdateThatWasNotAppliedIsMissed) {
    tamper("INSERT OR REPLACE INTO folded SELECT id, stream, 0, x'0301000100' FROM record ORDER BY id LIMIT 1");
    EXPECT_NE(network.fault(), "");
}

TEST_F(PlantedInTheNetwork, ARecordThatNamesAnothersCommitIsMissed) {
    tamper(
        "DELETE FROM folded WHERE id = (SELECT min(id) FROM record); "
        "UPDATE record SET origin = (SELECT origin FROM record ORDER BY id DESC LIMIT 1) "
        "WHERE id = (SELECT min(id) FROM record)");
    EXPECT_NE(network.fault(), "");
}

TEST_F(PlantedInTheNetwork, ACursorThatPassedACommitIsMissed) {
    tamper("UPDATE stream SET position = position + 1");
    EXPECT_NE(network.fault(), "");
}

TEST_F(PlantedInTheNetwork, ARowThatDisappearedIsMissed) {
    tamper("DELETE FROM commits WHERE seq = 1 AND replica = (SELECT min(replica) FROM commits)");
    EXPECT_NE(network.fault(), "");
}

}  // namespace
}  // namespace doorstep::test
