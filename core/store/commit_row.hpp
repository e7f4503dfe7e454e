// core/store/commit_row.hpp -- a commit as it lies in a row of the log.
#pragma once

#include "core/model/commit.hpp"

namespace doorstep {

/// The commit in a row, whose other columns say whose and which it is. Errors: corrupt.
Result<Commit> read_stored_commit(const Dot& dot, BytesView body);

}  // namespace doorstep
