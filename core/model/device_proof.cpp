#include "core/model/device_proof.hpp"

#include "core/base/codec.hpp"
#include "core/base/hmac.hpp"

namespace doorstep {
namespace {

// Each begins with a sentence of its own and holds only sized or fixed parts, so that no two mean the same bytes.
constexpr std::string_view commitment_domain = "doorstep enrolment commitment 1",
                           enrolment_domain = "doorstep enrolment 1", digits_domain = "doorstep enrolment digits 1",
                           access_domain = "doorstep access 1", key_domain = "doorstep device key 1";

}  // namespace

Hash enrolment_commitment(const EnrolmentClaim& claim) {
    Bytes bytes;
    Writer out(bytes);
    out.sized(commitment_domain);
    out.sized(claim.public_key);
    out.fixed(claim.replica);
    out.fixed(claim.phone_nonce);
    return sha256(bytes);
}

Bytes enrolment_statement(const EnrolmentClaim& claim) {
    Bytes bytes;
    Writer out(bytes);
    out.sized(enrolment_domain);
    out.sized(claim.code);
    out.fixed(claim.replica);
    out.sized(claim.public_key);
    out.fixed(claim.phone_nonce);
    out.fixed(claim.server_nonce);
    return bytes;
}

std::string enrolment_digits(const EnrolmentClaim& claim, const Hash& authority) {
    constexpr std::uint64_t values = 1'000'000;
    Bytes bytes;
    Writer out(bytes);
    out.sized(digits_domain);
    out.fixed(authority);
    out.fixed(claim.replica);
    out.sized(claim.public_key);
    out.fixed(claim.phone_nonce);
    out.fixed(claim.server_nonce);
    const Hash tag = hmac_sha256(claim.code, bytes);
    Reader number(tag.view());
    const std::string digits = std::to_string(number.u64() % values);
    return std::string(enrolment_digits_count - digits.size(), '0') + digits;
}

Bytes device_statement(ProofPurpose purpose, BytesView public_key, const ReplicaId& replica, BytesView server_nonce) {
    Bytes bytes;
    Writer out(bytes);
    out.sized(purpose == ProofPurpose::access ? access_domain : key_domain);
    out.sized(public_key);
    out.fixed(replica);
    out.sized(server_nonce);
    return bytes;
}

}  // namespace doorstep
