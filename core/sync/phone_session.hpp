// core/sync/phone_session.hpp -- one synchronisation as a phone drives it: events in, actions out.
// No socket, clock, thread or database: same events, same actions, so a failing run replays from its event list alone.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <variant>
#include <vector>

#include "core/model/scope.hpp"
#include "core/sync/chunk.hpp"
#include "core/sync/frame.hpp"
#include "core/sync/message.hpp"
#include "core/sync/reconcile.hpp"
#include "core/sync/scope_message.hpp"

namespace doorstep {

// Events: what the host reports.

/// A stream outside the scope that is still in the phone's file. What others wrote in these places, and what has none,
/// is offered before it goes.
struct Leaving {
    Stream stream;
    std::uint64_t after = 0, upto = 0;
};
/// The session begins. What the replica knows of itself.
struct Begin {
    ReplicaId replica;
    ChainTop top;
    std::uint64_t pushed_seq =
        0;  ///< the server said that commits up to here are durable; a guess, corrected by WELCOME
    EpochId epoch;
    std::vector<StreamHead> streams;
    std::optional<PartialChunk> staged;  ///< what Stage kept
    Digest scope;                  ///< Scope::digest() of what it believes to be its scope; `streams` lie within it
    std::vector<Stream> purged;    ///< ascending: purged here, and the office is to be told
    std::vector<Stream> regained;  ///< purged here and in the scope again: own commits are to come whole
    enum class Names { known, wanted } names = Names::known;  ///< of the places in the scope
    /// With commits that lost their place in them: when both sides agree, the office may still lack these.
    std::vector<Stream> displaced = {};
    /// Where both sides stood when the office last wanted none of them.
    struct Standing {
        EpochId epoch;
        Digest summary;
    };
    std::optional<Standing> unwanted = {};
    std::vector<Leaving> leaving = {};
};
/// Answers ReadOutbox: commits in order; empty when there are none.
struct Outbox {
    std::vector<Commit> commits;
    /// Instead of commits: the next ones up to sealed_to_seq, sealed to the office's key before they were purged here.
    Bytes sealed = {};
    std::uint64_t sealed_to_seq = 0;
};
/// The body of the server's answer to the last Send.
struct Received {
    Bytes message;
};
/// Answers Repair and Truncate: where the stream's cursor stands now, and the digest there.
struct Moved {
    StreamHead cursor;
};
using SyncEvent = std::variant<Begin, Outbox, Received, PointsRead, OfferRead, BringRead, Moved>;

// Actions: what the host must do, in order. When one fails, the host drops the session; nothing is lost by that.

/// Read own commits with seq above after_seq, about bytes_max in all, and report an Outbox.
struct ReadOutbox {
    std::uint64_t after_seq = 0;
    std::size_t bytes_max = 0;
};
/// Post the message to the sync endpoint and report the answer.
struct Send {
    Bytes message;
};
/// Remember what the server said of itself and of this replica's commits. durable_seq never goes beyond what was
/// compared with the server commit by commit: a restored or cloned phone must not take another's commits for its own.
struct Learn {
    Welcome welcome;
};
/// The server has later commits of this replica, and has compared all of this phone's up to `top_seq`: the file came
/// back from an older copy. With nothing saved meanwhile, the phone goes on under a new replica id.
struct Restored {
    std::uint64_t top_seq = 0;
};
/// The server has another commit under the dot of this replica's commit at_seq: the file is a copy of another phone's,
/// or came back from an older copy and was written to. From at_seq on the commits are to be made again under a new
/// replica id (sync.md: fork); then the host begins a new session. The session is over.
struct Fork {
    std::uint64_t at_seq = 0;
};
/// Apply a stream's commits and move its cursor, all in one transaction. `batch.after` is the cursor; the digest after
/// it must be reached.digest.
struct Apply {
    Data batch;
    StreamHead reached;
    std::vector<Receipt> receipts;  ///< within the batch; to be kept
    std::optional<Digest> states;   ///< what the server's records come to there
};
/// Take the server's order for the positions of the batch, which lie before the cursor, in one transaction, and report
/// Moved. What stood there stays in the log. The digest at its end must be reached.digest.
struct Repair {
    Data batch;
    StreamHead reached;
    std::vector<Receipt> receipts;
};
/// Forget the order of the stream beyond `position`, for the server has nothing there, and report Moved. The commits
/// stay in the log.
struct Truncate {
    Stream stream;
    std::uint64_t position = 0;
};
/// Keep these pieces of a chunk instead of those kept before; nullopt: keep none.
struct Stage {
    std::optional<PartialChunk> partial;
};
/// The office has another scope for this phone: keep it, and begin a new session. This one is over.
struct Rescope {
    Scope scope;
};
/// The names of the places in the scope, which were wanted.
struct TakeNames {
    std::vector<Division> rows;
};
/// The office was offered what this stream of Begin::leaving holds, and has what it wanted; or it does not answer to
/// it.
struct Offered {
    Stream stream;
};
/// The office took note that the streams of Begin were purged.
struct Proved {};
/// Both sides agree, or the server has nothing more: the session is over.
struct Finished {
    enum class Agrees { no, yes } agrees = Agrees::no;
};
/// The session is over; the host may begin another later.
struct Failed {
    Error error;
};
using SyncAction = std::variant<ReadOutbox, Send, Learn, Restored, Fork, Apply, Stage, Repair, Truncate, ReadPoints,
                                ReadOffer, ReadBring, Rescope, TakeNames, Offered, Proved, Finished, Failed>;

/// Pushes everything, then pulls every stream in scope up to the server's head; a stream whose histories part is
/// mended first (reconcile.hpp). Threads: none.
class PhoneSession {
public:
    std::vector<SyncAction> on(SyncEvent event);

private:
    enum class State { idle, reading, waiting, mending, over };
    /// One of the commits in a message: where it will stand once the server has it.
    struct Sent {
        std::uint64_t seq = 0;
        Hash hash;
        std::vector<std::optional<Stream>> parts;  ///< nullopt: not readable, so it will be held
    };
    std::vector<SyncAction> take(Begin begin);
    std::vector<SyncAction> take(Outbox outbox);
    std::vector<SyncAction> take(const Received& received);
    std::vector<SyncAction> take(PointsRead read) { return told(read.stream, std::move(read)); }
    std::vector<SyncAction> take(OfferRead read) { return told(read.offer.stream, std::move(read)); }
    std::vector<SyncAction> take(BringRead read) { return told(read.bring.stream, std::move(read)); }
    std::vector<SyncAction> take(const Moved& moved);
    template <class Read>
    std::vector<SyncAction> told(const Stream& stream, Read read);
    std::vector<SyncAction> go_on();
    Status read(const Frame& frame, std::vector<SyncAction>& actions);
    Status read_piece(const Piece& piece);
    std::vector<SyncAction> cut(Error error, std::vector<SyncAction> actions);
    void stage(std::vector<SyncAction>& actions);
    Status read_checkpoint(const Checkpoint& checkpoint, std::vector<SyncAction>& actions);
    void judge_durable(Welcome& welcome, std::vector<SyncAction>& actions);
    void advance(const Welcome& welcome, std::vector<SyncAction>& actions);
    bool settle_fork(std::vector<SyncAction>& actions);
    void find_suspects();
    void start_mending();
    void doubt_displaced();
    void offer_leaving();
    bool mend(std::vector<SyncAction>& actions);
    bool has_to_offer() const;
    std::size_t write_requests(Bytes& message);
    Reconcile* mending(const Stream& stream);
    std::uint64_t server_head(const Stream& stream) const;
    void next(std::vector<SyncAction>& actions);
    Pull::Staged staged_of(const Stream& stream) const;
    Digest summary() const { return summarise(self_.streams, self_.scope); }
    void write_scope_requests(Bytes& message) const;
    bool settle_scope(std::vector<SyncAction>& actions);
    FrameKind pull_kind(const Stream& stream) const;
    static Status read_names(BytesView payload, std::vector<SyncAction>& actions);
    Bytes hello(const ChainTop& base) const;
    Send send(Bytes message);
    std::vector<SyncAction> fail(Error error);
    StreamHead& cursor(const Stream& stream);

    // What three streams ask, offer and bring fits one request (reconcile.cpp).
    static constexpr std::size_t mended_at_once_max = 3;

    State state_ = State::idle;
    Begin self_;                     // streams: the cursors as they will be when all actions are done
    std::vector<StreamHead> heads_;  // the server's side, as it said last
    enum class Heads { untold, told };
    Heads heads_known_ = Heads::untold;     // in this session
    std::vector<Reconcile> mended_;         // streams being mended
    std::set<Stream> suspects_, given_up_;  // streams to be mended; those where it failed
    std::map<Stream, int> mendings_;        // how often a stream was mended
    std::size_t outstanding_ = 0;           // reports that the host owes
    std::vector<Receipt> staged_receipts_;  // beside staged_
    std::optional<States> staged_states_;
    std::vector<Data> staged_;  // data of the stream being received, not yet closed by a checkpoint
    ChunkInbox inbox_;
    enum class Kept { none, some } kept_ = Kept::none;  // whether the host keeps pieces of a chunk
    std::uint64_t compared_seq_ = 0;    // own commits up to here were sent, or acknowledged by an earlier session
    std::uint32_t asked_ = 0;           // CRC-32C of the last message
    DataMemory data_memory_;            // of the answer being read
    std::vector<Sent> sent_;            // with the last message
    std::size_t pulls_sent_ = 0;        // with the last message
    Digest summary_;                    // the server's, as it said last
    Heads heads_told_ = Heads::untold;  // in this answer
    bool asked_heads_ = false;          // a HELLO alone was sent to be told them
    bool welcomed_ = false;             // a WELCOME was read in this answer
    bool pull_answered_ = false;        // … and an answer to a PULL
    bool stands_still_ = false;         // the last push did not move the server: a second try would not either
    std::optional<Error> refused_;
    std::optional<Forked> forked_;
    std::optional<Scope> scope_told_;  // in this answer
};

}  // namespace doorstep
