// core/model/erasure.hpp -- the act of taking a part's words away for good, as a record that travels like any other:
// only the office writes it, and whoever applies it forgets the words (docs/erasure.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/commit.hpp"

namespace doorstep {

/// Record type and fields of an act; see schema.cpp. All are of kind `state`: only the server writes them.
namespace erasure {
inline constexpr std::uint32_t type = 7;
inline constexpr std::uint32_t subject = 16, rule = 17, ordered_by = 18, ordered_at = 19;
}  // namespace erasure

/// Where an erased part stood, and what is left of it.
struct ErasedPart {
    Dot dot;
    Hash commit;  ///< hash of the commit
    std::uint32_t part = 0;
    Hash hash;  ///< of the part, as the commit's header names it

    friend bool operator==(const ErasedPart& a, const ErasedPart& b) {
        return a.dot == b.dot && a.commit == b.commit && a.part == b.part && a.hash == b.hash;
    }
};

/// What an act is about: one part, and its copies under other dots (a fork, core/engine/fork_copy.hpp). All have the
/// same salt, which is gone with the words, so that nobody can find short words by trying. Its mark stays: a copy that
/// turns up later is known by it.
struct Erasure {
    Hash salt_mark;                 ///< zero when the part could not be read
    std::vector<ErasedPart> parts;  ///< at least one

    Bytes pack() const;
    static Result<Erasure> unpack(BytesView bytes);  ///< Errors: malformed.
};

/// SHA-256 of a salt: tells the salt again, and tells nothing of it.
Hash mark_of(const Salt& salt);
/// The salt of a packed part; reads no further. Errors: malformed.
Result<Salt> salt_of_part(BytesView packed_part);

/// The value of an op that takes writes away as the erasure of their part does: its action is `remove`, it supersedes
/// what it names whatever the kind, of a set every element, and puts nothing in its place. Only the office may say it.
const Value& erased_mark();
inline bool takes_away(const Op& op) { return op.action == Op::Action::remove && op.value == erased_mark(); }

/// What an act says, as the record among a part's that is one; nullopt: it is none, or cannot be read.
std::optional<Erasure> erasure_in(const RecordOps& record);

/// The ops by which an act stands in for one record of the erased part: what that had replaced stays replaced, what it
/// put is nowhere, and the record shows which act it was. No word of it is among them. Decisions on the record itself
/// (deleted, the same as another) are not among them either: they name writes and records, and are said again by
/// whoever sees whether they still stand.
RecordOps stand_in(const RecordOps& erased, const Dot& dot, const RecordId& act);

}  // namespace doorstep
