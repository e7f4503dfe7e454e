#include "core/model/form.hpp"

#include <algorithm>
#include <utility>

#include "core/base/utf8.hpp"
#include "core/model/refused_term.hpp"

namespace doorstep {
namespace {

constexpr std::uint8_t form_format = 1;
constexpr std::uint32_t number_max = 65'535;

void write_text(Writer& out, const FormText& text) {
    out.sized(text.zh_cn);
    out.sized(text.en);
}

std::string read_string(Reader& in) {
    const BytesView bytes = in.sized(limits::form_text_bytes_max);
    if (!bytes.empty() && !is_text(bytes)) in.fail();
    return std::string(bytes);
}

FormText read_text(Reader& in) {
    FormText text;
    text.zh_cn = read_string(in);
    text.en = read_string(in);
    return text;
}

void write_field(Writer& out, const FormField& field) {
    out.varint(field.local);
    out.u8(static_cast<std::uint8_t>(field.kind));
    out.u8(static_cast<std::uint8_t>(field.type));
    out.u8(static_cast<std::uint8_t>(field.need));
    write_text(out, field.label);
    out.varint(field.bytes_max);
    out.varint(field.elements_max);
    out.sized(field.harmless_because);
    out.varint(field.choices.size());
    for (const FormText& choice : field.choices) write_text(out, choice);
}

FormField read_field(Reader& in) {
    FormField field;
    field.local = in.varint32();
    field.kind = static_cast<Kind>(in.u8());
    field.type = static_cast<ValueType>(in.u8());
    const std::uint8_t need = in.u8();
    if (need > 1) in.fail();
    field.need = static_cast<FormField::Need>(need);
    field.label = read_text(in);
    field.bytes_max = in.varint32();
    field.elements_max = in.varint32();
    field.harmless_because = read_string(in);
    for (std::size_t n = in.count(limits::form_choices_max, 2); n > 0 && !in.failed(); --n)
        field.choices.push_back(read_text(in));
    return field;
}

Status check_text(const FormText& text, const std::string& what) {
    if (text.zh_cn.empty() || text.en.empty())
        return Error{Errc::invalid_argument, what + " is not named in both languages"};
    if (text.zh_cn.size() > limits::form_text_bytes_max || text.en.size() > limits::form_text_bytes_max)
        return Error{Errc::invalid_argument, what + " has a name that is too long"};
    if (!is_text(text.zh_cn) || !is_text(text.en)) return Error{Errc::invalid_argument, what + " is not text"};
    for (const std::string& name : {text.zh_cn, text.en})
        if (const std::string_view term = refused_term(name); !term.empty())
            return Error{Errc::invalid_argument,
                         what + " says \"" + std::string(term) + "\": no field judges or tracks a person"};
    return ok();
}

Status check(const FormField& field) {
    const std::string what = "field " + std::to_string(field.local);
    if (field.local == 0 || field.local > number_max) return Error{Errc::invalid_argument, what + " is no number"};
    if (static_cast<std::uint8_t>(field.kind) > 15 || field.harmless_because.size() > limits::form_text_bytes_max ||
        field.choices.size() > limits::form_choices_max)
        return Error{Errc::invalid_argument, what + " goes over a limit"};
    DOORSTEP_TRY(check_text(field.label, what));
    for (const FormText& choice : field.choices) DOORSTEP_TRY(check_text(choice, "a choice of " + what));
    return check_field({field.local, field.label.en, field.kind, field.type, field.label.zh_cn, field.label.en,
                        field.bytes_max, field.elements_max, field.harmless_because});
}

}  // namespace

Status Form::check() const {
    if (number == 0 || number > number_max || version == 0 || record_type == 0)
        return Error{Errc::invalid_argument, "a form has a number, a version and a record type"};
    if (fields.empty() || fields.size() > limits::form_fields_max)
        return Error{Errc::invalid_argument, "a form has at least one field, and not too many"};
    DOORSTEP_TRY(check_text(title, "the form"));
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0 && fields[i - 1].local >= fields[i].local)
            return Error{Errc::invalid_argument, "fields of a form are ascending, each number once"};
        DOORSTEP_TRY(doorstep::check(fields[i]));
    }
    return ok();
}

Result<Bytes> Form::pack() const {
    Bytes bytes;
    Writer out(bytes);
    out.u8(form_format);
    out.varint(number);
    out.varint(version);
    out.varint(record_type);
    write_text(out, title);
    out.varint(fields.size());
    for (const FormField& field : fields) write_field(out, field);
    if (bytes.size() > limits::value_bytes_max) return Error{Errc::value_too_large, "a form does not fit a value"};
    return bytes;
}

Result<Form> Form::unpack(BytesView bytes) {
    Reader in(bytes);
    if (in.u8() != form_format) return Error{Errc::malformed, "a form of an unknown format"};
    Form form;
    form.number = in.varint32();
    form.version = in.varint32();
    form.record_type = in.varint32();
    form.title = read_text(in);
    for (std::size_t n = in.count(limits::form_fields_max, 11); n > 0 && !in.failed(); --n)
        form.fields.push_back(read_field(in));
    DOORSTEP_TRY(in.finish("a form"));
    DOORSTEP_TRY(form.check());
    return form;
}

FormRegistry FormRegistry::of(std::vector<Form> definitions) {
    std::vector<std::pair<Bytes, Form>> sorted;
    for (Form& form : definitions)
        if (auto bytes = form.pack(); bytes && form.check()) sorted.emplace_back(bytes.value(), std::move(form));
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        if (a.second.number != b.second.number) return a.second.number < b.second.number;
        return a.second.version != b.second.version ? a.second.version < b.second.version : a.first < b.first;
    });
    FormRegistry out;
    for (auto& [bytes, form] : sorted) {
        if (!out.fits(form)) continue;
        for (const FormField& field : form.fields) {
            Known& known = out.fields_[form.field_id(field.local)];
            known = {form.record_type, field.kind, field.type, std::max(known.bytes_max, field.bytes_max)};
        }
        out.latest_[form.number] = std::move(form);
    }
    return out;
}

/// Whether the version goes on where the ones before it stopped.
bool FormRegistry::fits(const Form& form) const {
    const Form* before = this->form(form.number);
    if (before && (before->version >= form.version || before->record_type != form.record_type)) return false;
    return std::all_of(form.fields.begin(), form.fields.end(), [&](const FormField& field) {
        const auto known = fields_.find(form.field_id(field.local));
        return known == fields_.end() || (known->second.kind == field.kind && known->second.type == field.type);
    });
}

const Form* FormRegistry::form(std::uint32_t number) const {
    const auto at = latest_.find(number);
    return at == latest_.end() ? nullptr : &at->second;
}

bool FormRegistry::would_take(const Form& next) const { return next.check() && fits(next); }

Status FormRegistry::validate(std::uint32_t record_type, const Op& op) const {
    const auto at = fields_.find(op.field);
    if (op.field <= limits::product_field_max || at == fields_.end()) return doorstep::validate(record_type, op);
    const Known& known = at->second;
    const std::string what = "form field " + std::to_string(op.field);
    if (known.record_type != record_type)
        return Error{Errc::invalid_argument, what + " belongs to records of another type"};
    if (known.kind != op.kind) return Error{Errc::invalid_argument, what + " has another merge kind"};
    if (!op.value.is_cleared() && op.value.type() != known.type)
        return Error{Errc::invalid_argument, what + " has another type"};
    if (op.value.bytes().size() > known.bytes_max + std::size_t{1})
        return Error{Errc::value_too_large, what + " takes less"};
    return ok();
}

}  // namespace doorstep
