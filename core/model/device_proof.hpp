// core/model/device_proof.hpp -- what a phone signs to show who it is, and the six digits that two people compare.
// The host holds the private key and signs; this only says what. docs/adr/0025 says why each part is there.
#pragma once

#include "core/base/id.hpp"

namespace doorstep {

inline constexpr std::size_t device_key_bytes = 65;       ///< a point of P-256, uncompressed: 04 · x · y
inline constexpr std::size_t enrolment_digits_count = 6;  ///< decimal

/// What a phone says of itself when it enrols. The nonces make the digits what neither side could choose: the phone's
/// is hidden in a commitment until the server has told its own.
struct EnrolmentClaim {
    std::string code;  ///< as the office handed it out
    ReplicaId replica;
    Bytes public_key;  ///< device_key_bytes
    Hash phone_nonce, server_nonce;
};

/// What the phone sends first; the server answers with its nonce. Reads neither code nor server_nonce.
Hash enrolment_commitment(const EnrolmentClaim& claim);
/// What the phone signs then.
Bytes enrolment_statement(const EnrolmentClaim& claim);
/// What both sides show, such as "042917". authority: SHA-256 of the certificate that the phone trusts, as each side
/// knows it.
std::string enrolment_digits(const EnrolmentClaim& claim, const Hash& authority);

/// What a signature is good for: none is taken for another's.
enum class ProofPurpose { access, register_key };
/// What the phone signs to be given a token, or to have its key known. server_nonce: as the server gave it.
Bytes device_statement(ProofPurpose purpose, BytesView public_key, const ReplicaId& replica, BytesView server_nonce);

}  // namespace doorstep
