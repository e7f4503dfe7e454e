#include "core/engine/erase.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "core/base/planted_bug.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/engine/queries_columns.hpp"
#include "core/engine/queries_search.hpp"
#include "core/model/origin.hpp"
#include "core/store/blobs.hpp"
#include "core/store/chunks.hpp"
#include "core/store/displaced.hpp"
#include "core/store/erased.hpp"
#include "core/store/scrub.hpp"

namespace doorstep {
namespace {

/// Everything one act does.
class Erasing {
public:
    Erasing(Store& store, const Part& acts, const Erasure& erasure)
        : store_(store), acts_(acts), erasure_(erasure), table_(store.database()) {}

    Status run() {
        DOORSTEP_TRY_ASSIGN(home_, store_.stream_no(acts_.stream));
        for (const ErasedPart& part : erasure_.parts) {
            DOORSTEP_TRY(table_.add({part.hash, erasure_.salt_mark, home_, part.dot, part.commit}));
        }
        DOORSTEP_TRY(forget_unproved());
        DOORSTEP_TRY(forget_displaced());
        DOORSTEP_TRY(gather());
        for (auto& [dot, commit] : candidates_) DOORSTEP_TRY(take_out(dot, commit));
        for (const RecordKey& key : records_) DOORSTEP_TRY(forget_words(store_, key));
        std::set<StreamNo> streams{home_};
        for (const RecordKey& key : records_) {
            DOORSTEP_TRY(refold_written(store_, key));
            streams.insert(key.second);
        }
        DOORSTEP_TRY(count_states(store_, streams));
        DOORSTEP_TRY(forget_blobs());
        DOORSTEP_TRY(forget_staged());
        return ask_for_scrub(store_);
    }

private:
    Status add_candidate(const Dot& dot) {
        if (candidates_.count(dot) == 1) return ok();
        DOORSTEP_TRY_ASSIGN(std::optional<Commit> commit, store_.find_commit(dot));
        if (commit) candidates_.emplace(dot, std::move(*commit));
        return ok();
    }

    /// The commits that can have the part: those that are named, those that wrote its records (copies under other dots
    /// keep the records' ids) and those that are held.
    Status gather() {
        for (const ErasedPart& part : erasure_.parts) DOORSTEP_TRY(add_candidate(part.dot));
        for (const RecordOps& record : acts_.records) {
            if (record.type == erasure::type) continue;
            DOORSTEP_TRY_ASSIGN(std::vector<Commit> writers, store_.writers_of(record.record));
            for (Commit& writer : writers) candidates_.emplace(writer.header.dot, std::move(writer));
        }
        DOORSTEP_TRY_ASSIGN(const std::vector<HeldPart> held, store_.held(std::numeric_limits<std::int32_t>::max()));
        for (const HeldPart& part : held) DOORSTEP_TRY(add_candidate(part.dot));
        return ok();
    }

    bool is_named(const Hash& part) const {
        return std::any_of(erasure_.parts.begin(), erasure_.parts.end(),
                           [&](const ErasedPart& erased) { return erased.hash == part; });
    }

    bool is_meant(const Commit& commit, std::size_t index) const {
        if (commit.parts[index].empty()) return false;
        if (is_named(commit.header.parts[index])) return true;
        const auto salt = salt_of_part(commit.parts[index]);
        return salt && !erasure_.salt_mark.is_zero() && mark_of(salt.value()) == erasure_.salt_mark;
    }

    /// Commits that wait for a proof hold one part each.
    Status forget_unproved() {
        DOORSTEP_TRY_ASSIGN(const auto unproved, store_.unproved(std::numeric_limits<std::int32_t>::max()));
        for (const UnprovedCommit& one : unproved)
            for (std::size_t i = 0; i < one.commit.parts.size(); ++i)
                if (is_meant(one.commit, i))
                    DOORSTEP_TRY(store_.forget_unproved(one.commit.header.dot, one.commit.header.hash()));
        return ok();
    }

    /// What copies in the log stand for is kept beside them, words and all.
    Status forget_displaced() {
        DisplacedTable displaced(store_.database());
        DOORSTEP_TRY_ASSIGN(const std::vector<StreamNo> streams, displaced.streams());
        for (const StreamNo stream : streams) {
            DOORSTEP_TRY_ASSIGN(const auto rows, displaced.rows(stream));
            for (const DisplacedTable::Row& row : rows) {
                if (row.original.empty()) continue;
                DOORSTEP_TRY_ASSIGN(const auto kept, displaced.find(stream, row.no));
                if (!kept || !kept->original) return Error{Errc::corrupt, "a displaced commit is gone"};
                const Commit& original = *kept->original;
                for (std::size_t i = 0; i < original.parts.size(); ++i)
                    if (is_meant(original, i)) DOORSTEP_TRY(displaced.forget(stream, row.no));
            }
        }
        return ok();
    }

    Status take_out(const Dot& dot, Commit& commit) {
        DOORSTEP_TRY_ASSIGN(const std::optional<CommitRow> row, store_.find_row(dot));
        if (!row) return Error{Errc::corrupt, "a commit of the log is gone"};
        bool changed = false;
        for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
            DOORSTEP_TRY_ASSIGN(const bool forgotten, is_forgotten(row->no, commit, i));
            if (forgotten) DOORSTEP_TRY(note_forgotten());
            changed = changed || forgotten;
            if (!is_meant(commit, i)) continue;
            DOORSTEP_TRY_ASSIGN(const bool held, store_.is_held(dot, i));
            DOORSTEP_TRY(note_content(commit.parts[i], held));
            DOORSTEP_TRY(table_.add({commit.header.parts[i], erasure_.salt_mark, home_, dot, row->hash}));
            if (held) DOORSTEP_TRY(store_.release(dot, i));
            commit.parts[i].clear();
            changed = true;
        }
        if (!changed || planted(PlantedBug::erase_keeps_log)) return ok();
        DOORSTEP_TRY(store_.replace_commit(row->no, commit));
        return forget_chunks(row->no);
    }

    /// Whether the part was left to the archive, which erased it since: the database came back from before.
    Result<bool> is_forgotten(CommitNo no, const Commit& commit, std::uint32_t index) {
        if (!is_named(commit.header.parts[index]) || !commit.parts[index].empty()) return false;
        DOORSTEP_TRY_ASSIGN(const std::vector<std::uint32_t> left, store_.left_to_archive(no));
        return std::find(left.begin(), left.end(), index) != left.end();
    }

    /// Nothing tells any more what it wrote: the act names its records, and every attachment is looked for.
    Status note_forgotten() {
        for (const RecordOps& record : acts_.records)
            if (record.type != erasure::type) records_.insert({record.record, home_});
        DOORSTEP_TRY_ASSIGN(const std::vector<BlobRow> rows, BlobTable(store_.database()).all());
        for (const BlobRow& row : rows)
            if (row.hash) blobs_[*row.hash];
        return ok();
    }

    /// Remembers which records the part wrote and which attachments it names.
    Status note_content(const Bytes& packed, bool held) {
        const auto part = Part::unpack(packed);
        if (!part) return ok();  // held because it cannot be read
        DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(part.value().stream));
        for (const RecordOps& record : part.value().records) {
            if (!held) records_.insert({record.record, stream});
            for (const Op& op : record.ops)
                if (op.value.type() == ValueType::attachment) blobs_[op.value.as_attachment().hash];
        }
        return ok();
    }

    /// The chunks that are kept ready for new phones and hold the commit.
    Status forget_chunks(CommitNo no) {
        ChunkTable chunks(store_.database());
        DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store_.streams());
        for (const StreamMark& mark : marks) {
            DOORSTEP_TRY_ASSIGN(const std::uint64_t end, chunks.end(mark.no));
            if (end == 0) continue;
            DOORSTEP_TRY_ASSIGN(const std::vector<std::uint64_t> places, table_.places_of(mark.no, no));
            for (const std::uint64_t place : places) DOORSTEP_TRY(chunks.forget_bytes(mark.no, place, place));
        }
        return ok();
    }

    /// Attachments that nothing names any more; of others, the streams in which nothing does.
    Status forget_blobs() {
        if (blobs_.empty()) return ok();
        const auto look = [&](const Commit& commit, const Hash&) -> Status {
            for (std::uint32_t i = 0; i < commit.parts.size(); ++i) {
                const auto part = Part::unpack(commit.parts[i]);
                if (!part) continue;
                DOORSTEP_TRY_ASSIGN(const bool held, store_.is_held(commit.header.dot, i));
                DOORSTEP_TRY_ASSIGN(const StreamNo stream, store_.stream_no(part.value().stream));
                for (const RecordOps& record : part.value().records)
                    for (const Op& op : record.ops) {
                        const auto blob = op.value.type() == ValueType::attachment
                                              ? blobs_.find(op.value.as_attachment().hash)
                                              : blobs_.end();
                        if (blob != blobs_.end()) blob->second.insert(held ? BlobTable::held_parts : stream);
                    }
            }
            return ok();
        };
        DOORSTEP_TRY(store_.each_commit(look));
        BlobTable table(store_.database());
        for (const auto& [hash, named_by] : blobs_) {
            DOORSTEP_TRY_ASSIGN(const std::optional<BlobRow> row, table.find(hash));
            if (!row) continue;
            if (named_by.empty()) DOORSTEP_TRY(table.remove(row->no));
            DOORSTEP_TRY_ASSIGN(const std::vector<StreamNo> before, table.streams_of(row->no));
            for (const StreamNo stream : before)
                if (named_by.count(stream) == 0) DOORSTEP_TRY(table.forget_stream(row->no, stream));
        }
        return ok();
    }

    /// A piece of a chunk may hold the words; the office has another chunk by now anyway.
    Status forget_staged() {
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> staged, store_.meta(meta_staged));
        return staged && !staged->empty() ? store_.set_meta(meta_staged, {}) : ok();
    }

    Store& store_;
    const Part& acts_;
    const Erasure& erasure_;
    ErasedTable table_;
    StreamNo home_ = 0;
    std::map<Dot, Commit> candidates_;
    std::set<RecordKey> records_;
    std::map<Hash, std::set<StreamNo>> blobs_;  // with the streams that still name them
};

std::string text_of(const RecordState& state, std::uint32_t field) {
    const Value* value = shown_value(state, field);
    return value ? std::string(value->as_text()) : std::string();
}

}  // namespace

Result<std::vector<std::optional<Stream>>> redact(Store& store, Commit& commit) {
    std::vector<std::optional<Stream>> out;
    ErasedTable table(store.database());
    DOORSTEP_TRY_ASSIGN(const bool any, table.any());
    if (!any || planted(PlantedBug::erased_comes_back)) return out;
    out.resize(commit.parts.size());
    for (std::size_t i = 0; i < commit.parts.size(); ++i) {
        DOORSTEP_TRY_ASSIGN(std::optional<StreamNo> home, table.find(commit.header.parts[i]));
        const auto salt = home || commit.parts[i].empty() ? Result<Salt>(Error{}) : salt_of_part(commit.parts[i]);
        if (salt) {
            const Hash mark = mark_of(salt.value());
            DOORSTEP_TRY_ASSIGN(home, table.find_salt(mark));
            if (home)
                DOORSTEP_TRY(table.add({commit.header.parts[i], mark, *home, commit.header.dot, commit.header.hash()}));
        }
        if (!home) continue;
        DOORSTEP_TRY_ASSIGN(out[i], store.stream_of(*home));
        commit.parts[i].clear();
    }
    return out;
}

bool holds_erasure(const Part& part) {
    return std::any_of(part.records.begin(), part.records.end(),
                       [](const RecordOps& record) { return record.type == erasure::type; });
}

/// An act that was carried along with its area acts where it was made; words that were carried have one of their own.
Status apply_erasures(Store& store, const Part& acts) {
    for (const RecordOps& record : acts.records) {
        const std::optional<Erasure> erasure = erasure_in(record);
        if (erasure && !origin_of(record)) DOORSTEP_TRY(Erasing(store, acts, *erasure).run());
    }
    return ok();
}

Result<std::optional<ErasureNote>> find_erasure(Store& store, const RecordId& act) {
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(act));
    for (const RecordRow& row : rows) {
        if (row.type != erasure::type) continue;
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
        ErasureNote out{act, text_of(state, erasure::rule), text_of(state, erasure::ordered_by), 0};
        if (const Value* at = shown_value(state, erasure::ordered_at))
            out.ordered_at_ms = static_cast<std::uint64_t>(at->as_integer());
        return std::optional<ErasureNote>(std::move(out));
    }
    return std::optional<ErasureNote>();
}

}  // namespace doorstep
