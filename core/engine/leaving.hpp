// core/engine/leaving.hpp -- streams that left a phone's scope and are still in its file. What others wrote there and
// no backup of the office is known to hold is offered to the office once more before it is purged (docs/adr/0028).
#pragma once

#include <vector>

#include "core/store/store.hpp"
#include "core/sync/phone_session.hpp"

namespace doorstep {

/// Those with something to offer that was not offered since the scope or the office's epoch last changed. None where
/// the scope is empty: access was taken back, and the office answers nothing. Errors: those of the store.
Result<std::vector<Leaving>> leaving_streams(Store& store, const Scope& scope, const ReplicaId& own);

/// The office was offered what this stream holds, or gave no answer to it. One statement.
Status note_offered(Store& store, const Stream& stream);
/// All of it is to be offered again. One statement.
Status forget_offered(Store& store);

}  // namespace doorstep
