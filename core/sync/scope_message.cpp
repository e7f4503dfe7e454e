#include "core/sync/scope_message.hpp"

#include "core/base/limits.hpp"
#include "core/sync/message.hpp"

namespace doorstep {

Bytes Names::encode() const {
    Bytes bytes;
    Writer out(bytes);
    std::uint64_t before = 0;
    for (const Division& row : rows) {
        if (bytes.size() + row.name.size() > limits::names_bytes_max) break;
        out.varint(row.code - before);
        out.sized(row.name);
        before = row.code + 1;
    }
    return bytes;
}

Result<Names> Names::decode(BytesView payload) {
    constexpr std::uint64_t code_end = 1'000'000'000'000;  // 12 digits
    constexpr std::size_t name_bytes_max = 256;
    Reader in(payload);
    Names names;
    for (std::uint64_t next = 0; !in.at_end();) {
        const std::uint64_t step = in.varint();
        if (step >= code_end - next) in.fail();
        Division row{next + step, std::string(in.sized(name_bytes_max))};
        next = row.code + 1;
        names.rows.push_back(std::move(row));
    }
    DOORSTEP_TRY(in.finish("NAMES"));
    return names;
}

Bytes Purged::encode() const {
    Heads heads;
    for (const Stream& stream : streams) heads.streams.push_back({stream, 0, {}});
    return heads.encode();
}

Result<Purged> Purged::decode(BytesView payload) {
    DOORSTEP_TRY_ASSIGN(const Heads heads, Heads::decode(payload));
    Purged purged;
    for (const StreamHead& head : heads.streams) {
        if (head.position != 0 || head.digest != Digest{}) return Error{Errc::malformed, "a purged stream has no head"};
        purged.streams.push_back(head.stream);
    }
    return purged;
}

}  // namespace doorstep
