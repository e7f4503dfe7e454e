// server/api/byte_range.hpp -- which bytes of a file are asked for (RFC 9110, section 14).
#pragma once

#include <cstdint>
#include <string_view>

namespace doorstep::server {

/// From `first` to before `end`.
struct ByteRange {
    enum class Of { whole, part, none } of = Of::whole;  ///< none: no byte of the file is in it, which is answered 416
    std::uint64_t first = 0, end = 0;
};

/// Of a Range header of one range. Anything else, several ranges too, is the whole, as the RFC lets a server choose.
ByteRange byte_range(std::string_view header, std::uint64_t size);

}  // namespace doorstep::server
