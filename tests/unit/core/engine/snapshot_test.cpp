// First sync by chunks: made once, the same for everybody, resumed where a line broke, and never in the way of atomic
// commits or of what a phone has not sent yet.
#include "core/engine/snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/chunk.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::UnorderedElementsAre;

constexpr ChunkSize small{/*commits_min=*/2, /*commits_max=*/4, limits::run_bytes_max - limits::commit_bytes_max};

std::size_t frames_of(const Bytes& message, FrameKind kind) {
    std::size_t count = 0;
    FrameReader frames(message);
    while (const auto frame = must(frames.next())) count += frame->kind == kind ? 1 : 0;
    return count;
}

/// What the phone was answered, without WELCOME and HEADS, which name it.
struct Overheard {
    Bytes chunks;
    std::size_t pieces = 0, data = 0, bytes = 0;

    Wire wire() {
        return [this](std::size_t n, Bytes message) {
            if (n % 2 == 0) return std::optional<Bytes>(std::move(message));
            bytes += message.size();
            pieces += frames_of(message, FrameKind::chunk);
            data += frames_of(message, FrameKind::data);
            FrameReader frames(message);
            while (const auto frame = must(frames.next()))
                if (frame->kind == FrameKind::chunk) chunks.append(frame->payload);
            return std::optional<Bytes>(std::move(message));
        };
    }
};

class FirstSync : public testing::Test {
protected:
    explicit FirstSync(int texts = 18, std::size_t text_bytes = 40) {
        world.cut_chunks(small);
        for (int i = 0; i < texts; ++i)
            records.push_back(
                save(world, li, new_household(village, std::to_string(i) + std::string(text_bytes, 'x'))));
        must(world.sync(li));
    }
    void expect_agreement() {
        must(world.sync_all());
        must(world.hub().verify());
        for (const auto& handset : world.handsets()) {
            EXPECT_EQ(disagreement(world.hub(), *handset), "");
            const auto found = (*handset)->verify();
            ASSERT_TRUE(succeeds(found));
            if (handset->grant.areas == li.grant.areas) {
                EXPECT_EQ(found.value().state, must(li->verify()).state);
            }
        }
    }

    World world;
    Handset& li = world.add("li", {village});
    std::vector<RecordId> records;
};

TEST_F(FirstSync, TakesChunksAndTheTailAsData) {
    Handset& wang = world.add("wang", {village});
    Overheard heard;
    ASSERT_TRUE(succeeds(world.sync(wang, heard.wire())));
    EXPECT_EQ(heard.pieces, 4U) << "four full runs of four commits";
    EXPECT_EQ(heard.data, 1U) << "two commits that fill none";
    EXPECT_EQ(must(wang->list(0, 100)).size(), 18U);
    expect_agreement();
}

TEST_F(FirstSync, EverybodyIsSentTheSameBytesWhichAreMadeOnce) {
    Overheard first, second, third;
    must(world.sync(world.add("wang", {village}), first.wire()));
    must(world.hub().store().database().execute(
        "UPDATE commits SET body = x'00' WHERE no <= 16"));  // the log is not read
    must(world.sync(world.add("zhao", {village}), second.wire()));
    must(world.sync(world.add("sun", {town}), third.wire()));
    EXPECT_EQ(first.chunks.empty(), false);
    EXPECT_EQ(first.chunks, second.chunks);
    EXPECT_EQ(first.chunks, third.chunks);
}

TEST_F(FirstSync, APhoneInTheMiddleOfARunGoesOnAsDataToItsEnd) {
    Handset &wang = world.add("wang", {village}), &zhao = world.add("zhao", {village});
    world.cut_chunks({2, 100, small.bytes_max});
    must(world.sync(wang));  // no full run: all DATA, the cursor stands at 18
    world.cut_chunks(small);
    for (int i = 0; i < 10; ++i) save(world, li, new_household(village, "later"));
    must(world.sync(li));
    must(world.sync(zhao));  // runs 1-4 … 25-28 are cut now
    Overheard heard;
    must(world.sync(wang, heard.wire()));
    EXPECT_EQ(heard.data, 1U) << "19 and 20";
    EXPECT_EQ(heard.pieces, 2U) << "21-24 and 25-28";
    expect_agreement();
}

TEST_F(FirstSync, AFullDiskAtTheOfficeServesWithoutKeeping) {
    must(world.hub().store().database().execute("PRAGMA max_page_count = 1"));
    must(world.sync(world.add("wang", {village})));
    expect_agreement();
}

TEST_F(FirstSync, UnsentWorkNeitherBlocksItNorIsTouched) {
    Handset& wang = world.add("wang", {village});
    const RecordId mine = save(world, wang, new_household(village, "未上传"));
    const auto unsent = [](std::size_t n, Bytes message) {
        return n >= 3 ? std::nullopt : std::optional<Bytes>(std::move(message));
    };
    static_cast<void>(outcome(world.sync(wang, unsent)));
    EXPECT_THAT(texts(must(wang->read(mine)), field::summary), UnorderedElementsAre("未上传"));
    expect_agreement();
}

// Invariant 8: what one save wrote to two streams becomes visible at once, also in a first sync.
TEST_F(FirstSync, ACommitOfSeveralPartsGoesAsDataAndIsSeenWhole) {
    Handset& town_li = world.add("town-li", {town});
    RecordEdit here = new_household(village, "此处"), there = new_household(other_village, "彼处");
    const auto both = must(town_li->save({here, there}, world.now_ms()));
    for (int i = 0; i < 7; ++i) save(world, town_li, new_household(village, "after"));
    must(world.sync(town_li));
    Handset &wang = world.add("wang", {town}), &zhao = world.add("zhao", {other_village});
    const auto watch = [&](std::size_t, Bytes message) {
        EXPECT_EQ(bool(wang->read(both[0])), bool(wang->read(both[1])));
        return std::optional<Bytes>(std::move(message));
    };
    ASSERT_TRUE(succeeds(world.sync(wang, watch)));
    EXPECT_TRUE(wang->read(both[0]));
    ASSERT_TRUE(succeeds(world.sync(zhao)));
    EXPECT_EQ(outcome(zhao->read(both[0])), "not_found");
    EXPECT_EQ(outcome(zhao->read(both[1])), "ok");
    expect_agreement();
}

// Chunks and reconciliation: the one for who has nothing, the other for who has something else.
TEST_F(FirstSync, WhoLearntFromChunksBringsARestoredOfficeWhatItLost) {
    Handset& wang = world.add("wang", {village});
    must(world.hub().store().back_up(world.path("backup.db"), storage_key(1)));
    for (int i = 0; i < 14; ++i)
        records.push_back(save(world, li, new_household(village, "later " + std::to_string(i))));
    must(world.sync(li));
    Overheard heard;
    must(world.sync(wang, heard.wire()));
    ASSERT_EQ(heard.pieces, 8U) << "all of it came as chunks";
    world.handsets().erase(world.handsets().begin());  // li's phone lies in the river
    world.close_hub();
    copy_database(world.path("backup.db"), world.hub_path());
    world.open_hub();
    must(world.sync(wang));
    EXPECT_TRUE(must(world.hub().unproved(10)).empty()) << "the receipts came with the chunks";
    EXPECT_EQ(must(world.hub().list(0, 100)).size(), records.size());
    Handset& zhao = world.add("zhao", {village});
    Overheard again;
    must(world.sync(zhao, again.wire()));
    EXPECT_EQ(again.pieces, 8U);
    EXPECT_EQ(must(zhao->list(0, 100)).size(), records.size());
    EXPECT_EQ(disagreement(world.hub(), zhao), "");
    EXPECT_EQ(disagreement(world.hub(), wang), "");
    EXPECT_EQ(must(zhao->verify()).state, must(world.hub().verify()).state);
}

TEST_F(FirstSync, ADivergenceInWhatCameAsChunksIsMended) {
    Handset& wang = world.add("wang", {village});
    must(world.sync(wang));
    world.close(wang);
    {
        Store store = must(Store::open(world.options_of(wang)));
        StreamMark mark = must(store.stream_mark(stream(village)));
        must(store.shift_digests_after(mark.no, 5, Digest{3, 21}));
        mark.head.digest += Digest{3, 21};
        must(store.set_stream_mark(mark));
    }
    world.open(wang);
    for (int i = 0; i < 6; ++i) save(world, li, new_household(village, "later"));
    must(world.sync(li));
    Overheard heard;
    ASSERT_TRUE(succeeds(world.sync(wang, heard.wire())));
    EXPECT_EQ(must(wang->list(0, 100)).size(), 24U);
    expect_agreement();
}

TEST_F(FirstSync, ARebuiltOfficeCutsItsRunsAnew) {
    must(world.sync(world.add("wang", {village})));
    Store& store = world.hub().store();
    must(rebuild(store));
    EXPECT_EQ(must(ChunkTable(store.database()).end(must(store.stream_no(stream(village))))), 0U);
    Overheard heard;
    must(world.sync(world.add("zhao", {village}), heard.wire()));
    EXPECT_EQ(heard.pieces, 4U);
    expect_agreement();
}

/// Long texts: a run is several pieces.
class FirstSyncOfLongTexts : public FirstSync {
protected:
    FirstSyncOfLongTexts() : FirstSync(8, 60'000) {}

    static Wire cut_at(std::size_t message_n, std::size_t bytes) {
        return [=](std::size_t n, Bytes message) {
            if (n > message_n) return std::optional<Bytes>();
            if (n == message_n) message.resize(std::min(bytes, message.size()));
            return std::optional<Bytes>(std::move(message));
        };
    }
};

TEST_F(FirstSyncOfLongTexts, CutAnywhereGoesOnWhereItStopped) {
    Overheard whole;
    must(world.sync(world.add("wang", {village}), whole.wire()));
    ASSERT_GT(whole.pieces, 3U);
    ASSERT_LE(world.messages(), 4U) << "HELLO, then one answer that holds it all";
    std::size_t cut = 100;
    for (int n = 0; cut < whole.bytes; cut += 37'321, ++n) {
        SCOPED_TRACE("cut at " + std::to_string(cut));
        Handset& phone = world.add("phone" + std::to_string(n), {village});
        EXPECT_NE(outcome(world.sync(phone, cut_at(3, cut))), "internal");
        ASSERT_TRUE(succeeds(phone->verify()));
        if (n % 2 == 0) world.reopen(phone);
        Overheard rest;
        ASSERT_TRUE(succeeds(world.sync(phone, rest.wire())));
        EXPECT_LE(rest.bytes, whole.bytes - cut + limits::piece_bytes_max + 1000) << "at most one piece came twice";
        EXPECT_EQ(must(phone->list(0, 100)).size(), 8U);
        world.close(phone);
        world.handsets().pop_back();
    }
}

TEST_F(FirstSyncOfLongTexts, AChunkThatChangedMeanwhileStartsOver) {
    Handset& wang = world.add("wang", {village});
    EXPECT_EQ(outcome(world.sync(wang, cut_at(3, 150'000))), "malformed");
    ChunkTable table(world.hub().store().database());
    const StreamMark mark = must(world.hub().store().stream_mark(stream(village)));
    ChunkRow row = must(table.at(mark.no, 1)).value();
    row.hash = id_of<Hash>(9);  // as if the phone had pieces of an older one
    must(table.put(mark.no, row));
    must(table.forget_bytes(mark.no, 2, 2));
    Overheard heard;
    ASSERT_TRUE(succeeds(world.sync(wang, heard.wire())));
    EXPECT_EQ(must(wang->list(0, 100)).size(), 8U);
    expect_agreement();
}

TEST_F(FirstSyncOfLongTexts, PiecesThatCannotBeReadAreAskedForAgain) {
    Handset& wang = world.add("wang", {village});
    EXPECT_EQ(outcome(world.sync(wang, cut_at(3, 150'000))), "malformed");
    world.close(wang);
    {
        Store store = must(Store::open(world.options_of(wang)));
        must(store.set_meta("staged", "no piece"));
    }
    world.open(wang);
    ASSERT_TRUE(succeeds(world.sync(wang)));
    EXPECT_EQ(must(wang->list(0, 100)).size(), 8U);
    expect_agreement();
}

TEST_F(FirstSyncOfLongTexts, AChunkOfWrongBytesIsRefusedOnceAndAskedForAnew) {
    Handset& wang = world.add("wang", {village});
    EXPECT_EQ(outcome(world.sync(wang, cut_at(3, 150'000))), "malformed");
    world.close(wang);
    {
        Store store = must(Store::open(world.options_of(wang)));
        PartialChunk partial = must(PartialChunk::unpack(must(store.meta("staged")).value()));
        ASSERT_EQ(partial.bytes.size(), 2 * limits::piece_bytes_max);
        partial.bytes[1000] = static_cast<char>(partial.bytes[1000] ^ 1);
        must(store.set_meta("staged", partial.pack()));
    }
    world.open(wang);
    EXPECT_EQ(outcome(world.sync(wang)), "malformed");
    ASSERT_TRUE(succeeds(world.sync(wang)));
    EXPECT_EQ(must(wang->list(0, 100)).size(), 8U);
    expect_agreement();
}

}  // namespace
}  // namespace doorstep::test
