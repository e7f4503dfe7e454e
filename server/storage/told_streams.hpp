// server/storage/told_streams.hpp -- up to where the webhook was told of each stream: what was not, is told after a
// restart.
#pragma once

#include <vector>

#include "core/store/store.hpp"

namespace doorstep::server {

/// Threads: none; the storage's owner's.
class ToldStreams {
public:
    explicit ToldStreams(Store& store) : store_(store) {}
    static Status migrate(Database& db);
    /// Of the open compartment alone: that a sealed or restricted one exists is nobody's to know. Some streams_max.
    Result<std::vector<StreamHead>> untold(std::size_t streams_max);
    Status mark(const std::vector<StreamHead>& heads);

private:
    Store& store_;
};

}  // namespace doorstep::server
