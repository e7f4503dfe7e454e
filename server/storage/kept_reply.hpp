// server/storage/kept_reply.hpp -- answers to requests with an Idempotency-Key, so that one sent again changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/id.hpp"
#include "core/base/result.hpp"
#include "core/store/database.hpp"

namespace doorstep::server {

inline constexpr std::uint64_t kept_reply_ms = 24 * 60 * 60 * 1000;

/// Its body holds no words of records: those can be erased, and this is not looked through then.
struct KeptReply {
    Hash request;  ///< SHA-256 of what was asked: another request under the same key is refused
    int status = 0;
    std::string body;
};

/// Kept in the database of the records: written in the transaction of what the request did.
class KeptReplies {
public:
    explicit KeptReplies(Database& db) : db_(db) {}
    static Status migrate(Database& db);
    Result<std::optional<KeptReply>> find(const Hash& key, std::uint64_t now_ms);
    /// Forgets those that are too old, too.
    Status add(const Hash& key, const KeptReply& reply, std::uint64_t now_ms);

private:
    Database& db_;
};

}  // namespace doorstep::server
