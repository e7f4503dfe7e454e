// doorstep-bench: prints each figure beside the floor measured in the same run, as JSON lines and as one table.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "bench/first_sync_bench.hpp"
#include "bench/growth_bench.hpp"
#include "bench/move_bench.hpp"
#include "bench/query_bench.hpp"
#include "bench/reconcile_bench.hpp"
#include "bench/save_bench.hpp"
#include "bench/small_sync_bench.hpp"
#include "bench/visit_records.hpp"

using namespace doorstep;
using namespace doorstep::bench;

namespace {

constexpr Area village{341'222'101'202, 0};

struct Options {
    std::string records, many, only, follow;
    std::size_t large = 1'000'000;
};

struct Bench {
    const char* name;
    std::string records;  ///< file
    std::function<Status(Context&)> run;
};

std::vector<Bench> benches(const Options& options) {
    const auto growth_to_large = [large = options.large](Context& context) { return growth(context, large); };
    return {{"first_sync", options.records, first_sync},  {"first_sync_many", options.many, first_sync},
            {"one_field", options.records, one_field},    {"unchanged", options.many, unchanged},
            {"open", options.many, open_store},           {"save", options.records, save},
            {"growth", options.records, growth_to_large}, {"queries", options.many, queries},
            {"reconcile", options.records, reconcile},    {"move", options.records, bench::move}};
}

Result<Context> read_context(const std::string& records, const std::string& folder, Report& report) {
    Context context;
    DOORSTEP_TRY_ASSIGN(context.records, read_visit_records(records, village));
    if (context.records.size() < 1000) return Error{Errc::invalid_argument, "the benchmarks need 1,000 records"};
    std::ifstream file(records);
    context.ndjson.assign(std::istreambuf_iterator<char>(file), {});
    context.folder = folder;
    context.report = &report;
    return context;
}

Status run(const Options& options, const std::string& folder) {
    if (!options.follow.empty()) return follow_answers(options.follow, folder, village);
    Report report;
    bool any = false;
    for (const Bench& bench : benches(options)) {
        if (!options.only.empty() && options.only != bench.name) continue;
        any = true;
        DOORSTEP_TRY_ASSIGN(Context context, read_context(bench.records, folder, report));
        DOORSTEP_TRY(bench.run(context));
        for (const auto& left : std::filesystem::directory_iterator(folder)) std::filesystem::remove_all(left);
    }
    if (!any) return Error{Errc::invalid_argument, "there is no benchmark of this name"};
    report.print_table();
    return ok();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Doorstep's benchmarks; ./dev bench runs them all"};
    Options options;
    app.add_option("--records", options.records, "NDJSON of visit-records.mjs: 10,000");
    app.add_option("--many", options.many, "the same: 100,000");
    app.add_option("--only", options.only,
                   "first_sync, first_sync_many, one_field, unchanged, open, save, growth, queries, reconcile or move");
    app.add_option("--large", options.large, "records of growth's large store")->check(CLI::Range(10'000, 10'000'000));
    app.add_option("--follow", options.follow, "be the phone alone that first_sync measures, fed with this file");
    CLI11_PARSE(app, argc, argv);
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("doorstep-bench-{}", ::getpid());
    std::filesystem::create_directories(folder);
    const Status status = run(options, folder.string());
    std::filesystem::remove_all(folder);
    if (status) return 0;
    fmt::print(stderr, "{}: {}\n", error_name(status.error().code), status.error().detail);
    return static_cast<int>(status.error().code);
}
