// server/api/export_writer.hpp -- the formats that records are exported in, each written a record at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "server/api/record_table.hpp"

namespace doorstep::server {

/// What is returned are the next bytes of the file, in order; "" while there is nothing to give out yet.
class ExportWriter {
public:
    virtual ~ExportWriter() = default;
    virtual Result<std::string> begin() = 0;
    virtual Result<std::string> add(const RecordView& record) = 0;
    /// After the last record, until nullopt.
    virtual Result<std::optional<std::string>> end() = 0;
};

struct ExportFormat {
    std::string_view name, media, suffix;
    std::size_t rows_max;
    std::unique_ptr<ExportWriter> (*writer)(const RecordSchema& schema, const Divisions& divisions, Language language);
};

/// csv: RFC 4180 in UTF-8 with a byte order mark, as office programs want it; a cell that such a program would take for
/// a formula has an apostrophe before it. ndjson: one record a line, as GET /api/v1/records/{record} gives it, whole.
/// geojson: RFC 7946, one feature a record, without a geometry when it has no position. xlsx: one sheet, text cells.
/// nullptr: no such format.
const ExportFormat* export_format(std::string_view name);

// The writers, a file each.
std::unique_ptr<ExportWriter> csv_writer(const RecordSchema& schema, const Divisions& divisions, Language language);
std::unique_ptr<ExportWriter> ndjson_writer(const RecordSchema& schema, const Divisions& divisions, Language language);
std::unique_ptr<ExportWriter> geojson_writer(const RecordSchema& schema, const Divisions& divisions, Language language);
std::unique_ptr<ExportWriter> xlsx_writer(const RecordSchema& schema, const Divisions& divisions, Language language);

}  // namespace doorstep::server
