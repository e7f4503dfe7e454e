// An office restored twice, the second time while a phone is in the middle of mending its order after the first: what
// lost its place there is offered and proved all the same (docs/adr/0021).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/displaced.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::UnorderedElementsAre;

class Displaced : public testing::TestWithParam<std::size_t> {
protected:
    Displaced() {
        household_id = save(world, li, new_household(village, "一户三人"));
        must(world.sync_all());
        must(world.hub().store().back_up(world.path("backup.db"), storage_key(1)));
    }
    void restore() {
        world.close_hub();
        copy_database(world.path("backup.db"), world.hub_path());
        world.open_hub();
    }
    std::vector<std::string> notes_at_office() { return texts(office_view(world.hub(), household_id), field::notes); }
    /// Rows that the phone keeps of what was displaced.
    std::size_t kept_by(Handset& handset) {
        world.close(handset);
        std::size_t rows = 0;
        {
            Store store = must(Store::open(world.options_of(handset)));
            const std::int64_t runs = must(store.database().number("SELECT count(*) FROM former_run"));
            rows = static_cast<std::size_t>(must(store.database().number("SELECT count(*) FROM displaced")) + runs);
        }
        world.open(handset);
        return rows;
    }
    void forget_receipts(Handset& handset) {
        world.close(handset);
        {
            Store store = must(Store::open(world.options_of(handset)));
            must(store.database().execute("DELETE FROM receipt"));
        }
        world.open(handset);
    }
    void expect_agreement(Handset& handset) {
        EXPECT_EQ(disagreement(world.hub(), handset), "");
        EXPECT_EQ(must(handset->verify()).state, must(world.hub().verify()).state);
        EXPECT_TRUE(must(world.hub().unproved(10)).empty());
    }
    static Wire cut_at(std::size_t message) {
        return [=](std::size_t n, Bytes bytes) {
            return n == message ? std::nullopt : std::optional<Bytes>(std::move(bytes));
        };
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
    RecordId household_id;
};

TEST_P(Displaced, IsGivenBackWhereverTheMendingWasCut) {
    for (int i = 0; i < 3; ++i) save(world, li, add_note(household_id, "李 " + std::to_string(i)));
    must(world.sync_all());
    restore();
    Handset& zhao = world.add("zhao", {village});
    save(world, zhao, new_household(village, "赵的一户"));
    must(world.sync(zhao));
    (void)world.sync(wang, cut_at(GetParam()));
    restore();  // li's phone lies in the river
    ASSERT_TRUE(succeeds(world.sync(wang)));
    EXPECT_THAT(notes_at_office(), UnorderedElementsAre("李 0", "李 1", "李 2"));
    expect_agreement(wang);
    must(world.sync(wang));
    EXPECT_EQ(wang->sync_report().round_trips, 1U);
    EXPECT_EQ(kept_by(wang), 0U) << "what has its place again is not kept";
}
INSTANTIATE_TEST_SUITE_P(AtMessage, Displaced, testing::Range<std::size_t>(0, 16));

TEST_F(Displaced, WhatKeptItsPlaceBehindAMendedOneIsProvedAsBefore) {
    Handset& qian = world.add("qian", {village});
    save(world, li, add_note(household_id, "李：第一"));
    must(world.sync(li));
    save(world, wang, add_note(household_id, "王：第一"));
    must(world.sync(wang));
    save(world, li, add_note(household_id, "李：第二"));
    must(world.sync_all());
    restore();
    must(world.sync(wang));  // its own comes first now, then what it brings
    must(world.sync(qian));
    restore();  // and only qian's phone is left
    ASSERT_TRUE(succeeds(world.sync(qian)));
    EXPECT_THAT(notes_at_office(), UnorderedElementsAre("李：第一", "王：第一", "李：第二"));
    expect_agreement(qian);
}

TEST_F(Displaced, IsOfferedOnceWhereTheOfficeCannotProveIt) {
    for (const char* words : {"李 0", "李 1"}) save(world, li, add_note(household_id, words));
    must(world.sync_all());
    forget_receipts(wang);
    restore();
    must(world.sync(wang));
    EXPECT_EQ(must(world.hub().unproved(10)).size(), 2U);
    EXPECT_EQ(disagreement(world.hub(), wang), "");
    must(world.sync(wang));
    must(world.sync(wang));
    EXPECT_EQ(wang->sync_report().round_trips, 1U) << "nothing moved since the office said that it wants nothing";
    restore();
    must(world.sync(wang));
    EXPECT_EQ(must(world.hub().unproved(10)).size(), 2U) << "another life of the office is asked again";
    must(world.sync(li));
    EXPECT_THAT(notes_at_office(), UnorderedElementsAre("李 0", "李 1"));
    must(world.sync(wang));
    EXPECT_EQ(kept_by(wang), 0U);
}

TEST_P(Displaced, SoIsWhatGaveWayToAnotherUnderItsDot) {
    world.close(li);
    copy_database(li.path, world.path("copy.db"));
    world.open(li);
    save(world, li, add_note(household_id, "李的第一份"));
    must(world.sync_all());
    restore();
    world.close(li);
    copy_database(world.path("copy.db"), li.path);  // what was said above is on wang's phone alone
    world.open(li);
    save(world, li, add_note(household_id, "李的第二份"));
    must(world.sync(li));
    (void)world.sync(wang, cut_at(GetParam()));
    restore();
    ASSERT_TRUE(succeeds(world.sync(wang)));
    EXPECT_THAT(notes_at_office(), testing::Contains("李的第一份"));
    expect_agreement(wang);
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_THAT(notes_at_office(), testing::IsSupersetOf({"李的第一份", "李的第二份"}));
    expect_agreement(wang);
    expect_agreement(li);
    EXPECT_EQ(kept_by(wang), 0U);
}

/// Two households of two areas that are the same, in conflict; what settles it is one commit of two streams.
class OfTwoStreams : public Displaced {
protected:
    OfTwoStreams() {
        far = save(world, chief, new_household(other_village, "同一户"));
        must(world.sync_all());
        must(chief->mark_same(household_id, far, world.now_ms()));
        must(world.sync_all());
        must(world.hub().store().back_up(world.path("joined.db"), storage_key(1)));
    }
    /// A synchronisation that was cut after the first of the two streams.
    void sync_half(Handset& handset) {
        for (std::size_t bytes = 32; kept_by(handset) == 0; bytes += 16) {
            const Status synced = world.sync(handset, [&](std::size_t n, Bytes message) {
                if (n == 3) message.resize(std::min(message.size(), bytes));
                return n < 4 ? std::optional<Bytes>(std::move(message)) : std::nullopt;
            });
            ASSERT_FALSE(succeeds(synced)) << "never between the two";
        }
    }
    void restore_joined() {
        world.close_hub();
        copy_database(world.path("joined.db"), world.hub_path());
        world.open_hub();
    }
    std::vector<std::string> summaries(const RecordId& id) { return texts(must(world.hub().read(id)), field::summary); }

    Handset& chief = world.add("chief", {town});
    RecordId far;
};

TEST_F(OfTwoStreams, ThePartWithoutAPlaceIsGivenBackWithTheOther) {
    const RecordView view = must(world.hub().read(far));
    must(world.hub().resolve({view.record, field::summary, text("一户三人，同一户"), all_dots(view, field::summary)},
                             "office", world.now_ms()));
    sync_half(chief);
    restore_joined();
    must(world.sync(chief));
    EXPECT_THAT(summaries(far), testing::ElementsAre("一户三人，同一户"));
    EXPECT_EQ(must(world.hub().conflicts(10)).size(), 0U) << "in both areas";
    expect_agreement(chief);
    EXPECT_EQ(kept_by(chief), 0U);
}

TEST_F(OfTwoStreams, APartOfAPhonesWaitsForItsAuthor) {
    Handset& other = world.add("other", {town});
    must(world.sync(other));
    const std::vector<Dot> seen = all_dots(must(other->read(far)), field::summary);
    save(world, other, set_text(far, field::summary, "另一位写的", seen));
    must(world.sync(other));
    sync_half(chief);
    restore_joined();
    must(world.sync(chief));
    EXPECT_EQ(must(world.hub().unproved(10)).size(), 1U) << "nothing says that it was not held";
    must(world.sync(other));
    must(world.sync(chief));
    EXPECT_THAT(summaries(far), testing::ElementsAre("另一位写的"));
    expect_agreement(chief);
    EXPECT_EQ(kept_by(chief), 0U);
}

TEST_F(OfTwoStreams, WhatCameInPeaceIsNotKept) {
    const RecordView view = must(world.hub().read(far));
    must(world.hub().resolve({view.record, field::summary, text("一户三人，同一户"), all_dots(view, field::summary)},
                             "office", world.now_ms()));
    sync_half(chief);
    must(world.sync(chief));
    EXPECT_EQ(kept_by(chief), 0U);
    must(world.sync(chief));
    EXPECT_EQ(chief->sync_report().round_trips, 1U);
}

TEST_F(Displaced, APurgeTakesAlongWhatIsKeptWithinTheScope) {
    Handset& zhao = world.add("zhao", {village, other_village});
    save(world, zhao, new_household(other_village, "赵的一户"));
    for (const char* words : {"李 0", "李 1"}) save(world, li, add_note(household_id, words));
    must(world.sync_all());
    forget_receipts(zhao);
    restore();
    must(world.sync(zhao));
    ASSERT_EQ(kept_by(zhao), 2U);
    world.regrant(zhao, Scope{{area(village)}});
    must(world.sync(zhao));
    must(world.purge(zhao));
    EXPECT_EQ(kept_by(zhao), 2U);
    must(world.sync(li));
    ASSERT_TRUE(succeeds(world.sync(zhao)));
    EXPECT_EQ(disagreement(world.hub(), zhao), "");
    EXPECT_EQ(kept_by(zhao), 0U);
}

TEST_F(Displaced, ErasedWordsAreGoneFromBesideACopyToo) {
    const auto put_back = [&](const std::string& copy) {
        world.close(li);
        copy_database(world.path(copy), li.path);
        world.open(li);
    };
    const auto put_aside = [&](const std::string& copy) {
        world.close(li);
        copy_database(li.path, world.path(copy));
        world.open(li);
    };
    put_aside("before.db");
    save(world, li, add_note(household_id, "李的第一份"));
    must(world.sync_all());
    put_aside("after.db");
    forget_receipts(wang);
    restore();
    put_back("before.db");
    save(world, li, add_note(household_id, "李的第二份"));
    must(world.sync(li));
    must(world.sync(wang));
    ASSERT_GT(kept_by(wang), 0U) << "nobody can prove what gave way";
    put_back("after.db");
    must(world.sync(li));
    must(world.hub().erase({{li->replica(), 1}, stream(village), {}, "art. 47", "a court"}, "office", world.now_ms()));
    must(world.sync(wang));
    world.close(wang);
    EXPECT_EQ(decrypted_bytes(world.options_of(wang)).find("李的第一份"), Bytes::npos);
    EXPECT_NE(decrypted_bytes(world.options_of(wang)).find("李的第二份"), Bytes::npos);
    world.open(wang);
}

}  // namespace
}  // namespace doorstep::test
