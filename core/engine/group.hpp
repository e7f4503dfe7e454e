// core/engine/group.hpp -- a record together with those that are the same thing, as far as they are visible here.
#pragma once

#include <optional>
#include <vector>

#include "core/merge/deletion.hpp"
#include "core/merge/same_as.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// One record where it stands now, unpacked.
struct Member {
    RecordRow row;                      ///< in the stream that it was moved to last, if that is here
    RecordState state;                  ///< what all the streams that are here say of it together
    std::vector<StreamNo> streams;      ///< those: the one it stands in, and those it was moved from
    std::optional<Area> moved_to = {};  ///< it was moved to an area that is not here, and `row` is what it left behind
};

/// The record that the row belongs to. Rows that no move joins (an id that somebody gave twice) stay apart.
Result<Member> member_of(Store& store, RecordRow row);

/// What a person takes for one record. Two replicas that see the same streams see the same group.
struct Group {
    std::vector<Member> members;  ///< ascending by record id, at least one

    /// The record that the others resolve to: of those that are not deleted the one made first (the smallest id); of
    /// all, when all are deleted.
    const Member& survivor() const;
    /// The members that are not deleted as one record, or all when all are. To look at, never to store.
    RecordState joined() const;
    /// deleted: all are. deleted_while_edited: any is.
    Existence exists() const;
    /// How many decisions it awaits: see count_conflicts().
    std::uint32_t conflicts() const;
};

/// The group that the row belongs to: whoever is reached by links that both ends hold. Over limits::same_as_max members
/// nobody resolves: each stands alone, whichever one starts from.
Result<Group> group_of(Store& store, RecordRow row);
/// The same, by id. A forged id can lie in several streams: the first row counts. Errors: not_found.
Result<Group> find_group(Store& store, const RecordId& record);

}  // namespace doorstep
