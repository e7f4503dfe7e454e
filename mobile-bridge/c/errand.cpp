#include "mobile-bridge/c/errand.hpp"

#include "core/base/hmac.hpp"
#include "core/base/pem.hpp"
#include "json/strict_json.hpp"
#include "mobile-bridge/c/enrolment_json.hpp"

namespace doorstep {
namespace {

using nlohmann::json;

constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;
const Error not_understood{Errc::malformed, "the server's answer is not understood"};

json post(const char* path, const json& body, const std::string& authorization = {}) {
    return {{"post", {{"path", path}, {"authorization", authorization}, {"body", body.dump()}}}};
}

Result<json> object_in(BytesView body) {
    auto parsed = parse_json(body, answer_bytes_max);
    if (!parsed || !parsed.value().is_object()) return not_understood;
    return std::move(parsed).value();
}

/// "" when it is not there.
std::string text_in(const json& object, const char* key) {
    return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}

/// What the server says with a token about keys of its own. An authority is only ever added: one that was told wrongly
/// must not lock the phone out.
void learn_keys(Enrolment& enrolment, const json& answer) {
    constexpr std::size_t certificates_bytes_max = 32 * 1024;
    if (std::string key = text_in(answer, "sealing_key"); !key.empty()) enrolment.sealing_key = std::move(key);
    const std::string next = text_in(answer, "next_authority");
    const bool fits = next.size() + enrolment.certificate_pem.size() < certificates_bytes_max;
    if (first_certificate(next) && fits && enrolment.certificate_pem.find(next) == std::string::npos)
        enrolment.certificate_pem += "\n" + next;
}

/// Of one code always the same, so that an enrolment whose answer was lost is sent again as it was; nobody can know it
/// who has not the phone's file.
Result<Hash> nonce_for(Phone& phone, const std::string& code) {
    DOORSTEP_TRY_ASSIGN(const std::string secret, phone.enrolment_token());
    return hmac_sha256(secret, "doorstep enrolment nonce " + code);
}

}  // namespace

Result<Errand> Errand::enrol(const std::string& code, Bytes public_key, std::string server,
                             std::string certificate_pem) {
    Errand out(Kind::enrol, std::move(public_key));
    DOORSTEP_TRY_ASSIGN(const Bytes certificate, first_certificate(certificate_pem));
    out.authority_ = sha256(certificate);
    out.claim_.code = code;
    out.server_ = std::move(server);
    out.certificate_pem_ = std::move(certificate_pem);
    return out;
}

Errand::Step Errand::begin(Phone& phone) {
    claim_.replica = phone.replica();
    expects_ = Expects::answer_with_nonce;
    if (kind_ == Kind::enrol) {
        DOORSTEP_TRY_ASSIGN(claim_.phone_nonce, nonce_for(phone, claim_.code));
        return post("/api/v1/enrol/nonce", {{"code", claim_.code}, {"commitment", enrolment_commitment(claim_).hex()}});
    }
    if (!phone.enrolment()) return Error{Errc::not_enrolled, "there is no server yet"};
    authorization_ = "Bearer " + phone.enrolment()->token;
    return post("/api/v1/access/nonce", json::object());
}

Errand::Step Errand::answered(Phone& phone, BytesView body) {
    if (expects_ == Expects::last_answer) return finish(phone, body);
    if (expects_ != Expects::answer_with_nonce) return Error{Errc::invalid_argument, "no answer is expected now"};
    DOORSTEP_TRY_ASSIGN(const json given, object_in(body));
    const auto nonce = from_hex(text_in(given, "nonce"));
    if (!nonce || nonce.value().empty()) return not_understood;
    return ask_signature(nonce.value());
}

Errand::Step Errand::ask_signature(BytesView server_nonce) {
    nonce_ = Bytes(server_nonce);
    Bytes statement;
    if (kind_ == Kind::enrol) {
        const auto nonce = Hash::from(server_nonce);
        if (!nonce) return not_understood;
        claim_.server_nonce = nonce.value();
        statement = enrolment_statement(claim_);
    } else {
        const auto purpose = kind_ == Kind::access ? ProofPurpose::access : ProofPurpose::register_key;
        statement = device_statement(purpose, claim_.public_key, claim_.replica, nonce_);
    }
    expects_ = Expects::signature;
    return json{{"sign", to_hex(statement)}};
}

Errand::Step Errand::signed_with(BytesView signature) {
    if (expects_ != Expects::signature) return Error{Errc::invalid_argument, "no signature is expected now"};
    expects_ = Expects::last_answer;
    json body = {
        {"replica", claim_.replica.hex()}, {"public_key", to_hex(claim_.public_key)}, {"signature", to_hex(signature)}};
    if (kind_ == Kind::enrol) {
        body["code"] = claim_.code;
        body["phone_nonce"] = claim_.phone_nonce.hex();
        json step = post("/api/v1/enrol", body);
        step["digits"] = enrolment_digits(claim_, authority_);
        return step;
    }
    body["nonce"] = to_hex(nonce_);
    return kind_ == Kind::access ? post("/api/v1/access", body) : post("/api/v1/access/key", body, authorization_);
}

Errand::Step Errand::finish(Phone& phone, BytesView body) {
    const json done = {{"done", true}};
    if (kind_ == Kind::enrol) {
        DOORSTEP_TRY_ASSIGN(const json granted, object_in(body));
        DOORSTEP_TRY_ASSIGN(Enrolment enrolment, enrolment_from_json(granted));
        enrolment.server = server_;
        enrolment.certificate_pem = certificate_pem_;
        DOORSTEP_TRY(phone.enrol(enrolment));
    }
    if (kind_ == Kind::access) {
        if (!phone.enrolment()) return Error{Errc::not_enrolled, "there is no server yet"};
        Enrolment enrolment = *phone.enrolment();
        DOORSTEP_TRY_ASSIGN(const json given, object_in(body));
        enrolment.token = text_in(given, "token");
        if (enrolment.token.empty()) return not_understood;
        learn_keys(enrolment, given);
        DOORSTEP_TRY(phone.enrol(enrolment));
    }
    expects_ = Expects::nothing;
    return done;
}

}  // namespace doorstep
