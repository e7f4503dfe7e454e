// core/engine/compose.hpp -- turns what a person changed into a commit: which ops, and what they had seen.
#pragma once

#include <optional>
#include <vector>

#include "core/engine/entropy.hpp"
#include "core/model/form.hpp"
#include "core/model/scope.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// One change to one field. Only fields that the user touched are written.
struct FieldEdit {
    std::uint32_t field = 0;
    Kind kind = Kind::value;
    Op::Action action = Op::Action::put;
    Value value;
    /// The writes the user was looking at. Without it: those that the shown value stands for, as of now. A value in
    /// conflict is therefore settled only by a user who was shown its alternatives. An increment of a count replaces
    /// nothing by itself; a correction names the increments it stands for.
    std::optional<std::vector<Dot>> seen;
};

/// Changes to one record, made new when `record` is empty.
struct RecordEdit {
    std::optional<RecordId> record;
    std::uint32_t type = 0;
    Stream home;  ///< of a new record; an existing one stays where it is (and needs this only when its id was forged)
    std::vector<FieldEdit> fields;
};

/// Everything of a header that does not follow from the edits.
struct Stamp {
    Dot dot;
    Hash previous;
    Hlc hlc;
    std::uint64_t wall_ms = 0;
    std::int64_t offset_ms = 0;
    std::string author;
    Side side = Side::phone;
    const FormRegistry* forms = nullptr;  ///< outlives the call; nullptr: none are known
    /// Of records that are the same thing as an edited one, those outside it are left alone (they wait for a purge).
    const Scope* scope = nullptr;  ///< outlives the call; nullptr: all may be written
};

struct Composed {
    Commit commit;
    std::vector<RecordId> records;  ///< one an edit, in their order
};

/// The commit of these parts, each with its records in any order. Errors: invalid_argument, commit_too_large.
Result<Commit> pack_commit(std::vector<Part> parts, const Stamp& stamp);

/// Errors: invalid_argument, not_found, forbidden, moved, commit_too_large, value_too_large.
Result<Composed> compose(Store& store, const std::vector<RecordEdit>& edits, const Stamp& stamp, Entropy& entropy);

}  // namespace doorstep
