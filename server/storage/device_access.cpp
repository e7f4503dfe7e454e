#include "server/storage/device_access.hpp"

#include "core/base/codec.hpp"
#include "core/base/hmac.hpp"
#include "core/base/limits.hpp"
#include "crypto/signature.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t code_id_digits = 8, code_secret_digits = 32;
constexpr std::size_t nonce_random_bytes = 16, nonce_tag_bytes = 16;

const Error wrong_code{Errc::wrong_code, "no such code"};
/// One sentence for everything that can be wrong with a proof: who forges learns nothing from it.
const Error not_proved{Errc::unauthorized, "the proof is not that of a phone of this office, or its time is over"};

/// Of a phone that is new. Older ones have that of the token with which they came.
Hash id_of(BytesView public_key) {
    Bytes bytes;
    Writer out(bytes);
    out.sized("doorstep device 1");
    out.sized(public_key);
    return sha256(bytes);
}

bool is_key(BytesView public_key) { return public_key.size() == device_key_bytes && public_key[0] == 4; }

Hash nonce_tag(const Hash& key, BytesView head) { return hmac_sha256(key.view(), head); }

}  // namespace

Result<EnrolmentCode> DeviceAccess::hand_out(const Device& device, std::uint64_t expires_ms) {
    const std::string digits = draw_().hex();
    const std::string id = digits.substr(0, code_id_digits), secret = digits.substr(code_id_digits, code_secret_digits);
    DOORSTEP_TRY(identity_.add_code(sha256(id), sha256(secret), device, expires_ms));
    return EnrolmentCode{id + "-" + secret, expires_ms};
}

/// The code as it is known, whoever has used it. A wrong one of a known id is counted, for good.
Result<DeviceAccess::OpenCode> DeviceAccess::open_code(const std::string& code, Transaction& transaction) {
    if (code.size() != code_id_digits + 1 + code_secret_digits) return wrong_code;
    const Hash id = sha256(std::string_view(code).substr(0, code_id_digits)),
               secret = sha256(std::string_view(code).substr(code_id_digits + 1));
    DOORSTEP_TRY_ASSIGN(std::optional<IdentityTables::Code> found, identity_.find_code(id));
    if (!found) return wrong_code;
    if (found->wrong_tries >= limits::enrolment_tries_max)
        return Error{Errc::too_many_attempts, "the code was tried too often"};
    if (found->secret_hash == secret) return OpenCode{id, std::move(*found)};
    DOORSTEP_TRY(identity_.count_wrong_try(id));
    DOORSTEP_TRY(transaction.commit());
    return wrong_code;
}

Result<DeviceAccess::Enrolling> DeviceAccess::enrol_by_token(const std::string& code, const std::string& token,
                                                             const ReplicaId& replica, std::uint64_t now_ms) {
    if (token.size() != 2 * Hash::size) return wrong_code;
    const Hash token_hash = sha256(token);
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(OpenCode open, open_code(code, transaction));
    const std::optional<Hash>& used_by = open.code.used_by;
    if (used_by && *used_by != token_hash) return Error{Errc::wrong_code, "the code was used before"};
    if (now_ms >= open.code.expires_ms) return Error{Errc::expired_code, "the code's time is over"};
    DOORSTEP_TRY(identity_.mark_used(open.id, token_hash));
    DOORSTEP_TRY(identity_.put_device(token_hash, open.code.device));
    DOORSTEP_TRY(tables_.add_token(
        token_hash, {0, token_hash, now_ms + limits::keyless_ms, AccessTables::Token::State::in_use}, {}));
    DOORSTEP_TRY(claim(token_hash, replica));
    DOORSTEP_TRY(transaction.commit());
    const auto shown = used_by ? Enrolling::Shown::again : Enrolling::Shown::first;
    open.code.device.id = token_hash;
    return Enrolling{open.code.device, open.code.device.label, shown};
}

Result<Hash> DeviceAccess::begin_enrolment(const std::string& code, const Hash& commitment, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(const OpenCode open, open_code(code, transaction));
    DOORSTEP_TRY_ASSIGN(const std::optional<AccessTables::Enrolment> begun, tables_.find(open.id));
    if (begun && begun->commitment == commitment) return begun->nonce;
    if (open.code.used_by) return Error{Errc::wrong_code, "the code was used before"};
    if (now_ms >= open.code.expires_ms) return Error{Errc::expired_code, "the code's time is over"};
    AccessTables::Enrolment enrolment;
    enrolment.code_id = open.id;
    enrolment.commitment = commitment;
    enrolment.nonce = draw_();
    enrolment.begun_ms = now_ms;
    DOORSTEP_TRY(tables_.begin(enrolment));
    DOORSTEP_TRY(identity_.mark_used(open.id, commitment));
    DOORSTEP_TRY(transaction.commit());
    return enrolment.nonce;
}

Result<DeviceAccess::Enrolling> DeviceAccess::prove_enrolment(const EnrolmentProof& proof, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(OpenCode open, open_code(proof.code, transaction));
    DOORSTEP_TRY_ASSIGN(std::optional<AccessTables::Enrolment> begun, tables_.find(open.id));
    if (!begun) return Error{Errc::wrong_code, "nothing was committed to under this code"};
    EnrolmentClaim claim = proof;
    claim.server_nonce = begun->nonce;
    if (!is_key(claim.public_key) || enrolment_commitment(claim) != begun->commitment ||
        !crypto::is_signed(claim.public_key, enrolment_statement(claim), proof.signature))
        return not_proved;
    if (begun->wrong_digits >= limits::confirmation_tries_max)
        return Error{Errc::wrong_code, "the office was told other digits than this phone's"};
    if (begun->confirmed_ms > 0) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Hash> id, identity_.signer(claim.public_key));
        if (!id) return not_proved;
        DOORSTEP_TRY_ASSIGN(Device device, this->device(*id));
        if (device.revoked_ms != 0) return Error{Errc::forbidden, "the device's access was taken back"};
        return Enrolling{std::move(device), std::move(open.code.device.label)};
    }
    if (now_ms >= begun->begun_ms + limits::confirmation_ms_max)
        return Error{Errc::expired_code, "the office has not confirmed it in time"};
    DOORSTEP_TRY(check_author(claim.replica, open.code.device.author));
    DOORSTEP_TRY(device_of_key(claim.public_key, open.code.device.author));
    if (!begun->public_key.empty()) return Enrolling{std::nullopt, std::move(open.code.device.label)};
    begun->public_key = claim.public_key;
    begun->replica = claim.replica;
    begun->digits = enrolment_digits(claim, authority_);
    DOORSTEP_TRY(tables_.put(*begun));
    DOORSTEP_TRY(transaction.commit());
    return Enrolling{std::nullopt, std::move(open.code.device.label), Enrolling::Shown::first};
}

Result<std::vector<DeviceAccess::Waiting>> DeviceAccess::find_waiting(std::uint64_t now_ms) {
    const std::uint64_t after = now_ms > limits::confirmation_ms_max ? now_ms - limits::confirmation_ms_max : 0;
    DOORSTEP_TRY_ASSIGN(std::vector<AccessTables::Enrolment> enrolments, tables_.waiting(after));
    std::vector<Waiting> out;
    for (AccessTables::Enrolment& enrolment : enrolments) {
        if (enrolment.wrong_digits >= limits::confirmation_tries_max) continue;
        DOORSTEP_TRY_ASSIGN(std::optional<IdentityTables::Code> code, identity_.find_code(enrolment.code_id));
        if (!code) return Error{Errc::corrupt, "a code is gone"};
        out.push_back({std::move(code->device), std::move(enrolment)});
    }
    return out;
}

Result<std::vector<WaitingPhone>> DeviceAccess::waiting(std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(std::vector<Waiting> phones, find_waiting(now_ms));
    std::vector<WaitingPhone> out;
    for (Waiting& phone : phones)
        out.push_back({std::move(phone.device), std::move(phone.enrolment.digits), phone.enrolment.begun_ms});
    return out;
}

Status DeviceAccess::confirm(const Confirmation& word, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(std::vector<Waiting> waiting, find_waiting(now_ms));
    std::erase_if(waiting, [&](const Waiting& phone) {
        return phone.device.author != word.author || phone.device.label != word.label;
    });
    if (waiting.empty()) return Error{Errc::not_found, "no phone of this person waits under the label"};
    for (Waiting& phone : waiting) {
        if (phone.enrolment.digits != word.digits) continue;
        DOORSTEP_TRY(admit(std::move(phone.enrolment), phone.device, now_ms));
        return transaction.commit();
    }
    for (Waiting& phone : waiting) {
        ++phone.enrolment.wrong_digits;
        DOORSTEP_TRY(tables_.put(phone.enrolment));
    }
    DOORSTEP_TRY(transaction.commit());
    return Error{Errc::digits_differ, "no waiting phone of this person and label shows these digits"};
}

/// Its replicas, its former scopes and its place in the history stay with a phone that is enrolled again with its key.
Status DeviceAccess::admit(AccessTables::Enrolment enrolment, const Device& device, std::uint64_t now_ms) {
    DOORSTEP_TRY(check_author(enrolment.replica, device.author));
    DOORSTEP_TRY_ASSIGN(const std::optional<Hash> known, device_of_key(enrolment.public_key, device.author));
    const Hash id = known.value_or(id_of(enrolment.public_key));
    DOORSTEP_TRY(identity_.put_device(id, device));
    DOORSTEP_TRY(identity_.set_signing_key(id, enrolment.public_key));
    DOORSTEP_TRY(identity_.bind_replica(enrolment.replica, id));
    enrolment.confirmed_ms = now_ms;
    return tables_.put(enrolment);
}

Bytes DeviceAccess::nonce(std::uint64_t now_ms) {
    Bytes bytes;
    Writer out(bytes);
    out.u64(now_ms);
    out.raw(draw_().view().substr(0, nonce_random_bytes));
    out.raw(nonce_tag(nonce_key_, bytes).view().substr(0, nonce_tag_bytes));
    return bytes;
}

/// Whether it is ours and young, and has let nobody in yet.
Status DeviceAccess::check_nonce(BytesView nonce, std::uint64_t now_ms) {
    constexpr std::size_t head_bytes = sizeof(std::uint64_t) + nonce_random_bytes;
    if (nonce.size() != head_bytes + nonce_tag_bytes) return not_proved;
    Hash shown, ours;
    const Hash tag = nonce_tag(nonce_key_, nonce.substr(0, head_bytes));
    std::memcpy(shown.bytes.data(), nonce.data() + head_bytes, nonce_tag_bytes);
    std::memcpy(ours.bytes.data(), tag.bytes.data(), nonce_tag_bytes);
    const std::uint64_t given_ms = Reader(nonce).u64();
    if (!same_tag(shown, ours) || now_ms < given_ms || now_ms - given_ms >= limits::access_nonce_ms) return not_proved;
    DOORSTEP_TRY_ASSIGN(const std::int64_t used, tables_.count_of_nonce(nonce));
    return used == 0 ? ok() : Status(not_proved);
}

Status DeviceAccess::check_proof(const AccessProof& proof, ProofPurpose purpose, std::uint64_t now_ms) {
    DOORSTEP_TRY(check_nonce(proof.nonce, now_ms));
    const Bytes statement = device_statement(purpose, proof.public_key, proof.replica, proof.nonce);
    return crypto::is_signed(proof.public_key, statement, proof.signature) ? ok() : Status(not_proved);
}

Result<AccessToken> DeviceAccess::grant(const AccessProof& proof, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY_ASSIGN(const std::optional<Hash> device, identity_.signer(proof.public_key));
    if (!device) return not_proved;
    DOORSTEP_TRY(check_proof(proof, ProofPurpose::access, now_ms));
    DOORSTEP_TRY(claim(*device, proof.replica));
    // What is forgotten had its end a quarter of an hour after its nonce: that one is too old to come again.
    static_assert(limits::access_ms > limits::access_nonce_ms);
    DOORSTEP_TRY(tables_.forget_tokens(now_ms));
    DOORSTEP_TRY_ASSIGN(const std::int64_t tokens, tables_.count_of_device(*device));
    if (tokens >= static_cast<std::int64_t>(limits::access_tokens_max))
        return Error{Errc::too_many_attempts, "the phone asks for more tokens than any line loses"};
    const AccessToken out{draw_().hex(), limits::access_ms};
    DOORSTEP_TRY(tables_.add_token(
        sha256(out.text), {0, *device, now_ms + out.lives_ms, AccessTables::Token::State::fresh}, proof.nonce));
    DOORSTEP_TRY(transaction.commit());
    return out;
}

Status DeviceAccess::register_key(const Device& device, const AccessProof& proof, std::uint64_t now_ms) {
    if (!is_key(proof.public_key)) return not_proved;
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
    DOORSTEP_TRY(check_proof(proof, ProofPurpose::register_key, now_ms));
    DOORSTEP_TRY(claim(device.id, proof.replica));
    DOORSTEP_TRY(give_key(device.id, device.author, proof.public_key));
    return transaction.commit();
}

Result<Device> DeviceAccess::device_of(const std::string& token, std::uint64_t now_ms) {
    const Error unknown{Errc::unauthorized, "no device has this token, or its time is over"};
    DOORSTEP_TRY_ASSIGN(const std::optional<AccessTables::Token> found, tables_.find_token(sha256(token)));
    using State = AccessTables::Token::State;
    if (!found || found->state == State::over || (found->until_ms > 0 && now_ms >= found->until_ms)) return unknown;
    if (found->state == State::fresh || found->until_ms == 0) {
        DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
        if (found->until_ms == 0) DOORSTEP_TRY(tables_.date_tokens(now_ms + limits::keyless_ms));
        if (found->state == State::fresh) DOORSTEP_TRY(tables_.use_token(*found));
        DOORSTEP_TRY(transaction.commit());
    }
    return device(found->device);
}

Result<Device> DeviceAccess::device(const Hash& id) {
    DOORSTEP_TRY_ASSIGN(std::optional<Device> found, identity_.find_device(id));
    if (!found) return Error{Errc::unauthorized, "there is no such device"};
    return std::move(*found);
}

/// Errors: forbidden when it is another person's, by who has it or by who wrote its last commit: an office that came
/// back from an older copy may have forgotten whose it is, and have its commits again.
Status DeviceAccess::check_author(const ReplicaId& replica, const std::string& author) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Hash> owner, identity_.replica_owner(replica));
    DOORSTEP_TRY_ASSIGN(const std::optional<Device> device,
                        owner ? identity_.find_device(*owner) : Result<std::optional<Device>>(std::nullopt));
    if (device && device->author != author) return Error{Errc::forbidden, "the replica belongs to another device"};
    DOORSTEP_TRY_ASSIGN(const ChainTop top, store_.chain_top(replica));
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> last, store_.find_commit({replica, top.seq}));
    if (last && last->header.author != author) return Error{Errc::forbidden, "the replica is another person's"};
    return ok();
}

Status DeviceAccess::claim(const Hash& device, const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Hash> owner, identity_.replica_owner(replica));
    if (owner && *owner != device) return Error{Errc::forbidden, "the replica belongs to another device"};
    if (owner) return ok();
    DOORSTEP_TRY_ASSIGN(const std::optional<Device> known, identity_.find_device(device));
    if (known) DOORSTEP_TRY(check_author(replica, known->author));
    return identity_.bind_replica(replica, device);
}

/// The device that has the key; nullopt when none does. Errors: already_exists when it is another person's.
Result<std::optional<Hash>> DeviceAccess::device_of_key(BytesView public_key, const std::string& author) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Hash> owner, identity_.signer(public_key));
    DOORSTEP_TRY_ASSIGN(const std::optional<Device> device,
                        owner ? identity_.find_device(*owner) : Result<std::optional<Device>>(std::nullopt));
    if (device && device->author != author) return Error{Errc::already_exists, "the key is another person's"};
    return owner;
}

Status DeviceAccess::give_key(const Hash& device, const std::string& author, BytesView public_key) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Hash> owner, device_of_key(public_key, author));
    if (owner && *owner != device) DOORSTEP_TRY(identity_.set_signing_key(*owner, std::nullopt));
    return identity_.set_signing_key(device, public_key);
}

}  // namespace doorstep::server
