#include "bench/query_bench.hpp"

#include <fmt/format.h>

#include <functional>

#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"
#include "core/store/search_text.hpp"

namespace doorstep::bench {
namespace {

struct QueryFigures {
    struct Row {
        std::string what;
        double p50_ms = 0, p99_ms = 0;
        double floor_p50_ms = 0, floor_p99_ms = 0;  ///< reading the rows that came, by key, from a plain table
        std::size_t rows = 0;                       ///< that one query gave
        double target_ms = 0;                       ///< 0: none is set
    };
    std::size_t records = 0;
    std::vector<Row> rows;
    double index_per_s = 0, index_cpu_us = 0, index_step_p99_ms = 0;  ///< catching up in steps of 1,000 records
    double fts5_per_s = 0, fts5_cpu_us = 0;                           ///< floor: FTS5 over the same tokens
    double fts5_bytes = 0;                                            ///< a record
};

constexpr std::uint32_t visit = 3, summary_field = 4, household_field = 16;
constexpr std::size_t villages = 20, visits_a_household = 5, rare_every = 5'000, page_rows = 50, runs = 200;
constexpr std::string_view rare_word = "塌陷", quarter_phrase = "申请助餐服务", one_character = "燃",
                           common_character = "服";

RecordId household_id(std::size_t n) {
    Bytes bytes;
    Writer(bytes).u64((fleet_first_ms - n * 1000) << 16 | (n * 7919 & 0xffff));
    Writer(bytes).u64(n);
    return RecordId::from(bytes).value();
}

/// The records with a home among twenty villages, a household, and now and then the rare word.
Result<std::vector<RecordEdit>> populate(const std::vector<RecordEdit>& records, std::size_t count) {
    std::vector<RecordEdit> out;
    for (std::size_t i = 0; i < count; ++i) {
        RecordEdit edit = records[i % records.size()];
        edit.home.area.division += i % villages;
        edit.fields.push_back({household_field, Kind::value, Op::Action::put,
                               Value::record(household_id(i * 31 % (count / visits_a_household + 1))), std::nullopt});
        if (i % rare_every == rare_every / 2)
            for (FieldEdit& field : edit.fields) {
                if (field.field != summary_field) continue;
                DOORSTEP_TRY_ASSIGN(field.value,
                                    Value::text(std::string(field.value.as_text()) + std::string(rare_word)));
            }
        out.push_back(std::move(edit));
    }
    return out;
}

Status fill_phone(const std::vector<Commit>& commits, const DatabaseOptions& options) {
    constexpr std::size_t commits_a_transaction = 5'000;
    DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
    for (std::size_t i = 0; i < commits.size();) {
        DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
        Admission admission(store);
        for (std::size_t n = 0; n < commits_a_transaction && i < commits.size(); ++n, ++i) {
            DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(commits[i]));
            DOORSTEP_TRY(admission.admit(commits[i], commits[i].header.hash(), parts));
        }
        DOORSTEP_TRY(admission.finish());
        DOORSTEP_TRY(transaction.commit());
    }
    return store.database().checkpoint();
}

/// The same states in one plain table by id, and FTS5 over the same tokens. Times the latter.
Status fill_floor(Store& from, Database& db, QueryFigures& out) {
    DOORSTEP_TRY(db.execute("CREATE TABLE floor (id BLOB PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID"));
    DOORSTEP_TRY(
        db.execute("CREATE VIRTUAL TABLE words USING fts5 (t, content = '', columnsize = 0, detail = none, "
                   "tokenize = 'ascii')"));
    std::vector<std::string> texts;
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db));
    const auto add = [&](const RecordRow& row) -> Status {
        DOORSTEP_TRY_ASSIGN(Statement * insert, db.statement("INSERT INTO floor (id, body) VALUES (?1, ?2)"));
        DOORSTEP_TRY(insert->blob(1, row.record.view()).blob(2, row.state).run());
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
        std::string folded;
        for (const FieldState& field : state.fields)
            for (const Live& live : field.live)
                fold_text(live.value.as_text(), folded.append(folded.empty() ? "" : " "));
        texts.push_back(std::move(folded));
        return ok();
    };
    DOORSTEP_TRY(from.each_record(add));
    DOORSTEP_TRY(transaction.commit());
    DOORSTEP_TRY_ASSIGN(const std::int64_t before, db.number("SELECT page_count FROM pragma_page_count"));
    const double wall = wall_s(), cpu = cpu_s();
    for (std::size_t i = 0; i < texts.size();) {
        DOORSTEP_TRY_ASSIGN(Transaction step, Transaction::begin(db));
        for (std::size_t n = 0; n < 1000 && i < texts.size(); ++n, ++i) {
            std::vector<Token> tokens;
            add_tokens(texts[i], Pieces::all, tokens);
            std::string joined;
            for (const Token token : tokens) joined.append(std::to_string(token)).push_back(' ');
            DOORSTEP_TRY_ASSIGN(Statement * insert, db.statement("INSERT INTO words (rowid, t) VALUES (?1, ?2)"));
            DOORSTEP_TRY(insert->integer(1, static_cast<std::int64_t>(i) + 1).text(2, joined).run());
        }
        DOORSTEP_TRY(step.commit());
    }
    out.fts5_per_s = static_cast<double>(texts.size()) / (wall_s() - wall);
    out.fts5_cpu_us = (cpu_s() - cpu) / static_cast<double>(texts.size()) * 1e6;
    DOORSTEP_TRY_ASSIGN(const std::int64_t after,
                        db.number("SELECT page_count FROM pragma_page_count WHERE page_count > 0"));
    out.fts5_bytes = static_cast<double>(after - before) * 4096 / static_cast<double>(texts.size());
    return db.checkpoint();
}

Status index_all(Phone& phone, QueryFigures& out) {
    std::vector<double> steps;
    const double wall = wall_s(), cpu = cpu_s();
    std::size_t records = 0;
    while (true) {
        const double start = wall_s();
        DOORSTEP_TRY_ASSIGN(const Indexing step, phone.index_some(1000));
        steps.push_back((wall_s() - start) * 1e3);
        records += step.records;
        if (step.state == Indexing::State::caught_up) break;
    }
    out.index_per_s = static_cast<double>(records) / (wall_s() - wall);
    out.index_cpu_us = (cpu_s() - cpu) / static_cast<double>(records) * 1e6;
    out.index_step_p99_ms = percentile(steps, 99);
    return phone.maintain();
}

/// Reads these rows from the plain table.
Status read_floor(Database& db, const std::vector<RecordId>& ids) {
    for (const RecordId& id : ids) {
        DOORSTEP_TRY_ASSIGN(Statement * query, db.statement("SELECT body FROM floor WHERE id = ?1"));
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool row, query->blob(1, id.view()).step());
        if (!row || query->blob_at(0).empty()) return Error{Errc::internal, "the floor lacks a row"};
    }
    return ok();
}

using Ask = std::function<Result<std::vector<RecordId>>(std::size_t run)>;

Status measure(const char* what, double target_ms, std::size_t times, const Ask& ask, Database& floor,
               QueryFigures& out) {
    std::vector<double> ours, theirs;
    QueryFigures::Row row;
    row.what = what;
    row.target_ms = target_ms;
    for (std::size_t run = 0; run < times; ++run) {
        const double start = wall_s();
        DOORSTEP_TRY_ASSIGN(const std::vector<RecordId> ids, ask(run));
        ours.push_back((wall_s() - start) * 1e3);
        row.rows = std::max(row.rows, ids.size());
        const double again = wall_s();
        DOORSTEP_TRY(read_floor(floor, ids));
        theirs.push_back((wall_s() - again) * 1e3);
    }
    row.p50_ms = percentile(ours, 50);
    row.p99_ms = percentile(ours, 99);
    row.floor_p50_ms = percentile(theirs, 50);
    row.floor_p99_ms = percentile(theirs, 99);
    out.rows.push_back(std::move(row));
    return ok();
}

Result<std::vector<RecordId>> ids_of(const Result<Page>& page) {
    if (!page) return page.error();
    std::vector<RecordId> out;
    for (const Card& card : page.value().cards) out.push_back(card.record);
    return out;
}

/// FTS5 finding the newest rows that hold a token, as raw SQLite does it.
Result<std::vector<RecordId>> ask_fts5(Database& db, std::string_view words) {
    DOORSTEP_TRY_ASSIGN(const SearchWords parsed, SearchWords::parse(words));
    std::string match;
    for (const Token token : parsed.tokens) match.append(match.empty() ? "" : " AND ").append(std::to_string(token));
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db.statement("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT 50"));
    const Statement::Use use(*query);
    query->text(1, match);
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool more, query->step());
        if (!more) return std::vector<RecordId>();
    }
}

Status measure_all(Phone& phone, Database& floor, const Area& town, const std::vector<RecordEdit>& records,
                   QueryFigures& out) {
    const PageRequest page{page_rows, {}};
    const auto lists = [&](const char* what, double target_ms, const std::function<Result<Page>(std::size_t)>& list) {
        return measure(
            what, target_ms, runs, [&](std::size_t run) { return ids_of(list(run)); }, floor, out);
    };
    const auto nth = [&](std::size_t run) -> const RecordEdit& { return records[run * 499 % records.size()]; };
    DOORSTEP_TRY(lists("first list", 5, [&](std::size_t) { return phone.list_area(town, visit, page); }));
    DOORSTEP_TRY(
        lists("one village", 5, [&](std::size_t run) { return phone.list_area(nth(run).home.area, 0, page); }));
    DOORSTEP_TRY(lists("a type that is rare", 5, [&](std::size_t) { return phone.list_area(town, 4, page); }));
    DOORSTEP_TRY(lists("one household", 5, [&](std::size_t run) {
        return phone.list_household(nth(run).fields.back().value.as_record(), page);
    }));
    DOORSTEP_TRY(lists("due follow-ups", 5,
                       [&](std::size_t run) { return phone.list_due(20'600 + static_cast<std::int64_t>(run), page); }));
    DOORSTEP_TRY(lists("conflicts", 5, [&](std::size_t) { return phone.list_conflicts(page); }));
    DOORSTEP_TRY(measure(
        "nearest 50 within 5 km", 5, runs,
        [&](std::size_t run) -> Result<std::vector<RecordId>> {
            Value::Position from;
            for (const FieldEdit& field : nth(run).fields)
                if (field.value.type() == ValueType::position) from = field.value.as_position();
            DOORSTEP_TRY_ASSIGN(const auto near, phone.list_nearest(from, 5'000, page_rows));
            std::vector<RecordId> ids;
            for (const NearCard& card : near) ids.push_back(card.card.record);
            return ids;
        },
        floor, out));
    for (const std::string_view words : {rare_word, quarter_phrase, one_character, common_character})
        for (const char* engine : {"search ", "FTS5 alone "}) {
            const bool ours = engine[0] == 's';
            DOORSTEP_TRY(
                measure((engine + std::string(words)).c_str(), ours ? 10 : 0, runs,
                        [&](std::size_t) { return ours ? ids_of(phone.search(words, page)) : ask_fts5(floor, words); },
                        floor, out));
        }
    return ok();
}

Result<QueryFigures> measure_queries(const std::vector<RecordEdit>& records, std::size_t count,
                                     const std::string& folder) {
    QueryFigures out;
    out.records = count;
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordEdit> edits, populate(records, count));
    const Area town{edits.front().home.area.division / 1000 * 1000, 0};
    const DatabaseOptions options = options_for(folder + "/query-phone.db", Durability::full),
                          floor_options = options_for(folder + "/query-floor.db", Durability::full);
    DOORSTEP_TRY(fill_phone(fleet_commits(edits), options));
    {
        DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
        DOORSTEP_TRY_ASSIGN(Database floor, Database::open(floor_options));
        DOORSTEP_TRY(fill_floor(store, floor, out));
    }
    DOORSTEP_TRY_ASSIGN(Database floor, Database::open(floor_options));
    const auto reopen = [&](std::size_t) -> Result<std::vector<RecordId>> {
        DOORSTEP_TRY_ASSIGN(const auto phone, make_phone(options, town));
        return ids_of(phone->list_area(town, visit, {page_rows, {}}));
    };
    {
        DOORSTEP_TRY_ASSIGN(const auto phone, make_phone(options, town));
        const PageRequest page{page_rows, {}};
        for (const std::string_view words : {quarter_phrase, rare_word})
            DOORSTEP_TRY(measure(("search, no index yet: " + std::string(words)).c_str(), 0, 20,
                                 [&](std::size_t) { return ids_of(phone->search(words, page)); }, floor, out));
        DOORSTEP_TRY(index_all(*phone, out));
    }
    DOORSTEP_TRY(measure("open and first list", 50, 50, reopen, floor, out));
    DOORSTEP_TRY_ASSIGN(const auto phone, make_phone(options, town));
    DOORSTEP_TRY(measure_all(*phone, floor, town, edits, out));
    return out;
}

}  // namespace

Status queries(Context& context) {
    DOORSTEP_TRY_ASSIGN(const QueryFigures found,
                        measure_queries(context.records, context.records.size(), context.folder));
    for (const QueryFigures::Row& row : found.rows) {
        Figure figure;
        figure.bench = "queries";
        figure.what = fmt::format("{}: p99 (p50 {:.2f}), {} rows", row.what, row.p50_ms, row.rows);
        figure.unit = "ms";
        figure.ours = row.p99_ms;
        figure.floor = row.floor_p99_ms;
        figure.floor_is = "the same rows by key";
        figure.ratio = row.floor_p99_ms > 0 ? row.p99_ms / row.floor_p99_ms : 0;
        figure.target = row.target_ms > 0 ? fmt::format("<= {} ms", row.target_ms) : "";
        figure.met = row.target_ms == 0 || row.p99_ms <= row.target_ms;
        context.report->add(std::move(figure));
    }
    Figure index;
    index.bench = "queries";
    index.what = fmt::format("index catching up, {:.1f} CPU us a record", found.index_cpu_us);
    index.unit = "records/s";
    index.ours = found.index_per_s;
    index.floor = found.fts5_per_s;
    index.floor_is = "FTS5 over the same tokens";
    index.ratio = found.index_per_s > 0 ? found.fts5_per_s / found.index_per_s : 0;
    index.peak_mib = peak_mib();
    index.target = ">= 10,000";
    index.met = found.index_per_s >= 10'000;
    context.report->add(std::move(index));
    return ok();
}

}  // namespace doorstep::bench
