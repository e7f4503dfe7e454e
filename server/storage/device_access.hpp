// server/storage/device_access.hpp -- how a phone comes to be known by its key, and by its key to tokens. docs/adr/0025
// says what each step is there for.
#pragma once

#include <functional>

#include "core/store/store.hpp"
#include "server/storage/access_proof.hpp"
#include "server/storage/access_tables.hpp"
#include "server/storage/identity_tables.hpp"

namespace doorstep::server {

/// Every call is a transaction of its own. Errors beside those named: those of the database. Threads: none.
class DeviceAccess {
public:
    /// draw: 32 random bytes. nonce_key: secret, the same as long as nonces are to be known again.
    DeviceAccess(Store& store, std::function<Hash()> draw, const Hash& nonce_key)
        : store_(store),
          db_(store.database()),
          identity_(db_),
          tables_(db_),
          draw_(std::move(draw)),
          nonce_key_(nonce_key) {}

    /// SHA-256 of the certificate that phones trust, which is in the digits. Zero until the host has said.
    void set_authority(const Hash& authority) { authority_ = authority; }

    /// A new code for what it grants, which the caller has checked.
    Result<EnrolmentCode> hand_out(const Device& device, std::uint64_t expires_ms);
    /// The server's nonce for this commitment; the code serves no other one from now on. Errors: wrong_code,
    /// expired_code, too_many_attempts.
    Result<Hash> begin_enrolment(const std::string& code, const Hash& commitment, std::uint64_t now_ms);
    /// What a step of an enrolment came to.
    struct Enrolling {
        std::optional<Device> device;  ///< once the office has confirmed it
        std::string label;             ///< what the office calls the phone
        enum class Shown { first, again } shown = Shown::again;
    };
    /// Errors: wrong_code, too_many_attempts; unauthorized when the signature is not the key's; expired_code when
    /// nobody confirmed it in time; forbidden when the replica is another person's; already_exists when the key is.
    Result<Enrolling> prove_enrolment(const EnrolmentProof& proof, std::uint64_t now_ms);
    Result<std::vector<WaitingPhone>> waiting(std::uint64_t now_ms);
    /// Errors: not_found; digits_differ, and after limits::confirmation_tries_max the code is void.
    Status confirm(const Confirmation& word, std::uint64_t now_ms);

    /// Good for one proof within limits::access_nonce_ms; nothing is kept of it until then.
    Bytes nonce(std::uint64_t now_ms);
    /// Errors: unauthorized whatever is wrong with the proof; forbidden when the replica is another device's;
    /// too_many_attempts.
    Result<AccessToken> grant(const AccessProof& proof, std::uint64_t now_ms);
    /// Makes the key the device's, which has shown a token of before there were keys. Errors: as grant();
    /// already_exists when the key is another person's.
    Status register_key(const Device& device, const AccessProof& proof, std::uint64_t now_ms);

    /// Whose token this is. Errors: unauthorized.
    Result<Device> device_of(const std::string& token, std::uint64_t now_ms);
    /// Errors: unauthorized.
    Result<Device> device(const Hash& id);
    /// Whether the device may speak for the replica, which is its own from now on if it was nobody's. Errors:
    /// forbidden.
    Status claim(const Hash& device, const ReplicaId& replica);

    /// The way of programs before there were keys, and of what the server does in a phone's place: the token is the
    /// identity.
    Result<Enrolling> enrol_by_token(const std::string& code, const std::string& token, const ReplicaId& replica,
                                     std::uint64_t now_ms);
    /// The key becomes the device's, whoever of the same person had it. Errors: already_exists when it is another
    /// person's.
    Status give_key(const Hash& device, const std::string& author, BytesView public_key);

private:
    struct OpenCode {
        Hash id;
        IdentityTables::Code code;
    };
    Result<OpenCode> open_code(const std::string& code, Transaction& transaction);
    Status check_nonce(BytesView nonce, std::uint64_t now_ms);
    Status check_proof(const AccessProof& proof, ProofPurpose purpose, std::uint64_t now_ms);
    Status check_author(const ReplicaId& replica, const std::string& author);
    Result<std::optional<Hash>> device_of_key(BytesView public_key, const std::string& author);
    struct Waiting {
        Device device;
        AccessTables::Enrolment enrolment;
    };
    Result<std::vector<Waiting>> find_waiting(std::uint64_t now_ms);
    Status admit(AccessTables::Enrolment enrolment, const Device& device, std::uint64_t now_ms);

    Store& store_;
    Database& db_;
    IdentityTables identity_;
    AccessTables tables_;
    std::function<Hash()> draw_;
    Hash nonce_key_, authority_;
};

}  // namespace doorstep::server
