#include "server/api/tus.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <charconv>

#include "core/base/limits.hpp"
#include "crypto/base64.hpp"

namespace doorstep::server {
namespace {

Error bad(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

/// Of RFC 9110's tokens those that media types are made of.
bool is_media_type(std::string_view text) {
    const auto named = [](std::string_view part) {
        return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
            const char lower = static_cast<char>(c | 0x20);
            return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
                   std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
        });
    };
    const auto slash = text.find('/');
    return slash != std::string_view::npos && text.size() <= limits::media_bytes_max && named(text.substr(0, slash)) &&
           named(text.substr(slash + 1));
}

}  // namespace

Result<std::uint64_t> tus_number(const Request& request, std::string_view lower_case_name) {
    const std::string_view text = request.header(lower_case_name);
    std::uint64_t out = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, out);
    if (text.empty() || fault != std::errc() || stop != end)
        return bad(std::string(lower_case_name) + " is to be a number of bytes");
    return out;
}

Result<UploadMetadata> upload_metadata(std::string_view header) {
    UploadMetadata out;
    bool has_record = false;
    while (!header.empty()) {
        const auto comma = std::min(header.find(','), header.size());
        std::string_view pair = header.substr(0, comma);
        header.remove_prefix(std::min(comma + 1, header.size()));
        while (pair.starts_with(' ')) pair.remove_prefix(1);
        const auto space = std::min(pair.find(' '), pair.size());
        const std::string_view key = pair.substr(0, space);
        const auto value = crypto::from_base64(pair.substr(std::min(space + 1, pair.size())));
        if (key.empty() || !value) return bad("Upload-Metadata is pairs of a key and a value in base 64");
        if (key == "record") {
            DOORSTEP_TRY_ASSIGN(out.record, RecordId::from_hex(*value));
            has_record = true;
        }
        if (key == "filetype" && !value->empty()) {
            if (!is_media_type(*value)) return bad("filetype is to be a media type of at most 64 bytes");
            out.media = *value;
        }
    }
    if (!has_record) return bad("Upload-Metadata is to name the record");
    return out;
}

Result<Hash> upload_checksum(std::string_view header) {
    const auto space = std::min(header.find(' '), header.size());
    if (header.substr(0, space) != tus_checksums) return bad("Upload-Checksum: the algorithm is sha256");
    const auto bytes = crypto::from_base64(header.substr(std::min(space + 1, header.size())));
    if (!bytes || bytes->size() != Hash::size) return bad("Upload-Checksum is no SHA-256 in base 64");
    return Hash::from(*bytes);
}

std::string http_time(std::uint64_t ms) {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(static_cast<std::time_t>(ms / 1000)));
}

Reply tus_reply(Reply reply) {
    reply.headers.emplace_back("Tus-Resumable", tus_version);
    return reply;
}

Reply tus_reply(int status, const Upload& upload) {
    Reply reply{status, "", {}, {}};
    reply.headers.emplace_back("Upload-Offset", std::to_string(upload.offset));
    reply.headers.emplace_back("Upload-Expires", http_time(upload.expires_ms));
    if (upload.attachment)
        reply.headers.emplace_back(
            "Content-Location", "/api/v1/records/" + upload.record.hex() + "/attachments/" + upload.attachment->hex());
    return tus_reply(std::move(reply));
}

}  // namespace doorstep::server
