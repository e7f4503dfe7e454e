// core/store/salvage_rows.hpp -- the rows of one b-tree page, read from its bytes alone.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/base/bytes.hpp"

namespace doorstep {

/// One column of a row. Numbers with a fraction, which no table of ours holds, come as null.
struct RawColumn {
    enum class Type { null, integer, text, blob } type = Type::null;
    std::int64_t integer = 0;
    Bytes bytes;
};

/// A row of some table: a page does not say of which, so its columns must.
struct RawRow {
    std::optional<std::int64_t> number;  ///< rowid; nullopt in a table without, and in an index
    std::vector<RawColumn> columns;
};

/// Another page of the same file, which a long row goes on in; nullopt when it is damaged.
using ReadPage = std::function<std::optional<Bytes>(std::uint32_t page_from_1)>;

/// Visits the rows of a leaf, or of an index's inner page; other pages have none. A row that is damaged, cut, or longer
/// than limits::salvaged_row_bytes_max is passed over.
/// Source: https://www.sqlite.org/fileformat2.html, "B-tree Pages", "Record Format".
void each_row(BytesView page, std::uint32_t page_from_1, std::size_t usable_bytes, const ReadPage& read,
              const std::function<void(RawRow)>& visit);

}  // namespace doorstep
