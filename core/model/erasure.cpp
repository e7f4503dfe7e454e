#include "core/model/erasure.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/model/op_order.hpp"
#include "core/model/part_format.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

constexpr std::uint8_t subject_format = 1;
constexpr std::size_t copies_max = 1000;  // a phone that was copied that often has other worries

/// The tag after those of ValueType (value.hpp): older programs keep it as bytes that mean nothing to them.
constexpr char erased_tag = 10;

/// What takes away the writes of one field: of a set or log only its own, for these replace nothing that is not of
/// them.
Op taking_away(const Op& erased, const Dot& dot) {
    Op op;
    op.field = erased.field;
    op.kind = erased.kind;
    op.action = Op::Action::remove;
    op.depth = 1;
    op.value = erased_mark();
    if (!gathers(erased.kind)) op.supersedes = erased.supersedes;
    if (op.supersedes.size() < limits::superseded_max) op.supersedes.push_back(dot);
    std::sort(op.supersedes.begin(), op.supersedes.end());
    op.supersedes.erase(std::unique(op.supersedes.begin(), op.supersedes.end()), op.supersedes.end());
    return op;
}

}  // namespace

Bytes Erasure::pack() const {
    Bytes bytes;
    Writer out(bytes);
    out.u8(subject_format);
    out.fixed(salt_mark);
    out.varint(parts.size());
    for (const ErasedPart& part : parts) {
        out.fixed(part.dot.replica);
        out.varint(part.dot.seq);
        out.fixed(part.commit);
        out.varint(part.part);
        out.fixed(part.hash);
    }
    return bytes;
}

Result<Erasure> Erasure::unpack(BytesView bytes) {
    Reader in(bytes);
    if (in.u8() != subject_format) return Error{Errc::malformed, "an erasure of an unknown format"};
    Erasure out;
    out.salt_mark = in.fixed<Hash>();
    for (std::size_t n = in.count(copies_max, ReplicaId::size + 2 + 2 * Hash::size); n > 0; --n) {
        ErasedPart part;
        part.dot.replica = in.fixed<ReplicaId>();
        part.dot.seq = in.varint();
        part.commit = in.fixed<Hash>();
        part.part = in.varint32();
        part.hash = in.fixed<Hash>();
        if (part.dot.seq == 0 || part.part >= limits::commit_parts_max) in.fail();
        out.parts.push_back(part);
    }
    if (out.parts.empty()) in.fail();
    DOORSTEP_TRY(in.finish("an erasure"));
    return out;
}

Hash mark_of(const Salt& salt) {
    Bytes seed = "doorstep erased salt";
    Writer(seed).fixed(salt);
    return sha256(seed);
}

Result<Salt> salt_of_part(BytesView packed_part) {
    Reader in(packed_part);
    if (in.u8() != part_format::version) in.fail();
    Stream::decode(in);
    const Salt salt = in.fixed<Salt>();
    if (in.failed()) return Error{Errc::malformed, "a part has no salt"};
    return salt;
}

const Value& erased_mark() {
    static const Value mark = [] {
        Value value;
        const Status assigned = value.assign(BytesView(&erased_tag, 1));
        assert(assigned);
        static_cast<void>(assigned);
        return value;
    }();
    return mark;
}

std::optional<Erasure> erasure_in(const RecordOps& record) {
    if (record.type != erasure::type) return std::nullopt;
    for (const Op& op : record.ops) {
        if (op.field != erasure::subject || op.kind != Kind::state || op.action != Op::Action::put) continue;
        auto said = Erasure::unpack(op.value.as_blob());
        if (said) return std::move(said).value();
    }
    return std::nullopt;
}

RecordOps stand_in(const RecordOps& erased, const Dot& dot, const RecordId& act) {
    RecordOps out{erased.record, erased.type, {}};
    for (const Op& op : erased.ops) {
        if (reserved_field::is_of_the_record(op.field)) continue;
        if (op.kind == Kind::set && op.action == Op::Action::remove) continue;
        if (out.ops.size() + 1 == limits::record_ops_max) break;
        if (out.ops.empty() || out.ops.back().field != op.field) out.ops.push_back(taking_away(op, dot));
    }
    out.ops.push_back({reserved_field::erasures, Kind::log, Op::Action::put, 0, Value::record(act), {}});
    put_in_order(out.ops);
    return out;
}

}  // namespace doorstep
