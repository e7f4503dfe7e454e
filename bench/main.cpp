// doorstep-bench: prints each figure beside the floor measured in the same run, as a table and as JSON lines.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "bench/first_sync_bench.hpp"
#include "bench/query_bench.hpp"
#include "bench/save_bench.hpp"
#include "bench/stopwatch.hpp"
#include "bench/visit_records.hpp"

using namespace doorstep;
using namespace doorstep::bench;

namespace {

constexpr std::uint64_t village = 341'222'101'202;

nlohmann::json to_json(const SaveFigures::Side& side) {
    return {{"p50_ms", side.p50_ms}, {"p99_ms", side.p99_ms}, {"per_s", side.per_s}, {"cpu_us", side.cpu_us}};
}

void print_row(const char* what, const SaveFigures::Side& side) {
    fmt::print("  {:<8} {:>9.3f} {:>9.3f} {:>10.0f} {:>9.1f}\n", what, side.p50_ms, side.p99_ms, side.per_s,
               side.cpu_us);
}

void print(const SaveFigures& figures) {
    const bool full = figures.durability == Durability::full;
    fmt::print("\nsave a visit, one a transaction, synchronous {}; {} saves, {} bytes packed\n",
               full ? "FULL" : "NORMAL", figures.saves, figures.body_bytes);
    fmt::print("  {:<8} {:>9} {:>9} {:>10} {:>9}\n", "", "p50 ms", "p99 ms", "saves/s", "CPU us");
    print_row("ours", figures.ours);
    print_row("floor", figures.floor);
    const double ratio = figures.ours.p99_ms / figures.floor.p99_ms;
    const bool met = full ? figures.ours.p99_ms <= 10 || ratio <= 2 : figures.ours.per_s >= 3000;
    fmt::print("  p99 ratio {:.2f}; target {}: {}\n", ratio, full ? "p99 <= 10 ms or <= 2 x floor" : ">= 3,000 saves/s",
               met ? "met" : "MISSED");
    fmt::print("{}\n", nlohmann::json{{"bench", full ? "save_full" : "save_normal"},
                                      {"saves", figures.saves},
                                      {"body_bytes", figures.body_bytes},
                                      {"ours", to_json(figures.ours)},
                                      {"floor", to_json(figures.floor)},
                                      {"p99_ratio", ratio},
                                      {"peak_mib", peak_mib()},
                                      {"met", met}}
                           .dump());
}

void print(const FirstSyncFigures& figures) {
    const auto n = static_cast<double>(figures.records);
    fmt::print("\nfirst sync of {} records, one commit each from 300 replicas; {} records a transaction\n",
               figures.records, figures.rows_a_transaction);
    fmt::print("  {:<8} {:>10} {:>12}\n", "", "records/s", "CPU us/rec");
    const auto row = [&](const char* what, const FirstSyncFigures::Side& side) {
        fmt::print("  {:<8} {:>10.0f} {:>12.1f}\n", what, n / side.wall_s, side.cpu_s / n * 1e6);
    };
    row("apply", figures.phone);
    row("serve", figures.hub);
    row("floor", figures.floor);
    const double ratio = figures.phone.wall_s / figures.floor.wall_s;
    const double wire = static_cast<double>(figures.gzip_bytes) / static_cast<double>(figures.json_gzip_bytes);
    fmt::print("  apply / floor {:.2f} (target <= 2.5, >= 30,000/s; 50,000/s with AES instructions)\n", ratio);
    fmt::print("  {} round trips, {:.1f} bytes a record raw, {:.1f} gzip; JSON gzip {:.1f}; ratio {:.3f} (target <= 0.85)\n",
               figures.round_trips, static_cast<double>(figures.raw_bytes) / n,
               static_cast<double>(figures.gzip_bytes) / n, static_cast<double>(figures.json_gzip_bytes) / n, wire);
    fmt::print("{}\n", nlohmann::json{{"bench", "first_sync"},
                                      {"records", figures.records},
                                      {"records_per_s", n / figures.phone.wall_s},
                                      {"floor_per_s", n / figures.floor.wall_s},
                                      {"ratio", ratio},
                                      {"wire_ratio", wire},
                                      {"peak_mib", peak_mib()}}
                           .dump());
}

Status run(const std::string& records_path, const std::string& folder, const std::string& only) {
    const auto wanted = [&](std::string_view name) { return only.empty() || only == name; };
    DOORSTEP_TRY_ASSIGN(const auto records, read_visit_records(records_path, Area{village, 0}));
    if (records.empty()) return Error{Errc::invalid_argument, "the file of benchmark records is empty"};
    std::ifstream file(records_path);
    const std::string ndjson{std::istreambuf_iterator<char>(file), {}};
    if (wanted("first_sync")) {
        DOORSTEP_TRY_ASSIGN(const FirstSyncFigures first, measure_first_sync(records, ndjson, folder));
        print(first);
    }
    if (wanted("queries")) {
        constexpr std::size_t count = 100'000;
        DOORSTEP_TRY_ASSIGN(const QueryFigures queries, measure_queries(records, count, folder));
        print(queries);
    }
    if (!wanted("save")) return ok();
    for (const Durability durability : {Durability::full, Durability::normal}) {
        DOORSTEP_TRY_ASSIGN(const SaveFigures figures, measure_saves(records, folder, durability));
        print(figures);
    }
    return ok();
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Doorstep's benchmarks; ./dev bench runs them all"};
    std::string records;
    app.add_option("--records", records, "NDJSON of visit-records.mjs")->required();
    std::string only;
    app.add_option("--only", only, "one of: first_sync, queries, save");
    CLI11_PARSE(app, argc, argv);
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("doorstep-bench-{}", ::getpid());
    std::filesystem::create_directories(folder);
    const Status status = run(records, folder.string(), only);
    std::filesystem::remove_all(folder);
    if (status) return 0;
    fmt::print(stderr, "{}: {}\n", error_name(status.error().code), status.error().detail);
    return static_cast<int>(status.error().code);
}
