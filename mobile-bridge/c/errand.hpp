// mobile-bridge/c/errand.hpp -- a phone's way to its key being known, and to a token: what to post, what to sign. The
// host posts and signs; nothing here knows a socket or a private key.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/engine/phone.hpp"
#include "core/model/device_proof.hpp"

namespace doorstep {

/// A step is {"post":{"path":"/api/v1/…","authorization":"","body":"{…}"}}, {"sign":"<hex>"} or {"done":true}; of an
/// enrolment's second post it has "digits" beside, which the office is told. Any failure may simply be dropped: an
/// errand that is begun again costs nothing. Threads: none. Errors of all: malformed for an answer that is not
/// understood, and those of the phone's file.
class Errand {
public:
    using Step = Result<nlohmann::json>;
    /// Enrols the phone with its key. Errors: invalid_argument when the certificate is none.
    static Result<Errand> enrol(const std::string& code, Bytes public_key, std::string server,
                                std::string certificate_pem);
    /// Makes a key known of a phone that was enrolled before phones had keys. Errors: not_enrolled.
    static Errand register_key(Bytes public_key) { return Errand(Kind::register_key, std::move(public_key)); }
    /// Fetches a token. Errors: not_enrolled.
    static Errand fetch_access(Bytes public_key) { return Errand(Kind::access, std::move(public_key)); }

    /// The first step.
    Step begin(Phone& phone);
    /// What the server answered 200 or 204 to the step's post.
    Step answered(Phone& phone, BytesView body);
    /// The signature, in DER, over what the step gave.
    Step signed_with(BytesView signature);

private:
    enum class Kind { enrol, register_key, access };
    enum class Expects { answer_with_nonce, signature, last_answer, nothing };
    Errand(Kind kind, Bytes public_key) : kind_(kind) { claim_.public_key = std::move(public_key); }
    Step ask_signature(BytesView server_nonce);
    Step finish(Phone& phone, BytesView body);

    Kind kind_;
    Expects expects_ = Expects::nothing;
    EnrolmentClaim claim_;  // of an access only the key and the replica
    Bytes nonce_;           // the server's, as it gave it
    Hash authority_;
    std::string server_, certificate_pem_, authorization_;
};

}  // namespace doorstep
