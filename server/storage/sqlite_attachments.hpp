// server/storage/sqlite_attachments.hpp -- uploads as rows beside the records, so that they are backed up with them.
#pragma once

#include "core/engine/hub.hpp"
#include "server/storage/attachments.hpp"

namespace doorstep::server {

/// An upload's full chunks lie on the hub's shelf as any draft's; what is less than a chunk lies in the upload's row,
/// so that it can stand at any byte (docs/adr/0026).
class SqliteAttachments final : public Attachments {
public:
    explicit SqliteAttachments(Hub& hub) : hub_(hub), db_(hub.store().database()) {}
    static Status migrate(Database& db);

    std::uint64_t bytes_max() const { return bytes_max_; }
    void set_bytes_max(std::uint64_t bytes_max) override { bytes_max_ = bytes_max; }
    Result<Upload> begin(const NewUpload& asked, std::uint64_t now_ms) override;
    Result<Upload> find(const UploadId& id, std::uint64_t now_ms) override;
    Result<Upload> append(const UploadId& id, std::uint64_t offset, BytesView bytes, std::uint64_t now_ms) override;
    Status abandon(const UploadId& id, std::uint64_t now_ms) override;
    Result<std::size_t> forget_expired(std::size_t uploads_max, std::uint64_t now_ms) override;
    Result<BlobStanding> standing(const Hash& hash) override { return shelf().standing(hash); }
    Result<Bytes> read(const Hash& hash, std::uint64_t n) override { return shelf().read(hash, n); }

private:
    struct Row {
        Upload upload;
        BlobNo draft = 0;
        Bytes tail;  ///< the bytes behind the last full chunk
    };
    BlobShelf shelf() { return hub_.blobs(bytes_max_); }
    Result<Row> load(const UploadId& id, std::uint64_t now_ms);
    Status store(const Row& row);
    Status remove(const Row& row);
    Status check_room(const NewUpload& asked);
    Status attach(Row& row, std::uint64_t now_ms);

    Hub& hub_;
    Database& db_;
    std::uint64_t bytes_max_ = office_blobs_bytes_max;
};

}  // namespace doorstep::server
