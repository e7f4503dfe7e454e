#include "core/store/integrity.hpp"

#include "core/base/limits.hpp"
#include "core/store/dots.hpp"

namespace doorstep {
namespace {

Status each(Store& store, std::string_view sql_literal, const std::function<Status(const Statement&)>& visit) {
    DOORSTEP_TRY_ASSIGN(Statement * query, store.database().statement(sql_literal));
    const Statement::Use use(*query);
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return ok();
        DOORSTEP_TRY(visit(*query));
    }
}

/// The id in a column; nullopt for NULL or a wrong length.
template <class Id>
std::optional<Id> id_at(const Statement& row, int column_from_0) {
    const auto id = Id::from(row.blob_at(column_from_0));
    return id ? std::optional<Id>(id.value()) : std::nullopt;
}

}  // namespace

Status each_log_row(Store& store, const std::function<Status(const LogRow&)>& visit) {
    return each(store,
                "SELECT commits.no, id, seq, hash, body FROM commits NOT INDEXED "
                "LEFT JOIN replica ON replica.no = commits.replica ORDER BY commits.no",
                [&](const Statement& row) {
                    return visit({row.integer_at(0), id_at<ReplicaId>(row, 1),
                                  static_cast<std::uint64_t>(row.integer_at(2)), row.blob_at(3), row.blob_at(4)});
                });
}

Status each_sequence_row(Store& store, const std::function<Status(const SequenceRow&)>& visit) {
    return each(store,
                "SELECT stream, position, id, seq, hash, digest FROM sequence "
                "LEFT JOIN commits ON commits.no = commit_no LEFT JOIN replica ON replica.no = commits.replica "
                "ORDER BY stream, position",
                [&](const Statement& row) {
                    SequenceRow out;
                    out.stream = row.integer_at(0);
                    out.position = static_cast<std::uint64_t>(row.integer_at(1));
                    if (const auto replica = id_at<ReplicaId>(row, 2))
                        out.dot = Dot{*replica, static_cast<std::uint64_t>(row.integer_at(3))};
                    out.commit_hash = id_at<Hash>(row, 4);
                    Reader in(row.blob_at(5));
                    const Digest digest = Digest::decode(in);
                    if (in.finish("digest")) out.digest = digest;
                    return visit(out);
                });
}

Status each_held_row(Store& store, const std::function<Status(const HeldRow&)>& visit) {
    return each(store,
                "SELECT id, seq, part FROM held LEFT JOIN replica ON replica.no = held.replica "
                "ORDER BY held.replica, seq, part",
                [&](const Statement& row) {
                    return visit({id_at<ReplicaId>(row, 0), static_cast<std::uint64_t>(row.integer_at(1)),
                                  static_cast<std::uint32_t>(row.integer_at(2))});
                });
}

Status each_stored_record(Store& store, const std::function<Status(const StoredRecord&)>& visit) {
    return each(store,
                "SELECT id, stream, type, conflicts, 1 FROM whole_record UNION ALL "
                "SELECT id, stream, 0, conflicts, 0 FROM folded WHERE NOT EXISTS (SELECT 1 FROM record "
                "WHERE record.id = folded.id AND record.stream = folded.stream) ORDER BY 1, 2",

                [&](const Statement& row) -> Status {
                    StoredRecord out;
                    out.row = {id_at<RecordId>(row, 0).value_or(RecordId{}),
                               row.integer_at(1),
                               static_cast<std::uint32_t>(row.integer_at(2)),
                               {}};
                    out.conflicts = static_cast<std::uint32_t>(row.integer_at(3));
                    if (row.integer_at(4) == 0) out.here = StoredRecord::Here::state_alone;
                    const auto state = store.record_state(out.row.record, out.row.stream);
                    if (!state && state.error().code != Errc::corrupt) return state.error();
                    if (state) out.row.state = state.value().value_or(Bytes());
                    return visit(out);
                });
}

Result<std::vector<std::string>> integrity_lines(Store& store) {
    static_assert(limits::integrity_lines_max == 100, "the statement below says so too");
    std::vector<std::string> out;
    DOORSTEP_TRY(each(store, "PRAGMA integrity_check(100)", [&](const Statement& row) -> Status {
        out.emplace_back(row.blob_at(0));
        return ok();
    }));
    if (out.size() == 1 && out.front() == "ok") out.clear();
    return out;
}

Result<std::optional<ReplicaId>> marked_replica(Store& store) {
    std::optional<ReplicaId> out;
    DOORSTEP_TRY(each(store, "SELECT id FROM replica WHERE own = 1", [&](const Statement& row) -> Status {
        out = id_at<ReplicaId>(row, 0);
        return ok();
    }));
    return out;
}

Status clear_derived(Store& store) {
    DOORSTEP_TRY(rebuild_dots(store.database()));
    return store.database().execute(
        "DELETE FROM record; DELETE FROM folded; DELETE FROM rewrite; DELETE FROM search_block; DELETE FROM "
        "search_rows; "
        "DELETE FROM search_chunk; DELETE FROM run; REINDEX;");
}

}  // namespace doorstep
