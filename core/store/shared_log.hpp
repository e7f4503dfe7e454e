// core/store/shared_log.hpp -- where the transactions of a file are kept besides the file itself, so that several hosts
// can have the same file: the seam between Database and a log that its host brings along.
#pragma once

#include <cstdint>

#include "core/base/result.hpp"

namespace doorstep {

class Database;

/// One order of transactions for all hosts that share it. A file then is a copy of what the log says: it may be behind,
/// and it may be thrown away. Database calls these around each transaction of its own, in this order:
///     enter, begin, append, leave      or, when the transaction fails,      enter, [begin, [append,]] leave
/// Threads: none; the file's owner's.
class SharedLog {
public:
    virtual ~SharedLog() = default;
    /// Before the file's write lock is taken: nobody else adds to the log from here until leave(), and what others
    /// added is in the file when it returns. Errors: leave() is not called.
    virtual Status enter(Database& file) = 0;
    /// The write lock is held, and nothing is written yet.
    virtual Status begin(Database& file) = 0;
    /// All is written, and the file is about to commit: what the transaction changed is in the log, durably, when it
    /// returns. An error undoes the transaction.
    virtual Status append(Database& file) = 0;
    /// The file has committed or undone it.
    virtual void leave(Database& file) noexcept = 0;
    /// Transactions of other hosts that came into the file so far: whoever keeps something of the file in memory
    /// compares.
    virtual std::uint64_t followed() const = 0;
};

}  // namespace doorstep
