// server/storage/staff_account.hpp -- a member of the office's staff, and the session that he is signed in with.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/id.hpp"
#include "core/model/scope.hpp"
#include "server/access/vocabulary.hpp"

namespace doorstep::server {

struct StaffAccount {
    std::string name;  ///< author of what he decides; 1 to limits::author_bytes_max bytes
    Actor role = Actor::stranger;
    Scope scope;
    /// invited: was given a token, and has not set a password with it yet. disabled: may not sign in. The numbers are
    /// in the database.
    enum class State : std::uint8_t { invited = 0, active = 1, disabled = 2 } state = State::invited;
};

struct StaffSession {
    std::string staff;             ///< the account's name
    std::string csrf;              ///< must come back in every form
    Actor role = Actor::stranger;  ///< as of now, and so is the scope: what is taken away is gone at the next request
    Scope scope;                   ///< what the role can have of what the account was given
};

/// What somebody shows who signs in.
struct Credentials {
    std::string name;
    Hash verifier;        ///< SHA-256 of the stretched password: what is compared is not what would sign in
    std::string code;     ///< of the authenticator app
    std::string browser;  ///< the secret of a browser that has signed in before; "" of another
};
/// Secrets for two cookies: the session's, and the one by which the browser is known again.
struct SignedIn {
    std::string session, browser;
};

inline constexpr std::uint64_t invitation_ms_max = 3 * 24 * 60 * 60 * 1000ull;  ///< a weekend
inline constexpr std::uint64_t session_ms_max = 8 * 60 * 60 * 1000;             ///< one working day
inline constexpr std::uint64_t session_idle_ms_max = 30 * 60 * 1000;            ///< an unattended desk

}  // namespace doorstep::server
