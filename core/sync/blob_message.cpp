#include "core/sync/blob_message.hpp"

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

/// Chunks lie at multiples of their size, and all but the last are full.
bool fits(std::uint64_t offset, std::size_t bytes) {
    return offset % limits::chunk_bytes == 0 && offset + bytes <= limits::blob_bytes_max;
}

}  // namespace

Bytes BlobPut::encode() const {
    Bytes payload;
    Writer out(payload);
    out.fixed(hash);
    out.varint(size);
    out.varint(offset);
    out.sized(bytes);
    return payload;
}

Result<BlobPut> BlobPut::decode(BytesView payload) {
    Reader in(payload);
    BlobPut put;
    put.hash = in.fixed<Hash>();
    put.size = in.varint();
    put.offset = in.varint();
    put.bytes = Bytes(in.sized(limits::chunk_bytes));
    const bool in_bounds = put.size > 0 && put.size <= limits::blob_bytes_max && put.offset <= put.size;
    if (!in_bounds || !fits(put.offset, put.bytes.size()) || put.offset + put.bytes.size() > put.size) in.fail();
    const bool last = put.offset + put.bytes.size() == put.size;
    if (!put.bytes.empty() && !last && put.bytes.size() != limits::chunk_bytes) in.fail();
    DOORSTEP_TRY(in.finish("BLOB_PUT"));
    return put;
}

Bytes BlobGet::encode() const {
    Bytes payload;
    Writer out(payload);
    out.fixed(hash);
    out.varint(offset);
    return payload;
}

Result<BlobGet> BlobGet::decode(BytesView payload) {
    Reader in(payload);
    BlobGet get;
    get.hash = in.fixed<Hash>();
    get.offset = in.varint();
    if (!fits(get.offset, 0)) in.fail();
    DOORSTEP_TRY(in.finish("BLOB_GET"));
    return get;
}

Bytes BlobHave::encode() const {
    Bytes payload;
    Writer out(payload);
    out.fixed(hash);
    out.varint(offset);
    out.u8(static_cast<std::uint8_t>(whole));
    return payload;
}

Result<BlobHave> BlobHave::decode(BytesView payload) {
    Reader in(payload);
    BlobHave have;
    have.hash = in.fixed<Hash>();
    have.offset = in.varint();
    const std::uint8_t whole = in.u8();
    have.whole = static_cast<Whole>(whole);
    if (whole > 1 || have.offset > limits::blob_bytes_max) in.fail();
    DOORSTEP_TRY(in.finish("BLOB_HAVE"));
    return have;
}

Bytes BlobData::encode() const {
    Bytes payload;
    Writer out(payload);
    out.fixed(hash);
    out.varint(offset);
    out.sized(bytes);
    return payload;
}

Result<BlobData> BlobData::decode(BytesView payload) {
    Reader in(payload);
    BlobData data;
    data.hash = in.fixed<Hash>();
    data.offset = in.varint();
    data.bytes = Bytes(in.sized(limits::chunk_bytes));
    if (data.bytes.empty() || !fits(data.offset, data.bytes.size())) in.fail();
    DOORSTEP_TRY(in.finish("BLOB_DATA"));
    return data;
}

Bytes BlobRefused::encode() const {
    Bytes payload;
    Writer out(payload);
    out.fixed(hash);
    out.varint(code);
    return payload;
}

Result<BlobRefused> BlobRefused::decode(BytesView payload) {
    Reader in(payload);
    BlobRefused refused;
    refused.hash = in.fixed<Hash>();
    refused.code = in.varint32();
    DOORSTEP_TRY(in.finish("BLOB_REFUSED"));
    return refused;
}

}  // namespace doorstep
