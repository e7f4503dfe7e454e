#include "server/storage/postgres/connection.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "core/base/codec.hpp"
#include "core/base/sha256.hpp"

namespace doorstep::server::postgres {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned type_number = 20, type_text = 25, type_bytes = 17, type_numbers = 1016, type_list = 1001;
constexpr int binary = 1;
/// Longer than the server may take for a lock or a statement, which it is told below: so its own error comes first.
constexpr std::chrono::seconds answer_max{40};

/// What every connection begins with. A process that hangs must not keep the others from writing, and what is
/// acknowledged is on the server's disk, whatever its configuration says.
constexpr const char* opening =
    "SET search_path = doorstep; SET lock_timeout = '10s'; SET statement_timeout = '30s'; "
    "SET idle_in_transaction_session_timeout = '30s'; SET synchronous_commit = on; SET client_min_messages = error; "
    "SET default_transaction_isolation = 'read committed'; SET bytea_output = hex";

/// A one-dimensional array without nulls, in PostgreSQL's binary form.
template <class Put, class Values>
Bytes array_of(unsigned element, const Values& values, const Put& put) {
    Bytes out;
    Writer writer(out);
    constexpr std::uint32_t dimensions = 1, no_nulls = 0, first = 1;
    for (const std::uint32_t word : {dimensions, no_nulls, element, static_cast<std::uint32_t>(values.size()), first})
        writer.u32(word);
    for (const auto& value : values) put(writer, value);
    return out;
}

std::string name_of(std::string_view sql) { return sha256(sql).hex().substr(0, 32); }

Errc code_of(std::string_view state) {
    const std::string_view family = state.substr(0, 2);
    if (family == "08" || family == "40" || family == "53" || family == "55" || family == "57")
        return state == "53100" ? Errc::disk_full : Errc::busy;
    if (family == "28" || family == "3D" || state == "42501") return Errc::bad_configuration;
    if (family == "23") return Errc::corrupt;
    return Errc::internal;
}

}  // namespace

Parameter Parameter::number(std::int64_t value) {
    Bytes out;
    Writer(out).u64(static_cast<std::uint64_t>(value));
    return {type_number, std::move(out)};
}
Parameter Parameter::text(std::string_view utf8) { return {type_text, Bytes(utf8)}; }
Parameter Parameter::bytes(BytesView value) { return {type_bytes, Bytes(value)}; }
Parameter Parameter::numbers(const std::vector<std::int64_t>& values) {
    return {type_numbers, array_of(type_number, values, [](Writer& out, std::int64_t value) {
                out.u32(8);
                out.u64(static_cast<std::uint64_t>(value));
            })};
}
Parameter Parameter::list(const std::vector<Bytes>& values) {
    return {type_list, array_of(type_bytes, values, [](Writer& out, const Bytes& value) {
                out.u32(static_cast<std::uint32_t>(value.size()));
                out.raw(value);
            })};
}

void Rows::Clear::operator()(pg_result* result) const noexcept { PQclear(result); }
std::size_t Rows::size() const { return static_cast<std::size_t>(PQntuples(result_.get())); }
BytesView Rows::bytes(std::size_t row, int column) const {
    const int r = static_cast<int>(row);
    return {PQgetvalue(result_.get(), r, column), static_cast<std::size_t>(PQgetlength(result_.get(), r, column))};
}
std::int64_t Rows::number(std::size_t row, int column) const {
    Reader in(bytes(row, column));
    return static_cast<std::int64_t>(in.u64());
}
bool Rows::is_null(std::size_t row, int column) const {
    return PQgetisnull(result_.get(), static_cast<int>(row), column) == 1;
}
std::size_t Rows::changed() const {
    return static_cast<std::size_t>(std::strtoull(PQcmdTuples(result_.get()), nullptr, 10));
}

void Connection::Finish::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }

Result<std::unique_ptr<Connection>> Connection::open(const Address& address) {
    // Those before dbname are defaults, which the url may set otherwise.
    constexpr std::array keywords = {"connect_timeout",  "application_name", "keepalives_idle",
                                     "tcp_user_timeout", "dbname",           static_cast<const char*>(nullptr)};
    const std::array<const char*, keywords.size()> values = {"10",    "doorstep",          "30",
                                                             "30000", address.url.c_str(), nullptr};
    constexpr int expand_dbname = 1;
    std::unique_ptr<Connection> out(new Connection(PQconnectdbParams(keywords.data(), values.data(), expand_dbname)));
    pg_conn* connection = out->connection_.get();
    if (!connection) return Error{Errc::out_of_memory, "no memory for a connection"};
    if (PQstatus(connection) != CONNECTION_OK) {
        // libpq tells no code; the message names hosts, users and databases, never a password.
        const std::string why = PQerrorMessage(connection);
        const bool refused = why.find("authentication failed") != why.npos || why.find("does not exist") != why.npos ||
                             why.find("no pg_hba.conf entry") != why.npos ||
                             why.find("invalid connection option") != why.npos;
        return Error{refused ? Errc::bad_configuration : Errc::busy, "cannot connect to PostgreSQL: " + why};
    }
    DOORSTEP_TRY(out->script(opening));
    DOORSTEP_TRY(out->run({"SELECT set_config('doorstep.tenant', $1, false)", {Parameter::text(address.tenant)}}));
    return out;
}

bool Connection::is_lost() const { return line_ == Line::lost || PQstatus(connection_.get()) != CONNECTION_OK; }

Error Connection::lose(const char* what) {
    line_ = Line::lost;
    return {Errc::busy, std::string("the connection to PostgreSQL was lost: ") + what};
}

Error Connection::failure(const pg_result* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state) return lose("it was closed");
    return {code_of(state), std::string("PostgreSQL: ") + state + " " + (message ? message : "")};
}

Status Connection::send(const std::vector<Query>& queries, const std::vector<bool>& prepares) {
    pg_conn* connection = connection_.get();
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const Query& query = queries[i];
        std::vector<unsigned> types;
        std::vector<const char*> values;
        std::vector<int> lengths, formats;
        for (const Parameter& parameter : query.parameters) {
            types.push_back(parameter.type());
            values.push_back(parameter.value().data());
            lengths.push_back(static_cast<int>(parameter.value().size()));
            formats.push_back(binary);
        }
        const std::string name = name_of(query.sql);
        const int count = static_cast<int>(types.size());
        if (prepares[i] &&
            PQsendPrepare(connection, name.c_str(), std::string(query.sql).c_str(), count, types.data()) != 1)
            return lose("cannot send");
        if (PQsendQueryPrepared(connection, name.c_str(), count, values.data(), lengths.data(), formats.data(),
                                binary) != 1)
            return lose("cannot send");
    }
    return PQpipelineSync(connection) == 1 ? ok() : Status(lose("cannot send"));
}

/// Until a result can be read without waiting, whatever has to be written meanwhile.
Status Connection::wait_for_answer() {
    pg_conn* connection = connection_.get();
    const auto deadline = Clock::now() + answer_max;
    while (true) {
        const int unsent = PQflush(connection);
        if (unsent < 0) return lose("cannot send");
        if (unsent == 0 && PQisBusy(connection) == 0) return ok();
        pollfd line{PQsocket(connection), static_cast<short>(POLLIN | (unsent > 0 ? POLLOUT : 0)), 0};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return lose("no answer in time");
        ::poll(&line, 1, static_cast<int>(left));
        if ((line.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && PQconsumeInput(connection) != 1)
            return lose("it was closed");
    }
}

/// nullptr: the end of one query's results.
Result<pg_result*> Connection::next_result() {
    DOORSTEP_TRY(wait_for_answer());
    return PQgetResult(connection_.get());
}

Result<Rows> Connection::run(Query query) {
    std::vector<Query> queries;
    queries.push_back(std::move(query));
    DOORSTEP_TRY_ASSIGN(std::vector<Rows> rows, run_all(std::move(queries)));
    return std::move(rows.front());
}

Result<std::vector<Rows>> Connection::run_all(std::vector<Query> queries) {
    if (is_lost()) return lose("before");
    PQsetnonblocking(connection_.get(), 1);
    if (PQenterPipelineMode(connection_.get()) != 1) return lose("no pipeline");
    std::set<std::string_view> seen;
    std::vector<bool> prepares;
    for (const Query& query : queries)
        prepares.push_back(!prepared_.contains(query.sql) && seen.insert(query.sql).second);
    DOORSTEP_TRY(send(queries, prepares));
    std::vector<Rows> out;
    std::optional<Error> first_error;
    for (std::size_t i = 0; i < queries.size(); ++i) {
        for (int step = prepares[i] ? 0 : 1; step < 2; ++step) {
            DOORSTEP_TRY_ASSIGN(pg_result * raw, next_result());
            if (!raw) return lose("out of step");
            Rows rows(raw);
            const ExecStatusType status = PQresultStatus(raw);
            const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
            if (!good && !first_error)
                first_error = status == PGRES_PIPELINE_ABORTED ? Error{Errc::internal, "aborted"} : failure(raw);
            if (line_ == Line::lost) return *first_error;
            if (good && step == 0) prepared_.emplace(queries[i].sql);
            if (good && step == 1) out.push_back(std::move(rows));
            DOORSTEP_TRY_ASSIGN(pg_result * end, next_result());
            if (end) return lose("out of step");
        }
    }
    DOORSTEP_TRY_ASSIGN(pg_result * sync, next_result());
    const Rows owned(sync);
    if (!sync || PQresultStatus(sync) != PGRES_PIPELINE_SYNC) return lose("out of step");
    if (PQexitPipelineMode(connection_.get()) != 1) return lose("out of step");
    if (first_error) return *first_error;
    return out;
}

Status Connection::script(const std::string& sql) {
    if (is_lost()) return lose("before");
    PQsetnonblocking(connection_.get(), 1);
    if (PQsendQuery(connection_.get(), sql.c_str()) != 1) return lose("cannot send");
    Status done = ok();
    while (true) {
        DOORSTEP_TRY_ASSIGN(pg_result * raw, next_result());
        if (!raw) return done;
        const Rows rows(raw);
        const ExecStatusType status = PQresultStatus(raw);
        if (done && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) done = failure(raw);
        if (line_ == Line::lost) return done;
    }
}

Result<bool> Connection::was_notified() {
    if (is_lost()) return lose("before");
    if (PQconsumeInput(connection_.get()) != 1) return lose("it was closed");
    struct Free {
        void operator()(PGnotify* one) const noexcept { PQfreemem(one); }
    };
    bool any = false;
    while (const std::unique_ptr<PGnotify, Free> one{PQnotifies(connection_.get())})
        any = any || one->be_pid != PQbackendPID(connection_.get());
    return any;
}

}  // namespace doorstep::server::postgres
