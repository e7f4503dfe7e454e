#include "bench/first_sync_bench.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"

namespace doorstep::bench {
namespace {

constexpr std::size_t rounds = 3;

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

/// What one phone and the office said to each other, and what it cost.
struct Dialogue {
    Spent phone, hub;
    std::vector<Bytes> answers;
    std::size_t request_bytes = 0;

    std::size_t raw_bytes() const {
        std::size_t bytes = request_bytes;
        for (const Bytes& answer : answers) bytes += answer.size();
        return bytes;
    }
};

Result<Dialogue> sync(Phone& phone, Hub& hub, const Area& area) {
    Dialogue out;
    std::optional<Bytes> request;
    DOORSTEP_TRY(out.phone.time([&]() -> Status {
        DOORSTEP_TRY_ASSIGN(request, phone.begin_sync());
        return ok();
    }));
    while (request) {
        Bytes answer;
        DOORSTEP_TRY(out.hub.time([&]() -> Status {
            DOORSTEP_TRY_ASSIGN(answer, hub.exchange(grant_for(area), *request, fleet_first_ms));
            return ok();
        }));
        out.request_bytes += request->size();
        DOORSTEP_TRY(out.phone.time([&]() -> Status {
            DOORSTEP_TRY_ASSIGN(request, phone.continue_sync(answer, fleet_first_ms));
            return ok();
        }));
        out.answers.push_back(std::move(answer));
    }
    return out;
}

struct FloorRow {
    RecordId id;
    Bytes body;
};

Result<std::vector<FloorRow>> floor_rows(const std::vector<RecordEdit>& records, const std::vector<Commit>& commits) {
    std::vector<FloorRow> out;
    for (std::size_t i = 0; i < records.size(); ++i) {
        DOORSTEP_TRY_ASSIGN(const Part part, Part::unpack(commits[i].parts.front()));
        out.push_back({part.records.front().record, packed_state(records[i])});
    }
    return out;
}

Result<Spent> run_floor(const std::vector<FloorRow>& rows, const std::string& path, std::size_t rows_a_transaction) {
    DOORSTEP_TRY_ASSIGN(Database db, Database::open(options_for(path, Durability::full)));
    DOORSTEP_TRY(db.execute("CREATE TABLE floor (id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"));
    Spent spent;
    const Status done = spent.time([&]() -> Status {
        for (std::size_t i = 0; i < rows.size();) {
            DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db));
            for (std::size_t n = 0; n < rows_a_transaction && i < rows.size(); ++n, ++i) {
                DOORSTEP_TRY_ASSIGN(Statement * insert, db.statement("INSERT INTO floor (id, body) VALUES (?1, ?2)"));
                DOORSTEP_TRY(insert->blob(1, rows[i].id.view()).blob(2, rows[i].body).run());
            }
            DOORSTEP_TRY(transaction.commit());
        }
        return ok();
    });
    DOORSTEP_TRY(done);
    return spent;
}

void write_answers(const std::vector<Bytes>& answers, const std::string& path) {
    std::ofstream file(path, std::ios::binary);
    for (const Bytes& answer : answers) {
        Bytes size;
        Writer(size).u64(answer.size());
        file << size << answer;
    }
}

/// Peak of the process that follows the answers, in MiB; what it had before it began is in `before`.
Result<double> peak_of_follower(const std::string& answers, double& before) {
    const std::string command =
        fmt::format("{} --follow {}", std::filesystem::read_symlink("/proc/self/exe").string(), answers);
    std::FILE* pipe = ::popen(command.c_str(), "r");
    unsigned long before_kib = 0, peak_kib = 0;
    const bool read = pipe && std::fscanf(pipe, "%lu %lu", &before_kib, &peak_kib) == 2;
    const bool ended = pipe && ::pclose(pipe) == 0;
    if (!read || !ended) return Error{Errc::internal, "the process of the phone alone did not end well"};
    before = static_cast<double>(before_kib) / 1024;
    return static_cast<double>(peak_kib) / 1024;
}

struct Rounds {
    std::vector<Spent> phone, hub, floor;
    Dialogue last;
    std::size_t rows_a_transaction = 0;
};

Result<Rounds> take_turns(const Context& context, Hub& hub, const Area& area, const std::vector<FloorRow>& rows) {
    Rounds out;
    for (std::size_t round = 0; round < rounds; ++round) {
        const std::string name = context.folder + "/" + std::to_string(round);
        DOORSTEP_TRY_ASSIGN(const auto phone, make_phone(options_for(name + "-phone.db", Durability::full), area));
        DOORSTEP_TRY_ASSIGN(out.last, sync(*phone, hub, area));
        out.phone.push_back(out.last.phone);
        out.hub.push_back(out.last.hub);
        out.rows_a_transaction = rows.size() / std::max<std::size_t>(1, out.last.answers.size() - 1);
        DOORSTEP_TRY_ASSIGN(const Spent floor, run_floor(rows, name + "-floor.db", out.rows_a_transaction));
        out.floor.push_back(floor);
        if (round > 0) continue;
        DOORSTEP_TRY_ASSIGN(const Verification found, phone->verify());
        if (found.records != rows.size()) return Error{Errc::internal, "the phone did not receive every record"};
    }
    return out;
}

void report_apply(Report& report, const Rounds& rounds_run, std::size_t records) {
    const Spent ours = median(rounds_run.phone), floor = median(rounds_run.floor);
    const double n = static_cast<double>(records);
    Figure figure{"first_sync",
                  fmt::format("apply {} visits, {} a transaction", records, rounds_run.rows_a_transaction),
                  "records/s"};
    figure.ours = n / ours.wall_s;
    figure.floor = n / floor.wall_s;
    figure.floor_is =
        "INSERT of one packed row a record, time-ordered key, WITHOUT ROWID, same transactions and cipher";
    figure.ratio = ours.wall_s / floor.wall_s;
    figure.cpu_s = ours.cpu_s;
    figure.cpu_ratio = ours.cpu_s / floor.cpu_s;
    figure.peak_mib = peak_mib();
    figure.target = ">= 50,000/s and <= 2.5 x floor";
    figure.met = figure.ours >= 50'000 && figure.ratio <= 2.5;
    report.add(figure);
}

void report_wire(Report& report, const Rounds& rounds_run, const Context& context) {
    const double n = static_cast<double>(context.records.size());
    std::size_t bytes = rounds_run.last.request_bytes;
    for (const Bytes& answer : rounds_run.last.answers) bytes += gzip_bytes(answer);
    Figure figure{"first_sync", fmt::format("the wire, {} round trips", rounds_run.last.answers.size()),
                  "gzip bytes a record"};
    figure.ours = static_cast<double>(bytes) / n;
    figure.floor = static_cast<double>(gzip_bytes(json_array(context.ndjson))) / n;
    figure.floor_is = "gzip -6 of the same records as one JSON array";
    figure.ratio = figure.ours / *figure.floor;
    figure.peak_mib = peak_mib();
    figure.target = "<= 0.85 x floor";
    figure.met = figure.ratio <= 0.85;
    report.add(figure);
    Figure raw{"first_sync", "the wire before compression", "bytes a record"};
    raw.ours = static_cast<double>(rounds_run.last.raw_bytes()) / n;
    report.add(raw);
}

/// The plainest thing that could carry the same bytes: received, written into one file, synced.
Result<Spent> write_raw(const Dialogue& dialogue, const std::string& path) {
    Spent spent;
    DOORSTEP_TRY(spent.time([&]() -> Status {
        std::FILE* file = std::fopen(path.c_str(), "wb");
        if (!file) return Error{Errc::io, "cannot write the floor's file"};
        for (const Bytes& answer : dialogue.answers) std::fwrite(answer.data(), 1, answer.size(), file);
        std::fflush(file);
        ::fsync(::fileno(file));
        std::fclose(file);
        return ok();
    }));
    return spent;
}

Status report_whole(Report& report, const Rounds& rounds_run, const Context& context) {
    const Spent phone = median(rounds_run.phone), hub = median(rounds_run.hub);
    DOORSTEP_TRY_ASSIGN(const Spent raw, write_raw(rounds_run.last, context.folder + "/raw"));
    const double thousands = static_cast<double>(context.records.size()) / 1000;
    Figure figure{"first_sync", "whole first sync, phone and server", "s"};
    figure.ours = phone.wall_s + hub.wall_s;
    figure.floor = raw.wall_s;
    figure.floor_is = "the answers' bytes written into one plain file and synced; no network, no HTTPS on either side";
    figure.ratio = figure.ours / raw.wall_s;
    figure.cpu_s = phone.cpu_s + hub.cpu_s;
    figure.peak_mib = peak_mib();
    const bool large = thousands > 50;
    const double wall_max = (large ? 0.025 : 0.02) * thousands, cpu_max = 0.025 * thousands;
    figure.target =
        large ? fmt::format("<= {:.2g} s", wall_max) : fmt::format("<= {:.2g} s and {:.2g} CPU-s", wall_max, cpu_max);
    figure.met = figure.ours <= wall_max && (large || figure.cpu_s <= cpu_max);
    report.add(figure);
    return ok();
}

Status report_memory(Report& report, const Rounds& rounds_run, const Context& context) {
    const std::string path = context.folder + "/answers";
    write_answers(rounds_run.last.answers, path);
    double before = 0;
    DOORSTEP_TRY_ASSIGN(const double peak, peak_of_follower(path, before));
    Figure figure{"first_sync", fmt::format("the phone alone, of these {:.1f} before it began", before),
                  "MiB resident"};
    figure.ours = figure.peak_mib = peak;
    figure.target = "<= 32 MiB";
    figure.met = peak <= 32;
    report.add(figure);
    return ok();
}

}  // namespace

Status first_sync(Context& context) {
    const Area area = context.records.front().home.area;
    const std::vector<Commit> commits = fleet_commits(context.records);
    DOORSTEP_TRY_ASSIGN(const auto hub, make_hub(options_for(context.folder + "/hub.db", Durability::normal), area));
    DOORSTEP_TRY(fill(*hub, area, commits));
    DOORSTEP_TRY_ASSIGN(const std::vector<FloorRow> rows, floor_rows(context.records, commits));
    DOORSTEP_TRY_ASSIGN(const Rounds rounds_run, take_turns(context, *hub, area, rows));
    report_apply(*context.report, rounds_run, context.records.size());
    report_wire(*context.report, rounds_run, context);
    DOORSTEP_TRY(report_whole(*context.report, rounds_run, context));
    return report_memory(*context.report, rounds_run, context);
}

Status follow_answers(const std::string& answers, const std::string& folder, const Area& area) {
    DOORSTEP_TRY_ASSIGN(const auto phone, make_phone(options_for(folder + "/follower.db", Durability::full), area));
    DOORSTEP_TRY_ASSIGN(const Bytes first, phone->begin_sync());
    std::optional<Bytes> request(first);
    std::ifstream file(answers, std::ios::binary);
    const double before = peak_mib();
    while (request) {
        Bytes head(8, '\0');
        file.read(head.data(), 8);
        Bytes answer(static_cast<std::size_t>(Reader(head).u64()), '\0');
        if (!file.read(answer.data(), static_cast<std::streamsize>(answer.size())))
            return Error{Errc::internal, "the answers end before the synchronisation does"};
        DOORSTEP_TRY_ASSIGN(request, phone->continue_sync(answer, fleet_first_ms));
    }
    fmt::print("{:.0f} {:.0f}\n", before * 1024, peak_mib() * 1024);
    return ok();
}

}  // namespace doorstep::bench
