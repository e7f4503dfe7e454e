#include "server/api/staff_page.hpp"

#include <fmt/format.h>

#include "server/api/html.hpp"

namespace doorstep::server {
namespace {

std::string row(const OfficeWords& words, const StaffAccount& account, const Divisions& divisions) {
    constexpr Text states[] = {Text::invited, Text::active, Text::disabled};
    std::string areas;
    for (const Area& area : account.scope.areas)
        areas += (areas.empty() ? "" : "、") + escape(divisions.place_name(area));
    return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", escape(account.name),
                       role_text(account.role, words.language()), areas,
                       words.say(states[static_cast<std::size_t>(account.state)]));
}

}  // namespace

std::string render_staff(const OfficeWords& words, const StaffSession& session,
                         const std::vector<StaffAccount>& accounts, const Divisions& divisions) {
    std::string body = fmt::format(
        "<header><h1>{}</h1><form method=\"post\" action=\"/office/logout\"><input type=\"hidden\" name=\"csrf\" "
        "value=\"{}\">{} <button>{}</button></form></header>\n<p class=\"note\">{}</p>\n"
        "<table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>\n",
        words.say(Text::accounts), escape(session.csrf), escape(session.staff), words.say(Text::sign_out),
        words.say(Text::accounts_hint), words.say(Text::account), words.say(Text::role), words.say(Text::place),
        words.say(Text::state));
    for (const StaffAccount& account : accounts) body += row(words, account, divisions);
    return page(words.say(Text::accounts), body + "</table>\n", words.language_tag());
}

}  // namespace doorstep::server
