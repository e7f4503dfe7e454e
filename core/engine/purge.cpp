#include "core/engine/purge.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "core/base/limits.hpp"
#include "core/base/planted_bug.hpp"
#include "core/engine/admission.hpp"
#include "core/engine/blobs.hpp"
#include "core/engine/leaving.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/store/commit_row.hpp"
#include "core/store/displaced.hpp"
#include "core/store/erased.hpp"
#include "core/store/integrity.hpp"
#include "core/store/projection.hpp"
#include "core/store/sealed.hpp"
#include "core/sync/chunk.hpp"
#include "core/sync/handover.hpp"

namespace doorstep {
namespace {

/// Who a phone's file says it is.
struct Identity {
    ReplicaId replica;
    Enrolment enrolment;
    SyncMemory memory;
};

Result<Identity> read_identity(Store& store) {
    Identity out;
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> replica, store.meta(meta_replica));
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> enrolment, store.meta(meta_enrolment));
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> sync, store.meta(meta_sync));
    if (!replica || !enrolment) return Error{Errc::not_enrolled, "only an enrolled phone has a scope"};
    DOORSTEP_TRY_ASSIGN(out.replica, ReplicaId::from(*replica));
    DOORSTEP_TRY_ASSIGN(out.enrolment, unpack_enrolment(*enrolment));
    if (sync) {
        DOORSTEP_TRY_ASSIGN(out.memory, unpack_memory(*sync));
    }
    return out;
}

/// Whether the packed part belongs to a stream outside the scope.
bool is_outside(const Scope& scope, BytesView part) {
    const auto stream = stream_of_part(part);  // none, of a part that is not here
    return stream && !scope.covers(stream.value());
}

Result<std::set<StreamNo>> streams_within(Store& store, const Scope& scope) {
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store.streams());
    std::set<StreamNo> out;
    for (const StreamMark& mark : marks)
        if (scope.covers(mark.head.stream)) out.insert(mark.no);
    return out;
}

/// Whether anything that stays names it, or nothing does: the words that will are still being written.
Result<bool> keeps(BlobTable& table, const BlobRow& row, const std::set<StreamNo>& within) {
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamNo> streams, table.streams_of(row.no));
    return streams.empty() ||
           std::any_of(streams.begin(), streams.end(), [&](StreamNo no) { return within.count(no) == 1; });
}

Status check_delivered(Store& store, const Identity& self) {
    if (planted(PlantedBug::purge_before_push)) return ok();
    DOORSTEP_TRY_ASSIGN(const ChainTop top, store.chain_top(self.replica));
    if (top.seq > self.memory.durable_seq)
        return Error{Errc::not_delivered, std::to_string(top.seq - self.memory.durable_seq) + " saves are only here"};
    DOORSTEP_TRY_ASSIGN(const std::vector<Leaving> leaving, leaving_streams(store, self.enrolment, self.replica));
    if (!leaving.empty()) return Error{Errc::not_delivered, "the office was not offered what others wrote"};
    DOORSTEP_TRY_ASSIGN(const std::set<StreamNo> within, streams_within(store, self.enrolment));
    BlobTable table(store.database());
    DOORSTEP_TRY_ASSIGN(const std::vector<BlobRow> unsent, table.unsent(std::numeric_limits<std::int32_t>::max()));
    for (const BlobRow& row : unsent) {
        DOORSTEP_TRY_ASSIGN(const bool stays, keeps(table, row, within));
        if (!stays) return Error{Errc::not_delivered, "an attachment is only here"};
    }
    return ok();
}

/// Collects neighbouring commits into hand-overs.
class Runs {
public:
    Runs(const ReplicaId& replica, std::uint64_t top_seq) : replica_(replica), top_seq_(top_seq) {}
    Status add(Commit commit) {
        std::size_t bytes = 0;
        for (const Bytes& part : commit.parts) bytes += part.size() + Hash::size;
        const bool follows = !commits_.empty() && commit.header.dot.seq == commits_.back().header.dot.seq + 1;
        if (!follows || bytes_ + bytes > limits::sealed_run_bytes_max) DOORSTEP_TRY(close());
        bytes_ += bytes;
        commits_.push_back(std::move(commit));
        return ok();
    }
    Status close() {
        if (commits_.empty()) return ok();
        const Header& first = commits_.front().header;
        HandoverContent content;
        content.after_seq = first.dot.seq - 1;
        content.to_seq = commits_.back().header.dot.seq;
        content.top_seq = top_seq_;
        content.bytes = Handover::encode(replica_, {content.after_seq, first.previous}, std::move(commits_));
        out.push_back(std::move(content));
        commits_.clear();
        bytes_ = 0;
        return ok();
    }
    std::vector<HandoverContent> out;

private:
    ReplicaId replica_;
    std::uint64_t top_seq_;
    std::vector<Commit> commits_;
    std::size_t bytes_ = 0;
};

/// Own commits with a part that goes, beyond what a backup of the office holds. One that was sealed before stays so.
Result<std::vector<HandoverContent>> to_seal(Store& store, const Identity& self) {
    DOORSTEP_TRY_ASSIGN(const ChainTop top, store.chain_top(self.replica));
    Runs runs(self.replica, top.seq);
    std::uint64_t after = self.memory.backed_up_seq;
    while (true) {
        DOORSTEP_TRY_ASSIGN(std::vector<Commit> commits,
                            store.commits_after(self.replica, after, limits::message_bytes_max));
        if (commits.empty()) break;
        after = commits.back().header.dot.seq;
        for (Commit& commit : commits) {
            const bool goes = std::any_of(commit.parts.begin(), commit.parts.end(),
                                          [&](const Bytes& part) { return is_outside(self.enrolment, part); });
            DOORSTEP_TRY_ASSIGN(const auto known, find_sealed(store, self.replica, commit.header.dot.seq));
            const bool forgotten =
                planted(PlantedBug::purge_before_push) && commit.header.dot.seq > self.memory.durable_seq;
            if (goes && !known && !forgotten) DOORSTEP_TRY(runs.add(std::move(commit)));
        }
    }
    DOORSTEP_TRY(runs.close());
    return std::move(runs.out);
}

/// Writes a file anew, without what lies outside the scope.
class Rewrite {
public:
    Rewrite(Store& from, Store& to, const Identity& self) : from_(from), to_(to), self_(self), admission_(to) {}

    Status run(const PurgePlan& plan, const std::vector<Bytes>& sealed) {
        DOORSTEP_TRY_ASSIGN(const std::int64_t change, Projection(from_.database()).last_change());
        DOORSTEP_TRY(Projection(to_.database()).go_on_after(change));
        DOORSTEP_TRY(attachments());
        DOORSTEP_TRY(erased());
        DOORSTEP_TRY(log());
        DOORSTEP_TRY(orders());
        DOORSTEP_TRY(admission_.finish());
        DOORSTEP_TRY(sealed_commits(plan, sealed));
        return named_values(plan);
    }

private:
    /// What was erased within the scope. A commit of which nothing else is here stays for its place in the order.
    Status erased() {
        DOORSTEP_TRY_ASSIGN(std::vector<ErasedRow> rows, ErasedTable(from_.database()).rows());
        for (ErasedRow& row : rows) {
            DOORSTEP_TRY_ASSIGN(const Stream stream, from_.stream_of(row.stream));
            if (!self_.enrolment.covers(stream)) continue;
            DOORSTEP_TRY_ASSIGN(row.stream, to_.stream_no(stream));
            DOORSTEP_TRY(ErasedTable(to_.database()).add(row));
            erased_.insert(row.part);
        }
        return ok();
    }

    Status log() {
        return each_log_row(from_, [&](const LogRow& row) -> Status {
            if (!row.replica) return Error{Errc::corrupt, "a commit is nobody's"};
            DOORSTEP_TRY_ASSIGN(Commit commit, read_stored_commit({*row.replica, row.seq}, row.body));
            bool stays = *row.replica == self_.replica;  // own headers stay, so that pushing stays contiguous
            for (std::size_t i = 0; i < commit.parts.size(); ++i) {
                Bytes& part = commit.parts[i];
                if (is_outside(self_.enrolment, part)) part.clear();
                stays = stays || !part.empty() || erased_.count(commit.header.parts[i]) == 1;
            }
            if (!stays) return ok();
            DOORSTEP_TRY_ASSIGN(const OpenParts parts, open_parts(commit));
            DOORSTEP_TRY_ASSIGN(const Hash hash, Hash::from(row.hash));
            DOORSTEP_TRY(admission_.admit(commit, hash, parts));
            return ok();
        });
    }

    Status orders() {
        DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, from_.streams());
        for (const StreamMark& mark : marks) {
            if (!self_.enrolment.covers(mark.head.stream)) continue;
            const auto place = [&](const PlacedDot& placed) -> Result<Store::Visit> {
                DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, to_.find_row(placed.dot));
                if (!row) return Error{Errc::corrupt, "a stream places a commit that is not in it"};
                DOORSTEP_TRY(admission_.place(mark.head.stream, row->no, row->hash));
                return Store::Visit::go_on;
            };
            DOORSTEP_TRY(from_.placed_after(mark.no, 0, place));
            DOORSTEP_TRY_ASSIGN(const StreamHead head, admission_.head(mark.head.stream));
            if (head.position != mark.head.position || head.digest != mark.head.digest)
                return Error{Errc::corrupt, "a stream's order does not lead to its digest"};
            DOORSTEP_TRY_ASSIGN(const StreamNo no, to_.stream_no(mark.head.stream));
            DOORSTEP_TRY(receipts(mark, no));
            DOORSTEP_TRY(displaced(mark.no, no));
        }
        return ok();
    }

    Status displaced(StreamNo stream, StreamNo to) {
        DisplacedTable before(from_.database()), after(to_.database());
        std::map<std::int64_t, std::int64_t> runs{{run_unattested, run_unattested}, {run_awaited, run_awaited}};
        DOORSTEP_TRY_ASSIGN(const std::vector<DisplacedTable::Row> rows, before.rows(stream));
        for (DisplacedTable::Row row : rows) {
            DOORSTEP_TRY_ASSIGN(const auto kept, before.find(stream, row.no));
            DOORSTEP_TRY_ASSIGN(const auto commit, kept ? to_.find_row(kept->dot_here) : std::optional<CommitRow>());
            if (!commit) continue;  // no part of it is here
            if (runs.count(row.run) == 0) {
                DOORSTEP_TRY_ASSIGN(const std::optional<FormerRun> run, before.run(row.run));
                if (!run) return Error{Errc::corrupt, "the run of a displaced commit is gone"};
                DOORSTEP_TRY_ASSIGN(runs[row.run], after.add_run(to, *run));
            }
            row.no = commit->no;
            row.run = runs[row.run];
            DOORSTEP_TRY(after.add(to, row));
        }
        return ok();
    }

    Status receipts(const StreamMark& mark, StreamNo to) {
        for (std::uint64_t position = 1;;) {
            DOORSTEP_TRY_ASSIGN(const auto receipt, from_.receipt_from(mark.no, position));
            if (!receipt) break;
            DOORSTEP_TRY(to_.keep_receipt(to, receipt->position, receipt->tag));
            position = receipt->position + 1;
        }
        return to_.set_backed_up(to, mark.backed_up);
    }

    Status attachments() {
        BlobTable from(from_.database()), to(to_.database());
        DOORSTEP_TRY_ASSIGN(const std::set<StreamNo> within, streams_within(from_, self_.enrolment));
        DOORSTEP_TRY_ASSIGN(const std::vector<BlobRow> rows, from.all());
        for (const BlobRow& row : rows) {
            DOORSTEP_TRY_ASSIGN(const bool stays, keeps(from, row, within));
            if (stays) DOORSTEP_TRY(from.copy_to(to, row));
        }
        return ok();
    }

    Status sealed_commits(const PurgePlan& plan, const std::vector<Bytes>& sealed) {
        DOORSTEP_TRY_ASSIGN(const std::vector<SealedRun> before, sealed_runs(from_));
        for (const SealedRun& run : before) DOORSTEP_TRY(add_sealed(to_, run));
        for (std::size_t i = 0; i < sealed.size(); ++i) {
            const HandoverContent& content = plan.to_seal[i];
            DOORSTEP_TRY(add_sealed(to_, {self_.replica, content.after_seq + 1, content.to_seq, sealed[i]}));
        }
        return ok();
    }

    Status named_values(const PurgePlan& plan) {
        for (const std::string_view key : {meta_replica, meta_enrolment, meta_sync, meta_token, meta_names}) {
            DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> value, from_.meta(key));
            if (value) DOORSTEP_TRY(to_.set_meta(key, *value));
        }
        DOORSTEP_TRY(to_.mark_own(self_.replica));
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> staged, from_.meta(meta_staged));
        const auto partial = staged ? PartialChunk::unpack(*staged) : Result<PartialChunk>(Error{});
        if (partial && self_.enrolment.covers(partial.value().stream)) DOORSTEP_TRY(to_.set_meta(meta_staged, *staged));
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> before, from_.meta(meta_purged));
        DOORSTEP_TRY_ASSIGN(std::vector<PurgedStream> purged, unpack_purged(before.value_or(Bytes())));
        for (const Stream& stream : plan.streams) {
            std::erase_if(purged, [&](const PurgedStream& old) { return old.stream == stream; });
            purged.push_back({stream, PurgedStream::Proof::due});
        }
        return to_.set_meta(meta_purged, pack_purged(purged));
    }

    Store& from_;
    Store& to_;
    const Identity& self_;
    Admission admission_;
    std::set<Hash> erased_;
};

}  // namespace

Result<PurgePlan> plan_purge(Store& store) {
    DOORSTEP_TRY_ASSIGN(const Identity self, read_identity(store));
    PurgePlan plan;
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store.streams());
    for (const StreamMark& mark : marks)
        if (!self.enrolment.covers(mark.head.stream)) plan.streams.push_back(mark.head.stream);
    if (plan.streams.empty()) return plan;
    DOORSTEP_TRY(check_delivered(store, self));
    DOORSTEP_TRY_ASSIGN(plan.to_seal, to_seal(store, self));
    return plan;
}

Status purge(const DatabaseOptions& old_file, const DatabaseOptions& fresh, const std::vector<Bytes>& sealed) {
    DOORSTEP_TRY_ASSIGN(Store from, Store::open(old_file));
    DOORSTEP_TRY_ASSIGN(const Transaction nobody_saves_meanwhile, Transaction::begin(from.database()));
    DOORSTEP_TRY_ASSIGN(const Identity self, read_identity(from));
    DOORSTEP_TRY_ASSIGN(const PurgePlan plan, plan_purge(from));
    if (sealed.size() != plan.to_seal.size())
        return Error{Errc::stale_decision, "what is to be sealed is not what was sealed"};
    DOORSTEP_TRY_ASSIGN(Store to, Store::create(fresh));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(to.database()));
    DOORSTEP_TRY(Rewrite(from, to, self).run(plan, sealed));
    DOORSTEP_TRY(transaction.commit());
    return to.database().checkpoint();
}

Bytes pack_purged(const std::vector<PurgedStream>& streams) {
    Bytes bytes;
    Writer out(bytes);
    for (const PurgedStream& one : streams) {
        one.stream.encode(out);
        out.u8(static_cast<std::uint8_t>(one.proof));
    }
    return bytes;
}

Result<std::vector<PurgedStream>> unpack_purged(BytesView bytes) {
    Reader in(bytes);
    std::vector<PurgedStream> out;
    while (!in.at_end() && !in.failed()) {
        PurgedStream one{Stream::decode(in), {}};
        const std::uint8_t proof = in.u8();
        if (proof > 1) in.fail();
        one.proof = static_cast<PurgedStream::Proof>(proof);
        out.push_back(one);
    }
    DOORSTEP_TRY(in.finish("the purged streams"));
    return out;
}

}  // namespace doorstep
