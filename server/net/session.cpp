// server/net/session.cpp -- the one file that instantiates TLS + HTTP; see session.hpp for what a connection does.
//
// Two readers of one head: the framing guard decides on the raw bytes, and everything the handler learns of the head
// comes from the guard. Beast's parser then reads the same bytes once more, to read the body behind them, and must
// agree on method, target and length. Beast also writes the replies.
//
// GCC 12 is reported to free a capturing lambda twice when it stands in the same expression as co_await, and was seen
// to do it with an operand of ?: beside it. So every coroutine is a named function and co_await stands in no larger
// expression; serve owns the connection, and the others borrow it while serve awaits them.
#include "server/net/session.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "server/net/framing_guard.hpp"
#include "server/net/refusal.hpp"
#include "server/net/reply_fields.hpp"
#include "server/net/web_socket.hpp"

namespace doorstep::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t read_bytes = 4 * 1024;          // one read of a head: most fit
constexpr std::size_t piece_read_bytes = 64 * 1024;   // one read of a body that comes in pieces
constexpr std::size_t kept_buffer_bytes = 16 * 1024;  // what an idle connection may keep of its buffer
constexpr std::size_t discarded_bytes_max = 8 << 20;  // read after a refusal, so that the peer can read why
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

/// What becomes of the connection: another request, a polite end, or nothing more to say (the peer left, or is late).
enum class Next { request, close, gone };

Request::From origin_of(const asio::ip::tcp::socket& socket) {
    error_code left;
    const bool loopback = socket.remote_endpoint(left).address().is_loopback();
    return loopback && !left ? Request::From::this_machine : Request::From::elsewhere;
}

}  // namespace

/// One accepted socket.
struct Connection final : LiveSocket {
    enum class Phase { busy, idle };  ///< idle: in the handshake or between requests, may be ended without harm

    Connection(Sessions& owner, asio::ip::tcp::socket socket, Place taken, Admission admitted)
        : LiveSocket(owner.live_),
          place(std::move(taken)),
          admission(admitted),
          options(owner.options_),
          handler(owner.handler_),
          handler_thread(owner.handler_thread_),
          from(origin_of(socket)),
          stream(beast::tcp_stream(std::move(socket)), *owner.tls_.current()) {}

    void drain() override {
        if (phase == Phase::idle) tcp().cancel();
    }
    void cut() override { tcp().close(); }

    bool draining() const { return all_.draining(); }
    LiveSockets& all() { return all_; }
    beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream); }
    std::string_view received() const { return {static_cast<const char*>(buffer.data().data()), buffer.data().size()}; }
    void log(std::string_view line) const {
        if (options.log) options.log(line);
    }

    Place place;
    const Admission admission;
    const ListenOptions& options;
    Handler& handler;
    HandlerThread& handler_thread;
    const Request::From from;
    TlsStream stream;
    beast::flat_buffer buffer;  ///< received and not consumed yet: a head, a body's begin, pipelined requests
    Phase phase = Phase::idle;
};

namespace {

/// One request as it came in.
struct Incoming {
    Request request;
    FramedHead::After after = FramedHead::After::close;
    std::optional<BeastRequest> handshake;  ///< when it asks for a WebSocket
    std::size_t piece_bytes_max = 0;        ///< not 0: the body is still to be read, in pieces
};
using Head = std::variant<FramedHead, Refusal, Next>;
using Received = std::variant<Incoming, Refusal, Next>;

/// Absolute: Beast keeps this one expiry for all reads and writes until the next call, and closes the socket at it.
void set_deadline(Connection& c, Clock::duration from_now) { c.tcp().expires_after(from_now); }

Clock::duration transfer_time(Clock::duration base, const Deadlines& deadlines, std::uint64_t bytes) {
    return base + std::chrono::seconds(bytes / std::max<std::size_t>(deadlines.bytes_per_s_min, 1));
}

asio::awaitable<error_code> read_more(Connection& c) {
    const auto space = c.buffer.prepare(read_bytes);
    auto [ec, n] = co_await c.stream.async_read_some(space, awaiting);
    c.buffer.commit(n);
    co_return ec;
}

/// Waits for the first byte of a head unless it is there already.
asio::awaitable<Next> wait_for_head(Connection& c) {
    if (c.buffer.size() > 0) co_return Next::request;
    if (c.draining()) co_return Next::close;
    if (c.buffer.capacity() > kept_buffer_bytes) c.buffer.shrink_to_fit();
    const Deadlines& deadlines = c.options.deadlines;
    set_deadline(c, c.admission == Admission::served ? deadlines.idle : deadlines.turned_away);
    c.phase = Connection::Phase::idle;
    const error_code ec = co_await read_more(c);
    c.phase = Connection::Phase::busy;
    if (!ec) co_return Next::request;
    co_return ec == asio::error::eof || c.draining() ? Next::close : Next::gone;
}

/// The head at the front of the buffer, judged; it stays there for Beast.
asio::awaitable<Head> read_head(Connection& c) {
    const Next next = co_await wait_for_head(c);
    if (next != Next::request) co_return next;
    set_deadline(c, c.options.deadlines.head);
    for (std::size_t seen = 0;;) {
        const std::string_view judged = c.received().substr(0, head_bytes_max);
        if (const auto end = head_end(judged, seen)) {
            JudgedHead verdict = judge_head(judged.substr(0, *end));
            if (const auto* refusal = std::get_if<Refusal>(&verdict)) co_return *refusal;
            co_return std::move(std::get<FramedHead>(verdict));
        }
        if (judged.size() == head_bytes_max) co_return Refusal{431, "head_too_large"};
        seen = judged.size();
        const error_code ec = co_await read_more(c);
        if (ec) co_return Next::gone;
    }
}

/// The guard's head and Beast's, read from the same bytes, say the same.
bool agree(const FramedHead& head, const BeastRequest& message, std::uint64_t body_bytes) {
    const auto target = message.target();
    const std::string_view path(target.data(), std::min(target.size(), target.find('?')));
    const auto method = message.method_string();
    return std::string_view(method.data(), method.size()) == head.method && path == head.path &&
           message.version() == 11 && body_bytes == head.content_length;
}

/// What the peer sent is no request: a refusal; or it left.
Received failed_to_read(const error_code& ec) {
    const bool left = ec == http::error::partial_message || ec == http::error::end_of_stream;
    const bool malformed = ec.category() == make_error_code(http::error::bad_method).category() && !left;
    if (malformed) return Refusal{400, "malformed"};
    return Next::gone;
}

/// Takes the head alone off the buffer.
asio::awaitable<Received> read_head_only(Connection& c, FramedHead head, std::size_t piece_bytes_max) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(head_bytes_max));
    parser.body_limit(head.content_length);
    auto [ec, n] = co_await http::async_read_header(c.stream, c.buffer, parser, awaiting);
    if (ec) co_return failed_to_read(ec);
    if (!agree(head, parser.get(), parser.content_length().value_or(0)) || head.upgrade != FramedHead::Upgrade::none)
        co_return Refusal{400, "ambiguous_head"};
    Incoming in;
    in.after = head.after;
    in.piece_bytes_max = piece_bytes_max;
    in.request = {
        std::move(head.method), std::move(head.path), std::move(head.query), std::move(head.headers), {}, c.from};
    in.request.body_bytes = head.content_length;
    co_return std::move(in);
}

/// Takes head and body off the buffer. The deadline is already set.
asio::awaitable<Received> read_body(Connection& c, FramedHead head) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(head_bytes_max));
    parser.body_limit(head.content_length);
    auto [ec, n] = co_await http::async_read(c.stream, c.buffer, parser, awaiting);
    if (ec) co_return failed_to_read(ec);
    if (!agree(head, parser.get(), parser.get().body().size())) co_return Refusal{400, "ambiguous_head"};
    Incoming in;
    in.after = head.after;
    in.request = {std::move(head.method),  std::move(head.path),           std::move(head.query),
                  std::move(head.headers), std::move(parser.get().body()), c.from};
    in.request.body_bytes = head.content_length;
    if (head.upgrade == FramedHead::Upgrade::websocket) {
        // What is sent before the server agreed would be a request to one reader and a frame to another.
        if (c.buffer.size() > 0) co_return Refusal{400, "bytes_before_upgrade"};
        in.after = FramedHead::After::close;  // whatever the answer is, if it is none of a WebSocket
        in.handshake = parser.release();
    }
    co_return std::move(in);
}

/// nullopt: the handler threw.
std::optional<RouteLimits> limits_of(const Connection& c, const FramedHead& head) {
    try {
        return c.handler.limits(head.method, head.path);
    } catch (...) {
        c.log("the handler threw for a route's limits; answered 500");
        return std::nullopt;
    }
}

asio::awaitable<Received> receive(Connection& c) {
    Head judged = co_await read_head(c);
    if (const auto* next = std::get_if<Next>(&judged)) co_return *next;
    if (const auto* refusal = std::get_if<Refusal>(&judged)) co_return *refusal;
    FramedHead& head = std::get<FramedHead>(judged);
    if (c.admission == Admission::turned_away) co_return Refusal{503, "busy"};
    const auto limits = limits_of(c, head);
    if (!limits) co_return Refusal{500, "internal"};
    if (head.content_length > limits->body_bytes_max) co_return Refusal{413, "body_too_large"};
    const Deadlines& deadlines = c.options.deadlines;
    set_deadline(c, transfer_time(limits->body.value_or(deadlines.body), deadlines, head.content_length));
    if (head.waiting == FramedHead::Waiting::for_continue) {
        const auto bytes = asio::buffer(go_on);
        auto [ec, n] = co_await asio::async_write(c.stream, bytes, awaiting);
        if (ec) co_return Next::gone;
    }
    if (limits->piece_bytes_max > 0) co_return co_await read_head_only(c, std::move(head), limits->piece_bytes_max);
    co_return co_await read_body(c, std::move(head));
}

using Piece = Result<std::optional<std::string>>;
using More = std::shared_ptr<const std::function<Piece()>>;  // shared: it remembers how far it is, so no copy is called

/// Where the handler's thread leaves its reply, or a piece of one. The timer never expires: cancelling it wakes the
/// coroutine.
template <class T>
struct Answer {
    explicit Answer(const asio::any_io_executor& executor) : ready(executor, Clock::time_point::max()) {}
    asio::steady_timer ready;
    std::optional<T> reply;
};

template <class T>
std::function<void(T)> deliver_to(std::shared_ptr<Answer<T>> answer) {
    return [answer = std::move(answer)](T reply) mutable {
        auto executor = answer->ready.get_executor();
        asio::post(executor, [answer = std::move(answer), reply = std::move(reply)]() mutable {
            answer->reply.emplace(std::move(reply));
            answer->ready.cancel();
        });
    };
}

template <class T>
asio::awaitable<void> wait_for(Answer<T>& answer) {
    while (!answer.reply) {
        auto [cancelled] = co_await answer.ready.async_wait(awaiting);
        static_cast<void>(cancelled);
    }
}

asio::awaitable<Reply> ask_handler(Connection& c, Request request) {
    const auto answer = std::make_shared<Answer<Reply>>(c.stream.get_executor());
    const Status queued = c.handler_thread.submit(std::move(request), deliver_to(answer));
    if (!queued) co_return refusal_reply({503, "busy"});
    co_await wait_for(*answer);
    co_return std::move(*answer->reply);
}

/// The next bytes of a body, up to `bytes`; fewer when the peer left or the deadline came.
asio::awaitable<std::string> read_piece(Connection& c, std::size_t bytes) {
    while (c.buffer.size() < bytes) {
        const auto space = c.buffer.prepare(std::min(bytes - c.buffer.size(), piece_read_bytes));
        auto [ec, n] = co_await c.stream.async_read_some(space, awaiting);
        c.buffer.commit(n);
        if (ec) break;
    }
    std::string piece(c.received().substr(0, bytes));
    c.buffer.consume(piece.size());
    co_return piece;
}

/// A body that is handled as it arrives. nullopt: the peer left. `in.after` is close when something of it was not read.
asio::awaitable<std::optional<Reply>> ask_in_pieces(Connection& c, Incoming& in) {
    Request& request = in.request;
    for (std::uint64_t at = 0;;) {
        const std::uint64_t wanted = std::min<std::uint64_t>(request.body_bytes - at, in.piece_bytes_max);
        Request piece = request;
        piece.body = co_await read_piece(c, static_cast<std::size_t>(wanted));
        piece.body_offset = at;
        at += piece.body.size();
        const bool left = piece.body.size() < wanted;
        if (left && piece.body.empty()) co_return std::nullopt;
        Reply reply = co_await ask_handler(c, std::move(piece));
        if (left) co_return std::nullopt;
        if (at == request.body_bytes) co_return std::move(reply);
        if (reply.status >= 300) {
            in.after = FramedHead::After::close;
            co_return std::move(reply);
        }
    }
}

/// What Reply::more gives, asked on the handler's thread. Never throws there.
std::function<void()> asking(More more, std::function<void(Piece)> deliver) {
    return [more = std::move(more), deliver = std::move(deliver)] {
        try {
            deliver((*more)());
        } catch (...) {  // what() may quote a case: dropped
            deliver(Piece(Error{Errc::internal, "the handler threw"}));
        }
    };
}

asio::awaitable<Piece> ask_for_piece(Connection& c, More more) {
    const auto answer = std::make_shared<Answer<Piece>>(c.stream.get_executor());
    const Status queued = c.handler_thread.submit(asking(std::move(more), deliver_to(answer)));
    if (!queued) co_return Piece(queued.error());
    co_await wait_for(*answer);
    co_return std::move(*answer->reply);
}

/// nullopt: it is for the handler's thread.
std::optional<Reply> answer_at_once(const Connection& c, const Request& request) {
    try {
        return c.handler.answer_at_once(request);
    } catch (...) {
        c.log("the handler threw; answered 500");
        return refusal_reply({500, "internal"});
    }
}

enum class Content { with_body, head_only };

/// `reply` as it is written. One that may not be written is replaced by 500.
http::response<http::string_body> message_of(Connection& c, Reply reply, FramedHead::After after, Content content) {
    auto fields = reply_fields(reply);
    if (!fields || reply.feed) {
        c.log("a route's reply may not be written (status or header); answered 500");
        reply = refusal_reply({500, "internal"});
        fields = reply_fields(reply);
    }
    http::response<http::string_body> message;
    message.version(11);
    message.result(static_cast<unsigned>(reply.status));
    for (const auto& [name, value] : *fields) message.insert(name, value);
    message.keep_alive(after == FramedHead::After::keep_alive);
    const bool has_content = reply.status != 204 && reply.status != 304;
    if (has_content) message.content_length(reply.body.size());
    if (has_content && content == Content::with_body) message.body() = std::move(reply.body);
    return message;
}

asio::awaitable<Next> send(Connection& c, Reply reply, FramedHead::After after, Content content) {
    if (c.draining()) after = FramedHead::After::close;
    const auto message = message_of(c, std::move(reply), after, content);
    const Deadlines& deadlines = c.options.deadlines;
    set_deadline(c, transfer_time(deadlines.body, deadlines, message.body().size()));
    auto [ec, n] = co_await http::async_write(c.stream, message, awaiting);
    if (ec) co_return Next::gone;
    co_return after == FramedHead::After::keep_alive ? Next::request : Next::close;
}

asio::awaitable<error_code> send_chunk(Connection& c, const std::string& bytes) {
    const Deadlines& deadlines = c.options.deadlines;
    set_deadline(c, transfer_time(deadlines.body, deadlines, bytes.size()));
    const auto chunk = http::make_chunk(asio::buffer(bytes));
    auto [ec, n] = co_await asio::async_write(c.stream, chunk, awaiting);
    co_return ec;
}

/// A reply that goes on, in chunks. Broken off without the last chunk when a piece cannot be had.
asio::awaitable<Next> send_on(Connection& c, Reply reply, FramedHead::After after) {
    if (c.draining()) after = FramedHead::After::close;
    std::string bytes = std::exchange(reply.body, {});
    const More more = std::make_shared<const std::function<Piece()>>(std::exchange(reply.more, nullptr));
    const auto fields = reply_fields(reply);
    if (!fields) co_return Next::gone;
    http::response<http::empty_body> head;
    head.version(11);
    head.result(static_cast<unsigned>(reply.status));
    for (const auto& [name, value] : *fields) head.insert(name, value);
    head.keep_alive(after == FramedHead::After::keep_alive);
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer(head);
    set_deadline(c, c.options.deadlines.body);
    auto [refused, n] = co_await http::async_write_header(c.stream, serializer, awaiting);
    if (refused) co_return Next::gone;
    for (;;) {
        if (!bytes.empty()) {
            const error_code ec = co_await send_chunk(c, bytes);
            if (ec) co_return Next::gone;
        }
        Piece piece = co_await ask_for_piece(c, more);
        if (!piece) co_return Next::gone;
        if (!piece.value()) break;
        bytes = std::move(*piece.value());
    }
    set_deadline(c, c.options.deadlines.body);
    const auto last = http::make_chunk_last();
    auto [ec, m] = co_await asio::async_write(c.stream, last, awaiting);
    if (ec) co_return Next::gone;
    co_return after == FramedHead::After::keep_alive ? Next::request : Next::close;
}

/// Sends it and tells the handler how that went. `request`: what is known of it; the views must live.
asio::awaitable<Next> send_counted(Connection& c, Reply reply, FramedHead::After after, Content content,
                                   Replied request, Clock::time_point began) {
    request.status = reply.status;
    const bool goes_on = reply.more && content == Content::with_body;
    Next next = Next::gone;
    if (goes_on)
        next = co_await send_on(c, std::move(reply), after);
    else
        next = co_await send(c, std::move(reply), after, content);
    request.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
    c.handler.on_reply(request);
    co_return next;
}

/// One request and its reply. After a refusal nothing that follows in the stream is read as a request.
asio::awaitable<Next> exchange(Connection& c) {
    Received received = co_await receive(c);
    const Clock::time_point began = Clock::now();
    if (const auto* next = std::get_if<Next>(&received)) co_return *next;
    if (const auto* refusal = std::get_if<Refusal>(&received)) {
        Reply refused = refusal_reply(*refusal);
        const Next next = co_await send_counted(c, std::move(refused), FramedHead::After::close, Content::with_body,
                                                Replied{}, began);
        co_return next;
    }
    Incoming& in = std::get<Incoming>(received);
    const Content content = in.request.method == "HEAD" ? Content::head_only : Content::with_body;
    const std::string method = in.request.method, path = in.request.path;
    Reply reply;
    if (in.piece_bytes_max > 0) {
        std::optional<Reply> last = co_await ask_in_pieces(c, in);
        if (!last) co_return Next::gone;
        reply = std::move(*last);
    } else if (std::optional<Reply> at_once = answer_at_once(c, in.request)) {
        reply = std::move(*at_once);
    } else {
        reply = co_await ask_handler(c, std::move(in.request));
    }
    if (reply.feed && in.handshake) {
        if (c.draining()) {
            reply = refusal_reply({503, "busy"});
        } else if (auto fields = reply_fields(reply)) {
            open_web_socket(std::move(c.stream), std::move(c.place), std::move(*in.handshake), std::move(*fields),
                            std::move(reply.feed), c.options, c.all());
            c.handler.on_reply({method, path, reply.status, {}});
            co_return Next::gone;
        }
    }
    const Replied known{method, path, 0, {}};
    const Next next = co_await send_counted(c, std::move(reply), in.after, content, known, began);
    co_return next;
}

/// close_notify both ways. A peer that is still sending has not read our reply yet, and closing on unread bytes would
/// reset the connection under it: so what comes is read and dropped, up to a limit and the same deadline.
asio::awaitable<void> close(Connection& c) {
    set_deadline(c, c.options.deadlines.close);
    auto [shut] = co_await c.stream.async_shutdown(awaiting);
    if (!shut || !c.tcp().socket().is_open()) co_return;
    error_code ec;
    c.tcp().socket().shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    c.buffer.clear();
    for (std::size_t discarded = 0; !ec && discarded < discarded_bytes_max;) {
        const auto space = c.buffer.prepare(read_bytes);
        auto [failed, n] = co_await c.tcp().async_read_some(space, awaiting);
        discarded += n;
        ec = failed;
    }
}

asio::awaitable<void> serve(std::unique_ptr<Connection> c) {
    const Deadlines& deadlines = c->options.deadlines;
    set_deadline(*c, c->admission == Admission::served ? deadlines.handshake : deadlines.turned_away);
    auto [ec] = co_await c->stream.async_handshake(asio::ssl::stream_base::server, awaiting);
    if (ec) co_return;
    Next next = Next::request;
    while (next == Next::request) next = co_await exchange(*c);
    if (next == Next::close) co_await close(*c);
}

}  // namespace

Sessions::Sessions(const ListenOptions& options, Handler& handler, HandlerThread& handler_thread,
                   const TlsContexts& tls)
    : options_(options), handler_(handler), handler_thread_(handler_thread), tls_(tls) {}

void Sessions::start(asio::ip::tcp::socket socket, Place place, Admission admission) {
    error_code ignored;  // a reply is one write: waiting for more to send would only delay it
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    const auto executor = socket.get_executor();
    auto connection = std::make_unique<Connection>(*this, std::move(socket), std::move(place), admission);
    asio::co_spawn(executor, serve(std::move(connection)), [this](const std::exception_ptr& failure) {
        if (failure && options_.log) options_.log("a connection ended by an exception");  // what() is dropped
    });
}

}  // namespace doorstep::server
