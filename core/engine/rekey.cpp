#include "core/engine/rekey.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "core/base/sha256.hpp"
#include "core/engine/fold.hpp"
#include "core/model/op_order.hpp"

namespace doorstep {
namespace {

/// Which dots change, and into what.
class Renaming {
public:
    Renaming(const std::vector<Commit>& commits, const ReplicaId& to) {
        for (const Commit& commit : commits) to_.emplace(commit.header.dot, Dot{to, to_.size() + 1});
    }
    Dot operator()(const Dot& dot) const {
        const auto renamed = to_.find(dot);
        return renamed == to_.end() ? dot : renamed->second;
    }

private:
    std::map<Dot, Dot> to_;
};

void rename(std::vector<Dot>& dots, const Renaming& renamed) {
    for (Dot& dot : dots) dot = renamed(dot);
    std::sort(dots.begin(), dots.end());
}

Status rename(RecordOps& record, const Renaming& renamed) {
    for (Op& op : record.ops) {
        rename(op.supersedes, renamed);
        if (op.value.type() != ValueType::dots) continue;
        std::vector<Dot> listed = op.value.as_dots();
        rename(listed, renamed);
        DOORSTEP_TRY_ASSIGN(op.value, Value::dots(std::move(listed)));
    }
    put_in_order(record.ops);
    return ok();
}

}  // namespace

ReplicaId derive_fork(const ReplicaId& replica, const Hash& first_divergent) {
    Bytes seed = "doorstep fork";
    Writer out(seed);
    out.fixed(replica);
    out.fixed(first_divergent);
    return ReplicaId::from(sha256(seed).view().substr(0, ReplicaId::size)).value();
}

Status rekey(Store& store, const ReplicaId& replica, std::uint64_t first_seq, const ReplicaId& fork) {
    DOORSTEP_TRY_ASSIGN(const std::vector<Commit> suffix,
                        store.commits_after(replica, first_seq - 1, std::numeric_limits<std::size_t>::max()));
    return rekey(store, suffix, fork);
}

Status rekey(Store& store, const std::vector<Commit>& commits, const ReplicaId& fork) {
    const Renaming renamed(commits, fork);
    DOORSTEP_TRY_ASSIGN(const ReplicaNo fork_no, store.replica_no(fork));
    std::set<RecordKey> touched;
    Hash previous;
    for (Commit commit : commits) {
        DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store.find_row(commit.header.dot));
        if (!row) return Error{Errc::corrupt, "a commit of this phone is gone"};
        commit.header.dot = renamed(commit.header.dot);
        commit.header.previous = previous;
        for (std::size_t i = 0; i < commit.parts.size(); ++i) {
            if (commit.parts[i].empty()) continue;  // erased
            DOORSTEP_TRY_ASSIGN(Part part, Part::unpack(commit.parts[i]));
            DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(part.stream));
            for (RecordOps& record : part.records) {
                touched.insert({record.record, stream});
                DOORSTEP_TRY(rename(record, renamed));
            }
            commit.parts[i] = part.pack();
            commit.header.parts[i] = part_hash(commit.parts[i]);
        }
        previous = commit.header.hash();
        DOORSTEP_TRY(store.start_over_streams_of(row->no));  // while their order still says what stood there
        DOORSTEP_TRY(store.rename_commit(row->no, fork_no, commit, previous));
    }
    return refold(store, touched);
}

}  // namespace doorstep
