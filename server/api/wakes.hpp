// server/api/wakes.hpp -- phones that are online and wait to be told that something of theirs has changed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "server/api/feed.hpp"
#include "server/storage/storage.hpp"

namespace doorstep::server {

/// Version 1 of what is said on the socket (docs/wake-protocol.md); a client offers it as a WebSocket subprotocol.
inline constexpr std::string_view wake_protocol = "doorstep.wake.v1";
/// Sockets of one device: one in use, one that a change of network left half dead, one for an app that starts again.
/// A further one ends the oldest.
inline constexpr std::size_t wake_sockets_max = 3;
/// Streams that a message names; of more it says that there are more.
inline constexpr std::size_t wake_streams_max = 32;

/// "341222101202", with ":restricted", ":forms" or ":sealed:ID" for a compartment.
std::string wake_name(const Stream& stream);

class WakeFeed;

/// Holds a feed only as long as its socket lives.
/// Threads: open and on_changes on the storage's; feeds are asked and let go on any.
class Wakes {
public:
    explicit Wakes(Storage& storage);
    Wakes(const Wakes&) = delete;
    Wakes& operator=(const Wakes&) = delete;

    /// A feed of what changes within the device's scope from now on. The device's access is good.
    std::shared_ptr<Feed> open(const Device& device);
    /// Marks the streams in the feeds that may see them; asks for every device again when access changed.
    void on_changes(const Changes& changes);

private:
    struct Index;
    void review_access();

    Storage& storage_;
    std::shared_ptr<Index> index_;  // shared with the feeds, which take themselves out of it
};

}  // namespace doorstep::server
