#include "core/sync/data.hpp"

#include "core/base/limits.hpp"
#include "core/base/utf8.hpp"

namespace doorstep {
namespace {

enum class EntryKind : std::uint8_t { commit = 0, own = 1, commit_with_previous = 2 };
enum class PartKind : std::uint8_t { columns = 0, plain = 1, absent = 2 };

/// Whether the reader can tell the hash before this commit from what the message has told.
bool follows(const ChainTop& top, const Header& header) {
    return top.seq + 1 == header.dot.seq && top.hash == header.previous;
}

void write_parts(ColumnWriter& columns, const Commit& commit, const Stream& stream, DataMemory& memory) {
    Writer kinds = columns.at(Column::part), plain = columns.at(Column::plain);
    const PartContext context{stream, commit.header.hlc.wall_ms};
    for (std::size_t i = 0; i < commit.parts.size(); ++i) {
        PartKind kind = PartKind::columns;
        if (commit.parts[i].empty()) {
            kind = PartKind::absent;
            plain.fixed(commit.header.parts[i]);
        } else if (scatter_part(commit.parts[i], context, memory.known, columns) == Taken::no) {
            kind = PartKind::plain;
            plain.sized(commit.parts[i]);
        }
        kinds.u8(static_cast<std::uint8_t>(kind));
    }
}

void write_commit_entry(ColumnWriter& columns, const Commit& commit, const Stream& stream, DataMemory& memory) {
    const Header& header = commit.header;
    Writer fresh_replicas = columns.at(Column::fresh_replicas), fresh_authors = columns.at(Column::fresh_authors);
    const std::uint64_t replica = memory.known.replicas.number(header.dot.replica.view(), fresh_replicas);
    ChainTop& top = memory.top(replica);
    const bool tells = !follows(top, header);
    const EntryKind kind = tells ? EntryKind::commit_with_previous : EntryKind::commit;
    columns.at(Column::kind).u8(static_cast<std::uint8_t>(kind));
    columns.at(Column::replica).varint(replica);
    columns.at(Column::seq).zigzag(static_cast<std::int64_t>(header.dot.seq - top.seq - 1));
    if (tells) columns.at(Column::previous).fixed(header.previous);
    columns.at(Column::wall).zigzag(static_cast<std::int64_t>(header.hlc.wall_ms - memory.wall_ms));
    columns.at(Column::counter).varint(header.hlc.counter);
    Writer stamp = columns.at(Column::stamp);
    stamp.zigzag(static_cast<std::int64_t>(header.wall_ms - header.hlc.wall_ms));
    stamp.zigzag(header.offset_ms);
    stamp.varint(header.form_version);
    stamp.varint(commit.parts.size());
    columns.at(Column::author).varint(memory.known.authors.number(header.author, fresh_authors));
    top = {header.dot.seq, header.hash()};
    write_parts(columns, commit, stream, memory);
    memory.wall_ms = header.hlc.wall_ms;
}

Status read_parts(ColumnReader& columns, Commit& commit, std::size_t count, const Stream& stream, DataMemory& memory) {
    Reader &kinds = columns.at(Column::part), &plain = columns.at(Column::plain);
    const PartContext context{stream, commit.header.hlc.wall_ms};
    commit.parts.reserve(count);
    commit.header.parts.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        Bytes packed;
        switch (static_cast<PartKind>(kinds.u8())) {
            case PartKind::columns: {
                if (kinds.failed()) return kinds.finish("DATA");
                DOORSTEP_TRY_ASSIGN(packed, gather_part(context, memory.known, columns));
                break;
            }
            case PartKind::plain: {
                packed = Bytes(plain.sized(limits::commit_bytes_max));
                if (packed.empty() || is_columnar(packed)) plain.fail();  // one form for each
                break;
            }
            case PartKind::absent: break;
            default: kinds.fail();
        }
        commit.header.parts.push_back(packed.empty() ? plain.fixed<Hash>() : part_hash(packed));
        commit.parts.push_back(std::move(packed));
    }
    return plain.failed() || kinds.failed() ? Status(Error{Errc::malformed, "parts are malformed"}) : ok();
}

Result<Commit> read_commit_entry(ColumnReader& columns, EntryKind kind, const Stream& stream, DataMemory& memory) {
    Commit commit;
    Header& header = commit.header;
    const std::uint64_t replica_number = columns.at(Column::replica).varint();
    const Bytes* replica = memory.known.replicas.item(replica_number);
    const Bytes* author = memory.known.authors.item(columns.at(Column::author).varint());
    if (!replica || !author) return Error{Errc::malformed, "DATA names nobody"};
    DOORSTEP_TRY_ASSIGN(header.dot.replica, ReplicaId::from(*replica));
    const ChainTop top = memory.top(replica_number);
    header.dot.seq = top.seq + 1 + static_cast<std::uint64_t>(columns.at(Column::seq).zigzag());
    header.author = *author;
    header.hlc.wall_ms = memory.wall_ms + static_cast<std::uint64_t>(columns.at(Column::wall).zigzag());
    const std::uint64_t counter = columns.at(Column::counter).varint();
    header.hlc.counter = static_cast<std::uint16_t>(counter);
    Reader& stamp = columns.at(Column::stamp);
    header.wall_ms = header.hlc.wall_ms + static_cast<std::uint64_t>(stamp.zigzag());
    header.offset_ms = stamp.zigzag();
    header.form_version = stamp.varint32();
    const std::uint64_t parts = stamp.varint();
    const bool fits = header.dot.seq != 0 && counter <= 0xffff && header.hlc.wall_ms >> 48 == 0 && parts > 0 &&
                      parts <= limits::commit_parts_max && !author->empty() && is_text(*author);
    if (!fits) return Error{Errc::malformed, "a commit in DATA breaks a rule"};
    if (kind == EntryKind::commit_with_previous) {
        header.previous = columns.at(Column::previous).fixed<Hash>();
        if (follows(top, header)) return Error{Errc::malformed, "DATA tells a hash that its reader knows"};
    } else {
        if (top.seq + 1 != header.dot.seq)
            return Error{Errc::malformed, "DATA leaves out a hash that its reader cannot know"};
        header.previous = top.hash;
    }
    DOORSTEP_TRY(read_parts(columns, commit, static_cast<std::size_t>(parts), stream, memory));
    memory.wall_ms = header.hlc.wall_ms;
    memory.top(replica_number) = {header.dot.seq, header.hash()};
    return commit;
}

}  // namespace

ChainTop& DataMemory::top(std::uint64_t replica_number) {
    if (replica_number >= tops.size()) tops.resize(static_cast<std::size_t>(replica_number) + 1);
    return tops[static_cast<std::size_t>(replica_number)];
}

Bytes Data::encode(DataMemory& memory) const {
    ColumnWriter columns;
    for (const Entry& entry : entries) {
        if (const Own* own = std::get_if<Own>(&entry)) {
            columns.at(Column::kind).u8(static_cast<std::uint8_t>(EntryKind::own));
            columns.at(Column::own).varint(own->seq);
        } else {
            write_commit_entry(columns, std::get<Commit>(entry), stream, memory);
        }
    }
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    out.varint(after);
    columns.write(out);
    return bytes;
}

Result<Data> Data::decode(BytesView payload, DataMemory& memory) {
    Reader in(payload);
    Data data;
    data.stream = Stream::decode(in);
    data.after = in.varint();
    ColumnReader columns(in);
    DOORSTEP_TRY(in.finish("DATA"));
    memory.known.replicas.read(columns.at(Column::fresh_replicas), ReplicaId::size);
    memory.known.authors.read(columns.at(Column::fresh_authors), limits::author_bytes_max);
    memory.known.shapes.read(columns.at(Column::fresh_shapes), limits::shape_bytes_max);
    Reader& kinds = columns.at(Column::kind);
    std::size_t bytes = 0;
    while (!kinds.at_end()) {
        bytes += limits::data_entry_bytes;
        if (bytes > limits::data_bytes_max) return Error{Errc::malformed, "DATA unfolds to more than a frame may"};
        const auto kind = static_cast<EntryKind>(kinds.u8());
        if (kind == EntryKind::own) {
            data.entries.emplace_back(Own{columns.at(Column::own).varint()});
            continue;
        }
        if (kind != EntryKind::commit && kind != EntryKind::commit_with_previous)
            return Error{Errc::malformed, "DATA holds an entry of an unknown kind"};
        DOORSTEP_TRY_ASSIGN(Commit commit, read_commit_entry(columns, kind, data.stream, memory));
        for (const Bytes& part : commit.parts) bytes += part.size();
        if (bytes > limits::data_bytes_max) return Error{Errc::malformed, "DATA unfolds to more than a frame may"};
        data.entries.emplace_back(std::move(commit));
    }
    DOORSTEP_TRY(columns.finish());
    const Dictionaries& known = memory.known;
    if (!known.replicas.all_used() || !known.authors.all_used() || !known.shapes.all_used())
        return Error{Errc::malformed, "DATA names something for nothing"};
    return data;
}

}  // namespace doorstep
