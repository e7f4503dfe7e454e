// core/model/schema.hpp -- the record types as data: numbered fields, their kinds, types, limits and names.
// There is no field, here or in any form, for a person's risk, temper, "stability" or history of complaining: the unit
// of everything is the matter (refused_term.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/limits.hpp"
#include "core/model/op.hpp"

namespace doorstep {

/// Version of the schema below; travels in each commit as form_version.
inline constexpr std::uint32_t schema_version = 1;

/// Who makes a write. The office's server answers for what only it may say.
enum class Side : std::uint8_t { phone, office };

struct FieldSchema {
    std::uint32_t id;       ///< never reused
    std::string_view name;  ///< in JSON and on the command line
    Kind kind;              ///< never changes
    ValueType type;         ///< of every value but cleared
    std::string_view label_zh_cn, label_en;
    std::uint32_t bytes_max = limits::value_bytes_max;      ///< of one value; may only grow
    std::uint32_t elements_max = limits::set_elements_max;  ///< of a set; binds who adds, never what has arrived
    std::string_view harmless_because = {};  ///< for `latest`, which needs it: why one word may go unseen
};

struct RecordSchema {
    std::uint32_t id;  ///< never reused
    std::string_view name;
    std::string_view label_zh_cn, label_en;
    std::span<const FieldSchema> fields;

    const FieldSchema* field(std::uint32_t field_id) const;       ///< also a reserved one; nullptr when unknown
    const FieldSchema* field(std::string_view field_name) const;  ///< nullptr when unknown
};

/// Every record type this version knows: household, resident, visit, issue, form.
std::span<const RecordSchema> record_schemas();
const RecordSchema* record_schema(std::uint32_t type);     ///< nullptr when unknown
const RecordSchema* record_schema(std::string_view name);  ///< nullptr when unknown

/// Whether a field may be declared so: numbered, named in both languages, its limits within the product's, `latest`
/// only with a reason, values that add up or compare only of a type that does. Errors: invalid_argument.
Status check_field(const FieldSchema& field);

/// Whether an op agrees with what this version knows of the field: the kind never changes for a field, and a value is
/// of its type and within its limit, or cleared. Fields this version does not know always pass.
/// Errors: invalid_argument, value_too_large.
Status validate(std::uint32_t record_type, const Op& op);
/// Whether this side may say it: `state` is the server's alone. Errors: forbidden.
Status may_write(Side side, const Op& op);

}  // namespace doorstep
