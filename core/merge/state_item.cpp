#include "core/merge/state_item.hpp"

#include "core/base/sha256.hpp"

namespace doorstep {
namespace {

Digest item_of_one(const RecordId& record, std::uint32_t type, const Dot& dot, std::size_t writes) {
    Bytes bytes;
    bytes.reserve(RecordId::size + ReplicaId::size + 16);
    Writer out(bytes);
    out.fixed(record);
    out.fixed(dot.replica);
    out.varint(dot.seq);
    out.varint(type);
    out.varint(writes);
    return Digest::of(sha256(bytes));
}

/// The dot of the only commit that left something here; nullptr when there are several, or none.
const Dot* only_writer(const RecordState& state) {
    const Dot* only = nullptr;
    for (const FieldState& field : state.fields) {
        if (!field.superseded.empty()) return nullptr;
        for (const Live& live : field.live) {
            if (only && !(*only == live.dot)) return nullptr;
            only = &live.dot;
        }
    }
    return only;
}

}  // namespace

Digest state_item(const RecordId& record, const RecordState& state, BytesView packed) {
    if (const Dot* dot = only_writer(state)) {
        std::size_t writes = 0;
        for (const FieldState& field : state.fields) writes += field.live.size();
        return item_of_one(record, state.type, *dot, writes);
    }
    Bytes bytes(record.view());
    bytes.append(packed);
    return Digest::of(sha256(bytes));
}

Digest state_item(const RecordOps& record, const Dot& dot) {
    return item_of_one(record.record, record.type, dot, record.ops.size());
}

}  // namespace doorstep
