#include "server/storage/sqlite_storage.hpp"

#include <type_traits>

#include "core/base/hmac.hpp"
#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/base/utf8.hpp"
#include "server/access/policy.hpp"
#include "server/storage/audit_chain_table.hpp"
#include "server/storage/audit_table.hpp"
#include "server/storage/change_watch.hpp"
#include "server/storage/device_access.hpp"
#include "server/storage/erasure_file.hpp"
#include "server/storage/identity_tables.hpp"
#include "server/storage/staff_accounts.hpp"

namespace doorstep::server {
namespace {

/// A dash in front is a flag that slipped in as a name ("--name= --role=cadre").
bool is_name(std::string_view text, std::size_t bytes_max) {
    const bool blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
    return !blank && text.front() != '-' && text.size() <= bytes_max && is_text(text);
}

using Acts = std::vector<audit::Act>;

/// By whoever gives commands on the server's machine: these ask for no name.
Acts by_console(audit::Action action, std::string object) {
    return {{action, std::string(audit::console), std::move(object)}};
}

/// The storage key lies outside the database and its backups, and so does what derives from it.
Hash derived(const StorageKey& key, std::string_view purpose) {
    return hmac_sha256({reinterpret_cast<const char*>(key.data()), key.size()}, purpose);
}

class SqliteStorage final : public Storage, private AuditSink {
public:
    SqliteStorage(std::unique_ptr<Hub> hub, const StorageKey& key)
        : hub_(std::move(hub)),
          db_(hub_->store().database()),
          identity_(db_),
          access_(
              hub_->store(), [this] { return hub_->draw_secret(); }, derived(key, "doorstep access nonces")),
          staff_(
              db_, [this] { return hub_->draw_secret(); }, derived(key, "doorstep names of staff")),
          audit_(db_),
          chain_(db_),
          watch_(db_),
          key_(key),
          password_key_(derived(key, "doorstep passwords")) {}

    Result<EnrolmentCode> create_enrolment(const Device& device, std::uint64_t ttl_ms, std::uint64_t now_ms) override;
    Result<Device> enrol(const std::string& code, const std::string& token, const ReplicaId& replica,
                         std::uint64_t now_ms) override;
    Result<Hash> begin_enrolment(const std::string& code, const Hash& commitment, std::uint64_t now_ms) override;
    Result<std::optional<Device>> prove_enrolment(const EnrolmentProof& proof, std::uint64_t now_ms) override;
    Result<std::vector<WaitingPhone>> waiting_phones(std::uint64_t now_ms) override { return access_.waiting(now_ms); }
    Status confirm_phone(const Confirmation& word, const std::string& staff, std::uint64_t now_ms) override;
    const Trust& trust() const override { return trust_; }
    void set_trust(Trust trust) override {
        trust_ = std::move(trust);
        access_.set_authority(trust_.authority);
    }
    Bytes access_nonce(std::uint64_t now_ms) override { return access_.nonce(now_ms); }
    Result<AccessToken> grant_access(const AccessProof& proof, std::uint64_t now_ms) override {
        return access_.grant(proof, now_ms);
    }
    Status register_key(const Device& device, const AccessProof& proof, std::uint64_t now_ms) override;
    Result<Device> authenticate(const std::string& token, std::uint64_t now_ms) override {
        return access_.device_of(token, now_ms);
    }
    Result<Device> device(const Hash& id) override { return access_.device(id); }
    Status claim_replica(const Device& device, const ReplicaId& replica) override {
        return access_.claim(device.id, replica);
    }
    const Bytes& sealing_key() const override { return sealing_key_; }
    void set_sealing_key(Bytes public_key) override { sealing_key_ = std::move(public_key); }
    Result<HandoverReceipt> import_handover(BytesView signing_key, BytesView content, std::uint64_t now_ms) override;
    Result<std::string> device_label(const ReplicaId& replica) override;
    Result<std::string> add_staff(const StaffAccount& account, std::uint64_t now_ms) override;
    Result<std::string> reset_staff(const std::string& name, std::uint64_t now_ms) override;
    Status disable_staff(const std::string& name, std::uint64_t now_ms) override;
    const Hash& password_key() const override { return password_key_; }
    Result<Bytes> activate_staff(const std::string& name, const std::string& token, const Hash& verifier,
                                 std::uint64_t now_ms) override {
        return staff_.activate(name, token, verifier, now_ms);
    }
    Result<std::vector<StaffAccount>> staff() override { return staff_.list(); }
    Result<SignedIn> sign_in(const Credentials& shown, std::uint64_t now_ms) override;
    Result<StaffSession> session(const std::string& secret, std::uint64_t now_ms) override;
    Status sign_out(const std::string& secret, std::uint64_t now_ms) override;
    AuditSink& audit() override { return *this; }
    Status record(const AuditEntry& entry) override;
    Result<std::vector<AuditEntry>> audited(std::size_t rows_max, const std::vector<Area>& areas) override {
        return audit_.latest(rows_max, areas);
    }
    Result<std::vector<ScopedRecord>> list_within(std::uint32_t type, std::size_t rows_max,
                                                  const Scope& scope) override {
        return server::list_within(hub_->store(), type, rows_max, scope);
    }
    Result<std::vector<ScopedRecord>> conflicts_within(std::size_t rows_max, const Scope& scope) override {
        return server::conflicts_within(hub_->store(), rows_max, scope);
    }
    Result<ScopedRecord> read_within(const RecordId& record, const Scope& scope) override {
        return server::read_within(hub_->store(), record, scope);
    }
    Result<ScopedHistory> history_within(const RecordId& record, const Scope& scope) override {
        return server::history_within(hub_->store(), record, scope);
    }
    Result<std::vector<ScopedHeld>> held_within(std::size_t rows_max, const Scope& scope) override {
        return server::held_within(hub_->store(), rows_max, scope);
    }

    Result<Bytes> exchange(const Device& device, BytesView request, std::uint64_t now_ms) override;
    Status regrant(const std::string& author, const std::string& label, const Scope& scope,
                   std::uint64_t now_ms) override;
    Status revoke(const std::string& author, const std::string& label, std::uint64_t now_ms) override;
    Result<std::vector<PurgeProof>> purge_proofs(std::size_t rows_max) override { return hub_->purge_proofs(rows_max); }
    void set_unseal(std::function<Result<Bytes>(BytesView)> unseal) override { hub_->set_unseal(std::move(unseal)); }
    Status together(const std::function<void()>& calls) override { return hub_->together(calls); }
    Result<std::vector<RecordView>> list(std::uint32_t type, std::size_t rows_max) override {
        return hub_->list(type, rows_max);
    }
    Result<RecordPage> records(const RecordQuery& query) override { return list_page(hub_->store(), query); }
    Result<std::vector<RecordId>> record_ids(const RecordQuery& query) override {
        return all_records(hub_->store(), query);
    }
    Result<std::vector<Device>> devices(const std::string& author, const std::string& label) override;
    Result<RecordHistory> history(const RecordId& record) override;
    Result<std::vector<HeldView>> held(std::size_t rows_max) override { return hub_->held(rows_max); }
    Result<std::size_t> move(const std::vector<RecordId>& records, const Area& to, const std::string& staff,
                             std::uint64_t now_ms) override;
    Result<MoveStep> move_some(const MoveOrder& order, const MoveCursor& from, const std::string& staff,
                               std::uint64_t now_ms) override;
    Status release(const Dot& dot, std::uint32_t part, const std::string& staff, std::uint64_t now_ms) override;
    Status resolve(const Resolution& resolution, const std::string& staff, std::uint64_t now_ms) override;
    Result<ErasureReport> erase(const ErasureOrder& order, const std::string& staff, std::uint64_t now_ms) override;
    Result<std::vector<WrittenPart>> parts_of(const RecordId& record) override;
    const Divisions& divisions() const override { return hub_->divisions(); }
    Result<std::optional<KeptReply>> kept_reply(const Hash& key, std::uint64_t now_ms) override {
        return KeptReplies(db_).find(key, now_ms);
    }
    Status keep_reply(const Hash& key, const KeptReply& reply, std::uint64_t now_ms) override {
        return KeptReplies(db_).add(key, reply, now_ms);
    }
    Result<std::vector<StreamHead>> untold(std::size_t streams_max) override {
        return ToldStreams(hub_->store()).untold(streams_max);
    }
    Status mark_told(const std::vector<StreamHead>& heads) override { return ToldStreams(hub_->store()).mark(heads); }
    void set_listener(ChangeListener* listener) override {
        listener_ = listener;
        // What stands there already is nobody's news; when this look fails, the next one is the first.
        static_cast<void>(watch_.look());
    }
    Status tell_changes() override;
    Status start_audit(std::function<Status(audit::Chain&)> witness, std::uint64_t now_ms) override;
    Status note(audit::Act act, std::uint64_t now_ms) override;
    Result<std::optional<audit::Entry>> last_note(audit::Action action) override { return chain_.last_of(action); }
    audit::Chain& audit_chain() override { return chain_; }
    Status check_ready() override;
    Result<StorageReport> verify() override;
    Result<CompactionStep> compact_some(const CompactionRule& rule, const CompactionCursor& from,
                                        std::uint64_t now_ms) override {
        return hub_->compact_some(rule, from, now_ms);
    }
    Status back_up(const std::string& path, std::uint64_t now_ms) override;

private:
    Status check_scope(const std::string& role, const Scope& scope) const;
    Status check_areas(const Scope& scope) const;
    template <class Call, class Tell>
    std::invoke_result_t<Call> noted(std::uint64_t now_ms, const Call& call, const Tell& tell);
    void witness();

    std::unique_ptr<Hub> hub_;
    Database& db_;
    IdentityTables identity_;
    DeviceAccess access_;
    StaffAccounts staff_;
    AuditTable audit_;
    AuditChainTable chain_;
    std::function<Status(audit::Chain&)> witness_;
    ChangeWatch watch_;
    ChangeListener* listener_ = nullptr;
    StorageKey key_;
    Hash password_key_;
    Bytes sealing_key_;
    Trust trust_;
};

Result<EnrolmentCode> SqliteStorage::create_enrolment(const Device& device, std::uint64_t ttl_ms,
                                                      std::uint64_t now_ms) {
    if (!is_name(device.author, limits::author_bytes_max) || !is_name(device.label, limits::device_bytes_max))
        return Error{Errc::invalid_argument, "a name has 1 to 64 bytes of UTF-8, is not blank and begins with no dash"};
    DOORSTEP_TRY(check_scope(device.role, device.scope));
    if (ttl_ms == 0 || ttl_ms > limits::enrolment_ms_max)
        return Error{Errc::invalid_argument, "a code lives one second to ten minutes"};
    return noted(
        now_ms, [&] { return access_.hand_out(device, now_ms + ttl_ms); },
        [&](const auto&) { return by_console(audit::Action::enrolment_created, device.label); });
}

Status SqliteStorage::check_scope(const std::string& role, const Scope& scope) const {
    DOORSTEP_TRY(check_grant(role, scope));
    return check_areas(scope);
}

Status SqliteStorage::check_areas(const Scope& scope) const {
    for (const Area& area : scope.areas)
        if (!divisions().exists(area.division)) return Error{Errc::unknown_area, "no division " + area.text()};
    return ok();
}

Status SqliteStorage::regrant(const std::string& author, const std::string& label, const Scope& scope,
                              std::uint64_t now_ms) {
    return noted(
        now_ms,
        [&]() -> Status {
            DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
            DOORSTEP_TRY_ASSIGN(const std::vector<Hash> devices, identity_.find_devices(author, label));
            if (devices.empty()) return Error{Errc::not_found, "no phone of this person has the label"};
            for (const Hash& token_hash : devices) {
                DOORSTEP_TRY_ASSIGN(const std::optional<Device> before, identity_.find_device(token_hash));
                if (!before) return Error{Errc::corrupt, "a device is gone"};
                DOORSTEP_TRY(check_scope(before->role, scope));
                DOORSTEP_TRY(identity_.set_scope(token_hash, *before, scope, now_ms));
            }
            return transaction.commit();
        },
        [&](const auto&) { return by_console(audit::Action::regranted, label); });
}

Status SqliteStorage::revoke(const std::string& author, const std::string& label, std::uint64_t now_ms) {
    return noted(
        now_ms,
        [&]() -> Status {
            DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(db_));
            DOORSTEP_TRY_ASSIGN(const std::vector<Hash> devices, identity_.find_devices(author, label));
            if (devices.empty()) return Error{Errc::not_found, "no phone of this person has the label"};
            for (const Hash& token_hash : devices) DOORSTEP_TRY(identity_.set_revoked(token_hash, now_ms));
            return transaction.commit();
        },
        [&](const auto&) { return by_console(audit::Action::revoked, label); });
}

Result<Bytes> SqliteStorage::exchange(const Device& device, BytesView request, std::uint64_t now_ms) {
    if (device.revoked_ms != 0) {
        constexpr std::uint64_t day_ms = 24ull * 60 * 60 * 1000;
        DOORSTEP_TRY_ASSIGN(const std::uint64_t drained,
                            identity_.count_drained(device.id, now_ms / day_ms, request.size()));
        if (drained > limits::drain_bytes_a_day)
            return Error{Errc::quota_exceeded, "a revoked phone has sent what it may send in a day"};
    }
    return hub_->exchange(device.grant(), request, now_ms);
}

using Shown = DeviceAccess::Enrolling::Shown;

Result<Device> SqliteStorage::enrol(const std::string& code, const std::string& token, const ReplicaId& replica,
                                    std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(DeviceAccess::Enrolling step,
                        noted(
                            now_ms, [&] { return access_.enrol_by_token(code, token, replica, now_ms); },
                            [&](const Result<DeviceAccess::Enrolling>& done) {
                                if (done.value().shown == Shown::again) return Acts();
                                return Acts{{audit::Action::enrolment_used, done.value().label, replica.hex()}};
                            }));
    return std::move(*step.device);
}

Result<Hash> SqliteStorage::begin_enrolment(const std::string& code, const Hash& commitment, std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return access_.begin_enrolment(code, commitment, now_ms); }, [](const auto&) { return Acts(); });
}

Result<std::optional<Device>> SqliteStorage::prove_enrolment(const EnrolmentProof& proof, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(DeviceAccess::Enrolling step,
                        noted(
                            now_ms, [&] { return access_.prove_enrolment(proof, now_ms); },
                            [&](const Result<DeviceAccess::Enrolling>& done) {
                                if (done.value().shown == Shown::again) return Acts();
                                return Acts{{audit::Action::enrolment_used, done.value().label, proof.replica.hex()}};
                            }));
    return std::move(step.device);
}

Status SqliteStorage::confirm_phone(const Confirmation& word, const std::string& staff, std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return access_.confirm(word, now_ms); },
        [&](const auto&) {
            return Acts{{audit::Action::enrolment_confirmed, staff, word.label}};
        });
}

Status SqliteStorage::register_key(const Device& device, const AccessProof& proof, std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return access_.register_key(device, proof, now_ms); },
        [&](const auto&) {
            return Acts{{audit::Action::key_registered, device.author, device.label}};
        });
}

Status SqliteStorage::tell_changes() {
    if (!listener_) return ok();
    DOORSTEP_TRY_ASSIGN(const Changes changes, watch_.look());
    if (!changes.none()) listener_->on_changes(changes);
    return ok();
}

Result<HandoverReceipt> SqliteStorage::import_handover(BytesView signing_key, BytesView content, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Hash> signer, identity_.signer(signing_key));
    if (!signer) return Error{Errc::unauthorized, "no phone of this office has signed the file"};
    DOORSTEP_TRY_ASSIGN(const std::optional<Device> device, identity_.find_device(*signer));
    if (!device) return Error{Errc::unauthorized, "no phone of this office has signed the file"};
    DOORSTEP_TRY_ASSIGN(const ReplicaId replica, Hub::replica_of_handover(content));
    DOORSTEP_TRY(access_.claim(*signer, replica));
    return hub_->import_handover(device->grant(), content, now_ms);
}

Result<std::string> SqliteStorage::device_label(const ReplicaId& replica) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Hash> owner, identity_.replica_owner(replica));
    if (!owner) return std::string();
    DOORSTEP_TRY_ASSIGN(const std::optional<Device> device, identity_.find_device(*owner));
    return device ? device->label : std::string();
}

Result<std::string> SqliteStorage::add_staff(const StaffAccount& account, std::uint64_t now_ms) {
    if (!is_name(account.name, limits::author_bytes_max))
        return Error{Errc::invalid_argument, "a name has 1 to 64 bytes of UTF-8, is not blank and begins with no dash"};
    DOORSTEP_TRY(policy().check_grant(account.role, account.scope));
    DOORSTEP_TRY(check_areas(account.scope));
    return noted(
        now_ms, [&] { return staff_.add(account, now_ms); },
        [&](const auto&) { return by_console(audit::Action::account_added, account.name); });
}

Result<std::string> SqliteStorage::reset_staff(const std::string& name, std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return staff_.reset(name, now_ms); },
        [&](const auto&) { return by_console(audit::Action::account_reset, name); });
}

Status SqliteStorage::disable_staff(const std::string& name, std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return staff_.disable(name); },
        [&](const auto&) { return by_console(audit::Action::account_disabled, name); });
}

Result<SignedIn> SqliteStorage::sign_in(const Credentials& shown, std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return staff_.sign_in(shown, now_ms); },
        [&](const auto&) {
            return Acts{{audit::Action::signed_in, shown.name}};
        });
}

Status SqliteStorage::sign_out(const std::string& secret, std::uint64_t now_ms) {
    const auto found = staff_.session(secret, now_ms);
    return noted(
        now_ms, [&] { return staff_.sign_out(secret); },
        [&](const auto&) {
            return found ? Acts{{audit::Action::signed_out, found.value().staff}} : Acts();
        });
}

/// What somebody saw: in the auditor's table, and in the chain.
Status SqliteStorage::record(const AuditEntry& entry) {
    return noted(
        entry.at_ms, [&] { return audit_.record(entry); },
        [&](const auto&) {
            const std::string object = entry.record == RecordId() ? entry.area.text() : entry.record.hex();
            return Acts{{audit::Action::revealed, entry.staff, object, std::string(name_of(entry.purpose))}};
        });
}

Result<StaffSession> SqliteStorage::session(const std::string& secret, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(StaffSession found, staff_.session(secret, now_ms));
    found.scope = policy().visible(found.role, found.scope);
    return found;
}

Result<std::vector<Device>> SqliteStorage::devices(const std::string& author, const std::string& label) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Hash> tokens, identity_.find_devices(author, label));
    std::vector<Device> out;
    for (const Hash& token_hash : tokens) {
        DOORSTEP_TRY_ASSIGN(std::optional<Device> device, identity_.find_device(token_hash));
        if (device) out.push_back(std::move(*device));
    }
    return out;
}

Result<std::size_t> SqliteStorage::move(const std::vector<RecordId>& records, const Area& to, const std::string& staff,
                                        std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return hub_->move(records, to, staff, now_ms); },
        [&](const Result<std::size_t>& moved) {
            Acts acts;
            for (const RecordId& record : moved.value() > 0 ? records : std::vector<RecordId>())
                acts.push_back({audit::Action::moved, staff, record.hex()});
            return acts;
        });
}

Result<MoveStep> SqliteStorage::move_some(const MoveOrder& order, const MoveCursor& from, const std::string& staff,
                                          std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return hub_->move_some(order, from, staff, now_ms); },
        [&](const Result<MoveStep>& step) {
            Acts acts;
            if (step.value().moved > 0)
                acts.push_back({audit::Action::moved, staff, order.from.text() + " " + order.to.text()});
            return acts;
        });
}

Status SqliteStorage::resolve(const Resolution& resolution, const std::string& staff, std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return hub_->resolve(resolution, staff, now_ms); },
        [&](const auto&) {
            return Acts{{audit::Action::resolved, staff, resolution.record.hex()}};
        });
}

Status SqliteStorage::release(const Dot& dot, std::uint32_t part, const std::string& staff, std::uint64_t now_ms) {
    return noted(
        now_ms, [&] { return hub_->release(dot, part, now_ms); },
        [&](const auto&) {
            return Acts{{audit::Action::released, staff, dot.replica.hex() + ":" + std::to_string(dot.seq)}};
        });
}

// An erasure is on a list outside the database before it is in it, and so no transaction of ours can hold it: the entry
// comes after. A crash between the two leaves the act itself, which says as much.
Result<ErasureReport> SqliteStorage::erase(const ErasureOrder& order, const std::string& staff, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(ErasureReport report, hub_->erase(order, staff, now_ms));
    DOORSTEP_TRY(note({audit::Action::erased, staff, report.act.hex(), order.rule}, now_ms));
    return report;
}

Status SqliteStorage::back_up(const std::string& path, std::uint64_t now_ms) {
    DOORSTEP_TRY(hub_->store().back_up(path, key_));
    return note({audit::Action::backed_up, std::string(audit::console)}, now_ms);
}

Status SqliteStorage::note(audit::Act act, std::uint64_t now_ms) {
    return noted(
        now_ms, [] { return ok(); }, [&](const auto&) { return Acts{act}; });
}

/// Does something and notes what `tell` makes of its result: both happen, or neither.
template <class Call, class Tell>
std::invoke_result_t<Call> SqliteStorage::noted(std::uint64_t now_ms, const Call& call, const Tell& tell) {
    std::optional<TransactionGroup> group;  // unless the caller has one (together())
    if (!db_.in_transaction()) {
        DOORSTEP_TRY_ASSIGN(TransactionGroup begun, TransactionGroup::begin(db_));
        group.emplace(std::move(begun));
    }
    auto result = call();
    Acts acts = result ? tell(result) : Acts();
    for (audit::Act& act : acts) DOORSTEP_TRY(chain_.append(std::move(act), now_ms));
    if (group) {
        DOORSTEP_TRY(group->commit());  // also of what a refusal leaves behind: a wrong try is counted
        if (!acts.empty()) witness();
    }
    return result;
}

/// A head that could not be kept is only older than it might be: the acts stand, and the next one's head covers them. A
/// chain that does not follow from it is told by whoever verifies it.
void SqliteStorage::witness() {
    if (witness_) static_cast<void>(witness_(chain_));
}

Status SqliteStorage::start_audit(std::function<Status(audit::Chain&)> witness, std::uint64_t now_ms) {
    witness_ = std::move(witness);
    const std::string epoch = hub_->epoch().hex();
    DOORSTEP_TRY_ASSIGN(std::optional<audit::Entry> began, chain_.began());
    if (began && began->act.object == epoch) {
        this->witness();
        return ok();
    }
    return noted(
        now_ms,
        [&]() -> Status {  // another process may have been faster
            DOORSTEP_TRY_ASSIGN(began, chain_.began());
            return ok();
        },
        [&](const auto&) {
            if (began && began->act.object == epoch) return Acts();
            return by_console(began ? audit::Action::restored : audit::Action::founded, epoch);
        });
}

Result<RecordHistory> SqliteStorage::history(const RecordId& record) {
    RecordHistory out;
    DOORSTEP_TRY_ASSIGN(out.record, hub_->read(record));
    DOORSTEP_TRY_ASSIGN(out.entries, record_history(hub_->store(), record));
    return out;
}

Result<std::vector<WrittenPart>> SqliteStorage::parts_of(const RecordId& record) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Commit> writers, hub_->store().writers_of(record));
    std::vector<WrittenPart> out;
    for (const Commit& commit : writers)
        for (const Bytes& packed : commit.parts) {
            const auto part = Part::unpack(packed);
            if (!part) continue;  // erased
            for (const RecordOps& ops : part.value().records) {
                if (ops.record != record) continue;
                WrittenPart& written = out.emplace_back();
                written.dot = commit.header.dot;
                written.stream = part.value().stream;
                written.author = commit.header.author;
                written.wall_ms = commit.header.wall_ms;
                written.record_type = ops.type;
                for (const Op& op : ops.ops) written.fields.push_back(op.field);
            }
        }
    if (out.empty()) return Error{Errc::not_found, "the office has no record of this id"};
    return out;
}

Status SqliteStorage::check_ready() {
    DOORSTEP_TRY(identity_.access_changes());
    return ok();
}

Result<StorageReport> SqliteStorage::verify() {
    StorageReport report;
    DOORSTEP_TRY_ASSIGN(report.verification, hub_->verify());
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, hub_->store().streams());
    for (const StreamMark& mark : marks) report.heads.push_back(mark.head);
    return report;
}

}  // namespace

Grant Device::grant() const {
    if (revoked_ms != 0) return {Scope(), author, {}, Grant::Access::drain_only};
    return {scope, author, former, Grant::Access::full};
}

Result<std::unique_ptr<Storage>> open_sqlite_storage(const std::string& path, const StorageKey& key,
                                                     const EntropySeed& seed, Divisions divisions,
                                                     const ChunkSize& chunks, std::shared_ptr<ErasureList> erasures) {
    DatabaseOptions options;
    options.path = path;
    options.key = key;
    options.mode = OpenMode::create;
    HubHost host;
    host.receipt_key = Bytes(derived(key, "doorstep receipts").view());
    host.erasures = erasures ? std::move(erasures) : std::make_shared<ErasureFile>(path + ".erasures");
    DOORSTEP_TRY_ASSIGN(std::unique_ptr<Hub> hub, Hub::open(options, seed, std::move(divisions), std::move(host)));
    hub->cut_chunks(chunks);
    DOORSTEP_TRY(IdentityTables::migrate(hub->store().database()));
    DOORSTEP_TRY(AccessTables::migrate(hub->store().database()));
    DOORSTEP_TRY(KeptReplies::migrate(hub->store().database()));
    DOORSTEP_TRY(ToldStreams::migrate(hub->store().database()));
    DOORSTEP_TRY(StaffTables::migrate(hub->store().database()));
    DOORSTEP_TRY(AuditTable::migrate(hub->store().database()));
    DOORSTEP_TRY(AuditChainTable::migrate(hub->store().database()));
    return std::unique_ptr<Storage>(new SqliteStorage(std::move(hub), key));
}

}  // namespace doorstep::server
