// Making the index. Looking things up in it is in search_offer.cpp.
#include "core/store/search_index.hpp"

#include <algorithm>

namespace doorstep {
namespace {

constexpr std::string_view meta_mark = "search_mark";

std::int64_t chunk_key(std::int64_t block, Token token) { return block << token_bits | token; }

Bytes pack(const std::vector<ProjectedRow>& rows) {
    Bytes out;
    Writer writer(out);
    RowNo before = 0;
    for (const ProjectedRow& row : rows) {
        // Differences of unsigned numbers wrap around and so always fit.
        writer.varint(static_cast<std::uint64_t>(row.no) - static_cast<std::uint64_t>(before));
        before = row.no;
    }
    return out;
}

Result<std::vector<SearchChunk>> chunks_of(const std::vector<ProjectedRow>& rows, const ReadText& read) {
    SearchBlockWriter writer;
    std::string folded;
    for (const ProjectedRow& row : rows) {
        folded.clear();
        DOORSTEP_TRY(read(row, folded));
        writer.add(folded);
    }
    return writer.finish();
}

}  // namespace

Result<std::vector<SearchIndex::Block>> SearchIndex::blocks() {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT first, id, built FROM search_block ORDER BY first"));
    const Statement::Use use(*query);
    std::vector<Block> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) break;
        out.push_back({query->integer_at(0), query->integer_at(1), query->integer_at(2)});
    }
    if (out.empty()) out.emplace_back();
    return out;
}

/// What was kept, or what follows from all blocks being made later than that.
Result<SearchIndex::Mark> SearchIndex::mark(const std::vector<Block>& blocks) {
    const auto oldest = std::min_element(blocks.begin(), blocks.end(),
                                         [](const Block& a, const Block& b) { return a.built < b.built; });
    Mark out{std::max<std::int64_t>(oldest->built, 0), oldest->built < 0 ? INT64_MIN : INT64_MAX};
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT value FROM meta WHERE key = ?1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->text(1, meta_mark).step());
    if (!row) return out;
    Reader in(query->blob_at(0));
    const auto change = static_cast<std::int64_t>(in.u64());
    const auto no = static_cast<RowNo>(in.u64());
    if (!in.finish("search mark")) return Error{Errc::corrupt, "the mark of the search index is damaged"};
    return change > out.change ? Mark{change, no} : out;
}

Status SearchIndex::set_mark(const Mark& mark) {
    Bytes value;
    Writer(value).u64(static_cast<std::uint64_t>(mark.change));
    Writer(value).u64(static_cast<std::uint64_t>(mark.no));
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_->statement("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)"));
    return insert->text(1, meta_mark).blob(2, value).run();
}

Result<std::int64_t> SearchIndex::first_change_needed() {
    DOORSTEP_TRY_ASSIGN(const std::vector<Block> all, blocks());
    if (all.size() == 1 && all.front().built < 0) return std::int64_t{INT64_MAX};  // nothing is made
    DOORSTEP_TRY_ASSIGN(const Mark reached, mark(all));
    return reached.change;
}

/// A block that is not made, or else the one with the oldest change that it does not know; moves the mark on the way.
Result<std::optional<std::size_t>> SearchIndex::next_to_make(const std::vector<Block>& blocks) {
    for (std::size_t i = 0; i < blocks.size(); ++i)
        if (blocks[i].built < 0) return std::optional<std::size_t>(i);
    DOORSTEP_TRY_ASSIGN(Mark reached, mark(blocks));
    std::optional<std::size_t> found;
    constexpr std::size_t rows_a_time = 1000;
    while (!found) {
        DOORSTEP_TRY_ASSIGN(const std::vector<Mark> rows, ChangeLog(*db_).beyond(reached, rows_a_time));
        if (rows.empty()) break;
        for (const Mark& row : rows) {
            const std::size_t at = block_at(blocks, row.no);
            if (blocks[at].built < row.change) {
                found = at;
                break;
            }
            reached = row;
        }
    }
    DOORSTEP_TRY(set_mark(reached));
    return found;
}

std::size_t SearchIndex::block_at(const std::vector<Block>& blocks, RowNo no) {
    const auto after = std::upper_bound(blocks.begin(), blocks.end(), no,
                                        [](RowNo number, const Block& block) { return number < block.first; });
    return static_cast<std::size_t>(after - blocks.begin()) - 1;
}

RowNo SearchIndex::end_of(const std::vector<Block>& blocks, std::size_t at) {
    return at + 1 < blocks.size() ? blocks[at + 1].first : after_every_row;
}

Result<std::vector<ProjectedRow>> SearchIndex::rows_between(RowNo first, RowNo end, std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(Statement * query, db_->statement("SELECT no, id, stream, type FROM projection WHERE "
                                                          "no >= ?1 AND no < ?2 ORDER BY no LIMIT ?3"));
    const Statement::Use use(*query);
    query->integer(1, first).integer(2, end).integer(3, static_cast<std::int64_t>(rows_max));
    std::vector<ProjectedRow> out;
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) return out;
        DOORSTEP_TRY_ASSIGN(ProjectedRow row, read_projected(*query));
        out.push_back(row);
    }
}

Result<std::size_t> SearchIndex::make_block(const ReadText& read) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Block> all, blocks());
    DOORSTEP_TRY_ASSIGN(const std::optional<std::size_t> at, next_to_make(all));
    if (!at) return std::size_t{0};
    const std::size_t full = block_rows_;
    DOORSTEP_TRY_ASSIGN(auto rows, rows_between(all[*at].first, end_of(all, *at), 2 * full + 1));
    if (rows.size() > full) {
        // The newest block fills as records come; one in the middle makes room on both sides.
        const bool newest = *at + 1 == all.size();
        const std::size_t keep = newest || rows.size() > 2 * full ? full : rows.size() / 2;
        DOORSTEP_TRY(add_block(rows[keep].no));
        rows.resize(keep);
    }
    DOORSTEP_TRY_ASSIGN(const std::vector<SearchChunk> chunks, chunks_of(rows, read));
    Block block = all[*at];
    DOORSTEP_TRY_ASSIGN(block.built, projection_.last_change());
    if (block.id == 0) {
        DOORSTEP_TRY_ASSIGN(block.id, add_block(block.first));
    }
    DOORSTEP_TRY(write(block, pack(rows), chunks));
    return std::max<std::size_t>(1, rows.size());
}

/// A block that begins here and is not made. Its id.
Result<std::int64_t> SearchIndex::add_block(RowNo first) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_->statement("INSERT INTO search_block (first, id, built) "
                                       "VALUES (?1, (SELECT coalesce(max(id), 0) + 1 FROM search_block), -1)"));
    DOORSTEP_TRY(insert->integer(1, first).run());
    return db_->number("SELECT max(id) FROM search_block");
}

Status SearchIndex::write(const Block& block, const Bytes& numbers, const std::vector<SearchChunk>& chunks) {
    DOORSTEP_TRY(unmake(block));
    DOORSTEP_TRY_ASSIGN(Statement * built, db_->statement("UPDATE search_block SET built = ?2 WHERE id = ?1"));
    DOORSTEP_TRY(built->integer(1, block.id).integer(2, block.built).run());
    DOORSTEP_TRY_ASSIGN(Statement * rows, db_->statement("INSERT INTO search_rows (block, numbers) VALUES (?1, ?2)"));
    DOORSTEP_TRY(rows->integer(1, block.id).blob(2, numbers).run());
    DOORSTEP_TRY_ASSIGN(Statement * insert, db_->statement("INSERT INTO search_chunk (key, bytes) VALUES (?1, ?2)"));
    for (const SearchChunk& chunk : chunks)
        DOORSTEP_TRY(insert->integer(1, chunk_key(block.id, chunk.first)).blob(2, chunk.bytes).run());
    return ok();
}

/// Takes out all that a block knows.
Status SearchIndex::unmake(const Block& block) {
    DOORSTEP_TRY_ASSIGN(Statement * chunks, db_->statement("DELETE FROM search_chunk WHERE key >= ?1 AND key < ?2"));
    DOORSTEP_TRY(chunks->integer(1, chunk_key(block.id, 0)).integer(2, chunk_key(block.id + 1, 0)).run());
    DOORSTEP_TRY_ASSIGN(Statement * rows, db_->statement("DELETE FROM search_rows WHERE block = ?1"));
    DOORSTEP_TRY(rows->integer(1, block.id).run());
    DOORSTEP_TRY_ASSIGN(Statement * built, db_->statement("UPDATE search_block SET built = -1 WHERE id = ?1"));
    return built->integer(1, block.id).run();
}

Status SearchIndex::forget_record(RowNo no) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Block> all, blocks());
    return unmake(all[block_at(all, no)]);
}

Status SearchIndex::forget_stream(StreamNo stream) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Block> all, blocks());
    DOORSTEP_TRY_ASSIGN(const std::vector<Lane> lanes, projection_.lanes(stream, 0));
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const Lane& lane : lanes) {
            DOORSTEP_TRY_ASSIGN(const std::optional<RowNo> last, projection_.newest(lane, end_of(all, i)));
            if (last && *last >= all[i].first) DOORSTEP_TRY(unmake(all[i]));
        }
    return ok();
}

Status SearchIndex::check(const ReadText& read) {
    const Error differs{Errc::corrupt, "the search index is not what the records say"};
    DOORSTEP_TRY_ASSIGN(const std::vector<Block> all, blocks());
    DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> late, waiting(all));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const RowNo end = end_of(all, i);
        const bool stale =
            std::any_of(late.begin(), late.end(), [&](RowNo no) { return no >= all[i].first && no < end; });
        if (all[i].built < 0 || stale) continue;
        DOORSTEP_TRY_ASSIGN(const auto rows, rows_between(all[i].first, end, block_rows_ + 1));
        DOORSTEP_TRY_ASSIGN(const std::vector<SearchChunk> chunks, chunks_of(rows, read));
        DOORSTEP_TRY_ASSIGN(const std::vector<RowNo> numbers, numbers_of(all[i]));
        const bool same_rows = std::equal(rows.begin(), rows.end(), numbers.begin(), numbers.end(),
                                          [](const ProjectedRow& row, RowNo no) { return row.no == no; });
        if (!same_rows) return differs;
        for (const SearchChunk& chunk : chunks) {
            DOORSTEP_TRY_ASSIGN(const SearchChunk stored, chunk_with(all[i], chunk.first));
            if (stored.first != chunk.first || stored.bytes != chunk.bytes) return differs;
        }
    }
    return ok();
}

}  // namespace doorstep
