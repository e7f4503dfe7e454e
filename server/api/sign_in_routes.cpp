// Signing in with a password and a code, and setting the password with an invitation.
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/hmac.hpp"
#include "core/base/sha256.hpp"
#include "crypto/password_hash.hpp"
#include "json/strict_json.hpp"
#include "server/access/policy.hpp"
#include "server/api/html.hpp"
#include "server/api/routes.hpp"
#include "server/api/sign_in.hpp"
#include "server/api/sign_in_page.hpp"
#include "server/api/texts.hpp"

namespace doorstep::server {
namespace {

constexpr std::string_view html = "text/html; charset=utf-8";
constexpr std::size_t password_bytes_min = 12, password_bytes_max = 256;
constexpr std::uint64_t browser_known_s = 180 * 24 * 60 * 60;

Reply page_of(int status, std::string body) {
    return {status, std::string(html), std::move(body), {{"Cache-Control", "no-store"}}};
}

std::string cookie_of(std::string_view name, std::string_view secret, std::uint64_t max_age_s) {
    return std::string(name) + "=" + std::string(secret) +
           "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(max_age_s);
}

/// Name and password of a form, or of a JSON object; nullopt: there are none.
std::optional<std::pair<std::string, std::string>> shown_in(const Request& request) {
    if (request.path != rest_session_path) {
        const auto form = Form::parse(request.body);
        if (!form) return std::nullopt;
        return std::pair{std::string(form.value().get("name")), std::string(form.value().get("password"))};
    }
    const auto body = parse_json(request.body, request.body.size());
    if (!body || !body.value().is_object()) return std::nullopt;
    const auto text = [&](const char* key) {
        const auto found = body.value().find(key);
        return found != body.value().end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    return std::pair{text("name"), text("password")};
}

}  // namespace

Result<Hash> verifier_of(const Request& request) {
    if (request.prepared.empty()) return Error{Errc::internal, "the password could not be stretched"};
    return Hash::from(request.prepared);
}

Result<SignedIn> sign_in(Storage& storage, const Request& request, std::string_view name, std::string_view code,
                         std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const Hash verifier, verifier_of(request));
    return storage.sign_in(
        {std::string(name), verifier, std::string(code), std::string(cookie(request.header("cookie"), browser_cookie))},
        now_ms);
}

void add_cookies(Reply& reply, const SignedIn& in) {
    reply.headers.emplace_back("Set-Cookie", cookie_of(session_cookie, in.session, session_ms_max / 1000));
    reply.headers.emplace_back("Set-Cookie", cookie_of(browser_cookie, in.browser, browser_known_s));
}

std::string session_secret(const Request& request) {
    return std::string(cookie(request.header("cookie"), session_cookie));
}

void prepare_password(const Hash& password_key, Request& request) {
    const auto shown = shown_in(request);
    if (!shown || shown->second.size() > password_bytes_max) return;
    const Hash salt = hmac_sha256(password_key.view(), shown->first);
    const auto stretched = crypto::stretch_password(shown->second, salt.view());
    if (!stretched) return;
    const BytesView bytes(reinterpret_cast<const char*>(stretched->data()), stretched->size());
    request.prepared = std::string(sha256(bytes).view());
}

Result<Reply> login_page(Storage&, const Request& request, std::uint64_t) {
    return page_of(200, render_login(language_of(request), {}));
}

Result<Reply> login(Storage& storage, const Request& request, std::uint64_t now_ms) {
    const Language language = language_of(request);
    DOORSTEP_TRY_ASSIGN(const Form form, Form::parse(request.body));
    if (form.get("password").size() > password_bytes_max)
        return page_of(401, render_login(language, text(Text::wrong_sign_in, language)));
    const auto in = sign_in(storage, request, form.get("name"), form.get("code"), now_ms);
    if (!in && in.error().code == Errc::unauthorized)
        return page_of(401, render_login(language, text(Text::wrong_sign_in, language)));
    if (!in && in.error().code == Errc::too_many_attempts)
        return page_of(429, render_login(language, text(Text::sign_in_waits, language)));
    if (!in) return in.error();
    DOORSTEP_TRY_ASSIGN(const StaffSession session, storage.session(in.value().session, now_ms));
    Reply reply = redirect(policy().may_ever(session.role, "GET /office/staff") ? "/office/staff" : "/office");
    add_cookies(reply, in.value());
    return reply;
}

Result<Reply> activation_page(Storage&, const Request& request, std::uint64_t) {
    return page_of(200, render_activation(language_of(request), {}));
}

Result<Reply> activate(Storage& storage, const Request& request, std::uint64_t now_ms) {
    const Language language = language_of(request);
    DOORSTEP_TRY_ASSIGN(const Form form, Form::parse(request.body));
    const std::string_view password = form.get("password");
    if (password.size() < password_bytes_min || password.size() > password_bytes_max)
        return page_of(400, render_activation(language, text(Text::password_rule, language)));
    DOORSTEP_TRY_ASSIGN(const Hash verifier, verifier_of(request));
    const std::string name(form.get("name"));
    const auto secret = storage.activate_staff(name, std::string(form.get("token")), verifier, now_ms);
    if (!secret && secret.error().code == Errc::unauthorized)
        return page_of(401, render_activation(language, text(Text::wrong_invitation, language)));
    if (!secret) return secret.error();
    return page_of(200, render_activated(language, name, secret.value()));
}

}  // namespace doorstep::server
