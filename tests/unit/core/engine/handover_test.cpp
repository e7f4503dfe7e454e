// Work that travels in a file: it counts as if it had been pushed, once, in order, and whatever else happens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/sync/frame.hpp"
#include "core/sync/handover.hpp"
#include "tests/unit/core/support/mutations.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

/// The content with its closing hash made right again: what only somebody who means it can send.
Bytes resealed(Bytes content) {
    content.resize(content.size() - Hash::size);
    return content + Bytes(sha256(content).view());
}

class HandoverFile : public testing::Test {
protected:
    HandoverFile() : li_(world_.add("li", {village})) {}
    void save_some(int n) {
        for (int i = 0; i < n; ++i) save(world_, li_, new_household(village, "走访" + std::to_string(++saved_)));
    }
    Bytes export_now(std::optional<std::uint64_t> after = {}) { return must(li_->hand_over(after)).bytes; }
    Result<HandoverReceipt> import(const Bytes& content) {
        return world_.hub().import_handover(li_.grant, content, world_.now_ms());
    }
    std::uint64_t at_office() { return must(world_.hub().store().chain_top(li_->replica())).seq; }

    World world_;
    Handset& li_;
    int saved_ = 0;
};

TEST_F(HandoverFile, CountsAsIfItHadBeenPushed) {
    save_some(3);
    const HandoverContent content = must(li_->hand_over());
    EXPECT_EQ(content.after_seq, 0U);
    EXPECT_EQ(content.to_seq, 3U);
    EXPECT_EQ(content.top_seq, 3U);
    const HandoverReceipt receipt = must(import(content.bytes));
    EXPECT_EQ(receipt.replica, li_->replica());
    EXPECT_EQ(receipt.from_seq, 1U);
    EXPECT_EQ(receipt.to_seq, 3U);
    EXPECT_EQ(receipt.taken, 3U);
    EXPECT_EQ(must(world_.hub().list(0, 10)).size(), 3U);
    // The phone does not know yet; it learns when it meets the office.
    EXPECT_EQ(must(li_->outbox()).only_here, 3U);
    must(world_.sync_all());
    EXPECT_EQ(must(li_->outbox()).only_here, 0U);
    EXPECT_EQ(must(li_->verify()).state, must(world_.hub().verify()).state);
    EXPECT_TRUE(must(li_->hand_over()).bytes.empty());
}

TEST_F(HandoverFile, HasNoEffectTheSecondTime) {
    save_some(2);
    const Bytes first = export_now();
    must(import(first));
    EXPECT_EQ(must(import(first)).taken, 0U);
    save_some(2);
    const Bytes both = export_now();  // the phone has heard of nothing, so it hands over everything again
    EXPECT_EQ(must(import(both)).taken, 2U);
    EXPECT_EQ(must(import(first)).taken, 0U);
    EXPECT_EQ(must(import(both)).taken, 0U);
    EXPECT_EQ(must(world_.hub().verify()).commits, 4U);
}

TEST_F(HandoverFile, HasNoEffectAfterAnOrdinaryPush) {
    save_some(3);
    const Bytes content = export_now();
    must(world_.sync(li_));
    const Verification before = must(world_.hub().verify());
    EXPECT_EQ(must(import(content)).taken, 0U);
    EXPECT_EQ(must(world_.hub().verify()).state, before.state);
    EXPECT_EQ(must(world_.hub().verify()).commits, 3U);
}

TEST_F(HandoverFile, OutOfOrderSaysWhichIsMissingAndChangesNothing) {
    save_some(4);
    const Bytes all = export_now(0), later = export_now(2);
    const auto refused = import(later);
    EXPECT_EQ(outcome(refused), "chain_broken");
    EXPECT_THAT(refused.error().detail, testing::HasSubstr("up to 0, this file begins with 3"));
    EXPECT_EQ(at_office(), 0U);
    must(import(all));
    EXPECT_EQ(must(import(later)).taken, 0U);
    EXPECT_EQ(outcome(li_->hand_over(5)), "invalid_argument");
    EXPECT_TRUE(must(li_->hand_over(4)).bytes.empty());
}

TEST_F(HandoverFile, BeginsWhereTheOfficeStands) {
    save_some(2);
    must(world_.sync(li_));
    save_some(2);
    const HandoverContent content = must(li_->hand_over());
    EXPECT_EQ(content.after_seq, 2U);
    EXPECT_EQ(must(import(content.bytes)).taken, 2U);
    EXPECT_EQ(at_office(), 4U);
}

TEST_F(HandoverFile, WhatMayNotBeAppliedIsHeld) {
    save_some(1);
    const Bytes content = export_now();
    const Grant elsewhere{{{area(far_village)}}, "li"};
    EXPECT_EQ(must(world_.hub().import_handover(elsewhere, content, world_.now_ms())).taken, 1U);
    EXPECT_EQ(must(world_.hub().held(10)).size(), 1U);
    EXPECT_TRUE(must(world_.hub().list(0, 10)).empty());
    EXPECT_EQ(at_office(), 1U);
}

TEST_F(HandoverFile, OfACopiedPhoneIsAForkAndSettledByItsNextSync) {
    save_some(2);
    must(world_.sync(li_));
    copy_database(li_.path, world_.path("copy.db"));
    save_some(1);
    must(world_.sync(li_));
    world_.close(li_);
    copy_database(world_.path("copy.db"), li_.path);
    world_.open(li_);
    save_some(1);
    EXPECT_EQ(outcome(import(export_now())), "forked");
    must(world_.sync_all());
    EXPECT_EQ(must(world_.hub().list(0, 10)).size(), 4U);
    EXPECT_EQ(must(li_->outbox()).only_here, 0U);
}

TEST_F(HandoverFile, OfManyFramesArrivesWhole) {
    for (int i = 0; i < 12; ++i) save(world_, li_, new_household(village, std::string(60'000, 'x')));
    const Bytes content = export_now();
    EXPECT_GT(must(Handover::decode(content)).frames.size(), 4U);
    EXPECT_EQ(must(import(content)).taken, 12U);
}

TEST_F(HandoverFile, OfAPhoneThatIsNotEnrolledIsNotMade) {
    auto phone = must(
        Phone::open({world_.path("new.db"), storage_key(9), OpenMode::create, Durability::normal, {}}, fresh_seed()));
    EXPECT_EQ(outcome(phone->hand_over()), "not_enrolled");
}

TEST_F(HandoverFile, ChangedByAByteIsRefused) {
    save_some(2);
    const Bytes content = export_now();
    each_likely_mutation(content, [&](const Bytes& changed) { ASSERT_FALSE(Handover::decode(changed)); });
    EXPECT_EQ(outcome(import(content.substr(0, 40))), "malformed");
    EXPECT_EQ(at_office(), 0U);
}

TEST_F(HandoverFile, HostileContentIsRefusedThoughItsHashIsRight) {
    save_some(2);
    const Bytes content = export_now();
    constexpr std::size_t format_at = 4, replica_at = 5, before_at = 21, to_at = 22, frames_at = 23;
    Bytes newer = content, nobody = content, beyond = content, short_of = content;
    newer[format_at] = 2;
    nobody.replace(replica_at, ReplicaId::size, ReplicaId::size, '\0');
    beyond[to_at] = 3;
    short_of[to_at] = 1;
    Bytes other_kind = content.substr(0, frames_at), no_frames = content.substr(0, frames_at);
    write_frame(other_kind, FrameKind::pull, "x");
    Bytes damaged = no_frames;
    write_frame(damaged, FrameKind::push, "\xff");
    Bytes gap = content;
    gap[before_at] = 1;
    gap[to_at] = 3;
    gap.insert(before_at + 1, Bytes(Hash::size, '\1'));
    const Bytes tail(Hash::size, '\0');
    struct Row {
        const char* name;
        Bytes content;
        const char* code;
    };
    const Row rows[] = {
        {"a newer format", newer, "protocol_version"},
        {"no replica", nobody, "malformed"},
        {"ends early", beyond, "malformed"},
        {"ends late", short_of, "malformed"},
        {"another frame", other_kind + tail, "malformed"},
        {"no frame", no_frames + tail, "malformed"},
        {"a push that is none", damaged + tail, "malformed"},
        {"commits that do not follow", gap, "chain_broken"},
        {"a word behind the frames", content.substr(0, content.size() - Hash::size) + "x" + tail, "malformed"},
        {"only magic", "DSHO" + tail, "malformed"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(outcome(import(resealed(row.content))), row.code);
    }
    EXPECT_EQ(outcome(import(Bytes(limits::handover_bytes_max + 1, 'x'))), "payload_too_large");
    EXPECT_EQ(at_office(), 0U);
    // And whatever else: never a crash, and nothing taken that does not follow.
    each_likely_mutation(content.substr(0, content.size() - Hash::size),
                         [&](const Bytes& changed) { static_cast<void>(Handover::decode(resealed(changed + tail))); });
}

}  // namespace
}  // namespace doorstep::test
