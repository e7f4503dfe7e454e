// server/storage/access_proof.hpp -- what a phone shows to be let in, and what it is given for it.
#pragma once

#include "core/model/device_proof.hpp"

namespace doorstep::server {

/// A claim with the signature over enrolment_statement() of it. Its server_nonce is not read: the server knows its own.
struct EnrolmentProof : EnrolmentClaim {
    Bytes signature;  ///< DER
};

/// A signature over device_statement() of these.
struct AccessProof {
    Bytes public_key;
    ReplicaId replica;
    Bytes nonce, signature;
};

/// Opaque; the server keeps only its SHA-256.
struct AccessToken {
    std::string text;
    std::uint64_t lives_ms = 0;  ///< from now on; the phone's clock need not be right
};

/// What phones trust when they connect.
struct Trust {
    Hash authority;  ///< SHA-256 of the certificate that this server's comes from, DER: it is in the digits
    std::string next_authority_pem;  ///< told to phones before a certificate of it is used; "" when none is planned
};

/// Which waiting phone the office means, and what it compared.
struct Confirmation {
    std::string author, label, digits;
};

}  // namespace doorstep::server
