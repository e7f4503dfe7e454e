// Attachments: whole or not there, resumed wherever they were cut, after the words, within their quota.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/engine/blobs.hpp"
#include "core/sync/blob_message.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/mutations.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using Presence = BlobStanding::Presence;
constexpr std::uint64_t office_bytes_max = 100 << 20;
constexpr std::uint32_t pictures = 9;  // a field this version does not know: it folds by the kind in its ops

Bytes picture(std::size_t size, std::uint64_t seed = 1) {
    Random random(seed);
    Bytes out(size, '\0');
    for (char& byte : out) byte = static_cast<char>(random.below(256));
    return out;
}

BlobName add(BlobShelf shelf, const Bytes& content) {
    const BlobNo draft = must(shelf.begin());
    for (std::size_t at = 0; at < content.size(); at += limits::chunk_bytes)
        must(shelf.append(draft, BytesView(content).substr(at, limits::chunk_bytes)));
    return must(shelf.finish(draft, "image/jpeg"));
}

Bytes content_of(BlobShelf shelf, const BlobName& name) {
    Bytes out;
    for (std::uint64_t n = 0; out.size() < name.size; ++n) out += must(shelf.read(name.hash, n));
    return out;
}

class Blobs : public testing::Test {
protected:
    Blobs() : li_(world_.add("li", {village})), wang_(world_.add("wang", {village})) {
        home_ = save(world_, li_, new_household(village, "一户三人"));
        must(world_.sync_all());
    }
    void attach(Handset& handset, const BlobName& name) {
        must(handset->save(
            {{home_, household, {}, {{pictures, Kind::set, Op::Action::put, must(Value::attachment(name)), {}}}}},
            world_.now_ms()));
    }
    BlobShelf office() { return world_.hub().blobs(office_bytes_max); }
    /// Carries until the end, or until `messages` were exchanged.
    Result<BlobCourier> carry(Handset& handset, int messages = 1000) {
        BlobCourier courier(handset->blobs());
        DOORSTEP_TRY_ASSIGN(std::optional<Bytes> request, courier.begin());
        for (; request && messages > 0; --messages) {
            DOORSTEP_TRY_ASSIGN(const Bytes answer, office().answer(handset.grant, *request, world_.now_ms()));
            DOORSTEP_TRY_ASSIGN(request, courier.next(answer));
        }
        return courier;
    }
    Presence at_office(const BlobName& name) { return must(office().standing(name.hash)).presence; }
    static Presence at(Handset& handset, const BlobName& name) {
        return must(handset->blobs().standing(name.hash)).presence;
    }

    World world_;
    Handset& li_;
    Handset& wang_;
    RecordId home_;
};

TEST_F(Blobs, AreAddedInStepsAndReadInChunks) {
    for (const std::size_t size : {std::size_t{1}, limits::chunk_bytes - 1, limits::chunk_bytes,
                                   limits::chunk_bytes + 1, 3 * limits::chunk_bytes}) {
        const Bytes content = picture(size, size);
        const BlobName name = add(li_->blobs(), content);
        EXPECT_EQ(name.hash, sha256(content));
        EXPECT_EQ(name.size, size);
        EXPECT_EQ(content_of(li_->blobs(), name), content);
        EXPECT_EQ(outcome(li_->blobs().read(name.hash, (size + limits::chunk_bytes - 1) / limits::chunk_bytes)),
                  "not_found");
    }
}

TEST_F(Blobs, TheSameContentLiesThereOnce) {
    const Bytes content = picture(limits::chunk_bytes) + picture(limits::chunk_bytes) + "x";
    const BlobName first = add(li_->blobs(), content);
    const std::uint64_t held = must(li_->blobs().table().bytes_held());
    const BlobName second = add(li_->blobs(), content);
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_EQ(must(li_->blobs().table().bytes_held()), held);
    EXPECT_EQ(must(must(Database::open(world_.options_of(li_))).number("SELECT count(*) FROM chunk")), 2);
}

TEST_F(Blobs, ADraftIsNotThereUntilItIsFinished) {
    BlobShelf shelf = li_->blobs();
    const BlobNo draft = must(shelf.begin());
    EXPECT_EQ(outcome(shelf.finish(draft, "image/jpeg")), "invalid_argument");
    must(shelf.append(draft, "走访照片"));
    EXPECT_EQ(must(shelf.standing(sha256("走访照片"))).presence, Presence::unknown);
    EXPECT_EQ(outcome(shelf.append(draft, "more")), "invalid_argument");
    EXPECT_EQ(outcome(shelf.append(draft, "")), "invalid_argument");
    EXPECT_EQ(outcome(shelf.append(draft, picture(limits::chunk_bytes + 1))), "invalid_argument");
    EXPECT_EQ(outcome(shelf.append(draft + 1, "x")), "not_found");
    EXPECT_EQ(outcome(shelf.finish(draft, "")), "invalid_argument");
    EXPECT_EQ(outcome(shelf.finish(draft, "image jpeg")), "invalid_argument");
    must(shelf.abandon(draft));
    EXPECT_EQ(outcome(shelf.finish(draft, "image/jpeg")), "not_found");
    EXPECT_EQ(must(shelf.table().bytes_held()), 0U);
}

TEST_F(Blobs, GoUpAndDownAfterTheWordsThatNameThem) {
    const Bytes content = picture(2 * limits::chunk_bytes + 5);
    const BlobName name = add(li_->blobs(), content);
    attach(li_, name);
    // Before the words arrive the office has nothing that names it, and takes nothing.
    EXPECT_EQ(must(carry(li_)).sent_bytes(), 0U);
    EXPECT_EQ(at_office(name), Presence::unknown);
    must(world_.sync_all());
    EXPECT_EQ(at_office(name), Presence::not_here_yet);
    EXPECT_EQ(at(wang_, name), Presence::not_here_yet);
    EXPECT_EQ(outcome(wang_->blobs().read(name.hash, 0)), "not_here_yet");
    EXPECT_EQ(must(carry(wang_)).received_bytes(), 0U);  // late: the office has not got it either
    EXPECT_EQ(must(carry(li_)).sent_bytes(), content.size());
    EXPECT_EQ(at_office(name), Presence::whole);
    EXPECT_EQ(must(carry(li_)).sent_bytes(), 0U);
    EXPECT_EQ(must(carry(wang_)).received_bytes(), content.size());
    EXPECT_EQ(content_of(wang_->blobs(), name), content);
    EXPECT_EQ(must(carry(wang_)).received_bytes() + must(carry(wang_)).sent_bytes(), 0U);
}

TEST_F(Blobs, FollowWordsThatCameBeforeAccessWasTakenBack) {
    const Bytes content = picture(limits::chunk_bytes + 5), theirs = picture(7, 2);
    const BlobName name = add(li_->blobs(), content);
    attach(li_, name);
    must(world_.sync(li_));
    attach(wang_, add(wang_->blobs(), theirs));
    must(world_.sync_all());
    must(carry(wang_));
    li_.grant = {Scope(), "li", {}, Grant::Access::drain_only};
    const BlobCourier courier = must(carry(li_));
    EXPECT_EQ(courier.sent_bytes(), content.size());
    EXPECT_EQ(courier.received_bytes(), 0U) << "nothing is given to whoever is revoked";
    EXPECT_EQ(at_office(name), Presence::whole);
}

TEST_F(Blobs, GoOnWhereverTheyWereCut) {
    const Bytes content = picture(5 * limits::chunk_bytes - 7);
    const BlobName name = add(li_->blobs(), content);
    attach(li_, name);
    must(world_.sync_all());
    std::uint64_t sent = 0, received = 0;
    for (int i = 0; i < 20 && at_office(name) != Presence::whole; ++i) {
        sent += must(carry(li_, 2)).sent_bytes();
        EXPECT_NE(outcome(office().read(name.hash, 0)), at_office(name) == Presence::whole ? "not_here_yet" : "ok");
        world_.reopen(li_);
        world_.open_hub();
    }
    EXPECT_LE(sent, content.size() + 5 * limits::chunk_bytes);  // one chunk may be under way at each cut
    for (int i = 0; i < 20 && at(wang_, name) != Presence::whole; ++i) {
        received += must(carry(wang_, 1)).received_bytes();
        EXPECT_EQ(outcome(wang_->blobs().read(name.hash, 0)),
                  at(wang_, name) == Presence::whole ? "ok" : "not_here_yet");
        world_.reopen(wang_);
    }
    EXPECT_EQ(received, content.size());
    EXPECT_EQ(content_of(wang_->blobs(), name), content);
}

TEST_F(Blobs, WrongBytesAreNeverTakenForRight) {
    const Bytes content = picture(limits::chunk_bytes + 9);
    const BlobName name = add(li_->blobs(), content);
    attach(li_, name);
    must(world_.sync_all());
    BlobShelf there = office();
    EXPECT_EQ(outcome(there.receive(name.hash, limits::chunk_bytes, content.substr(limits::chunk_bytes))),
              "chain_broken");
    EXPECT_EQ(outcome(there.receive(name.hash, 0, "short")), "malformed");
    EXPECT_EQ(outcome(there.receive(sha256("nobody names it"), 0, "x")), "not_found");
    must(there.receive(name.hash, 0, BytesView(content).substr(0, limits::chunk_bytes)));
    must(there.receive(name.hash, 0, BytesView(content).substr(0, limits::chunk_bytes)));  // again: no effect
    Bytes end = content.substr(limits::chunk_bytes);
    end[3] = static_cast<char>(end[3] ^ 1);
    EXPECT_EQ(outcome(there.receive(name.hash, limits::chunk_bytes, end)), "digest_mismatch");
    EXPECT_EQ(must(there.standing(name.hash)).have, 0U);
    EXPECT_EQ(must(there.table().bytes_held()), 0U);
    must(carry(li_));
    EXPECT_EQ(at_office(name), Presence::whole);
}

TEST_F(Blobs, QuotaIsSaidAndLosesNoWord) {
    const BlobName name = add(li_->blobs(), picture(2 * limits::chunk_bytes));
    attach(li_, name);
    must(world_.sync_all());
    BlobShelf tight = world_.hub().blobs(2 * limits::chunk_bytes - 1),
              exact = world_.hub().blobs(2 * limits::chunk_bytes);
    const Bytes content = content_of(li_->blobs(), name);
    must(tight.receive(name.hash, 0, BytesView(content).substr(0, limits::chunk_bytes)));
    EXPECT_EQ(outcome(tight.receive(name.hash, limits::chunk_bytes, BytesView(content).substr(limits::chunk_bytes))),
              "quota_exceeded");
    must(exact.receive(name.hash, limits::chunk_bytes, BytesView(content).substr(limits::chunk_bytes)));
    const BlobNo draft = must(exact.begin());
    EXPECT_EQ(outcome(exact.append(draft, "x")), "quota_exceeded");
    EXPECT_EQ(must(world_.hub().read(home_)).text(field::summary), "一户三人");
}

TEST_F(Blobs, AreCollectedOnlyWhenNoOpNamesThem) {
    const BlobName named = add(li_->blobs(), picture(100, 1)), in_a_form = add(li_->blobs(), picture(100, 2)),
                   nobodys = add(li_->blobs(), picture(100, 3));
    attach(li_, named);
    const BlobNo draft = must(li_->blobs().begin());
    must(li_->blobs().append(draft, "x"));
    EXPECT_EQ(must(li_->blobs().collect({in_a_form.hash})), 1U);
    EXPECT_EQ(at(li_, named), Presence::whole);
    EXPECT_EQ(at(li_, in_a_form), Presence::whole);
    EXPECT_EQ(at(li_, nobodys), Presence::unknown);
    EXPECT_EQ(must(li_->blobs().finish(draft, "text/plain")).size, 1U);
}

TEST_F(Blobs, ASharedChunkStaysWhileOneNeedsIt) {
    const Bytes common = picture(limits::chunk_bytes);
    const BlobName one = add(li_->blobs(), common + "1"), two = add(li_->blobs(), common + "2");
    attach(li_, two);
    EXPECT_EQ(must(li_->blobs().collect({})), 1U);
    EXPECT_EQ(at(li_, one), Presence::unknown);
    EXPECT_EQ(content_of(li_->blobs(), two), common + "2");
}

template <class Message>
void expect_other_lengths_refused(const Message& message) {
    const Bytes payload = message.encode();
    EXPECT_EQ(must(Message::decode(payload)).encode(), payload);
    each_other_length(payload, [](const Bytes& changed) { ASSERT_FALSE(Message::decode(changed)); });
}

TEST_F(Blobs, HostileMessagesAreRefused) {
    const BlobName name = add(li_->blobs(), picture(limits::chunk_bytes + 9));
    attach(li_, name);
    must(world_.sync_all());
    const auto refusal = [&](FrameKind kind, const Bytes& payload) {
        Bytes request;
        write_frame(request, kind, payload);
        const Bytes answer = must(office().answer(li_.grant, request, world_.now_ms()));
        const auto frame = must(FrameReader(answer).next());
        return frame->kind == FrameKind::blob_refused ? must(BlobRefused::decode(frame->payload)).code : 0;
    };
    const auto code = [](Errc errc) { return static_cast<std::uint32_t>(errc); };
    EXPECT_EQ(refusal(FrameKind::blob_put, ""), code(Errc::malformed));
    EXPECT_EQ(refusal(FrameKind::hello, "x"), code(Errc::malformed));
    EXPECT_EQ(refusal(FrameKind::blob_put, BlobPut{name.hash, name.size + 1, 0, {}}.encode()), code(Errc::malformed));
    EXPECT_EQ(refusal(FrameKind::blob_put, BlobPut{sha256("?"), 1, 0, "x"}.encode()), code(Errc::not_found));
    EXPECT_EQ(refusal(FrameKind::blob_get, BlobGet{name.hash, 0}.encode()), code(Errc::not_here_yet));
    EXPECT_EQ(refusal(FrameKind::blob_get, BlobGet{sha256("?"), 0}.encode()), code(Errc::not_found));
    EXPECT_EQ(must(office().answer(li_.grant, "", world_.now_ms())).empty(), false);
    expect_other_lengths_refused(BlobPut{name.hash, 9, 0, "123456789"});
    expect_other_lengths_refused(BlobGet{name.hash, 0});
    expect_other_lengths_refused(BlobHave{name.hash, 0, BlobHave::Whole::no});
    expect_other_lengths_refused(BlobData{name.hash, 0, "x"});
    expect_other_lengths_refused(BlobRefused{name.hash, 2});
    EXPECT_EQ(outcome(BlobPut::decode(BlobPut{name.hash, 0, 0, {}}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobPut::decode(BlobPut{name.hash, limits::blob_bytes_max + 1, 0, {}}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobPut::decode(BlobPut{name.hash, 10, 5, "x"}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobPut::decode(BlobPut{name.hash, limits::chunk_bytes * 2, 0, "x"}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobPut::decode(BlobPut{name.hash, 1, 0, "xy"}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobPut::decode(BlobPut{name.hash, 10, limits::chunk_bytes, {}}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobData::decode(BlobData{name.hash, 0, {}}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobData::decode(BlobData{name.hash, limits::blob_bytes_max, "x"}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobData::decode(BlobData{name.hash, 7, "x"}.encode())), "malformed");
    EXPECT_EQ(outcome(BlobGet::decode(BlobGet{name.hash, 7}.encode())), "malformed");
    const auto have = [&](std::uint64_t offset, int whole) {
        return outcome(BlobHave::decode(BlobHave{name.hash, offset, static_cast<BlobHave::Whole>(whole)}.encode()));
    };
    EXPECT_EQ(have(limits::blob_bytes_max, 1), "ok");
    EXPECT_EQ(have(limits::blob_bytes_max + 1, 1), "malformed");
    EXPECT_EQ(have(7, 2), "malformed");
}

TEST_F(Blobs, ACourierBelievesNoAnswerThatCannotBe) {
    const BlobName name = add(li_->blobs(), picture(2 * limits::chunk_bytes));
    attach(li_, name);
    must(world_.sync_all());
    const auto told = [&](FrameKind kind, const Bytes& payload) {
        BlobCourier courier(li_->blobs());
        must(courier.begin());
        Bytes answer;
        write_frame(answer, kind, payload);
        return outcome(courier.next(answer));
    };
    EXPECT_EQ(told(FrameKind::blob_have, BlobHave{sha256("?"), 0, BlobHave::Whole::no}.encode()), "malformed");
    EXPECT_EQ(told(FrameKind::blob_have, BlobHave{name.hash, name.size, BlobHave::Whole::no}.encode()), "malformed");
    EXPECT_EQ(told(FrameKind::blob_data, BlobData{name.hash, 0, "x"}.encode()), "malformed");
    EXPECT_EQ(told(FrameKind::welcome, ""), "malformed");
    EXPECT_EQ(told(FrameKind::blob_have, ""), "malformed");
    BlobCourier courier(li_->blobs());
    EXPECT_EQ(outcome(courier.next("")), "invalid_argument");
    must(courier.begin());
    EXPECT_EQ(outcome(courier.next("")), "malformed");
}

}  // namespace
}  // namespace doorstep::test
