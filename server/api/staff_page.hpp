// server/api/staff_page.hpp -- the office's accounts, for who keeps them. No dates and no counts of anybody's work.
#pragma once

#include <string>
#include <vector>

#include "core/model/divisions.hpp"
#include "server/api/office_words.hpp"
#include "server/storage/staff_account.hpp"

namespace doorstep::server {

/// `session`: who looks, and can sign out there.
std::string render_staff(const OfficeWords& words, const StaffSession& session,
                         const std::vector<StaffAccount>& accounts, const Divisions& divisions);

}  // namespace doorstep::server
