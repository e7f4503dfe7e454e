#include "core/sync/phone_session.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

// One message carries about this much outbox, so that a slow network loses little when it is cut.
constexpr std::size_t outbox_bytes_max = limits::message_bytes_max / 2;
// A frame's payload is closed before it passes this: one more commit always fits.
constexpr std::size_t push_bytes_max = limits::frame_bytes_max - limits::commit_bytes_max;
constexpr std::size_t pulls_max = 64;

std::size_t part_bytes(const Commit& commit) {
    std::size_t bytes = 0;
    for (const Bytes& part : commit.parts) bytes += part.size();
    return bytes;
}

/// Cuts an outbox into frames of bounded size.
void write_pushes(Bytes& message, std::vector<Commit> commits) {
    Push push;
    std::size_t bytes = 0;
    for (Commit& commit : commits) {
        if (bytes > push_bytes_max || push.commits.size() == limits::frame_commits_max) {
            write_frame(message, FrameKind::push, push.encode());
            push.commits.clear();
            bytes = 0;
        }
        bytes += part_bytes(commit) + 200;
        push.commits.push_back(std::move(commit));
    }
    if (!push.commits.empty()) write_frame(message, FrameKind::push, push.encode());
}

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
    state_ = State::reading;
    return {ReadOutbox{self_.pushed_seq, outbox_bytes_max}};
}

std::vector<SyncAction> PhoneSession::take(Outbox outbox) {
    if (state_ != State::reading) return {};
    Bytes message = hello();
    if (!outbox.commits.empty()) compared_seq_ = outbox.commits.back().header.dot.seq;
    write_pushes(message, std::move(outbox.commits));
    pulls_sent_ = 0;
    state_ = State::waiting;
    return {Send{std::move(message)}};
}

std::vector<SyncAction> PhoneSession::take(const Received& received) {
    if (state_ != State::waiting) return {};  // late or duplicate: at-least-once delivery is normal
    welcomed_ = false;
    refused_.reset();
    staged_.clear();
    data_memory_ = {};
    std::vector<SyncAction> actions;
    FrameReader frames(received.message);
    while (true) {
        auto frame = frames.next();
        if (!frame) return fail(frame.error());
        if (!frame.value()) break;
        if (const Status status = read(*frame.value(), actions); !status) return fail(status.error());
    }
    if (!welcomed_) return fail({Errc::malformed, "the answer does not begin with WELCOME"});
    judge_durable(std::get<Learn>(actions.front()).welcome, actions);
    next(actions);
    return actions;
}

Status PhoneSession::read(const Frame& frame, std::vector<SyncAction>& actions) {
    if (!welcomed_ && frame.kind != FrameKind::welcome && frame.kind != FrameKind::refused)
        return Error{Errc::malformed, "the answer does not begin with WELCOME"};
    switch (frame.kind) {
        case FrameKind::welcome: {
            DOORSTEP_TRY_ASSIGN(Welcome welcome, Welcome::decode(frame.payload));
            if (welcomed_) return Error{Errc::malformed, "the answer holds two WELCOME frames"};
            welcomed_ = true;
            agrees_ = welcome.agrees;
            self_.epoch = welcome.epoch;
            actions.push_back(Learn{std::move(welcome)});
            return ok();
        }
        case FrameKind::heads: {
            DOORSTEP_TRY_ASSIGN(Heads heads, Heads::decode(frame.payload));
            heads_ = std::move(heads.streams);
            return ok();
        }
        case FrameKind::data: {
            DOORSTEP_TRY_ASSIGN(Data data, Data::decode(frame.payload, data_memory_));
            staged_.push_back(std::move(data));
            return ok();
        }
        case FrameKind::checkpoint: {
            DOORSTEP_TRY_ASSIGN(const Checkpoint checkpoint, Checkpoint::decode(frame.payload));
            return read_checkpoint(checkpoint, actions);
        }
        case FrameKind::refused: {
            DOORSTEP_TRY_ASSIGN(const Refused refused, Refused::decode(frame.payload));
            refused_ = error_of(refused);
            if (!welcomed_) return *refused_;
            return ok();
        }
        default: return Error{Errc::malformed, "the answer holds a frame that only a phone sends"};
    }
}

/// What the server's durable seq means for this phone, once the whole answer is read.
void PhoneSession::judge_durable(Welcome& welcome, std::vector<SyncAction>& actions) {
    const bool forked = refused_ && refused_->code == Errc::forked;
    const std::uint64_t said = welcome.durable_seq;
    welcome.durable_seq = std::min(said, forked ? self_.pushed_seq : compared_seq_);
    stands_still_ = welcome.durable_seq == self_.pushed_seq;
    self_.pushed_seq = welcome.durable_seq;
    if (!refused_ && said > self_.top.seq && compared_seq_ >= self_.top.seq) actions.push_back(Restored{self_.top.seq});
}

/// Joins what was staged for the stream into one batch, which becomes visible all at once.
Status PhoneSession::read_checkpoint(const Checkpoint& checkpoint, std::vector<SyncAction>& actions) {
    Apply apply;
    apply.reached = checkpoint.reached;
    apply.batch.stream = checkpoint.reached.stream;
    apply.batch.after = staged_.empty() ? checkpoint.reached.position : staged_.front().after;
    for (Data& data : staged_) {
        const bool follows =
            data.stream == apply.batch.stream && data.after == apply.batch.after + apply.batch.entries.size();
        if (!follows) return Error{Errc::malformed, "staged data does not form one run of a stream"};
        std::move(data.entries.begin(), data.entries.end(), std::back_inserter(apply.batch.entries));
    }
    staged_.clear();
    StreamHead& here = cursor(checkpoint.reached.stream);
    const bool fits = apply.batch.after + apply.batch.entries.size() == checkpoint.reached.position &&
                      (apply.batch.after == here.position || apply.batch.after == 0);
    if (!fits) return Error{Errc::malformed, "a checkpoint does not close the data before it"};
    here = checkpoint.reached;
    for (StreamHead& head : heads_)
        if (head.stream == here.stream) head.position = std::max(checkpoint.head, here.position);
    actions.push_back(std::move(apply));
    return ok();
}

/// After an answer: push what is left, then pull what is missing, then end.
void PhoneSession::next(std::vector<SyncAction>& actions) {
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
    Bytes message = hello();
    std::size_t pulls = 0;
    for (const StreamHead& head : heads_) {
        const StreamHead& here = cursor(head.stream);
        const bool differs = head.position != here.position || (head.digest != here.digest && head.position > 0);
        if (agrees_ || !differs || pulls == pulls_max) continue;
        write_frame(message, FrameKind::pull, Pull{here}.encode());
        ++pulls;
    }
    const bool answered = std::any_of(actions.begin(), actions.end(),
                                      [](const SyncAction& action) { return std::holds_alternative<Apply>(action); });
    if (pulls > 0 && pulls_sent_ > 0 && !answered) {
        state_ = State::over;
        actions.push_back(Failed{{Errc::server_error, "the server does not answer a pull"}});
        return;
    }
    pulls_sent_ = pulls;
    state_ = pulls > 0 ? State::waiting : State::over;
    actions.push_back(pulls > 0 ? SyncAction(Send{std::move(message)}) : SyncAction(Finished{}));
}

Bytes PhoneSession::hello() const {
    Hello hello;
    hello.replica = self_.replica;
    hello.top = self_.top;
    hello.epoch = self_.epoch;
    hello.summary = summarise(self_.streams);
    Bytes message;
    write_frame(message, FrameKind::hello, hello.encode());
    return message;
}

std::vector<SyncAction> PhoneSession::fail(Error error) {
    state_ = State::over;
    return {Failed{std::move(error)}};
}

StreamHead& PhoneSession::cursor(const Stream& stream) {
    for (StreamHead& head : self_.streams)
        if (head.stream == stream) return head;
    self_.streams.push_back(StreamHead{stream, 0, {}});
    return self_.streams.back();
}

}  // namespace doorstep
