// server/storage/attachments.hpp -- attachments on the office's side: what is uploaded to it over HTTP until it is
// whole, and what is whole. Phones bring theirs through Storage::exchange (docs/attachments.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/id.hpp"
#include "core/base/result.hpp"
#include "core/engine/blobs.hpp"

namespace doorstep::server {

/// From the last bytes of an upload until it is forgotten: a night in which an office's line is down, and a day.
inline constexpr std::uint64_t upload_ms = 36ull * 60 * 60 * 1000;
/// Unfinished uploads of one account: as many as a person sends side by side, and what was broken off before.
inline constexpr std::size_t uploads_a_person_max = 32;
/// What all attachments of an office may take up, unless the configuration says another figure.
inline constexpr std::uint64_t office_blobs_bytes_max = 64ull * 1024 * 1024 * 1024;

/// One upload. Nobody can guess it, and it is of use only to whom it belongs.
using UploadId = FixedBytes<struct UploadTag, 16>;

struct NewUpload {
    std::string staff;   ///< whose it is
    RecordId record;     ///< whose attachment it becomes
    std::uint64_t size;  ///< bytes, from 1 to limits::blob_bytes_max
    std::string media;   ///< as BlobName::media
};

struct Upload : NewUpload {
    UploadId id;
    std::uint64_t offset = 0;  ///< so many bytes are durable; at the size, the record names the attachment
    std::uint64_t expires_ms = 0;
    std::optional<Hash> attachment = std::nullopt;  ///< its name, once it is whole
};

/// Every call is a transaction of its own and durable when it returns. Threads: the storage's.
class Attachments {
public:
    virtual ~Attachments() = default;

    /// What all of them together may take up, phones' too.
    virtual void set_bytes_max(std::uint64_t bytes_max) = 0;
    /// Errors: invalid_argument; quota_exceeded; too_many_attempts beyond uploads_a_person_max.
    virtual Result<Upload> begin(const NewUpload& asked, std::uint64_t now_ms) = 0;
    /// Errors: not_found, also when its time is over.
    virtual Result<Upload> find(const UploadId& id, std::uint64_t now_ms) = 0;
    /// Takes bytes in at an offset. With the last ones, and in the same transaction, the attachment is named and the
    /// record's field holds it, saved in the name of who uploaded it: on an error none of these bytes is here. Errors:
    /// not_found; stale_decision at another offset than the upload stands at; payload_too_large beyond its size;
    /// quota_exceeded; and those of Hub::save.
    virtual Result<Upload> append(const UploadId& id, std::uint64_t offset, BytesView bytes, std::uint64_t now_ms) = 0;
    /// An attachment that is whole stays. Errors: not_found.
    virtual Status abandon(const UploadId& id, std::uint64_t now_ms) = 0;
    /// Takes away some uploads whose time is over; how many.
    virtual Result<std::size_t> forget_expired(std::size_t uploads_max, std::uint64_t now_ms) = 0;

    virtual Result<BlobStanding> standing(const Hash& hash) = 0;
    /// Chunk n from 0 of a whole one; see BlobShelf::read.
    virtual Result<Bytes> read(const Hash& hash, std::uint64_t n) = 0;
};

}  // namespace doorstep::server
