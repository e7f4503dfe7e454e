#include "bench/save_bench.hpp"

#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"

namespace doorstep::bench {
namespace {

constexpr std::size_t saves_between_maintenance = 500;
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
    double wall = 0, cpu = 0;

    template <class Work>
    Status time(Work&& work) {
        const double wall_before = wall_s(), cpu_before = cpu_s();
        const Status status = work();
        const double spent = wall_s() - wall_before;
        wall += spent;
        cpu += cpu_s() - cpu_before;
        last_ms = spent * 1000;
        return status;
    }
    SaveFigures::Side figures() {
        const double saves = static_cast<double>(ms.size());
        return {percentile(ms, 50), percentile(ms, 99), saves / wall, cpu / saves * 1e6};
    }
    double last_ms = 0;
};

}  // namespace

Result<SaveFigures> measure_saves(const std::vector<RecordEdit>& records, const std::string& folder,
                                  Durability durability) {
    const std::string name = durability == Durability::full ? "full" : "normal";
    DOORSTEP_TRY_ASSIGN(const auto phone, make_phone(options_for(folder + "/ours-" + name + ".db", durability),
                                                     records.front().home.area));
    DOORSTEP_TRY_ASSIGN(Floor floor, Floor::open(options_for(folder + "/floor-" + name + ".db", durability)));
    Ledger ours, theirs;
    SaveFigures out;
    out.durability = durability;
    out.saves = records.size();
    for (std::size_t i = 0; i < records.size(); ++i) {
        const Bytes body = packed_state(records[i]);
        out.body_bytes += body.size();
        RecordId saved;
        DOORSTEP_TRY(ours.time([&]() -> Status {
            DOORSTEP_TRY_ASSIGN(const auto ids, phone->save({records[i]}, fleet_first_ms + i));
            saved = ids.front();
            return ok();
        }));
        ours.ms.push_back(ours.last_ms);
        DOORSTEP_TRY(theirs.time([&] { return floor.save(saved, body); }));
        theirs.ms.push_back(theirs.last_ms);
        if ((i + 1) % saves_between_maintenance != 0) continue;
        DOORSTEP_TRY(ours.time([&] { return phone->maintain(); }));
        DOORSTEP_TRY(theirs.time([&] { return floor.maintain(); }));
    }
    out.body_bytes /= records.size();
    out.ours = ours.figures();
    out.floor = theirs.figures();
    return out;
}

}  // namespace doorstep::bench
