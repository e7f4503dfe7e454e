// server/config/option_table.hpp -- what can be configured: one row an option, from which the parser, the environment,
// the command `config` and docs/configuration.md come. No option is known anywhere else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/result.hpp"

namespace doorstep::server {

enum class OptionId : std::uint8_t {
#define DOORSTEP_NUMBER(id, key, fallback, least, most, meaning) id,
#define DOORSTEP_WORDS(id, key, kind, fallback, choices, secrecy, meaning) id,
#include "server/config/options.def"
#undef DOORSTEP_NUMBER
#undef DOORSTEP_WORDS
};

enum class OptionKind : std::uint8_t { number, choice, address, path, https_url, line };
enum class Secrecy : std::uint8_t { open, secret };  ///< secret: its value is in no output and in no message

using OptionValue = std::variant<std::uint64_t, std::string>;  ///< the number of a number, the words of the others

struct Option {
    OptionId id;
    std::string_view key;  ///< SECTION.NAME
    OptionKind kind;
    std::uint64_t number = 0, least = 0, most = 0;  ///< of a number: its default and what is allowed
    std::string_view words = {}, choices = {};      ///< of the others: the default; of a choice: what is allowed, a|b
    Secrecy secrecy = Secrecy::open;
    std::string_view meaning = {};  ///< one or more sentences for the operator

    std::string_view section() const { return key.substr(0, key.find('.')); }
    std::string_view name() const { return key.substr(key.find('.') + 1); }
    OptionValue fallback() const;
    /// What stands in the way of a wrong value: "a whole number from 0 to 65535".
    std::string allowed() const;
    /// DOORSTEP_SECTION_NAME.
    std::string environment() const;
    /// The value if it is allowed.
    bool allows(const OptionValue& value) const;
    /// A value out of the environment or the command line. nullopt: not allowed.
    std::optional<OptionValue> parse(std::string_view text) const;
};

/// All, in the order of their ids; those of a section stand together.
std::span<const Option> options();
const Option& option(OptionId id);
/// nullptr: there is none of this key.
const Option* find_option(std::string_view key);
/// The option whose key looks most like this one: the fewest letters to add, drop or change.
const Option& nearest_option(std::string_view key);

}  // namespace doorstep::server
