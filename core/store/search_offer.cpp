// Looking up in the search index: blocks from the newest to the oldest, and what they do not know yet beside them.
#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

#include "core/store/search_index.hpp"

namespace doorstep {

Result<std::vector<RowNo>> SearchIndex::numbers_of(const Block& block) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT numbers FROM search_rows WHERE block = ?1"));
    const Statement::Use use(*query);
    std::vector<RowNo> out;
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, block.id).step());
    if (!row) return Error{Errc::corrupt, "a block of the search index lacks its rows"};
    Reader in(query->blob_at(0));
    for (std::uint64_t no = 0; !in.at_end();) {
        no += in.varint();
        out.push_back(static_cast<RowNo>(no));
    }
    if (in.failed()) return Error{Errc::corrupt, "a block of the search index is damaged"};
    return out;
}

/// The chunk that would have the token; empty when the block has none so small.
Result<SearchChunk> SearchIndex::chunk_with(const Block& block, Token token) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_->statement("SELECT key, bytes FROM search_chunk WHERE key BETWEEN ?1 AND "
                                       "?2 ORDER BY key DESC LIMIT 1"));
    const Statement::Use use(*query);
    const std::int64_t base = block.id << token_bits;
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, base).integer(2, base | token).step());
    if (!row) return SearchChunk{};
    return SearchChunk{static_cast<Token>(query->integer_at(0) - base), Bytes(query->blob_at(1))};
}

/// The rows of the block whose tokens, as it knows them, include all of these; newest first.
Result<std::vector<RowNo>> SearchIndex::candidates(const Block& block, const std::vector<Token>& tokens) {
    std::vector<Place> places;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        DOORSTEP_TRY_ASSIGN(const SearchChunk chunk, chunk_with(block, tokens[i]));
        DOORSTEP_TRY_ASSIGN(std::vector<Place> more, places_in(chunk, tokens[i]));
        if (i > 0) {
            std::vector<Place> both;
            std::set_intersection(places.begin(), places.end(), more.begin(), more.end(), std::back_inserter(both));
            more.swap(both);
        }
        places.swap(more);
        if (places.empty()) return std::vector<RowNo>();
    }
    DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> numbers, numbers_of(block));
    std::vector<RowNo> out;
    for (std::size_t i = places.size(); i-- > 0;) {
        if (places[i] >= numbers.size()) return Error{Errc::corrupt, "a block of the search index is damaged"};
        out.push_back(numbers[places[i]]);
    }
    return out;
}

/// Rows that changed after their block was made; newest first. Of blocks that are not made, none: they are read whole.
Result<std::vector<RowNo>> SearchIndex::waiting(const std::vector<Block>& blocks) {
    std::vector<RowNo> out;
    if (blocks.size() == 1 && blocks.front().built < 0) return out;
    DOORSTEP_TRY_ASSIGN(const Mark reached, mark(blocks));
    DOORSTEP_TRY_ASSIGN(const std::vector<Mark> rows,
                        ChangeLog(*db_).beyond(reached, std::numeric_limits<std::int32_t>::max()));
    for (const Mark& row : rows) {
        const Block& block = blocks[block_at(blocks, row.no)];
        if (block.built >= 0 && block.built < row.change) out.push_back(row.no);
    }
    std::sort(out.begin(), out.end(), std::greater<RowNo>());
    out.erase(std::unique(out.begin(), out.end()), out.end());  // it may have changed several times
    return out;
}

Status SearchIndex::offer(const std::vector<Token>& tokens, RowNo below,
                          const std::function<Result<Visit>(RowNo)>& visit) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Block> all, blocks());
    DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> late, waiting(all));
    auto next_late = late.begin();
    for (std::size_t i = all.size(); i-- > 0;) {
        if (all[i].first >= below) continue;
        if (all[i].built < 0) {
            DOORSTEP_TRY_ASSIGN(const Visit end, offer_all(all[i].first, std::min(below, end_of(all, i)), visit));
            if (end == Visit::stop) return ok();
            continue;
        }
        DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> known, candidates(all[i], tokens));
        next_late = std::find_if(next_late, late.end(), [&](RowNo no) { return no < end_of(all, i); });
        const auto late_end = std::find_if(next_late, late.end(), [&](RowNo no) { return no < all[i].first; });
        std::vector<RowNo> rows;
        std::set_union(known.begin(), known.end(), next_late, late_end, std::back_inserter(rows),
                       std::greater<RowNo>());
        next_late = late_end;
        for (const RowNo no : rows) {
            if (no >= below) continue;
            DOORSTEP_TRY_ASSIGN(const Visit next, visit(no));
            if (next == Visit::stop) return ok();
        }
    }
    return ok();
}

/// Every record of a block that is not made.
Result<SearchIndex::Visit> SearchIndex::offer_all(RowNo first, RowNo end,
                                                  const std::function<Result<Visit>(RowNo)>& visit) {
    constexpr std::int64_t rows_a_time = 100;
    while (true) {
        std::vector<RowNo> rows;
        {
            DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no FROM projection WHERE no >= ?1 AND "
                                                                  "no < ?2 ORDER BY no DESC LIMIT ?3"));
            const Statement::Use use(*query);
            query->integer(1, first).integer(2, end).integer(3, rows_a_time);
            while (true) {
                DOORSTEP_TRY_ASSIGN(const bool more, query->step());
                if (!more) break;
                rows.push_back(query->integer_at(0));
            }
        }
        if (rows.empty()) return Visit::go_on;
        for (const RowNo no : rows) {
            DOORSTEP_TRY_ASSIGN(const Visit next, visit(no));
            if (next == Visit::stop) return Visit::stop;
        }
        end = rows.back();
    }
}

}  // namespace doorstep
