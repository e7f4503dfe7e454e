#include "server/api/form.hpp"

#include <algorithm>

#include "core/base/bytes.hpp"
#include "core/base/utf8.hpp"

namespace doorstep::server {
namespace {

Result<std::string> decode(std::string_view encoded) {
    std::string out;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] != '%') {
            out.push_back(encoded[i] == '+' ? ' ' : encoded[i]);
            continue;
        }
        const auto byte = from_hex(encoded.substr(i + 1, 2));
        if (!byte || byte.value().size() != 1) return Error{Errc::invalid_argument, "a form holds a bad %-escape"};
        out += byte.value();
        i += 2;
    }
    if (!is_text(out)) return Error{Errc::invalid_utf8, "a form field is not well-formed UTF-8"};
    return out;
}

/// Cuts off and returns what stands before the separator, or everything.
std::string_view cut(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view out = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
}

}  // namespace

Result<Form> Form::parse(std::string_view encoded) {
    Form form;
    while (!encoded.empty()) {
        std::string_view value = cut(encoded, '&');
        if (value.empty()) continue;
        const std::string_view name = cut(value, '=');
        DOORSTEP_TRY_ASSIGN(std::string plain_name, decode(name));
        DOORSTEP_TRY_ASSIGN(std::string plain_value, decode(value));
        form.fields_.emplace_back(std::move(plain_name), std::move(plain_value));
    }
    return form;
}

std::string_view Form::get(std::string_view name) const {
    for (const auto& [field, value] : fields_)
        if (field == name) return value;
    return {};
}

std::vector<std::string_view> Form::all(std::string_view name) const {
    std::vector<std::string_view> out;
    for (const auto& [field, value] : fields_)
        if (field == name) out.push_back(value);
    return out;
}

std::string_view cookie(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        std::string_view value = cut(header, ';');
        while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
        if (cut(value, '=') == name) return value;
    }
    return {};
}

}  // namespace doorstep::server
