// core/merge/suggest.hpp -- two people changed one long text: a wording to offer to whoever decides. Never applied by a
// machine, and never a sentence that nobody wrote.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace doorstep {

/// Both changes to `base`, sentence by sentence (ends: 。！？； and a line's end; . ! ? ; before a blank). nullopt when
/// both changed one sentence, or added at one place, in two ways; or when the texts differ too much to be worth it.
/// Source: the three-way merge of diff3 (Khanna, Kunal, Pierce, "A Formal Investigation of Diff3", 2007), with changes
/// to neighbouring sentences taken as independent. Time and memory: linear in the texts, plus at most
/// limits::suggest_edits_max² steps a side.
std::optional<std::string> suggest(std::string_view base, std::string_view a, std::string_view b);

}  // namespace doorstep
