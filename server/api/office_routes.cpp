// The office in a browser: sign in, look, decide. Every form carries the session's secret, every page its own language.
#include <charconv>

#include "core/base/limits.hpp"
#include "core/model/schema.hpp"
#include "server/api/form.hpp"
#include "server/api/html.hpp"
#include "server/api/office_page.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

constexpr std::string_view session_cookie = "__Host-session";
constexpr std::string_view html = "text/html; charset=utf-8";
constexpr std::size_t rows_max = 200;

/// zh-CN unless the browser asks for English first.
Language language_of(const Request& request) {
    return request.header("accept-language").substr(0, 2) == "en" ? Language::en : Language::zh_cn;
}

OfficeWords words_for(Storage& storage, const Request& request) {
    return {language_of(request), [&storage](const ReplicaId& replica) {
                auto label = storage.device_label(replica);
                return label ? std::move(label).value() : std::string();
            }};
}

Reply redirect(std::string target) { return Reply{303, std::string(html), "", {{"Location", std::move(target)}}}; }

Result<StaffSession> session_of(Storage& storage, const Request& request, std::uint64_t now_ms) {
    return storage.session(std::string(cookie(request.header("cookie"), session_cookie)), now_ms);
}

/// The form of a signed-in person, with the secret that only our own pages know.
Result<Form> trusted_form(const Request& request, const StaffSession& session) {
    DOORSTEP_TRY_ASSIGN(Form form, Form::parse(request.body));
    if (form.get("csrf") != session.csrf)
        return Error{Errc::forbidden, "the form does not come from this session's page"};
    return form;
}

Result<Dot> parse_dot(std::string_view text) {
    const Error bad{Errc::invalid_argument, "a dot is 32 hexadecimal digits, a colon and a number"};
    const auto replica = ReplicaId::from_hex(text.substr(0, 32));
    if (!replica || text.size() < 34 || text[32] != ':') return bad;
    Dot dot{replica.value(), 0};
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data() + 33, end, dot.seq);
    if (fault != std::errc() || stop != end || dot.seq == 0) return bad;
    return dot;
}

/// The value that the chosen write stands for. Errors: stale_decision when it is no longer an alternative.
Result<Value> chosen_value(const std::vector<RecordView>& conflicts, const Resolution& resolution, const Dot& choice) {
    for (const RecordView& record : conflicts) {
        const FieldView* field = record.record == resolution.record ? record.field(resolution.field) : nullptr;
        if (!field) continue;
        for (const ValueView& value : field->values)
            for (const Dot& dot : value.dots)
                if (dot == choice) return value.value;
    }
    return Error{Errc::stale_decision, "the choice is no longer open"};
}

Result<Reply> office_reply(Storage& storage, const Request& request, const StaffSession& session, std::string notice) {
    OfficePage page{words_for(storage, request), session, std::move(notice), {}, {}, {}, {}, {}, {},
                    &storage.divisions()};
    DOORSTEP_TRY_ASSIGN(page.conflicts, storage.conflicts(rows_max));
    DOORSTEP_TRY_ASSIGN(page.held, storage.held(rows_max));
    for (const auto& [name, list] : {std::pair{"household", &page.households}, std::pair{"resident", &page.residents},
                                     std::pair{"visit", &page.visits}, std::pair{"issue", &page.issues}}) {
        DOORSTEP_TRY_ASSIGN(*list, storage.list(record_schema(std::string_view(name))->id, rows_max));
    }
    return Reply{200, std::string(html), render(page), {}};
}

}  // namespace

Result<Reply> login_page(Storage&, const Request& request, std::uint64_t) {
    return Reply{200, std::string(html), render_login(language_of(request), {}), {}};
}

Result<Reply> login(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const Form form, Form::parse(request.body));
    const auto secret = storage.sign_in(std::string(form.get("token")), now_ms);
    if (!secret && secret.error().code == Errc::unauthorized) {
        const Language language = language_of(request);
        return Reply{401, std::string(html), render_login(language, text(Text::wrong_token, language)), {}};
    }
    if (!secret) return secret.error();
    Reply reply = redirect("/office");
    reply.headers.emplace_back("Set-Cookie", std::string(session_cookie) + "=" + secret.value() +
                                                 "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800");
    return reply;
}

Result<Reply> logout(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, session_of(storage, request, now_ms));
    DOORSTEP_TRY(trusted_form(request, session));
    DOORSTEP_TRY(storage.sign_out(std::string(cookie(request.header("cookie"), session_cookie)), now_ms));
    return redirect("/office/login");
}

Result<Reply> office(Storage& storage, const Request& request, std::uint64_t now_ms) {
    const auto session = session_of(storage, request, now_ms);
    if (!session) return redirect("/office/login");
    return office_reply(storage, request, session.value(), {});
}

Result<Reply> record(Storage& storage, const Request& request, std::uint64_t now_ms) {
    const auto session = session_of(storage, request, now_ms);
    if (!session) return redirect("/office/login");
    DOORSTEP_TRY_ASSIGN(const Form query, Form::parse(request.query));
    DOORSTEP_TRY_ASSIGN(const RecordId id, RecordId::from_hex(query.get("id")));
    DOORSTEP_TRY_ASSIGN(const RecordHistory history, storage.history(id));
    return Reply{200, std::string(html), render_history(words_for(storage, request), history, storage.divisions()), {}};
}

Result<Reply> resolve(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, session_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const Form form, trusted_form(request, session));
    Resolution resolution;
    DOORSTEP_TRY_ASSIGN(resolution.record, RecordId::from_hex(form.get("record")));
    DOORSTEP_TRY_ASSIGN(const Dot choice, parse_dot(form.get("choice")));
    const std::string_view field = form.get("field");
    if (std::from_chars(field.data(), field.data() + field.size(), resolution.field).ec != std::errc())
        return Error{Errc::invalid_argument, "a field is a number"};
    for (const std::string_view seen : form.all("seen")) {
        DOORSTEP_TRY_ASSIGN(const Dot dot, parse_dot(seen));
        resolution.seen.push_back(dot);
    }
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordView> conflicts, storage.conflicts(rows_max));
    const auto value = chosen_value(conflicts, resolution, choice);
    Status decided = value ? ok() : Status(value.error());
    if (value) {
        resolution.value = value.value();
        decided = storage.resolve(resolution, session.staff, now_ms);
    }
    if (decided) return redirect("/office");
    if (decided.error().code != Errc::stale_decision) return decided.error();
    DOORSTEP_TRY_ASSIGN(
        Reply reply,
        office_reply(storage, request, session, std::string(error_advice(Errc::stale_decision, language_of(request)))));
    reply.status = 409;
    return reply;
}

Result<Reply> office_style(Storage&, const Request&, std::uint64_t) {
    return Reply{200, "text/css; charset=utf-8", std::string(style_sheet()), {}};
}

}  // namespace doorstep::server
