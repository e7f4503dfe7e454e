#include "bench/small_sync_bench.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"

namespace doorstep::bench {
namespace {

/// A synchronisation, counted.
struct Counted {
    std::size_t round_trips = 0, bytes = 0;
    Bytes last_request;
};

Result<Counted> sync(Phone& phone, Hub& hub, const Area& area) {
    Counted out;
    DOORSTEP_TRY_ASSIGN(const Bytes first, phone.begin_sync());
    for (std::optional<Bytes> request(first); request;) {
        DOORSTEP_TRY_ASSIGN(const Bytes answer, hub.exchange(grant_for(area), *request, fleet_first_ms));
        ++out.round_trips;
        out.bytes += request->size() + answer.size();
        out.last_request = std::move(*request);
        DOORSTEP_TRY_ASSIGN(request, phone.continue_sync(answer, fleet_first_ms));
    }
    return out;
}

struct Pair {
    std::unique_ptr<Hub> hub;
    std::unique_ptr<Phone> phone;
};

/// An office with the records and a phone that has them all.
Result<Pair> in_step(const Context& context, const std::vector<RecordEdit>& records, const Area& area) {
    Pair out;
    DOORSTEP_TRY_ASSIGN(out.hub, make_hub(options_for(context.folder + "/hub.db", Durability::normal), area));
    DOORSTEP_TRY(fill(*out.hub, area, fleet_commits(records)));
    DOORSTEP_TRY_ASSIGN(out.phone, make_phone(options_for(context.folder + "/phone.db", Durability::full), area));
    DOORSTEP_TRY(sync(*out.phone, *out.hub, area));
    return out;
}

/// The same records spread over the grids of their village: as many streams.
std::vector<RecordEdit> over_grids(std::vector<RecordEdit> records, std::uint32_t grids) {
    for (std::size_t i = 0; i < records.size(); ++i)
        records[i].home.area.grid = static_cast<std::uint32_t>(i % grids) + 1;
    return records;
}

/// The file as a phone that was killed now would leave it, its write-ahead log beside it.
void copy_as_killed(const std::string& from, const std::string& to) {
    constexpr auto over = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::remove(to + "-shm");
    std::filesystem::copy_file(from, to, over);
    std::filesystem::copy_file(from + "-wal", to + "-wal", over);
}

}  // namespace

Status one_field(Context& context) {
    const Area area = context.records.front().home.area;
    const std::vector<RecordEdit> few(context.records.begin(), context.records.begin() + 1000);
    DOORSTEP_TRY_ASSIGN(const Pair pair, in_step(context, few, area));
    DOORSTEP_TRY_ASSIGN(const auto rows, pair.phone->list(0, 1));
    constexpr std::uint32_t status_field = 65'536 + 3;
    DOORSTEP_TRY_ASSIGN(const Value value, Value::text("closed"));
    RecordEdit edit;
    edit.record = rows.front().record;
    edit.type = rows.front().type;
    edit.home = few.front().home;
    edit.fields = {{status_field, Kind::value, Op::Action::put, value, std::nullopt}};
    DOORSTEP_TRY(pair.phone->save({edit}, fleet_first_ms));
    Spent spent;
    const auto counted = spent.time([&] { return sync(*pair.phone, *pair.hub, area); });
    if (!counted) return counted.error();
    Figure figure{"one_field", fmt::format("one changed field, {} round trip(s)", counted.value().round_trips),
                  "bytes of bodies"};
    figure.ours = static_cast<double>(counted.value().bytes);
    figure.floor = static_cast<double>(RecordId::size + value.bytes().size());
    figure.floor_is = "the record's id and the value: no author, clock, chain, acknowledgement or checksum";
    figure.ratio = figure.ours / *figure.floor;
    figure.cpu_s = spent.cpu_s;
    figure.peak_mib = peak_mib();
    figure.target = "<= 200, one round trip";
    figure.met = counted.value().round_trips == 1 && figure.ours <= 200;
    context.report->add(figure);
    return ok();
}

Status unchanged(Context& context) {
    constexpr std::uint32_t grids = 50;
    constexpr int requests = 200;
    const Area area = context.records.front().home.area;
    DOORSTEP_TRY_ASSIGN(const Pair pair, in_step(context, over_grids(context.records, grids), area));
    DOORSTEP_TRY_ASSIGN(const Counted counted, sync(*pair.phone, *pair.hub, area));
    Spent spent;
    const Status done = spent.time([&]() -> Status {
        for (int i = 0; i < requests; ++i)
            DOORSTEP_TRY(pair.hub->exchange(grant_for(area), counted.last_request, fleet_first_ms));
        return ok();
    });
    DOORSTEP_TRY(done);
    const std::string size = fmt::format("{} records in {} streams", context.records.size(), grids);
    Figure bytes{"unchanged", fmt::format("nothing changed, {} round trip(s)", counted.round_trips), "bytes of bodies"};
    bytes.ours = static_cast<double>(counted.bytes);
    bytes.peak_mib = peak_mib();
    bytes.target = "<= 600, one round trip";
    bytes.met = counted.round_trips == 1 && bytes.ours <= 600;
    context.report->add(bytes);
    Figure cpu{"unchanged", "nothing changed, " + size, "server CPU-ms"};
    cpu.ours = spent.cpu_s / requests * 1000;
    cpu.cpu_s = spent.cpu_s;
    cpu.peak_mib = peak_mib();
    cpu.target = "<= 1 ms";
    cpu.met = cpu.ours <= 1;
    context.report->add(cpu);
    return ok();
}

Status open_store(Context& context) {
    const Area area = context.records.front().home.area;
    DOORSTEP_TRY_ASSIGN(const Pair pair, in_step(context, context.records, area));
    const DatabaseOptions options = options_for(context.folder + "/killed.db", Durability::full);
    const DatabaseOptions plain = options_for(context.folder + "/floor.db", Durability::full);
    {
        DOORSTEP_TRY_ASSIGN(Database db, Database::open(plain));
        DOORSTEP_TRY(db.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, body BLOB NOT NULL)"));
        DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db));
        for (const RecordEdit& edit : context.records) {
            const Bytes body = packed_state(edit);
            DOORSTEP_TRY_ASSIGN(Statement * insert, db.statement("INSERT INTO floor (body) VALUES (?1)"));
            DOORSTEP_TRY(insert->blob(1, body).run());
        }
        DOORSTEP_TRY(transaction.commit());
    }
    std::vector<Spent> ours(5), closing(5), floor(5);
    for (std::size_t i = 0; i < ours.size(); ++i) {
        copy_as_killed(context.folder + "/phone.db", options.path);
        std::unique_ptr<Phone> reopened;
        DOORSTEP_TRY(ours[i].time([&]() -> Status {
            DOORSTEP_TRY_ASSIGN(reopened, Phone::open(options, {}));
            return ok();
        }));
        DOORSTEP_TRY(closing[i].time([&]() -> Status {
            reopened.reset();  // the last one to close a file moves its log into it
            return ok();
        }));
        const auto last = floor[i].time([&]() -> Result<std::int64_t> {
            DOORSTEP_TRY_ASSIGN(Database db, Database::open(plain));
            return db.number("SELECT max(id) FROM floor");
        });
        DOORSTEP_TRY(last);
    }
    Figure figure{"open", fmt::format("open a store of {} records", context.records.size()), "ms"};
    figure.ours = median(ours).wall_s * 1000;
    figure.floor = median(floor).wall_s * 1000;
    figure.floor_is = "the same packed rows in one encrypted table, opened and asked for the last";
    figure.ratio = figure.ours / *figure.floor;
    figure.cpu_s = median(ours).cpu_s;
    figure.peak_mib = peak_mib();
    figure.target = "<= 50 ms";
    figure.met = figure.ours <= 50;
    context.report->add(figure);
    Figure close{"open", "close it again, its write-ahead log being moved into the file", "ms"};
    close.ours = median(closing).wall_s * 1000;
    close.cpu_s = median(closing).cpu_s;
    context.report->add(close);
    return ok();
}

}  // namespace doorstep::bench
