// core/store/scrub.hpp -- overwrites what a file still holds of rows that are gone: an erasure ends with it.
#pragma once

#include "core/store/store.hpp"

namespace doorstep {

/// Remembers, within the caller's transaction, that the file is to be scrubbed: whoever is killed before it was goes on
/// at the next opening.
Status ask_for_scrub(Store& store);
/// Does it if it was asked for. Afterwards no page of the file and nothing of its write-ahead log holds a byte of a row
/// that is gone. Every page is read once; those with something to overwrite are written, some thousand a transaction,
/// so that others can write meanwhile and memory stays small. While somebody else reads the log it stays to be done:
/// the next opening tries again. Errors: those of the store.
Status scrub_if_asked(Store& store);
/// The same for a file of any kind that has the table `meta`.
Status ask_for_scrub(Database& db);
Status scrub_if_asked(Database& db);

}  // namespace doorstep
