#include "server/net/live_socket.hpp"

#include <utility>

namespace doorstep::server {

LiveSocket::LiveSocket(LiveSockets& all) : all_(all) { all_.live_.insert(this); }

LiveSocket::~LiveSocket() {
    all_.live_.erase(this);
    all_.call_if_empty();
}

void LiveSockets::drain(std::function<void()> on_empty) {
    state_ = State::draining;
    on_empty_ = std::move(on_empty);
    for (LiveSocket* socket : live_) socket->drain();
    call_if_empty();
}

void LiveSockets::cut() {
    on_empty_ = nullptr;
    for (LiveSocket* socket : live_) socket->cut();
}

void LiveSockets::call_if_empty() {
    if (draining() && live_.empty() && on_empty_) std::exchange(on_empty_, nullptr)();
}

}  // namespace doorstep::server
