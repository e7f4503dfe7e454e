#include "server/api/audit_page.hpp"

#include <fmt/format.h>

#include "server/api/html.hpp"

namespace doorstep::server {

std::string render_audit(const OfficeWords& words, const std::vector<AuditEntry>& entries) {
    std::string body =
        fmt::format("<header><h1>{}</h1><a href=\"/office\">{}</a></header>\n<p class=\"note\">{}</p>\n<table><tr>",
                    words.say(Text::audit), words.say(Text::back), words.say(Text::audit_hint));
    for (const Text head :
         {Text::time, Text::account, Text::role, Text::action, Text::purpose, Text::record, Text::words})
        body += fmt::format("<th>{}</th>", words.say(head));
    body += "</tr>\n";
    for (const AuditEntry& entry : entries) {
        std::string classes;
        for (const FieldClass one : entry.seen)
            classes += (classes.empty() ? "" : "、") + std::string(class_text(one, words.language()));
        body += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                            china_time(entry.at_ms), escape(entry.staff), role_text(entry.role, words.language()),
                            escape(entry.action), purpose_text(entry.purpose, words.language()),
                            entry.record.is_zero() ? std::string() : entry.record.hex().substr(0, 12), classes);
    }
    return page(words.say(Text::audit), body + "</table>\n", words.language_tag());
}

}  // namespace doorstep::server
