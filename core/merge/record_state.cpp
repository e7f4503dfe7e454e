// Packs and unpacks a RecordState: format byte, type, table of replicas, then the fields.
#include "core/merge/record_state.hpp"

#include "core/base/limits.hpp"
#include "core/model/replica_table.hpp"
#include "core/model/written_once.hpp"

namespace doorstep {
namespace {

void write_field(Writer& out, const FieldState& field, const ReplicaTable& replicas) {
    out.varint(field.field);
    out.u8(static_cast<std::uint8_t>(field.kind));
    out.varint(field.live.size());
    for (const Live& live : field.live) {
        replicas.write_dot(out, live.dot);
        out.varint(live.rank);
        out.sized(live.value.bytes());
    }
    out.varint(field.superseded.size());
    for (const Superseded& superseded : field.superseded) {
        replicas.write_dot(out, superseded.dot);
        if (field.kind == Kind::set) out.sized(superseded.element.bytes());
    }
}

Result<Value> read_value(Reader& in) { return Value::from_bytes(in.sized(limits::value_bytes_max + 1)); }

Result<FieldState> read_field(Reader& in, ReplicaTable& replicas) {
    constexpr std::size_t unbounded = ~std::size_t{0};
    FieldState field;
    field.field = in.varint32();
    field.kind = static_cast<Kind>(in.u8());
    for (std::size_t n = in.count(unbounded, 5); n > 0; --n) {
        Live live;
        live.dot = replicas.read_dot(in);
        live.rank = in.varint32();
        DOORSTEP_TRY_ASSIGN(live.value, read_value(in));
        field.live.push_back(std::move(live));
    }
    for (std::size_t n = in.count(unbounded, 2); n > 0; --n) {
        Superseded superseded;
        superseded.dot = replicas.read_dot(in);
        if (field.kind == Kind::set) {
            DOORSTEP_TRY_ASSIGN(superseded.element, read_value(in));
        }
        field.superseded.push_back(std::move(superseded));
    }
    return field;
}

}  // namespace

Bytes RecordState::pack() const {
    ReplicaTable replicas;
    for (const FieldState& field : fields) {
        for (const Live& live : field.live) replicas.add(live.dot.replica);
        for (const Superseded& superseded : field.superseded) replicas.add(superseded.dot.replica);
    }
    replicas.seal();
    Bytes bytes;
    Writer out(bytes);
    out.u8(record_state_format);
    out.varint(type);
    replicas.write(out);
    out.varint(fields.size());
    for (const FieldState& field : fields) write_field(out, field, replicas);
    return bytes;
}

Result<RecordState> RecordState::unpack(BytesView bytes) {
    Reader in(bytes);
    if (in.u8() != record_state_format) return Error{Errc::malformed, "a record of an unknown format"};
    RecordState state;
    state.type = in.varint32();
    ReplicaTable replicas = ReplicaTable::read(in);
    for (std::size_t n = in.count(limits::record_fields_max, 4); n > 0; --n) {
        DOORSTEP_TRY_ASSIGN(FieldState field, read_field(in, replicas));
        state.fields.push_back(std::move(field));
    }
    DOORSTEP_TRY(in.finish("a record"));
    return state;
}

}  // namespace doorstep
