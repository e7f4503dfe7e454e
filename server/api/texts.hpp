// server/api/texts.hpp -- the words of the office's pages, zh-CN and en (texts.def).
#pragma once

#include <string_view>

#include "core/base/result.hpp"
#include "server/access/vocabulary.hpp"

namespace doorstep::server {

enum class Text {
#define DOORSTEP_TEXT(key, zh, en) key,
#include "server/api/texts.def"
#undef DOORSTEP_TEXT
};

std::string_view text(Text key, Language language);
std::string_view role_text(Actor role, Language language);  ///< of staff; "" of any other
std::string_view purpose_text(Purpose purpose, Language language);
std::string_view class_text(FieldClass what, Language language);

}  // namespace doorstep::server
