// server/net/asio_impl.cpp -- Asio and its TLS layer, compiled once (the *_SEPARATE_COMPILATION macros are PUBLIC).
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
