// tests/unit/server/api/key_phone.hpp -- a phone with a key of its own, at the routes that a real one asks.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/base/sha256.hpp"
#include "crypto/sealed_file.hpp"
#include "crypto/signature.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {

/// "ok", or the code of a problem.
inline std::string code_of(const Reply& reply) {
    return reply.status < 300 ? "ok" : nlohmann::json::parse(reply.body)["code"].get<std::string>();
}

class KeyPhone {
public:
    /// Phones of one name have the same key.
    explicit KeyPhone(const std::string& name, const std::string& replica_hex = std::string(32, '1'))
        : key(*crypto::KeyPair::derive(secret_of(name), crypto::sign_purpose)),
          replica(ReplicaId::from_hex(replica_hex).value()),
          nonce(sha256("nonce of " + name)) {}

    EnrolmentClaim claim(const std::string& code) const {
        return {code, replica, key.public_key(), nonce, server_nonce};
    }
    std::string digits(const std::string& code, const Hash& authority = {}) const {
        return enrolment_digits(claim(code), authority);
    }

    /// The first step; keeps the server's nonce.
    Reply commit(OfficeWorld& world, const std::string& code) {
        const nlohmann::json body = {{"code", code}, {"commitment", enrolment_commitment(claim(code)).hex()}};
        Reply reply = world.ask("POST", "/api/v1/enrol/nonce", body.dump());
        if (reply.status == 200)
            server_nonce = Hash::from_hex(nlohmann::json::parse(reply.body)["nonce"].get<std::string>()).value();
        return reply;
    }
    nlohmann::json proof_of_enrolment(const std::string& code) const {
        return {{"code", code},
                {"replica", replica.hex()},
                {"public_key", to_hex(key.public_key())},
                {"phone_nonce", nonce.hex()},
                {"signature", to_hex(*crypto::sign(key, enrolment_statement(claim(code))))}};
    }
    Reply prove(OfficeWorld& world, const std::string& code) const {
        return world.ask("POST", "/api/v1/enrol", proof_of_enrolment(code).dump());
    }
    /// All steps, with the office's word for whoever waits under the person's name.
    Reply enrol(OfficeWorld& world, const std::string& code) {
        if (Reply reply = commit(world, code); reply.status != 200) return reply;
        if (Reply reply = prove(world, code); code_of(reply) != "awaiting_confirmation") return reply;
        for (const WaitingPhone& phone : must(world.storage->waiting_phones(world.now_ms)))
            if (phone.digits == digits(code))
                must(world.storage->confirm_phone({phone.device.author, phone.device.label, phone.digits}, "钱主任",
                                                  world.now_ms));
        return prove(world, code);
    }

    static std::string fresh_nonce(OfficeWorld& world) {
        return nlohmann::json::parse(world.ask("POST", "/api/v1/access/nonce", "{}").body)["nonce"].get<std::string>();
    }
    nlohmann::json proof(const std::string& nonce_hex, ProofPurpose purpose = ProofPurpose::access) const {
        const Bytes statement = device_statement(purpose, key.public_key(), replica, from_hex(nonce_hex).value());
        return {{"public_key", to_hex(key.public_key())},
                {"replica", replica.hex()},
                {"nonce", nonce_hex},
                {"signature", to_hex(*crypto::sign(key, statement))}};
    }
    static Reply show(OfficeWorld& world, const nlohmann::json& proof) {
        return world.ask("POST", "/api/v1/access", proof.dump());
    }
    /// A new token.
    std::string token(OfficeWorld& world) const {
        const Reply reply = show(world, proof(fresh_nonce(world)));
        EXPECT_EQ(reply.status, 200) << reply.body;
        return nlohmann::json::parse(reply.body).value("token", "");
    }

    crypto::KeyPair key;
    ReplicaId replica;
    Hash nonce, server_nonce;

private:
    static crypto::Secret secret_of(const std::string& name) {
        crypto::Secret out{};
        const Hash hash = sha256(name);
        std::copy(hash.bytes.begin(), hash.bytes.end(), out.begin());
        return out;
    }
};

}  // namespace doorstep::server
