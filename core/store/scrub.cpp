// SQLite leaves the bytes of rows that are gone, or moved to another page, in three places: pages that are free, and
// within a page of a tree the gap between its list of cells and the cells, and blocks that were freed between these
// (https://www.sqlite.org/fileformat2.html, 1.5 and 1.6). Cells and overflow pages themselves are overwritten when they
// are freed (PRAGMA secure_delete, core/store/database.cpp).
#include "core/store/scrub.hpp"

#include <algorithm>
#include <set>

namespace doorstep {
namespace {

constexpr std::int64_t pages_a_time = 4096;
/// From here on the number at the head of an overflow page could look like the kind of a tree's page. 128 GiB.
constexpr std::int64_t pages_max = 0x0200'0000;

std::size_t number_at(const Bytes& page, std::size_t at, std::size_t bytes) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < bytes; ++i) out = out << 8 | static_cast<unsigned char>(page[at + i]);
    return out;
}

/// Whether anything but zeros was there.
bool empty_out(Bytes& page, std::size_t from, std::size_t to) {
    if (from >= to || to > page.size()) return false;
    const auto first = page.begin() + static_cast<std::ptrdiff_t>(from),
               last = page.begin() + static_cast<std::ptrdiff_t>(to);
    if (std::all_of(first, last, [](char byte) { return byte == 0; })) return false;
    std::fill(first, last, '\0');
    return true;
}

/// The gap and the freed blocks of a page of a tree; any other page has none.
bool empty_gaps(Bytes& page, std::size_t header) {
    const auto kind = static_cast<unsigned char>(page[header]);
    if (kind != 2 && kind != 5 && kind != 10 && kind != 13) return false;
    const std::size_t cells_at = header + (kind == 2 || kind == 5 ? 12 : 8);
    const std::size_t cells = number_at(page, header + 3, 2), content = number_at(page, header + 5, 2);
    bool changed = empty_out(page, cells_at + 2 * cells, content == 0 ? 65'536 : content);
    for (std::size_t block = number_at(page, header + 1, 2); block != 0 && block + 4 <= page.size();) {
        const std::size_t next = number_at(page, block, 2), size = number_at(page, block + 2, 2);
        changed = empty_out(page, block + 4, block + size) || changed;
        if (next <= block) break;  // they ascend
        block = next;
    }
    return changed;
}

/// Pages by number, as the transaction under way sees them.
class Pages {
public:
    explicit Pages(Database& db) : db_(db) {}

    Result<Bytes> read(std::int64_t number) {
        DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT data FROM sqlite_dbpage('main') WHERE pgno = ?1"));
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, number).step());
        return row ? Bytes(query->blob_at(0)) : Bytes();
    }
    Status write(std::int64_t number, const Bytes& page) {
        DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1"));
        return update->integer(1, number).blob(2, page).run();
    }
    /// Those on the list of free pages that hold nothing but what they held before.
    Result<std::set<std::int64_t>> free_leaves() {
        std::set<std::int64_t> out;
        DOORSTEP_TRY_ASSIGN(const Bytes first, read(1));
        if (first.size() < 512) return out;
        auto trunk = static_cast<std::int64_t>(number_at(first, 32, 4));
        for (std::set<std::int64_t> seen; trunk != 0 && seen.insert(trunk).second;) {
            DOORSTEP_TRY_ASSIGN(const Bytes page, read(trunk));
            if (page.size() < 8) break;
            const std::size_t leaves = std::min(number_at(page, 4, 4), page.size() / 4 - 2);
            for (std::size_t i = 0; i < leaves; ++i)
                out.insert(static_cast<std::int64_t>(number_at(page, 8 + 4 * i, 4)));
            trunk = static_cast<std::int64_t>(number_at(page, 0, 4));
        }
        return out;
    }

private:
    Database& db_;
};

/// Scrubs pages after `done`. How far it came; -1 at the end. Within a transaction of the file's own.
Result<std::int64_t> scrub_pages(Database& db, std::int64_t done) {
    DOORSTEP_TRY_ASSIGN(const std::int64_t count, db.number("PRAGMA page_count"));
    if (count >= pages_max) return Error{Errc::internal, "a file of 128 GiB is not scrubbed"};
    Pages pages(db);
    DOORSTEP_TRY_ASSIGN(const std::set<std::int64_t> free, pages.free_leaves());
    const std::int64_t last = std::min(count, done + pages_a_time);
    for (std::int64_t number = done + 1; number <= last; ++number) {
        DOORSTEP_TRY_ASSIGN(Bytes page, pages.read(number));
        if (page.size() < 512) continue;  // the page that SQLite locks and never uses
        constexpr std::size_t file_header = 100;
        const bool is_free = free.count(number) == 1;
        const bool changed =
            is_free ? empty_out(page, 0, page.size()) : empty_gaps(page, number == 1 ? file_header : 0);
        if (changed) DOORSTEP_TRY(pages.write(number, page));
    }
    return last == count ? -1 : last;
}

}  // namespace

Status ask_for_scrub(Database& db) {
    return db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('scrub', CAST('asked' AS BLOB))");
}

Status scrub_if_asked(Database& db) {
    DOORSTEP_TRY_ASSIGN(const std::int64_t asked,
                        db.number("SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'scrub' AND length(value) > 0)"));
    if (asked == 0) return ok();
    // Each file that shares a log was asked by it, and does this for itself.
    for (std::int64_t done = 0; done >= 0;)
        DOORSTEP_TRY(db.write_locally([&]() -> Status {
            DOORSTEP_TRY_ASSIGN(done, scrub_pages(db, done));
            return ok();
        }));
    DOORSTEP_TRY_ASSIGN(const std::int64_t busy, db.number("PRAGMA wal_checkpoint(TRUNCATE)"));
    if (busy != 0) return ok();
    return db.write_locally(
        [&] { return db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('scrub', x'')"); });
}

Status ask_for_scrub(Store& store) { return ask_for_scrub(store.database()); }
Status scrub_if_asked(Store& store) { return scrub_if_asked(store.database()); }

}  // namespace doorstep
