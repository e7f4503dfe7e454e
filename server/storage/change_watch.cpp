#include "server/storage/change_watch.hpp"

#include <algorithm>

#include "core/base/codec.hpp"
#include "server/storage/identity_tables.hpp"

namespace doorstep::server {
namespace {

Result<Stream> stream_of(BytesView key) {
    Reader in(key);
    const Stream stream = Stream::read_key(in);
    if (!in.finish("a stream's key")) return Error{Errc::corrupt, "a stream's key is damaged"};
    return stream;
}

}  // namespace

Result<Changes> ChangeWatch::look() {
    DOORSTEP_TRY_ASSIGN(const Writes now, writes());
    if (seen_ && *seen_ == now) return Changes{};
    DOORSTEP_TRY_ASSIGN(Changes changes, compare());
    const bool first = !seen_;
    seen_ = now;
    if (first) return Changes{};
    return changes;
}

Result<ChangeWatch::Writes> ChangeWatch::writes() {
    Writes out;
    DOORSTEP_TRY_ASSIGN(out.ours, db_.number("SELECT total_changes()"));
    DOORSTEP_TRY_ASSIGN(out.version, db_.number("PRAGMA data_version"));
    return out;
}

Result<Changes> ChangeWatch::compare() {
    Changes changes;
    DOORSTEP_TRY_ASSIGN(const std::int64_t access, IdentityTables(db_).access_changes());
    DOORSTEP_TRY_ASSIGN(Statement * query, db_.statement("SELECT no, position, key FROM stream"));
    const Statement::Use use(*query);
    for (;;) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) break;
        std::int64_t& position = positions_[query->integer_at(0)];
        if (position == query->integer_at(1)) continue;
        DOORSTEP_TRY_ASSIGN(const Stream stream, stream_of(query->blob_at(2)));
        changes.streams.push_back(stream);
        // A stream that was put back to an earlier end changed too, and grew by nothing.
        changes.parts += static_cast<std::uint64_t>(std::max<std::int64_t>(query->integer_at(1) - position, 0));
        position = query->integer_at(1);
    }
    if (access != access_changes_) changes.access = Changes::Access::other;
    access_changes_ = access;
    return changes;
}

}  // namespace doorstep::server
