// /api/v1/attachments: uploads by tus 1.0.0. A PATCH's body comes in pieces (RouteLimits::piece_bytes_max), each of
// which is durable before the next is read; who is told an offset can rely on it.
#include <functional>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/problem.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"
#include "server/api/tus.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t upload_part = 3;  // of /api/v1/attachments/{upload}

/// Answers a tus client: refusals say the protocol's version too, and a client of another version is told ours. What is
/// wrong with ourselves stays an error, for the log.
Result<Reply> answering(const RestRequest& asked, const std::function<Result<Reply>()>& act) {
    if (asked.request.header("tus-resumable") != tus_version) {
        Reply refused = problem({Errc::invalid_argument, "Tus-Resumable is to be 1.0.0"});
        refused.status = 412;
        refused.headers.emplace_back("Tus-Version", tus_version);
        return tus_reply(std::move(refused));
    }
    auto reply = act();
    if (reply || http_status(reply.error().code) >= 500) return reply;
    return tus_reply(problem(reply.error()));
}

/// The upload of the path: the session's own, of a record that it may still see and write to. Errors: not_found,
/// forbidden.
Result<Upload> upload_of_path(Storage& storage, const RestRequest& asked) {
    const auto id = UploadId::from_hex(path_part(asked.request.path, upload_part));
    if (!id) return Error{Errc::not_found, "no such upload"};
    DOORSTEP_TRY_ASSIGN(Upload upload, storage.attachments().find(id.value(), asked.now_ms));
    if (upload.staff != asked.session.staff) return Error{Errc::not_found, "no such upload"};
    DOORSTEP_TRY(record_for(storage, asked, upload.record.hex()));
    return upload;
}

Reply refused_with(int status, const Error& error, const Upload& upload) {
    Reply reply = problem(error);
    reply.status = status;
    reply.headers.emplace_back("Upload-Offset", std::to_string(upload.offset));
    return tus_reply(std::move(reply));
}

Result<Reply> create(Storage& storage, const RestRequest& asked) {
    const Request& request = asked.request;
    DOORSTEP_TRY_ASSIGN(const std::uint64_t size, tus_number(request, "upload-length"));
    if (size == 0) return Error{Errc::invalid_argument, "an attachment has a byte or more"};
    if (size > limits::blob_bytes_max) return Error{Errc::payload_too_large, "an attachment has at most 64 MiB"};
    DOORSTEP_TRY_ASSIGN(const UploadMetadata metadata, upload_metadata(request.header("upload-metadata")));
    DOORSTEP_TRY_ASSIGN(const ScopedRecord record, record_for(storage, asked, metadata.record.hex()));
    DOORSTEP_TRY_ASSIGN(
        const Upload upload,
        storage.attachments().begin({asked.session.staff, record.view.record, size, metadata.media}, asked.now_ms));
    Reply reply = tus_reply(201, upload);
    reply.headers.emplace_back("Location", std::string(uploads_path) + "/" + upload.id.hex());
    return reply;
}

/// Errors: not_found, stale_decision, payload_too_large, quota_exceeded, …
Result<Reply> append(Storage& storage, const RestRequest& asked) {
    const Request& request = asked.request;
    if (request.header("content-type") != "application/offset+octet-stream") {
        Reply refused = problem({Errc::invalid_argument, "Content-Type is to be application/offset+octet-stream"});
        refused.status = 415;
        return tus_reply(std::move(refused));
    }
    DOORSTEP_TRY_ASSIGN(const std::uint64_t from, tus_number(request, "upload-offset"));
    DOORSTEP_TRY_ASSIGN(const Upload upload, upload_of_path(storage, asked));
    if (from > upload.size || request.body_bytes > upload.size - from)
        return Error{Errc::payload_too_large, "more bytes than the upload was said to have"};
    const std::uint64_t offset = from + request.body_offset;
    if (offset != upload.offset)
        return refused_with(409, {Errc::stale_decision, "the upload stands at another byte"}, upload);
    if (const std::string_view said = request.header("upload-checksum"); !said.empty()) {
        DOORSTEP_TRY_ASSIGN(const Hash checksum, upload_checksum(said));
        // Nothing is kept before its checksum was looked at, so such a body is one piece.
        if (request.body_bytes != request.body.size())
            return Error{Errc::payload_too_large, "with Upload-Checksum a PATCH has at most 1 MiB"};
        if (sha256(request.body) != checksum)
            return refused_with(tus_checksum_mismatch,
                                {Errc::digest_mismatch, "the bytes are not those of Upload-Checksum"}, upload);
    }
    DOORSTEP_TRY_ASSIGN(const Upload now, storage.attachments().append(upload.id, offset, request.body, asked.now_ms));
    return tus_reply(204, now);
}

}  // namespace

Result<Reply> tus_options(Storage&, const Request&, std::uint64_t) {
    Reply reply{204, "", {}, {}};
    reply.headers = {{"Tus-Version", std::string(tus_version)},
                     {"Tus-Extension", std::string(tus_extensions)},
                     {"Tus-Checksum-Algorithm", std::string(tus_checksums)},
                     {"Tus-Max-Size", std::to_string(limits::blob_bytes_max)}};
    return tus_reply(std::move(reply));
}

Result<Reply> tus_create(Storage& storage, const RestRequest& asked) {
    return answering(asked, [&] { return create(storage, asked); });
}

Result<Reply> tus_head(Storage& storage, const RestRequest& asked) {
    return answering(asked, [&]() -> Result<Reply> {
        DOORSTEP_TRY_ASSIGN(const Upload upload, upload_of_path(storage, asked));
        Reply reply = tus_reply(200, upload);
        reply.headers.emplace_back("Upload-Length", std::to_string(upload.size));
        return reply;
    });
}

Result<Reply> tus_patch(Storage& storage, const RestRequest& asked) {
    return answering(asked, [&] { return append(storage, asked); });
}

Result<Reply> tus_terminate(Storage& storage, const RestRequest& asked) {
    return answering(asked, [&]() -> Result<Reply> {
        DOORSTEP_TRY_ASSIGN(const Upload upload, upload_of_path(storage, asked));
        DOORSTEP_TRY(storage.attachments().abandon(upload.id, asked.now_ms));
        return tus_reply(Reply{204, "", {}, {}});
    });
}

}  // namespace doorstep::server
