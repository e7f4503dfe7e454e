// server/api/office_page.hpp -- the office's plain page: open conflicts with every value, then what was recorded.
#pragma once

#include <string>
#include <vector>

#include "server/api/office_words.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// A record as the session may see it.
enum class May : std::uint8_t { look, decide };
struct OfficeRecord {
    RecordView view;
    Relation relation = Relation::own;
    May may = May::look;
};

/// What the page shows. Everything is looked up and masked before; rendering reads nothing.
struct OfficePage {
    OfficeWords words;
    StaffSession session;
    std::string notice;  ///< about the last click; "" for none
    std::vector<OfficeRecord> conflicts, households, residents, visits, issues;
    std::vector<ScopedHeld> held;
    const Divisions* divisions = nullptr;
};
std::string render(const OfficePage& page);

/// Every write to one record, oldest first: what stands, and what was superseded; masked before.
struct HistoryPage {
    OfficeWords words;
    StaffSession session;
    ScopedHistory history;
    Purpose purpose = Purpose::none;  ///< what it is shown for
    std::vector<Purpose> purposes;    ///< what the session could see more of it for
};
std::string render(const HistoryPage& page, const Divisions& divisions);

}  // namespace doorstep::server
