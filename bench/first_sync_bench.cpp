#include "bench/first_sync_bench.hpp"

#include <zlib.h>

#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"

namespace doorstep::bench {
namespace {

std::size_t gzip_bytes(BytesView raw) {
    Bytes out(compressBound(static_cast<uLong>(raw.size())), '\0');
    auto size = static_cast<uLongf>(out.size());
    compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
              static_cast<uLong>(raw.size()), 6);
    return size + 12;  // a gzip member's head and tail are 12 bytes longer than zlib's
}

Bytes json_array(const std::string& ndjson) {
    Bytes out = "[" + ndjson;
    for (char& c : out)
        if (c == '\n') c = ',';
    out.back() = ']';
    return out;
}

template <class Work>
Status time(FirstSyncFigures::Side& side, Work&& work) {
    const double wall = wall_s(), cpu = cpu_s();
    const Status status = work();
    side.wall_s += wall_s() - wall;
    side.cpu_s += cpu_s() - cpu;
    return status;
}

Status sync(Phone& phone, Hub& hub, const Area& area, FirstSyncFigures& out) {
    std::optional<Bytes> request;
    DOORSTEP_TRY(time(out.phone, [&]() -> Status {
        DOORSTEP_TRY_ASSIGN(request, phone.begin_sync());
        return ok();
    }));
    while (request) {
        Bytes answer;
        DOORSTEP_TRY(time(out.hub, [&]() -> Status {
            DOORSTEP_TRY_ASSIGN(answer, hub.exchange(grant_for(area), *request, fleet_first_ms));
            return ok();
        }));
        out.raw_bytes += request->size() + answer.size();
        out.gzip_bytes += request->size() + gzip_bytes(answer);
        ++out.round_trips;
        DOORSTEP_TRY(time(out.phone, [&]() -> Status {
            DOORSTEP_TRY_ASSIGN(request, phone.continue_sync(answer, fleet_first_ms));
            return ok();
        }));
    }
    return ok();
}

Status run_floor(const std::vector<RecordEdit>& records, const std::vector<Commit>& commits, const std::string& path,
                 FirstSyncFigures& out) {
    std::vector<Bytes> bodies;
    std::vector<RecordId> ids;
    for (std::size_t i = 0; i < records.size(); ++i) {
        bodies.push_back(packed_state(records[i]));
        DOORSTEP_TRY_ASSIGN(const Part part, Part::unpack(commits[i].parts.front()));
        ids.push_back(part.records.front().record);
    }
    DOORSTEP_TRY_ASSIGN(Database db, Database::open(options_for(path, Durability::full)));
    DOORSTEP_TRY(db.execute("CREATE TABLE floor (id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"));
    return time(out.floor, [&]() -> Status {
        for (std::size_t i = 0; i < bodies.size();) {
            DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db));
            for (std::size_t n = 0; n < out.rows_a_transaction && i < bodies.size(); ++n, ++i) {
                DOORSTEP_TRY_ASSIGN(Statement * insert, db.statement("INSERT INTO floor (id, body) VALUES (?1, ?2)"));
                DOORSTEP_TRY(insert->blob(1, ids[i].view()).blob(2, bodies[i]).run());
            }
            DOORSTEP_TRY(transaction.commit());
        }
        return ok();
    });
}

}  // namespace

Result<FirstSyncFigures> measure_first_sync(const std::vector<RecordEdit>& records, const std::string& ndjson,
                                            const std::string& folder) {
    FirstSyncFigures out;
    out.records = records.size();
    const Area area = records.front().home.area;
    const std::vector<Commit> commits = fleet_commits(records);
    out.json_gzip_bytes = gzip_bytes(json_array(ndjson));
    DOORSTEP_TRY_ASSIGN(const auto hub, make_hub(options_for(folder + "/first-hub.db", Durability::normal), area));
    DOORSTEP_TRY(fill(*hub, area, commits));
    DOORSTEP_TRY_ASSIGN(const auto phone, make_phone(options_for(folder + "/first-phone.db", Durability::full), area));
    DOORSTEP_TRY(sync(*phone, *hub, area, out));
    DOORSTEP_TRY_ASSIGN(const auto rows, phone->list(0, 1));
    if (rows.empty()) return Error{Errc::internal, "the phone received nothing"};
    out.rows_a_transaction = records.size() / std::max<std::size_t>(1, out.round_trips - 1);
    DOORSTEP_TRY(run_floor(records, commits, folder + "/first-floor.db", out));
    return out;
}

}  // namespace doorstep::bench
