#include "server/webhook_settings.hpp"

#include "server/files/atomic_file.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t secret_bytes_min = 32, secret_bytes_max = 4 * 1024;

}  // namespace

Result<std::optional<WebhookSettings>> webhook_settings(const Configuration& configuration) {
    const std::string& url = configuration.words(OptionId::webhook_url);
    const std::string& secret_file = configuration.words(OptionId::webhook_secret);
    if (url.empty() && secret_file.empty()) return std::optional<WebhookSettings>();
    if (url.empty() || secret_file.empty())
        return Error{Errc::bad_configuration, "webhook.url and webhook.secret go together"};
    const auto secret = read_small_file(secret_file, secret_bytes_max);
    if (!secret || secret.value().size() < secret_bytes_min)
        return Error{Errc::bad_configuration, "webhook.secret names no readable file of 32 bytes or more"};
    return std::optional<WebhookSettings>(
        {url, configuration.words(OptionId::webhook_authority), std::string(secret.value())});
}

}  // namespace doorstep::server
