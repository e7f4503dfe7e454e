// server/net/certificates.hpp -- a development CA and a server certificate of it, made on first start.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "core/base/result.hpp"

namespace doorstep::server {

struct DevCertificates {
    std::filesystem::path ca_pem;      ///< what phones and browsers trust and pin
    std::filesystem::path server_pem;  ///< what the server shows
    std::filesystem::path server_key;  ///< 0600
    std::string ca_sha256_hex;         ///< 64 lower-case digits: SHA-256 of the CA certificate's DER form
};

/// Makes what is missing in `dir` (and `dir` itself, 0700): a CA (ca.pem, ca.key 0600; EC P-256, 10 years) and a server
/// certificate (server.pem, server.key 0600; EC P-256, 397 days: thirteen months) for localhost, 127.0.0.1,
/// ::1 and this host's name. Each file is written atomically. The server certificate is made anew when it is not good
/// for 30 more days, not of this CA, not for this host's name or not its key's. The CA is never replaced, since
/// phones pin it: one that cannot be read or has expired is bad_configuration, with the file's name.
/// Time is an argument so that renewal is tested. Validity begins a day before `now`, for phones whose clock is late.
Result<DevCertificates> ensure_development_certificates(
    const std::filesystem::path& dir, std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace doorstep::server
