// core/engine/hub.hpp -- the office's replica: admits what phones push, orders each stream, and answers pulls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/acts.hpp"
#include "core/engine/admission.hpp"
#include "core/engine/compact.hpp"
#include "core/engine/fsck.hpp"
#include "core/engine/grant.hpp"
#include "core/engine/handover.hpp"
#include "core/engine/intents.hpp"
#include "core/engine/office_replica.hpp"
#include "core/engine/snapshot.hpp"
#include "core/engine/view.hpp"
#include "core/model/divisions.hpp"
#include "core/store/projection.hpp"
#include "core/store/sealed.hpp"
#include "core/sync/exchange.hpp"

namespace doorstep {

class BlobShelf;

/// A part that waits for the office, with the words it holds where they can be read.
struct HeldView {
    HeldPart held;
    Trace trace;
    std::string area;                ///< "" when the part cannot be read
    std::vector<std::string> words;  ///< every text value in it
};

/// A decision of the office on one field in conflict.
struct Resolution {
    RecordId record;
    std::uint32_t field = 0;
    Value value;            ///< one of the alternatives, or a wording of the office's own
    std::vector<Dot> seen;  ///< every write that was on the screen
};

/// What was erased, kept by the host outside the database and its backups: a database that came back is brought to say
/// the same before anything is offered or answered. Entries hold no words.
class ErasureList {
public:
    virtual ~ErasureList() = default;
    /// Every entry, in the order in which they were added.
    virtual Result<std::vector<Bytes>> read() = 0;
    /// All of them or none, whatever comes in between; on the disk when it returns.
    virtual Status append(const std::vector<Bytes>& entries) = 0;
};

/// An order to erase: a court's, or what follows from a person's right.
struct ErasureOrder {
    Dot dot;
    Stream stream;                        ///< of the part; a commit has at most one there
    std::optional<std::uint32_t> part{};  ///< its place, for one that is held because its stream cannot be read
    std::string rule, ordered_by;         ///< such as an article of a law; 1 to 1,024 bytes of UTF-8 each
};

struct ErasureReport {
    RecordId act;
    std::vector<RecordId> records;  ///< those that the part wrote
    /// Other parts that hold one of its texts or attachments, value for value: whoever quoted it. They are not erased.
    struct Repeat {
        Dot dot;
        Stream stream;
        std::string author;
    };
    std::vector<Repeat> repeats;
};

/// What the office's host keeps outside the database and its backups.
struct HubHost {
    /// Secret; signs what phones keep as receipts (core/model/stream_chain.hpp) and marks the office's replica ids.
    /// Empty: no receipts are given, and what phones bring of others' commits after a restore waits for the office.
    Bytes receipt_key;
    /// How long what a phone wrote under a scope that it lost is still taken in.
    std::uint64_t grace_ms = limits::former_scope_ms;
    /// Opens a file that is sealed to the office's key: the content of a hand-over. Empty: none can be opened.
    std::function<Result<Bytes>(BytesView file)> unseal = {};
    /// Without it nothing can be erased.
    std::shared_ptr<ErasureList> erasures = nullptr;
};

/// What is moved when areas are merged or redrawn.
struct MoveOrder {
    Area from, to;
    enum class Below : std::uint8_t { no, yes } below = Below::no;  ///< yes: also what lies in areas below `from`
    /// yes: `from` is no more. What phones still make there, because they had not heard, follows when it arrives.
    enum class Later : std::uint8_t { no, yes } later = Later::no;
};
/// Where a bulk move goes on, within one opening of the file.
struct MoveCursor {
    std::size_t lane = 0;
    RowNo below = after_every_row;
    enum class Left : std::uint8_t { maybe, nothing } left = Left::maybe;
};
struct MoveStep {
    std::size_t moved = 0;
    MoveCursor next;
};

/// Author of what the server writes by rule, without a person deciding.
inline constexpr const char* server_author = "server";

/// Threads: none; one at a time. Every call commits before it returns, but within together(): what it acknowledges is
/// durable.
class Hub {
public:
    /// Errors: see Store::open.
    static Result<std::unique_ptr<Hub>> open(const DatabaseOptions& options, const EntropySeed& seed,
                                             Divisions divisions, HubHost host = {});
    /// Begins a new epoch: the host knows that the database came back from a copy. One that Store::back_up() made says
    /// so itself.
    Status restored();

    /// Answers one sync request. A request that cannot be read is answered by a REFUSED frame.
    /// Errors: only those of the store.
    Result<Bytes> exchange(const Grant& grant, BytesView request, std::uint64_t now_ms);
    /// Runs calls of exchange() and others so that they become durable together, with one sync of the disk, when this
    /// returns ok. Until then nothing of theirs may be answered; on an error none of them has happened, whatever they
    /// returned. Errors: those of the store.
    Status together(const std::function<void()>& calls);
    /// Whether this office writes, or ever wrote, as this replica: then no phone may speak for it, not even at an
    /// office that came back from an older copy and lacks those commits.
    bool is_own_replica(const ReplicaId& replica) const { return is_office_replica(replica, host_.receipt_key); }
    /// Reads again what it keeps of the file in memory, if a shared log brought what other hosts wrote: for who begins
    /// a transaction of his own before he calls. Errors: those of the store.
    Status follow();
    /// The replica that a request speaks for. Errors: malformed, protocol_version.
    static Result<ReplicaId> replica_of(BytesView request);

    /// Takes in what a phone handed over by file, as if it had been pushed: what may not be applied is held, what is
    /// known has no effect, and the phone learns of it at its next synchronisation. The host has opened the file and
    /// knows whose it is. Errors: malformed, protocol_version, payload_too_large; chain_broken when a file before this
    /// one is missing; forked; and those of the store.
    Result<HandoverReceipt> import_handover(const Grant& grant, BytesView content, std::uint64_t now_ms);
    /// The replica that a handed-over file speaks for. Errors: as import_handover().
    static Result<ReplicaId> replica_of_handover(BytesView content);

    Result<RecordView> read(const RecordId& record) { return read_record(store_, record); }
    Result<std::vector<RecordView>> list(std::uint32_t type, std::size_t rows_max);
    Result<std::vector<RecordView>> conflicts(std::size_t rows_max) { return view_conflicts(store_, rows_max); }
    Result<std::vector<HeldView>> held(std::size_t rows_max);
    /// Settles a conflict in the office's name. Errors: not_found; stale_decision when the alternatives are no longer
    /// those that were seen.
    Status resolve(const Resolution& resolution, const std::string& author, std::uint64_t now_ms);
    /// Applies a held part after all, at the end of its stream. The device learns of it at its next synchronisation.
    /// Errors: not_found; malformed, unknown_area and invalid_argument when it still cannot be applied.
    Status release(const Dot& dot, std::uint32_t part, std::uint64_t now_ms);
    /// Erases a part: its words are gone here when this returns, and on each phone after its next synchronisation; the
    /// act, which names the rule and who ordered it, travels as a commit like any other (docs/erasure.md). `author`:
    /// who carries it out. An error after the list was written leaves it to the next opening. Errors: not_found;
    /// already_exists when it was erased before; invalid_argument without a rule or who ordered it; forbidden of an
    /// act; bad_configuration without a list; those of the list and of the store.
    Result<ErasureReport> erase(const ErasureOrder& order, const std::string& author, std::uint64_t now_ms);
    Result<std::vector<IntentView>> intents(const RecordId& matter) { return intents_about(store_, matter); }
    /// Saves edits in the office's name, as one commit. The ids of the records, one an edit.
    /// Errors: those of compose().
    Result<std::vector<RecordId>> save(const std::vector<RecordEdit>& edits, const std::string& author,
                                       std::uint64_t now_ms);
    /// Moves records to another area, within the compartment of each, in one transaction: their words and whole history
    /// go along, and what is still written where they stood follows (docs/moves.md). How many were moved: those that
    /// stand there already are passed over.
    /// Errors: unknown_area; not_found; invalid_argument when there are over limits::move_records_max, or when somebody
    /// gave an id to records of several areas.
    Result<std::size_t> move(const std::vector<RecordId>& records, const Area& to, const std::string& author,
                             std::uint64_t now_ms);
    /// A step of moving all that stands in an area, of every compartment: at most limits::move_records_max records, in
    /// one transaction. Call it until the cursor says that nothing is left; killed in between, begin again.
    /// Errors: unknown_area; invalid_argument when an area would move into itself.
    Result<MoveStep> move_some(const MoveOrder& order, const MoveCursor& from, const std::string& author,
                               std::uint64_t now_ms);
    /// Publishes a version of a county's form: a record of the area's forms, which travels like any other to everybody
    /// who works in the area, below it or above it.
    /// Errors: invalid_argument when it may not be published or changes what an earlier version said of a field.
    Result<RecordId> publish(const Form& form, const Area& area, const std::string& author, std::uint64_t now_ms);
    const FormRegistry& forms() const { return forms_; }
    /// A step of leaving to the archive what was superseded; see compact_some(). Works while phones synchronise.
    Result<CompactionStep> compact_some(const CompactionRule& rule, const CompactionCursor& from,
                                        std::uint64_t now_ms) {
        return doorstep::compact_some(store_, rule, from, now_ms);
    }
    Result<Verification> verify() { return doorstep::verify(store_); }

    /// The office's attachments: core/engine/blobs.hpp. Lives as long as the Hub.
    BlobShelf blobs(std::uint64_t bytes_max);

    /// One life of the database.
    const EpochId& epoch() const { return epoch_; }
    /// Commits that phones brought after a restore without proof; none is lost, none is shown as anybody's words.
    Result<std::vector<UnprovedCommit>> unproved(std::size_t rows_max) { return store_.unproved(rows_max); }
    const Divisions& divisions() const { return divisions_; }
    Store& store() { return store_; }
    /// The words of phones that a stream is gone from their files, the latest first.
    Result<std::vector<PurgeProof>> purge_proofs(std::size_t rows_max) {
        return doorstep::purge_proofs(store_, rows_max);
    }
    void set_unseal(std::function<Result<Bytes>(BytesView)> unseal) { host_.unseal = std::move(unseal); }
    Hash draw_secret() { return entropy_.draw32(); }
    /// How large the chunks of a first sync are from here on; for tests.
    void cut_chunks(const ChunkSize& size) { chunk_size_ = size; }

private:
    Hub(Store store, const EntropySeed& seed, Divisions divisions)
        : store_(std::move(store)), entropy_(seed), divisions_(std::move(divisions)) {}
    Result<std::optional<PushContext>> context_of(const Hello& hello, std::optional<Forked>& forked);
    Status push(const Grant& grant, const Push& push, std::uint64_t now_ms, std::optional<Forked>& forked);
    Status admit_pushed(const Grant& grant, Admission& admission, const Commit& commit, const Hash& hash,
                        std::uint64_t now_ms);
    Status answer_intents(Admission& admission, const Scope& asker, const OpenParts& parts, std::uint64_t now_ms);
    // What was moved, and what has to follow it: hub_move.cpp.
    Result<std::size_t> move_in(Admission& admission, const std::vector<RecordEdit>& edits, const std::string& author,
                                std::uint64_t now_ms);
    Status follow_moves(Admission& admission, std::uint64_t now_ms);
    Status follow_mergers(Admission& admission, const OpenParts& parts, std::uint64_t now_ms);
    Status follow_twins(Admission& admission, const OpenParts& parts);
    Status carry(Admission& admission, const std::set<RecordId>& records, std::uint64_t now_ms);
    Status settle_moves(Admission& admission, const RecordId& record, std::uint64_t now_ms);
    Result<Stamp> stamp_for(Admission& admission, const Stream& stream, const std::string& author,
                            std::uint64_t now_ms);
    Result<Part> releasable(const Commit& commit, std::uint32_t index) const;
    Result<std::vector<RecordId>> write(Admission& admission, const std::vector<RecordEdit>& edits,
                                        const std::string& author, std::uint64_t now_ms);
    Result<std::vector<ErasureReport::Repeat>> find_repeats(const std::optional<Part>& erased,
                                                            const std::set<Dot>& carried);
    Status settle_erasures();
    Status settle_erasure(BytesView entry);
    Status list_act(const RecordId& act);
    Status hold(const Commit& commit, std::uint32_t index, Errc reason);
    using MayPlace = std::function<bool(const Stream&)>;
    static Status take(Admission& admission, const Commit& commit, const Hash& hash, const OpenParts& parts,
                       const MayPlace& may_place = {});
    Status check_absent(const Commit& commit, const std::vector<std::optional<Stream>>& erased) const;
    Result<std::optional<std::size_t>> part_of(const Commit& commit, const StreamMark& mark);
    Result<Part> inspect(const Grant& grant, const Commit& commit, std::uint32_t index, std::uint64_t now_ms) const;
    Status take_sealed(const Grant& grant, const ReplicaId& replica, BytesView file, std::uint64_t now_ms);
    Status note_purges(const Grant& grant, const ReplicaId& replica, const Purged& purged, std::uint64_t now_ms);
    Result<Welcome> welcome(const Hello& hello, const Digest& summary, std::uint64_t now_ms);
    Result<std::vector<StreamHead>> heads_for(const Grant& grant);
    Status answer_pull(const Grant& grant, const Dot& agreed, const Pull& pull, Bytes& message, DataMemory& memory);
    Status answer_run(const Grant& grant, const Dot& agreed, const StreamMark& mark, StreamWriter& writer,
                      std::uint64_t upto);
    Status close_run(const StreamMark& mark, std::uint64_t after, StreamWriter& writer);
    Status write_receipts(const StreamMark& mark, std::uint64_t after, std::uint64_t position, Bytes& message);
    Status reconcile(const Grant& grant, const Exchange& asked, std::uint64_t now_ms, Bytes& message,
                     DataMemory& memory);
    bool may_offer(const Grant& grant, const Stream& stream, std::uint64_t now_ms) const;
    Status answer_ranges(const Ranges& ranges, Bytes& message);
    Status answer_offer(const Offer& offer, Bytes& message);
    Status answer_fetch(const Grant& grant, const Fetch& fetch, Bytes& message, DataMemory& memory);
    Result<bool> lacks(const StreamMark& mark, const Offer::Item& item);
    Status take_brought(const Grant& grant, const Bring& bring, std::uint64_t now_ms);
    Status take_proved(Admission& admission, const Stream& stream, const Commit& commit, std::size_t index);
    Result<bool> is_own_chain(const Grant& grant, const Commit& commit, std::size_t index);
    Result<bool> is_of_the_office(const Dot& dot, const Hash& hash);
    Status note_whole(const ReplicaId& replica);
    Status note_restored();
    Result<Data::Entry> entry_for(const Grant& grant, const Dot& agreed, SequenceEntry entry);

    Store store_;
    Entropy entropy_;
    Divisions divisions_;
    HubHost host_;
    FormRegistry forms_;
    EpochId epoch_;
    ChunkSize chunk_size_;
    enum class Restored : std::uint8_t {
        no,
        yes
    } restored_ = Restored::no;       // this database came back from a copy once, or turned out to lack what it had
    std::vector<MoveOrder> mergers_;  // those to follow later, as of the push under way
    std::uint64_t followed_ = 0;      // SharedLog::followed() when it was last read again
    Salt opening_;                    // of this opening; the office's replica ids derive from it
};

}  // namespace doorstep
