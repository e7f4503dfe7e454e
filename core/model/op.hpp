// core/model/op.hpp -- one write to one field of one record, and what its author had seen.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/dot.hpp"
#include "core/model/value.hpp"

namespace doorstep {

/// How concurrent writes to a field come together (docs/merge-algebra.md). Numbers are on disk: append only.
/// A kind this version does not know folds as `value`, so nothing of a newer app is lost.
enum class Kind : std::uint8_t {
    value = 0,  ///< all kept and shown; settled by an op that supersedes the siblings
    latest =
        1,      ///< one shown by (causal depth, dot), the others marked overruled; the schema says why that is harmless
    max = 2,    ///< the greatest live value
    min = 3,    ///< the smallest live value
    count = 4,  ///< the sum of the live increments
    once = 5,   ///< merges as value; the server's acceptance names the holder
    set = 6,    ///< add wins; a remove removes only the dots it saw
    log = 7,    ///< append only
    state = 8,  ///< merges as value; only the server writes it, answering intents
};

/// Whether a field of this kind shows many values side by side.
constexpr bool gathers(Kind kind) { return kind == Kind::set || kind == Kind::log; }
/// Whether different live values are a disagreement that people must settle: `value` and all that merges as it.
constexpr bool keeps_alternatives(Kind kind) {
    return !gathers(kind) && kind != Kind::latest && kind != Kind::max && kind != Kind::min && kind != Kind::count;
}

struct Op {
    enum class Action : std::uint8_t { put = 0, remove = 1 };  ///< remove: of a set's element

    std::uint32_t field = 0;  ///< from 1, never reused; a county's form fields are form x 65536 + field
    Kind kind = Kind::value;
    Action action = Action::put;
    std::uint32_t depth = 0;      ///< 1 + the greatest depth superseded; 0 when nothing is
    Value value;                  ///< for a set: the element
    std::vector<Dot> supersedes;  ///< ascending; for a set they name writes of the same element
};

}  // namespace doorstep
