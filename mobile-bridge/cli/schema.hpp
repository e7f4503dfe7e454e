// mobile-bridge/cli/schema.hpp -- ds_schema() as values: which record types and fields there are, and how people call
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mobile-bridge/cli/result.hpp"

namespace doorstep::cli {

struct Label {
    std::string zh_cn, en;
    const std::string& shown() const;  ///< in the language asked for
};

struct FieldInfo {
    std::string name, kind, type;
    Label label;
    bool gathers() const { return kind == "set" || kind == "log"; }  ///< holds several values beside each other
};

struct TypeInfo {
    std::string name;
    Label label;
    std::vector<FieldInfo> fields;
    const FieldInfo* field(std::string_view field_name) const;  ///< nullptr when unknown
};

class Schema {
public:
    static Result<Schema> load();
    const std::vector<TypeInfo>& types() const { return types_; }
    const TypeInfo* type(std::string_view type_name) const;  ///< nullptr when unknown

private:
    std::vector<TypeInfo> types_;
};

}  // namespace doorstep::cli
