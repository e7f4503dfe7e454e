#include "server/storage/postgres/sealer.hpp"

#include "compression/content_coding.hpp"
#include "core/base/codec.hpp"
#include "core/base/hmac.hpp"

namespace doorstep::server::postgres {
namespace {

enum class Form : char { plain = 0, zstd = 1 };
/// Far above what one transaction changes or a chunk of a base holds.
constexpr std::size_t content_bytes_max = std::size_t{512} << 20;

}  // namespace

Result<Sealer> Sealer::of(const StorageKey& storage_key) {
    const auto key = crypto::derive_secret(storage_key, "doorstep shared log 1");
    if (!key) return Error{Errc::internal, "a key cannot be derived"};
    return Sealer(*key);
}

Bytes Sealer::key_check() const {
    return Bytes(hmac_sha256({reinterpret_cast<const char*>(key_.data()), key_.size()}, "key check").view());
}

Result<Bytes> Sealer::seal(BytesView place, BytesView content) const {
    std::optional<std::string> packed;
    if (content.size() >= compression::worthwhile_bytes_min)
        packed = compression::compress(compression::Coding::zstd, content);
    Bytes plain(1, static_cast<char>(packed ? Form::zstd : Form::plain));
    plain.append(packed ? BytesView(*packed) : content);
    auto sealed = crypto::seal_block(key_, place, plain);
    if (!sealed) return Error{Errc::internal, "what goes to PostgreSQL cannot be sealed"};
    return std::move(*sealed);
}

Result<Bytes> Sealer::open(BytesView place, BytesView sealed) const {
    const Error damaged{Errc::corrupt, "PostgreSQL returned bytes that were not sealed for this place"};
    auto plain = crypto::open_block(key_, place, sealed);
    if (!plain || plain->empty()) return damaged;
    const auto form = static_cast<Form>(plain->front());
    plain->erase(0, 1);
    if (form == Form::plain) return std::move(*plain);
    if (form != Form::zstd) return damaged;
    compression::Opened opened = compression::decompress(compression::Coding::zstd, *plain, content_bytes_max);
    if (opened.outcome != compression::Opening::done) return damaged;
    return std::move(opened.bytes);
}

Bytes place_of(std::string_view tenant, std::string_view kind, std::uint64_t number, std::uint64_t part) {
    Bytes out;
    Writer writer(out);
    writer.sized(tenant);
    writer.sized(kind);
    writer.varint(number);
    writer.varint(part);
    return out;
}

}  // namespace doorstep::server::postgres
