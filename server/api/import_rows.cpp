#include "server/api/import_rows.hpp"

#include <csv.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/civil_date.hpp"
#include "core/base/utf8.hpp"
#include "json/record_json.hpp"
#include "json/strict_json.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF", division_column = "division";
constexpr std::size_t columns_max = 200;
constexpr std::int64_t ms_a_minute = 60'000, minutes_a_day = 24 * 60, china_minutes = 8 * 60;

Error bad(std::string what) { return {Errc::invalid_argument, std::move(what)}; }
Error too_many() { return {Errc::payload_too_large, "a table holds at most 1,000 rows; divide it"}; }

using Row = std::vector<std::string>;

/// libcsv's two callbacks.
struct Table {
    std::vector<Row> rows{Row()};
    static void on_cell(void* text, std::size_t size, void* table) {
        static_cast<Table*>(table)->rows.back().emplace_back(static_cast<const char*>(text), size);
    }
    static void on_end_of_row(int, void* table) { static_cast<Table*>(table)->rows.emplace_back(); }
};

Result<std::vector<Row>> read_csv(std::string_view csv) {
    if (csv.starts_with(byte_order_mark)) csv.remove_prefix(byte_order_mark.size());
    if (!is_text(csv)) return Error{Errc::invalid_utf8, "the table is empty or not in UTF-8"};
    csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return Error{Errc::out_of_memory, "a table"};
    csv_set_space_func(&parser, [](unsigned char) { return 0; });  // blanks are somebody's
    Table table;
    const bool whole =
        csv_parse(&parser, csv.data(), csv.size(), Table::on_cell, Table::on_end_of_row, &table) == csv.size() &&
        csv_fini(&parser, Table::on_cell, Table::on_end_of_row, &table) == 0;
    csv_free(&parser);
    if (!whole) return bad("the table's quotes do not close");
    if (table.rows.back().empty()) table.rows.pop_back();
    return std::move(table.rows);
}

/// The field that a column is for; nullptr: the area.
Result<const FieldSchema*> field_of(const RecordSchema& schema, std::string_view heading, std::string_view area) {
    if (heading == division_column) {
        if (!area.empty()) return bad("a column \"division\" and an area for all: one of the two");
        return static_cast<const FieldSchema*>(nullptr);
    }
    for (const FieldSchema& field : schema.fields)
        if (heading == field.name || heading == field.label_zh_cn || heading == field.label_en) return &field;
    return bad("a column is no field of " + std::string(schema.name) + "; the schema names those that are");
}

Result<std::int64_t> whole_number(std::string_view text) {
    std::int64_t out = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, out);
    if (fault != std::errc() || stop != end) return bad("a whole number is expected");
    return out;
}

/// "2026-11-29 08:00" in China to ms since 1970.
Result<std::int64_t> time_ms(std::string_view text) {
    const Error wrong = bad("a time is written 2026-11-29 08:00");
    if (text.size() != 16 || text[10] != ' ' || text[13] != ':') return wrong;
    const auto day = parse_date(text.substr(0, 10));
    const auto hour = whole_number(text.substr(11, 2)), minute = whole_number(text.substr(14, 2));
    if (!day || !hour || !minute || hour.value() < 0 || hour.value() > 23 || minute.value() < 0 || minute.value() > 59)
        return wrong;
    return (day.value() * minutes_a_day + hour.value() * 60 + minute.value() - china_minutes) * ms_a_minute;
}

Result<double> degrees(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    double out = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, out);
    if (text.empty() || fault != std::errc() || stop != end) return bad("a position is written 33.16, 115.62");
    return out;
}

Result<json> cell_json(const FieldSchema& field, std::string_view cell) {
    switch (field.type) {
        case ValueType::integer: {
            DOORSTEP_TRY_ASSIGN(const std::int64_t number, whole_number(cell));
            return json(number);
        }
        case ValueType::time: {
            DOORSTEP_TRY_ASSIGN(const std::int64_t ms, time_ms(cell));
            return json(ms);
        }
        case ValueType::position: {
            const std::size_t comma = cell.find(',');
            if (comma == std::string_view::npos) return bad("a position is written 33.16, 115.62");
            DOORSTEP_TRY_ASSIGN(const double latitude, degrees(cell.substr(0, comma)));
            DOORSTEP_TRY_ASSIGN(const double longitude, degrees(cell.substr(comma + 1)));
            return json({{"lat", latitude}, {"lon", longitude}});
        }
        default: return json(std::string(cell));
    }
}

/// A set or a log has an entry a line.
Result<json> entries_json(const FieldSchema& field, std::string_view cell) {
    if (field.kind != Kind::set && field.kind != Kind::log) return cell_json(field, cell);
    json out = json::array();
    while (!cell.empty()) {
        const std::size_t end = std::min(cell.find('\n'), cell.size());
        std::string_view line = cell.substr(0, end);
        cell.remove_prefix(std::min(end + 1, cell.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        DOORSTEP_TRY_ASSIGN(json entry, cell_json(field, line));
        out.push_back(std::move(entry));
    }
    return out;
}

Result<RecordEdit> one_edit(json record) {
    DOORSTEP_TRY_ASSIGN(std::vector<RecordEdit> edits,
                        edits_from_json({{"records", json::array({std::move(record)})}}));
    RecordEdit edit = std::move(edits.front());
    if (edit.record) return bad("an import makes new records; it has no \"id\"");
    if (edit.fields.empty()) return bad("the row is empty");
    return edit;
}

Result<RecordEdit> edit_of(const RecordSchema& schema, const std::vector<const FieldSchema*>& columns, const Row& row,
                           std::string_view area) {
    if (row.size() != columns.size()) return bad("the row has another number of cells than the heading");
    json fields = json::object(), record = {{"type", schema.name}, {"division", std::string(area)}};
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i].empty()) continue;
        if (!columns[i]) {
            record["division"] = row[i];
            continue;
        }
        DOORSTEP_TRY_ASSIGN(fields[std::string(columns[i]->name)], entries_json(*columns[i], row[i]));
    }
    record["fields"] = std::move(fields);
    return one_edit(std::move(record));
}

void take(ImportedRows& out, std::size_t row, Result<RecordEdit> edit) {
    if (edit)
        out.edits.push_back(std::move(edit).value());
    else
        out.problems.push_back({row, edit.error()});
}

}  // namespace

Result<ImportedRows> rows_of_csv(std::string_view csv, const RecordSchema& schema, std::string_view area) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Row> rows, read_csv(csv));
    if (rows.empty()) return bad("the table has no heading");
    if (rows.size() > import_rows_max + 1) return too_many();
    if (rows.front().size() > columns_max) return bad("the table has too many columns");
    std::vector<const FieldSchema*> columns;
    for (const std::string& heading : rows.front()) {
        DOORSTEP_TRY_ASSIGN(const FieldSchema* field, field_of(schema, heading, area));
        if (std::find(columns.begin(), columns.end(), field) != columns.end()) return bad("a column is there twice");
        columns.push_back(field);
    }
    ImportedRows out;
    for (std::size_t i = 1; i < rows.size(); ++i) take(out, i, edit_of(schema, columns, rows[i], area));
    return out;
}

Result<ImportedRows> rows_of_ndjson(std::string_view lines, const RecordSchema& schema) {
    ImportedRows out;
    for (std::size_t row = 1; !lines.empty(); ++row) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        if (row > import_rows_max) return too_many();
        auto record = parse_json(line, import_bytes_max);
        if (!record) {
            out.problems.push_back({row, record.error()});
            continue;
        }
        auto edit = one_edit(std::move(record).value());
        if (edit && edit.value().type != schema.id) edit = bad("the line is of another type than the path says");
        take(out, row, std::move(edit));
    }
    return out;
}

}  // namespace doorstep::server
