// core/engine/changes.hpp -- what changed since a screen last looked, whoever wrote it: a save here or a
// synchronisation.
#pragma once

#include "core/store/projection.hpp"

namespace doorstep {

struct Change {
    RecordId record;
    Stream stream;
    std::uint32_t type = 0;
};

/// A record that changed several times stands here once.
struct Changes {
    enum class Answer { these, reload };  ///< reload: too much changed, or records went; read the screen again
    Answer answer = Answer::these;
    std::vector<Change> changes;
    std::int64_t token = 0;  ///< to ask from next time; holds after the file is opened again
};

/// The token of now: ask for it before a screen is read, so that nothing falls between.
Result<std::int64_t> change_token(Store& store);
/// What changed after the token, in order. Transactions are never split: a change is all that became visible together.
/// A token that this file never gave (it came back from an older copy) is answered by reload.
/// Errors: those of the store.
Result<Changes> changes_after(Store& store, std::int64_t token);

}  // namespace doorstep
