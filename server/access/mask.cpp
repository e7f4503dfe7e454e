#include "server/access/mask.hpp"

#include <algorithm>

namespace doorstep::server {
namespace {

// A landline without its area code; and a mobile number however it is set apart. A date in eight digits stays readable.
constexpr std::size_t digits_beside_each_other_min = 7, digits_apart_min = 11;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool continues_byte(char c) { return (static_cast<unsigned char>(c) & 0xC0u) == 0x80u; }

/// The digit at the front of the text in ASCII or full width, its bytes; 0 when there is none.
std::size_t digit_bytes(std::string_view text) {
    if (!text.empty() && is_digit(text.front())) return 1;
    // U+FF10 to U+FF19
    if (text.size() >= 3 && text.substr(0, 2) == "\xEF\xBC" && text[2] >= '\x90' && text[2] <= '\x99') return 3;
    return 0;
}

/// What people put between the digits of one number.
std::size_t separator_bytes(std::string_view text) {
    for (const std::string_view one : {" ", "-", ".", "　", "－", "—", "·"})
        if (text.starts_with(one)) return one.size();
    return 0;
}

/// The run of digits at the front of the text.
struct Run {
    std::size_t bytes = 0;  ///< up to the last digit
    std::size_t digits = 0, beside_each_other = 0;

    bool is_number() const { return beside_each_other >= digits_beside_each_other_min || digits >= digits_apart_min; }
};
Run run_at(std::string_view text) {
    Run out;
    std::size_t together = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (const std::size_t digit = digit_bytes(text.substr(at))) {
            at += digit;
            out = {at, out.digits + 1, std::max(out.beside_each_other, ++together)};
        } else if (const std::size_t between = separator_bytes(text.substr(at)); between > 0 && out.digits > 0) {
            at += between;
            together = 0;
        } else {
            break;
        }
    }
    // The last place of an identity number can be X.
    if (out.is_number() && out.bytes < text.size() && (text[out.bytes] | 0x20) == 'x') ++out.bytes;
    return out;
}

/// Texts that our own code makes are always well-formed and short.
Value text_value(std::string_view text) {
    auto value = Value::text(text);
    return value ? std::move(value).value() : Value::cleared();
}

}  // namespace

std::string masked_text(FieldClass what, std::string_view text) {
    const std::string mask(mask_text);
    if (what == FieldClass::name) {
        std::size_t first = std::min<std::size_t>(1, text.size());
        while (first < text.size() && continues_byte(text[first])) ++first;
        return first < text.size() ? std::string(text.substr(0, first)) + mask : mask;
    }
    constexpr std::size_t whole_number = 11, head = 3, tail = 4;
    if (what == FieldClass::phone && text.size() >= whole_number && std::all_of(text.begin(), text.end(), is_digit))
        return std::string(text.substr(0, head)) + mask + std::string(text.substr(text.size() - tail));
    return mask;
}

std::string without_numbers(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const Run run = run_at(text.substr(at));
        if (run.is_number()) {
            out += mask_text;
            at += run.bytes;
            continue;
        }
        const std::size_t whole = std::max<std::size_t>(run.bytes, 1);  // a short run, or one byte that is none
        out += text.substr(at, whole);
        at += whole;
    }
    return out;
}

Value seen(const Value& value, FieldClass what, Sight sight) {
    if (sight == Sight::shown || value.is_cleared()) return value;
    if (sight == Sight::hidden) return Value::cleared();
    const bool is_text = value.type() == ValueType::text;
    if (sight == Sight::without_numbers && is_text) return text_value(without_numbers(value.as_text()));
    return text_value(is_text ? masked_text(what, value.as_text()) : std::string(mask_text));
}

Seeing seeing(const Policy& policy, Actor actor, std::string_view route, Relation relation, Purpose purpose) {
    return [&policy, actor, route = std::string(route), relation, purpose](std::uint32_t type, std::uint32_t field) {
        const FieldClass what = policy.class_of(type, field);
        return FieldSight{what, policy.sight(actor, route, what, relation, purpose)};
    };
}

RecordView seen(RecordView record, const Seeing& seeing) {
    std::erase_if(record.fields,
                  [&](const FieldView& field) { return seeing(record.type, field.field).sight == Sight::hidden; });
    for (FieldView& field : record.fields) {
        const FieldSight how = seeing(record.type, field.field);
        for (ValueView& value : field.values) value.value = seen(value.value, how.what, how.sight);
        for (ValueView& value : field.overruled) value.value = seen(value.value, how.what, how.sight);
        if (how.sight != Sight::shown) field.suggestion.reset();  // it quotes the values
    }
    return record;
}

std::vector<HistoryEntry> seen(std::vector<HistoryEntry> entries, std::uint32_t record_type, const Seeing& seeing) {
    std::erase_if(entries,
                  [&](const HistoryEntry& entry) { return seeing(record_type, entry.field).sight == Sight::hidden; });
    for (HistoryEntry& entry : entries) {
        const FieldSight how = seeing(record_type, entry.field);
        entry.value = seen(entry.value, how.what, how.sight);
    }
    return entries;
}

}  // namespace doorstep::server
