#include "server/storage/sqlite_attachments.hpp"

#include <vector>

#include "core/base/limits.hpp"
#include "core/model/schema.hpp"

namespace doorstep::server {
namespace {

const Error no_upload{Errc::not_found, "no such upload, or its time is over"};

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

/// A row of the columns id, staff, record, size, media, have, expires_ms, attachment.
Result<Upload> upload_at(Statement& row) {
    Upload out;
    DOORSTEP_TRY_ASSIGN(out.id, UploadId::from(row.blob_at(0)));
    out.staff = std::string(row.blob_at(1));
    DOORSTEP_TRY_ASSIGN(out.record, RecordId::from(row.blob_at(2)));
    out.size = static_cast<std::uint64_t>(row.integer_at(3));
    out.media = std::string(row.blob_at(4));
    out.offset = static_cast<std::uint64_t>(row.integer_at(5));
    out.expires_ms = static_cast<std::uint64_t>(row.integer_at(6));
    if (const BytesView hash = row.blob_at(7); !hash.empty()) {
        DOORSTEP_TRY_ASSIGN(out.attachment, Hash::from(hash));
    }
    return out;
}

}  // namespace

Status SqliteAttachments::migrate(Database& db) {
    return db.execute(R"sql(
    CREATE TABLE IF NOT EXISTS upload (id BLOB PRIMARY KEY, staff TEXT NOT NULL, record BLOB NOT NULL,
        size INTEGER NOT NULL, media TEXT NOT NULL, have INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
        attachment BLOB NOT NULL, draft INTEGER NOT NULL, tail BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS upload_age ON upload (expires_ms);
    CREATE INDEX IF NOT EXISTS upload_of ON upload (staff) WHERE attachment = x'';
    )sql");
}

Result<SqliteAttachments::Row> SqliteAttachments::load(const UploadId& id, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT id, staff, record, size, media, have, expires_ms, attachment, draft, "
                                      "tail FROM upload WHERE id = ?1 AND expires_ms > ?2"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool found, query->blob(1, id.view()).integer(2, signed_of(now_ms)).step());
    if (!found) return no_upload;
    Row out;
    DOORSTEP_TRY_ASSIGN(out.upload, upload_at(*query));
    out.draft = query->integer_at(8);
    out.tail = Bytes(query->blob_at(9));
    return out;
}

Status SqliteAttachments::store(const Row& row) {
    DOORSTEP_TRY_ASSIGN(Statement * update,
                        db_.statement("UPDATE upload SET have = ?2, expires_ms = ?3, attachment = ?4, draft = ?5, "
                                      "tail = ?6 WHERE id = ?1"));
    const Upload& upload = row.upload;
    return update->blob(1, upload.id.view())
        .integer(2, signed_of(upload.offset))
        .integer(3, signed_of(upload.expires_ms))
        .blob(4, upload.attachment ? upload.attachment->view() : BytesView())
        .integer(5, row.draft)
        .blob(6, row.tail)
        .run();
}

/// One that somebody began and did not end takes up what it will be, so that who has begun can end.
Status SqliteAttachments::check_room(const NewUpload& asked) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT count(*) FROM upload WHERE staff = ?1 AND attachment = x''"));
    std::int64_t begun = 0;
    {
        const Statement::Use use(*query);
        DOORSTEP_TRY(query->text(1, asked.staff).step());
        begun = query->integer_at(0);
    }
    if (begun >= static_cast<std::int64_t>(uploads_a_person_max))
        return Error{Errc::too_many_attempts, "this account has too many uploads that are not finished"};
    DOORSTEP_TRY_ASSIGN(const std::uint64_t held, shelf().table().bytes_held());
    DOORSTEP_TRY_ASSIGN(const std::int64_t promised,
                        db_.number("SELECT coalesce(sum(size - have), 0) FROM upload WHERE attachment = x''"));
    if (held + static_cast<std::uint64_t>(promised) + asked.size > bytes_max_)
        return Error{Errc::quota_exceeded, "the office's attachments may take up no more than they do"};
    return ok();
}

Result<Upload> SqliteAttachments::begin(const NewUpload& asked, std::uint64_t now_ms) {
    DOORSTEP_TRY(Value::attachment({Hash{}, asked.size, asked.media}));
    Row row;
    static_cast<NewUpload&>(row.upload) = asked;
    DOORSTEP_TRY_ASSIGN(row.upload.id, UploadId::from(hub_.draw_secret().view().substr(0, UploadId::size)));
    row.upload.expires_ms = now_ms + upload_ms;
    DOORSTEP_TRY_ASSIGN(TransactionGroup group, TransactionGroup::begin(db_));
    DOORSTEP_TRY(check_room(asked));
    DOORSTEP_TRY_ASSIGN(row.draft, shelf().begin());
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT INTO upload (id, staff, record, size, media, have, expires_ms, attachment, draft, tail) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, x'', ?7, x'')"));
    DOORSTEP_TRY(insert->blob(1, row.upload.id.view())
                     .text(2, asked.staff)
                     .blob(3, asked.record.view())
                     .integer(4, signed_of(asked.size))
                     .text(5, asked.media)
                     .integer(6, signed_of(row.upload.expires_ms))
                     .integer(7, row.draft)
                     .run());
    DOORSTEP_TRY(group.commit());
    return row.upload;
}

Result<Upload> SqliteAttachments::find(const UploadId& id, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const Row row, load(id, now_ms));
    return row.upload;
}

Result<Upload> SqliteAttachments::append(const UploadId& id, std::uint64_t offset, BytesView bytes,
                                         std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(TransactionGroup group, TransactionGroup::begin(db_));
    DOORSTEP_TRY_ASSIGN(Row row, load(id, now_ms));
    Upload& upload = row.upload;
    if (offset != upload.offset)
        return Error{Errc::stale_decision, "the upload stands at byte " + std::to_string(upload.offset)};
    if (bytes.size() > upload.size - upload.offset)
        return Error{Errc::payload_too_large, "more bytes than the upload was said to have"};
    if (upload.attachment) return upload;
    row.tail += bytes;
    BytesView rest = row.tail;
    for (; rest.size() >= limits::chunk_bytes; rest.remove_prefix(limits::chunk_bytes))
        DOORSTEP_TRY(shelf().append(row.draft, rest.substr(0, limits::chunk_bytes)));
    row.tail = Bytes(rest);
    upload.offset += bytes.size();
    upload.expires_ms = now_ms + upload_ms;
    if (upload.offset == upload.size) DOORSTEP_TRY(attach(row, now_ms));
    DOORSTEP_TRY(store(row));
    DOORSTEP_TRY(group.commit());
    return upload;
}

/// Names the draft, and saves into the record that it has it: as the office saves all it does, so that it is checked,
/// written in history and carried to phones like any other save.
Status SqliteAttachments::attach(Row& row, std::uint64_t now_ms) {
    Upload& upload = row.upload;
    if (!row.tail.empty()) DOORSTEP_TRY(shelf().append(row.draft, row.tail));
    row.tail.clear();
    DOORSTEP_TRY_ASSIGN(const BlobName name, shelf().finish(row.draft, upload.media));
    row.draft = 0;
    upload.attachment = name.hash;
    DOORSTEP_TRY_ASSIGN(const Value value, Value::attachment(name));
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, hub_.store().records_of(upload.record));
    if (rows.empty()) return Error{Errc::not_found, "the office has no record of this id"};
    const RecordSchema* schema = record_schema(rows.front().type);
    const FieldSchema* field = schema ? schema->field("attachments") : nullptr;
    if (!field) return Error{Errc::unknown_field, "a record of this type has no attachments"};
    DOORSTEP_TRY_ASSIGN(const Stream home, hub_.store().stream_of(rows.front().stream));
    DOORSTEP_TRY_ASSIGN(const RecordView record, hub_.read(upload.record));
    if (const FieldView* held = record.field(field->id))
        for (const ValueView& one : held->values)
            if (one.value == value) return ok();  // attached before: there is nothing to say again
    const FieldEdit put{field->id, field->kind, Op::Action::put, value, std::nullopt};
    DOORSTEP_TRY(hub_.save({{upload.record, rows.front().type, home, {put}}}, upload.staff, now_ms));
    return ok();
}

Status SqliteAttachments::remove(const Row& row) {
    if (!row.upload.attachment) DOORSTEP_TRY(shelf().abandon(row.draft));
    DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement("DELETE FROM upload WHERE id = ?1"));
    return remove->blob(1, row.upload.id.view()).run();
}

Status SqliteAttachments::abandon(const UploadId& id, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(TransactionGroup group, TransactionGroup::begin(db_));
    DOORSTEP_TRY_ASSIGN(const Row row, load(id, now_ms));
    DOORSTEP_TRY(remove(row));
    return group.commit();
}

Result<std::size_t> SqliteAttachments::forget_expired(std::size_t uploads_max, std::uint64_t now_ms) {
    std::vector<UploadId> expired;
    {
        DOORSTEP_TRY_ASSIGN(Statement * query,
                            db_.statement("SELECT id FROM upload WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2"));
        const Statement::Use use(*query);
        query->integer(1, signed_of(now_ms)).integer(2, signed_of(uploads_max));
        while (true) {
            DOORSTEP_TRY_ASSIGN(const bool row, query->step());
            if (!row) break;
            DOORSTEP_TRY_ASSIGN(const UploadId id, UploadId::from(query->blob_at(0)));
            expired.push_back(id);
        }
    }
    for (const UploadId& id : expired) {
        DOORSTEP_TRY_ASSIGN(TransactionGroup group, TransactionGroup::begin(db_));
        DOORSTEP_TRY_ASSIGN(const Row row, load(id, 0));
        DOORSTEP_TRY(remove(row));
        DOORSTEP_TRY(group.commit());
    }
    return expired.size();
}

}  // namespace doorstep::server
