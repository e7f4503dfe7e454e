// server/api/tus.hpp -- the headers of tus 1.0.0, the protocol of resumable uploads
// (https://tus.io/protocols/resumable-upload): what is asked in them, and what is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/id.hpp"
#include "core/base/result.hpp"
#include "server/api/http.hpp"
#include "server/storage/attachments.hpp"

namespace doorstep::server {

inline constexpr std::string_view tus_version = "1.0.0";
inline constexpr std::string_view tus_extensions = "creation,expiration,termination,checksum";
inline constexpr std::string_view tus_checksums = "sha256";
inline constexpr int tus_checksum_mismatch = 460;
inline constexpr std::string_view uploads_path = "/api/v1/attachments";

/// A number of bytes: digits alone. Errors: invalid_argument, naming the header.
Result<std::uint64_t> tus_number(const Request& request, std::string_view lower_case_name);

/// What Upload-Metadata says of an upload that is begun here. Other keys are passed over.
struct UploadMetadata {
    RecordId record;                                 ///< "record": its id, 32 hexadecimal digits
    std::string media = "application/octet-stream";  ///< "filetype", such as "image/jpeg"
};
/// Errors: invalid_argument.
Result<UploadMetadata> upload_metadata(std::string_view header);

/// Upload-Checksum: "sha256 <base 64>". Errors: invalid_argument, also of another algorithm.
Result<Hash> upload_checksum(std::string_view header);

/// As Upload-Expires has it (RFC 9110, 5.6.7).
std::string http_time(std::uint64_t ms);

/// Adds what each reply to a tus client says.
Reply tus_reply(Reply reply);
/// Where the upload stands.
Reply tus_reply(int status, const Upload& upload);

}  // namespace doorstep::server
