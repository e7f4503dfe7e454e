// What phones push: checked against the chain, admitted to the log, put into each stream's order -- or held.
#include <algorithm>

#include "core/base/planted_bug.hpp"
#include "core/engine/blobs.hpp"
#include "core/engine/erase.hpp"
#include "core/engine/hub.hpp"
#include "core/engine/mergers.hpp"
#include "core/store/erased.hpp"

namespace doorstep {
namespace {

/// Whether other phones brought another commit under this dot, or one that follows another than this: those were first.
Result<bool> is_taken(Store& store, const Dot& dot, const Hash& hash) {
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> here, store.find_row(dot));
    if (here) return here->hash != hash;
    DOORSTEP_TRY_ASSIGN(const std::optional<Commit> next, store.find_commit({dot.replica, dot.seq + 1}));
    return next && next->header.previous != hash;
}

}  // namespace

/// What stands at HELLO's base, if both mean the same commit by it. nullopt: this server lacks it (then WELCOME tells
/// the phone where to go on), or has another one under its dot (then `forked` says so).
Result<std::optional<PushContext>> Hub::context_of(const Hello& hello, std::optional<Forked>& forked) {
    PushContext context{hello.replica, {}};
    if (hello.base_seq == 0) return std::optional<PushContext>(std::move(context));
    DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_.find_row({hello.replica, hello.base_seq}));
    if (!row) return std::optional<PushContext>();
    if (head_of(row->hash) != hello.base_hash) {
        forked = Forked{0};
        return std::optional<PushContext>();
    }
    context.before = {hello.base_seq, row->hash};
    return std::optional<PushContext>(std::move(context));
}

/// One frame is one transaction: all of it is durable, or none but what stood before a fork.
Status Hub::push(const Grant& grant, const Push& push, std::uint64_t now_ms, std::optional<Forked>& forked) {
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store_.database()));
    const ReplicaId& replica = push.commits.front().header.dot.replica;
    Admission admission(store_);
    DOORSTEP_TRY_ASSIGN(mergers_, read_mergers(store_));
    DOORSTEP_TRY_ASSIGN(ChainTop top, store_.whole_top(replica));
    DOORSTEP_TRY_ASSIGN(const ChainTop last, admission.top(replica));
    const bool was_brought = last.seq > top.seq;  // some of it, by other phones
    DOORSTEP_TRY_ASSIGN(const bool erased_any, ErasedTable(store_.database()).any());
    bool copies = false;
    Commit rest;
    for (const Commit& pushed : push.commits) {
        std::vector<std::optional<Stream>> erased;
        if (erased_any) {
            rest = pushed;
            DOORSTEP_TRY_ASSIGN(erased, redact(store_, rest));
            copies = copies || rest.parts != pushed.parts;
        }
        const Commit& commit = erased_any ? rest : pushed;
        DOORSTEP_TRY(check_absent(commit, erased));
        const Header& header = commit.header;
        const Hash hash = header.hash();
        if (header.dot.seq <= top.seq) {  // sent again: no effect, unless it is another commit under the same dot
            DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> known, store_.find_row(header.dot));
            if (known && (known->hash == hash || planted(PlantedBug::seq_reuse))) continue;
            forked = Forked{header.dot.seq};
            return Error{Errc::forked, "two different commits have one dot"};
        }
        if (header.dot.seq != top.seq + 1)
            return Error{Errc::chain_broken, "the next commit to push is " + std::to_string(top.seq + 1)};
        // Push::decode() saw to it, from a base that this server has.
        assert(header.previous == top.hash || planted(PlantedBug::seq_reuse));
        DOORSTEP_TRY_ASSIGN(const bool taken, was_brought ? is_taken(store_, header.dot, hash) : Result<bool>(false));
        if (taken) {
            forked = Forked{header.dot.seq};  // what stands before it is kept
            break;
        }
        DOORSTEP_TRY(admit_pushed(grant, admission, commit, hash, now_ms));
        top = {header.dot.seq, hash};
    }
    DOORSTEP_TRY(follow_moves(admission, now_ms));
    DOORSTEP_TRY(admission.finish());
    if (was_brought)
        DOORSTEP_TRY(store_.set_whole(replica, top.seq < last.seq ? std::optional(top.seq) : std::nullopt));
    DOORSTEP_TRY(transaction.commit());
    return copies ? settle_erasures() : ok();
}

/// A commit is never rejected for its content: what may not be applied is held, and the rest goes its way.
Status Hub::admit_pushed(const Grant& grant, Admission& admission, const Commit& commit, const Hash& hash,
                         std::uint64_t now_ms) {
    OpenParts parts(commit.parts.size());
    DOORSTEP_TRY_ASSIGN(const ChainTop last, admission.top(commit.header.dot.replica));
    std::optional<Commit> brought;  // by another phone, before this one came to it
    if (commit.header.dot.seq <= last.seq) {
        DOORSTEP_TRY_ASSIGN(brought, store_.find_commit(commit.header.dot));
    }
    for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
        if (brought && brought->header.hash() == hash && !brought->parts[i].empty()) continue;  // applied already
        if (commit.parts[i].empty()) continue;                                                  // erased
        auto part = inspect(grant, commit, i, now_ms);
        const bool repeats = part && std::any_of(parts.begin(), parts.end(), [&](const auto& other) {
                                 return other && other->stream == part.value().stream;
                             });
        if (part && !repeats) {
            parts[i] = std::move(part).value();
        } else {
            DOORSTEP_TRY(hold(commit, i, part ? Errc::malformed : part.error().code));
        }
    }
    const auto may_place = [&](const Stream& stream) { return grant.accepts(stream, now_ms, host_.grace_ms); };
    DOORSTEP_TRY(take(admission, commit, hash, parts, may_place));
    if (restored_ == Restored::yes) {
        DOORSTEP_TRY(store_.forget_unproved(commit.header.dot, hash));
        DOORSTEP_TRY(follow_twins(admission, parts));
    }
    DOORSTEP_TRY(answer_intents(admission, grant, parts, now_ms));
    return follow_mergers(admission, parts, now_ms);
}

/// A push brings every part, but for those that were erased.
Status Hub::check_absent(const Commit& commit, const std::vector<std::optional<Stream>>& erased) const {
    for (std::size_t i = 0; i < commit.parts.size(); ++i)
        if (commit.parts[i].empty() && (erased.empty() || !erased[i]))
            return Error{Errc::malformed, "a pushed commit lacks a part"};
    return ok();
}

/// The attachments that it names are taken too: an upload queue always drains.
Status Hub::hold(const Commit& commit, std::uint32_t index, Errc reason) {
    DOORSTEP_TRY(store_.hold({commit.header.dot, index, reason}));
    const auto part = Part::unpack(commit.parts[index]);
    if (!part) return ok();
    for (const RecordOps& record : part.value().records)
        for (const Op& op : record.ops) DOORSTEP_TRY(want_blob(store_, op.value, std::nullopt));
    return ok();
}

/// The part, if it may be applied. Errors say why it must be held.
Result<Part> Hub::inspect(const Grant& grant, const Commit& commit, std::uint32_t index, std::uint64_t now_ms) const {
    DOORSTEP_TRY_ASSIGN(Part part, Part::unpack(commit.parts[index]));
    if (grant.access == Grant::Access::drain_only) return Error{Errc::revoked, "access was taken back"};
    if (commit.header.author != grant.author) return Error{Errc::forbidden, "written in another's name"};
    if (!divisions_.exists(part.stream.area.division)) return Error{Errc::unknown_area, "no such division"};
    if (!grant.accepts(part.stream, now_ms, host_.grace_ms))
        return Error{Errc::forbidden, "outside what this device may write"};
    for (const RecordOps& record : part.records)
        for (const Op& op : record.ops) {
            DOORSTEP_TRY(forms_.validate(record.type, op));
            DOORSTEP_TRY(may_write(Side::phone, op));
        }
    return part;
}

/// Into the log, the records, and each stream's order; an erased part into the order alone.
Status Hub::take(Admission& admission, const Commit& commit, const Hash& hash, const OpenParts& parts,
                 const MayPlace& may_place) {
    DOORSTEP_TRY_ASSIGN(const Admission::Outcome outcome, admission.admit(commit, hash, parts));
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] && outcome.taken[i]) DOORSTEP_TRY(admission.place(parts[i]->stream, outcome.no, hash));
        if (outcome.erased.empty() || !outcome.erased[i]) continue;
        if (!may_place || may_place(*outcome.erased[i]))
            DOORSTEP_TRY(admission.place(*outcome.erased[i], outcome.no, hash));
    }
    return ok();
}

}  // namespace doorstep
