// How a phone is enrolled with its key, and let in by it: docs/sync-protocol.md.
#include <nlohmann/json.hpp>

#include "json/strict_json.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::size_t json_bytes_max = 4 * 1024;

Result<json> object_in(const Request& request) {
    DOORSTEP_TRY_ASSIGN(json body, parse_json(request.body, json_bytes_max));
    return body.is_object() ? Result<json>(std::move(body))
                            : Result<json>(Error{Errc::invalid_argument, "the body is an object"});
}

/// "" when it is not there, or no text: the caller then misses what it needs.
std::string text_of(const json& object, const char* key) {
    return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : std::string();
}

Result<Bytes> bytes_of(const json& object, const char* key) { return from_hex(text_of(object, key)); }

Reply secret_json(const json& body) { return {200, "application/json", body.dump(), {{"Cache-Control", "no-store"}}}; }

json areas_json(const std::vector<Area>& areas) {
    json out = json::array();
    for (const Area& area : areas) out.push_back(area.text());
    return out;
}

json sealed_json(const std::vector<RecordId>& matters) {
    json out = json::array();
    for (const RecordId& matter : matters) out.push_back(matter.hex());
    return out;
}

json divisions_json(const Divisions& divisions) {
    json out = json::array();
    for (const Division& row : divisions.rows())
        out.push_back({{"code", Area{row.code, 0}.text()}, {"name", row.name}});
    return out;
}

json granted_json(const Storage& storage, const Device& device) {
    return {{"author", device.author},
            {"role", device.role},
            {"device", device.label},
            {"sealing_key", to_hex(storage.sealing_key())},
            {"areas", areas_json(device.scope.areas)},
            {"restricted", device.scope.restricted == Scope::Restricted::yes},
            {"sealed", sealed_json(device.scope.sealed)},
            {"divisions", divisions_json(storage.divisions().within(device.scope.areas))}};
}

Result<AccessProof> proof_in(const Request& request) {
    DOORSTEP_TRY_ASSIGN(const json body, object_in(request));
    AccessProof out;
    DOORSTEP_TRY_ASSIGN(out.public_key, bytes_of(body, "public_key"));
    DOORSTEP_TRY_ASSIGN(out.replica, ReplicaId::from_hex(text_of(body, "replica")));
    DOORSTEP_TRY_ASSIGN(out.nonce, bytes_of(body, "nonce"));
    DOORSTEP_TRY_ASSIGN(out.signature, bytes_of(body, "signature"));
    return out;
}

}  // namespace

Result<Reply> enrol_nonce(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const json body, object_in(request));
    DOORSTEP_TRY_ASSIGN(const Hash commitment, Hash::from_hex(text_of(body, "commitment")));
    DOORSTEP_TRY_ASSIGN(const Hash nonce, storage.begin_enrolment(text_of(body, "code"), commitment, now_ms));
    return secret_json({{"nonce", nonce.hex()}});
}

Result<Reply> enrol(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const json body, object_in(request));
    if (!body.contains("public_key") && body.contains("token"))
        return Error{Errc::protocol_version, "phones are enrolled with a key of their own now: update the program"};
    EnrolmentProof proof;
    proof.code = text_of(body, "code");
    DOORSTEP_TRY_ASSIGN(proof.replica, ReplicaId::from_hex(text_of(body, "replica")));
    DOORSTEP_TRY_ASSIGN(proof.public_key, bytes_of(body, "public_key"));
    DOORSTEP_TRY_ASSIGN(proof.phone_nonce, Hash::from_hex(text_of(body, "phone_nonce")));
    DOORSTEP_TRY_ASSIGN(proof.signature, bytes_of(body, "signature"));
    DOORSTEP_TRY_ASSIGN(const std::optional<Device> device, storage.prove_enrolment(proof, now_ms));
    if (!device) return Error{Errc::awaiting_confirmation, "the office has not compared the digits yet"};
    return secret_json(granted_json(storage, *device));
}

Result<Reply> access_nonce(Storage& storage, const Request&, std::uint64_t now_ms) {
    return secret_json({{"nonce", to_hex(storage.access_nonce(now_ms))}});
}

Result<Reply> access(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const AccessProof proof, proof_in(request));
    DOORSTEP_TRY_ASSIGN(const AccessToken token, storage.grant_access(proof, now_ms));
    // What a phone keeps of its server besides, as of now: keys are changed without enrolling anybody anew.
    return secret_json({{"token", token.text},
                        {"lives_ms", token.lives_ms},
                        {"sealing_key", to_hex(storage.sealing_key())},
                        {"next_authority", storage.trust().next_authority_pem}});
}

Result<Reply> access_key(Storage& storage, const PhoneRequest& asked) {
    if (asked.device.revoked_ms != 0) return Error{Errc::forbidden, "the device's access was taken back"};
    DOORSTEP_TRY_ASSIGN(const AccessProof proof, proof_in(asked.request));
    DOORSTEP_TRY(storage.register_key(asked.device, proof, asked.now_ms));
    return Reply{204, "application/json", {}, {}};
}

}  // namespace doorstep::server
