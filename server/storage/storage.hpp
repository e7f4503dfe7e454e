// server/storage/storage.hpp -- what the server keeps, behind one interface: embedded SQLite, or PostgreSQL below many
// servers. Every call is a transaction of its own and durable when it returns, but within together(). Time is given.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/hub.hpp"
#include "core/engine/queries.hpp"
#include "server/access/audit_sink.hpp"
#include "server/audit/chain.hpp"
#include "server/storage/attachments.hpp"
#include "server/storage/access_proof.hpp"
#include "server/storage/changes.hpp"
#include "server/storage/job_runs.hpp"
#include "server/storage/kept_reply.hpp"
#include "server/storage/log_audit.hpp"
#include "server/storage/record_listing.hpp"
#include "server/storage/scoped_views.hpp"
#include "server/storage/staff_account.hpp"
#include "server/storage/told_streams.hpp"

namespace doorstep::server {

/// What a phone may do. The tokens that prove it are never stored, only their SHA-256.
struct Device {
    std::string author;  ///< the staff account's name
    std::string role;    ///< "cadre" or "grid_worker"
    std::string label;   ///< what the office calls the phone
    Scope scope;
    std::vector<Grant::Former> former = {};  ///< scopes that it lost
    std::uint64_t revoked_ms = 0;            ///< when its access was taken back; 0: it was not
    Hash id = {};                            ///< zero in what is asked for

    Grant grant() const;
};

/// A phone that has shown its key, and waits for the office to compare the digits.
struct WaitingPhone {
    Device device;  ///< what its code grants
    std::string digits;
    std::uint64_t begun_ms = 0;
};

/// A one-time code as it is handed out; only its hash is kept.
struct EnrolmentCode {
    std::string text;
    std::uint64_t expires_ms = 0;
};

/// One stream's end, for comparing replicas.
struct StorageReport {
    Verification verification;
    std::vector<StreamHead> heads;
};

/// One record and every write to it, oldest first.
struct RecordHistory {
    RecordView record;
    std::vector<HistoryEntry> entries;
};

/// One part of a commit that wrote a record: what an order to erase names. No words.
struct WrittenPart {
    Dot dot;
    Stream stream;
    std::string author;
    std::uint64_t wall_ms = 0;
    std::uint32_t record_type = 0;
    std::vector<std::uint32_t> fields;  ///< those it wrote in the record
};

class Storage {
public:
    virtual ~Storage() = default;

    // Enrolment. Codes hold 128 random bits, live limits::enrolment_ms_max at most, work once, and bear five wrong
    // tries.
    /// Errors: invalid_argument, unknown_area.
    virtual Result<EnrolmentCode> create_enrolment(const Device& device, std::uint64_t ttl_ms,
                                                   std::uint64_t now_ms) = 0;
    // A phone with a key takes three steps: server/storage/device_access.hpp says what each answers and refuses.
    virtual Result<Hash> begin_enrolment(const std::string& code, const Hash& commitment, std::uint64_t now_ms) = 0;
    /// nullopt: it waits for the office.
    virtual Result<std::optional<Device>> prove_enrolment(const EnrolmentProof& proof, std::uint64_t now_ms) = 0;
    virtual Result<std::vector<WaitingPhone>> waiting_phones(std::uint64_t now_ms) = 0;
    /// staff: who has compared the digits.
    virtual Status confirm_phone(const Confirmation& word, const std::string& staff, std::uint64_t now_ms) = 0;
    virtual const Trust& trust() const = 0;
    virtual void set_trust(Trust trust) = 0;
    /// Binds a token of the phone's own making to what the code grants, for limits::keyless_ms: programs before there
    /// were keys did that, and the server does in a phone's place. The same code, token and replica again give the same
    /// answer. Errors: wrong_code, expired_code, too_many_attempts.
    virtual Result<Device> enrol(const std::string& code, const std::string& token, const ReplicaId& replica,
                                 std::uint64_t now_ms) = 0;

    // Access. Tokens live limits::access_ms; one that was given before works until a later one was used.
    virtual Bytes access_nonce(std::uint64_t now_ms) = 0;
    virtual Result<AccessToken> grant_access(const AccessProof& proof, std::uint64_t now_ms) = 0;
    virtual Status register_key(const Device& device, const AccessProof& proof, std::uint64_t now_ms) = 0;
    /// Whose token this is. Errors: unauthorized.
    virtual Result<Device> authenticate(const std::string& token, std::uint64_t now_ms) = 0;
    /// The device as of now. Errors: unauthorized.
    virtual Result<Device> device(const Hash& id) = 0;
    /// Whether the device may speak for the replica. An id that is new belongs to who shows it first (a phone that was
    /// restored makes itself a new one). Errors: forbidden.
    virtual Status claim_replica(const Device& device, const ReplicaId& replica) = 0;
    /// What phones seal files to that are handed over; "" until the host has said.
    virtual const Bytes& sealing_key() const = 0;
    virtual void set_sealing_key(Bytes public_key) = 0;
    /// How a file that is sealed to that key is opened: the content of a hand-over.
    virtual void set_unseal(std::function<Result<Bytes>(BytesView file)> unseal) = 0;
    /// Takes in the content of a file that this key has signed. Errors: unauthorized when no phone has the key,
    /// forbidden when the replica is another phone's, and those of Hub::import_handover.
    virtual Result<HandoverReceipt> import_handover(BytesView signing_key, BytesView content, std::uint64_t now_ms) = 0;
    // What the office changes later. A person's phones of one label are told apart by nobody, so all of them change.
    /// Gives another scope; what is lost by it is taken in for a while, and the phone purges it at its next
    /// synchronisation. Errors: not_found, invalid_argument, unknown_area.
    virtual Status regrant(const std::string& author, const std::string& label, const Scope& scope,
                           std::uint64_t now_ms) = 0;
    /// Takes access back: what the phone still holds drains into quarantine, up to limits::drain_bytes_a_day, and
    /// nothing else is answered. For good: the person is enrolled anew. Errors: not_found.
    virtual Status revoke(const std::string& author, const std::string& label, std::uint64_t now_ms) = 0;
    /// A person's phones of this label; none is no error.
    virtual Result<std::vector<Device>> devices(const std::string& author, const std::string& label) = 0;
    /// The words of phones that a stream is gone from their files.
    virtual Result<std::vector<PurgeProof>> purge_proofs(std::size_t rows_max) = 0;
    /// The label of the phone that a replica lives on; "" when it is the office's own or unknown.
    virtual Result<std::string> device_label(const ReplicaId& replica) = 0;

    // Staff. What each may do is decided in server/access.
    // An account's life: server/storage/staff_accounts.hpp.
    /// Returns the invitation's token, shown once. Errors: invalid_argument, unknown_area, already_exists.
    virtual Result<std::string> add_staff(const StaffAccount& account, std::uint64_t now_ms) = 0;
    /// The same for an account that is there: whatever it signed in with is void. Errors: not_found.
    virtual Result<std::string> reset_staff(const std::string& name, std::uint64_t now_ms) = 0;
    /// Errors: not_found.
    virtual Status disable_staff(const std::string& name, std::uint64_t now_ms) = 0;
    virtual Result<std::vector<StaffAccount>> staff() = 0;
    /// Secret and never changing: with the account's name it is the salt of a password. Any thread.
    virtual const Hash& password_key() const = 0;
    /// Sets the password, and returns the secret for the authenticator app, told once. Errors: unauthorized.
    virtual Result<Bytes> activate_staff(const std::string& name, const std::string& token, const Hash& verifier,
                                         std::uint64_t now_ms) = 0;
    /// Errors: unauthorized, too_many_attempts.
    virtual Result<SignedIn> sign_in(const Credentials& shown, std::uint64_t now_ms) = 0;
    /// Errors: unauthorized.
    virtual Result<StaffSession> session(const std::string& secret, std::uint64_t now_ms) = 0;
    virtual Status sign_out(const std::string& secret, std::uint64_t now_ms) = 0;
    virtual AuditSink& audit() = 0;
    /// What was written to it of these areas and all below them, the latest first.
    virtual Result<std::vector<AuditEntry>> audited(std::size_t rows_max, const std::vector<Area>& areas) = 0;

    // The records as the holder of a scope meets them: server/storage/scoped_views.hpp.
    virtual Result<std::vector<ScopedRecord>> list_within(std::uint32_t type, std::size_t rows_max,
                                                          const Scope& scope) = 0;
    virtual Result<std::vector<ScopedRecord>> conflicts_within(std::size_t rows_max, const Scope& scope) = 0;
    /// Errors: not_found, also for what stands outside.
    virtual Result<ScopedRecord> read_within(const RecordId& record, const Scope& scope) = 0;
    virtual Result<ScopedHistory> history_within(const RecordId& record, const Scope& scope) = 0;
    virtual Result<std::vector<ScopedHeld>> held_within(std::size_t rows_max, const Scope& scope) = 0;

    // Sync and the office's work; see core/engine/hub.hpp.
    /// Errors: quota_exceeded when a revoked phone has sent what it may send in a day.
    virtual Result<Bytes> exchange(const Device& device, BytesView request, std::uint64_t now_ms) = 0;
    /// Runs several calls so that they become durable together, with one sync of the disk, when this returns ok:
    /// nothing of theirs may be answered before. On an error none of them has happened.
    virtual Status together(const std::function<void()>& calls) = 0;
    /// What any process committed before this call is seen by the calls after it: for the beginning of each request.
    /// together() does it too. Errors: those of the database.
    virtual Status catch_up() = 0;
    virtual Result<std::vector<RecordView>> list(std::uint32_t type, std::size_t rows_max) = 0;
    virtual Result<RecordPage> records(const RecordQuery& query) = 0;
    /// All of them, newest first; `before` and `rows_max` are not read.
    virtual Result<std::vector<RecordId>> record_ids(const RecordQuery& query) = 0;
    /// Errors: not_found.
    virtual Result<RecordHistory> history(const RecordId& record) = 0;
    virtual Result<std::vector<HeldView>> held(std::size_t rows_max) = 0;
    /// Moves records, or a step of what stands in an area: core/engine/hub.hpp.
    virtual Result<std::size_t> move(const std::vector<RecordId>& records, const Area& to, const std::string& staff,
                                     std::uint64_t now_ms) = 0;
    virtual Result<MoveStep> move_some(const MoveOrder& order, const MoveCursor& from, const std::string& staff,
                                       std::uint64_t now_ms) = 0;
    /// Applies a held part after all; see Hub::release.
    virtual Status release(const Dot& dot, std::uint32_t part, const std::string& staff, std::uint64_t now_ms) = 0;
    virtual Status resolve(const Resolution& resolution, const std::string& staff, std::uint64_t now_ms) = 0;
    /// Takes a part's words away for good, here and everywhere; see Hub::erase.
    virtual Result<ErasureReport> erase(const ErasureOrder& order, const std::string& staff, std::uint64_t now_ms) = 0;
    /// The parts that wrote the record, in the order of their arrival. Errors: not_found.
    virtual Result<std::vector<WrittenPart>> parts_of(const RecordId& record) = 0;
    virtual const Divisions& divisions() const = 0;

    // Requests that are sent again because their answer was lost.
    /// nullopt: none that is younger than kept_reply_ms.
    virtual Result<std::optional<KeptReply>> kept_reply(const Hash& key, std::uint64_t now_ms) = 0;
    /// Within together(), beside what the request did: both are durable, or neither.
    virtual Status keep_reply(const Hash& key, const KeptReply& reply, std::uint64_t now_ms) = 0;

    virtual Attachments& attachments() = 0;

    // What a webhook is told: docs/webhook.md.
    /// Open streams whose end is another than the one that was told last; some streams_max of them.
    virtual Result<std::vector<StreamHead>> untold(std::size_t streams_max) = 0;
    virtual Status mark_told(const std::vector<StreamHead>& heads) = 0;

    // Who waits for changes. The embedded storage looks for them; another may be told by its database.
    /// nullptr: nobody. The listener must outlive the storage or be taken back.
    virtual void set_listener(ChangeListener* listener) = 0;
    /// Tells the listener what was committed since the last call, by this process or another. To be called after
    /// requests, and some times a second. Errors: those of the database; what was missed is told the next time.
    virtual Status tell_changes() = 0;

    // The audit chain (docs/audit.md). The calls above note themselves, in one transaction with what they do.
    /// The witness is shown the chain now and whenever it has grown, to keep its head outside the database. Notes that
    /// the database is new, or came back from a copy. Errors: those of the database.
    virtual Status start_audit(std::function<Status(audit::Chain&)> witness, std::uint64_t now_ms) = 0;
    /// Notes an act of the host's own.
    virtual Status note(audit::Act act, std::uint64_t now_ms) = 0;
    virtual Result<std::optional<audit::Entry>> last_note(audit::Action action) = 0;
    virtual audit::Chain& audit_chain() = 0;

    // Work by time: server/jobs. Each call is bounded and goes on where it is told.
    virtual JobRuns& job_runs() = 0;
    /// Takes away some of what has served its time: server/storage/retention.hpp. How much.
    virtual Result<std::size_t> forget_expired(std::size_t rows_max, std::uint64_t now_ms) = 0;
    /// Reads some of the log again: server/storage/log_audit.hpp.
    virtual Result<LogSlice> audit_log(BytesView cursor, std::size_t entries_max) = 0;
    /// Follow-ups that are promised for this day or before, the longest waiting first: core/engine/queries.hpp.
    virtual Result<Page> due(std::int64_t day_max, const PageRequest& request) = 0;

    // Operations.
    /// The host knows that the database came back from a copy: a new life of it begins (Hub::restored()).
    virtual Status came_back() = 0;
    /// Whether the database can be read. Errors: those of the database.
    virtual Status check_ready() = 0;
    virtual Result<StorageReport> verify() = 0;
    /// A step of leaving what was superseded to the archive beside the database; see Hub::compact_some.
    virtual Result<CompactionStep> compact_some(const CompactionRule& rule, const CompactionCursor& from,
                                                std::uint64_t now_ms) = 0;
    /// A copy as of one moment, under the same key, and of the archive beside it; phones then learn what is backed up.
    /// Errors: already_exists.
    virtual Status back_up(const std::string& path, std::uint64_t now_ms) = 0;
};

}  // namespace doorstep::server
