// What lies on the shelf, and the office's answers. The phone's side of carrying is in blob_courier.cpp.
#include "core/engine/blobs.hpp"

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/engine/hub.hpp"
#include "core/engine/phone.hpp"
#include "core/sync/blob_message.hpp"
#include "core/sync/frame.hpp"

namespace doorstep {
namespace {

Bytes framed(FrameKind kind, BytesView payload) {
    Bytes message;
    write_frame(message, kind, payload);
    return message;
}

Bytes refused(const Hash& hash, Errc code) {
    return framed(FrameKind::blob_refused, BlobRefused{hash, static_cast<std::uint32_t>(code)}.encode());
}

BlobHave have_of(const BlobRow& row) {
    const bool whole = row.state == BlobRow::State::whole;
    return {*row.hash, row.have, whole ? BlobHave::Whole::yes : BlobHave::Whole::no};
}

/// Faults of our own storage end the request; anything else is the phone's to hear.
bool is_the_phones(Errc code) {
    return code == Errc::not_found || code == Errc::chain_broken || code == Errc::malformed ||
           code == Errc::digest_mismatch || code == Errc::quota_exceeded || code == Errc::not_here_yet;
}

}  // namespace

BlobShelf Phone::blobs() { return {store_, limits::phone_blobs_bytes_max}; }
BlobShelf Hub::blobs(std::uint64_t bytes_max) { return {store_, bytes_max, host_.grace_ms}; }

Status want_blob(Store& store, const Value& value, std::optional<StreamNo> stream) {
    if (value.type() != ValueType::attachment) return ok();
    const BlobName name = value.as_attachment();
    BlobTable table(store.database());
    DOORSTEP_TRY(table.want(name.hash, name.size));
    return table.note_stream(name.hash, stream.value_or(BlobTable::held_parts));
}

Result<BlobNo> BlobShelf::begin() { return table_.add_nameless(); }

Result<BlobRow> BlobShelf::draft(BlobNo no) {
    DOORSTEP_TRY_ASSIGN(const std::optional<BlobRow> row, table_.find(no));
    if (!row || row->hash) return Error{Errc::not_found, "no attachment is being added under this number"};
    return *row;
}

Status BlobShelf::check_room(std::size_t bytes) {
    DOORSTEP_TRY_ASSIGN(const std::uint64_t held, table_.bytes_held());
    if (held + bytes > bytes_max_)
        return Error{Errc::quota_exceeded, "attachments may take up " + std::to_string(bytes_max_) + " bytes here"};
    return ok();
}

Status BlobShelf::append(BlobNo no, BytesView chunk) {
    if (chunk.empty() || chunk.size() > limits::chunk_bytes)
        return Error{Errc::invalid_argument, "a chunk has 1 byte to 256 KiB"};
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_->database()));
    DOORSTEP_TRY_ASSIGN(BlobRow row, draft(no));
    if (row.have % limits::chunk_bytes != 0) return Error{Errc::invalid_argument, "the chunk before was the last one"};
    if (row.have + chunk.size() > limits::blob_bytes_max)
        return Error{Errc::value_too_large, "an attachment has at most 64 MiB"};
    DOORSTEP_TRY(check_room(chunk.size()));
    DOORSTEP_TRY(table_.append(row, chunk));
    return transaction.commit();
}

Result<Hash> BlobShelf::hash_of(const BlobRow& row) {
    Sha256 hash;
    for (std::uint64_t at = 0; at < row.have; at += limits::chunk_bytes) {
        DOORSTEP_TRY_ASSIGN(const Bytes chunk, table_.chunk(row.no, at / limits::chunk_bytes));
        hash.update(chunk);
    }
    return hash.finish();
}

Result<BlobName> BlobShelf::finish(BlobNo no, const std::string& media) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_->database()));
    DOORSTEP_TRY_ASSIGN(const BlobRow row, draft(no));
    DOORSTEP_TRY_ASSIGN(const Hash hash, hash_of(row));
    const BlobName name{hash, row.have, media};
    DOORSTEP_TRY(Value::attachment(name));
    DOORSTEP_TRY_ASSIGN(const std::optional<BlobRow> known, table_.find(hash));
    if (known && known->state == BlobRow::State::whole) {
        DOORSTEP_TRY(table_.remove(no));
    } else {
        if (known) DOORSTEP_TRY(table_.remove(known->no));  // half of the same, on its way here
        DOORSTEP_TRY(table_.set_whole(no, hash, row.have));
    }
    DOORSTEP_TRY(transaction.commit());
    return name;
}

Status BlobShelf::abandon(BlobNo no) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_->database()));
    DOORSTEP_TRY(draft(no));
    DOORSTEP_TRY(table_.remove(no));
    return transaction.commit();
}

Result<BlobStanding> BlobShelf::standing(const Hash& hash) {
    DOORSTEP_TRY_ASSIGN(const std::optional<BlobRow> row, table_.find(hash));
    if (!row) return BlobStanding{};
    const bool whole = row->state == BlobRow::State::whole;
    return BlobStanding{whole ? BlobStanding::Presence::whole : BlobStanding::Presence::not_here_yet, row->size,
                        row->have};
}

Result<Bytes> BlobShelf::read(const Hash& hash, std::uint64_t n) {
    DOORSTEP_TRY_ASSIGN(const std::optional<BlobRow> row, table_.find(hash));
    if (!row) return Error{Errc::not_found, "no attachment of this name"};
    if (row->state != BlobRow::State::whole) return Error{Errc::not_here_yet, "the attachment is not here yet"};
    if (n >= (row->size + limits::chunk_bytes - 1) / limits::chunk_bytes)
        return Error{Errc::not_found, "the attachment has no such chunk"};
    return table_.chunk(row->no, n);
}

Result<BlobRow> BlobShelf::receive(const Hash& hash, std::uint64_t offset, BytesView chunk) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_->database()));
    DOORSTEP_TRY_ASSIGN(std::optional<BlobRow> row, table_.find(hash));
    if (!row) return Error{Errc::not_found, "nothing here names this attachment"};
    if (row->state == BlobRow::State::whole || offset + chunk.size() <= row->have) return *row;  // sent again
    if (offset != row->have) return Error{Errc::chain_broken, "go on at byte " + std::to_string(row->have)};
    const std::uint64_t rest = row->size - row->have;
    if (chunk.size() != std::min<std::uint64_t>(rest, limits::chunk_bytes))
        return Error{Errc::malformed, "a chunk of another length than its place asks for"};
    DOORSTEP_TRY(check_room(chunk.size()));
    DOORSTEP_TRY(table_.append(*row, chunk));
    if (row->have == row->size) {
        DOORSTEP_TRY_ASSIGN(const Hash found, hash_of(*row));
        if (found != hash) {
            DOORSTEP_TRY(table_.drop_chunks(row->no));
            DOORSTEP_TRY(transaction.commit());
            return Error{Errc::digest_mismatch, "the attachment is not what its name says; it begins anew"};
        }
        DOORSTEP_TRY(table_.set_whole(row->no, hash, row->size));
        row->state = BlobRow::State::whole;
    }
    DOORSTEP_TRY(transaction.commit());
    return *row;
}

Result<std::optional<BlobRow>> BlobShelf::find_for(const Grant& grant, const Hash& hash, Way way,
                                                   std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(std::optional<BlobRow> row, table_.find(hash));
    if (!row) return row;
    // A revoked phone's words may have come before its access was taken back, and their attachments not.
    if (way == Way::take && grant.access == Grant::Access::drain_only) return row;
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamNo> streams, table_.streams_of(row->no));
    for (const StreamNo no : streams) {
        if (no == BlobTable::held_parts) {
            if (way == Way::take) return row;
            continue;
        }
        DOORSTEP_TRY_ASSIGN(const Stream stream, store_->stream_of(no));
        if (way == Way::give ? grant.covers(stream) : grant.accepts(stream, now_ms, grace_ms_)) return row;
    }
    return std::optional<BlobRow>();
}

bool BlobShelf::is_asked(BytesView request) {
    const auto frame = FrameReader(request).next();
    if (!frame || !frame.value()) return false;
    const FrameKind kind = frame.value()->kind;
    return kind == FrameKind::blob_put || kind == FrameKind::blob_get;
}

Result<Bytes> BlobShelf::answer(const Grant& grant, BytesView request, std::uint64_t now_ms) {
    const auto read_frame = FrameReader(request).next();
    if (!read_frame || !read_frame.value()) return refused({}, Errc::malformed);
    const Frame& frame = *read_frame.value();
    if (frame.kind == FrameKind::blob_put) {
        const auto put = BlobPut::decode(frame.payload);
        if (!put) return refused({}, Errc::malformed);
        const Hash& hash = put.value().hash;
        DOORSTEP_TRY_ASSIGN(const std::optional<BlobRow> row, find_for(grant, hash, Way::take, now_ms));
        if (!row) return refused(hash, Errc::not_found);
        if (put.value().size != row->size) return refused(hash, Errc::malformed);
        if (put.value().bytes.empty()) return framed(FrameKind::blob_have, have_of(*row).encode());
        const auto taken = receive(hash, put.value().offset, put.value().bytes);
        if (taken) return framed(FrameKind::blob_have, have_of(taken.value()).encode());
        if (!is_the_phones(taken.error().code)) return taken.error();
        return refused(hash, taken.error().code);
    }
    const auto get = BlobGet::decode(frame.payload);
    if (frame.kind != FrameKind::blob_get || !get) return refused({}, Errc::malformed);
    const std::uint64_t offset = get.value().offset;
    DOORSTEP_TRY_ASSIGN(const std::optional<BlobRow> row, find_for(grant, get.value().hash, Way::give, now_ms));
    if (!row) return refused(get.value().hash, Errc::not_found);
    auto chunk = read(get.value().hash, offset / limits::chunk_bytes);
    if (chunk)
        return framed(FrameKind::blob_data, BlobData{get.value().hash, offset, std::move(chunk).value()}.encode());
    if (!is_the_phones(chunk.error().code)) return chunk.error();
    return refused(get.value().hash, chunk.error().code);
}

Result<std::uint64_t> BlobShelf::collect(const std::set<Hash>& in_forms) {
    std::set<Hash> named = in_forms;
    const auto gather = [&](const Commit& commit, const Hash&) -> Status {
        for (const Bytes& packed : commit.parts) {
            const auto part = Part::unpack(packed);  // held parts too: their words are not gone
            if (!part) continue;
            for (const RecordOps& record : part.value().records)
                for (const Op& op : record.ops)
                    if (op.value.type() == ValueType::attachment) named.insert(op.value.as_attachment().hash);
        }
        return ok();
    };
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_->database()));
    DOORSTEP_TRY(store_->each_commit(gather));
    DOORSTEP_TRY_ASSIGN(const std::vector<BlobRow> rows, table_.all());
    std::uint64_t gone = 0;
    for (const BlobRow& row : rows) {
        if (!row.hash || named.count(*row.hash) == 1) continue;
        DOORSTEP_TRY(table_.remove(row.no));
        ++gone;
    }
    DOORSTEP_TRY(transaction.commit());
    return gone;
}

}  // namespace doorstep
