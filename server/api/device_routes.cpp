// What phones ask once they are let in: synchronisation and to be woken; and what a load balancer asks.
#include <algorithm>

#include "compression/content_coding.hpp"
#include "server/api/problem.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

Reply coding_not_ours() {
    Reply reply = problem({Errc::invalid_argument, "the body's content coding is none of those in Accept-Encoding"});
    reply.status = 415;
    reply.headers.emplace_back("Accept-Encoding", compression::accepted);
    return reply;
}

/// The answer in the best coding that both sides read, and which codings we read.
Reply coded(Bytes body, const Request& request) {
    Reply reply{200, "application/octet-stream", std::move(body), {}};
    reply.headers.emplace_back("Accept-Encoding", compression::accepted);
    if (reply.body.size() < compression::worthwhile_bytes_min) return reply;
    const compression::Coding coding = compression::best_of(request.header("accept-encoding"));
    if (std::optional<std::string> packed = compression::compress(coding, reply.body)) {
        reply.body = std::move(*packed);
        reply.headers.emplace_back("Content-Encoding", compression::token_of(coding));
    }
    return reply;
}

/// Whether the comma-separated list of a header names this, letter for letter.
bool lists(std::string_view list, std::string_view item) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        std::string_view one = list.substr(0, comma);
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (one == item) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

/// The message, out of its coding.
Result<Reply> answer_sync(Storage& storage, const PhoneRequest& asked, BytesView message) {
    const auto replica = Hub::replica_of(message);
    if (replica) DOORSTEP_TRY(storage.claim_replica(asked.device, replica.value()));
    DOORSTEP_TRY_ASSIGN(Bytes answer,
                        storage.exchange(asked.device, message, asked.now_ms));  // says what is wrong with a bad HELLO
    return coded(std::move(answer), asked.request);
}

}  // namespace

Reply healthy() { return {200, "text/plain; charset=utf-8", "ok\n", {}}; }

Result<Reply> healthz(Storage&, const Request&, std::uint64_t) { return healthy(); }

Result<Reply> readyz(Storage& storage, const Request&, std::uint64_t) {
    DOORSTEP_TRY(storage.check_ready());
    return Reply{200, "text/plain; charset=utf-8", "ready\n", {}};
}

Result<Reply> sync(Storage& storage, const PhoneRequest& asked) {
    const Request& request = asked.request;
    const auto coding = compression::coding_of(request.header("content-encoding"));
    if (!coding) return coding_not_ours();
    if (*coding == compression::Coding::identity) return answer_sync(storage, asked, request.body);
    const compression::Opened message = compression::decompress(*coding, request.body, sync_bytes_max);
    if (message.outcome == compression::Opening::too_large)
        return Error{Errc::payload_too_large, "the message is larger than a phone's may be"};
    if (message.outcome == compression::Opening::damaged)
        return Error{Errc::malformed, "the body is not in its content coding"};
    return answer_sync(storage, asked, message.bytes);
}

Result<Reply> wake(Wakes& wakes, const PhoneRequest& asked) {
    if (asked.device.revoked_ms != 0) return Error{Errc::forbidden, "the device's access was taken back"};
    if (!lists(asked.request.header("sec-websocket-protocol"), wake_protocol))
        return Error{Errc::invalid_argument, "a WebSocket of the protocol " + std::string(wake_protocol)};
    Reply reply{101, "", "", {{"Sec-WebSocket-Protocol", std::string(wake_protocol)}}};
    reply.feed = wakes.open(asked.device);
    return reply;
}

}  // namespace doorstep::server
