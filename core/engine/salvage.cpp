#include "core/engine/salvage.hpp"

#include "core/engine/admission.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/engine/rekey.hpp"

namespace doorstep {
namespace {

/// What the salvaged commits of this phone's own replica say about its chain.
struct SalvagedChain {
    std::vector<Commit> commits;  ///< ascending
    std::uint64_t missing = 0;
};

SalvagedChain salvaged_chain(const Salvaged& salvaged, const ReplicaId& own) {
    SalvagedChain out;
    std::uint64_t expected = 1;
    for (auto at = salvaged.commits.lower_bound({own, 1}); at != salvaged.commits.end(); ++at) {
        const auto& [dot, commit] = *at;
        if (dot.replica != own) break;
        out.missing += dot.seq - expected;
        expected = dot.seq + 1;
        out.commits.push_back(commit);
    }
    return out;
}

/// Into the log, and into the records as far as the parts can be read.
Status admit_all(Store& store, const Salvaged& salvaged) {
    Admission admission(store);
    for (const auto& [dot, commit] : salvaged.commits) {
        OpenParts parts(commit.parts.size());
        for (std::size_t i = 0; i < commit.parts.size(); ++i)
            if (auto part = Part::unpack(commit.parts[i])) parts[i] = std::move(part).value();
        DOORSTEP_TRY(admission.admit(commit, commit.header.hash(), parts));
    }
    return admission.finish();
}

const Bytes* find(const Salvaged& salvaged, std::string_view key) {
    const auto at = salvaged.meta.find(key);
    return at == salvaged.meta.end() ? nullptr : &at->second;
}

Status write_identity(Store& store, const ReplicaId& replica, const SyncMemory& memory) {
    DOORSTEP_TRY(store.set_meta(meta_replica, replica.view()));
    DOORSTEP_TRY(store.mark_own(replica));
    return store.set_meta(meta_sync, pack_memory(memory));
}

Status settle_identity(Store& store, const Salvaged& salvaged, SalvageReport& report) {
    const Bytes* named = find(salvaged, meta_replica);
    std::optional<ReplicaId> own = salvaged.own;
    if (named)
        if (const auto id = ReplicaId::from(*named)) own = id.value();
    if (!own) return ok();  // a new id is minted when the file is opened; what is here stays as anybody's
    report.identity = SalvageReport::Kept::yes;
    SyncMemory memory;
    if (const Bytes* sync = find(salvaged, meta_sync))
        if (auto kept = unpack_memory(*sync)) memory = std::move(kept).value();
    const SalvagedChain chain = salvaged_chain(salvaged, *own);
    report.own = chain.commits.size();
    report.own_missing = chain.missing;
    if (chain.missing == 0) return write_identity(store, *own, memory);
    std::vector<Commit> unsent;
    for (const Commit& commit : chain.commits)
        if (commit.header.dot.seq > memory.durable_seq) unsent.push_back(commit);
    memory.durable_seq = memory.backed_up_seq = 0;
    memory.held.clear();
    report.made_again = unsent.size();
    if (unsent.empty()) return store.set_meta(meta_sync, pack_memory(memory));
    const ReplicaId fork = derive_fork(*own, unsent.front().header.hash());
    DOORSTEP_TRY(rekey(store, unsent, fork));
    return write_identity(store, fork, memory);
}

}  // namespace

Result<SalvageReport> salvage(const DatabaseOptions& damaged, const DatabaseOptions& sound) {
    DOORSTEP_TRY_ASSIGN(const Salvaged salvaged, salvage_file(damaged));
    SalvageReport report;
    report.condition = salvaged.condition;
    report.commits = salvaged.commits.size();
    report.commits_unproved = salvaged.commits_unproved;
    DOORSTEP_TRY_ASSIGN(Store store, Store::create(sound));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
    DOORSTEP_TRY(admit_all(store, salvaged));
    if (const Bytes* enrolment = find(salvaged, meta_enrolment); enrolment && unpack_enrolment(*enrolment)) {
        DOORSTEP_TRY(store.set_meta(meta_enrolment, *enrolment));
        report.enrolment = SalvageReport::Kept::yes;
    }
    if (const Bytes* token = find(salvaged, meta_token)) DOORSTEP_TRY(store.set_meta(meta_token, *token));
    DOORSTEP_TRY(settle_identity(store, salvaged, report));
    DOORSTEP_TRY(transaction.commit());
    return report;
}

}  // namespace doorstep
