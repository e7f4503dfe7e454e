// server/storage/followed_log.hpp -- a shared log as the storage uses it, beyond what the database does by itself.
#pragma once

#include "core/store/database.hpp"

namespace doorstep::server {

/// Threads: none; the storage's owner's.
class FollowedLog : public SharedLog {
public:
    /// All that others wrote before this call is in the file when it returns. Not within a transaction. Errors: busy
    /// when the log cannot be reached; corrupt when the file cannot follow it any more and is to be made anew, which
    /// the next opening does.
    virtual Status catch_up(Database& file) = 0;
    /// Whether others may have written since the file caught up. Asks nobody.
    virtual bool heard() = 0;
    /// Keeps a copy of the file, and of its archive, for others to begin from. gone: nothing of the log before it is
    /// kept once every server has followed it, since words were erased; kept: some of it, for who is a little behind.
    enum class Older : std::uint8_t { kept, gone };
    virtual Status make_base(Database& file, Older older) = 0;
};

/// Which log a file follows, and how far it is. A file without it follows none.
struct LogMark {
    Bytes log;  ///< made at random with the log
    std::uint64_t position = 0;
    Bytes entry;  ///< the one at the position
};

/// nullopt: the file follows no log. Errors: those of the database.
Result<std::optional<LogMark>> log_mark(Database& file);
/// Within a transaction, whose changes it is not among (change_capture.hpp).
Status set_log_mark(Database& file, const LogMark& mark);
Status clear_log_mark(Database& file);

}  // namespace doorstep::server
