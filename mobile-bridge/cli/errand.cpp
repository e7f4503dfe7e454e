#include "mobile-bridge/cli/errand.hpp"

#include <nlohmann/json.hpp>

#include "crypto/signature.hpp"
#include "mobile-bridge/cli/hex.hpp"
#include "mobile-bridge/cli/messages.hpp"
#include "mobile-bridge/cli/problem.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

Result<std::string> sign(PhoneHandle& phone, const crypto::KeyPair& key, const json& step) {
    const auto signature = crypto::sign(key, from_hex(step.at("sign").get<std::string>()));
    if (!signature) return Failure{DS_INTERNAL, text<Text::cannot_sign>()};
    return phone.step_signed(*signature);
}

Result<std::string> post(PhoneHandle& phone, HttpsClient& client, const json& step) {
    const json& what = step.at("post");
    auto answer = body_of(client.post(what.at("path").get<std::string>(), "application/json",
                                      what.at("authorization").get<std::string>(), what.at("body").get<std::string>()));
    if (answer) return phone.step_answered(answer.value());
    Failure failure = answer.failure();
    if (failure.code == DS_AWAITING_CONFIRMATION && step.contains("digits")) {
        failure.detail = text<Text::digits>(step.at("digits").get<std::string>());
        failure.found = json{{"digits", step.at("digits")}}.dump();
    }
    return failure;
}

Status fetch_access(PhoneHandle& phone, HttpsClient& client, const crypto::KeyPair& key) {
    const auto once = [&] { return carry_out_steps(phone, client, key, phone.access_begin(key.public_key())); };
    Status first = once();
    const bool again = !first && (first.failure().retry == Retry::once || first.failure().code == DS_UNAUTHORIZED);
    return again ? once() : first;
}

}  // namespace

Status carry_out_steps(PhoneHandle& phone, HttpsClient& client, const crypto::KeyPair& key,
                       Result<std::string> first_step) {
    for (Result<std::string> next = std::move(first_step);;) {
        DOORSTEP_TRY_ASSIGN(const std::string given, std::move(next));
        DOORSTEP_TRY_ASSIGN(const json step, from_json_text(given));
        if (step.contains("done")) return ok();
        next = step.contains("sign") ? sign(phone, key, step) : post(phone, client, step);
    }
}

Status let_in(PhoneHandle& phone, HttpsClient& client, const crypto::KeyPair& key) {
    Status first = fetch_access(phone, client, key);
    if (first || first.failure().code != DS_UNAUTHORIZED) return first;
    DOORSTEP_TRY_ASSIGN(const std::string given, phone.connection());
    DOORSTEP_TRY_ASSIGN(const json connection, from_json_text(given));
    if (connection.at("keyed").get<bool>()) return first;
    DOORSTEP_TRY(carry_out_steps(phone, client, key, phone.register_begin(key.public_key())));
    return fetch_access(phone, client, key);
}

}  // namespace doorstep::cli
