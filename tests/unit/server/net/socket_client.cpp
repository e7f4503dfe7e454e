#include "tests/unit/server/net/socket_client.hpp"

namespace doorstep::server {
namespace {

unsigned byte_at(const std::string& bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

}  // namespace

int Frame::close_code() const {
    if (opcode != Opcode::close || payload.size() < 2) return 0;
    return static_cast<int>(byte_at(payload, 0) << 8 | byte_at(payload, 1));
}

std::string upgrade(std::string_view target, std::string_view more) {
    return get(target,
               "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                   std::string(more));
}

std::unique_ptr<SocketClient> SocketClient::open(const RunningServer& server, std::string_view target) {
    auto client = std::make_unique<SocketClient>();
    client->tls_ = server.connect();
    if (!client->tls_) return nullptr;
    const auto reply = client->tls_->ask(upgrade(target));
    return reply && reply->status == 101 ? std::move(client) : nullptr;
}

void SocketClient::send(Opcode opcode, std::string_view payload) {
    constexpr std::string_view mask = "mask";
    std::string frame = {static_cast<char>(0x80 | static_cast<int>(opcode)),
                         static_cast<char>(0x80 | static_cast<int>(payload.size()))};
    frame += mask;
    for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    tls_->send(frame);
}

std::optional<Frame> SocketClient::read() {
    const auto head = tls_->read_bytes(2);
    if (!head) return std::nullopt;
    Frame frame;
    frame.opcode = static_cast<Opcode>(byte_at(*head, 0) & 0x0f);
    std::size_t bytes = byte_at(*head, 1);
    if (bytes >= 126) {
        const auto longer = tls_->read_bytes(bytes == 126 ? 2 : 8);
        if (!longer) return std::nullopt;
        bytes = 0;
        for (std::size_t i = 0; i < longer->size(); ++i) bytes = bytes << 8 | byte_at(*longer, i);
    }
    const auto payload = tls_->read_bytes(bytes);
    if (!payload) return std::nullopt;
    frame.payload = *payload;
    return frame;
}

}  // namespace doorstep::server
