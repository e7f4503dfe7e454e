// The history of one record: nobody's words are lost, whatever stands in the fields now.
#include <fmt/format.h>

#include "server/api/html.hpp"
#include "server/api/office_page.hpp"

namespace doorstep::server {
namespace {

std::string row(const OfficeWords& words, std::uint32_t record_type, const HistoryEntry& entry) {
    const std::string value =
        entry.erased ? escape(entry.erased->rule) + " · " + escape(entry.erased->ordered_by) : words.value(entry.value);
    const bool removal = entry.action == Op::Action::remove;
    const Text state = removal           ? Text::removed
                       : entry.overruled ? Text::overruled
                       : entry.live      ? Text::stands
                                         : Text::superseded;
    return fmt::format("<tr><td>{}</td><td class=\"words\">{}</td><td>{}</td><td>{}</td></tr>\n",
                       words.field(record_type, entry.field), value, words.say(state), words.trace(entry.trace));
}

/// What the page is shown for, or a button for each purpose that more of it can be shown for.
std::string what_for(const HistoryPage& page) {
    const OfficeWords& words = page.words;
    const ScopedRecord& record = page.history.record;
    if (record.relation == Relation::outside)
        return fmt::format("<p class=\"note\">{}</p>\n", words.say(Text::joined_elsewhere));
    if (page.purpose != Purpose::none)
        return fmt::format("<p class=\"note\">{}{}</p>\n", words.say(Text::revealed_for),
                           purpose_text(page.purpose, words.language()));
    std::string out = fmt::format("<p class=\"note\">{}</p>\n", words.say(Text::masked_hint));
    for (const Purpose purpose : page.purposes)
        out += fmt::format(
            "<form method=\"post\" action=\"/office/reveal\"><input type=\"hidden\" name=\"csrf\" value=\"{}\">"
            "<input type=\"hidden\" name=\"record\" value=\"{}\"><input type=\"hidden\" name=\"purpose\" value=\"{}\">"
            "<button>{}{}</button></form>\n",
            escape(page.session.csrf), record.view.record.hex(), name_of(purpose), words.say(Text::reveal_for),
            purpose_text(purpose, words.language()));
    return out;
}

}  // namespace

std::string render(const HistoryPage& shown, const Divisions& divisions) {
    const OfficeWords& words = shown.words;
    const RecordView& record = shown.history.record.view;
    std::string body = fmt::format(
        "<header><h1>{} · {}</h1><a href=\"/office\">{}</a></header>\n<p class=\"note\">{}</p>\n{}"
        "<table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>\n",
        words.say(Text::history), escape(divisions.place_name(record.area)), words.say(Text::back),
        words.say(Text::history_hint), what_for(shown), words.say(Text::field), words.say(Text::words),
        words.say(Text::state), words.say(Text::written_by));
    for (const HistoryEntry& entry : shown.history.entries) body += row(words, record.type, entry);
    return page(words.say(Text::history), body + "</table>\n", words.language_tag());
}

}  // namespace doorstep::server
