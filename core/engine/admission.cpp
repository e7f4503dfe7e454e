#include "core/engine/admission.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/planted_bug.hpp"
#include "core/engine/blobs.hpp"
#include "core/engine/erase.hpp"
#include "core/engine/fold.hpp"
#include "core/model/reserved_field.hpp"
#include "core/model/stream_chain.hpp"
#include "core/store/erased.hpp"

namespace doorstep {
namespace {

/// Whether the ops move the record, or carry what moved.
bool moves(const RecordOps& record) {
    return std::any_of(record.ops.begin(), record.ops.end(), [](const Op& op) {
        return op.field == reserved_field::home || op.field == reserved_field::origin;
    });
}

}  // namespace

Result<OpenParts> open_parts(const Commit& commit) {
    OpenParts out(commit.parts.size());
    for (std::size_t i = 0; i < commit.parts.size(); ++i) {
        if (commit.parts[i].empty()) continue;
        DOORSTEP_TRY_ASSIGN(out[i], Part::unpack(commit.parts[i]));
    }
    return out;
}

Result<Admission::Outcome> Admission::admit(const Commit& commit, const Hash& hash, const OpenParts& parts) {
    DOORSTEP_TRY_ASSIGN(const bool any, erased_any());
    if (!any) return admit_rest(commit, hash, parts);
    Commit rest = commit;
    OpenParts open = parts;
    DOORSTEP_TRY_ASSIGN(auto erased, redact(*store_, rest));
    for (std::size_t i = 0; i < erased.size(); ++i)
        if (erased[i]) open[i].reset();
    DOORSTEP_TRY_ASSIGN(Outcome out, admit_rest(rest, hash, open));
    if (out.admitted == Admitted::fresh) out.erased = std::move(erased);
    return out;
}

Result<Admission::Outcome> Admission::admit_rest(const Commit& commit, const Hash& hash, const OpenParts& parts) {
    const Dot& dot = commit.header.dot;
    DOORSTEP_TRY_ASSIGN(Replica * writer, replica(dot.replica));
    if (dot.seq <= writer->top.seq) {
        DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_->find_row(dot));
        if (row) return admit_known(*row, commit, hash, parts);
    }
    Outcome out{Admitted::fresh, 0, std::vector<bool>(parts.size(), false)};
    DOORSTEP_TRY_ASSIGN(out.no, store_->add_commit(writer->no, commit, hash));
    if (dot.seq > writer->top.seq) writer->top = {dot.seq, hash};
    for (std::uint32_t i = 0; i < parts.size(); ++i) {
        if (!parts[i]) continue;
        out.taken[i] = true;
        DOORSTEP_TRY(fold(dot, *parts[i], {out.no, i}));
    }
    DOORSTEP_TRY(apply_acts(parts, out.taken));
    return out;
}

/// Once the commit's row says what they are.
Status Admission::apply_acts(const OpenParts& parts, const std::vector<bool>& taken) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!parts[i] || !taken[i] || !holds_erasure(*parts[i])) continue;
        DOORSTEP_TRY(finish());  // the streams' states are counted again from what is stored
        DOORSTEP_TRY(apply_erasures(*store_, *parts[i]));
        marks_.clear();
        erased_any_ = true;
    }
    return ok();
}

/// Takes over the parts that were not here.
Result<Admission::Outcome> Admission::admit_known(const CommitRow& row, const Commit& commit, const Hash& hash,
                                                  const OpenParts& parts) {
    if (row.hash != hash) return Error{Errc::forked, "two different commits have one dot"};
    const Dot& dot = commit.header.dot;
    DOORSTEP_TRY_ASSIGN(std::optional<Commit> whole, store_->find_commit(dot));
    if (!whole) return Error{Errc::corrupt, "a commit of the log is gone"};
    Outcome out{Admitted::known, row.no, std::vector<bool>(parts.size(), false)};
    for (std::uint32_t i = 0; i < whole->parts.size(); ++i) {
        if (!whole->parts[i].empty() || commit.parts[i].empty()) continue;
        whole->parts[i] = commit.parts[i];
        out.admitted = Admitted::more;
        if (!parts[i]) continue;
        out.taken[i] = true;
        DOORSTEP_TRY(fold(dot, *parts[i], {row.no, i}));
    }
    if (out.admitted == Admitted::more) DOORSTEP_TRY(store_->replace_commit(row.no, *whole));
    DOORSTEP_TRY(apply_acts(parts, out.taken));
    return out;
}

Status Admission::fold(const Dot& dot, const Part& part, const PartPlace& place) {
    DOORSTEP_TRY_ASSIGN(Mark * home, mark(part.stream));
    ++home->mark.states.parts;
    home->states_written = Mark::Written::no;
    for (const RecordOps& ops : part.records) {
        DOORSTEP_TRY_ASSIGN(const Folded folded, fold_record(*store_, home->mark.no, ops, dot, place));
        home->mark.states.digest += folded.grown;
        const auto& belongs = folded.belongs;
        const bool late = belongs && !(*belongs == part.stream.area) && !planted(PlantedBug::late_edit_stays);
        if (late || (belongs && moves(ops))) moved_.insert(ops.record);
        for (const Op& op : ops.ops) DOORSTEP_TRY(want_blob(*store_, op.value, home->mark.no));
    }
    return ok();
}

Result<bool> Admission::erased_any() {
    if (!erased_any_) {
        DOORSTEP_TRY_ASSIGN(erased_any_, ErasedTable(store_->database()).any());
    }
    return *erased_any_;
}

Status Admission::place(const Stream& stream, CommitNo no, const Hash& hash) {
    DOORSTEP_TRY_ASSIGN(Mark * at, mark(stream));
    DOORSTEP_TRY_ASSIGN(const bool any, erased_any());
    if (any) {  // a part that was erased has a place, and folds to nothing
        DOORSTEP_TRY_ASSIGN(const bool erased, ErasedTable(store_->database()).is_of(at->mark.no, hash));
        if (erased) ++at->mark.states.parts;
        if (erased) at->states_written = Mark::Written::no;
    }
    StreamHead& head = at->mark.head;
    ++head.position;
    head.digest += Digest::at(head.position, hash);
    at->mark.chain = extend_chain(at->mark.chain, hash);
    if (planted(PlantedBug::cursor_plus_one) && head.position % 7 == 0) ++head.position;
    at->written = Mark::Written::no;
    if (head.position % limits::receipt_stride == 0)
        DOORSTEP_TRY(store_->keep_chain(at->mark.no, head.position, at->mark.chain));
    return store_->append_entry(at->mark.no, head.position, no, head.digest);
}

Status Admission::move(const Stream& stream, std::uint64_t position, const Digest& digest, const Hash& chain) {
    DOORSTEP_TRY_ASSIGN(Mark * at, mark(stream));
    at->mark.head = {stream, position, digest};
    at->mark.chain = chain;
    at->written = Mark::Written::no;
    return ok();
}

Result<StreamHead> Admission::head(const Stream& stream) {
    DOORSTEP_TRY_ASSIGN(const Mark* at, mark(stream));
    return at->mark.head;
}

Result<ChainTop> Admission::top(const ReplicaId& id) {
    DOORSTEP_TRY_ASSIGN(const Replica* found, replica(id));
    return found->top;
}

Status Admission::finish() {
    for (auto& [stream, at] : marks_) {
        if (at.written == Mark::Written::no) DOORSTEP_TRY(store_->set_stream_mark(at.mark));
        if (at.states_written == Mark::Written::no)
            DOORSTEP_TRY(store_->set_stream_states(at.mark.no, at.mark.states));
        at.written = at.states_written = Mark::Written::yes;
    }
    return ok();
}

Result<Admission::Replica*> Admission::replica(const ReplicaId& id) {
    const auto known = replicas_.find(id);
    if (known != replicas_.end()) return &known->second;
    Replica fresh;
    DOORSTEP_TRY_ASSIGN(fresh.no, store_->replica_no(id));
    DOORSTEP_TRY_ASSIGN(fresh.top, store_->chain_top(fresh.no));
    return &replicas_.emplace(id, fresh).first->second;
}

Result<Admission::Mark*> Admission::mark(const Stream& stream) {
    const auto known = marks_.find(stream);
    if (known != marks_.end()) return &known->second;
    Mark fresh;
    DOORSTEP_TRY_ASSIGN(fresh.mark, store_->stream_mark(stream));
    return &marks_.emplace(stream, fresh).first->second;
}

}  // namespace doorstep
