// core/model/form.hpp -- a county's own fields as data: numbered, versioned forms that travel as records, and what is
// known of their fields. Old phones keep working: a field that nobody here knows is stored, folded and forwarded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/model/schema.hpp"

namespace doorstep {

/// The record type that carries forms: each record is one version of one form, written by the office.
inline constexpr std::uint32_t form_record_type = 5, form_definition_field = 16;

struct FormText {
    std::string zh_cn, en;
};

struct FormField {
    /// For the screen that fills the form in. Nothing is refused for an empty field: words that are there come first.
    enum class Need : std::uint8_t { optional = 0, required = 1 };

    std::uint32_t local = 0;  ///< 1 … 65535, never reused within the form
    Kind kind = Kind::value;  ///< never changes, in any later version
    ValueType type = ValueType::text;
    Need need = Need::optional;
    FormText label;
    std::uint32_t bytes_max = limits::value_bytes_max, elements_max = limits::set_elements_max;
    std::string harmless_because;   ///< for `latest`
    std::vector<FormText> choices;  ///< offered, not enforced: the zh-CN text is the value; may be empty
};

/// One version of a form.
struct Form {
    std::uint32_t number = 0;       ///< 1 … 65535
    std::uint32_t version = 0;      ///< from 1
    std::uint32_t record_type = 0;  ///< whose records it adds fields to
    FormText title;
    std::vector<FormField> fields;  ///< ascending by local

    std::uint32_t field_id(std::uint32_t local) const { return number * 65'536 + local; }
    /// Whether it may be published: every field well declared (check_field) and none that judges or tracks a person.
    /// Errors: invalid_argument.
    Status check() const;
    /// Canonical bytes. Errors: value_too_large when it does not fit a value.
    Result<Bytes> pack() const;
    /// Refuses whatever pack() would not have written, or check() refuses. Errors: malformed, invalid_argument.
    static Result<Form> unpack(BytesView bytes);
};

/// What is known of the fields of forms: a function of the set of definitions, in whatever order they came.
class FormRegistry {
public:
    /// Takes them by number and version. Left out is a definition that changes the kind, type or record type that an
    /// earlier version gave, and of two that call themselves one version, the one with the greater bytes.
    static FormRegistry of(std::vector<Form> definitions);

    /// The latest version taken; nullptr when there is none.
    const Form* form(std::uint32_t number) const;
    /// Whether `next` would be taken in addition.
    bool would_take(const Form& next) const;
    /// As validate() of schema.hpp, for a field of a form too. Errors: invalid_argument, value_too_large.
    Status validate(std::uint32_t record_type, const Op& op) const;

private:
    struct Known {
        std::uint32_t record_type = 0;
        Kind kind = Kind::value;
        ValueType type = ValueType::text;
        std::uint32_t bytes_max = 0;  ///< the greatest of any version: an older phone may still allow it
    };
    bool fits(const Form& form) const;

    std::map<std::uint32_t, Form> latest_;
    std::map<std::uint32_t, Known> fields_;  // by field id
};

}  // namespace doorstep
