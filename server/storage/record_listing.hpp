// server/storage/record_listing.hpp -- the office's records page by page, newest first, within what somebody may see.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/model/scope.hpp"
#include "core/store/store.hpp"
#include "server/storage/scoped_views.hpp"

namespace doorstep::server {

struct RecordQuery {
    enum class Which : std::uint8_t { all, in_conflict } which = Which::all;
    std::uint32_t type = 0;      ///< 0: any
    Scope scope;                 ///< what lies outside is absent
    std::optional<Area> within;  ///< an area and all below it
    /// Where the page before ended (RecordPage::next).
    std::int64_t before = std::numeric_limits<std::int64_t>::max();
    std::size_t rows_max = 50;
};

struct RecordPage {
    /// A page can be shorter than what was asked for, even empty, and still not be the last.
    std::vector<ScopedRecord> records;
    std::optional<std::int64_t> next;  ///< nullopt: nothing follows
};

/// A record that changes between two pages may be on neither or both. Errors: those of the store.
Result<RecordPage> list_page(Store& store, const RecordQuery& query);
/// Every record of the query, newest first, each once.
Result<std::vector<RecordId>> all_records(Store& store, const RecordQuery& query);

}  // namespace doorstep::server
