// server/api/form.hpp -- application/x-www-form-urlencoded and cookies, as browsers send them.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace doorstep::server {

/// Fields of a form or a query, in the order sent; a name may come several times.
class Form {
public:
    /// Errors: invalid_argument on a bad %-escape, invalid_utf8.
    static Result<Form> parse(std::string_view encoded);
    /// The first value of the name, or "".
    std::string_view get(std::string_view name) const;
    std::vector<std::string_view> all(std::string_view name) const;

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// The named cookie out of a Cookie header, or "".
std::string_view cookie(std::string_view header, std::string_view name);

}  // namespace doorstep::server
