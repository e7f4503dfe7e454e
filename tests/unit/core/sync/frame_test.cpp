// Frames: whole or refused, at every byte and every bit.
#include "core/sync/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

struct Seen {
    std::vector<std::pair<FrameKind, Bytes>> frames;
    bool malformed = false;
};

Seen read_all(BytesView message) {
    Seen seen;
    FrameReader reader(message);
    while (true) {
        const auto frame = reader.next();
        if (!frame) {
            EXPECT_EQ(outcome(frame), "malformed");
            EXPECT_EQ(outcome(reader.next()), "malformed") << "the first damage is final";
            seen.malformed = true;
            return seen;
        }
        if (!frame.value()) return seen;
        seen.frames.emplace_back(frame.value()->kind, Bytes(frame.value()->payload));
    }
}

const std::vector<std::pair<FrameKind, Bytes>>& some_frames() {
    static const std::vector<std::pair<FrameKind, Bytes>> frames = {{FrameKind::hello, "hello"},
                                                                    {FrameKind::push, std::string(200, 'p')},
                                                                    {FrameKind::pull, ""},
                                                                    {FrameKind::refused, "\x01"}};
    return frames;
}

Bytes written(const std::vector<std::pair<FrameKind, Bytes>>& frames) {
    Bytes message;
    for (const auto& [kind, payload] : frames) write_frame(message, kind, payload);
    return message;
}

TEST(Frame, ComesBackInOrder) {
    EXPECT_EQ(read_all(written(some_frames())).frames, some_frames());
    EXPECT_TRUE(read_all("").frames.empty());
    EXPECT_FALSE(read_all("").malformed) << "an empty message is a short one";
}

TEST(Frame, AMessageCutAnywhereGivesTheWholeFramesBeforeTheCut) {
    const Bytes message = written(some_frames());
    std::vector<std::size_t> ends = {0};
    for (std::size_t n = 1; n <= some_frames().size(); ++n)
        ends.push_back(written({some_frames().begin(), some_frames().begin() + static_cast<std::ptrdiff_t>(n)}).size());
    for (std::size_t cut = 0; cut <= message.size(); ++cut) {
        SCOPED_TRACE(cut);
        const Seen seen = read_all(BytesView(message).substr(0, cut));
        const auto whole = std::upper_bound(ends.begin(), ends.end(), cut) - ends.begin() - 1;
        ASSERT_EQ(seen.frames.size(), static_cast<std::size_t>(whole));
        EXPECT_EQ(seen.malformed, cut != ends[static_cast<std::size_t>(whole)]);
    }
}

TEST(Frame, EveryFlippedBitIsSeen) {
    const Bytes message = written(some_frames());
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
        Bytes flipped = message;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        const Seen seen = read_all(flipped);
        EXPECT_TRUE(seen.malformed) << "bit " << bit;
        EXPECT_LT(seen.frames.size(), some_frames().size());
        for (std::size_t i = 0; i < seen.frames.size(); ++i) EXPECT_EQ(seen.frames[i], some_frames()[i]);
    }
}

TEST(Frame, HoldsAtMostItsLimit) {
    for (const int beside : {-1, 0}) {
        const Bytes payload(limits::frame_bytes_max + static_cast<std::size_t>(beside), 'x');
        EXPECT_EQ(read_all(written({{FrameKind::data, payload}})).frames.front().second.size(), payload.size());
    }
    // One over, as only a stranger would write it: with its checksum right, its length is what refuses it.
    Bytes message = written({{FrameKind::data, Bytes(limits::frame_bytes_max, 'x')}});
    Bytes longer;
    Writer out(longer);
    out.u8(static_cast<std::uint8_t>(FrameKind::data));
    out.varint(limits::frame_bytes_max + 1);
    out.raw(BytesView(message).substr(longer.size()));
    out.raw("xx");
    EXPECT_TRUE(read_all(longer).malformed);
}

TEST(Frame, EachHalfHasKindsThatMayBePassedOver) {
    for (int kind = 0; kind < 0x100; ++kind) {
        const bool ignorable = (kind >= 0x40 && kind < 0x80) || kind >= 0xc0;
        EXPECT_EQ(may_be_ignored(static_cast<FrameKind>(kind)), ignorable) << kind;
    }
}

TEST(Frame, AHostileLengthIsRefusedWithoutReading) {
    for (const std::uint64_t size : {std::uint64_t{1} << 20, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
        Bytes message;
        Writer out(message);
        out.u8(1);
        out.varint(size);
        out.u32(0);
        EXPECT_TRUE(read_all(message).malformed);
    }
}

}  // namespace
}  // namespace doorstep::test
