// core/engine/phone.hpp -- one user's replica on one device: saves with no network, and synchronises when there is one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/acts.hpp"
#include "core/engine/admission.hpp"
#include "core/engine/changes.hpp"
#include "core/engine/fsck.hpp"
#include "core/engine/handover.hpp"
#include "core/engine/intents.hpp"
#include "core/engine/purge.hpp"
#include "core/engine/queries_outbox.hpp"
#include "core/engine/queries_search.hpp"
#include "core/engine/view.hpp"
#include "core/model/divisions.hpp"
#include "core/model/scope.hpp"
#include "core/sync/phone_session.hpp"

namespace doorstep {

class BlobShelf;

/// What enrolment gave this phone: its scope, and the rest. Kept in the encrypted file.
struct Enrolment : Scope {
    std::string author;           ///< the staff account's name
    std::string device;           ///< what the office calls this phone
    std::string server;           ///< https://host:port
    std::string certificate_pem;  ///< the authority that the server's certificate must come from
    std::string token;            ///< secret; proves the device to the server
    std::string sealing_key;      ///< P-256 as hexadecimal: what handed-over files are sealed to; "" when there is none
    Divisions divisions;          ///< those within the areas and above them
};

/// What a phone remembers of its last synchronisation.
struct SyncMemory {
    EpochId epoch;
    std::uint64_t durable_seq = 0, backed_up_seq = 0;  ///< of this replica's commits, as the server said last
    std::int64_t offset_ms = 0;                        ///< this device's clock minus the server's
    Hlc clock;                                         ///< the latest observed
    std::vector<HeldNotice> held;
};

/// Where this phone's own saves stand.
struct OutboxStatus {
    std::uint64_t saved = 0;      ///< commits ever saved here
    std::uint64_t only_here = 0;  ///< not yet acknowledged by the server
    std::uint64_t received = 0;   ///< durable on the server, not yet in a backup
    std::uint64_t backed_up = 0;
    std::vector<HeldNotice> held;  ///< acknowledged, but held by the office, with the reason
};

/// What one synchronisation did.
struct SyncReport {
    std::uint64_t pushed_commits = 0, pulled_commits = 0, round_trips = 0, sent_bytes = 0, received_bytes = 0;
    std::uint64_t refolded = 0;  ///< times that the records were made again, for the office's came to other sums
    std::uint64_t streams_in_doubt = 0;  ///< that still do: no word is missing, but one of the two shows it wrongly
};

/// Threads: none; one at a time. Time comes as an argument and randomness as a seed. Nothing here waits for a network:
/// saves work at any moment, also between two steps of a synchronisation.
class Phone {
public:
    /// Errors: see Store::open.
    static Result<std::unique_ptr<Phone>> open(const DatabaseOptions& options, const EntropySeed& seed);

    /// The replica's id, minted at the first opening.
    const ReplicaId& replica() const { return replica_; }
    /// The secret that will prove this device to the server, as hexadecimal. Made once and kept, so that an enrolment
    /// whose answer was lost can be sent again.
    Result<std::string> enrolment_token();
    Status enrol(const Enrolment& enrolment);
    /// nullptr before enrolment. Lives as long as the Phone, until the next enrol().
    const Enrolment* enrolment() const { return enrolment_ ? &*enrolment_ : nullptr; }

    /// Saves all edits as one commit, durable when it returns. The ids of the records, one an edit.
    /// Errors: not_enrolled, unknown_area, invalid_argument, not_found, commit_too_large, disk_full, busy, io.
    Result<std::vector<RecordId>> save(const std::vector<RecordEdit>& edits, std::uint64_t now_ms);

    /// Asks the office for a step of a matter; pending until the office's answer arrives. Returns the intent's id.
    /// Errors: those of save().
    Result<RecordId> propose(const Proposal& proposal, std::uint64_t now_ms);
    /// What was asked about a matter by anybody, newest first, with the answers.
    Result<std::vector<IntentView>> intents(const RecordId& matter) { return intents_about(store_, matter); }

    // Acts on a whole record (acts.hpp): saved as one commit, undone by their counterparts, and nothing goes away.
    // Errors: those of save(); invalid_argument when nothing would change.
    Status remove(const RecordId& record, std::uint64_t now_ms);
    Status restore(const RecordId& record, std::uint64_t now_ms);
    Status mark_same(const RecordId& a, const RecordId& b, std::uint64_t now_ms);
    Status unmark_same(const RecordId& a, const RecordId& b, std::uint64_t now_ms);

    /// Of records that are the same thing, the survivor.
    Result<RecordView> read(const RecordId& record) { return read_record(store_, record); }
    /// Newest first; type 0 is any.
    Result<std::vector<RecordView>> list(std::uint32_t type, std::size_t rows_max);
    Result<std::vector<RecordView>> conflicts(std::size_t rows_max) { return view_conflicts(store_, rows_max); }
    Result<std::vector<HistoryEntry>> history(const RecordId& record) { return record_history(store_, record); }
    /// The county's forms that have arrived. Lives as long as the Phone, until the next synchronisation.
    const FormRegistry& forms() const { return forms_; }
    Result<OutboxStatus> outbox();

    // What screens ask: queries.hpp, queries_outbox.hpp and changes.hpp say how each answers.
    Result<Page> list_area(const Area& area, std::uint32_t type, const PageRequest& request) {
        return doorstep::list_area(store_, area, type, request);
    }
    Result<Page> list_household(const RecordId& household, const PageRequest& request) {
        return doorstep::list_household(store_, household, request);
    }
    Result<Page> list_due(std::int64_t day_max, const PageRequest& request) {
        return doorstep::list_due(store_, day_max, request);
    }
    Result<Page> list_conflicts(const PageRequest& request) { return doorstep::list_conflicts(store_, request); }
    Result<std::vector<NearCard>> list_nearest(const Value::Position& from, double radius_metres,
                                               std::size_t rows_max) {
        return doorstep::list_nearest(store_, from, radius_metres, rows_max);
    }
    Result<Page> list_only_here(const PageRequest& request) {
        return doorstep::list_only_here(store_, own_chain(), request);
    }
    Result<std::vector<Delivery>> deliveries(const std::vector<RecordId>& records) {
        return doorstep::deliveries(store_, own_chain(), records);
    }
    Result<Page> search(std::string_view words, const PageRequest& request) {
        return doorstep::search(store_, words, request);
    }
    Result<Indexing> index_some(std::size_t records_max) { return doorstep::index_some(store_, records_max); }
    Result<std::int64_t> change_token() { return doorstep::change_token(store_); }
    Result<Changes> changes_after(std::int64_t token) { return doorstep::changes_after(store_, token); }

    Result<Verification> verify() { return doorstep::verify(store_); }
    Result<std::vector<StreamMark>> streams() { return store_.streams(); }

    /// Begins a synchronisation (an unfinished one is dropped, which loses nothing) and returns the first request.
    Result<Bytes> begin_sync();
    /// Takes the answer to the last request; returns the next request, or nullopt when done.
    /// Errors end the synchronisation: malformed, protocol_version, forked, digest_mismatch, what the server refused
    /// with, and those of the store.
    Result<std::optional<Bytes>> continue_sync(BytesView answer, std::uint64_t now_ms);
    /// A phone that turns out to be a copy of another goes on under a new replica id and pushes again what is not
    /// received under it; no word is lost by that.
    const SyncReport& sync_report() const { return report_; }

    /// What the office has not acknowledged, or what follows after_seq, for a file that is carried by hand. Changes
    /// nothing here: the next synchronisation tells what arrived. Errors: not_enrolled, invalid_argument.
    Result<HandoverContent> hand_over(std::optional<std::uint64_t> after_seq = {});

    /// What has left this phone's scope and is still in its file: when there is something, the host closes the phone
    /// and calls purge() of purge.hpp. Errors: not_delivered, and those of the store.
    Result<PurgePlan> purge_plan() { return plan_purge(store_); }

    /// This phone's attachments: core/engine/blobs.hpp. Lives as long as the Phone.
    BlobShelf blobs();

    /// Housekeeping for an idle moment: brings the indexes of lists on by a step of some 50 ms, which a query would
    /// make up for until then, and moves the write-ahead log into the file.
    Status maintain();

private:
    Phone(Store store, const EntropySeed& seed) : store_(std::move(store)), entropy_(seed), clock_(Hlc{}) {}
    Status load();
    Status become(const ReplicaId& replica);
    Result<ChainTop> own_top() { return store_.chain_top(replica_); }
    OwnChain own_chain() const { return {replica_, memory_.durable_seq, memory_.backed_up_seq, &memory_.held}; }
    Status save_act(Result<std::vector<RecordEdit>> act, std::uint64_t now_ms);
    Result<std::vector<RecordEdit>> within_scope(Result<std::vector<RecordEdit>> act) const;
    Status check_homes(const std::vector<RecordEdit>& edits) const;
    Status check_scope(const Commit& commit) const;
    Result<std::optional<Bytes>> begin_session();
    Result<std::optional<Bytes>> perform(std::vector<SyncAction> actions, std::uint64_t now_ms);
    Status learn(const Welcome& welcome, std::uint64_t now_ms);
    Status begin_incarnation();
    Status go_on_as_fork(std::uint64_t at_seq);
    Status apply_batch(const Apply& apply, std::uint64_t now_ms);
    Status compare_states(const Stream& stream, const Digest& theirs);
    Result<CommitRow> take_entry(Admission& admission, const Stream& stream, const Data::Entry& entry,
                                 std::uint64_t now_ms);
    // Its scope, and what was purged: phone_scope.cpp.
    Status adopt(const Scope& scope);
    Status take_names(std::vector<Division> rows);
    Status note_proved();
    Status settle_regained();
    Status set_purged(std::vector<PurgedStream> purged);
    bool was_purged(const Stream& stream) const;
    Result<bool> has_part(const Dot& dot, const Stream& stream);
    Result<Outbox> read_outbox(const ReadOutbox& asked);
    // Where its order and the office's part: phone_reconcile.cpp.
    Result<SyncEvent> tell(const ReadPoints& asked);
    Result<SyncEvent> tell(const ReadOffer& asked);
    Result<SyncEvent> tell(const ReadBring& asked);
    Result<SyncEvent> truncate(const Truncate& truncate);
    Result<SyncEvent> repair(const Repair& repair, std::uint64_t now_ms);
    Result<BringRead> bring_placed(StreamNo stream, const ReadBring& asked);
    Result<BringRead> bring_displaced(StreamNo stream, const ReadBring& asked);
    Status keep(StreamNo stream, const std::vector<Receipt>& receipts);
    Result<std::vector<Stream>> displaced();
    Result<std::optional<Begin::Standing>> unwanted();
    Status note_unwanted();
    Result<std::vector<StreamHead>> cursors();
    Status make_way(const Data& batch);
    Result<std::optional<Bytes>> read_again(const Data& batch);

    Store store_;
    Entropy entropy_;
    HlcClock clock_;
    ReplicaId replica_;
    std::optional<Enrolment> enrolment_;
    SyncMemory memory_;
    FormRegistry forms_;
    std::optional<PhoneSession> session_;
    std::vector<Commit> copies_;  // among what the batch under way brought (fork_copy.hpp)
    enum class Refolded {
        no,
        yes
    } refolded_ = Refolded::no;   // since it was opened, for other states than the office's
    std::uint32_t forks_ = 0;     // settled within this synchronisation
    std::uint32_t rescopes_ = 0;  // told within it
    std::vector<PurgedStream> purged_;
    ReplicaId session_replica_;  // whose commits the session pushes; a restored phone has a new id before it ends
    SyncReport report_;
};

}  // namespace doorstep
