// server/api/office_page.hpp -- the office's plain page: open conflicts with every value, then what was recorded.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/storage/storage.hpp"

namespace doorstep::server {

/// What the page shows. Everything is looked up before; rendering reads nothing.
struct OfficePage {
    Language language = Language::zh_cn;
    StaffSession session;
    std::string notice;  ///< about the last click; "" for none
    std::vector<RecordView> conflicts, households, residents, visits, issues;
    std::vector<HeldView> held;
    const Divisions* divisions = nullptr;
    std::function<std::string(const ReplicaId&)> device_label;  ///< "" for the office's own
};

std::string render(const OfficePage& page);
/// The page that asks for the administrator's token. `notice` is "" or says what went wrong.
std::string render_login(Language language, std::string_view notice);

}  // namespace doorstep::server
