#include "mobile-bridge/cli/https_client.hpp"

#include <curl/curl.h>

#include <array>

#include "mobile-bridge/cli/messages.hpp"

namespace doorstep::cli {
namespace {

constexpr std::size_t answer_bytes_max = 4 * 1024 * 1024;
constexpr long connect_ms_max = 10'000;
// Village networks are slow but not silent: half a minute without a line's worth of bytes is a dead connection. A
// server that groups commits answers well within it.
constexpr long low_speed_bytes_per_s = 16, low_speed_s = 30;
constexpr long request_s_max = 600;

struct EasyCleanup {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};
struct ListFree {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, ListFree>;

/// curl_slist_append() takes the list over, but leaves it alone when it fails.
Status append(Headers& headers, const std::string& line) {
    curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) return Failure{DS_OUT_OF_MEMORY, {}};
    static_cast<void>(headers.release());
    headers.reset(longer);
    return ok();
}

Result<Headers> request_headers(const std::string& content_type, const std::string& authorization,
                                const std::string& coding) {
    Headers headers;
    DOORSTEP_TRY(append(headers, "Content-Type: " + content_type));
    if (!authorization.empty()) DOORSTEP_TRY(append(headers, "Authorization: " + authorization));
    if (!coding.empty()) DOORSTEP_TRY(append(headers, "Content-Encoding: " + coding));
    DOORSTEP_TRY(append(headers, "Expect:"));  // a round trip for nothing: the server reads bodies of this size
    return headers;
}

/// The C callback that libcurl hands each piece of the answer. Fewer bytes taken than given end the transfer.
std::size_t take(char* data, std::size_t size, std::size_t count, void* out) {
    auto& body = *static_cast<std::string*>(out);
    const std::size_t bytes = size * count;
    if (bytes > answer_bytes_max - body.size()) return 0;
    try {
        body.append(data, bytes);
    } catch (...) {  // nothing may unwind through libcurl
        return 0;
    }
    return bytes;
}

Status configure_trust(CURL* easy, const std::string& certificate_pem) {
    // A copy, since the handle outlives this call.
    curl_blob authority{const_cast<char*>(certificate_pem.data()), certificate_pem.size(), CURL_BLOB_COPY};
    const std::array<CURLcode, 9> set = {
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https"),
        curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https"),
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L),
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)),
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L),
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L),
        curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr),
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr),
        curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &authority),
    };
    // Any refusal would mean a weaker connection than the one promised.
    for (const CURLcode code : set)
        if (code != CURLE_OK) return Failure{DS_INTERNAL, curl_easy_strerror(code)};
    return ok();
}

void configure_transfer(CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms_max);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, low_speed_bytes_per_s);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, low_speed_s);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, request_s_max);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(answer_bytes_max));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "doorstep");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl undoes; take() bounds what comes out
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
}

ds_status status_of(CURLcode code) {
    switch (code) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR: return DS_WRONG_CERTIFICATE;
        case CURLE_URL_MALFORMAT:
        case CURLE_SSL_CACERT_BADFILE: return DS_BAD_CONFIGURATION;
        case CURLE_OUT_OF_MEMORY: return DS_OUT_OF_MEMORY;
        case CURLE_UNSUPPORTED_PROTOCOL:  // an answer that is not HTTP; the address was checked
        case CURLE_WEIRD_SERVER_REPLY: return DS_SERVER_ERROR;
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_FILESIZE_EXCEEDED:
        case CURLE_WRITE_ERROR: return DS_MALFORMED;
        default: return DS_SERVER_UNREACHABLE;
    }
}

/// The best coding for requests, as the server's last answer says.
compression::Coding coding_of_answer(CURL* easy) {
    curl_header* accepts = nullptr;
    if (curl_easy_header(easy, "Accept-Encoding", 0, CURLH_HEADER, -1, &accepts) != CURLHE_OK)
        return compression::Coding::identity;
    return compression::best_of(accepts->value);
}

/// Whether a connection that stood was lost, rather than none made.
bool was_cut(CURLcode code) {
    return code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
           code == CURLE_PARTIAL_FILE;
}

Failure failure_of(CURLcode code, const char* said) {
    const std::string reason = *said != '\0' ? said : curl_easy_strerror(code);
    const Retry retry = was_cut(code) ? Retry::once : Retry::no;
    if (retry == Retry::once) return Failure{status_of(code), text<Text::connection_cut>(reason), retry};
    if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
        return Failure{DS_MALFORMED, text<Text::answer_too_long>(answer_bytes_max)};
    return Failure{status_of(code), reason, retry};
}

}  // namespace

struct HttpsClient::Connection {
    std::unique_ptr<CURL, EasyCleanup> easy;
    std::string server;
    compression::Coding coding = compression::Coding::identity;  ///< of the next request
    std::array<char, CURL_ERROR_SIZE> said{};                    ///< libcurl writes here what went wrong
};

HttpsClient::HttpsClient(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
HttpsClient::HttpsClient(HttpsClient&&) noexcept = default;
HttpsClient::~HttpsClient() = default;

Result<HttpsClient> HttpsClient::make(const std::string& server, const std::string& certificate_pem,
                                      compression::Coding coding) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    auto connection = std::make_unique<Connection>();
    DOORSTEP_TRY_ASSIGN(connection->server, server_address(server));
    connection->coding = coding;
    connection->easy.reset(ready == CURLE_OK ? curl_easy_init() : nullptr);
    if (!connection->easy) return Failure{DS_OUT_OF_MEMORY, {}};
    DOORSTEP_TRY(configure_trust(connection->easy.get(), certificate_pem));
    configure_transfer(connection->easy.get());
    curl_easy_setopt(connection->easy.get(), CURLOPT_ERRORBUFFER, connection->said.data());
    return HttpsClient(std::move(connection));
}

Result<HttpReply> HttpsClient::post(const std::string& path, const std::string& content_type,
                                    const std::string& authorization, const std::string& body) {
    CURL* const easy = connection_->easy.get();
    std::optional<std::string> packed;
    if (body.size() >= compression::worthwhile_bytes_min) packed = compression::compress(connection_->coding, body);
    const std::string& sent = packed ? *packed : body;
    DOORSTEP_TRY_ASSIGN(const Headers headers,
                        request_headers(content_type, authorization,
                                        packed ? compression::token_of(connection_->coding) : std::string()));
    HttpReply reply;
    connection_->said[0] = '\0';
    curl_easy_setopt(easy, CURLOPT_URL, (connection_->server + path).c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sent.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, sent.data());  // not copied: `sent` lives until perform returns
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply.body);
    const CURLcode code = curl_easy_perform(easy);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
    if (code != CURLE_OK) return failure_of(code, connection_->said.data());
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply.status);
    if (reply.status == 200) connection_->coding = coding_of_answer(easy);
    return reply;
}

Result<std::string> server_address(const std::string& typed) {
    constexpr std::string_view scheme = "https://";
    std::string address = typed;
    while (address.ends_with('/') && address.size() > scheme.size()) address.pop_back();
    const bool is_https = address.starts_with(scheme) && address.size() > scheme.size();
    if (!is_https || address.find_first_of("/?#@ \r\n", scheme.size()) != std::string::npos)
        return Failure{DS_BAD_CONFIGURATION, text<Text::server_form>()};
    return address;
}

}  // namespace doorstep::cli
