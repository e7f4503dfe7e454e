#include "core/sync/phone_session.hpp"

#include <algorithm>

#include "core/base/crc32c.hpp"
#include "core/base/limits.hpp"
#include "core/sync/push_frames.hpp"

namespace doorstep {
namespace {

// One message carries about this much outbox, so that a slow network loses little when it is cut.
constexpr std::size_t outbox_bytes_max = limits::message_bytes_max / 2;
constexpr std::size_t pulls_max = 64;

Error error_of(const Refused& refused) {
    const Errc code = error_from_number(static_cast<int>(refused.code)).value_or(Errc::server_error);
    return {code, "the server refused: " + refused.detail};
}

}  // namespace

std::vector<SyncAction> PhoneSession::on(SyncEvent event) {
    return std::visit([&](auto& e) { return take(std::move(e)); }, event);
}

std::vector<SyncAction> PhoneSession::take(Begin begin) {
    if (state_ != State::idle) return {};
    self_ = std::move(begin);
    compared_seq_ = self_.pushed_seq;
    if (self_.staged) {
        kept_ = Kept::some;
        inbox_.restore(*std::move(self_.staged));
    }
    state_ = State::reading;
    return {ReadOutbox{self_.pushed_seq, outbox_bytes_max}};
}

std::vector<SyncAction> PhoneSession::take(Outbox outbox) {
    if (state_ != State::reading) return {};
    ChainTop base = self_.pushed_seq == self_.top.seq ? self_.top : ChainTop{};
    if (!outbox.commits.empty()) {
        const Header& first = outbox.commits.front().header;
        base = {first.dot.seq - 1, first.previous};
        compared_seq_ = outbox.commits.back().header.dot.seq;
    }
    Bytes message = hello(base);
    write_scope_requests(message);
    if (!outbox.sealed.empty()) {
        write_frame(message, FrameKind::sealed, outbox.sealed);
        compared_seq_ = outbox.sealed_to_seq;
    }
    sent_.clear();
    for (const Commit& commit : outbox.commits) {
        Sent sent{commit.header.dot.seq, commit.header.hash(), {}};
        for (const Bytes& part : commit.parts) {
            const auto stream = stream_of_part(part);
            sent.parts.push_back(stream ? std::optional<Stream>(stream.value()) : std::nullopt);
        }
        sent_.push_back(std::move(sent));
    }
    write_pushes(message, std::move(outbox.commits), {self_.replica, base});
    pulls_sent_ = 0;
    state_ = State::waiting;
    return {send(std::move(message))};
}

std::vector<SyncAction> PhoneSession::take(const Received& received) {
    if (state_ != State::waiting) return {};  // late or duplicate: at-least-once delivery is normal
    welcomed_ = false;
    heads_told_ = Heads::untold;
    refused_.reset();
    forked_.reset();
    scope_told_.reset();
    staged_.clear();
    staged_receipts_.clear();
    staged_states_.reset();
    pull_answered_ = false;
    data_memory_ = {};
    std::vector<SyncAction> actions;
    FrameReader frames(received.message);
    while (true) {
        auto frame = frames.next();
        if (!frame) return cut(frame.error(), std::move(actions));
        if (!frame.value()) break;
        if (const Status status = read(*frame.value(), actions); !status) return fail(status.error());
    }
    if (!welcomed_) return fail({Errc::malformed, "the answer does not begin with WELCOME"});
    Welcome welcome = std::get<Learn>(actions.front()).welcome;
    summary_ = welcome.summary;
    judge_durable(welcome, actions);
    actions.front() = Learn{welcome};
    stage(actions);
    advance(welcome, actions);
    for (Reconcile& stream : mended_) stream.end_answer(server_head(stream.stream()));
    if (settle_fork(actions) || settle_scope(actions)) return actions;
    state_ = State::mending;
    if (outstanding_ == 0) next(actions);
    return actions;
}

template <class Read>
std::vector<SyncAction> PhoneSession::told(const Stream& stream, Read read) {
    if (Reconcile* const here = mending(stream)) here->take(std::move(read));
    return go_on();
}

std::vector<SyncAction> PhoneSession::take(const Moved& moved) {
    cursor(moved.cursor.stream) = moved.cursor;
    return go_on();
}

/// One report less is owed; after the last the session goes on.
std::vector<SyncAction> PhoneSession::go_on() {
    std::vector<SyncAction> actions;
    if (outstanding_ > 0 && --outstanding_ == 0 && state_ == State::mending) next(actions);
    return actions;
}

/// The line broke. Runs that were closed before that count, and so do the pieces of a chunk; what WELCOME says is heard
/// again next time.
std::vector<SyncAction> PhoneSession::cut(Error error, std::vector<SyncAction> actions) {
    std::vector<SyncAction> out;
    for (SyncAction& action : actions)
        if (std::holds_alternative<Apply>(action)) out.push_back(std::move(action));
    // Who must first take a new replica id, or re-key a fork, applies nothing before that.
    const bool applies =
        welcomed_ && !refused_ && !forked_ && std::get<Learn>(actions.front()).welcome.durable_seq <= self_.top.seq;
    if (!applies) out.clear();
    for (SyncAction& action : fail(std::move(error))) out.push_back(std::move(action));
    return out;
}

void PhoneSession::stage(std::vector<SyncAction>& actions) {
    if (!inbox_.partial() && kept_ == Kept::none) return;
    kept_ = inbox_.partial() ? Kept::some : Kept::none;
    actions.push_back(Stage{inbox_.partial() ? std::optional<PartialChunk>(*inbox_.partial()) : std::nullopt});
}

Status PhoneSession::read_piece(const Piece& piece) {
    DOORSTEP_TRY_ASSIGN(std::optional<Data> run, inbox_.take(piece));
    if (run) staged_.push_back(*std::move(run));
    return ok();
}

Status PhoneSession::read(const Frame& frame, std::vector<SyncAction>& actions) {
    if (!welcomed_ && frame.kind != FrameKind::welcome && frame.kind != FrameKind::refused)
        return Error{Errc::malformed, "the answer does not begin with WELCOME"};
    switch (frame.kind) {
        case FrameKind::welcome: {
            DOORSTEP_TRY_ASSIGN(Welcome welcome, Welcome::decode(frame.payload));
            if (welcomed_) return Error{Errc::malformed, "the answer holds two WELCOME frames"};
            if (welcome.answers != 0 && welcome.answers != asked_)
                return Error{Errc::malformed, "an answer to another request"};
            welcomed_ = true;
            self_.epoch = welcome.epoch.value_or(self_.epoch);
            actions.push_back(Learn{std::move(welcome)});
            return ok();
        }
        case FrameKind::heads: {
            DOORSTEP_TRY_ASSIGN(doorstep::Heads heads, doorstep::Heads::decode(frame.payload));
            heads_ = std::move(heads.streams);
            heads_told_ = heads_known_ = Heads::told;
            return ok();
        }
        case FrameKind::scope: {
            DOORSTEP_TRY_ASSIGN(scope_told_, Scope::unpack(frame.payload));
            return ok();
        }
        case FrameKind::names: return read_names(frame.payload, actions);
        case FrameKind::data: {
            DOORSTEP_TRY_ASSIGN(Data data, Data::decode(frame.payload, data_memory_));
            staged_.push_back(std::move(data));
            return ok();
        }
        case FrameKind::chunk: {
            DOORSTEP_TRY_ASSIGN(const Piece piece, Piece::decode(frame.payload));
            return read_piece(piece);
        }
        case FrameKind::checkpoint: {
            DOORSTEP_TRY_ASSIGN(const Checkpoint checkpoint, Checkpoint::decode(frame.payload));
            return read_checkpoint(checkpoint, actions);
        }
        case FrameKind::receipt: {
            DOORSTEP_TRY_ASSIGN(Receipt receipt, Receipt::decode(frame.payload));
            staged_receipts_.push_back(std::move(receipt));
            return ok();
        }
        case FrameKind::states: {
            DOORSTEP_TRY_ASSIGN(staged_states_, States::decode(frame.payload));
            return ok();
        }
        case FrameKind::differs: {
            DOORSTEP_TRY_ASSIGN(const Differs differs, Differs::decode(frame.payload));
            if (Reconcile* const here = mending(differs.stream)) {
                here->take(differs);
            } else if (given_up_.count(differs.stream) == 0) {
                suspects_.insert(differs.stream);
            }
            pull_answered_ = true;
            return ok();
        }
        case FrameKind::wanted: {
            DOORSTEP_TRY_ASSIGN(const Wanted wanted, Wanted::decode(frame.payload));
            if (Reconcile* const here = mending(wanted.stream)) here->take(wanted);
            return ok();
        }
        case FrameKind::refused: {
            DOORSTEP_TRY_ASSIGN(const Refused refused, Refused::decode(frame.payload));
            refused_ = error_of(refused);
            if (!welcomed_) return *refused_;
            return ok();
        }
        case FrameKind::forked: {
            DOORSTEP_TRY_ASSIGN(forked_, Forked::decode(frame.payload));
            return ok();
        }
        default:
            if (may_be_ignored(frame.kind)) return ok();
            return Error{Errc::malformed, "the answer holds a frame that only a phone sends"};
    }
}

/// What the server's durable seq means for this phone, once the whole answer is read.
void PhoneSession::judge_durable(Welcome& welcome, std::vector<SyncAction>& actions) {
    const std::uint64_t said = welcome.durable_seq;
    std::uint64_t known = compared_seq_;
    if (forked_) known = std::min(known, forked_->at_seq > 0 ? forked_->at_seq - 1 : self_.pushed_seq / 2);
    welcome.durable_seq = std::min(said, known);
    stands_still_ = welcome.durable_seq == self_.pushed_seq;
    self_.pushed_seq = welcome.durable_seq;
    const bool ahead = said > self_.top.seq && compared_seq_ >= self_.top.seq;
    // Before anything is applied: what comes under this replica's dots is another's from here on.
    if (!refused_ && !forked_ && ahead) actions.insert(actions.begin() + 1, Restored{self_.top.seq});
}

/// The server told no heads: nothing moved its streams but what this phone pushed. So the phone can say by itself where
/// its commits stand, and its summary must then be the server's.
void PhoneSession::advance(const Welcome& welcome, std::vector<SyncAction>& actions) {
    if (heads_told_ == Heads::told || forked_ || sent_.empty()) return;
    const auto held = [&](std::uint64_t seq, std::size_t part) {
        return std::any_of(welcome.held.begin(), welcome.held.end(),
                           [&](const HeldNotice& notice) { return notice.seq == seq && notice.part == part; });
    };
    std::vector<Apply> moves;
    for (const Sent& sent : sent_) {
        if (sent.seq > welcome.durable_seq) break;
        for (std::size_t i = 0; i < sent.parts.size(); ++i) {
            if (!sent.parts[i] || held(sent.seq, i)) continue;
            const Stream& stream = *sent.parts[i];
            auto at =
                std::find_if(moves.begin(), moves.end(), [&](const Apply& a) { return a.batch.stream == stream; });
            if (at == moves.end()) {
                const StreamHead& here = cursor(stream);
                at = moves.insert(at, Apply{{stream, here.position, {}}, here, {}, {}});
            }
            at->batch.entries.emplace_back(Data::Own{sent.seq});
            ++at->reached.position;
            at->reached.digest += Digest::at(at->reached.position, sent.hash);
        }
    }
    sent_.clear();
    std::vector<StreamHead> streams = self_.streams;
    for (const Apply& move : moves)
        for (StreamHead& head : streams)
            if (head.stream == move.batch.stream) head = move.reached;
    if (summarise(streams, self_.scope) != welcome.summary) return;  // then the next HELLO will be told the heads
    self_.streams = std::move(streams);
    std::move(moves.begin(), moves.end(), std::back_inserter(actions));
}

/// Finds where the chains part by pushing again from further back; what is sent again has no effect.
bool PhoneSession::settle_fork(std::vector<SyncAction>& actions) {
    if (!forked_) return false;
    const bool found = forked_->at_seq > 0 && forked_->at_seq <= self_.top.seq;
    if (!found && stands_still_) return false;  // the server contradicts itself: next() ends it
    state_ = found ? State::over : State::reading;
    actions.push_back(found ? SyncAction(Fork{forked_->at_seq})
                            : SyncAction(ReadOutbox{self_.pushed_seq, outbox_bytes_max}));
    return true;
}

/// Joins what was staged for the stream into one batch, which becomes visible all at once.
Status PhoneSession::read_checkpoint(const Checkpoint& checkpoint, std::vector<SyncAction>& actions) {
    Data batch;
    batch.stream = checkpoint.reached.stream;
    batch.after = staged_.empty() ? checkpoint.reached.position : staged_.front().after;
    for (Data& data : staged_) {
        const bool follows = data.stream == batch.stream && data.after == batch.after + batch.entries.size();
        if (!follows) return Error{Errc::malformed, "staged data does not form one run of a stream"};
        std::move(data.entries.begin(), data.entries.end(), std::back_inserter(batch.entries));
    }
    staged_.clear();
    std::vector<Receipt> receipts = std::exchange(staged_receipts_, {});
    const std::optional<States> states = std::exchange(staged_states_, {});
    const std::uint64_t end = batch.after + batch.entries.size();
    for (const Receipt& receipt : receipts)
        if (!(receipt.stream == batch.stream) || receipt.position > end)
            return Error{Errc::malformed, "a receipt lies outside the run that it came with"};
    if (states && (!(states->stream == batch.stream) || states->position != checkpoint.reached.position))
        return Error{Errc::malformed, "a digest over states lies elsewhere than its checkpoint"};
    if (end != checkpoint.reached.position)
        return Error{Errc::malformed, "a checkpoint does not lie where its data ends"};
    for (StreamHead& head : heads_)
        if (head.stream == batch.stream && checkpoint.head > head.position) head = {batch.stream, checkpoint.head, {}};
    for (StreamHead& head : heads_)
        if (head.stream == batch.stream && head.position == end) head.digest = checkpoint.reached.digest;
    Reconcile* const here = mending(batch.stream);
    if (here && here->is_fetching()) {
        if (batch.entries.empty()) return ok();  // no answer: it is asked again
        here->take_fetched(end);
        ++outstanding_;
        actions.push_back(Repair{std::move(batch), checkpoint.reached, std::move(receipts)});
        return ok();
    }
    pull_answered_ = true;
    StreamHead& cursor_here = cursor(batch.stream);
    if (here || batch.after != cursor_here.position)
        return Error{Errc::malformed, "a checkpoint does not continue the stream's cursor"};
    cursor_here = checkpoint.reached;
    actions.push_back(Apply{std::move(batch), checkpoint.reached, std::move(receipts),
                            states ? std::optional<Digest>(states->digest) : std::nullopt});
    return ok();
}

/// Appends what the streams being mended ask, or else PULL for those that lag behind. How many frames that made.
std::size_t PhoneSession::write_requests(Bytes& message) {
    const bool offers = has_to_offer();
    std::size_t frames = 0;
    for (Reconcile& here : mended_) {
        if (here.is_fetching() == offers || here.frame().empty() || frames == mended_at_once_max) continue;
        message += here.frame();
        here.frame_was_sent();
        ++frames;
    }
    pulls_sent_ = 0;
    if (offers || summary() == summary_) return frames;
    for (const StreamHead& head : heads_) {
        if (mending(head.stream) || given_up_.count(head.stream) == 1 || pulls_sent_ == pulls_max) continue;
        const StreamHead& here = cursor(head.stream);
        if (head.position <= here.position) continue;
        write_frame(message, pull_kind(here.stream), Pull{here, staged_of(here.stream)}.encode());
        ++pulls_sent_;
    }
    return frames + pulls_sent_;
}

/// After an answer: push what is left, then pull what is missing, then end.
void PhoneSession::next(std::vector<SyncAction>& actions) {
    if (forked_) refused_ = Error{Errc::forked, "the server does not say where this phone's commits part from others"};
    const bool unpushed = self_.pushed_seq < self_.top.seq;
    const bool out_of_step = refused_ && refused_->code == Errc::chain_broken;  // WELCOME says where to go on
    if (unpushed && stands_still_ && (!refused_ || out_of_step))
        refused_ = Error{Errc::chain_broken, "the server does not take the next commit"};
    if (refused_ && (!out_of_step || stands_still_)) {
        state_ = State::over;
        actions.push_back(Failed{*refused_});
        return;
    }
    if (unpushed) {
        state_ = State::reading;
        actions.push_back(ReadOutbox{self_.pushed_seq, outbox_bytes_max});
        return;
    }
    const bool agrees = summary() == summary_;
    if (agrees) doubt_displaced();
    offer_leaving();
    state_ = State::mending;
    if ((!agrees || !mended_.empty()) && mend(actions)) return;
    Bytes message = hello(self_.top);
    sent_.clear();
    const bool unanswered = pulls_sent_ > 0 && !pull_answered_;
    const std::size_t asked = write_requests(message);
    if (unanswered && pulls_sent_ > 0) {
        state_ = State::over;
        actions.push_back(Failed{{Errc::server_error, "the server does not answer a pull"}});
        return;
    }
    // Something else moved the server's streams while it took the pushes: ask how they stand, once.
    const bool asks = asked == 0 && !agrees && heads_told_ == Heads::untold && !asked_heads_;
    asked_heads_ = asked_heads_ || asks;
    state_ = asked > 0 || asks ? State::waiting : State::over;
    actions.push_back(state_ == State::waiting
                          ? SyncAction(send(std::move(message)))
                          : SyncAction(Finished{agrees ? Finished::Agrees::yes : Finished::Agrees::no}));
}

Bytes PhoneSession::hello(const ChainTop& base) const {
    Hello hello;
    hello.replica = self_.replica;
    hello.base_seq = base.seq;
    hello.base_hash = head_of(base.hash);
    hello.top_seq = self_.top.seq;
    hello.epoch = self_.epoch;
    hello.summary = summary();
    Bytes message;
    write_frame(message, FrameKind::hello, hello.encode());
    return message;
}

Send PhoneSession::send(Bytes message) {
    asked_ = crc32c(message);
    return {std::move(message)};
}

std::vector<SyncAction> PhoneSession::fail(Error error) {
    state_ = State::over;
    std::vector<SyncAction> actions;
    stage(actions);
    actions.push_back(Failed{std::move(error)});
    return actions;
}

StreamHead& PhoneSession::cursor(const Stream& stream) {
    for (StreamHead& head : self_.streams)
        if (head.stream == stream) return head;
    self_.streams.push_back(StreamHead{stream, 0, {}});
    return self_.streams.back();
}

}  // namespace doorstep
