// server/audit/head_file.hpp -- the audit chain's head outside the database, signed: what tells that its end was cut
// off, or all of it written anew.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "crypto/key_pair.hpp"
#include "server/audit/chain.hpp"

namespace doorstep::server::audit {

/// A text file of one line a life of the database, the present one last: hash of the entry that it began with, number
/// and hash of its head, and the signature over these (ECDSA on P-256 with SHA-256, DER), in hexadecimal. Written
/// beside itself, synced and renamed; programs that write it at one time wait for each other. Threads: none.
class HeadFile {
public:
    /// `keys`: of the server, for this purpose alone (head_purpose). The first signs; all of them have signed.
    HeadFile(std::filesystem::path path, std::shared_ptr<const std::vector<crypto::KeyPair>> keys)
        : path_(std::move(path)), keys_(std::move(keys)) {}
    /// Empty when there is no file. Errors: io; corrupt when a line is not one or not signed by this server.
    Result<std::vector<KeptHead>> read() const;
    /// Comes to hold the chain's head, if the chain still follows from the one that is there: a head is never given up
    /// for a chain that lacks what it speaks for. Errors: those of read() and of the chain, disk_full, io, internal;
    /// corrupt when the chain does not follow.
    Status follow(Chain& chain) const;

private:
    std::filesystem::path path_;
    std::shared_ptr<const std::vector<crypto::KeyPair>> keys_;
};

inline constexpr std::string_view head_purpose = "doorstep audit 1";

}  // namespace doorstep::server::audit
