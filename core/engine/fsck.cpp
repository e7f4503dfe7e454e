#include "core/engine/fsck.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/sha256.hpp"
#include "core/engine/erase.hpp"
#include "core/engine/fold.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/engine/queries_columns.hpp"
#include "core/engine/queries_search.hpp"
#include "core/merge/conflict.hpp"
#include "core/merge/state_item.hpp"
#include "core/store/commit_row.hpp"
#include "core/store/displaced.hpp"
#include "core/store/dots.hpp"
#include "core/store/erased.hpp"
#include "core/store/integrity.hpp"

namespace doorstep {
namespace {

struct FaultRow {
    std::string_view name;
    Cure cure;
    std::string_view zh_cn, en;
};
constexpr FaultRow fault_rows[] = {
#define DOORSTEP_FAULT(name, cure, zh, en) {#name, Cure::cure, zh, en},
#include "core/engine/fsck_faults.def"
#undef DOORSTEP_FAULT
};
const FaultRow& row_of(Fault fault) { return fault_rows[static_cast<std::size_t>(fault)]; }

/// Whether an error is what a damaged file says, rather than a bad moment.
bool tells_damage(const Error& error) {
    return error.code == Errc::corrupt || error.code == Errc::malformed || error.code == Errc::not_a_database;
}

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// One run over one store.
class Check {
public:
    explicit Check(Store& store) : store_(&store) {}

    /// What SQLite has to say.
    Status structure_first() {
        return step("sqlite", [&] { return structure(); });
    }

    /// What lists and search look at. Where records are wrong already, it follows them and says nothing new.
    Status derived_last() {
        const auto of_records = [](const Finding& finding) { return finding.table == "record"; };
        if (std::any_of(found_.findings.begin(), found_.findings.end(), of_records)) return ok();
        DOORSTEP_TRY(derived("projection", [&] { return projection(); }));
        if (found_.find(Fault::derived_differs)) return ok();
        DOORSTEP_TRY(derived("projection_change", [&] { return ChangeLog(store_->database()).check(); }));
        if (found_.find(Fault::derived_differs)) return ok();
        DOORSTEP_TRY(derived("projection_late", [&] { return LateColumns(store_->database()).check(); }));
        return derived("search", [&] { return check_search(*store_); });
    }
    const Diagnosis& found() const { return found_; }

    Status run() {
        DOORSTEP_TRY(step("meta", [&] { return identity(); }));
        DOORSTEP_TRY(step("stream", [&] { return read_streams(); }));
        DOORSTEP_TRY(step("held", [&] { return read_held(); }));
        DOORSTEP_TRY(step("commits", [&] { return log(); }));
        DOORSTEP_TRY(step("commits", [&] { return chains(); }));
        DOORSTEP_TRY(step("dot", [&] { return dots(); }));
        DOORSTEP_TRY(step("held", [&] { return held(); }));
        DOORSTEP_TRY(step("sequence", [&] { return order(); }));
        DOORSTEP_TRY(step("displaced", [&] { return displaced(); }));
        DOORSTEP_TRY(step("record", [&] { return records(); }));
        return ok();
    }

private:
    struct Link {
        std::uint64_t seq = 0;
        Hash hash, previous;
        std::size_t parts = 0;
    };

    void add(Fault fault, std::string_view table, std::optional<Dot> example = {}) {
        for (Finding& finding : found_.findings)
            if (finding.fault == fault && finding.table == table) {
                ++finding.count;
                return;
            }
        found_.findings.push_back({fault, std::string(table), 1, example});
    }

    /// Runs one check; what it cannot read is a finding, and the next check goes on.
    template <class Body>
    Status step(std::string_view table, const Body& body) {
        const Status status = body();
        if (status) return ok();
        if (!tells_damage(status.error())) return status;
        add(Fault::structure, table);
        return ok();
    }

    template <class Body>
    Status derived(std::string_view table, const Body& body) {
        const Status status = body();
        if (!status && !tells_damage(status.error())) return status;
        if (!status) add(Fault::derived_differs, table);
        return ok();
    }

    /// Makes it again and compares, in a transaction that is undone. Errors: corrupt when it differs.
    Status projection() {
        DOORSTEP_TRY_ASSIGN(const Transaction undone, Transaction::begin(store_->database()));
        Projection projection(store_->database());
        DOORSTEP_TRY_ASSIGN(const Hash before, projection.fingerprint());
        DOORSTEP_TRY(rebuild_projection(*store_));
        DOORSTEP_TRY_ASSIGN(const Hash after, projection.fingerprint());
        return before == after ? ok() : Status(Error{Errc::corrupt, "the projection is not what the records say"});
    }

    Status structure() {
        DOORSTEP_TRY_ASSIGN(const std::vector<std::string> lines, integrity_lines(*store_));
        for (const std::string& line : lines) {
            const bool index = line.find("missing from index ") != line.npos || starts_with(line, "wrong # of entries");
            const auto name = line.rfind(' ');
            if (index)
                add(Fault::index_differs, std::string_view(line).substr(name + 1));
            else
                add(Fault::structure, "sqlite");
        }
        return ok();
    }

    template <class Unpack>
    Status check_meta(std::string_view key, const Unpack& unpack) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> value, store_->meta(key));
        if (value && !unpack(*value)) add(Fault::meta_unreadable, "meta");
        return ok();
    }

    Status identity() {
        DOORSTEP_TRY(check_meta(meta_replica, [&](BytesView v) { return static_cast<bool>(ReplicaId::from(v)); }));
        DOORSTEP_TRY(check_meta(meta_enrolment, [](BytesView v) { return static_cast<bool>(unpack_enrolment(v)); }));
        DOORSTEP_TRY(check_meta(meta_sync, [](BytesView v) { return static_cast<bool>(unpack_memory(v)); }));
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> named, store_->meta(meta_replica));
        DOORSTEP_TRY_ASSIGN(const std::optional<ReplicaId> marked, marked_replica(*store_));
        const auto own = ReplicaId::from(named.value_or(Bytes()));
        if (named ? !own || !marked || *marked != own.value() : marked.has_value())
            add(Fault::identity_differs, "replica");
        if (own) own_ = own.value();
        return ok();
    }

    Status read_streams() {
        DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store_->streams());
        for (const StreamMark& mark : marks) {
            streams_[mark.no] = mark.head;
            stored_states_[mark.no] = mark.states;
            numbers_[mark.head.stream] = mark.no;
        }
        found_.counts.streams = marks.size();
        return ok();
    }

    Status read_held() {
        return each_held_row(*store_, [&](const HeldRow& row) -> Status {
            if (row.replica)
                held_.insert({Dot{*row.replica, row.seq}, row.part});
            else
                add(Fault::held_orphan, "held");
            return ok();
        });
    }

    Status log() {
        DOORSTEP_TRY_ASSIGN(const bool erased_any, ErasedTable(store_->database()).any());
        if (erased_any) DOORSTEP_TRY(erased_from_archive());
        return each_log_row(*store_, [&, erased_any](const LogRow& row) -> Status {
            ++found_.counts.commits;
            if (!row.replica) {
                add(Fault::commit_of_nobody, "commits");
                return ok();
            }
            const Dot dot{*row.replica, row.seq};
            auto commit = store_->whole_commit(row.no, dot, row.body);
            if (!commit && commit.error().code == Errc::archive_missing) {
                add(Fault::archive_lacks, "archive", dot);
                commit = read_stored_commit(dot, row.body);
            }
            if (!commit) {
                add(Fault::commit_unreadable, "commits", dot);
                return ok();
            }
            const Header& header = commit.value().header;
            const Hash hash = header.hash();
            if (hash.view() != row.hash) add(Fault::commit_changed, "commits", dot);
            links_[*row.replica].push_back({row.seq, hash, header.previous, header.parts.size()});
            fold(commit.value());
            Commit rest = erased_any ? commit.value() : Commit();
            if (erased_any) DOORSTEP_TRY(redact(*store_, rest));
            if (erased_any && rest.parts != commit.value().parts) add(Fault::erased_here, "commits", dot);
            return ok();
        });
    }

    Status erased_from_archive() {
        DOORSTEP_TRY_ASSIGN(Archive * archive, store_->archive(OpenMode::existing));
        if (!archive) return ok();
        DOORSTEP_TRY_ASSIGN(const std::vector<ErasedRow> rows, ErasedTable(store_->database()).rows());
        for (const ErasedRow& row : rows) {
            DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> part, archive->find(row.part));
            if (part) add(Fault::erased_here, "archive", row.dot);
        }
        return ok();
    }

    void fold(const Commit& commit) {
        const Dot& dot = commit.header.dot;
        for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
            if (commit.parts[i].empty() || held_.count({dot, i}) == 1) continue;
            const auto part = Part::unpack(commit.parts[i]);
            const auto stream = part ? numbers_.find(part.value().stream) : numbers_.end();
            if (!part) {
                add(Fault::part_unreadable, "commits", dot);
            } else if (stream == numbers_.end()) {
                add(Fault::sequence_gap, "stream", dot);
            } else {
                ++states_[stream->second].parts;
                for (const RecordOps& ops : part.value().records)
                    apply(folded_[{ops.record, stream->second}], ops, dot);
            }
        }
    }

    /// This phone's own chain is whole from its first commit; of others, what this file may see has gaps.
    Status chains() {
        for (auto& [replica, links] : links_) {
            std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) { return a.seq < b.seq; });
            Link before;
            for (const Link& link : links) {
                if (link.seq == before.seq) add(Fault::dot_twice, "commits", Dot{replica, link.seq});
                const bool follows = link.seq == before.seq + 1;
                if (follows && link.previous != before.hash)
                    add(Fault::chain_broken, "commits", Dot{replica, link.seq});
                if (!follows && replica == own_) add(Fault::chain_gap, "commits", Dot{replica, link.seq});
                before = link;
            }
        }
        return ok();
    }

    Status dots() {
        DOORSTEP_TRY_ASSIGN(const std::uint64_t wrong, wrong_dots(store_->database()));
        for (std::uint64_t i = 0; i < wrong; ++i) add(Fault::dot_differs, "dot");
        return ok();
    }

    static const Link* find(const std::vector<Link>& links, std::uint64_t seq) {
        const auto at = std::lower_bound(links.begin(), links.end(), seq,
                                         [](const Link& link, std::uint64_t wanted) { return link.seq < wanted; });
        return at == links.end() || at->seq != seq ? nullptr : &*at;
    }

    Status held() {
        for (const auto& [dot, part] : held_) {
            const auto links = links_.find(dot.replica);
            const auto link = links == links_.end() ? nullptr : find(links->second, dot.seq);
            if (!link || part >= link->parts) add(Fault::held_orphan, "held", dot);
        }
        return ok();
    }

    Status order() {
        std::map<StreamNo, StreamHead> reached;
        DOORSTEP_TRY(each_sequence_row(*store_, [&](const SequenceRow& row) -> Status {
            StreamHead& head = reached[row.stream];
            if (row.position != ++head.position) {
                add(Fault::sequence_gap, "sequence", row.dot);
                head.position = row.position;
            }
            if (row.commit_hash)
                head.digest += Digest::at(row.position, *row.commit_hash);
            else
                add(Fault::sequence_orphan, "sequence");
            if (row.digest != head.digest) add(Fault::digest_differs, "sequence", row.dot);
            return ok();
        }));
        for (const auto& [no, head] : reached)
            if (streams_.count(no) == 0) add(Fault::sequence_gap, "stream");
        for (const auto& [no, head] : streams_)
            if (head.position != reached[no].position || head.digest != reached[no].digest)
                add(Fault::head_differs, "stream");
        return ok();
    }

    Status displaced() {
        DOORSTEP_TRY_ASSIGN(const std::uint64_t wrong, DisplacedTable(store_->database()).wrong());
        for (std::uint64_t i = 0; i < wrong; ++i) add(Fault::sequence_orphan, "displaced");
        return ok();
    }

    Status records() {
        for (const auto& [key, state] : folded_) states_[key.second].digest += state_item(key.first, state);
        for (const auto& [no, stored] : stored_states_)
            if (!(states_[no] == stored)) add(Fault::states_differ, "stream");
        DOORSTEP_TRY(each_stored_record(*store_, [&](const StoredRecord& stored) -> Status {
            const RecordRow& row = stored.row;
            const auto at = folded_.find({row.record, row.stream});
            if (stored.here == StoredRecord::Here::state_alone && at != folded_.end()) return ok();  // it is missing
            ++found_.counts.records;
            if (at == folded_.end()) {
                add(Fault::record_extra, "record");
                return ok();
            }
            const RecordState& state = at->second;
            if (state.pack() != row.state || state.type != row.type || may_await(state) != stored.conflicts)
                add(Fault::record_changed, "record");
            const auto stream = streams_.find(row.stream);
            if (stream != streams_.end()) {
                Bytes item = stream->second.stream.key();
                item.append(row.record.view()).append(row.state);
                found_.counts.state += Digest::of(sha256(item));
            }
            folded_.erase(at);
            return ok();
        }));
        for (std::size_t i = 0; i < folded_.size(); ++i) add(Fault::record_missing, "record");
        return ok();
    }

    Store* store_;
    Diagnosis found_;
    ReplicaId own_;
    std::map<StreamNo, StreamHead> streams_;
    std::map<StreamNo, StreamStates> stored_states_, states_;
    std::map<Stream, StreamNo> numbers_;
    std::set<std::pair<Dot, std::uint32_t>> held_;
    std::map<ReplicaId, std::vector<Link>> links_;
    std::map<RecordKey, RecordState> folded_;
};

}  // namespace

namespace {

/// Folds the whole log, in the order of arrival, as admission did.
Status refold_all(Store& store) {
    const auto fold_commit = [&](const LogRow& row) -> Status {
        DOORSTEP_TRY_ASSIGN(const Commit commit, store.whole_commit(row.no, {*row.replica, row.seq}, row.body));
        for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
            DOORSTEP_TRY_ASSIGN(const bool held, store.is_held(commit.header.dot, i));
            if (held || commit.parts[i].empty()) continue;
            DOORSTEP_TRY_ASSIGN(const Part part, Part::unpack(commit.parts[i]));
            DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(part.stream));
            for (const RecordOps& ops : part.records)
                DOORSTEP_TRY(fold_record(store, stream, ops, commit.header.dot, {row.no, i}));
        }
        return ok();
    };
    DOORSTEP_TRY(each_log_row(store, fold_commit));
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store.streams());
    std::set<StreamNo> streams;
    for (const StreamMark& mark : marks) streams.insert(mark.no);
    return count_states(store, streams);
}

}  // namespace

std::string_view fault_name(Fault fault) { return row_of(fault).name; }
std::string_view fault_text(Fault fault, Language language) {
    return language == Language::en ? row_of(fault).en : row_of(fault).zh_cn;
}
Cure cure_of(Fault fault) { return row_of(fault).cure; }

bool Diagnosis::rebuild_helps() const {
    return std::all_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return cure_of(finding.fault) == Cure::rebuild; });
}

const Finding* Diagnosis::find(Fault fault) const {
    for (const Finding& finding : findings)
        if (finding.fault == fault) return &finding;
    return nullptr;
}

Result<Diagnosis> diagnose(Store& store) {
    Check check(store);
    DOORSTEP_TRY(check.structure_first());
    DOORSTEP_TRY(check.run());
    DOORSTEP_TRY(check.derived_last());
    return check.found();
}

Result<Verification> verify(Store& store) {
    Check check(store);
    DOORSTEP_TRY(check.run());
    const Diagnosis& found = check.found();
    if (found.sound()) return found.counts;
    return Error{Errc::corrupt, std::string(fault_text(found.findings.front().fault, Language::en))};
}

Result<Diagnosis> fsck(const DatabaseOptions& options) {
    DOORSTEP_TRY_ASSIGN(const FileCondition condition, examine_file(options));
    Diagnosis out;
    const auto add = [&](Fault fault, const char* table, std::uint64_t count) {
        if (count > 0) out.findings.push_back({fault, table, count, {}});
    };
    add(Fault::page_damaged, "file", condition.pages_damaged);
    add(Fault::file_cut, "file", condition.pages_missing);
    add(Fault::log_dropped, "log", condition.frames_dropped);
    DatabaseOptions beside = options;
    beside.path = Archive::path_beside(options.path);
    const auto archive = examine_file(beside);
    if (!archive && archive.error().code != Errc::not_found) return archive.error();
    if (archive) {
        add(Fault::page_damaged, "archive", archive.value().pages_damaged);
        add(Fault::file_cut, "archive", archive.value().pages_missing);
        add(Fault::log_dropped, "archive", archive.value().frames_dropped);
    }
    if (!out.sound()) return out;
    auto store = Store::open(options);
    if (store) return diagnose(store.value());
    if (!tells_damage(store.error())) return store.error();
    add(Fault::not_readable, "file", 1);
    return out;
}

Status rebuild(Store& store) {
    DOORSTEP_TRY_ASSIGN(const Diagnosis before, diagnose(store));
    if (!before.rebuild_helps()) return Error{Errc::corrupt, "the log itself is damaged: there is nothing to fold"};
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
    DOORSTEP_TRY(clear_derived(store));
    DOORSTEP_TRY(refold_all(store));
    DOORSTEP_TRY(rebuild_projection(store));
    DOORSTEP_TRY(LateColumns(store.database()).make_all());
    return transaction.commit();
}

Status rebuild(const DatabaseOptions& options) {
    DOORSTEP_TRY_ASSIGN(const Diagnosis before, fsck(options));
    if (!before.rebuild_helps()) return Error{Errc::corrupt, "the file itself is damaged: --salvage reads around it"};
    DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
    return rebuild(store);
}

}  // namespace doorstep
