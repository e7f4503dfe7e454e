// core/engine/queries_search.hpp -- full-text search over what people wrote, and the idle steps that keep it fast.
#pragma once

#include "core/engine/fold.hpp"
#include "core/engine/queries.hpp"

namespace doorstep {

/// Records whose texts hold every word of the query, newest first. A word is found anywhere in a text, also inside
/// another word: Chinese has no blanks to go by. Letters of either case and width are alike. Complete at any moment:
/// what the index does not know yet is read. One call reads at most limits::search_read_max records, so a page may hold
/// fewer cards than asked, or none, and still go on at `next`. A blank query finds nothing.
/// Nothing of the query is kept. Errors: invalid_utf8, invalid_argument (too long), and those of every list.
Result<Page> search(Store& store, std::string_view query, const PageRequest& request);

struct Indexing {
    std::size_t records = 0;  ///< read in this call; may pass records_max by a block
    enum class State { caught_up, more } state = State::more;
};
/// One step for an idle moment: brings at least records_max records (or all that wait) into the index, a block a
/// transaction. Leaving off costs nothing: searches stay complete, only slower. Errors: those of the store.
Result<Indexing> index_some(Store& store, std::size_t records_max);

/// Takes a record out of the indexes of words, household, reminder and place at once, for an erasure: what remains of
/// it is taken in again when they catch up. The caller holds a transaction.
Status forget_words(Store& store, const RecordKey& key);
/// Whether the index is what the records say. Errors: corrupt.
Status check_search(Store& store);

}  // namespace doorstep
