#include "server/api/office_page.hpp"

#include <fmt/format.h>

#include "core/base/civil_date.hpp"
#include "core/model/schema.hpp"
#include "server/api/html.hpp"
#include "server/api/texts.hpp"

namespace doorstep::server {
namespace {

std::string dot_text(const Dot& dot) { return dot.replica.hex() + ":" + std::to_string(dot.seq); }

class Renderer {
public:
    explicit Renderer(const OfficePage& page) : page_(page) {}

    std::string whole() const {
        std::string body = heading();
        if (!page_.notice.empty()) body += fmt::format("<p role=\"status\"><strong>{}</strong></p>\n", escape(page_.notice));
        body += conflicts();
        if (!page_.held.empty()) body += held();
        body += records(Text::households, page_.households) + records(Text::visits, page_.visits) +
                records(Text::issues, page_.issues);
        if (!page_.residents.empty()) body += records(Text::residents, page_.residents);
        return page(say(Text::office), body, page_.language == Language::zh_cn ? "zh-CN" : "en");
    }

private:
    std::string say(Text key) const { return std::string(text(key, page_.language)); }
    std::string csrf() const {
        return fmt::format("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", escape(page_.session.csrf));
    }
    std::string label(std::uint32_t type, std::uint32_t field) const {
        const RecordSchema* schema = record_schema(type);
        const FieldSchema* known = schema ? schema->field(field) : nullptr;
        if (!known) return "#" + std::to_string(field);
        return std::string(page_.language == Language::zh_cn ? known->label_zh_cn : known->label_en);
    }

    std::string heading() const {
        return fmt::format(
            "<header><h1>{}</h1><form method=\"post\" action=\"/office/logout\">{}{} <button>{}</button></form></header>\n",
            say(Text::office), csrf(), escape(page_.session.staff), say(Text::sign_out));
    }

    std::string words(const Value& value) const {
        switch (value.type()) {
            case ValueType::text: return escape(value.as_text());
            case ValueType::cleared: return say(Text::cleared);
            case ValueType::integer: return std::to_string(value.as_integer());
            case ValueType::time: return china_time(static_cast<std::uint64_t>(value.as_integer()));
            case ValueType::date: return format_date(value.as_integer());
            case ValueType::record: return value.as_record().hex().substr(0, 12);
            case ValueType::position: {
                const Value::Position at = value.as_position();
                return fmt::format("{:.6f}, {:.6f}", static_cast<double>(at.latitude_e6) / 1e6,
                                   static_cast<double>(at.longitude_e6) / 1e6);
            }
        }
        return escape(to_hex(value.bytes()));
    }

    std::string device(const Trace& trace) const {
        const std::string known = page_.device_label(trace.dot.replica);
        return known.empty() ? say(Text::office_device) : known;
    }

    std::string trace(const Trace& from) const {
        return fmt::format("<p class=\"trace\">{}：{} · {}：{} · {}：{}</p>", say(Text::written_by), escape(from.author),
                           say(Text::device), escape(device(from)), say(Text::time), china_time(from.wall_ms));
    }

    /// One alternative with its button. The form carries every dot that was on the screen: the decision covers no more.
    std::string alternative(const RecordView& record, const FieldView& field, std::size_t nth) const {
        const ValueView& value = field.values[nth];
        std::string traces, seen;
        for (const Trace& from : value.traces) traces += trace(from);
        for (const ValueView& any : field.values)
            for (const Dot& dot : any.dots)
                seen += fmt::format("<input type=\"hidden\" name=\"seen\" value=\"{}\">", dot_text(dot));
        return fmt::format(
            "<blockquote><div class=\"words\">{}</div>{}<form method=\"post\" action=\"/office/resolve\">{}"
            "<input type=\"hidden\" name=\"record\" value=\"{}\"><input type=\"hidden\" name=\"field\" value=\"{}\">"
            "<input type=\"hidden\" name=\"choice\" value=\"{}\">{}<button>{}</button></form></blockquote>\n",
            words(value.value), traces, csrf(), record.record.hex(), field.field, dot_text(value.dots.front()), seen,
            say(Text::choose_this));
    }

    std::string conflict(const RecordView& record, const FieldView& field) const {
        std::string out = fmt::format("<section class=\"conflict\"><h3>{} · {} · {}（{} {}）</h3>\n",
                                      escape(page_.divisions->place_name(record.area)), escape(record.text(1)),
                                      label(record.type, field.field), field.values.size(), say(Text::alternatives));
        for (std::size_t i = 0; i < field.values.size(); ++i) out += alternative(record, field, i);
        return out + "</section>\n";
    }

    std::string conflicts() const {
        std::string out = fmt::format("<h2>{}</h2>\n", say(Text::conflicts));
        if (page_.conflicts.empty()) return out + fmt::format("<p>{}</p>\n", say(Text::no_conflicts));
        out += fmt::format("<p class=\"note\">{}</p>\n", say(Text::conflicts_hint));
        for (const RecordView& record : page_.conflicts)
            for (const FieldView& field : record.fields)
                if (field.conflict) out += conflict(record, field);
        return out;
    }

    std::string held() const {
        std::string out = fmt::format("<h2>{}</h2>\n<p class=\"note\">{}</p>\n<table><tr><th>{}</th><th>{}</th><th>{}</th></tr>\n",
                                      say(Text::held), say(Text::held_hint), say(Text::words), say(Text::reason),
                                      say(Text::written_by));
        for (const HeldView& part : page_.held) {
            std::string lines;
            for (const std::string& line : part.words) lines += fmt::format("<div class=\"words\">{}</div>", escape(line));
            out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", lines,
                               escape(error_advice(part.held.reason, page_.language)), trace(part.trace));
        }
        return out + "</table>\n";
    }

    /// Every field that holds something, each value on its line; alternatives all stand there.
    std::string fields(const RecordView& record) const {
        std::string out;
        for (const FieldView& field : record.fields) {
            out += fmt::format("<div><strong>{}</strong> ", label(record.type, field.field));
            for (std::size_t i = 0; i < field.values.size(); ++i)
                out += (i == 0 ? "" : field.conflict ? " ⇄ " : "、") +
                       fmt::format("<span class=\"words\">{}</span>", words(field.values[i].value));
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
        return last ? trace(*last) : std::string();
    }

    std::string records(Text title, const std::vector<RecordView>& list) const {
        std::string out = fmt::format("<h2>{} <small>{}</small></h2>\n", say(title), list.size());
        if (list.empty()) return out + fmt::format("<p>{}</p>\n", say(Text::none_yet));
        out += fmt::format("<table><tr><th>{}</th><th>{}</th><th>{}</th></tr>\n", say(Text::place), say(Text::words),
                           say(Text::written_by));
        for (const RecordView& record : list)
            out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                               escape(page_.divisions->place_name(record.area)), fields(record), last_writer(record));
        return out + "</table>\n";
    }

    const OfficePage& page_;
};

}  // namespace

std::string render(const OfficePage& page) { return Renderer(page).whole(); }

std::string render_login(Language language, std::string_view notice) {
    const auto say = [&](Text key) { return text(key, language); };
    const std::string body = fmt::format(
        "<header><h1>{}</h1></header>\n<p role=\"alert\">{}</p>\n<form method=\"post\" action=\"/office/login\">"
        "<p><label>{}<br><input type=\"password\" name=\"token\" autocomplete=\"current-password\" required autofocus></label></p>"
        "<p class=\"note\">{}</p><button>{}</button></form>",
        say(Text::office), escape(notice), say(Text::token_label), say(Text::token_hint), say(Text::sign_in));
    return page(say(Text::sign_in), body, language == Language::zh_cn ? "zh-CN" : "en");
}

}  // namespace doorstep::server
