#include "server/hooks/https_post.hpp"

#include <curl/curl.h>

#include <memory>

namespace doorstep::server {
namespace {

constexpr long connect_ms_max = 10'000, all_ms_max = 30'000;

std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

}  // namespace

HttpsAnswer post(const HttpsPost& request) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, void (*)(CURL*)> easy(curl_easy_init(), curl_easy_cleanup);
    if (ready != CURLE_OK || !easy) return {0, "out of memory"};
    curl_slist* lines = nullptr;
    for (const std::string& header : request.headers) lines = curl_slist_append(lines, header.c_str());
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(lines, curl_slist_free_all);
    CURL* const c = easy.get();
    curl_easy_setopt(c, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!request.authority.empty()) {
        curl_easy_setopt(c, CURLOPT_CAINFO, request.authority.c_str());
        curl_easy_setopt(c, CURLOPT_CAPATH, nullptr);
    }
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect_ms_max);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, all_ms_max);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "doorstep-server");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, &drop);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, request.body.data());
    const CURLcode done = curl_easy_perform(c);
    if (done != CURLE_OK) return {0, curl_easy_strerror(done)};
    long status = 0;
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    return {static_cast<int>(status), {}};
}

}  // namespace doorstep::server
