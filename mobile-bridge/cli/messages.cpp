#include "mobile-bridge/cli/messages.hpp"

namespace doorstep::cli {
namespace {

Language chosen_language = Language::zh_cn;

}  // namespace

void set_language(Language language) { chosen_language = language; }
Language language() { return chosen_language; }
const char* language_tag() { return chosen_language == Language::en ? "en" : "zh-CN"; }

}  // namespace doorstep::cli
