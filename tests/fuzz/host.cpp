// What hosts read from outside before core sees it: bodies in a content coding, and sealed files.
#include "compression/content_coding.hpp"
#include "crypto/sealed_file.hpp"
#include "tests/fuzz/canonical.hpp"

namespace doorstep::fuzz {
namespace {

constexpr std::size_t unfolded_max = 64 * 1024, window_and_tables = 10 * 1024 * 1024;

/// The first byte names the coding.
void look_coding(BytesView bytes) {
    if (bytes.empty()) return;
    const auto coding = static_cast<compression::Coding>(static_cast<unsigned char>(bytes[0]) % 3);
    const Allocations allocations;
    const compression::Opened opened = compression::decompress(coding, bytes.substr(1), unfolded_max);
    promise(allocations.peak_bytes() <= window_and_tables, "a body takes no more than its limit and a window");
    promise(opened.bytes.size() <= unfolded_max, "a body stays within its limit");
    if (opened.outcome != compression::Opening::done) return promise(opened.bytes.empty(), "a bad body gives nothing");
    if (const auto packed = compression::compress(coding, opened.bytes)) {
        const compression::Opened again = compression::decompress(coding, *packed, unfolded_max);
        promise(again.outcome == compression::Opening::done && again.bytes == opened.bytes, "a coding is undone");
    }
}

const crypto::KeyPair& office() {
    static const crypto::KeyPair keys = *crypto::KeyPair::derive(crypto::Secret{7}, crypto::seal_purpose);
    return keys;
}
const crypto::KeyPair& phone() {
    static const crypto::KeyPair keys = *crypto::KeyPair::derive(crypto::Secret{8}, crypto::sign_purpose);
    return keys;
}

/// Whoever is not the phone cannot write a file that opens as the phone's with other words.
void look_sealed(BytesView bytes) {
    const crypto::Unsealed opened = crypto::unseal(bytes, office());
    promise(opened.outcome == crypto::Unsealing::done || opened.content.empty(), "what is not opened gives nothing");
    if (opened.outcome != crypto::Unsealing::done || opened.sender_public_key != phone().public_key()) return;
    promise(opened.content == "what was said at the door", "a file holds what its sender sealed");
}

Bytes coded(char first, compression::Coding coding) {
    return Bytes(1, first) + *compression::compress(coding, std::string(3000, 'x') + "第三户反映自来水水压不足");
}

}  // namespace

std::vector<Target> host_targets() { return {{"content_coding", look_coding}, {"sealed_file", look_sealed}}; }

std::vector<Seed> host_seeds() {
    return {{"content_coding", "gzip", coded('\1', compression::Coding::gzip)},
            {"content_coding", "zstd", coded('\2', compression::Coding::zstd)},
            {"sealed_file", "one", *crypto::seal("what was said at the door", phone(), office().public_key())}};
}

}  // namespace doorstep::fuzz
