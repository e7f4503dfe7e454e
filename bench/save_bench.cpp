#include "bench/save_bench.hpp"

#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"

namespace doorstep::bench {
namespace {

constexpr std::size_t saves_between_maintenance = 500, saves_max = 10'000;

/// The floor's table and its one statement.
class Floor {
public:
    static Result<Floor> open(const DatabaseOptions& options) {
        DOORSTEP_TRY_ASSIGN(Database db, Database::open(options));
        DOORSTEP_TRY(db.execute("CREATE TABLE floor (id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"));
        return Floor(std::move(db));
    }
    Status save(const RecordId& id, BytesView body) {
        DOORSTEP_TRY_ASSIGN(Statement * insert, db_.statement("INSERT INTO floor (id, body) VALUES (?1, ?2)"));
        return insert->blob(1, id.view()).blob(2, body).run();  // one statement is one transaction
    }
    Status maintain() { return db_.checkpoint(); }

private:
    explicit Floor(Database db) : db_(std::move(db)) {}
    Database db_;
};

/// Time spent on one side.
struct Ledger {
    std::vector<double> ms;
    Spent total;

    template <class Work>
    Status time(Work&& work) {
        const double before = total.wall_s;
        const Status status = total.time(work);
        last_ms = (total.wall_s - before) * 1000;
        return status;
    }
    double last_ms = 0;
};

struct Sides {
    Ledger ours, floor;
};

Result<Sides> take_turns(const Context& context, Durability durability) {
    const std::vector<RecordEdit>& records = context.records;
    const std::string name = durability == Durability::full ? "full" : "normal";
    DOORSTEP_TRY_ASSIGN(const auto phone, make_phone(options_for(context.folder + "/ours-" + name + ".db", durability),
                                                     records.front().home.area));
    DOORSTEP_TRY_ASSIGN(Floor floor, Floor::open(options_for(context.folder + "/floor-" + name + ".db", durability)));
    Sides out;
    for (std::size_t i = 0; i < std::min(records.size(), saves_max); ++i) {
        const Bytes body = packed_state(records[i]);
        RecordId saved;
        DOORSTEP_TRY(out.ours.time([&]() -> Status {
            DOORSTEP_TRY_ASSIGN(const auto ids, phone->save({records[i]}, fleet_first_ms + i));
            saved = ids.front();
            return ok();
        }));
        out.ours.ms.push_back(out.ours.last_ms);
        DOORSTEP_TRY(out.floor.time([&] { return floor.save(saved, body); }));
        out.floor.ms.push_back(out.floor.last_ms);
        if ((i + 1) % saves_between_maintenance != 0) continue;
        DOORSTEP_TRY(out.ours.time([&] { return phone->maintain(); }));
        DOORSTEP_TRY(out.floor.time([&] { return floor.maintain(); }));
    }
    return out;
}

void report(Report& report, Sides sides, Durability durability) {
    const bool full = durability == Durability::full;
    const double saves = static_cast<double>(sides.ours.ms.size());
    Figure figure;
    figure.bench = "save";
    figure.floor_is = "one INSERT of the same packed row a transaction, same cipher and durability";
    figure.cpu_s = sides.ours.total.cpu_s;
    figure.cpu_ratio = sides.ours.total.cpu_s / sides.floor.total.cpu_s;
    figure.peak_mib = peak_mib();
    Figure p99 = figure, rate = figure;
    p99.what = full ? "save a visit, FULL, p99" : "save a visit, NORMAL, p99";
    p99.unit = "ms";
    p99.ours = percentile(sides.ours.ms, 99);
    p99.floor = percentile(sides.floor.ms, 99);
    p99.ratio = p99.ours / *p99.floor;
    if (full) p99.target = "<= 10 ms or <= 2 x floor";
    p99.met = !full || p99.ours <= 10 || p99.ratio <= 2;
    report.add(p99);
    rate.what = full ? "save visits, FULL" : "save visits, NORMAL";
    rate.unit = "saves/s";
    rate.ours = saves / sides.ours.total.wall_s;
    rate.floor = saves / sides.floor.total.wall_s;
    rate.ratio = *rate.floor / rate.ours;
    if (!full) rate.target = ">= 3,000/s";
    rate.met = full || rate.ours >= 3000;
    report.add(rate);
}

}  // namespace

Status save(Context& context) {
    for (const Durability durability : {Durability::full, Durability::normal}) {
        DOORSTEP_TRY_ASSIGN(Sides sides, take_turns(context, durability));
        report(*context.report, std::move(sides), durability);
    }
    return ok();
}

}  // namespace doorstep::bench
