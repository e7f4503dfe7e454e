#include "core/model/written_once.hpp"

#include <algorithm>

#include "core/model/reserved_field.hpp"

namespace doorstep {

bool writes_afresh(const RecordOps& record) {
    return std::all_of(record.ops.begin(), record.ops.end(), [](const Op& op) {
        return op.action == Op::Action::put && op.supersedes.empty() && !reserved_field::is_of_the_record(op.field);
    });
}

Bytes written_once(const RecordOps& record, const Dot& dot) {
    const auto of_another_field = [](const Op& a, const Op& b) { return a.field != b.field; };
    std::size_t fields = record.ops.empty() ? 0 : 1;
    for (std::size_t i = 1; i < record.ops.size(); ++i)
        fields += of_another_field(record.ops[i - 1], record.ops[i]) ? 1 : 0;
    Bytes bytes;
    Writer out(bytes);
    out.u8(record_state_format);
    out.varint(record.type);
    out.varint(1);  // the table of replicas, of which every write names the first
    out.fixed(dot.replica);
    out.varint(fields);
    for (auto op = record.ops.begin(); op != record.ops.end();) {
        const auto end = std::find_if(op, record.ops.end(), [&](const Op& next) { return next.field != op->field; });
        out.varint(op->field);
        out.u8(static_cast<std::uint8_t>(op->kind));
        out.varint(static_cast<std::uint64_t>(end - op));
        for (std::uint32_t place = 0; op != end; ++op, ++place) {
            out.varint(0);
            out.varint(dot.seq);
            out.varint(op->kind == Kind::log ? place : op->depth);
            out.sized(op->value.bytes());
        }
        out.varint(0);  // nothing superseded
    }
    return bytes;
}

}  // namespace doorstep
