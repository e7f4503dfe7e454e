// core/engine/written_state.hpp -- what the log alone says that a record is, for who checks what is stored.
#pragma once

#include <optional>

#include "core/engine/fold.hpp"

namespace doorstep {

/// What the commits that wrote the record fold to, as RecordState::pack(); nullopt: none wrote it. Changes nothing.
/// Errors: corrupt, malformed when one of them cannot be read, and those of the store.
Result<std::optional<Bytes>> written_state(Store& store, const RecordKey& key);

}  // namespace doorstep
