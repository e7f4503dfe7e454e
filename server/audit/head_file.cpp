#include "server/audit/head_file.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <charconv>

#include "core/base/codec.hpp"
#include "crypto/signature.hpp"
#include "server/files/atomic_file.hpp"
#include "server/files/descriptor.hpp"

namespace doorstep::server::audit {
namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;  // some four thousand restored backups

Bytes signed_bytes(const KeptHead& kept) {
    Bytes out;
    Writer write(out);
    write.sized("doorstep audit head 1");
    write.fixed(kept.began);
    write.u64(kept.head.number);
    write.fixed(kept.head.hash);
    return out;
}

/// Cuts off and returns what stands before the separator, or everything.
std::string_view cut(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view out = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
}

Result<KeptHead> read_line(std::string_view line, const std::vector<crypto::KeyPair>& keys) {
    const Error damaged{Errc::corrupt, "the file of the audit chain's head is damaged, or not this server's"};
    KeptHead kept;
    const auto began = Hash::from_hex(cut(line, ' '));
    const std::string_view number = cut(line, ' ');
    const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), kept.head.number);
    const auto hash = Hash::from_hex(cut(line, ' '));
    const auto signature = from_hex(line);
    if (fault != std::errc() || end != number.data() + number.size() || !began || !hash || !signature) return damaged;
    kept.began = began.value();
    kept.head.hash = hash.value();
    const bool ours = std::any_of(keys.begin(), keys.end(), [&](const crypto::KeyPair& pair) {
        return crypto::is_signed(pair.public_key(), signed_bytes(kept), signature.value());
    });
    return ours ? Result<KeptHead>(kept) : Result<KeptHead>(damaged);
}

Result<std::string> line_of(const KeptHead& kept, const crypto::KeyPair& keys) {
    const auto signature = crypto::sign(keys, signed_bytes(kept));
    if (!signature) return Error{Errc::internal, "the head of the audit chain cannot be signed"};
    return kept.began.hex() + ' ' + std::to_string(kept.head.number) + ' ' + kept.head.hash.hex() + ' ' +
           to_hex(*signature) + '\n';
}

/// The line of the chain's present life, which a restored database begins. Errors: corrupt when the heads are of
/// another chain.
Status begin_life(std::vector<KeptHead>& heads, const Entry& began) {
    if (!heads.empty() && heads.back().began == began.hash) return ok();
    for (const KeptHead& kept : heads)
        if (kept.began == began.hash || began.act.action != Action::restored)
            return Error{Errc::corrupt, "the audit chain is another than the one whose head is kept"};
    heads.push_back({began.hash, head_of(began)});
    return ok();
}

}  // namespace

Result<std::vector<KeptHead>> HeadFile::read() const {
    auto text = read_small_file(path_, file_bytes_max);
    if (!text && text.error().code == Errc::not_found) return std::vector<KeptHead>();
    if (!text) return text.error();
    std::vector<KeptHead> heads;
    for (std::string_view rest = text.value(); !rest.empty();) {
        DOORSTEP_TRY_ASSIGN(const KeptHead kept, read_line(cut(rest, '\n'), *keys_));
        heads.push_back(kept);
    }
    return heads;
}

Status HeadFile::follow(Chain& chain) const {
    constexpr std::size_t batch_rows = 1000;
    const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    const Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0) return file_error("cannot lock", folder);
    DOORSTEP_TRY_ASSIGN(std::vector<KeptHead> heads, read());
    DOORSTEP_TRY_ASSIGN(const std::optional<Entry> began, chain.began());
    if (!began) return ok();
    const std::size_t lives = heads.size();
    const Head before = heads.empty() ? Head() : heads.back().head;
    DOORSTEP_TRY(begin_life(heads, *began));
    Head& head = heads.back().head;
    for (bool more = true; more;) {
        DOORSTEP_TRY_ASSIGN(const std::vector<Entry> batch, chain.after(head.number, batch_rows));
        more = !batch.empty();
        for (const Entry& entry : batch) {
            DOORSTEP_TRY(check_link(head, entry));
            head = head_of(entry);
        }
    }
    if (heads.size() == lives && head == before) return ok();
    std::string text;
    for (const KeptHead& kept : heads) {
        DOORSTEP_TRY_ASSIGN(const std::string line, line_of(kept, keys_->front()));
        text += line;
    }
    return write_file_atomically(path_, text, 0600);
}

}  // namespace doorstep::server::audit
