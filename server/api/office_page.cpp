#include "server/api/office_page.hpp"

#include <fmt/format.h>

#include "json/record_json.hpp"
#include "server/access/policy.hpp"
#include "server/api/html.hpp"

namespace doorstep::server {
namespace {

class Renderer {
public:
    explicit Renderer(const OfficePage& page) : page_(page), words_(page.words) {}

    std::string whole() const {
        std::string body = heading();
        if (policy().may_ever(page_.session.role, "GET /office/audit"))
            body += fmt::format("<p><a href=\"/office/audit\">{}</a></p>\n", say(Text::audit));
        body += fmt::format("<p class=\"note\">{}</p>\n", say(Text::masked_hint));
        if (!page_.notice.empty())
            body += fmt::format("<p role=\"status\"><strong>{}</strong></p>\n", escape(page_.notice));
        body += conflicts();
        if (!page_.held.empty()) body += held();
        body += records(Text::households, page_.households) + records(Text::visits, page_.visits) +
                records(Text::issues, page_.issues);
        if (!page_.residents.empty()) body += records(Text::residents, page_.residents);
        return page(say(Text::office), body, words_.language_tag());
    }

private:
    std::string say(Text key) const { return words_.say(key); }
    std::string csrf() const {
        return fmt::format("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", escape(page_.session.csrf));
    }
    std::string heading() const {
        return fmt::format(
            "<header><h1>{}</h1><form method=\"post\" action=\"/office/logout\">{}{} · {} "
            "<button>{}</button></form></header>\n",
            say(Text::office), csrf(), escape(page_.session.staff), role_text(page_.session.role, words_.language()),
            say(Text::sign_out));
    }

    /// The button of one alternative. The form carries every dot that was on the screen: the decision covers no more.
    std::string button(const RecordView& record, const FieldView& field, const ValueView& value) const {
        std::string seen;
        for (const ValueView& any : field.values)
            for (const Dot& dot : any.dots)
                seen += fmt::format("<input type=\"hidden\" name=\"seen\" value=\"{}\">", text_of(dot));
        return fmt::format(
            "<form method=\"post\" action=\"/office/resolve\">{}"
            "<input type=\"hidden\" name=\"record\" value=\"{}\"><input type=\"hidden\" name=\"field\" value=\"{}\">"
            "<input type=\"hidden\" name=\"choice\" value=\"{}\">{}<button>{}</button></form>",
            csrf(), record.record.hex(), field.field, text_of(value.dots.front()), seen, say(Text::choose_this));
    }

    std::string alternative(const OfficeRecord& record, const FieldView& field, const ValueView& value) const {
        std::string traces;
        for (const Trace& from : value.traces) traces += words_.trace(from);
        return fmt::format("<blockquote><div class=\"words\">{}</div>{}{}</blockquote>\n", words_.value(value.value),
                           traces, record.may == May::decide ? button(record.view, field, value) : std::string());
    }

    /// Why so little is seen of it, if so.
    std::string reach(const OfficeRecord& record) const {
        return record.relation == Relation::own ? std::string()
                                                : fmt::format("<p class=\"note\">{}</p>", say(Text::joined_elsewhere));
    }

    std::string conflict(const OfficeRecord& shown, const FieldView& field) const {
        const RecordView& record = shown.view;
        std::string out =
            fmt::format("<section class=\"conflict\"><h3>{} · {} · {}（{} {}）</h3>\n",
                        escape(page_.divisions->place_name(record.area)), escape(record.text(1)),
                        words_.field(record.type, field.field), field.values.size(), say(Text::alternatives));
        for (const ValueView& value : field.values) out += alternative(shown, field, value);
        return out + reach(shown) + "</section>\n";
    }

    std::string conflicts() const {
        std::string out = fmt::format("<h2>{}</h2>\n", say(Text::conflicts));
        if (page_.conflicts.empty()) return out + fmt::format("<p>{}</p>\n", say(Text::no_conflicts));
        out += fmt::format("<p class=\"note\">{}</p>\n", say(Text::conflicts_hint));
        for (const OfficeRecord& record : page_.conflicts)
            for (const FieldView& field : record.view.fields)
                if (field.conflict) out += conflict(record, field);
        return out;
    }

    std::string held() const {
        std::string out = fmt::format(
            "<h2>{}</h2>\n<p class=\"note\">{}</p>\n<table><tr><th>{}</th><th>{}</th><th>{}</th></tr>\n",
            say(Text::held), say(Text::held_hint), say(Text::words), say(Text::reason), say(Text::written_by));
        for (const ScopedHeld& part : page_.held) {
            std::string lines;
            for (const ScopedHeld::Word& word : part.words)
                lines += fmt::format("<div class=\"words\">{}</div>", words_.value(word.value));
            out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", lines,
                               escape(error_advice(part.held.reason, words_.language())), words_.trace(part.trace));
        }
        return out + "</table>\n";
    }

    /// Every field that holds something, each value on its line; alternatives all stand there.
    std::string fields(const RecordView& record) const {
        std::string out;
        for (const FieldView& field : record.fields) {
            out += fmt::format("<div><strong>{}</strong> ", words_.field(record.type, field.field));
            for (std::size_t i = 0; i < field.values.size(); ++i)
                out += (i == 0           ? ""
                        : field.conflict ? " ⇄ "
                                         : "、") +
                       fmt::format("<span class=\"words\">{}</span>", words_.value(field.values[i].value));
            out += "</div>";
        }
        return out;
    }

    std::string last_writer(const RecordView& record) const {
        const Trace* last = nullptr;
        for (const FieldView& field : record.fields)
            for (const ValueView& value : field.values)
                for (const Trace& from : value.traces)
                    if (!last || last->wall_ms < from.wall_ms) last = &from;
        return last ? words_.trace(*last) : std::string();
    }

    std::string records(Text title, const std::vector<OfficeRecord>& list) const {
        std::string out = fmt::format("<h2>{} <small>{}</small></h2>\n", say(title), list.size());
        if (list.empty()) return out + fmt::format("<p>{}</p>\n", say(Text::none_yet));
        out += fmt::format("<table><tr><th>{}</th><th>{}</th><th>{}</th></tr>\n", say(Text::place), say(Text::words),
                           say(Text::written_by));
        for (const OfficeRecord& record : list)
            out +=
                fmt::format("<tr><td>{}<br><a href=\"/office/record?id={}\">{}</a></td><td>{}{}</td><td>{}</td></tr>\n",
                            escape(page_.divisions->place_name(record.view.area)), record.view.record.hex(),
                            say(Text::history), fields(record.view), reach(record), last_writer(record.view));
        return out + "</table>\n";
    }

    const OfficePage& page_;
    const OfficeWords& words_;
};

}  // namespace

std::string render(const OfficePage& page) { return Renderer(page).whole(); }

}  // namespace doorstep::server
