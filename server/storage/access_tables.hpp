// server/storage/access_tables.hpp -- enrolments under way and phones' tokens in the embedded database; tokens only as
// hashes.
#pragma once

#include <vector>

#include "core/base/id.hpp"
#include "core/store/database.hpp"

namespace doorstep::server {

/// Calls belong inside the caller's transaction. Threads: none.
class AccessTables {
public:
    /// Makes the tables when they are missing. Tokens of phones that were enrolled before there were keys become tokens
    /// like others, whose time has not begun.
    static Status migrate(Database& db);
    explicit AccessTables(Database& db) : db_(db) {}

    /// What follows from a code: a commitment, then the phone's key, then the office's word.
    struct Enrolment {
        Hash code_id, commitment, nonce;
        std::uint64_t begun_ms = 0;
        Bytes public_key;  ///< "" until it was shown
        ReplicaId replica;
        std::string digits;
        std::uint64_t wrong_digits = 0, confirmed_ms = 0;
    };
    Status begin(const Enrolment& enrolment);
    Result<std::optional<Enrolment>> find(const Hash& code_id);
    /// Those that have shown a key and are not confirmed, begun after this moment, the earliest first.
    Result<std::vector<Enrolment>> waiting(std::uint64_t begun_after_ms);
    Status put(const Enrolment& enrolment);

    struct Token {
        std::int64_t no = 0;  ///< grows with each that is given out
        Hash device;
        std::uint64_t until_ms = 0;  ///< 0: its time has not begun
        /// The numbers are in the database.
        enum class State { fresh = 0, in_use = 1, over = 2 } state = State::fresh;
    };
    /// Whoever has it may be let in under another device's token: then it is that one's now. nonce: "" without a proof.
    Status add_token(const Hash& token_hash, const Token& token, BytesView nonce);
    Result<std::optional<Token>> find_token(const Hash& token_hash);
    /// From now on it is in use, and those that the device was given before are over.
    Status use_token(const Token& token);
    /// Gives all that have no end yet this one.
    Status date_tokens(std::uint64_t until_ms);
    /// Tokens that a proof with this nonce brought: none, or one.
    Result<std::int64_t> count_of_nonce(BytesView nonce);
    Result<std::int64_t> count_of_device(const Hash& device);
    /// Forgets those whose end has passed.
    Status forget_tokens(std::uint64_t now_ms);

private:
    Database& db_;
};

}  // namespace doorstep::server
