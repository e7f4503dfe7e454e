#include "server/config/listen_settings.hpp"

namespace doorstep::server {

ListenOptions listen_settings(const Configuration& configuration) {
    const auto number = [&](OptionId id) { return configuration.number(id); };
    const auto time = [&](OptionId id) { return std::chrono::milliseconds(configuration.number(id)); };
    ListenOptions out;
    out.address = configuration.words(OptionId::listen_address);
    out.port = static_cast<std::uint16_t>(number(OptionId::listen_port));
    out.threads = number(OptionId::listen_threads);
    out.connections_max = number(OptionId::limits_connections);
    out.turned_away_max = number(OptionId::limits_turned_away);
    out.requests_waiting_max = number(OptionId::limits_requests_waiting);
    Deadlines& deadlines = out.deadlines;
    deadlines.handshake = time(OptionId::deadlines_handshake_ms);
    deadlines.head = time(OptionId::deadlines_head_ms);
    deadlines.body = time(OptionId::deadlines_body_ms);
    deadlines.bytes_per_s_min = number(OptionId::deadlines_bytes_per_s_min);
    deadlines.turned_away = time(OptionId::deadlines_turned_away_ms);
    deadlines.idle = time(OptionId::deadlines_idle_ms);
    deadlines.close = time(OptionId::deadlines_close_ms);
    deadlines.socket_idle = time(OptionId::deadlines_socket_idle_ms);
    deadlines.socket_pause = time(OptionId::deadlines_socket_pause_ms);
    deadlines.stop = time(OptionId::deadlines_stop_ms);
    deadlines.certificate_look = time(OptionId::deadlines_certificate_look_ms);
    deadlines.accept_pause = time(OptionId::deadlines_accept_pause_ms);
    return out;
}

}  // namespace doorstep::server
