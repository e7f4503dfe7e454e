// core/model/intent.hpp -- a wish to change where a matter stands (意向), as a record of its own: a phone writes it,
// the server alone answers it, once (sync.md: Intents).
#pragma once

#include <string>
#include <vector>

#include "core/model/commit.hpp"

namespace doorstep {

/// Record type and fields of an intent; see schema.cpp. The last three are of kind `state`: only the server writes
/// them.
namespace intent {
inline constexpr std::uint32_t type = 6;
inline constexpr std::uint32_t matter = 16, transition = 17, expected = 18, argument = 19;
inline constexpr std::uint32_t outcome = 20, code = 21, rule = 22;
inline constexpr std::string_view accepted = "accepted", rejected = "rejected";
}  // namespace intent

/// What its author asked for.
struct Intent {
    RecordId matter;            ///< lies in the intent's own stream, or the intent is rejected
    std::string transition;     ///< name of a row of casework/transitions.hpp
    std::vector<Dot> expected;  ///< what the matter's stage stood on when its author looked; ascending
    std::string argument;       ///< what the transition needs beside, such as an area; "" for none
};

}  // namespace doorstep
