// compression/content_coding.hpp -- HTTP's content codings (RFC 9110, 8.4) for bodies of a known size: gzip everywhere,
// zstd where both sides have it. Knows nothing of ours, so that a client of doorstep.h may use it too.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace doorstep::compression {

enum class Coding { identity, gzip, zstd };

/// Below this many bytes a coding costs more than it saves.
inline constexpr std::size_t worthwhile_bytes_min = 512;
/// What we read, best first, as a header says it.
inline constexpr char accepted[] = "zstd, gzip";

/// "gzip" and "zstd"; "" for identity.
std::string token_of(Coding coding);
/// What Content-Encoding names: nullopt when it is none of ours, or several.
std::optional<Coding> coding_of(std::string_view content_encoding);
/// The best that an Accept-Encoding header admits (RFC 9110, 12.5.3); identity when it admits none of ours or is "".
Coding best_of(std::string_view accept_encoding);

/// nullopt when memory ends, or the result would not be shorter: then send the bytes as they are.
std::optional<std::string> compress(Coding coding, std::string_view bytes);

enum class Opening {
    done,
    too_large,  ///< it would be more than bytes_max; at most that much was made
    damaged     ///< not in this coding, cut short, or followed by anything
};
struct Opened {
    Opening outcome = Opening::damaged;
    std::string bytes;  ///< "" unless done
};
/// Allocates at most bytes_max and a window of 8 MiB, whatever the bytes claim.
Opened decompress(Coding coding, std::string_view bytes, std::size_t bytes_max);

}  // namespace doorstep::compression
