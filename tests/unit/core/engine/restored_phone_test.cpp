// An old copy of a phone's file comes back: nothing is lost, and no dot is used for two commits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

class RestoredPhone : public testing::Test {
protected:
    RestoredPhone() { household_id = save(world, li, new_household(village, "一户三人")); }

    void back_up() {
        world.close(li);
        copy_database(li.path, world.path("copy.db"));
        world.open(li);
    }
    void restore() {
        world.close(li);
        copy_database(world.path("copy.db"), li.path);
        world.open(li);
    }
    /// Changes the summary on li's phone, having seen what it shows.
    void say(const std::string& words) { save(world, li, set_text(household_id, field::summary, words)); }
    std::vector<std::string> office_words() {
        std::vector<std::string> words;
        must(world.hub().store().each_commit([&](const Commit& commit, const Hash&) -> Status {
            for (const Bytes& packed : commit.parts)
                for (const RecordOps& record : must(Part::unpack(packed)).records)
                    for (const Op& op : record.ops) words.emplace_back(op.value.as_text());
            return ok();
        }));
        return words;
    }
    /// No two commits in the world have one dot.
    void expect_no_dot_twice() {
        std::map<Dot, Hash> hashes;
        world.close(li);
        world.close(wang);
        for (const DatabaseOptions& options : {world.options_of(li), world.options_of(wang)}) {
            Store store = must(Store::open(options));
            must(store.each_commit([&](const Commit& commit, const Hash& hash) -> Status {
                const auto known = hashes.emplace(commit.header.dot, hash);
                EXPECT_EQ(known.first->second, hash) << "seq " << commit.header.dot.seq;
                return ok();
            }));
        }
        must(world.hub().store().each_commit([&](const Commit& commit, const Hash& hash) -> Status {
            const auto known = hashes.emplace(commit.header.dot, hash);
            EXPECT_EQ(known.first->second, hash) << "seq " << commit.header.dot.seq << " at the office";
            return ok();
        }));
        world.open(li);
        world.open(wang);
    }
    void expect_agreement() {
        EXPECT_EQ(must(li->verify()).state, must(world.hub().verify()).state);
        EXPECT_EQ(must(wang->verify()).state, must(world.hub().verify()).state);
        EXPECT_EQ(disagreement(world.hub(), li), "");
        EXPECT_EQ(disagreement(world.hub(), wang), "");
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId household_id;
};

TEST_F(RestoredPhone, WithNothingUnsentGoesOnAsANewReplica) {
    must(world.sync_all());
    back_up();
    say("后来的话");
    must(world.sync_all());
    const ReplicaId before = li->replica();
    restore();
    EXPECT_EQ(li->replica(), before);
    ASSERT_TRUE(succeeds(world.sync(li)));
    EXPECT_NE(li->replica(), before) << "the server has commits of this replica that the file lacks";
    EXPECT_THAT(texts(must(li->read(household_id)), field::summary), ElementsAre("后来的话")) << "they come back";
    say("恢复以后的话");
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_THAT(texts(must(wang->read(household_id)), field::summary), ElementsAre("恢复以后的话"));
    EXPECT_THAT(office_words(), UnorderedElementsAre("一户三人", "后来的话", "恢复以后的话"));
    expect_no_dot_twice();
    expect_agreement();
}

TEST_F(RestoredPhone, KeepsItsNewReplicaIdForGood) {
    must(world.sync_all());
    back_up();
    say("后来的话");
    must(world.sync_all());
    restore();
    ASSERT_TRUE(succeeds(world.sync(li)));
    const ReplicaId after = li->replica();
    ASSERT_TRUE(succeeds(world.sync(li)));
    EXPECT_EQ(li->replica(), after);
    world.reopen(li);
    EXPECT_EQ(li->replica(), after);
    ASSERT_TRUE(succeeds(world.sync(li)));
    EXPECT_EQ(li->replica(), after);
}

// The copy was taken after a push whose pull had not come: the own commits are still to be named by the server.
TEST_F(RestoredPhone, WithItsCursorBehindItsOwnCommitsSyncsAtOnce) {
    const auto cut_pull = [](std::size_t n, Bytes message) {
        return n == 2 ? std::nullopt : std::optional<Bytes>(std::move(message));
    };
    save(world, wang, new_household(village, "别家"));  // or the phone could tell by itself where its commits stand
    must(world.sync(wang));
    ASSERT_EQ(outcome(world.sync(li, cut_pull)), "server_unreachable");
    ASSERT_EQ(must(li->outbox()).only_here, 0U);
    back_up();
    say("后来的话");
    must(world.sync_all());
    restore();
    EXPECT_TRUE(succeeds(world.sync(li)));
    ASSERT_TRUE(succeeds(world.sync_all()));
    say("恢复以后的话");
    ASSERT_TRUE(succeeds(world.sync_all()));
    expect_no_dot_twice();
    expect_agreement();
}

// The first push was cut after the server had taken it and before the phone heard so; then the file was copied.
TEST_F(RestoredPhone, CopiedBetweenAPushAndItsAnswerReusesNoDot) {
    must(world.sync_all());
    say("第二句");
    const auto cut_answer = [](std::size_t n, Bytes message) {
        return n == 1 ? std::nullopt : std::optional<Bytes>(std::move(message));
    };
    ASSERT_EQ(outcome(world.sync(li, cut_answer)), "server_unreachable");
    back_up();
    say("第三句");
    must(world.sync_all());
    restore();
    // The line is cut again, right after the phone hears how far the server is.
    const auto cut_pull = [](std::size_t n, Bytes message) {
        return n == 2 ? std::nullopt : std::optional<Bytes>(std::move(message));
    };
    static_cast<void>(outcome(world.sync(li, cut_pull)));
    say("恢复以后的话");
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_THAT(office_words(), UnorderedElementsAre("一户三人", "第二句", "第三句", "恢复以后的话"));
    expect_no_dot_twice();
    expect_agreement();
}

TEST_F(RestoredPhone, ASaveInTheMiddleOfTheFirstSyncIsNotTakenForReceived) {
    must(world.sync_all());
    back_up();
    say("第二句");
    say("第三句");
    must(world.sync_all());
    restore();
    bool saved = false;
    const auto wire = [&](std::size_t n, Bytes message) {
        if (n == 2) {  // the phone has heard that it was restored, and now pulls
            save(world, li, add_note(household_id, "间隙"));
            saved = true;
        }
        return std::optional<Bytes>(std::move(message));
    };
    ASSERT_TRUE(succeeds(world.sync(li, wire)));
    ASSERT_TRUE(saved);
    EXPECT_EQ(must(li->outbox()).only_here, 1U) << "the server has not seen it";
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_THAT(office_words(), IsSupersetOf({"间隙"}));
    expect_no_dot_twice();
    expect_agreement();
}

/// Restored to one commit, then written to before it ever synchronised: `unsent` new commits on the old chain, where
/// the server has `ahead` others. A fork: no word may be lost, and none may pass for another's.
struct Fork {
    const char* name;
    int ahead, unsent;
};

class ForkedPhone : public RestoredPhone, public testing::WithParamInterface<Fork> {};

TEST_P(ForkedPhone, GoesOnUnderANewIdAndEveryWordArrives) {
    must(world.sync_all());
    back_up();
    std::vector<std::string> words{"一户三人"};
    for (int i = 0; i < GetParam().ahead; ++i) say(words.emplace_back("别处的话 " + std::to_string(i)));
    must(world.sync_all());
    restore();
    for (int i = 0; i < GetParam().unsent; ++i) say(words.emplace_back("分叉的话 " + std::to_string(i)));
    const ReplicaId before = li->replica();
    ASSERT_TRUE(succeeds(world.sync(li)));
    EXPECT_NE(li->replica(), before);
    EXPECT_EQ(must(li->outbox()).only_here, 0U);
    EXPECT_EQ(must(li->outbox()).saved, static_cast<std::uint64_t>(GetParam().unsent));
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_THAT(office_words(), testing::UnorderedElementsAreArray(words)) << "each once";
    for (const std::string& said : words)
        EXPECT_THAT(history_texts(must(wang->history(household_id))), testing::Contains(said));
    // What was said on both sides of the fork stands side by side: neither author had seen the other's.
    EXPECT_THAT(texts(must(wang->read(household_id)), field::summary),
                UnorderedElementsAre("别处的话 " + std::to_string(GetParam().ahead - 1),
                                     "分叉的话 " + std::to_string(GetParam().unsent - 1)));
    expect_no_dot_twice();
    expect_agreement();
}

// Two copies of one file, each written to after: whoever comes first keeps the old id.
TEST_F(RestoredPhone, TwoClonesAndTheirOriginalAllArrive) {
    must(world.sync_all());
    back_up();
    Handset& clone = world.add("li-clone", {village});
    clone.grant.author = "li";
    world.close(clone);
    copy_database(world.path("copy.db"), clone.path);
    world.open(clone);
    save(world, clone, add_note(household_id, "克隆机的话"));
    save(world, clone, add_note(household_id, "克隆机的第二句"));
    say("原机的话");
    ASSERT_TRUE(succeeds(world.sync(li)));
    ASSERT_TRUE(succeeds(world.sync(clone)));
    say("原机又一句");
    save(world, clone, add_note(household_id, "克隆机又一句"));
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_THAT(office_words(), UnorderedElementsAre("一户三人", "克隆机的话", "克隆机的第二句", "原机的话",
                                                     "原机又一句", "克隆机又一句"));
    expect_no_dot_twice();
    expect_agreement();
    EXPECT_EQ(must(clone->verify()).state, must(world.hub().verify()).state);
}

// The same suffix in two files is one: it is made again under the same id, and arrives once.
TEST_F(RestoredPhone, TheSameUnsentWordsInTwoCopiesArriveOnce) {
    must(world.sync_all());
    back_up();
    say("第一边");
    must(world.sync_all());
    restore();
    say("第二边");
    back_up();
    Handset& clone = world.add("li-clone", {village});
    clone.grant.author = "li";
    world.close(clone);
    copy_database(world.path("copy.db"), clone.path);
    world.open(clone);
    ASSERT_TRUE(succeeds(world.sync(clone)));
    ASSERT_TRUE(succeeds(world.sync(li)));
    EXPECT_EQ(clone->replica(), li->replica());
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_THAT(office_words(), UnorderedElementsAre("一户三人", "第一边", "第二边"));
    expect_agreement();
}

INSTANTIATE_TEST_SUITE_P(EveryLength, ForkedPhone,
                         testing::Values(Fork{"LongerThanTheServers", 2, 3}, Fork{"AsLong", 2, 2},
                                         Fork{"Shorter", 2, 1}, Fork{"OneAgainstOne", 1, 1}, Fork{"MuchShorter", 5, 1}),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

TEST_F(RestoredPhone, AFreshFileUnderTheSameAccountStartsANewReplica) {
    must(world.sync_all());
    Handset& again = world.add("li-again", {village});
    again.grant.author = "li-again";
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_NE(again->replica(), li->replica());
    EXPECT_EQ(must(again->verify()).state, must(world.hub().verify()).state);
}

}  // namespace
}  // namespace doorstep::test
