// server/api/office_page.hpp -- the office's plain page: open conflicts with every value, then what was recorded.
#pragma once

#include <string>
#include <vector>

#include "server/api/office_words.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// What the page shows. Everything is looked up before; rendering reads nothing.
struct OfficePage {
    OfficeWords words;
    StaffSession session;
    std::string notice;  ///< about the last click; "" for none
    std::vector<RecordView> conflicts, households, residents, visits, issues;
    std::vector<HeldView> held;
    const Divisions* divisions = nullptr;
};

std::string render(const OfficePage& page);
/// Every write to one record, oldest first: what stands, and what was superseded.
std::string render_history(const OfficeWords& words, const RecordHistory& history, const Divisions& divisions);
/// The page that asks for the administrator's token. `notice` is "" or says what went wrong.
std::string render_login(Language language, std::string_view notice);

}  // namespace doorstep::server
