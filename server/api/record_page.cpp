// The history of one record: nobody's words are lost, whatever stands in the fields now.
#include <fmt/format.h>

#include "server/api/html.hpp"
#include "server/api/office_page.hpp"

namespace doorstep::server {

std::string render_history(const OfficeWords& words, const RecordHistory& history, const Divisions& divisions) {
    const auto say = [&](Text key) { return words.say(key); };
    std::string body = fmt::format(
        "<header><h1>{} · {}</h1><a href=\"/office\">{}</a></header>\n<p class=\"note\">{}</p>\n"
        "<table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>\n",
        say(Text::history), escape(divisions.place_name(history.record.area)), say(Text::back), say(Text::history_hint),
        say(Text::field), say(Text::words), say(Text::state), say(Text::written_by));
    for (const HistoryEntry& entry : history.entries) {
        const std::string value = entry.erased ? escape(entry.erased->rule) + " · " + escape(entry.erased->ordered_by)
                                               : words.value(entry.value);
        const bool removal = entry.action == Op::Action::remove;
        const Text state = removal           ? Text::removed
                           : entry.overruled ? Text::overruled
                           : entry.live      ? Text::stands
                                             : Text::superseded;
        body += fmt::format("<tr><td>{}</td><td class=\"words\">{}</td><td>{}</td><td>{}</td></tr>\n",
                            words.field(history.record.type, entry.field), value, say(state), words.trace(entry.trace));
    }
    return page(say(Text::history), body + "</table>\n", words.language_tag());
}

}  // namespace doorstep::server
