#include "server/storage/postgres/tenant.hpp"

#include <algorithm>
#include <tuple>

namespace doorstep::server::postgres {
namespace {

// Each query names the tenant by itself; row-level security is the second net. current_setting() is the one that the
// connection was opened for.
#define OF_THE_TENANT "tenant = current_setting('doorstep.tenant')"

constexpr std::string_view head_sql =
    "SELECT log, key_check, entry, format, position, base, closed FROM tenant WHERE " OF_THE_TENANT;
constexpr std::string_view locked_head_sql =
    "SELECT log, key_check, entry, format, position, base, closed FROM tenant WHERE " OF_THE_TENANT " FOR UPDATE";

constexpr std::size_t area_bytes = 7;  // Stream::key()

std::optional<Head> head_of(const Rows& rows) {
    if (rows.size() == 0) return std::nullopt;
    Head out;
    out.log = Bytes(rows.bytes(0, 0));
    out.key_check = Bytes(rows.bytes(0, 1));
    out.entry = Bytes(rows.bytes(0, 2));
    out.format = rows.number(0, 3);
    out.position = static_cast<std::uint64_t>(rows.number(0, 4));
    out.base = static_cast<std::uint64_t>(rows.number(0, 5));
    out.state = rows.number(0, 6) == 0 ? Head::State::open : Head::State::closed;
    return out;
}

Parameter number(std::uint64_t value) { return Parameter::number(static_cast<std::int64_t>(value)); }

}  // namespace

StreamEnd stream_end(BytesView key, std::uint64_t position, BytesView chain) {
    return {Bytes(key.substr(0, area_bytes)), Bytes(key.substr(std::min(area_bytes, key.size()))), Bytes(chain),
            position};
}

Result<std::optional<Head>> begin_with_head(Connection& connection, Lock lock) {
    std::vector<Query> queries{{"BEGIN"}, {lock == Lock::write ? locked_head_sql : head_sql}};
    DOORSTEP_TRY_ASSIGN(const std::vector<Rows> rows, connection.run_all(std::move(queries)));
    return head_of(rows[1]);
}

Result<std::optional<Head>> read_head(Connection& connection) {
    DOORSTEP_TRY_ASSIGN(const Rows rows, connection.run({head_sql}));
    return head_of(rows);
}

Result<Tail> entries_beyond(Connection& connection, std::uint64_t position) {
    // Bounded by bytes before anything is sent: the sum over those before a row decides whether it comes along.
    DOORSTEP_TRY_ASSIGN(
        const Rows rows,
        connection.run(
            {"SELECT head.position, head.forget, e.position, e.id, e.body FROM tenant AS head LEFT JOIN LATERAL "
             "(SELECT position, "
             "id, body FROM (SELECT position, id, body, sum(length(body)) OVER (ORDER BY position) - length(body) AS "
             "before FROM (SELECT position, id, body FROM entry WHERE " OF_THE_TENANT
             " AND position > $1 ORDER BY position LIMIT 256) AS next) AS bounded WHERE before < 8388608) AS e ON true "
             "WHERE head." OF_THE_TENANT " ORDER BY e.position",
             {number(position)}}));
    if (rows.size() == 0) return Error{Errc::bad_configuration, "PostgreSQL does not hold the tenant any more"};
    Tail out;
    out.end = static_cast<std::uint64_t>(rows.number(0, 0));
    out.forget = static_cast<std::uint64_t>(rows.number(0, 1));
    for (std::size_t row = 0; row < rows.size(); ++row)
        if (!rows.is_null(row, 2))
            out.entries.push_back({static_cast<std::uint64_t>(rows.number(row, 2)), Bytes(rows.bytes(row, 3)),
                                   Bytes(rows.bytes(row, 4))});
    return out;
}

Status note_follower(Connection& connection, const Bytes& process, std::uint64_t position) {
    std::vector<Query> queries;
    queries.push_back({"BEGIN"});
    queries.push_back(
        {"INSERT INTO follower AS f (tenant, process, position, seen) VALUES "
         "(current_setting('doorstep.tenant'), $1, $2, now()) ON CONFLICT (tenant, process) DO UPDATE "
         "SET position = excluded.position, seen = excluded.seen",
         {Parameter::bytes(process), number(position)}});
    queries.push_back({"DELETE FROM follower WHERE " OF_THE_TENANT " AND seen < now() - $1 * interval '1 millisecond'",
                       {Parameter::number(follower_ms_max)}});
    queries.push_back({"DELETE FROM entry USING (SELECT forget FROM tenant WHERE " OF_THE_TENANT
                       ") AS head WHERE " OF_THE_TENANT
                       " AND position <= forget AND NOT EXISTS (SELECT 1 FROM follower WHERE " OF_THE_TENANT
                       " AND follower.position < forget)"});
    queries.push_back({"UPDATE tenant SET forget = 0 WHERE " OF_THE_TENANT
                       " AND forget > 0 AND NOT EXISTS (SELECT 1 FROM entry WHERE " OF_THE_TENANT
                       " AND entry.position <= forget)"});
    queries.push_back({"COMMIT"});
    const auto done = connection.run_all(std::move(queries));
    if (!done && !connection.is_lost()) static_cast<void>(connection.run({"ROLLBACK"}));
    return done ? ok() : Status(done.error());
}

Result<std::optional<Bytes>> entry_id(Connection& connection, std::uint64_t position) {
    DOORSTEP_TRY_ASSIGN(
        const Rows rows,
        connection.run({"SELECT id FROM entry WHERE " OF_THE_TENANT " AND position = $1", {number(position)}}));
    if (rows.size() == 0) return std::optional<Bytes>();
    return std::optional<Bytes>(rows.bytes(0, 0));
}

std::vector<Query> write_streams(std::vector<StreamEnd> ends) {
    if (ends.empty()) return {};
    std::sort(ends.begin(), ends.end(), [](const StreamEnd& a, const StreamEnd& b) {
        return std::tie(a.area, a.compartment) < std::tie(b.area, b.compartment);
    });
    std::vector<Bytes> areas, compartments, chains;
    std::vector<std::int64_t> positions;
    for (StreamEnd& end : ends) {
        areas.push_back(std::move(end.area));
        compartments.push_back(std::move(end.compartment));
        chains.push_back(std::move(end.chain));
        positions.push_back(static_cast<std::int64_t>(end.position));
    }
    // The arrays are unnested in their order, and each row is locked as it is written.
    return {
        {"INSERT INTO stream AS s (tenant, area, compartment, position, chain) SELECT "
         "current_setting('doorstep.tenant'), area, compartment, position, chain FROM unnest($1, $2, $3, $4) WITH "
         "ORDINALITY AS ends (area, compartment, position, chain, place) ORDER BY place ON CONFLICT (tenant, area, "
         "compartment) DO UPDATE SET position = excluded.position, chain = excluded.chain",
         {Parameter::list(areas), Parameter::list(compartments), Parameter::numbers(positions),
          Parameter::list(chains)}}};
}

std::vector<Query> append(const Entry& entry, std::vector<StreamEnd> ends, const Bytes& channel) {
    std::vector<Query> out = write_streams(std::move(ends));
    out.push_back({"UPDATE tenant SET position = $1, entry = $2 WHERE " OF_THE_TENANT,
                   {number(entry.position), Parameter::bytes(entry.id)}});
    out.push_back(
        {"INSERT INTO entry (tenant, position, id, body) VALUES (current_setting('doorstep.tenant'), $1, $2, "
         "$3)",
         {number(entry.position), Parameter::bytes(entry.id), Parameter::bytes(entry.body)}});
    out.push_back({"SELECT pg_notify($1, '')", {Parameter::text(channel)}});
    out.push_back({"COMMIT"});
    return out;
}

#undef OF_THE_TENANT

}  // namespace doorstep::server::postgres
