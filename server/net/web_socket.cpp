// server/net/web_socket.cpp -- the one file that instantiates TLS + WebSocket; see web_socket.hpp for what it does.
#include "server/net/web_socket.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <optional>
#include <utility>

namespace doorstep::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::size_t read_message_bytes_max = 128;  // none is wanted: a larger one is refused by its head (1009)
constexpr std::size_t write_buffer_bytes = 512;      // a message has some dozen names at most; allocated while writing

/// Held alive by its pending operations: the read until the end of the connection, a write, the closing handshake.
class WebSocket final : public LiveSocket, public std::enable_shared_from_this<WebSocket> {
public:
    WebSocket(TlsStream stream, Place place, BeastRequest handshake, ReplyFields fields, std::shared_ptr<Feed> feed,
              const ListenOptions& options, LiveSockets& all)
        : LiveSocket(all),
          place_(std::move(place)),
          options_(options),
          stream_(std::move(stream)),
          pause_(stream_.get_executor()),
          deadline_(stream_.get_executor()),
          handshake_(std::move(handshake)),
          fields_(std::move(fields)),
          feed_(std::move(feed)) {}
    ~WebSocket() override { feed_->listen(nullptr); }

    void open();
    void drain() override { close(websocket::close_code::going_away, "stopping"); }
    void cut() override { tcp().close(); }

private:
    enum class State { opening, open, closing };
    enum class Writing { no, yes };

    beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }
    void opened();
    void listen();
    void read();
    void write();
    void wrote(const error_code& ec);
    void close(websocket::close_code code, std::string_view reason);
    void cut_after(std::chrono::milliseconds time);

    const Place place_;
    const ListenOptions& options_;
    websocket::stream<TlsStream, /*deflateSupported=*/false> stream_;
    asio::steady_timer pause_, deadline_;
    std::optional<BeastRequest> handshake_;  // these two until the opening handshake is over
    ReplyFields fields_;
    std::shared_ptr<Feed> feed_;
    beast::flat_buffer unread_;
    std::string text_;  // the message that is being written
    State state_ = State::opening;
    Writing writing_ = Writing::no;
};

void WebSocket::open() {
    tcp().expires_never();  // from here on the deadlines are WebSocket's own
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = options_.deadlines.handshake;
    timeout.idle_timeout = options_.deadlines.socket_idle;
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.set_option(websocket::stream_base::decorator([this](websocket::response_type& response) {
        for (const auto& [name, value] : fields_) response.set(name, value);
    }));
    // Beast then waits for the end of TLS, which some peers never send.
    stream_.control_callback([this](websocket::frame_type kind, beast::string_view) {
        if (kind == websocket::frame_type::close) cut_after(options_.deadlines.close);
    });
    stream_.read_message_max(read_message_bytes_max);
    stream_.write_buffer_bytes(write_buffer_bytes);
    stream_.text(true);
    stream_.async_accept(*handshake_, [self = shared_from_this()](const error_code& ec) {
        if (!ec) self->opened();
    });
}

void WebSocket::opened() {
    handshake_.reset();
    fields_ = {};
    state_ = State::open;
    if (all_.draining()) return drain();  // the server began to stop in the meantime
    listen();
    read();
    write();
}

void WebSocket::listen() {
    feed_->listen([weak = weak_from_this(), executor = stream_.get_executor()] {
        asio::post(executor, [weak] {
            if (const auto self = weak.lock()) self->write();
        });
    });
}

void WebSocket::read() {
    stream_.async_read(unread_, [self = shared_from_this()](const error_code& ec, std::size_t) {
        if (!ec) return self->close(websocket::close_code::unknown_data, "nothing is read here");
        if (self->state_ != State::closing) self->cut();  // the peer left, or is late; a write under way ends with it
    });
}

void WebSocket::write() {
    if (state_ != State::open || writing_ == Writing::yes) return;
    Feed::Message message = feed_->take();
    if (const auto* over = std::get_if<Feed::Over>(&message))
        return close(websocket::close_code::policy_error, over->reason);
    auto* text = std::get_if<Feed::Text>(&message);
    if (!text) return;
    writing_ = Writing::yes;
    text_ = std::move(text->text);
    cut_after(options_.deadlines.body);
    stream_.async_write(asio::buffer(text_),
                        [self = shared_from_this()](const error_code& ec, std::size_t) { self->wrote(ec); });
}

/// What comes up during the pause is the next message.
void WebSocket::wrote(const error_code& ec) {
    if (state_ == State::open) deadline_.cancel();
    text_ = {};
    if (ec) return;  // the read ends too, and with it the connection
    pause_.expires_after(options_.deadlines.socket_pause);
    pause_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (cancelled || !self) return;
        self->writing_ = Writing::no;
        self->write();
    });
}

void WebSocket::close(websocket::close_code code, std::string_view reason) {
    if (state_ != State::open) return;
    state_ = State::closing;
    cut_after(options_.deadlines.close);
    const websocket::close_reason why(code, beast::string_view(reason.data(), reason.size()));
    stream_.async_close(why, [self = shared_from_this()](const error_code&) { self->deadline_.cancel(); });
}

/// Absolute, unlike the idle timeout, which a peer that sends but does not read would keep away.
void WebSocket::cut_after(std::chrono::milliseconds time) {
    deadline_.expires_after(time);
    deadline_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self) self->cut();
    });
}

}  // namespace

void open_web_socket(TlsStream stream, Place place, BeastRequest handshake, ReplyFields fields,
                     std::shared_ptr<Feed> feed, const ListenOptions& options, LiveSockets& all) {
    std::make_shared<WebSocket>(std::move(stream), std::move(place), std::move(handshake), std::move(fields),
                                std::move(feed), options, all)
        ->open();
}

}  // namespace doorstep::server
