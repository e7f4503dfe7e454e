// server/storage/storage.hpp -- what the server keeps, behind one interface: embedded SQLite, or PostgreSQL below many
// servers. Every call is a transaction of its own and durable when it returns, but within together(). Time is given.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/hub.hpp"
#include "server/access/audit_sink.hpp"
#include "server/audit/chain.hpp"
#include "server/storage/changes.hpp"
#include "server/storage/kept_reply.hpp"
#include "server/storage/record_listing.hpp"
#include "server/storage/scoped_views.hpp"
#include "server/storage/staff_account.hpp"
#include "server/storage/told_streams.hpp"

namespace doorstep::server {

/// What a phone may do. The token that proves it is never stored, only its SHA-256.
struct Device {
    std::string author;  ///< the staff account's name
    std::string role;    ///< "cadre" or "grid_worker"
    std::string label;   ///< what the office calls the phone
    Scope scope;
    std::vector<Grant::Former> former = {};  ///< scopes that it lost
    std::uint64_t revoked_ms = 0;            ///< when its access was taken back; 0: it was not

    Grant grant() const;
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
    /// Binds the phone's own token to what the code grants. The same code, token and replica again give the same
    /// answer, so a lost answer costs nothing. Errors: wrong_code, expired_code, too_many_attempts.
    virtual Result<Device> enrol(const std::string& code, const std::string& token, const ReplicaId& replica,
                                 std::uint64_t now_ms) = 0;
    /// Whose token this is. Errors: unauthorized.
    virtual Result<Device> authenticate(const std::string& token) = 0;
    /// The same for who keeps only the token's SHA-256. Errors: unauthorized.
    virtual Result<Device> device(const Hash& token_hash) = 0;
    /// Whether the token may speak for the replica. An id that is new belongs to who shows it first (a phone that was
    /// restored makes itself a new one). Errors: forbidden.
    virtual Status claim_replica(const std::string& token, const ReplicaId& replica) = 0;
    /// The public key whose signature stands for this phone on files that are handed over. Errors: unauthorized,
    /// invalid_argument; already_exists when it is another person's.
    virtual Status register_signing_key(const std::string& token, BytesView public_key) = 0;
    /// What phones seal such files to; "" until the host has said.
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
    virtual Result<Bytes> exchange(const std::string& token, const Device& device, BytesView request,
                                   std::uint64_t now_ms) = 0;
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
