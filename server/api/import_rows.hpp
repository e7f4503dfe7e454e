// server/api/import_rows.hpp -- new records out of a table that somebody brings: read whole, judged whole.
#pragma once

#include <string>
#include <vector>

#include "core/engine/compose.hpp"
#include "core/model/divisions.hpp"
#include "core/model/schema.hpp"

namespace doorstep::server {

inline constexpr std::size_t import_rows_max = 1'000;  // so that phones wait for half a second at most
inline constexpr std::size_t import_bytes_max = std::size_t{4} << 20;

/// What is wrong with one row, without its words.
struct RowProblem {
    std::size_t row = 0;  ///< from 1, the first below the heading
    Error error;
};

struct ImportedRows {
    std::vector<RecordEdit> edits;  ///< one a row
    std::vector<RowProblem> problems;
};

/// RFC 4180 in UTF-8, with or without a byte order mark. The heading names fields as the schema does, or by their
/// labels as an export has them; "division" is the area of each row where `area` does not say it for all. A column that
/// is none of these is refused, so that nothing is left out without a word. In a cell of a set or a log each line is an
/// entry; dates are 2026-11-29, times 2026-11-29 08:00 in China, positions "33.16, 115.62".
/// Errors: invalid_argument of the heading or the form, invalid_utf8, payload_too_large.
Result<ImportedRows> rows_of_csv(std::string_view csv, const RecordSchema& schema, std::string_view area);
/// One record a line, as ds_save() takes them: {"type":"household","division":"…","fields":{…}}. Errors: the same.
Result<ImportedRows> rows_of_ndjson(std::string_view lines, const RecordSchema& schema);

}  // namespace doorstep::server
