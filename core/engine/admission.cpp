#include "core/engine/admission.hpp"

#include "core/engine/blobs.hpp"
#include "core/engine/fold.hpp"

namespace doorstep {

Result<OpenParts> open_parts(const Commit& commit) {
    OpenParts out(commit.parts.size());
    for (std::size_t i = 0; i < commit.parts.size(); ++i) {
        if (commit.parts[i].empty()) continue;
        DOORSTEP_TRY_ASSIGN(out[i], Part::unpack(commit.parts[i]));
    }
    return out;
}

Result<Admission::Outcome> Admission::admit(const Commit& commit, const Hash& hash, const OpenParts& parts) {
    const Dot& dot = commit.header.dot;
    DOORSTEP_TRY_ASSIGN(Replica * writer, replica(dot.replica));
    if (dot.seq <= writer->top.seq) {
        DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_->find_row(dot));
        if (row) return admit_known(*row, commit, hash, parts);
    }
    Outcome out{Admitted::fresh, 0};
    DOORSTEP_TRY_ASSIGN(out.no, store_->add_commit(writer->no, commit, hash));
    if (dot.seq > writer->top.seq) writer->top = {dot.seq, hash};
    for (const std::optional<Part>& part : parts)
        if (part) DOORSTEP_TRY(fold(dot, *part));
    return out;
}

/// Takes over the parts that were not here.
Result<Admission::Outcome> Admission::admit_known(const CommitRow& row, const Commit& commit, const Hash& hash,
                                                  const OpenParts& parts) {
    if (row.hash != hash) return Error{Errc::forked, "two different commits have one dot"};
    const Dot& dot = commit.header.dot;
    DOORSTEP_TRY_ASSIGN(std::optional<Commit> whole, store_->find_commit(dot));
    if (!whole) return Error{Errc::corrupt, "a commit of the log is gone"};
    Outcome out{Admitted::known, row.no};
    for (std::size_t i = 0; i < whole->parts.size(); ++i) {
        if (!whole->parts[i].empty() || commit.parts[i].empty()) continue;
        whole->parts[i] = commit.parts[i];
        out.admitted = Admitted::more;
        if (parts[i]) DOORSTEP_TRY(fold(dot, *parts[i]));
    }
    if (out.admitted == Admitted::more) DOORSTEP_TRY(store_->replace_commit(row.no, *whole));
    return out;
}

Status Admission::fold(const Dot& dot, const Part& part) {
    DOORSTEP_TRY_ASSIGN(const Mark* home, mark(part.stream));
    for (const RecordOps& ops : part.records) {
        DOORSTEP_TRY(fold_record(*store_, home->mark.no, ops, dot));
        for (const Op& op : ops.ops) DOORSTEP_TRY(want_blob(*store_, op.value));
    }
    return ok();
}

Status Admission::place(const Stream& stream, CommitNo no, const Hash& hash) {
    DOORSTEP_TRY_ASSIGN(Mark * at, mark(stream));
    StreamHead& head = at->mark.head;
    ++head.position;
    head.digest += Digest::of(hash);
    at->written = Mark::Written::no;
    return store_->append_entry(at->mark.no, head.position, no, head.digest);
}

Status Admission::start_over(const Stream& stream) {
    DOORSTEP_TRY_ASSIGN(Mark * at, mark(stream));
    at->mark.head.position = 0;
    at->mark.head.digest = {};
    at->written = Mark::Written::no;
    return store_->forget_entries(at->mark.no);
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
        if (at.written == Mark::Written::yes) continue;
        DOORSTEP_TRY(store_->set_stream_mark(at.mark));
        at.written = Mark::Written::yes;
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
