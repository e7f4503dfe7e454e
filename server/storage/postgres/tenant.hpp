// server/storage/postgres/tenant.hpp -- one county's rows in PostgreSQL: its head, its entries and its bases. Each
// function is one query or a few; transactions are the caller's.
#pragma once

#include <optional>

#include "core/model/area.hpp"
#include "server/storage/postgres/connection.hpp"

namespace doorstep::server::postgres {

/// What entries and bases hold: the tables of core/store and server/storage. Raised whenever one of these changes,
/// which a test sees; then a base is made under the tenant's lock, and older programs are refused.
inline constexpr std::int64_t format = 1;

/// The row that whoever writes holds locked.
struct Head {
    Bytes log, key_check, entry;
    std::int64_t format = 0;
    std::uint64_t position = 0, base = 0;
    enum class State : std::uint8_t { open, closed } state = State::open;
};

struct Entry {
    std::uint64_t position = 0;
    Bytes id, body;  ///< sealed
};

/// Where a stream ends after a transaction.
struct StreamEnd {
    Bytes area, compartment, chain;
    std::uint64_t position = 0;
};
StreamEnd stream_end(BytesView key, std::uint64_t position, BytesView chain);

enum class Lock : std::uint8_t { none, write };
/// "BEGIN" and the head in one journey; the write lock is held until the transaction ends. nullopt: there is no tenant.
Result<std::optional<Head>> begin_with_head(Connection& connection, Lock lock);
Result<std::optional<Head>> read_head(Connection& connection);
/// Entries beyond the position in their order, some 8 MiB at most, and where the log ends.
struct Tail {
    std::uint64_t end = 0, forget = 0;  ///< forget: what is up to there is to go; 0: nothing is
    std::vector<Entry> entries;
};
Result<Tail> entries_beyond(Connection& connection, std::uint64_t position);
/// A server that said nothing for longer than this may find that it has to begin anew.
inline constexpr std::int64_t follower_ms_max = 10 * 60 * 1000;
/// Says how far this server is; and lets go of what is to go, if no other server is behind it.
Status note_follower(Connection& connection, const Bytes& process, std::uint64_t position);
/// nullopt: it is not there (any more).
Result<std::optional<Bytes>> entry_id(Connection& connection, std::uint64_t position);
/// Takes the rows of the streams under lock, in ascending order of their keys, whatever the order given: two that write
/// the same streams then never wait for each other in a circle.
std::vector<Query> write_streams(std::vector<StreamEnd> ends);
/// What appends the entry, moves the head behind it and wakes the others, up to and with COMMIT, for one journey. The
/// head's lock is held; corrupt when there is an entry at the position nevertheless.
std::vector<Query> append(const Entry& entry, std::vector<StreamEnd> ends, const Bytes& channel);

}  // namespace doorstep::server::postgres
