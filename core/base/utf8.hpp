// core/base/utf8.hpp -- well-formed UTF-8 (Unicode 15, table 3-7): every text is checked before it is saved.
#pragma once

#include "core/base/bytes.hpp"

namespace doorstep {

/// Well-formed UTF-8 without U+0000: no surrogates, no overlong forms, nothing above U+10FFFF. Names in the
/// supplementary planes (GB 18030-2022) are fine.
bool is_text(BytesView bytes);

}  // namespace doorstep
