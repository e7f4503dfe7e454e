#include "core/model/commit.hpp"

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/base/utf8.hpp"

namespace doorstep {
namespace {

constexpr std::uint8_t header_format = 1;

// Flags of a commit on the wire or in the log: what is written out because the reader cannot know it.
constexpr std::uint8_t has_replica = 1, has_seq = 2, has_previous = 4, knows_author = 8;

enum class Author { told, known };

void write_stamp(Writer& out, const Header& header, Author author) {
    out.varint(header.hlc.packed());
    out.zigzag(static_cast<std::int64_t>(header.wall_ms - header.hlc.wall_ms));  // nearly always 0
    out.zigzag(header.offset_ms);
    if (author == Author::told) out.sized(header.author);
    out.varint(header.form_version);
    out.varint(header.parts.size());
}

/// The counterpart of write_stamp; returns the number of parts. A broken rule fails the reader.
std::size_t read_stamp(Reader& in, Header& header, Author author) {
    header.hlc = Hlc::unpack(in.varint());
    header.wall_ms = header.hlc.wall_ms + static_cast<std::uint64_t>(in.zigzag());
    header.offset_ms = in.zigzag();
    if (author == Author::told) header.author = std::string(in.sized(limits::author_bytes_max));
    header.form_version = in.varint32();
    const std::size_t parts = in.count(limits::commit_parts_max, 2);
    if (parts == 0 || header.author.empty() || !is_text(header.author)) in.fail();
    return parts;
}

/// What stands before the parts of a commit, after its flags. A broken rule fails the reader.
std::size_t read_head(Reader& in, std::uint8_t flags, Header& header, const CommitContext& context) {
    header.dot.replica = flags & has_replica ? in.fixed<ReplicaId>() : *context.replica;
    header.dot.seq = flags & has_seq ? in.varint() : context.seq;
    header.previous = flags & has_previous ? in.fixed<Hash>() : *context.previous;
    if (flags & knows_author) header.author = std::string(context.author);
    return read_stamp(in, header, flags & knows_author ? Author::known : Author::told);
}

bool can_read(std::uint8_t flags, const CommitContext& context) {
    const bool known = (flags & ~(has_replica | has_seq | has_previous | knows_author)) == 0;
    return known && ((flags & has_replica) || context.replica) && ((flags & has_previous) || context.previous) &&
           (!(flags & knows_author) || !context.author.empty());
}

constexpr std::size_t header_bytes_likely = 256;

}  // namespace

Bytes Header::pack() const {
    Bytes bytes;
    bytes.reserve(header_bytes_likely);
    Writer out(bytes);
    out.u8(header_format);
    out.fixed(dot.replica);
    out.varint(dot.seq);
    out.fixed(previous);
    write_stamp(out, *this, Author::told);
    for (const Hash& part : parts) out.fixed(part);
    return bytes;
}

Result<Header> Header::unpack(BytesView bytes) {
    Reader in(bytes);
    if (in.u8() != header_format) return Error{Errc::malformed, "a commit header of an unknown format"};
    Header header;
    header.dot.replica = in.fixed<ReplicaId>();
    header.dot.seq = in.varint();
    header.previous = in.fixed<Hash>();
    const std::size_t parts = read_stamp(in, header, Author::told);
    for (std::size_t i = 0; i < parts; ++i) header.parts.push_back(in.fixed<Hash>());
    if (header.dot.seq == 0) in.fail();
    DOORSTEP_TRY(in.finish("a commit header"));
    return header;
}

Hash Header::hash() const { return sha256(pack()); }

Status Commit::check() const {
    if (parts.size() != header.parts.size()) return Error{Errc::malformed, "a commit lacks parts of its header"};
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (!parts[i].empty() && part_hash(parts[i]) != header.parts[i])
            return Error{Errc::malformed, "a part does not have the hash that its header names"};
    return ok();
}

void write_commit(Writer& out, const Commit& commit, const CommitContext& context) {
    const Header& header = commit.header;
    std::uint8_t flags = 0;
    if (!context.replica || *context.replica != header.dot.replica) flags |= has_replica;
    if (context.seq != header.dot.seq) flags |= has_seq;
    if (!context.previous || *context.previous != header.previous) flags |= has_previous;
    if (!context.author.empty() && context.author == header.author) flags |= knows_author;
    out.u8(flags);
    if (flags & has_replica) out.fixed(header.dot.replica);
    if (flags & has_seq) out.varint(header.dot.seq);
    if (flags & has_previous) out.fixed(header.previous);
    write_stamp(out, header, flags & knows_author ? Author::known : Author::told);
    for (std::size_t i = 0; i < commit.parts.size(); ++i) {
        out.sized(commit.parts[i]);  // a part that is here brings its own hash
        if (commit.parts[i].empty()) out.fixed(header.parts[i]);
    }
}

Result<BytesView> read_part(Reader in, const CommitContext& context, std::uint32_t place) {
    Header header;
    const std::uint8_t flags = in.u8();
    if (!can_read(flags, context)) return Error{Errc::malformed, "a commit leaves out what its reader cannot know"};
    const std::size_t parts = read_head(in, flags, header, context);
    for (std::size_t i = 0; i < parts; ++i) {
        const BytesView part = in.sized(limits::commit_bytes_max);
        if (part.empty()) in.fixed<Hash>();
        if (in.failed()) break;
        if (i == place) return part;
    }
    return Error{Errc::malformed, "a commit has no such part"};
}

Result<Commit> read_commit(Reader& in, const CommitContext& context) {
    Commit commit;
    Header& header = commit.header;
    const std::size_t before = in.rest().size();
    const std::uint8_t flags = in.u8();
    if (!can_read(flags, context)) return Error{Errc::malformed, "a commit leaves out what its reader cannot know"};
    // One form for each commit: what the reader knows is not written out.
    if ((flags & has_replica) && context.replica && in.rest().substr(0, ReplicaId::size) == context.replica->view())
        in.fail();
    const std::size_t parts = read_head(in, flags, header, context);
    if ((flags & has_seq) && context.seq == header.dot.seq) in.fail();
    if ((flags & has_previous) && context.previous && *context.previous == header.previous) in.fail();
    if (!(flags & knows_author) && !context.author.empty() && header.author == context.author) in.fail();
    for (std::size_t i = 0; i < parts && !in.failed(); ++i) {
        commit.parts.emplace_back(in.sized(limits::commit_bytes_max));
        const bool here = !commit.parts.back().empty();
        header.parts.push_back(here ? part_hash(commit.parts.back()) : in.fixed<Hash>());
    }
    if (in.failed() || header.dot.seq == 0) return Error{Errc::malformed, "a commit is cut short or breaks a rule"};
    if (before - in.rest().size() > limits::commit_bytes_max)
        return Error{Errc::commit_too_large, "a commit is over " + std::to_string(limits::commit_bytes_max) + " bytes"};
    return commit;
}

}  // namespace doorstep
