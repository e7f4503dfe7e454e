#include "server/storage/postgres/erasures.hpp"

#include <algorithm>

#include "core/base/sha256.hpp"

namespace doorstep::server::postgres {
namespace {

/// Where each is sealed for: its own name, so that nobody puts one in another's place.
Bytes place(std::string_view tenant, BytesView id) { return place_of(std::string(tenant).append(id), "erasure", 0); }

}  // namespace

Status SharedErasures::put(Connection& connection, const std::vector<Bytes>& entries) {
    std::vector<Query> queries;
    for (const Bytes& entry : entries) {
        const Bytes id(sha256(entry).view());
        DOORSTEP_TRY_ASSIGN(const Bytes sealed, sealer_.seal(place(address_.tenant, id), entry));
        queries.push_back(
            {"INSERT INTO erasure (tenant, id, number, body) SELECT current_setting('doorstep.tenant'), "
             "$1, 1 + coalesce(max(number), 0), $2 FROM erasure WHERE tenant = "
             "current_setting('doorstep.tenant') ON CONFLICT DO NOTHING",
             {Parameter::bytes(id), Parameter::bytes(sealed)}});
    }
    if (queries.empty()) return ok();
    DOORSTEP_TRY(connection.run_all(std::move(queries)));
    return ok();
}

Result<std::vector<Bytes>> SharedErasures::read() {
    DOORSTEP_TRY_ASSIGN(const std::vector<Bytes> here, file_.read());
    DOORSTEP_TRY_ASSIGN(const std::unique_ptr<Connection> connection, Connection::open(address_));
    DOORSTEP_TRY_ASSIGN(const Rows rows, connection->run({"SELECT id, body FROM erasure WHERE tenant = "
                                                          "current_setting('doorstep.tenant') ORDER BY number, id"}));
    std::vector<Bytes> out = here, lacking;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        DOORSTEP_TRY_ASSIGN(Bytes entry, sealer_.open(place(address_.tenant, rows.bytes(row, 0)), rows.bytes(row, 1)));
        if (std::find(here.begin(), here.end(), entry) == here.end()) lacking.push_back(std::move(entry));
    }
    if (!lacking.empty()) DOORSTEP_TRY(file_.append(lacking));
    out.insert(out.end(), lacking.begin(), lacking.end());
    if (out.size() > rows.size()) DOORSTEP_TRY(put(*connection, out));
    return out;
}

Status SharedErasures::append(const std::vector<Bytes>& entries) {
    DOORSTEP_TRY(file_.append(entries));
    DOORSTEP_TRY_ASSIGN(const std::unique_ptr<Connection> connection, Connection::open(address_));
    return put(*connection, entries);
}

}  // namespace doorstep::server::postgres
