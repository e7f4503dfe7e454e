#include "core/engine/writes.hpp"

#include <algorithm>

#include "core/model/reserved_field.hpp"

namespace doorstep {

Trace RecordWrite::trace() const {
    return {origin.dot, origin.author, origin.wall_ms - static_cast<std::uint64_t>(origin.offset_ms)};
}

std::vector<Bytes> RecordWrite::keys() const {
    std::vector<Bytes> out;
    LineCounter lines(origin.first_line);
    for (const Op& op : ops.ops) {
        Bytes key;
        Writer writer(key);
        writer.fixed(ops.record);
        writer.fixed(origin.dot.replica);
        writer.varint(origin.dot.seq);
        writer.fixed(origin.hash);
        writer.varint(op.field);
        writer.u8(static_cast<std::uint8_t>(op.kind));
        writer.u8(static_cast<std::uint8_t>(op.action));
        writer.varint(op.action == Op::Action::put && op.kind == Kind::log ? lines.next(op.field) : 0);
        key.append(op.value.bytes());
        out.push_back(std::move(key));
    }
    return out;
}

Result<std::vector<RecordWrite>> writes_in(Store& store, const Commit& commit, const RecordId& record) {
    std::vector<RecordWrite> out;
    for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
        if (commit.parts[i].empty()) continue;
        auto part = Part::unpack(commit.parts[i]);
        if (!part) continue;
        for (RecordOps& ops : part.value().records) {
            if (ops.record != record) continue;
            RecordWrite write;
            DOORSTEP_TRY_ASSIGN(write.stream, store.stream_no(part.value().stream));
            DOORSTEP_TRY_ASSIGN(write.held, store.is_held(commit.header.dot, i));
            std::optional<Origin> origin = origin_of(ops);
            if (origin) {
                write.came = RecordWrite::Came::carried;
                std::erase_if(ops.ops, [](const Op& op) { return op.field == reserved_field::origin; });
            }
            write.origin = origin ? std::move(*origin) : Origin::of(commit.header, part.value().stream.area);
            write.ops = std::move(ops);
            out.push_back(std::move(write));
        }
    }
    return out;
}

Result<std::vector<RecordWrite>> writes_of(Store& store, const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Commit> writers, store.writers_of(record));
    std::vector<RecordWrite> out;
    for (const Commit& commit : writers) {
        DOORSTEP_TRY_ASSIGN(std::vector<RecordWrite> writes, writes_in(store, commit, record));
        for (RecordWrite& write : writes)
            if (!write.held) out.push_back(std::move(write));
    }
    return out;
}

Result<Trace> Tracer::find(const Dot& dot) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store_->find_commit(dot));
    if (commit) {
        const Header& header = commit->header;
        return Trace{dot, header.author, header.wall_ms - static_cast<std::uint64_t>(header.offset_ms)};
    }
    if (read_ == Read::no) {
        read_ = Read::yes;
        for (const RecordId& record : records_) {
            DOORSTEP_TRY_ASSIGN(const std::vector<RecordWrite> writes, writes_of(*store_, record));
            for (const RecordWrite& write : writes) carried_.emplace(write.origin.dot, write.trace());
        }
    }
    const auto found = carried_.find(dot);
    return found == carried_.end() ? Trace{dot, {}, 0} : found->second;
}

}  // namespace doorstep
