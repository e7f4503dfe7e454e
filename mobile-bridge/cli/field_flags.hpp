// mobile-bridge/cli/field_flags.hpp -- which option of the command line writes which field of the schema.
#pragma once

#include <string>
#include <vector>

#include "mobile-bridge/cli/commands.hpp"

namespace doorstep::cli {

/// One option for one field.
struct FieldFlag {
    std::string names;  ///< as CLI11 takes them: "--need,--add-need"
    FieldInput::Change change = FieldInput::Change::put;
};

/// The options of a field. A field without a row of its own has its name with dashes, so that the schema can grow
/// without this program. Empty for what only the server gives out, and for a position, which has --lat and --lon.
std::vector<FieldFlag> flags_of(const FieldInfo& field);

/// Every field of every type, each name once: what `edit` offers before it knows the record.
std::vector<FieldInfo> fields_of_all_types(const Schema& schema);

}  // namespace doorstep::cli
