// core/base/codec.hpp -- the primitive encodings under every stored and sent byte: varints, fixed integers, runs.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/id.hpp"

namespace doorstep {

/// Appends to a byte string that outlives it.
class Writer {
public:
    explicit Writer(Bytes& out) : out_(out) {}
    void u8(std::uint8_t v) { out_.push_back(static_cast<char>(v)); }
    void u32(std::uint32_t v);      ///< 4 bytes, big-endian
    void u64(std::uint64_t v);      ///< 8 bytes, big-endian
    void varint(std::uint64_t v) {  ///< LEB128, at most 10 bytes, always the shortest form
        for (; v >= 0x80; v >>= 7) u8(static_cast<std::uint8_t>(v | 0x80));
        u8(static_cast<std::uint8_t>(v));
    }
    void zigzag(std::int64_t v);  ///< a signed varint: 0, -1, 1, -2, … become 0, 1, 2, 3, …
    void raw(BytesView bytes) { out_.append(bytes); }
    void sized(BytesView bytes) {  ///< varint length, then the bytes
        varint(bytes.size());
        raw(bytes);
    }
    template <class Tag, std::size_t N>
    void fixed(const FixedBytes<Tag, N>& id) {
        raw(id.view());
    }

private:
    Bytes& out_;
};

/// Reads what Writer wrote, from bytes that outlive it. The first bad read makes every later one return zero or empty,
/// so a decoder reads straight on and asks once, at the end. Nothing is allocated on the word of a length.
class Reader {
public:
    explicit Reader(BytesView bytes) : rest_(bytes) {}
    std::uint8_t u8() {
        const BytesView byte = raw(1);
        return byte.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(byte.front());
    }
    std::uint32_t u32();
    std::uint64_t u64();
    /// Refuses forms longer than needed. Nearly all numbers in a frame are one byte long: those are read in place.
    std::uint64_t varint() {
        if (rest_.empty() || static_cast<std::uint8_t>(rest_.front()) >= 0x80) return long_varint();
        return u8();
    }
    std::uint32_t varint32();  ///< the same, at most 2^32 - 1
    std::int64_t zigzag();
    BytesView raw(std::size_t size) {
        if (size > rest_.size()) fail();
        if (failed_) return {};
        const BytesView out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return out;
    }
    BytesView sized(std::size_t size_max) {
        const std::uint64_t size = varint();
        if (size > size_max) fail();
        return raw(static_cast<std::size_t>(size));
    }
    /// A count of items that follow, each at least item_bytes_min (1 or more) long: one that cannot fit in the rest is
    /// refused.
    std::size_t count(std::size_t count_max, std::size_t item_bytes_min);
    template <class Id>
    Id fixed() {
        Id id;
        const BytesView bytes = raw(Id::size);
        if (!failed_) std::memcpy(id.bytes.data(), bytes.data(), Id::size);
        return id;
    }
    /// Marks the input bad: a decoder found a rule broken that lies above single numbers.
    void fail() {
        failed_ = true;
        rest_ = {};
    }
    bool failed() const { return failed_; }
    bool at_end() const { return rest_.empty(); }
    BytesView rest() const { return rest_; }
    /// Success when nothing failed and nothing is left over. Errors: malformed, naming `what`.
    Status finish(const char* what) const;

private:
    std::uint64_t long_varint();

    BytesView rest_;
    bool failed_ = false;
};

}  // namespace doorstep
