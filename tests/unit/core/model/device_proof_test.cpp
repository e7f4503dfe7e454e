// What phones sign, byte for byte: vectors made by another program (tests/e2e/lib/raw_phone.mjs writes the same).
#include "core/model/device_proof.hpp"

#include <gtest/gtest.h>

#include "core/base/sha256.hpp"

namespace doorstep {
namespace {

template <class Id>
Id filled(char byte) {
    Id out;
    out.bytes.fill(byte);
    return out;
}

EnrolmentClaim claim() {
    return {"01234567-0123456789abcdef0123456789abcdef", filled<ReplicaId>(0x33),
            Bytes("\x04") + Bytes(32, '\x11') + Bytes(32, '\x22'), filled<Hash>(0x44), filled<Hash>(0x55)};
}

TEST(DeviceProof, CommitmentAndStatementAreAsPublished) {
    EXPECT_EQ(enrolment_commitment(claim()).hex(), "ebdc7ab5a68cde41323e8b563e7c09c05472ea56949f4af3c7424938709e497c");
    EXPECT_EQ(sha256(enrolment_statement(claim())).hex(),
              "c1e452ed5b6327845dfe8c7f0554252fadf16a2a2eafdd58719a5a2e3ff286b0");
}

TEST(DeviceProof, DigitsAreSixAlsoWithZerosInFront) {
    struct Row {
        char server_nonce;
        const char* digits;
    };
    for (const Row& row : {Row{0x55, "992772"}, Row{0, "197654"}, Row{10, "020226"}, Row{11, "070704"}}) {
        EnrolmentClaim shown = claim();
        shown.server_nonce = filled<Hash>(row.server_nonce);
        EXPECT_EQ(enrolment_digits(shown, filled<Hash>(0x66)), row.digits);
    }
}

TEST(DeviceProof, EachPurposeIsSignedByItself) {
    const Bytes nonce(40, '\x77');
    const auto of = [&](ProofPurpose purpose) {
        return sha256(device_statement(purpose, claim().public_key, claim().replica, nonce)).hex();
    };
    EXPECT_EQ(of(ProofPurpose::access), "f99ce279b2d05931e0905a3bf682c07f2f4d34811a19073abc9b7f3c3f85a794");
    EXPECT_EQ(of(ProofPurpose::register_key), "0ffc308ff8ba1e89aaf69ee186501643872287df33120dec6faee25ce5f4d03b");
}

TEST(DeviceProof, EachPartOfAClaimChangesTheDigits) {
    const Hash authority = filled<Hash>(0x66);
    const std::string digits = enrolment_digits(claim(), authority);
    EXPECT_NE(enrolment_digits(claim(), filled<Hash>(0x67)), digits);
    EnrolmentClaim code = claim(), replica = claim(), key = claim(), phone = claim(), server = claim();
    code.code.back() = '0';
    replica.replica.bytes[0] ^= 1;
    key.public_key[1] ^= 1;
    phone.phone_nonce.bytes[31] ^= 1;
    server.server_nonce.bytes[31] ^= 1;
    for (const EnrolmentClaim& other : {code, replica, key, phone, server})
        EXPECT_NE(enrolment_digits(other, authority), digits);
}

}  // namespace
}  // namespace doorstep
