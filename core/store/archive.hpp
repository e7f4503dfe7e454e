// core/store/archive.hpp -- the cold archive: a second file beside an office's database. It holds parts of commits that
// the database itself keeps only the hash of, found by that hash (docs/compaction.md).
#pragma once

#include <optional>
#include <string>

#include "core/base/id.hpp"
#include "core/store/database.hpp"

namespace doorstep {

/// The file only grows, but for what is erased: so an older copy of the database finds in it whatever it had left to
/// it. Encrypted under the database's key; always Durability::full, since what lies here lies nowhere else.
/// Threads: none; one owner at a time. Other processes may open the same file. Errors: those of the database.
class Archive {
public:
    static std::string path_beside(const std::string& database) { return database + ".archive"; }
    /// The archive beside this database. Errors: see Database::open; not_found in mode existing when there is none.
    static Result<Archive> open(const DatabaseOptions& database, OpenMode mode);
    /// A new file for a copy of one beside this database. Errors: already_exists, and as open().
    static Result<Database> open_empty(const DatabaseOptions& database);

    /// The same part again has no effect. Within the caller's transaction; see database().
    Status add(const Hash& part, BytesView packed);
    /// The part's bytes, which have this hash; nullopt: it is not here.
    Result<std::optional<Bytes>> find(const Hash& part);
    Result<std::uint64_t> count();  ///< of parts
    /// Takes out the part and its copies under other dots, which keep the salt (mark_of() of it; zero: none is known).
    /// Whether there was any. Its words are gone when scrub() of the database has run.
    Result<bool> forget(const Hash& part, const Hash& salt_mark);
    /// Whether a part of this hash was here and was erased: a database that came back may still leave it to the
    /// archive.
    Result<bool> forgot(const Hash& part);

    Database& database() { return db_; }

private:
    explicit Archive(Database db) : db_(std::move(db)) {}
    Database db_;
};

}  // namespace doorstep
