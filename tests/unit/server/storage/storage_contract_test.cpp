// What every storage promises, held of each: several processes over one county are one office.
#include <gmock/gmock.h>

#include <thread>

#include "core/base/sha256.hpp"
#include "crypto/totp.hpp"
#include "server/access/policy.hpp"
#include "tests/unit/server/storage/county.hpp"

namespace doorstep::server::test {
namespace {

using namespace doorstep::test;

class StorageContract : public testing::TestWithParam<Kind> {
protected:
    County county{GetParam()};
    std::unique_ptr<Storage> a = county.open(1), b = county.open(2);

    /// Both hold the same commits in the same order, and fold them to the same records.
    void expect_same() {
        must(a->catch_up());
        must(b->catch_up());
        const StorageReport left = must(a->verify()), right = must(b->verify());
        EXPECT_EQ(left.verification.state, right.verification.state);
        EXPECT_EQ(left.verification.commits, right.verification.commits);
        ASSERT_EQ(left.heads.size(), right.heads.size());
        for (std::size_t i = 0; i < left.heads.size(); ++i) {
            EXPECT_EQ(left.heads[i].position, right.heads[i].position);
            EXPECT_EQ(left.heads[i].digest, right.heads[i].digest);
        }
    }
};

TEST_P(StorageContract, APhoneMayAskAnyProcess) {
    County::Handset li = county.enrol(*a, "li", {village}), wang = county.enrol(*b, "wang", {village});
    for (int round = 0; round < 4; ++round) {
        const RecordId made = county.save(li, new_household(village, "第" + std::to_string(round) + "户"));
        must(county.sync(li, round % 2 == 0 ? *a : *b));
        must(county.sync(wang, round % 2 == 0 ? *b : *a));
        county.save(wang, set_text(made, field::summary, "改" + std::to_string(round)));
        county.save(li, add_need(made, "低保"));
        must(county.sync(wang, *a));
        must(county.sync(li, *b));
    }
    expect_same();
    EXPECT_EQ(must(a->verify()).verification.records, 4u);
}

TEST_P(StorageContract, WhoPushedAtOneReadsItsWordsAtTheOther) {
    County::Handset li = county.enrol(*a, "li", {village});
    const RecordId made = county.save(li, new_household(village, "张家"));
    must(county.sync(li, *a));
    must(b->catch_up());
    EXPECT_EQ(must(b->history(made)).entries.size(), must(a->history(made)).entries.size());
    EXPECT_EQ(must(b->list(0, 10)).size(), 1u);
}

TEST_P(StorageContract, OneUndoneCallTakesNoneAlongAndAFailedGroupAll) {
    County::Handset li = county.enrol(*a, "li", {village});
    must(a->together([&] {
        must(a->keep_reply(sha256("key"), {sha256("request"), 200, "answer"}, county.now_ms()));
        EXPECT_EQ(outcome(a->revoke("nobody", "none", county.now_ms())), "not_found");
    }));
    must(b->catch_up());
    EXPECT_EQ(must(b->kept_reply(sha256("key"), county.now_ms()))->body, "answer");
}

TEST_P(StorageContract, AccountsAndSessionsHoldAtEveryProcess) {
    const std::string token =
        must(a->add_staff({"chen", Actor::unit_head, {{area(doorstep::test::county)}}}, county.now_ms()));
    must(b->catch_up());
    const Hash verifier = sha256("password");
    const Bytes secret = must(b->activate_staff("chen", token, verifier, county.now_ms()));
    must(a->catch_up());
    const std::uint64_t now = county.now_ms();
    const SignedIn in =
        must(a->sign_in({"chen", verifier, crypto::totp_code(secret, now / crypto::totp_step_ms), {}}, now));
    must(b->catch_up());
    EXPECT_EQ(must(b->session(in.session, county.now_ms())).staff, "chen");
    must(b->sign_out(in.session, county.now_ms()));
    must(a->catch_up());
    EXPECT_EQ(outcome(a->session(in.session, county.now_ms())), "unauthorized");
}

TEST_P(StorageContract, TheAuditChainIsOne) {
    for (int i = 0; i < 3; ++i) {
        must(a->note({audit::Action::backed_up, std::string(audit::console)}, county.now_ms()));
        must(b->catch_up());
        must(b->note({audit::Action::configured, std::string(audit::console), "x"}, county.now_ms()));
        must(a->catch_up());
    }
    EXPECT_EQ(must(a->last_note(audit::Action::configured))->number,
              must(b->last_note(audit::Action::backed_up))->number + 1);
}

struct Heard final : ChangeListener {
    void on_changes(const Changes& changes) override {
        streams += changes.streams.size();
        access = access || changes.access == Changes::Access::other;
    }
    std::size_t streams = 0;
    bool access = false;
};

TEST_P(StorageContract, WhoListensHearsOfTheOther) {
    County::Handset li = county.enrol(*a, "li", {village});
    Heard heard;
    must(b->catch_up());
    b->set_listener(&heard);
    county.save(li, new_household(village, "张家"));
    must(county.sync(li, *a));
    for (int beats = 0; beats < 100 && heard.streams == 0; ++beats) {
        must(b->tell_changes());
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(heard.streams, 1u);
    must(a->revoke("li", "li", county.now_ms()));
    for (int beats = 0; beats < 100 && !heard.access; ++beats) {
        must(b->tell_changes());
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_TRUE(heard.access);
    b->set_listener(nullptr);
}

TEST_P(StorageContract, WhatIsErasedIsGoneAtEveryProcess) {
    County::Handset li = county.enrol(*a, "li", {village});
    const std::string words = "一句要删去的话-" + county.tenant();
    const RecordId made = county.save(li, new_household(village, words));
    must(county.sync(li, *a));
    must(b->catch_up());
    const WrittenPart part = must(b->parts_of(made)).front();
    ErasureOrder order;
    order.dot = part.dot;
    order.stream = part.stream;
    order.rule = "第四十七条";
    order.ordered_by = "li";
    must(b->erase(order, "chen", county.now_ms()));
    must(a->catch_up());
    expect_same();
    EXPECT_TRUE(must(a->parts_of(made)).empty() || must(a->parts_of(made)).front().dot != part.dot);
    a.reset();
    b.reset();
    for (int n = 1; n <= 2; ++n) {
        DatabaseOptions options;
        options.path = county.path(n);
        options.key = storage_key(1);
        EXPECT_EQ(decrypted_pages(options).find(words), Bytes::npos) << "process " << n;
    }
}

TEST_P(StorageContract, AThirdProcessBeginsWithAll) {
    County::Handset li = county.enrol(*a, "li", {village});
    for (int i = 0; i < 3; ++i) {
        county.save(li, new_household(village, "户" + std::to_string(i)));
        must(county.sync(li, *a));
        if (i == 1) must(a->back_up(county.scratch().path("copy.db"), county.now_ms()));
    }
    const auto copy =
        must(open_sqlite_storage(county.scratch().path("copy.db"), storage_key(1), fresh_seed(), some_divisions()));
    EXPECT_EQ(must(copy->verify()).verification.records, 2u) << "a backup is a file that stands alone";
    const auto c = county.open(3);
    EXPECT_EQ(must(c->verify()).verification.state, must(a->verify()).verification.state);
    must(county.sync(li, *c));
    expect_same();
}

TEST_P(StorageContract, ItIsTheSameAfterItWasClosed) {
    County::Handset li = county.enrol(*a, "li", {village});
    county.save(li, new_household(village, "张家"));
    must(county.sync(li, *a));
    const Digest state = must(a->verify()).verification.state;
    a.reset();
    county.save(li, new_household(village, "李家"));
    must(county.sync(li, *b));
    EXPECT_NE(must(b->verify()).verification.state, state);
    a = county.open(1);
    expect_same();
}

INSTANTIATE_TEST_SUITE_P(Storages, StorageContract, testing::Values(Kind::sqlite, Kind::postgres),
                         [](const auto& each) { return name_of(each.param); });

}  // namespace
}  // namespace doorstep::server::test
