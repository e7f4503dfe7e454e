// core/engine/fork_copy.hpp -- a commit whose dot belongs to another by now, made again under a dot of its own.
#pragma once

#include <cstdint>
#include <optional>

#include "core/engine/admission.hpp"

namespace doorstep {

/// When an office that came back from a backup has taken a commit of a replica that came back from an older copy too,
/// phones may bring the commit that had that dot before. Its part of one stream is then read under this dot: whoever
/// holds the part derives the same, so that it arrives once.
Dot fork_copy_dot(const Dot& dot, const HashHead& hash, const Stream& stream);

/// The commit's part `index`, made again: words, clock, salt and record ids stay. Its predecessor is the commit itself.
/// What it put no longer supersedes writes of its own former chain, whose dots may name other writes by now: what they
/// said stands beside it as an alternative, and nothing is overruled that its author had not seen; nor does a delete
/// name them, so that the record is flagged instead of gone. What it removed from a set stays removed, for there the
/// element counts too. Errors: malformed.
Result<Commit> fork_copy(const Commit& commit, const Hash& hash, std::size_t index);

/// The commit of which this one is a copy, if it is one.
std::optional<Hash> copied_from(const Commit& commit);

/// Frees a dot that the server gave to another commit: the one that is here goes on as its copies. Streams that place
/// it start over; until the copies have places there, the commit itself is kept to be offered (displaced.hpp). The
/// caller holds a transaction. Errors: corrupt, and those of the store.
Status make_room(Store& store, const Dot& dot);

/// Takes the part back of which this commit, now here, is the copy, and the commit too when nothing is left of it. The
/// caller holds a transaction. Errors: corrupt, and those of the store.
Status drop_copied(Store& store, const Commit& copy);

/// Removes copies that make_room() made and that have no place, when the server has the commit itself under its own dot
/// after all: it became an older one again, and was brought that. The caller holds a transaction. Errors: corrupt, and
/// those of the store.
Status drop_needless_copies(Store& store);

}  // namespace doorstep
