// server/net/tls_context.hpp -- what the server speaks below HTTP: TLS 1.2 and 1.3, forward secrecy, AEAD ciphers only.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "core/base/result.hpp"

namespace doorstep::server {

/// bad_configuration, with the file's name: a file is missing or not PEM, or the key is not the certificate's.
Result<boost::asio::ssl::context> make_tls_context(const std::string& certificate_pem_path,
                                                   const std::string& key_pem_path);

}  // namespace doorstep::server
