#include "core/model/origin.hpp"

#include "core/base/limits.hpp"
#include "core/base/planted_bug.hpp"
#include "core/base/utf8.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

constexpr std::uint8_t origin_format = 1;

}  // namespace

Bytes Origin::pack() const {
    Bytes bytes;
    Writer out(bytes);
    out.u8(origin_format);
    out.fixed(dot.replica);
    out.varint(dot.seq);
    out.fixed(hash);
    out.varint(area.division);
    out.varint(area.grid);
    out.varint(hlc.packed());
    out.zigzag(static_cast<std::int64_t>(wall_ms - hlc.wall_ms));
    out.zigzag(offset_ms);
    out.sized(author);
    out.varint(form_version);
    out.varint(first_line);
    return bytes;
}

Result<Origin> Origin::unpack(BytesView bytes) {
    Reader in(bytes);
    if (in.u8() != origin_format) in.fail();
    Origin out;
    out.dot.replica = in.fixed<ReplicaId>();
    out.dot.seq = in.varint();
    out.hash = in.fixed<HashHead>();
    out.area = {in.varint(), in.varint32()};
    out.hlc = Hlc::unpack(in.varint());
    out.wall_ms = out.hlc.wall_ms + static_cast<std::uint64_t>(in.zigzag());
    out.offset_ms = in.zigzag();
    out.author = std::string(in.sized(limits::author_bytes_max));
    out.form_version = in.varint32();
    out.first_line = in.varint32();
    if (out.dot.seq == 0 || !is_possible(out.area) || out.author.empty() || !is_text(out.author)) in.fail();
    DOORSTEP_TRY(in.finish("an origin"));
    return out;
}

Origin Origin::of(const Header& header, const Area& area) {
    return {header.dot,     head_of(header.hash()), area,          header.hlc,
            header.wall_ms, header.offset_ms,       header.author, header.form_version};
}

Result<Op> origin_op(const Origin& origin) {
    DOORSTEP_TRY_ASSIGN(Value value, Value::blob(origin.pack()));
    return Op{reserved_field::origin, Kind::state, Op::Action::put, 0, std::move(value), {}};
}

std::optional<Origin> origin_of(const RecordOps& record) {
    for (const Op& op : record.ops) {
        if (op.field > reserved_field::origin) break;
        if (op.field != reserved_field::origin || op.kind != Kind::state || !op.supersedes.empty()) continue;
        auto origin = Origin::unpack(op.value.as_blob());
        if (!origin || planted(PlantedBug::carry_under_new_dot)) return std::nullopt;
        return std::move(origin).value();
    }
    return std::nullopt;
}

}  // namespace doorstep
