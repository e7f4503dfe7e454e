// A stream that left the phone's scope leaves its file: every byte of it, and nothing that the office does not have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/engine/blobs.hpp"
#include "tests/unit/core/support/fault_vfs.hpp"
#include "tests/unit/core/support/purge_run.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::uint32_t pictures = 9;
constexpr std::uint64_t office_bytes_max = 1 << 20;

Scope scope_of(std::vector<std::string_view> areas, std::vector<RecordId> sealed = {}) {
    Scope out;
    for (const std::string_view text : areas) out.areas.push_back(area(text));
    out.sealed = std::move(sealed);
    return out;
}

class Purge : public testing::Test {
protected:
    /// Carries attachments both ways until nothing is left to carry.
    void carry(Handset& handset) {
        BlobCourier courier(handset->blobs());
        std::optional<Bytes> request = must(courier.begin());
        while (request) {
            const Bytes answer =
                must(world.hub().blobs(office_bytes_max).answer(handset.grant, *request, world.now_ms()));
            request = must(courier.next(answer));
        }
    }
    BlobName picture(Handset& handset, const std::string& content) {
        const BlobNo draft = must(handset->blobs().begin());
        must(handset->blobs().append(draft, content));
        return must(handset->blobs().finish(draft, "image/jpeg"));
    }
    RecordEdit sealed_household(const std::string& words) {
        RecordEdit edit = new_household(village, words);
        edit.home.compartment = {Compartment::Kind::sealed, matter};
        return edit;
    }

    RecordId matter = record(3);
    World world;
    Handset& li = world.enrol("li", scope_of({village, other_village}, {record(3)}));
    Handset& wang = world.enrol("wang", scope_of({town}, {record(3)}));
};

TEST_F(Purge, NoByteOfTheStreamRemains) {
    const RecordId kept = save(world, li, new_household(village, "留下的话"));
    const RecordId gone = save(world, li, new_household(other_village, "要清除的话"));
    save(world, li, set_text(gone, field::summary, "要清除的改写"));
    save(world, li, add_need(gone, "要清除的需求"));
    save(world, wang, new_household(other_village, "要清除的别人的话"));
    RecordEdit shown = add_note(gone, "要清除的备注");
    shown.fields.push_back({pictures,
                            Kind::set,
                            Op::Action::put,
                            must(Value::attachment(picture(li, "bytes of a picture to be purged"))),
                            {}});
    save(world, li, shown);
    const auto both = must(
        li->save({sealed_household("要清除的检举"), new_household(village, "同一次保存里留下的话")}, world.now_ms()));
    must(world.sync_all());
    carry(li);
    while (must(li->index_some(100)).state != Indexing::State::caught_up) {
    }
    world.close(li);
    const DatabaseOptions old_file = world.options_of(li);
    EXPECT_THAT(decrypted_pages(old_file), HasSubstr("要清除")) << "the scan would find them";
    world.open(li);

    world.regrant(li, scope_of({village}));
    must(world.sync(li));
    EXPECT_EQ(outcome(li->save({add_need(gone, "x")}, world.now_ms())), "unknown_area");
    EXPECT_THAT(must(li->purge_plan()).streams, SizeIs(2));
    must(world.purge(li));
    EXPECT_THAT(must(li->purge_plan()).streams, SizeIs(0));

    EXPECT_THAT(texts(must(li->read(kept)), field::summary), ElementsAre("留下的话"));
    EXPECT_EQ(must(li->read(both[1])).text(field::summary), "同一次保存里留下的话");
    EXPECT_EQ(outcome(li->read(gone)), "not_found");
    EXPECT_TRUE(must(li->search("清除", {})).cards.empty());
    EXPECT_THAT(must(li->search("留下", {})).cards, SizeIs(2)) << "search scans what is not indexed yet";
    EXPECT_TRUE(succeeds(li->verify()));
    must(world.sync_all());
    EXPECT_EQ(disagreement(world.hub(), li), "");
    world.close(li);
    const Bytes pages = decrypted_pages(world.options_of(li));
    EXPECT_THAT(pages, HasSubstr("留下的话"));
    for (const std::string_view trace :
         {std::string_view("清除"), std::string_view("picture to be purged"), std::string_view("wang")})
        EXPECT_THAT(pages, Not(HasSubstr(std::string(trace)))) << trace;
    EXPECT_THAT(pages, Not(HasSubstr(std::string(gone.view()))));
    EXPECT_THAT(pages, Not(HasSubstr(std::string(both[0].view()))));
    EXPECT_THAT(pages, Not(HasSubstr(std::string(wang->replica().view()))));
}

TEST_F(Purge, WaitsUntilEverySaveAndAttachmentIsAtTheOffice) {
    const RecordId gone = save(world, li, new_household(other_village, "第一句"));
    must(world.sync(li));
    RecordEdit shown = add_note(gone, "照片");
    shown.fields.push_back({pictures, Kind::set, Op::Action::put, must(Value::attachment(picture(li, "pixels"))), {}});
    save(world, li, shown);
    Enrolment narrowed = *li->enrolment();
    static_cast<Scope&>(narrowed) = scope_of({village});
    must(li->enrol(narrowed));  // the host was told before the phone has pushed
    EXPECT_EQ(outcome(li->purge_plan()), "not_delivered");
    world.regrant(li, scope_of({village}));
    must(world.sync(li));
    EXPECT_EQ(outcome(li->purge_plan()), "not_delivered") << "the picture is only here";
    carry(li);
    const PurgePlan plan = must(li->purge_plan());
    EXPECT_THAT(plan.streams, ElementsAre(stream(other_village)));
    EXPECT_THAT(plan.to_seal, SizeIs(1)) << "no backup holds these saves";
    world.close(li);
    EXPECT_EQ(outcome(purge(world.options_of(li), world.fresh_options(li), {})), "stale_decision");
    EXPECT_FALSE(std::filesystem::exists(world.fresh_options(li).path));
    world.open(li);
    must(world.purge(li));
    EXPECT_EQ(must(world.hub().blobs(office_bytes_max).standing(picture(wang, "pixels").hash)).presence,
              BlobStanding::Presence::whole);
}

TEST_F(Purge, TheChainGoesOnAndTheOfficeKeepsTheProof) {
    save(world, li, new_household(other_village, "以前的话"));
    must(world.sync(li));
    world.regrant(li, scope_of({village}));
    must(world.sync(li));
    EXPECT_THAT(must(world.hub().purge_proofs(10)), SizeIs(0));
    must(world.purge(li));
    const RecordId next = save(world, li, new_household(village, "以后的话"));
    must(world.sync_all());
    EXPECT_EQ(must(wang->read(next)).text(field::summary), "以后的话");
    const auto proofs = must(world.hub().purge_proofs(10));
    ASSERT_THAT(proofs, SizeIs(1));
    EXPECT_EQ(proofs[0].replica, li->replica());
    EXPECT_EQ(proofs[0].stream, stream(other_village));
    must(world.sync(li));
    EXPECT_EQ(li->sync_report().round_trips, 1U);
    EXPECT_LE(li->sync_report().sent_bytes, 100U) << "it is told once";
}

TEST_F(Purge, WhatNoBackupHoldsIsGivenBackToAnOfficeThatLostIt) {
    world.close_hub();
    copy_database(world.hub_path(), world.path("old-hub.db"));
    world.open_hub();
    const RecordId gone = save(world, li, new_household(other_village, "只在封存里的话"));
    save(world, li, new_household(village, "还在手机里的话"));
    save(world, li, add_note(gone, "封存里的备注"));
    must(world.sync(li));
    world.regrant(li, scope_of({village}));
    must(world.sync(li));
    must(world.purge(li));
    must(world.sync(li));
    world.close(li);
    EXPECT_THAT(decrypted_pages(world.options_of(li)), Not(HasSubstr("封存里")));
    world.open(li);
    world.close_hub();
    copy_database(world.path("old-hub.db"), world.hub_path());
    world.open_hub();
    must(world.sync_all());
    EXPECT_EQ(office_view(world.hub(), gone).text(field::summary), "只在封存里的话");
    EXPECT_THAT(texts(must(wang->read(gone)), field::notes), ElementsAre("封存里的备注"));
    EXPECT_EQ(must(li->outbox()).only_here, 0U);
    EXPECT_EQ(disagreement(world.hub(), li), "");
    must(world.hub().store().back_up(world.path("backup.db"), storage_key(1)));
    must(world.sync(li));
    world.close(li);
    Store store = must(Store::open(world.options_of(li)));
    EXPECT_THAT(must(sealed_runs(store)), SizeIs(0)) << "a backup holds them now";
}

/// What the office decided, and only li's phone heard of it before the office became an older one.
class HeardByOneAlone : public Purge {
protected:
    HeardByOneAlone() {
        household_id = save(world, li, new_household(other_village, "一户三人"));
        must(world.sync_all());
        save(world, li, set_text(household_id, field::summary, "一户四人"));
        save(world, wang, set_text(household_id, field::summary, "一户五人"));
        must(world.sync_all());
        world.close_hub();
        copy_database(world.hub_path(), world.path("old-hub.db"));
        world.open_hub();
        const RecordView view = office_view(world.hub(), household_id);
        must(world.hub().resolve({household_id, field::summary, text("核实为五人"), all_dots(view, field::summary)},
                                 "office", world.now_ms()));
        must(world.sync(li));
        world.close_hub();
        copy_database(world.path("old-hub.db"), world.hub_path());
        world.open_hub();
        world.regrant(li, scope_of({village}));
    }
    RecordId household_id;
};

TEST_F(HeardByOneAlone, IsOfferedBeforeItIsPurged) {
    must(world.sync(li));
    must(world.purge(li));
    EXPECT_EQ(office_view(world.hub(), household_id).text(field::summary), "核实为五人");
    EXPECT_TRUE(must(world.hub().unproved(10)).empty());
    must(world.sync_all());
    EXPECT_EQ(disagreement(world.hub(), li), "");
    EXPECT_EQ(disagreement(world.hub(), wang), "");
}

TEST_F(HeardByOneAlone, IsNotPurgedBeforeItWasOffered) {
    for (std::size_t cut = 0; outcome(li->purge_plan()) != "ok" || must(li->purge_plan()).streams.empty(); ++cut) {
        ASSERT_LT(cut, 20U);
        const Status synced = world.sync(li, [=](std::size_t n, Bytes message) {
            return n < cut ? std::optional<Bytes>(std::move(message)) : std::nullopt;
        });
        if (outcome(li->purge_plan()) == "ok" && !must(li->purge_plan()).streams.empty()) {
            EXPECT_EQ(office_view(world.hub(), household_id).text(field::summary), "核实为五人") << "cut at " << cut;
        }
    }
}

TEST_F(HeardByOneAlone, IsAskedForByNoOfficeThatForgotTheScope) {
    li.grant.former.clear();
    must(world.sync(li));
    EXPECT_NE(office_view(world.hub(), household_id).text(field::summary), "核实为五人");
    EXPECT_EQ(must(li->purge_plan()).streams.size(), 1U) << "nobody answers: it does not wait for ever";
}

TEST_F(Purge, OffersNothingThatABackupHolds) {
    save(world, wang, new_household(other_village, "别人的话"));
    must(world.sync_all());
    must(world.hub().store().back_up(world.path("backup.db"), storage_key(1)));
    save(world, wang, new_household(other_village, "备份以后的话"));
    must(world.sync_all());
    world.regrant(li, scope_of({village}));
    std::size_t offers = 0;
    must(world.sync(li, [&](std::size_t, Bytes message) {
        FrameReader frames(message);
        while (const auto frame = must(frames.next()))
            if (frame->kind == FrameKind::offer) {
                EXPECT_THAT(must(Offer::decode(frame->payload)).items, SizeIs(1));
                ++offers;
            }
        return std::optional<Bytes>(std::move(message));
    }));
    EXPECT_EQ(offers, 1U);
    must(world.sync(li));
    EXPECT_EQ(li->sync_report().round_trips, 1U) << "it was offered";
    must(world.purge(li));
}

TEST_F(Purge, WhatIsGrantedAgainComesBackWhole) {
    const RecordId own = save(world, li, new_household(other_village, "自己的话"));
    must(li->save({new_household(village, "一半"), new_household(other_village, "另一半")}, world.now_ms()));
    const RecordId others = save(world, wang, new_household(other_village, "别人的话"));
    must(world.sync_all());
    world.regrant(li, scope_of({village}));
    must(world.sync(li));
    must(world.purge(li));
    must(world.sync(li));
    EXPECT_EQ(outcome(li->read(own)), "not_found");
    world.regrant(li, scope_of({village, other_village}));
    must(world.sync_all());
    EXPECT_EQ(must(li->read(own)).text(field::summary), "自己的话");
    EXPECT_EQ(must(li->read(others)).text(field::summary), "别人的话");
    EXPECT_THAT(must(li->search("另一半", {})).cards, SizeIs(1));
    EXPECT_TRUE(succeeds(li->verify()));
    EXPECT_EQ(disagreement(world.hub(), li), "");
    save(world, li, add_note(own, "又可以写了"));
    must(world.sync_all());
    EXPECT_THAT(texts(must(wang->read(own)), field::notes), ElementsAre("又可以写了"));
}

TEST_F(Purge, AScreenIsToldToLookAgain) {
    save(world, li, new_household(other_village, "x"));
    must(world.sync(li));
    const std::int64_t token = must(li->change_token());
    world.regrant(li, scope_of({village}));
    must(world.sync(li));
    must(world.purge(li));
    EXPECT_EQ(must(li->changes_after(token)).answer, Changes::Answer::reload);
    const std::int64_t now = must(li->change_token());
    const RecordId made = save(world, li, new_household(village, "y"));
    const Changes changes = must(li->changes_after(now));
    ASSERT_THAT(changes.changes, SizeIs(1));
    EXPECT_EQ(changes.changes[0].record, made);
}

TEST(PurgeBroken, AFaultAtEveryStepLeavesTheOldFileOrTheNew) {
    for (const FaultPlan::Fault fault : {FaultPlan::Fault::io_error, FaultPlan::Fault::disk_full}) {
        World world(Durability::full, fault_vfs());
        Handset& li = world.enrol("li", scope_of({village, other_village}));
        save(world, li, new_household(village, "留下的话"));
        const RecordId gone = save(world, li, new_household(other_village, "要清除的话"));
        must(world.sync(li));
        world.regrant(li, scope_of({village}));
        must(world.sync(li));
        const PurgePlan plan = must(li->purge_plan());
        std::vector<Bytes> sealed;
        for (const HandoverContent& content : plan.to_seal) sealed.push_back(seal_for_office(content.bytes));
        world.close(li);
        std::uint64_t at = 1;
        for (bool done = false; !done; at += 3) {
            fault_plan() = {fault, at, 0, false};
            const Status purged = purge(world.options_of(li), world.fresh_options(li), sealed);
            const bool struck = fault_plan().struck;
            fault_plan() = {};
            done = static_cast<bool>(purged) && !struck;
            if (!purged) {  // the host goes on with the old file, and throws the new one away
                for (const char* suffix : {"", "-wal", "-shm"})
                    std::filesystem::remove(world.fresh_options(li).path + suffix);
                world.open(li);
                ASSERT_TRUE(succeeds(li->verify())) << "call " << at;
                ASSERT_EQ(must(li->read(gone)).text(field::summary), "要清除的话");
                world.close(li);
            } else if (!done) {  // the fault met only what comes after the new file was whole
                Store fresh = must(Store::open(world.fresh_options(li)));
                ASSERT_TRUE(succeeds(verify(fresh))) << "call " << at;
                done = true;
            }
            ASSERT_LT(at, 1000U);
        }
        EXPECT_GT(at, 10U) << "several steps were broken";
        world.switch_to_fresh(li);
        world.open(li);
        EXPECT_TRUE(succeeds(li->verify()));
        EXPECT_EQ(outcome(li->read(gone)), "not_found");
    }
}

TEST(PurgeProperty, LosesNoWordAndLeavesNone) {
    const Seeds range = seeds(12);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        PurgeRun run(seed);
        for (int day = 0; day < 3; ++day) {
            for (int n = 0; n < 30; ++n) run.step();
            ASSERT_EQ(run.fault(), "");
        }
    }
}

}  // namespace
}  // namespace doorstep::test
