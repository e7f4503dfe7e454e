// Chunks: the same bytes for everybody, put together from pieces, refused when they are not what their name says.
#include "core/sync/chunk.hpp"

#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

Data some_run(std::size_t commits, std::size_t words_bytes = 10) {
    Data run{stream(village), 5, {}};
    Chain chain(replica(8));
    for (std::size_t i = 0; i < commits; ++i)
        run.entries.emplace_back(chain.commit({summary_part(village, 1, std::string(words_bytes, 'x'))}));
    return run;
}

/// The payloads of the frames that write_chunk() makes.
std::vector<Bytes> pieces_of(const Bytes& chunk, std::uint64_t offset = 0) {
    Bytes message;
    write_chunk(message, stream(village), sha256(chunk), chunk, offset);
    std::vector<Bytes> out;
    FrameReader frames(message);
    while (const auto frame = must(frames.next())) out.emplace_back(frame->payload);
    return out;
}

Result<std::optional<Data>> take(ChunkInbox& inbox, const Bytes& payload) {
    return inbox.take(must(Piece::decode(payload)));
}

TEST(Chunk, ComesOutOfItsPiecesAsItWentIn) {
    const Data run = some_run(40, 5000);
    const Bytes chunk = pack_chunk(run);
    const std::vector<Bytes> pieces = pieces_of(chunk);
    ASSERT_EQ(pieces.size(), (chunk.size() + limits::piece_bytes_max - 1) / limits::piece_bytes_max);
    ASSERT_GT(pieces.size(), 2U);
    ChunkInbox inbox;
    for (std::size_t i = 0; i + 1 < pieces.size(); ++i) {
        ASSERT_FALSE(must(take(inbox, pieces[i])).has_value());
        EXPECT_EQ(inbox.partial()->bytes.size(), (i + 1) * limits::piece_bytes_max);
    }
    const auto whole = must(take(inbox, pieces.back()));
    ASSERT_TRUE(whole.has_value());
    EXPECT_EQ(inbox.partial(), nullptr);
    EXPECT_EQ(pack_chunk(*whole), chunk);
    EXPECT_EQ(whole->after, 5U);
}

TEST(Chunk, GoesOnFromAnyByte) {
    const Bytes chunk = pack_chunk(some_run(3));
    for (std::size_t cut = 1; cut < chunk.size(); ++cut) {
        ChunkInbox inbox;
        const PartialChunk kept{stream(village), sha256(chunk), chunk.substr(0, cut)};
        inbox.restore(must(PartialChunk::unpack(kept.pack())));
        const auto whole = must(take(inbox, pieces_of(chunk, cut).front()));
        ASSERT_TRUE(whole.has_value()) << cut;
        EXPECT_EQ(pack_chunk(*whole), chunk);
    }
}

TEST(Chunk, APieceThatDoesNotLieInItsChunkIsRefused) {
    const Hash hash = sha256("x");
    constexpr std::uint64_t huge = std::uint64_t{1} << 63;
    struct Row {
        const char* name;
        std::uint64_t chunk_bytes, offset;
        std::size_t bytes;
        const char* outcome;
    };
    const Row rows[] = {
        {"the whole of a small one", 4, 0, 4, "ok"},
        {"the last byte", 4, 3, 1, "ok"},
        {"largest chunk", limits::run_bytes_max, 0, 4, "ok"},
        {"over the largest", limits::run_bytes_max + 1, 0, 4, "malformed"},
        {"2^63 bytes", huge, 0, 4, "malformed"},
        {"offset at the end", 4, 4, 1, "malformed"},
        {"offset 2^63", 4, huge, 1, "malformed"},
        {"offset so that the sum wraps", 4, ~std::uint64_t{0}, 2, "malformed"},
        {"one byte over the end", 4, 1, 4, "malformed"},
        {"no bytes", 4, 0, 0, "malformed"},
        {"no chunk", 0, 0, 1, "malformed"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Bytes bytes(row.bytes, 'x');
        const Piece piece{stream(village), hash, row.chunk_bytes, row.offset, bytes};
        EXPECT_EQ(outcome(Piece::decode(piece.encode())), row.outcome);
    }
}

TEST(Chunk, APieceThatIsCutInItsHeadIsRefused) {
    const Bytes piece = Piece{stream(village), sha256("x"), 4, 0, "abcd"}.encode();
    for (std::size_t size = 0; size + 4 <= piece.size(); ++size)
        EXPECT_EQ(outcome(Piece::decode(piece.substr(0, size))), "malformed") << size;
}

TEST(Chunk, WhatWasKeptOfOneIsCheckedWhenItIsReadAgain) {
    const auto kept = [](std::size_t bytes) {
        return PartialChunk{stream(village), sha256("x"), Bytes(bytes, 'x')}.pack();
    };
    EXPECT_EQ(outcome(PartialChunk::unpack(kept(0))), "ok");
    EXPECT_EQ(outcome(PartialChunk::unpack(kept(limits::run_bytes_max - 1))), "ok");
    EXPECT_EQ(outcome(PartialChunk::unpack(kept(limits::run_bytes_max))), "corrupt") << "a whole one is not kept";
    const Bytes head = kept(0);
    for (std::size_t size = 0; size < head.size(); ++size)
        EXPECT_EQ(outcome(PartialChunk::unpack(head.substr(0, size))), "corrupt") << size;
}

TEST(Chunk, PiecesThatDoNotFollowEachOtherAreRefusedAndDropped) {
    const Bytes chunk = pack_chunk(some_run(40, 5000)), other = pack_chunk(some_run(41, 5000));
    const std::vector<Bytes> pieces = pieces_of(chunk), others = pieces_of(other);
    Piece elsewhere = must(Piece::decode(pieces[1]));
    elsewhere.stream = stream(town);
    struct Row {
        const char* name;
        std::vector<Bytes> payloads;
    };
    const Row rows[] = {{"begins in the middle", {pieces[1]}},
                        {"a gap", {pieces[0], pieces[2]}},
                        {"twice", {pieces[0], pieces[1], pieces[1]}},
                        {"of another chunk", {pieces[0], others[1]}},
                        {"of another stream", {pieces[0], elsewhere.encode()}}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        ChunkInbox inbox;
        for (std::size_t i = 0; i + 1 < row.payloads.size(); ++i) must(take(inbox, row.payloads[i]));
        EXPECT_EQ(outcome(take(inbox, row.payloads.back())), "malformed");
        EXPECT_EQ(inbox.partial(), nullptr);
    }
    ChunkInbox inbox;  // a chunk begun anew is no fault
    must(take(inbox, pieces[0]));
    must(take(inbox, others[0]));
    EXPECT_EQ(inbox.partial()->chunk, sha256(other));
}

TEST(Chunk, WhatIsNotWhatItsNameSaysIsRefused) {
    const Bytes chunk = pack_chunk(some_run(3));
    const auto outcome_of = [&](const Bytes& bytes, const Hash& name, std::string_view area_text) {
        ChunkInbox inbox;
        const Piece piece{stream(area_text), name, bytes.size(), 0, bytes};
        return outcome(inbox.take(piece));
    };
    EXPECT_EQ(outcome_of(chunk, sha256(chunk), village), "ok");
    EXPECT_EQ(outcome_of(chunk, sha256("another"), village), "malformed");
    EXPECT_EQ(outcome_of(chunk, sha256(chunk), other_village), "malformed") << "a run of another stream";
    EXPECT_EQ(outcome_of("no run", sha256("no run"), village), "malformed");
    each_likely_mutation(
        chunk, [&](const Bytes& damaged) { ASSERT_EQ(outcome_of(damaged, sha256(chunk), village), "malformed"); });
    const Bytes empty = pack_chunk(Data{stream(village), 5, {}});
    EXPECT_EQ(outcome_of(empty, sha256(empty), village), "malformed");
    Data own = some_run(1);
    own.entries.emplace_back(Data::Own{3});
    const Bytes with_own = pack_chunk(own);
    EXPECT_EQ(outcome_of(with_own, sha256(with_own), village), "malformed") << "own commits depend on the reader";
}

}  // namespace
}  // namespace doorstep::test
