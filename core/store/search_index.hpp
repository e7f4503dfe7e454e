// core/store/search_index.hpp -- finds the records that may hold some words, newest first, and is caught up in idle
// steps. Records lie in blocks of neighbouring numbers; a block is made whole, and again when one of its records
// changed, so that text which went leaves the index with the next making. Nothing here is needed to save.
#pragma once

#include <functional>
#include <vector>

#include "core/base/limits.hpp"
#include "core/store/projection.hpp"
#include "core/store/search_block.hpp"

namespace doorstep {

/// Appends the folded text of a record; nothing when it is gone.
using ReadText = std::function<Status(const ProjectedRow& row, std::string& folded)>;

/// Errors everywhere: those of the store. Threads: none.
class SearchIndex {
public:
    /// block_rows: records of a block; tests make small ones.
    explicit SearchIndex(Database& db, std::size_t block_rows = limits::search_block_rows)
        : db_(&db), projection_(db), block_rows_(block_rows) {}

    /// Makes the block again in which the oldest change waits. The number of records read; 0: the index is caught up.
    /// The caller holds a transaction.
    Result<std::size_t> make_block(const ReadText& read);
    /// The words of these leave the index now; make_block() takes in what remains. The caller holds a transaction.
    Status forget_record(RowNo no);
    Status forget_stream(StreamNo stream);  ///< before Projection::forget_stream
    /// Whether every block that is made is what making it again gives. Errors: corrupt.
    Status check(const ReadText& read);
    /// The index asks for no change before this one.
    Result<std::int64_t> first_change_needed();

    /// Offers records below `below` that may hold all tokens, newest first, until the visitor says stop. Every record
    /// that holds them is among those offered, whether or not the index is caught up; no record comes twice.
    enum class Visit { go_on, stop };
    Status offer(const std::vector<Token>& tokens, RowNo below, const std::function<Result<Visit>(RowNo)>& visit);

private:
    struct Block {
        RowNo first = INT64_MIN;
        std::int64_t id = 0;
        std::int64_t built = -1;
    };
    using Mark = ChangeMark;  // changes up to there are in the index
    static std::size_t block_at(const std::vector<Block>& blocks, RowNo no);
    static RowNo end_of(const std::vector<Block>& blocks, std::size_t at);  ///< the first number that is not its

    Result<std::vector<Block>> blocks();  ///< ascending; at least one (id 0 when it is not in the file), they cover all
    Result<std::int64_t> add_block(RowNo first);
    Result<Mark> mark(const std::vector<Block>& blocks);
    Status set_mark(const Mark& mark);
    Result<std::optional<std::size_t>> next_to_make(const std::vector<Block>& blocks);
    Result<std::vector<ProjectedRow>> rows_between(RowNo first, RowNo end, std::size_t rows_max);
    Status write(const Block& block, const Bytes& numbers, const std::vector<SearchChunk>& chunks);
    Status unmake(const Block& block);

    Result<std::vector<RowNo>> numbers_of(const Block& block);
    Result<SearchChunk> chunk_with(const Block& block, Token token);
    Result<std::vector<RowNo>> candidates(const Block& block, const std::vector<Token>& tokens);
    Result<std::vector<RowNo>> waiting(const std::vector<Block>& blocks);
    Result<Visit> offer_all(RowNo first, RowNo end, const std::function<Result<Visit>(RowNo)>& visit);

    Database* db_;
    Projection projection_;
    std::size_t block_rows_;
};

}  // namespace doorstep
