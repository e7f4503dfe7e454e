#include "core/engine/phone_meta.hpp"

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

constexpr std::size_t text_bytes_max = 64 * 1024, rows_max = 1'000'000;

}  // namespace

Bytes pack_memory(const SyncMemory& memory) {
    Bytes bytes;
    Writer out(bytes);
    out.fixed(memory.epoch);
    out.varint(memory.durable_seq);
    out.varint(memory.backed_up_seq);
    out.zigzag(memory.offset_ms);
    out.varint(memory.clock.packed());
    out.varint(memory.held.size());
    for (const HeldNotice& notice : memory.held) {
        out.varint(notice.seq);
        out.varint(notice.part);
        out.varint(notice.reason);
    }
    return bytes;
}

Result<SyncMemory> unpack_memory(BytesView bytes) {
    Reader in(bytes);
    SyncMemory memory;
    memory.epoch = in.fixed<EpochId>();
    memory.durable_seq = in.varint();
    memory.backed_up_seq = in.varint();
    memory.offset_ms = in.zigzag();
    memory.clock = Hlc::unpack(in.varint());
    for (std::size_t n = in.count(limits::held_max, 3); n > 0; --n) {
        HeldNotice notice;
        notice.seq = in.varint();
        notice.part = in.varint32();
        notice.reason = in.varint32();
        memory.held.push_back(notice);
    }
    DOORSTEP_TRY(in.finish("the sync memory"));
    return memory;
}

Bytes pack_enrolment(const Enrolment& enrolment) {
    Bytes bytes;
    Writer out(bytes);
    for (const std::string* text : {&enrolment.author, &enrolment.device, &enrolment.server, &enrolment.certificate_pem,
                                    &enrolment.token, &enrolment.sealing_key})
        out.sized(*text);
    enrolment.encode(out);
    out.varint(enrolment.divisions.rows().size());
    for (const Division& row : enrolment.divisions.rows()) {
        out.varint(row.code);
        out.sized(row.name);
    }
    return bytes;
}

Result<Enrolment> unpack_enrolment(BytesView bytes) {
    Reader in(bytes);
    Enrolment enrolment;
    for (std::string* text : {&enrolment.author, &enrolment.device, &enrolment.server, &enrolment.certificate_pem,
                              &enrolment.token, &enrolment.sealing_key})
        *text = std::string(in.sized(text_bytes_max));
    static_cast<Scope&>(enrolment) = Scope::decode(in);
    std::vector<Division> rows;
    for (std::size_t n = in.count(rows_max, 2); n > 0; --n) {
        Division row;
        row.code = in.varint();
        row.name = std::string(in.sized(text_bytes_max));
        if (!rows.empty() && row.code <= rows.back().code) in.fail();
        rows.push_back(std::move(row));
    }
    enrolment.divisions = Divisions(std::move(rows));
    DOORSTEP_TRY(in.finish("the enrolment"));
    return enrolment;
}

}  // namespace doorstep
