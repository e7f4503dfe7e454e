// server/storage/postgres/connection.hpp -- one connection to PostgreSQL through libpq: queries go in pipelines, and
// every wait has an end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"

struct pg_conn;
struct pg_result;

namespace doorstep::server::postgres {

/// Where PostgreSQL is, and whose rows are meant.
struct Address {
    std::string url;     ///< postgresql://… or key=value pairs, as libpq reads them
    std::string tenant;  ///< 1 to 63 bytes
};

/// A value of a query, in PostgreSQL's binary form.
class Parameter {
public:
    static Parameter number(std::int64_t value);  ///< bigint
    static Parameter text(std::string_view utf8);
    static Parameter bytes(BytesView value);                            ///< bytea
    static Parameter numbers(const std::vector<std::int64_t>& values);  ///< bigint[]
    static Parameter list(const std::vector<Bytes>& values);            ///< bytea[]

    unsigned type() const { return type_; }
    const Bytes& value() const { return value_; }

private:
    Parameter(unsigned type, Bytes value) : type_(type), value_(std::move(value)) {}
    unsigned type_;
    Bytes value_;
};

/// `sql` is prepared at its first use and known by its text, so it holds no values; it lives as long as the call.
struct Query {
    std::string_view sql;
    std::vector<Parameter> parameters = {};
};

/// What a query yielded. Columns are bigint, text or bytea.
class Rows {
public:
    explicit Rows(pg_result* result) : result_(result) {}
    std::size_t size() const;
    std::int64_t number(std::size_t row, int column) const;
    BytesView bytes(std::size_t row, int column) const;  ///< lives as long as these
    bool is_null(std::size_t row, int column) const;
    std::size_t changed() const;  ///< rows that an INSERT, UPDATE or DELETE wrote

private:
    struct Clear {
        void operator()(pg_result* result) const noexcept;
    };
    std::unique_ptr<pg_result, Clear> result_;
};

/// Errors of every call: busy when it may succeed if it is done again (the connection was lost, a lock or a server was
/// not to be had, two transactions met); bad_configuration of a name, a password or a right; disk_full of the server's
/// disk; corrupt when a constraint says that what is written cannot be; internal. They name PostgreSQL's own code and
/// message, never a value. Threads: none.
class Connection {
public:
    /// Waits ten seconds at most. The tenant is set for all that follows, and so are the limits of waits and locks.
    static Result<std::unique_ptr<Connection>> open(const Address& address);
    /// One query.
    Result<Rows> run(Query query);
    /// Several in one journey, in their order; the first that fails ends it, and then its error is returned.
    Result<std::vector<Rows>> run_all(std::vector<Query> queries);
    /// Statements without values, one after the other. For schema.
    Status script(const std::string& sql);
    /// Whether another connection has notified this one since the last call. Asks nobody: it reads what has arrived.
    Result<bool> was_notified();
    /// Nothing more can be done with it.
    bool is_lost() const;

private:
    struct Finish {
        void operator()(pg_conn* connection) const noexcept;
    };
    explicit Connection(pg_conn* connection) : connection_(connection) {}
    Status send(const std::vector<Query>& queries, const std::vector<bool>& prepares);
    Status wait_for_answer();
    Result<pg_result*> next_result();
    Error failure(const pg_result* result);
    Error lose(const char* what);

    std::unique_ptr<pg_conn, Finish> connection_;
    std::set<std::string, std::less<>> prepared_;  // texts of queries
    enum class Line : std::uint8_t { works, lost } line_ = Line::works;
};

}  // namespace doorstep::server::postgres
