#include "server/net/certificates.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "server/files/atomic_file.hpp"
#include "server/net/x509.hpp"

namespace doorstep::server {
namespace {

namespace fs = std::filesystem;

constexpr std::time_t day_s = 24 * 60 * 60;
constexpr std::time_t ca_days = 3653;     // ten years
constexpr std::time_t server_days = 397;  // thirteen months: no client refuses it for its length
constexpr std::time_t renewal_days = 30;
constexpr std::size_t pem_bytes_max = 64 * 1024;
constexpr ::mode_t public_file = 0644, secret_file = 0600;

struct Paths {
    fs::path ca_pem, ca_key, server_pem, server_key;
};

struct Authority {
    Certificate certificate;
    Key key;  ///< null: its file is not there
};

/// This host's name, or "" when it cannot stand in a certificate.
std::string host_name() {
    char name[256] = {};
    if (::gethostname(name, sizeof name - 1) != 0) return {};
    std::string host = name;
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    if (host.size() > 253 || !std::all_of(host.begin(), host.end(), is_plain)) return {};
    return host;
}

/// Key before certificate: a crash in between leaves a certificate that is missing or does not match, never one
/// without its key; both cases are seen at the next start.
Status write_pair(const fs::path& pem_path, X509* certificate, const fs::path& key_path, EVP_PKEY* key) {
    DOORSTEP_TRY_ASSIGN(const std::string key_pem, to_pem(key));
    DOORSTEP_TRY_ASSIGN(const std::string pem, to_pem(certificate));
    DOORSTEP_TRY(write_file_atomically(key_path, key_pem, secret_file));
    return write_file_atomically(pem_path, pem, public_file);
}

Result<Authority> make_authority(const Paths& paths, std::time_t now) {
    CertificateText text;
    text.common_name = "Doorstep development CA";
    text.basic_constraints = "critical,CA:TRUE,pathlen:0";
    text.key_usage = "critical,keyCertSign,cRLSign";
    text.not_before = now - day_s;
    text.not_after = text.not_before + ca_days * day_s;
    Authority made;
    DOORSTEP_TRY_ASSIGN(made.key, make_key());
    DOORSTEP_TRY_ASSIGN(made.certificate, make_certificate(text, made.key.get(), {}));
    DOORSTEP_TRY(write_pair(paths.ca_pem, made.certificate.get(), paths.ca_key, made.key.get()));
    return made;
}

Error unusable(const fs::path& path, std::string_view why) {
    return Error{Errc::bad_configuration, path.string() + ": " + std::string(why)};
}

Result<Authority> read_authority(const Paths& paths, std::string_view pem, std::time_t now) {
    Authority read;
    auto certificate = certificate_from_pem(pem);
    if (!certificate) return unusable(paths.ca_pem, certificate.error().detail);
    read.certificate = std::move(certificate).value();
    if (ASN1_TIME_cmp_time_t(X509_get0_notAfter(read.certificate.get()), now) < 0)
        return unusable(paths.ca_pem, "the CA has expired; move it away and enrol the phones again");
    const auto key_pem = read_small_file(paths.ca_key, pem_bytes_max);
    if (!key_pem && key_pem.error().code == Errc::not_found) return read;  // kept elsewhere: fine until a renewal
    if (!key_pem) return key_pem.error();
    auto key = key_from_pem(key_pem.value());
    if (!key) return unusable(paths.ca_key, key.error().detail);
    read.key = std::move(key).value();
    if (X509_check_private_key(read.certificate.get(), read.key.get()) != 1) {
        ERR_clear_error();
        return unusable(paths.ca_key, "it is not the key of ca.pem");
    }
    return read;
}

Result<Authority> ensure_authority(const Paths& paths, std::time_t now) {
    const auto pem = read_small_file(paths.ca_pem, pem_bytes_max);
    if (pem) return read_authority(paths, pem.value(), now);
    if (pem.error().code != Errc::not_found) return pem.error();
    return make_authority(paths, now);
}

Status make_server(const Paths& paths, const Authority& authority, std::time_t now) {
    if (!authority.key) return unusable(paths.ca_key, "it is missing, and the server certificate must be made anew");
    const std::string host = host_name();
    CertificateText text;
    text.common_name = "Doorstep server";
    text.basic_constraints = "critical,CA:FALSE";
    text.key_usage = "critical,digitalSignature";
    text.extended_key_usage = "serverAuth";
    text.subject_alt_name = "DNS:localhost,IP:127.0.0.1,IP:::1";
    if (!host.empty() && host != "localhost") text.subject_alt_name += ",DNS:" + host;
    text.not_before = now - day_s;
    text.not_after = text.not_before + server_days * day_s;
    DOORSTEP_TRY_ASSIGN(const Key key, make_key());
    const Issuer issuer{authority.certificate.get(), authority.key.get()};
    DOORSTEP_TRY_ASSIGN(const Certificate made, make_certificate(text, key.get(), issuer));
    return write_pair(paths.server_pem, made.get(), paths.server_key, key.get());
}

bool is_good(X509* server, EVP_PKEY* key, X509* ca, std::time_t now) {
    const std::string host = host_name();
    const std::time_t renewal = now + renewal_days * day_s;
    const bool good = ASN1_TIME_cmp_time_t(X509_get0_notAfter(server), renewal) >= 0 &&
                      ASN1_TIME_cmp_time_t(X509_get0_notBefore(server), now) <= 0 &&
                      X509_check_private_key(server, key) == 1 && X509_verify(server, X509_get0_pubkey(ca)) == 1 &&
                      (host.empty() || X509_check_host(server, host.data(), host.size(), 0, nullptr) == 1);
    ERR_clear_error();
    return good;
}

/// Missing, unreadable, late, of another CA, of another host: whatever is wrong, a new one heals it.
bool has_good_server(const Paths& paths, X509* ca, std::time_t now) {
    const auto pem = read_small_file(paths.server_pem, pem_bytes_max);
    const auto key_pem = read_small_file(paths.server_key, pem_bytes_max);
    if (!pem || !key_pem) return false;
    const auto server = certificate_from_pem(pem.value());
    const auto key = key_from_pem(key_pem.value());
    return server && key && is_good(server.value().get(), key.value().get(), ca, now);
}

Status ensure_folder(const fs::path& dir) {
    std::error_code ec;
    if (fs::create_directories(dir, ec) && !ec) fs::permissions(dir, fs::perms::owner_all, ec);
    if (ec) return Error{Errc::io, "cannot make the folder " + dir.string() + ": " + ec.message()};
    return ok();
}

}  // namespace

Result<DevCertificates> ensure_development_certificates(const fs::path& dir,
                                                        std::chrono::system_clock::time_point now) {
    const std::time_t now_s = std::chrono::system_clock::to_time_t(now);
    const Paths paths{dir / "ca.pem", dir / "ca.key", dir / "server.pem", dir / "server.key"};
    DOORSTEP_TRY(ensure_folder(dir));
    DOORSTEP_TRY_ASSIGN(const Authority authority, ensure_authority(paths, now_s));
    X509* const ca = authority.certificate.get();
    if (!has_good_server(paths, ca, now_s)) DOORSTEP_TRY(make_server(paths, authority, now_s));
    DOORSTEP_TRY_ASSIGN(std::string fingerprint, sha256_hex(ca));
    return DevCertificates{paths.ca_pem, paths.server_pem, paths.server_key, std::move(fingerprint)};
}

}  // namespace doorstep::server
