// server/storage/staff_account.hpp -- a member of the office's staff, and the session that he is signed in with.
#pragma once

#include <string>

#include "core/model/scope.hpp"
#include "server/access/vocabulary.hpp"

namespace doorstep::server {

struct StaffAccount {
    std::string name;  ///< author of what he decides; 1 to limits::author_bytes_max bytes
    Actor role = Actor::stranger;
    Scope scope;
};

struct StaffSession {
    std::string staff;               ///< the account's name
    std::string csrf;                ///< must come back in every form
    Actor role = Actor::stranger;    ///< as of now, and so is the scope: what is taken away is gone at the next request
    Scope scope;                     ///< what the role can have of what the account was given
};

}  // namespace doorstep::server
