#include "core/sync/message.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/base/utf8.hpp"

namespace doorstep {
namespace {

constexpr std::size_t stream_bytes_min = 3, detail_bytes_max = 1000;

void write_head(Writer& out, const StreamHead& head) {
    head.stream.encode(out);
    out.varint(head.position);
    head.digest.encode(out);
}

StreamHead read_head(Reader& in) {
    StreamHead head;
    head.stream = Stream::decode(in);
    head.position = in.varint();
    head.digest = Digest::decode(in);
    return head;
}

}  // namespace

std::optional<std::uint32_t> choose_protocol(const ProtocolRange& one, const ProtocolRange& other) {
    const std::uint32_t highest = std::min(one.max, other.max);
    if (highest < std::max(one.min, other.min)) return std::nullopt;
    return highest;
}

Bytes Hello::encode() const {
    Bytes bytes;
    Writer out(bytes);
    out.varint(protocol_min);
    out.varint(protocol_max);
    out.varint(schema);
    out.fixed(replica);
    out.varint(base_seq);
    if (base_seq > 0) out.fixed(base_hash);
    out.varint(top_seq - base_seq);
    out.fixed(epoch);
    summary.encode(out);
    return bytes;
}

Result<Hello> Hello::decode(BytesView payload) {
    Reader in(payload);
    Hello hello;
    hello.protocol_min = in.varint32();
    hello.protocol_max = in.varint32();
    if (in.failed()) return in.finish("HELLO").error();
    if (!choose_protocol({}, {hello.protocol_min, hello.protocol_max}))
        return Error{Errc::protocol_version, "the other side speaks protocol " + std::to_string(hello.protocol_min) +
                                                 " to " + std::to_string(hello.protocol_max) + ", this one 1"};
    hello.schema = in.varint32();
    hello.replica = in.fixed<ReplicaId>();
    hello.base_seq = in.varint();
    if (hello.base_seq > 0) hello.base_hash = in.fixed<HashHead>();
    hello.top_seq = hello.base_seq + in.varint();
    hello.epoch = in.fixed<EpochId>();
    hello.summary = Digest::decode(in);
    if (hello.replica.is_zero() || hello.top_seq < hello.base_seq) in.fail();
    DOORSTEP_TRY(in.finish("HELLO"));
    return hello;
}

Bytes Welcome::encode() const {
    Bytes bytes;
    Writer out(bytes);
    out.varint(protocol);
    out.varint(schema);
    out.u32(answers);
    out.u8(epoch ? 1 : 0);
    if (epoch) out.fixed(*epoch);
    out.varint(server_ms);
    out.varint(durable_seq);
    out.varint(backed_up_seq);
    summary.encode(out);
    out.varint(held.size());
    for (const HeldNotice& notice : held) {
        out.varint(notice.seq);
        out.varint(notice.part);
        out.varint(notice.reason);
    }
    return bytes;
}

Result<Welcome> Welcome::decode(BytesView payload) {
    Reader in(payload);
    Welcome welcome;
    welcome.protocol = in.varint32();
    if (!in.failed() && !choose_protocol({}, {welcome.protocol, welcome.protocol}))
        return Error{Errc::protocol_version, "the server answered in protocol " + std::to_string(welcome.protocol)};
    welcome.schema = in.varint32();
    welcome.answers = in.u32();
    const std::uint8_t tells_epoch = in.u8();
    if (tells_epoch > 1) in.fail();
    if (tells_epoch == 1) welcome.epoch = in.fixed<EpochId>();
    welcome.server_ms = in.varint();
    welcome.durable_seq = in.varint();
    welcome.backed_up_seq = in.varint();
    welcome.summary = Digest::decode(in);
    for (std::size_t n = in.count(limits::held_max, 3); n > 0; --n) {
        HeldNotice notice;
        notice.seq = in.varint();
        notice.part = in.varint32();
        notice.reason = in.varint32();
        welcome.held.push_back(notice);
    }
    DOORSTEP_TRY(in.finish("WELCOME"));
    return welcome;
}

Bytes Push::encode(PushContext& context) const {
    const std::string author = commits.empty() ? std::string() : commits.front().header.author;
    Bytes bytes;
    Writer out(bytes);
    out.sized(author);
    out.varint(commits.size());
    for (const Commit& commit : commits) {
        write_commit(out, commit, {&context.replica, context.before.seq + 1, &context.before.hash, author});
        context.before = {commit.header.dot.seq, commit.header.hash()};
    }
    return bytes;
}

Result<Push> Push::decode(BytesView payload, PushContext& context) {
    Reader in(payload);
    Push push;
    const std::string author(in.sized(limits::author_bytes_max));
    const std::size_t n = in.count(limits::frame_commits_max, 8);
    if (n == 0) in.fail();
    push.commits.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        const CommitContext known{&context.replica, context.before.seq + 1, &context.before.hash, author};
        DOORSTEP_TRY_ASSIGN(Commit commit, read_commit(in, known));
        const Header& header = commit.header;
        const bool follows = header.dot.seq == known.seq && header.previous == context.before.hash;
        if (i == 0 && header.author != author) in.fail();  // named once, for the first and all that share it
        if (header.dot.replica != context.replica || !follows)
            return Error{Errc::chain_broken, "a pushed commit does not follow the one before it"};
        context.before = {header.dot.seq, header.hash()};
        push.commits.push_back(std::move(commit));
    }
    DOORSTEP_TRY(in.finish("PUSH"));
    return push;
}

Bytes Forked::encode() const {
    Bytes bytes;
    Writer(bytes).varint(at_seq);
    return bytes;
}

Result<Forked> Forked::decode(BytesView payload) {
    Reader in(payload);
    const Forked forked{in.varint()};
    DOORSTEP_TRY(in.finish("FORKED"));
    return forked;
}

Bytes Pull::encode() const {
    Bytes bytes;
    Writer out(bytes);
    write_head(out, from);
    out.varint(staged.bytes);
    if (staged.bytes > 0) out.fixed(staged.chunk);
    return bytes;
}

Result<Pull> Pull::decode(BytesView payload) {
    Reader in(payload);
    Pull pull{read_head(in), {in.varint(), {}}, Own::named};
    if (pull.staged.bytes > 0) pull.staged.chunk = in.fixed<Hash>();
    DOORSTEP_TRY(in.finish("PULL"));
    return pull;
}

Bytes Heads::encode() const {
    Bytes bytes;
    Writer out(bytes);
    out.varint(streams.size());
    for (const StreamHead& head : streams) write_head(out, head);
    return bytes;
}

Result<Heads> Heads::decode(BytesView payload) {
    Reader in(payload);
    Heads heads;
    for (std::size_t n = in.count(limits::streams_max, stream_bytes_min + 17); n > 0; --n) {
        heads.streams.push_back(read_head(in));
        const std::size_t size = heads.streams.size();
        if (size > 1 && !(heads.streams[size - 2].stream < heads.streams[size - 1].stream)) in.fail();
    }
    DOORSTEP_TRY(in.finish("HEADS"));
    return heads;
}

Bytes Checkpoint::encode() const {
    Bytes bytes;
    Writer out(bytes);
    write_head(out, reached);
    out.varint(head);
    return bytes;
}

Result<Checkpoint> Checkpoint::decode(BytesView payload) {
    Reader in(payload);
    Checkpoint checkpoint;
    checkpoint.reached = read_head(in);
    checkpoint.head = in.varint();
    DOORSTEP_TRY(in.finish("CHECKPOINT"));
    return checkpoint;
}

Bytes States::encode() const {
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    out.varint(position);
    digest.encode(out);
    return bytes;
}

Result<States> States::decode(BytesView payload) {
    Reader in(payload);
    States states;
    states.stream = Stream::decode(in);
    states.position = in.varint();
    states.digest = Digest::decode(in);
    if (states.position == 0) in.fail();
    DOORSTEP_TRY(in.finish("STATES"));
    return states;
}

Bytes Refused::encode() const {
    Bytes bytes;
    Writer out(bytes);
    out.varint(code);
    out.sized(BytesView(detail).substr(0, detail_bytes_max));
    return bytes;
}

Result<Refused> Refused::decode(BytesView payload) {
    Reader in(payload);
    Refused refused;
    refused.code = in.varint32();
    refused.detail = std::string(in.sized(detail_bytes_max));
    if (!is_text(refused.detail)) in.fail();
    DOORSTEP_TRY(in.finish("REFUSED"));
    return refused;
}

Digest summarise(std::vector<StreamHead> streams, const Digest& scope) {
    std::sort(streams.begin(), streams.end(), [](const auto& a, const auto& b) { return a.stream < b.stream; });
    Bytes list = "doorstep summary";
    Writer out(list);
    for (const StreamHead& head : streams)
        if (head.position > 0) write_head(out, head);
    Digest summary = Digest::of(sha256(list));
    summary += scope;
    return summary;
}

}  // namespace doorstep
