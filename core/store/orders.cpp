// The order of a stream as a whole: its chain and receipts, and the repair of a part of it.
#include "core/store/orders.hpp"

#include <limits>

#include "core/base/limits.hpp"
#include "core/model/stream_chain.hpp"
#include "core/store/displaced.hpp"

namespace doorstep {
namespace {

std::int64_t stored(std::uint64_t position) { return static_cast<std::int64_t>(position); }

}  // namespace

Status clear_places(Store& store, StreamNo stream, std::uint64_t after, std::uint64_t until) {
    DOORSTEP_TRY(keep_displaced(store, stream, after, until));
    DOORSTEP_TRY_ASSIGN(Statement * remove,
                        store.database().statement("DELETE FROM sequence WHERE stream = ?1 AND position > ?2 "
                                                   "AND position <= ?3"));
    return remove->integer(1, stream).integer(2, stored(after)).integer(3, stored(until)).run();
}

Status Store::forget_entries(StreamNo stream) { return forget_entries_after(stream, 0); }

Status Store::forget_entries_after(StreamNo stream, std::uint64_t position) {
    DOORSTEP_TRY(keep_displaced(*this, stream, position, std::numeric_limits<std::int64_t>::max()));
    for (const std::string_view sql : {"DELETE FROM sequence WHERE stream = ?1 AND position > ?2",
                                       "DELETE FROM chain WHERE stream = ?1 AND position > ?2"}) {
        DOORSTEP_TRY_ASSIGN(Statement * remove, db_.statement(sql));
        DOORSTEP_TRY(remove->integer(1, stream).integer(2, stored(position)).run());
    }
    return ok();
}

Status Store::placed_after(StreamNo stream, std::uint64_t position,
                           const std::function<Result<Visit>(const PlacedDot&)>& visit) {
    DOORSTEP_TRY_ASSIGN(
        Statement * query,
        db_.statement("SELECT position, commit_no, id, seq, hash FROM sequence JOIN commits ON commits.no = commit_no "
                      "JOIN replica ON replica.no = commits.replica WHERE stream = ?1 AND position > ?2 "
                      "ORDER BY position"));
    const Statement::Use use(*query);
    query->integer(1, stream).integer(2, stored(position));
    while (true) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return ok();
        PlacedDot placed;
        placed.position = static_cast<std::uint64_t>(query->integer_at(0));
        placed.commit_no = query->integer_at(1);
        DOORSTEP_TRY_ASSIGN(placed.dot.replica, ReplicaId::from(query->blob_at(2)));
        placed.dot.seq = static_cast<std::uint64_t>(query->integer_at(3));
        DOORSTEP_TRY_ASSIGN(placed.hash, Hash::from(query->blob_at(4)));
        DOORSTEP_TRY_ASSIGN(const Visit next, visit(placed));
        if (next == Visit::stop) return ok();
    }
}

Status Store::shift_digests_after(StreamNo stream, std::uint64_t position, const Digest& difference) {
    if (difference == Digest{}) return ok();
    constexpr std::size_t rows_max = 10'000;  // held in memory at a time
    while (true) {
        std::vector<std::pair<std::int64_t, Digest>> rows;
        {
            DOORSTEP_TRY_ASSIGN(
                Statement * query,
                db_.statement("SELECT position, digest FROM sequence WHERE stream = ?1 AND position > ?2 "
                              "ORDER BY position LIMIT ?3"));
            const Statement::Use use(*query);
            query->integer(1, stream).integer(2, stored(position)).integer(3, rows_max);
            while (true) {
                DOORSTEP_TRY_ASSIGN(const bool row, query->step());
                if (!row) break;
                Reader in(query->blob_at(1));
                rows.emplace_back(query->integer_at(0), Digest::decode(in));
                if (!in.finish("digest")) return Error{Errc::corrupt, "a stored digest is damaged"};
            }
        }
        if (rows.empty()) return ok();
        for (auto& [at, digest] : rows) {
            digest += difference;
            Bytes packed;
            Writer out(packed);
            digest.encode(out);
            DOORSTEP_TRY_ASSIGN(Statement * update,
                                db_.statement("UPDATE sequence SET digest = ?3 WHERE stream = ?1 AND position = ?2"));
            DOORSTEP_TRY(update->integer(1, stream).integer(2, at).blob(3, packed).run());
        }
        position = static_cast<std::uint64_t>(rows.back().first);
    }
}

Status Store::keep_chain(StreamNo stream, std::uint64_t position, const Hash& chain) {
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT OR REPLACE INTO chain (stream, position, chain) VALUES (?1, ?2, ?3)"));
    return insert->integer(1, stream).integer(2, stored(position)).blob(3, chain.view()).run();
}

Result<Hash> Store::chain_at(StreamNo stream, std::uint64_t position) {
    const std::uint64_t kept = position - position % limits::receipt_stride;
    Hash chain;
    if (kept > 0) {
        DOORSTEP_TRY_ASSIGN(Statement * query,
                            db_.statement("SELECT chain FROM chain WHERE stream = ?1 AND position = ?2"));
        const Statement::Use use(*query);
        DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, stream).integer(2, stored(kept)).step());
        if (!row) return Error{Errc::corrupt, "a stream's chain is not where it is to be kept"};
        DOORSTEP_TRY_ASSIGN(chain, Hash::from(query->blob_at(0)));
    }
    if (kept == position) return chain;
    const auto follow = [&](const PlacedDot& placed) -> Result<Visit> {
        chain = extend_chain(chain, placed.hash);
        return placed.position < position ? Visit::go_on : Visit::stop;
    };
    DOORSTEP_TRY(placed_after(stream, kept, follow));
    return chain;
}

Result<Hash> Store::follow_chain_after(StreamNo stream, std::uint64_t position) {
    DOORSTEP_TRY_ASSIGN(Hash chain, chain_at(stream, position));
    std::vector<std::pair<std::uint64_t, Hash>> kept;
    const auto follow = [&](const PlacedDot& placed) -> Result<Visit> {
        chain = extend_chain(chain, placed.hash);
        if (placed.position % limits::receipt_stride == 0) kept.emplace_back(placed.position, chain);
        return Visit::go_on;
    };
    DOORSTEP_TRY(placed_after(stream, position, follow));
    for (const auto& [at, there] : kept) DOORSTEP_TRY(keep_chain(stream, at, there));
    return chain;
}

Status Store::keep_receipt(StreamNo stream, std::uint64_t position, const Hash& tag) {
    // The latest, and those at the strides: what lies between is proved by a later one.
    DOORSTEP_TRY_ASSIGN(
        Statement * remove,
        db_.statement("DELETE FROM receipt WHERE stream = ?1 AND position < ?2 AND position % ?3 != 0"));
    DOORSTEP_TRY(remove->integer(1, stream)
                     .integer(2, stored(position))
                     .integer(3, static_cast<std::int64_t>(limits::receipt_stride))
                     .run());
    DOORSTEP_TRY_ASSIGN(Statement * insert,
                        db_.statement("INSERT OR REPLACE INTO receipt (stream, position, tag) VALUES (?1, ?2, ?3)"));
    return insert->integer(1, stream).integer(2, stored(position)).blob(3, tag.view()).run();
}

Result<std::optional<Store::KeptReceipt>> Store::receipt_from(StreamNo stream, std::uint64_t position) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT position, tag FROM receipt WHERE stream = ?1 AND position >= ?2 "
                                      "ORDER BY position LIMIT 1"));
    const Statement::Use use(*query);
    DOORSTEP_TRY_ASSIGN(const bool row, query->integer(1, stream).integer(2, stored(position)).step());
    if (!row) return std::optional<KeptReceipt>();
    KeptReceipt receipt;
    receipt.position = static_cast<std::uint64_t>(query->integer_at(0));
    DOORSTEP_TRY_ASSIGN(receipt.tag, Hash::from(query->blob_at(1)));
    return std::optional<KeptReceipt>(receipt);
}

Status Store::set_backed_up(StreamNo stream, std::uint64_t position) {
    DOORSTEP_TRY_ASSIGN(Statement * update, db_.statement("UPDATE stream SET backed_up = ?2 WHERE no = ?1"));
    return update->integer(1, stream).integer(2, stored(position)).run();
}

}  // namespace doorstep
