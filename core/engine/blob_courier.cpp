// A phone carries attachments: up what the office lacks, down what this phone lacks.
#include "core/base/limits.hpp"
#include "core/engine/blobs.hpp"
#include "core/sync/blob_message.hpp"
#include "core/sync/frame.hpp"

namespace doorstep {
namespace {

constexpr std::size_t look_max = 100;  // candidates looked at; the next synchronisation finds the others

/// The first that was not passed over in this run.
std::optional<BlobRow> first_of(const std::vector<BlobRow>& rows, const std::set<Hash>& passed_over) {
    for (const BlobRow& row : rows)
        if (passed_over.count(*row.hash) == 0) return row;
    return std::nullopt;
}

}  // namespace

Result<std::optional<Bytes>> BlobCourier::begin() { return ask(); }

/// The next message: goes on with the current attachment, or picks the next one, those to deliver first.
Result<std::optional<Bytes>> BlobCourier::ask() {
    if (!current_) {
        DOORSTEP_TRY_ASSIGN(const std::vector<BlobRow> unsent, shelf_.table().unsent(look_max));
        DOORSTEP_TRY_ASSIGN(const std::vector<BlobRow> missing, shelf_.table().missing(look_max));
        current_ = first_of(unsent, passed_over_);
        way_ = current_ ? Way::up : Way::down;
        if (!current_) current_ = first_of(missing, passed_over_);
        if (!current_) return std::optional<Bytes>();
        asked_ = way_ == Way::up ? Asked::how_far : Asked::chunk;
        offset_ = way_ == Way::up ? 0 : current_->have;
    }
    Bytes message;
    if (way_ == Way::down) {
        write_frame(message, FrameKind::blob_get, BlobGet{*current_->hash, offset_}.encode());
        return std::optional<Bytes>(std::move(message));
    }
    BlobPut put{*current_->hash, current_->size, offset_, {}};
    if (asked_ == Asked::chunk) {
        DOORSTEP_TRY_ASSIGN(put.bytes, shelf_.read(put.hash, offset_ / limits::chunk_bytes));
        sent_bytes_ += put.bytes.size();
    }
    write_frame(message, FrameKind::blob_put, put.encode());
    return std::optional<Bytes>(std::move(message));
}

Result<std::optional<Bytes>> BlobCourier::next(BytesView answer) {
    if (!current_) return Error{Errc::invalid_argument, "no attachment is being carried"};
    DOORSTEP_TRY(take(answer));
    return ask();
}

Status BlobCourier::take(BytesView answer) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Frame> frame, FrameReader(answer).next());
    if (!frame) return Error{Errc::malformed, "an empty answer about an attachment"};
    const Hash hash = *current_->hash;
    const Error another{Errc::malformed, "an answer about another attachment"};
    if (frame->kind == FrameKind::blob_refused) {
        DOORSTEP_TRY(BlobRefused::decode(frame->payload));
        passed_over_.insert(hash);
        current_.reset();
        return ok();
    }
    if (frame->kind == FrameKind::blob_have && way_ == Way::up) {
        DOORSTEP_TRY_ASSIGN(const BlobHave have, BlobHave::decode(frame->payload));
        if (have.hash != hash) return another;
        if (have.whole == BlobHave::Whole::yes) {
            DOORSTEP_TRY(shelf_.table().set_sent(current_->no));
            current_.reset();
            return ok();
        }
        const bool stands_still = asked_ == Asked::chunk && have.offset <= offset_;
        if (have.offset >= current_->size || stands_still) return Error{Errc::malformed, "an upload does not move on"};
        offset_ = have.offset;
        asked_ = Asked::chunk;
        return ok();
    }
    if (frame->kind == FrameKind::blob_data && way_ == Way::down) {
        DOORSTEP_TRY_ASSIGN(const BlobData data, BlobData::decode(frame->payload));
        if (data.hash != hash || data.offset != offset_) return another;
        received_bytes_ += data.bytes.size();
        DOORSTEP_TRY_ASSIGN(const BlobRow row, shelf_.receive(hash, data.offset, data.bytes));
        offset_ = row.have;
        if (row.state == BlobRow::State::whole) {
            DOORSTEP_TRY(shelf_.table().set_sent(row.no));  // who gave it has it
            current_.reset();
        }
        return ok();
    }
    return Error{Errc::malformed, "an answer that has no place here"};
}

}  // namespace doorstep
