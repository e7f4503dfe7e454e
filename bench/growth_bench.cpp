#include "bench/growth_bench.hpp"

#include <fmt/format.h>

#include "bench/counting_vfs.hpp"
#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"
#include "core/engine/admission.hpp"

namespace doorstep::bench {
namespace {

constexpr std::size_t small = 10'000, changes = 1000, commits_a_transaction = 5000;
constexpr std::uint32_t status_field = 65'536 + 3;

struct Made {
    Dot by;
    RecordId record;
    std::size_t edit = 0;  ///< of the context's records
};

/// A phone's store that is fed commits as apply does it.
class Fed {
public:
    static Result<Fed> open(const std::string& path) {
        DatabaseOptions options = options_for(path, Durability::full);
        options.vfs = counting_vfs();
        DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
        return Fed(std::move(store));
    }
    Status take(const std::vector<Commit>& commits, const Stream& stream) {
        DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
        Admission admission(store_);
        for (const Commit& commit : commits) {
            const Hash hash = commit.header.hash();
            DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(commit));
            DOORSTEP_TRY_ASSIGN(const Admission::Outcome outcome, admission.admit(commit, hash, parts));
            DOORSTEP_TRY(admission.place(stream, outcome.no, hash));
        }
        DOORSTEP_TRY(admission.finish());
        return transaction.commit();
    }
    Status checkpoint() { return store_.database().checkpoint(); }

private:
    explicit Fed(Store store) : store_(std::move(store)) {}
    Store store_;
};

struct Cost {
    Spent spent;
    Pages pages;
};

Result<Cost> measure(const std::string& path, const std::vector<Commit>& commits, const Stream& stream) {
    DOORSTEP_TRY_ASSIGN(Fed store, Fed::open(path));
    const Pages before = pages();
    Cost cost;
    const Status done = cost.spent.time([&]() -> Status {
        DOORSTEP_TRY(store.take(commits, stream));
        return store.checkpoint();
    });
    DOORSTEP_TRY(done);
    cost.pages = {pages().read - before.read, pages().written - before.written};
    return cost;
}

struct Costs {
    Cost fresh, edits;
};

Result<Costs> measure_at(const Context& context, std::size_t records) {
    const std::string path = context.folder + "/" + std::to_string(records) + ".db";
    const Stream stream = context.records.front().home;
    Fleet fleet;
    std::vector<Made> made;  // every so many-th, spread over the whole store
    {
        DOORSTEP_TRY_ASSIGN(Fed store, Fed::open(path));
        for (std::size_t i = 0; i < records;) {
            std::vector<Commit> batch;
            for (; batch.size() < commits_a_transaction && i < records; ++i) {
                batch.push_back(fleet.make(context.records[i % context.records.size()]));
                if (i % (records / changes) != 0) continue;
                DOORSTEP_TRY_ASSIGN(const Part part, Part::unpack(batch.back().parts.front()));
                made.push_back({batch.back().header.dot, part.records.front().record, i % context.records.size()});
            }
            DOORSTEP_TRY(store.take(batch, stream));
        }
        DOORSTEP_TRY(store.checkpoint());
    }
    std::vector<Commit> fresh, edits;
    for (std::size_t i = 0; i < changes; ++i) fresh.push_back(fleet.make(context.records[i]));
    DOORSTEP_TRY_ASSIGN(const Value value, Value::text("closed"));
    const FieldEdit field{status_field, Kind::value, Op::Action::put, value, std::nullopt};
    for (const Made& record : made)
        edits.push_back(fleet.change(record.by, record.record, context.records[record.edit], field));
    Costs out;
    DOORSTEP_TRY_ASSIGN(out.fresh, measure(path, fresh, stream));
    DOORSTEP_TRY_ASSIGN(out.edits, measure(path, edits, stream));
    return out;
}

void report(Report& report, const char* what, const Cost& at_large, const Cost& at_small, std::size_t large) {
    Figure figure;
    figure.bench = "growth";
    figure.what = fmt::format("{} {} into {}", changes, what, large);
    figure.floor_is = fmt::format("the same into {}", small);
    figure.cpu_s = at_large.spent.cpu_s;
    figure.peak_mib = peak_mib();
    Figure cpu = figure, counted = figure;
    cpu.unit = "CPU-ms";
    cpu.ours = at_large.spent.cpu_s * 1000;
    cpu.floor = at_small.spent.cpu_s * 1000;
    cpu.ratio = cpu.ours / *cpu.floor;
    cpu.target = "<= 1.5 x";
    cpu.met = cpu.ratio <= 1.5;
    report.add(cpu);
    counted.unit = "pages read and written";
    counted.ours = static_cast<double>(at_large.pages.read + at_large.pages.written);
    counted.floor = static_cast<double>(at_small.pages.read + at_small.pages.written);
    counted.ratio = counted.ours / *counted.floor;
    counted.target = "<= 2 x";
    counted.met = counted.ratio <= 2;
    report.add(counted);
}

}  // namespace

Status growth(Context& context, std::size_t large) {
    DOORSTEP_TRY_ASSIGN(const Costs at_small, measure_at(context, small));
    DOORSTEP_TRY_ASSIGN(const Costs at_large, measure_at(context, large));
    report(*context.report, "new visits", at_large.fresh, at_small.fresh, large);
    report(*context.report, "edits all over", at_large.edits, at_small.edits, large);
    return ok();
}

}  // namespace doorstep::bench
