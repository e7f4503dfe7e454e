// core/model/schema.hpp -- the record types as data: numbered fields, their kinds, types and names.
// There is no field, here or in any form, for a person's risk, temper, "stability" or history of complaining: the unit
// of everything is the matter (tests/tidy asserts it).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/model/op.hpp"

namespace doorstep {

/// Version of the schema below; travels in each commit as form_version.
inline constexpr std::uint32_t schema_version = 1;

struct FieldSchema {
    std::uint32_t id;       ///< never reused
    std::string_view name;  ///< in JSON and on the command line
    Kind kind;
    ValueType type;
    std::string_view label_zh_cn, label_en;
};

struct RecordSchema {
    std::uint32_t id;  ///< never reused
    std::string_view name;
    std::string_view label_zh_cn, label_en;
    std::span<const FieldSchema> fields;

    const FieldSchema* field(std::uint32_t field_id) const;       ///< nullptr when unknown
    const FieldSchema* field(std::string_view field_name) const;  ///< nullptr when unknown
};

/// Every record type this version knows: household, resident, visit, issue.
std::span<const RecordSchema> record_schemas();
const RecordSchema* record_schema(std::uint32_t type);     ///< nullptr when unknown
const RecordSchema* record_schema(std::string_view name);  ///< nullptr when unknown

/// Whether an op agrees with what this version knows of the field: the kind never changes for a field, and a value is
/// of its type or cleared. Fields this version does not know always pass. Errors: invalid_argument.
Status validate(std::uint32_t record_type, const Op& op);

}  // namespace doorstep
