// doorstep-bench-server: loads the real server from another process over TLS, and prints each figure beside the floor
// of the same run. `./dev bench server` runs it.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "bench/report.hpp"
#include "bench/server/bare_beast.hpp"
#include "bench/server/listeners.hpp"
#include "bench/server/load.hpp"
#include "bench/server/recorded_fleet.hpp"
#include "bench/server/server_process.hpp"
#include "bench/stopwatch.hpp"
#include "bench/visit_records.hpp"
#include "core/store/database.hpp"

using namespace doorstep;
using namespace doorstep::bench;

namespace {

namespace fs = std::filesystem;

struct Options {
    std::string server, records, only, bare;
    std::string postgres;  ///< where PostgreSQL is; "": the embedded storage
    std::size_t phones = 1000, sockets = 10'000, commits = 1'000'000, processes = 1;
};

struct Bench {
    const Options& options;
    std::vector<RecordEdit> records;
    fs::path folder;
    Report report;
};

/// A data folder as the server's first start would leave it, but for what that start makes by itself.
Status make_office(const fs::path& folder) {
    fs::create_directories(folder);
    std::ofstream key(folder / "storage.key", std::ios::binary);
    std::random_device random;
    for (int i = 0; i < 32; ++i) key.put(static_cast<char>(random()));
    return key ? ok() : Status(Error{Errc::disk_full, "the key was not written"});
}

Result<std::unique_ptr<ServerProcess>> serve(const Bench& bench, const fs::path& folder) {
    return ServerProcess::start({bench.options.server, "serve", "--port", "0", "--data", folder.string()});
}

/// The office's folder, and one for each further server that shares it. With PostgreSQL it has moved there.
Result<std::vector<fs::path>> prepare_folders(const Bench& bench, const char* name, const fs::path& folder) {
    std::vector<fs::path> out{folder};
    if (bench.options.postgres.empty()) return out;
    const std::string settings = fmt::format(
        "[storage]\nkind = \"postgres\"\npostgres_url = \"{}\"\npostgres_tenant = "
        "\"{} {}\"\n",
        bench.options.postgres, name, ::getpid());
    std::ofstream(folder / "doorstep.toml") << settings;
    DOORSTEP_TRY(run_program(
        {bench.options.server, "migrate", "--from", "sqlite", "--to", "postgres", "--data", folder.string()}));
    for (std::size_t n = 1; n < bench.options.processes; ++n) {
        out.push_back(folder.string() + fmt::format("-{}", n + 1));
        fs::create_directories(out.back());
        for (const char* file : {"storage.key", "doorstep.toml"}) fs::copy_file(folder / file, out.back() / file);
    }
    return out;
}

/// Servers that share an office must end with the same digest in every stream. Asked while they run.
Status check_same(const Bench& bench, const std::vector<fs::path>& folders) {
    if (folders.size() < 2) return ok();
    std::string first;
    for (const fs::path& folder : folders) {
        DOORSTEP_TRY_ASSIGN(const std::string heads,
                            run_program({bench.options.server, "verify", "--json", "--data", folder.string()}));
        if (!first.empty() && heads != first) return Error{Errc::corrupt, "two servers hold different records"};
        first = heads;
    }
    return ok();
}

std::string sync_head(const std::string& token) {
    return "POST /sync/v1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nAuthorization: "
           "Bearer " +
           token + "\r\n";
}

std::vector<Client> clients_of(const std::vector<RecordedPhone>& phones) {
    std::vector<Client> out;
    for (const RecordedPhone& phone : phones)
        out.push_back({sync_head(phone.token), phone.requests.size(),
                       [&phone](std::size_t n) { return std::string_view(phone.requests[n].body); },
                       [&phone](std::size_t n, int status, std::string_view body) {
                           const auto durable = status == 200 ? durable_in(body) : Result<std::uint64_t>(0);
                           return status == 200 && durable && durable.value() == phone.requests[n].durable_seq;
                       }});
    return out;
}

struct Measured {
    LoadResult load;
    double cpu_s = 0, resident_mib = 0;
};

Result<Measured> measure(ServerProcess& server, const std::vector<Client>& clients) {
    Measured out;
    double before = 0;
    DOORSTEP_TRY_ASSIGN(out.load, run_load(server.port(), clients, [&] { before = server.cpu_s(); }));
    out.cpu_s = server.cpu_s() - before;
    out.resident_mib = server.resident_mib();
    if (out.load.wrong > 0) return Error{Errc::internal, fmt::format("{} answers were wrong", out.load.wrong)};
    return out;
}

/// Several servers at once, each with its share of the clients.
Result<Measured> measure_all(const std::vector<std::unique_ptr<ServerProcess>>& servers,
                             const std::vector<Client>& clients) {
    std::vector<std::optional<Result<Measured>>> measured(servers.size());
    std::vector<std::thread> threads;
    for (std::size_t n = 0; n < servers.size(); ++n)
        threads.emplace_back([&, n] {
            std::vector<Client> share;
            for (std::size_t i = n; i < clients.size(); i += servers.size()) share.push_back(clients[i]);
            measured[n].emplace(measure(*servers[n], share));
        });
    for (std::thread& thread : threads) thread.join();
    Measured out;
    for (std::optional<Result<Measured>>& one : measured) {
        DOORSTEP_TRY_ASSIGN(const Measured part, std::move(*one));
        out.load.wall_s = std::max(out.load.wall_s, part.load.wall_s);
        out.load.latencies_ms.insert(out.load.latencies_ms.end(), part.load.latencies_ms.begin(),
                                     part.load.latencies_ms.end());
        out.cpu_s += part.cpu_s;
        out.resident_mib += part.resident_mib;
    }
    return out;
}

/// Rows of the same bytes, one INSERT a row, in transactions of as many.
Result<double> raw_rows_per_s(const std::string& path, const std::vector<RecordedPhone>& phones,
                              std::size_t rows_a_commit) {
    DatabaseOptions options;
    options.path = path;
    options.mode = OpenMode::create;
    DOORSTEP_TRY_ASSIGN(Database db, Database::open(options));
    DOORSTEP_TRY(db.execute("CREATE TABLE floor (id INTEGER PRIMARY KEY, body BLOB NOT NULL)"));
    std::int64_t id = 0;
    const double begun = wall_s();
    std::optional<Transaction> transaction;
    for (const RecordedPhone& phone : phones)
        for (const RecordedPhone::Request& request : phone.requests) {
            if (!transaction) {
                DOORSTEP_TRY_ASSIGN(Transaction fresh, Transaction::begin(db));
                transaction.emplace(std::move(fresh));
            }
            DOORSTEP_TRY_ASSIGN(Statement * insert, db.statement("INSERT INTO floor (id, body) VALUES (?1, ?2)"));
            DOORSTEP_TRY(insert->integer(1, ++id).blob(2, request.body).run());
            if (static_cast<std::size_t>(id) % rows_a_commit != 0) continue;
            DOORSTEP_TRY(transaction->commit());
            transaction.reset();
        }
    if (transaction) DOORSTEP_TRY(transaction->commit());
    return static_cast<double>(id) / (wall_s() - begun);
}

/// All phones push again and again, each waiting for its answer, `records_a_round` visits at a time.
Status pushes(Bench& bench, const char* name, const FleetPlan& plan) {
    const fs::path folder = bench.folder / name;
    DOORSTEP_TRY(make_office(folder));
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordedPhone> phones, record_fleet(folder.string(), plan, bench.records));
    DOORSTEP_TRY_ASSIGN(const std::vector<fs::path> folders, prepare_folders(bench, name, folder));
    std::vector<std::unique_ptr<ServerProcess>> servers;
    for (const fs::path& each : folders) {
        // Made by the first at its start; the county knows that there is one.
        if (!servers.empty()) fs::copy_file(folders.front() / "seal.key", each / "seal.key");
        DOORSTEP_TRY_ASSIGN(auto server, serve(bench, each));
        servers.push_back(std::move(server));
    }
    DOORSTEP_TRY_ASSIGN(Measured measured, measure_all(servers, clients_of(phones)));
    DOORSTEP_TRY(check_same(bench, folders));
    const bool shared = !bench.options.postgres.empty();
    const double records = static_cast<double>(plan.phones * plan.rounds * plan.records_a_round);
    const double per_s = records / measured.load.wall_s;
    const double p50 = percentile(measured.load.latencies_ms, 50), p99 = percentile(measured.load.latencies_ms, 99);

    Figure rate{name};
    rate.cpu_s = measured.cpu_s;
    rate.peak_mib = measured.resident_mib;
    if (plan.records_a_round == 1) {
        rate.what = fmt::format("single pushes of {} phones at once", plan.phones);
        rate.unit = "records/s";
        rate.ours = per_s;
        rate.target = shared ? ">= 3,000/s, p99 <= 250 ms" : ">= 5,000/s, p99 <= 250 ms";
        rate.met = per_s >= (shared ? 3000 : 5000) && p99 <= 250;
    } else {
        std::size_t ops = 0;
        for (const RecordEdit& record : bench.records) ops += record.fields.size();
        const double ops_a_record = static_cast<double>(ops) / static_cast<double>(bench.records.size());
        rate.what = fmt::format("{} phones, {} visits a push", plan.phones, plan.records_a_round);
        rate.unit = "field ops/s";
        rate.ours = per_s * ops_a_record;
        const double ops_min = shared ? 60'000 : 200'000;
        rate.target = plan.rounds == 1 ? "<= 60 s, no error" : fmt::format(">= {:.0f} field ops/s", ops_min);
        rate.met = plan.rounds == 1 ? measured.load.wall_s <= 60 : rate.ours >= ops_min;
    }
    constexpr std::size_t rows_a_commit = 128;  // as many requests as go together at most
    DOORSTEP_TRY_ASSIGN(const double raw, raw_rows_per_s((folder / "floor.db").string(), phones, rows_a_commit));
    rate.floor = raw * rate.ours / per_s * static_cast<double>(plan.records_a_round);
    rate.floor_is = "one INSERT a request of the same bytes into one encrypted table, 128 a transaction, no network";
    rate.ratio = *rate.floor / rate.ours;
    bench.report.add(rate);

    Figure cpu{name, rate.what + ": server CPU", "us a record"};
    cpu.ours = measured.cpu_s / records * 1e6;
    cpu.cpu_s = measured.cpu_s;
    bench.report.add(cpu);
    Figure wall{name, rate.what + ": all of it", "s"};
    wall.ours = measured.load.wall_s;
    bench.report.add(wall);
    Figure middle{name, rate.what + ": p50", "ms"};
    middle.ours = p50;
    bench.report.add(middle);
    Figure tail{name, rate.what + ": p99", "ms"};
    tail.ours = p99;
    bench.report.add(tail);
    return ok();
}

Status ingest(Bench& bench) { return pushes(bench, "ingest", {bench.options.phones, 20, 1}); }
Status batched(Bench& bench) { return pushes(bench, "batched", {100, 10, 50}); }
Status half_past_five(Bench& bench) { return pushes(bench, "evening", {bench.options.phones, 1, 50}); }

/// CPU microseconds that one small GET costs a server, connections kept.
Result<double> cpu_us_of_get(ServerProcess& server, const std::string& path) {
    constexpr std::size_t connections = 50, requests = 400;
    std::vector<Client> clients;
    for (std::size_t i = 0; i < connections; ++i)
        clients.push_back({"GET " + path + " HTTP/1.1\r\nHost: localhost\r\n", requests,
                           [](std::size_t) { return std::string_view(); },
                           [](std::size_t, int status, std::string_view) { return status == 200; }});
    DOORSTEP_TRY_ASSIGN(const Measured measured, measure(server, clients));
    return measured.cpu_s / static_cast<double>(connections * requests) * 1e6;
}

Status small_get(Bench& bench) {
    const fs::path folder = bench.folder / "get";
    DOORSTEP_TRY(make_office(folder));
    DOORSTEP_TRY_ASSIGN(const auto ours, serve(bench, folder));
    DOORSTEP_TRY_ASSIGN(const auto bare,
                        ServerProcess::start({fs::read_symlink("/proc/self/exe").string(), "--bare", folder.string()}));
    std::vector<double> ours_us, bare_us;
    for (int round = 0; round < 5; ++round) {  // taking turns, so that a noisy moment meets both
        DOORSTEP_TRY_ASSIGN(const double here, cpu_us_of_get(*ours, "/healthz"));
        DOORSTEP_TRY_ASSIGN(const double there, cpu_us_of_get(*bare, "/"));
        ours_us.push_back(here);
        bare_us.push_back(there);
    }
    Figure figure{"get", "a small GET over TLS, connection kept: server CPU", "us"};
    figure.ours = percentile(ours_us, 50);
    figure.floor = percentile(bare_us, 50);
    figure.floor_is = "Beast answering a fixed body over TLS, one thread";
    figure.ratio = figure.ours / *figure.floor;
    figure.target = "<= 1.4 x floor";
    figure.met = figure.ratio <= 1.4;
    bench.report.add(figure);
    return ok();
}

/// Phones that wait, each on a socket of its own, and one push that concerns all of them.
Status idle(Bench& bench) {
    const fs::path folder = bench.folder / "idle";
    DOORSTEP_TRY(make_office(folder));
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordedPhone> phones,
                        record_fleet(folder.string(), {1, 2, 1}, bench.records));
    DOORSTEP_TRY_ASSIGN(const std::vector<std::string> tokens, enrol_listeners(folder.string(), bench.options.sockets));
    DOORSTEP_TRY_ASSIGN(const auto server, serve(bench, folder));
    DOORSTEP_TRY_ASSIGN(Listeners listeners, Listeners::open(server->port(), tokens));
    Figure memory{"idle", fmt::format("{} phones that wait to be woken: the server's memory", tokens.size()), "MiB"};
    memory.ours = memory.peak_mib = server->resident_mib();
    memory.target = "<= 1,024 MiB";
    memory.met = memory.ours <= 1024;
    bench.report.add(memory);

    constexpr double patience_s = 60;
    const auto push = [&]() -> Status {
        DOORSTEP_TRY(run_load(server->port(), clients_of(phones), [] {}));
        return ok();
    };
    DOORSTEP_TRY_ASSIGN(const double took_s, listeners.wake(push, patience_s));
    Figure wake{"idle", "from a push's begin until all of them are woken", "s"};
    wake.ours = took_s;
    wake.target = "<= 5 s";
    wake.met = took_s <= 5;
    bench.report.add(wake);
    return ok();
}

/// A server that was killed after a phone had pushed to it starts again.
Status restart(Bench& bench) {
    const fs::path folder = bench.folder / "restart";
    DOORSTEP_TRY(make_office(folder));
    DOORSTEP_TRY(fill_office(folder.string(), bench.options.commits, bench.records));
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordedPhone> phones,
                        record_fleet(folder.string(), {1, 20, 50}, bench.records));
    DOORSTEP_TRY_ASSIGN(auto server, serve(bench, folder));
    DOORSTEP_TRY(measure(*server, clients_of(phones)));
    server->kill();  // what was acknowledged last lies in the write-ahead log alone
    const double begun = wall_s();
    DOORSTEP_TRY_ASSIGN(server, serve(bench, folder));
    const Client ready{"GET /readyz HTTP/1.1\r\nHost: localhost\r\n", 1, [](std::size_t) { return std::string_view(); },
                       [](std::size_t, int status, std::string_view) { return status == 200; }};
    DOORSTEP_TRY_ASSIGN(const LoadResult asked, run_load(server->port(), {ready}, [] {}));
    Figure figure{"restart",
                  fmt::format("start after SIGKILL with {} commits, until it is ready", bench.options.commits), "s"};
    figure.ours = wall_s() - begun;
    figure.peak_mib = server->resident_mib();
    figure.target = "<= 3 s";
    figure.met = asked.wrong == 0 && figure.ours <= 3;
    bench.report.add(figure);
    return ok();
}

Status run(Bench& bench) {
    const std::pair<const char*, Status (*)(Bench&)> benches[] = {
        {"ingest", ingest}, {"batched", batched}, {"evening", half_past_five},
        {"get", small_get}, {"idle", idle},       {"restart", restart}};
    bool any = false;
    for (const auto& [name, measure_it] : benches) {
        if (!bench.options.only.empty() && bench.options.only != name) continue;
        any = true;
        DOORSTEP_TRY(measure_it(bench));
        for (const auto& left : fs::directory_iterator(bench.folder)) fs::remove_all(left);
    }
    if (!any) return Error{Errc::invalid_argument, "there is no benchmark of this name"};
    bench.report.print_table();
    return ok();
}

/// A thousand phones are a thousand files and a thousand connections at once.
void allow_many_files() {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

Status start(const Options& options) {
    if (!options.bare.empty())
        return serve_bare(options.bare + "/server.pem", options.bare + "/server.key", R"({"ok":true})");
    const fs::path folder = fs::temp_directory_path() / fmt::format("doorstep-bench-server-{}", ::getpid());
    fs::create_directories(folder);
    Bench bench{options, {}, folder, {}};
    constexpr Area anywhere{341'222'101'202, 0};
    DOORSTEP_TRY_ASSIGN(bench.records, read_visit_records(options.records, anywhere));
    const Status done = run(bench);
    fs::remove_all(folder);
    return done;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Doorstep's server under load; ./dev bench server runs it"};
    Options options;
    app.add_option("--server", options.server, "the server's program");
    app.add_option("--records", options.records, "NDJSON of visit-records.mjs");
    app.add_option("--only", options.only, "ingest, batched, evening, get, idle or restart");
    app.add_option("--phones", options.phones, "how many at once")->check(CLI::Range(1, 1000));
    app.add_option("--sockets", options.sockets, "how many wait in idle")->check(CLI::Range(1, 100'000));
    app.add_option("--commits", options.commits, "how many restart has")->check(CLI::Range(50'000, 100'000'000));
    app.add_option("--postgres", options.postgres, "address of a PostgreSQL to keep the offices in");
    app.add_option("--processes", options.processes, "servers that share one office")->check(CLI::Range(1, 2));
    app.add_option("--bare", options.bare, "be the floor of get, with the certificate of this folder");
    CLI11_PARSE(app, argc, argv);
    allow_many_files();
    const Status status = start(options);
    if (status) return 0;
    fmt::print(stderr, "{}: {}\n", error_name(status.error().code), status.error().detail);
    return static_cast<int>(status.error().code);
}
