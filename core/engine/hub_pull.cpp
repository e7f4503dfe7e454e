// The answer to one request: acknowledgement, heads, and the streams that were asked for, as far as this device may
// see.
#include <algorithm>

#include "core/base/crc32c.hpp"
#include "core/base/limits.hpp"
#include "core/base/planted_bug.hpp"
#include "core/engine/hub.hpp"
#include "core/sync/chunk.hpp"
#include "core/sync/frame.hpp"

namespace doorstep {
namespace {

// An answer is closed once it passes this; what is left is asked for in the next request.
constexpr std::size_t answer_bytes_max = limits::answer_bytes_max - 2 * limits::frame_bytes_max;

void refuse(Bytes& message, const Error& error) {
    const Refused refused{static_cast<std::uint32_t>(error.code), error.detail};
    write_frame(message, FrameKind::refused, refused.encode());
}

/// Faults of our own storage end the request; anything else is the phone's to hear.
bool is_ours(Errc code) {
    return code == Errc::busy || code == Errc::disk_full || code == Errc::io || code == Errc::corrupt ||
           code == Errc::out_of_memory || code == Errc::internal;
}

}  // namespace

Result<ReplicaId> Hub::replica_of(BytesView request) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Frame> first, FrameReader(request).next());
    if (!first || first->kind != FrameKind::hello) return Error{Errc::malformed, "a request begins with HELLO"};
    DOORSTEP_TRY_ASSIGN(const Hello hello, Hello::decode(first->payload));
    return hello.replica;
}

Result<Bytes> Hub::exchange(const Grant& grant, BytesView request, std::uint64_t now_ms) {
    Bytes message;
    auto opened = Exchange::open(request);
    if (!opened) {
        refuse(message, opened.error());
        return message;
    }
    Exchange& asked = opened.value();
    DOORSTEP_TRY_ASSIGN(std::vector<StreamHead> heads, heads_for(grant));
    const Digest scope = grant.digest();
    const bool agreed_before = summarise(heads, scope) == asked.hello.summary;
    // What it says of itself only keeps the archive from growing too early: no reason not to answer.
    if (agreed_before) static_cast<void>(note_cursors(store_, asked.hello.replica, heads, Cursors::at_rest, now_ms));
    std::optional<Forked> forked;
    DOORSTEP_TRY_ASSIGN(std::optional<PushContext> context, context_of(asked.hello, forked));
    const bool knows_base = context.has_value();
    asked.read_rest(std::move(context));
    std::optional<Error> refused = asked.broken;
    for (const BytesView file : asked.sealed) {
        const Status taken = take_sealed(grant, asked.hello.replica, file, now_ms);
        if (!taken && is_ours(taken.error().code)) return taken.error();
        if (!taken) refused = taken.error();
    }
    for (const Push& frame : asked.pushes) {
        const Status pushed = push(grant, frame, now_ms, forked);
        if (pushed && !forked) continue;
        if (!pushed && is_ours(pushed.error().code)) return pushed.error();
        if (!forked) refused = pushed.error();
        break;  // later frames follow the refused one
    }
    for (const Bring& bring : asked.brought) DOORSTEP_TRY(take_brought(grant, bring, now_ms));
    if (asked.purged) DOORSTEP_TRY(note_purges(grant, asked.hello.replica, *asked.purged, now_ms));
    if (!asked.pushes.empty() || !asked.brought.empty() || !asked.sealed.empty()) {
        DOORSTEP_TRY_ASSIGN(heads, heads_for(grant));
    }
    DOORSTEP_TRY_ASSIGN(Welcome greeting, welcome(asked.hello, summarise(heads, scope), now_ms));
    greeting.answers = crc32c(request);
    write_frame(message, FrameKind::welcome, greeting.encode());
    if (refused) refuse(message, *refused);
    if (forked) write_frame(message, FrameKind::forked, forked->encode());
    if (!agreed_before) {
        write_frame(message, FrameKind::heads, Heads{heads}.encode());
        write_frame(message, FrameKind::scope, grant.pack());
    }
    if (asked.names == Exchange::Names::asked)
        write_frame(message, FrameKind::names, Names{divisions_.within(grant.areas).rows()}.encode());
    const bool same_chain = knows_base && !forked;
    const Dot agreed{asked.hello.replica, same_chain ? std::min(asked.hello.top_seq, greeting.durable_seq) : 0};
    DataMemory memory;
    DOORSTEP_TRY(reconcile(grant, asked, now_ms, message, memory));
    std::vector<StreamHead> asked_from;
    for (const Pull& pull : asked.pulls)
        if (grant.covers(pull.from.stream)) asked_from.push_back(pull.from);
    static_cast<void>(note_cursors(store_, asked.hello.replica, asked_from, Cursors::pulling, now_ms));
    for (const Pull& pull : asked.pulls)
        if (message.size() < answer_bytes_max) DOORSTEP_TRY(answer_pull(grant, agreed, pull, message, memory));
    return message;
}

Result<std::vector<StreamHead>> Hub::heads_for(const Grant& grant) {
    std::vector<StreamMark> marks;
    for (const KeyRange& keys : grant.key_ranges()) DOORSTEP_TRY(store_.add_streams(keys, marks));
    std::vector<StreamHead> heads;
    for (const StreamMark& mark : marks)
        if (mark.head.position > 0 && grant.covers(mark.head.stream)) heads.push_back(mark.head);
    // One frame must hold them; the rest would need an insider who writes into thousands of grids.
    if (heads.size() > limits::streams_max) heads.resize(limits::streams_max);
    return heads;
}

Result<Welcome> Hub::welcome(const Hello& hello, const Digest& summary, std::uint64_t now_ms) {
    Welcome out;
    if (hello.epoch != epoch_) out.epoch = epoch_;
    out.protocol = choose_protocol({}, {hello.protocol_min, hello.protocol_max}).value_or(protocol_max);
    out.server_ms = now_ms;
    out.summary = summary;
    DOORSTEP_TRY_ASSIGN(const ChainTop top, store_.whole_top(hello.replica));
    out.durable_seq = planted(PlantedBug::ack_before_commit) ? hello.top_seq : top.seq;
    DOORSTEP_TRY_ASSIGN(out.backed_up_seq, store_.backed_up_seq(hello.replica));
    DOORSTEP_TRY_ASSIGN(const std::vector<HeldPart> held, store_.held_of(hello.replica, limits::held_max));
    for (const HeldPart& part : held)
        out.held.push_back({part.dot.seq, part.part, static_cast<std::uint32_t>(part.reason)});
    return out;
}

/// Chunks where the stream is cut into them, DATA elsewhere; each run is closed by a CHECKPOINT of its own.
Status Hub::answer_pull(const Grant& grant, const Dot& agreed, const Pull& pull, Bytes& message, DataMemory& memory) {
    if (!grant.covers(pull.from.stream)) return ok();  // as if it were not there
    DOORSTEP_TRY_ASSIGN(const StreamMark mark, store_.stream_mark(pull.from.stream));
    DOORSTEP_TRY_ASSIGN(const std::optional<Digest> there, store_.digest_at(mark.no, pull.from.position));
    if (!there || *there != pull.from.digest) {  // the phone then asks where
        write_frame(message, FrameKind::differs, Differs{pull.from.stream, mark.head.position, {0}}.encode());
        return ok();
    }
    const Dot known = pull.own == Pull::Own::whole ? Dot{agreed.replica, 0} : agreed;
    Snapshot snapshot(store_, mark, chunk_size_);
    std::uint64_t position = pull.from.position;
    do {
        DOORSTEP_TRY_ASSIGN(const std::optional<ChunkRow> run, snapshot.run_after(position));
        StreamWriter writer(message, memory, pull.from.stream, position);
        if (run && run->form == ChunkRow::Form::ready && run->first == position + 1) {
            const bool resumes = run->hash == pull.staged.chunk && pull.staged.bytes < run->bytes.size();
            const std::uint64_t offset = resumes ? pull.staged.bytes : 0;
            if (message.size() + run->bytes.size() - offset > limits::answer_bytes_max) return ok();
            writer.skip_to(run->last);
            write_chunk(message, pull.from.stream, run->hash, run->bytes, offset);
            DOORSTEP_TRY(close_run(mark, position, writer));
        } else {
            DOORSTEP_TRY(answer_run(grant, known, mark, writer, run ? run->last : mark.head.position));
        }
        position = writer.position();
    } while (position < mark.head.position && message.size() < answer_bytes_max);
    return ok();
}

/// DATA up to `upto`, or as much as the answer still holds.
Status Hub::answer_run(const Grant& grant, const Dot& agreed, const StreamMark& mark, StreamWriter& writer,
                       std::uint64_t upto) {
    const std::uint64_t after = writer.position();
    const auto add = [&](SequenceEntry entry) -> Result<Store::Visit> {
        if (entry.position > upto) return Store::Visit::stop;
        DOORSTEP_TRY_ASSIGN(Data::Entry item, entry_for(grant, agreed, std::move(entry)));
        writer.add(std::move(item));
        return writer.bytes() < answer_bytes_max ? Store::Visit::go_on : Store::Visit::stop;
    };
    DOORSTEP_TRY(store_.entries_after(mark.no, after, add));
    return close_run(mark, after, writer);
}

/// The receipts for what was written after `after`, the digest over states at the stream's head, and the CHECKPOINT.
Status Hub::close_run(const StreamMark& mark, std::uint64_t after, StreamWriter& writer) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Digest> reached, store_.digest_at(mark.no, writer.position()));
    if (!reached) return Error{Errc::corrupt, "a stream has a gap"};
    DOORSTEP_TRY(write_receipts(mark, after, writer.position(), writer.message()));
    if (writer.position() == mark.head.position && mark.head.position > 0)  // all that is applied here has its place
        write_frame(writer.message(), FrameKind::states,
                    States{mark.head.stream, mark.head.position, mark.states.digest}.encode());
    writer.close(*reached, mark.head.position);
    return ok();
}

/// The commit as this device may see it: parts outside its scope, and held ones, are left out. `agreed`: the last of
/// the asking replica's own commits that both sides were found to have.
Result<Data::Entry> Hub::entry_for(const Grant& grant, const Dot& agreed, SequenceEntry entry) {
    Commit& commit = entry.commit;
    const Dot dot = commit.header.dot;
    if (dot.replica == agreed.replica && dot.seq <= agreed.seq) return Data::Entry(Data::Own{dot.seq});
    for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
        DOORSTEP_TRY_ASSIGN(const bool held, store_.is_held(dot, i));
        const auto stream = stream_of_part(commit.parts[i]);  // what is not held was read whole when it came
        if (held || !stream || !grant.covers(stream.value())) commit.parts[i].clear();
    }
    return Data::Entry(std::move(commit));
}

}  // namespace doorstep
