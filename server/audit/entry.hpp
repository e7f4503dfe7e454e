// server/audit/entry.hpp -- what was done on the server and by whom, as links of a hash chain: none can be changed,
// taken out or put elsewhere without every later one telling.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/sha256.hpp"

namespace doorstep::server::audit {

enum class Action : std::uint32_t {
#define DOORSTEP_ACTION(number, name) name = number,
#include "server/audit/actions.def"
#undef DOORSTEP_ACTION
};
/// Such as "signed_in"; "" for a number that is none.
std::string_view name_of(Action action);
std::optional<Action> action_of(std::uint32_t number);

/// One act. Ids, names of accounts and labels of phones only: never a record's words, never who complained.
struct Act {
    Action action = Action::founded;
    std::string actor;         ///< an account's name, a phone's label, or console()
    std::string object = {};   ///< what it was done to (actions.def)
    std::string purpose = {};  ///< the rule that it rests on, where it needs one
};
/// Whoever may run commands on the server's machine, and the server itself.
inline constexpr std::string_view console = "console";
inline constexpr std::size_t act_text_bytes_max = 512;  ///< of each of its texts

/// One link.
struct Entry {
    std::uint64_t number = 0;   ///< from 1, without gaps
    std::uint64_t time_ms = 0;  ///< since 1970, by the server's clock
    Act act;
    Hash previous;  ///< hash of the entry before; zeros for the first
    Hash hash;      ///< SHA-256 over all of the above
};

/// The last link: whoever has kept one can tell that nothing up to it was changed or cut off.
struct Head {
    std::uint64_t number = 0;  ///< 0: there is none
    Hash hash;
    bool operator==(const Head&) const = default;
};
inline Head head_of(const Entry& entry) { return {entry.number, entry.hash}; }

/// The entry that follows `last`. Texts that are too long are cut: an act is never refused for its entry's sake.
Entry next_entry(const Head& last, Act act, std::uint64_t time_ms);
/// Whether `entry` is what once followed `last`. Errors: corrupt, with the number of the first entry that is not.
Status check_link(const Head& last, const Entry& entry);

}  // namespace doorstep::server::audit
