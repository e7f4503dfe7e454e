// server/net/web_socket.hpp -- a connection that has become a WebSocket: sends what its feed says, and reads nothing.
#pragma once

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <memory>

#include "server/api/feed.hpp"
#include "server/net/listen_options.hpp"
#include "server/net/live_socket.hpp"
#include "server/net/places.hpp"
#include "server/net/reply_fields.hpp"

namespace doorstep::server {

/// TLS over one accepted socket.
using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
/// A head that Beast has read, and its body.
using BeastRequest = boost::beast::http::request<boost::beast::http::string_body>;

/// Answers the opening handshake, with these header lines, and lives by itself until its end: the peer closes or says
/// nothing for deadlines.socket_idle, the feed is over (1008), or the server stops (1001). Messages of the peer are not
/// read but end it (1003); control frames are answered. One write and one read are outstanding at most.
/// `options` and `all` must outlive the socket. Threads: the stream's io_context's.
void open_web_socket(TlsStream stream, Place place, BeastRequest handshake, ReplyFields fields,
                     std::shared_ptr<Feed> feed, const ListenOptions& options, LiveSockets& all);

}  // namespace doorstep::server
