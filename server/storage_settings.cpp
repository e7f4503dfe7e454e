#include "server/storage_settings.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t tenant_bytes_max = 63;

}  // namespace

Result<std::optional<postgres::Address>> postgres_address(const Configuration& configuration) {
    if (configuration.words(OptionId::storage_kind) != "postgres") return std::optional<postgres::Address>();
    DOORSTEP_TRY_ASSIGN(postgres::Address address, named_postgres(configuration));
    return std::optional<postgres::Address>(std::move(address));
}

Result<postgres::Address> named_postgres(const Configuration& configuration) {
    const std::string& url = configuration.words(OptionId::storage_postgres_url);
    const std::string& tenant = configuration.words(OptionId::storage_postgres_tenant);
    if (url.empty()) return Error{Errc::bad_configuration, "storage.postgres_url says nowhere where PostgreSQL is"};
    if (tenant.empty() || tenant.size() > tenant_bytes_max)
        return Error{Errc::bad_configuration, "storage.postgres_tenant is a name of 1 to 63 bytes"};
    return postgres::Address{url, tenant};
}

}  // namespace doorstep::server
