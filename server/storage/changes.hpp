// server/storage/changes.hpp -- what was committed, told to whoever keeps phones awake for it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/area.hpp"

namespace doorstep::server {

/// What came about between two looks, whichever process committed it.
struct Changes {
    std::vector<Stream> streams = {};  ///< those that grew
    std::uint64_t parts = 0;           ///< by so many parts of commits, all together
    /// other: some device got another scope or lost its access; who serves devices asks for them again.
    enum class Access { same, other } access = Access::same;

    bool none() const { return streams.empty() && access == Access::same; }
};

/// Threads: called on the storage's, after the commit and outside any transaction.
class ChangeListener {
public:
    virtual ~ChangeListener() = default;
    virtual void on_changes(const Changes& changes) = 0;
};

}  // namespace doorstep::server
