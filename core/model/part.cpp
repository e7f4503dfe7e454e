// Packs and unpacks a Part: format byte, stream, salt, table of the replicas that supersedes name, then the records.
#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/model/commit.hpp"
#include "core/model/erasure.hpp"
#include "core/model/part_format.hpp"
#include "core/model/replica_table.hpp"

namespace doorstep {
namespace {

using part_format::kind_mask;
using part_format::remove_bit;
using part_format::supersedes_bit;

void write_op(Writer& out, const Op& op, const ReplicaTable& replicas) {
    std::uint8_t flags = static_cast<std::uint8_t>(op.kind);
    if (op.action == Op::Action::remove) flags |= remove_bit;
    if (!op.supersedes.empty()) flags |= supersedes_bit;
    out.varint(op.field);
    out.u8(flags);
    out.sized(op.value.bytes());
    if (op.supersedes.empty()) return;
    out.varint(op.depth);
    out.varint(op.supersedes.size());
    for (const Dot& dot : op.supersedes) replicas.write_dot(out, dot);
}

Status read_op(Reader& in, ReplicaTable& replicas, Op& op) {
    op.field = in.varint32();
    const std::uint8_t flags = in.u8();
    const BytesView value = in.sized(limits::value_bytes_max + 1);
    if (in.failed()) return Error{Errc::malformed, "an op is cut short"};
    if (op.field == 0 || (flags & ~(remove_bit | supersedes_bit | kind_mask)) != 0)
        return Error{Errc::malformed, "an op has an unknown flag or no field"};
    op.kind = static_cast<Kind>(flags & kind_mask);
    op.action = flags & remove_bit ? Op::Action::remove : Op::Action::put;
    DOORSTEP_TRY(op.value.assign(value));
    if (flags & supersedes_bit) {
        op.depth = in.varint32();
        const std::size_t n = in.count(limits::superseded_max, 2);
        if (n == 0 || op.depth == 0) return Error{Errc::malformed, "an op supersedes nothing"};
        for (std::size_t i = 0; i < n; ++i) {
            op.supersedes.push_back(replicas.read_dot(in));
            if (i > 0 && !(op.supersedes[i - 1] < op.supersedes[i])) in.fail();
            if (in.failed()) return Error{Errc::malformed, "superseded dots are not ascending"};
        }
    }
    const bool erases = takes_away(op) && !op.supersedes.empty();
    if (op.kind == Kind::log && !op.supersedes.empty() && !erases) return Error{Errc::malformed, "a log only grows"};
    if (op.action == Op::Action::remove && !erases && (op.kind != Kind::set || op.supersedes.empty()))
        return Error{Errc::malformed, "only an element of a set is removed, and only after it was seen"};
    return ok();
}

/// The order within a record: by field, then by element in a set. A log's lines keep the order they were written in.
bool in_order(const Op& before, const Op& after) {
    if (before.field != after.field) return before.field < after.field;
    if (before.kind != after.kind) return false;
    if (after.kind == Kind::log) return true;
    return after.kind == Kind::set && before.value < after.value;
}

Status read_record(Reader& in, ReplicaTable& replicas, RecordOps& record) {
    record.record = in.fixed<RecordId>();
    record.type = in.varint32();
    const std::size_t n = in.count(limits::record_ops_max, 4);
    if (in.failed() || n == 0 || record.type == 0) return Error{Errc::malformed, "a record in a part has no ops"};
    record.ops.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        Op& op = record.ops.emplace_back();
        DOORSTEP_TRY(read_op(in, replicas, op));
        if (i > 0 && !in_order(record.ops[i - 1], op))
            return Error{Errc::malformed, "ops of a record are not in their order, or one field is written twice"};
    }
    return ok();
}

}  // namespace

Bytes Part::pack() const {
    ReplicaTable replicas;
    for (const RecordOps& record : records)
        for (const Op& op : record.ops)
            for (const Dot& dot : op.supersedes) replicas.add(dot.replica);
    replicas.seal();
    constexpr std::size_t likely_bytes = 1024;
    Bytes bytes;
    bytes.reserve(likely_bytes);
    Writer out(bytes);
    out.u8(part_format::version);
    stream.encode(out);
    out.fixed(salt);
    replicas.write(out);
    out.varint(records.size());
    for (const RecordOps& record : records) {
        out.fixed(record.record);
        out.varint(record.type);
        out.varint(record.ops.size());
        for (const Op& op : record.ops) write_op(out, op, replicas);
    }
    return bytes;
}

Result<Part> Part::unpack(BytesView bytes) {
    Reader in(bytes);
    if (in.u8() != part_format::version) return Error{Errc::malformed, "a part of an unknown format"};
    Part part;
    part.stream = Stream::decode(in);
    part.salt = in.fixed<Salt>();
    ReplicaTable replicas = ReplicaTable::read(in);
    const std::size_t n = in.count(limits::part_records_max, RecordId::size + 6);
    if (in.failed() || n == 0) return Error{Errc::malformed, "a part holds no record"};
    for (std::size_t i = 0; i < n; ++i) {
        RecordOps& record = part.records.emplace_back();
        DOORSTEP_TRY(read_record(in, replicas, record));
        if (i > 0 && !(part.records[i - 1].record < record.record))
            return Error{Errc::malformed, "records of a part are not ascending"};
    }
    if (!replicas.all_used()) return Error{Errc::malformed, "a part names a replica for nothing"};
    DOORSTEP_TRY(in.finish("a part"));
    return part;
}

Result<Stream> stream_of_part(BytesView packed_part) {
    Reader in(packed_part);
    if (in.u8() != part_format::version) in.fail();
    const Stream stream = Stream::decode(in);
    if (in.failed()) return Error{Errc::malformed, "a part names no stream"};
    return stream;
}

Hash part_hash(BytesView packed_part) { return sha256(packed_part); }

}  // namespace doorstep
