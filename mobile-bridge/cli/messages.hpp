// mobile-bridge/cli/messages.hpp -- the sentences for people, in the language that was asked for.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace doorstep::cli {

enum class Language { zh_cn, en };

/// Set once by main before anything is printed; zh-CN until then.
void set_language(Language language);
Language language();
/// "zh-CN" or "en", as doorstep.h writes it.
const char* language_tag();

enum class Text : std::size_t {
#define DOORSTEP_TEXT(key, zh, en) key,
#include "mobile-bridge/cli/messages.def"
#undef DOORSTEP_TEXT
};

struct Wording {
    std::string_view zh_cn, en;
};

inline constexpr Wording wordings[] = {
#define DOORSTEP_TEXT(key, zh, en) {zh, en},
#include "mobile-bridge/cli/messages.def"
#undef DOORSTEP_TEXT
};

/// The sentence with its {} filled in. A wording that does not fit its arguments, in either language, does not compile.
template <Text key, class... Arguments>
std::string text(const Arguments&... arguments) {
    static constexpr Wording wording = wordings[static_cast<std::size_t>(key)];
    if (language() == Language::en)
        return fmt::format(fmt::format_string<const Arguments&...>(wording.en), arguments...);
    return fmt::format(fmt::format_string<const Arguments&...>(wording.zh_cn), arguments...);
}

}  // namespace doorstep::cli
