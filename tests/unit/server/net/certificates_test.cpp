// tests/unit/server/net/certificates_test.cpp -- the development CA: made once, kept, its server certificate renewed.
#include "server/net/certificates.hpp"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "server/files/atomic_file.hpp"
#include "server/net/x509.hpp"
#include "tests/unit/server/net/temporary_folder.hpp"

namespace doorstep::server {
namespace {

namespace fs = std::filesystem;
using Time = std::chrono::system_clock::time_point;
using std::chrono::days;

std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
}

Certificate read_certificate(const fs::path& path) { return certificate_from_pem(bytes_of(path)).value(); }

/// OpenSSL's own verdict: X509_V_OK, or why a TLS client would refuse `server` at `now`.
int verify(X509* server, X509* ca, const std::string& host, Time now) {
    X509_STORE* store = X509_STORE_new();
    X509_STORE_add_cert(store, ca);
    X509_STORE_CTX* context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, server, nullptr);
    X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
    X509_STORE_CTX_set_default(context, "ssl_server");
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(now));
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1)
        X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
    X509_verify_cert(context);
    const int verdict = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return verdict;
}

int days_of_validity(X509* certificate) {
    int day = 0, seconds = 0;
    ASN1_TIME_diff(&day, &seconds, X509_get0_notBefore(certificate), X509_get0_notAfter(certificate));
    return day;
}

class Certificates : public testing::Test {
protected:
    DevCertificates ensure(Time now) {
        auto made = ensure_development_certificates(dir_, now);
        EXPECT_TRUE(made) << made.error().detail;
        return std::move(made).value();
    }
    Error refused(Time now) {
        const auto made = ensure_development_certificates(dir_, now);
        EXPECT_FALSE(made);
        return made ? Error{} : made.error();
    }
    TemporaryFolder folder_;
    const fs::path dir_ = folder_.path() / "tls";
    const Time now_ = std::chrono::system_clock::now();
};

TEST_F(Certificates, FirstStartMakesAllFourFiles) {
    const DevCertificates made = ensure(now_);
    struct Row {
        const char* name;
        fs::perms permissions;
    };
    constexpr auto secret = fs::perms::owner_read | fs::perms::owner_write;
    constexpr auto open = secret | fs::perms::group_read | fs::perms::others_read;
    for (const Row& row :
         {Row{"ca.pem", open}, Row{"ca.key", secret}, Row{"server.pem", open}, Row{"server.key", secret}}) {
        SCOPED_TRACE(row.name);
        ASSERT_TRUE(fs::is_regular_file(dir_ / row.name));
        EXPECT_EQ(fs::status(dir_ / row.name).permissions(), row.permissions);
        EXPECT_FALSE(fs::exists(dir_ / (std::string(row.name) + ".tmp")));
    }
    EXPECT_EQ(fs::status(dir_).permissions(), fs::perms::owner_all);
    EXPECT_EQ(made.ca_pem, dir_ / "ca.pem");
    EXPECT_EQ(made.server_pem, dir_ / "server.pem");
    EXPECT_EQ(made.server_key, dir_ / "server.key");
    EXPECT_EQ(made.ca_sha256_hex, sha256_hex(read_certificate(made.ca_pem).get()).value());
    EXPECT_EQ(made.ca_sha256_hex.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(made.ca_sha256_hex.size(), 64U);
}

TEST_F(Certificates, AClientThatTrustsTheCaTrustsTheServer) {
    const DevCertificates made = ensure(now_);
    const Certificate ca = read_certificate(made.ca_pem), server = read_certificate(made.server_pem);
    char host[256] = {};
    ASSERT_EQ(::gethostname(host, sizeof host - 1), 0);
    for (const std::string& name :
         {std::string("localhost"), std::string("127.0.0.1"), std::string("::1"), std::string(host)})
        EXPECT_EQ(verify(server.get(), ca.get(), name, now_), X509_V_OK) << name;
    EXPECT_EQ(verify(server.get(), ca.get(), "example.org", now_), X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(verify(server.get(), ca.get(), "localhost", now_ - days(2)), X509_V_ERR_CERT_NOT_YET_VALID);
    EXPECT_EQ(verify(server.get(), ca.get(), "localhost", now_ + days(397)), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(days_of_validity(server.get()), 397);
    EXPECT_EQ(days_of_validity(ca.get()), 3653);
}

TEST_F(Certificates, OnlyTheCaMaySign) {
    const DevCertificates made = ensure(now_);
    const Certificate ca = read_certificate(made.ca_pem), server = read_certificate(made.server_pem);
    EXPECT_EQ(X509_check_ca(ca.get()), 1);
    EXPECT_EQ(X509_check_ca(server.get()), 0);
    EXPECT_EQ(X509_get_pathlen(ca.get()), 0);
    EXPECT_EQ(X509_get_key_usage(ca.get()), static_cast<std::uint32_t>(KU_KEY_CERT_SIGN | KU_CRL_SIGN));
    EXPECT_EQ(X509_get_key_usage(server.get()), static_cast<std::uint32_t>(KU_DIGITAL_SIGNATURE));
    EXPECT_EQ(X509_get_extended_key_usage(server.get()), static_cast<std::uint32_t>(XKU_SSL_SERVER));
    char curve[64] = {};
    EXPECT_EQ(EVP_PKEY_get_group_name(X509_get0_pubkey(ca.get()), curve, sizeof curve, nullptr), 1);
    EXPECT_STREQ(curve, "prime256v1");
}

TEST_F(Certificates, ASecondStartChangesNothing) {
    const DevCertificates made = ensure(now_);
    const std::string ca = bytes_of(made.ca_pem), server = bytes_of(made.server_pem), key = bytes_of(made.server_key);
    EXPECT_EQ(ensure(now_ + days(1)).ca_sha256_hex, made.ca_sha256_hex);
    EXPECT_EQ(bytes_of(made.ca_pem), ca);
    EXPECT_EQ(bytes_of(made.server_pem), server);
    EXPECT_EQ(bytes_of(made.server_key), key);
}

TEST_F(Certificates, TheServerIsRenewedThirtyDaysBeforeItsEnd) {
    const DevCertificates made = ensure(now_);
    const std::string server = bytes_of(made.server_pem);
    constexpr int last_day_kept = 397 - 1 - 30;  // it began a day before now_
    ensure(now_ + days(last_day_kept));
    EXPECT_EQ(bytes_of(made.server_pem), server);
    const Time late = now_ + days(last_day_kept) + std::chrono::seconds(2);
    EXPECT_EQ(ensure(late).ca_sha256_hex, made.ca_sha256_hex);
    EXPECT_NE(bytes_of(made.server_pem), server);
    EXPECT_EQ(verify(read_certificate(made.server_pem).get(), read_certificate(made.ca_pem).get(), "localhost", late),
              X509_V_OK);
}

TEST_F(Certificates, WhateverIsWrongWithTheServerPairANewOneHealsIt) {
    const DevCertificates made = ensure(now_);
    TemporaryFolder elsewhere;
    const DevCertificates other = ensure_development_certificates(elsewhere.path(), now_).value();
    struct Row {
        const char* name;
        fs::path broken;
        std::string bytes;
    };
    const Row rows[] = {{"empty certificate", made.server_pem, ""},
                        {"garbage key", made.server_key, "not a key"},
                        {"key of another", made.server_key, bytes_of(other.server_key)},
                        {"certificate of another CA", made.server_pem, bytes_of(other.server_pem)}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        std::ofstream(row.broken, std::ios::trunc) << row.bytes;
        EXPECT_EQ(ensure(now_).ca_sha256_hex, made.ca_sha256_hex);
        const Certificate server = read_certificate(made.server_pem);
        EXPECT_EQ(verify(server.get(), read_certificate(made.ca_pem).get(), "localhost", now_), X509_V_OK);
        EXPECT_EQ(X509_check_private_key(server.get(), key_from_pem(bytes_of(made.server_key)).value().get()), 1);
    }
}

TEST_F(Certificates, TheCaIsNeverReplaced) {
    const DevCertificates made = ensure(now_);
    EXPECT_EQ(refused(now_ + days(3660)).code, Errc::bad_configuration);  // expired
    std::ofstream(made.ca_pem, std::ios::trunc) << "damaged";
    const Error error = refused(now_);
    EXPECT_EQ(error.code, Errc::bad_configuration);
    EXPECT_NE(error.detail.find("ca.pem"), std::string::npos);
    EXPECT_EQ(bytes_of(made.ca_pem), "damaged");
}

TEST_F(Certificates, TheCasKeyMayBeKeptElsewhereUntilARenewal) {
    const DevCertificates made = ensure(now_);
    fs::remove(dir_ / "ca.key");
    EXPECT_EQ(ensure(now_).ca_sha256_hex, made.ca_sha256_hex);
    const Error error = refused(now_ + days(380));
    EXPECT_EQ(error.code, Errc::bad_configuration);
    EXPECT_NE(error.detail.find("ca.key"), std::string::npos);
}

TEST_F(Certificates, AFolderThatCannotBeMadeIsAnError) {
    std::ofstream(dir_) << "a file in its place";
    EXPECT_EQ(refused(now_).code, Errc::io);
}

TEST(AtomicFile, ReplacesTheWholeFileAndItsPermissions) {
    TemporaryFolder folder;
    const fs::path path = folder.path() / "f";
    ASSERT_TRUE(write_file_atomically(path, std::string(10'000, 'a'), 0644));
    ASSERT_TRUE(write_file_atomically(path, "b", 0600));
    EXPECT_EQ(bytes_of(path), "b");
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(AtomicFile, ReadsUpToItsLimit) {
    TemporaryFolder folder;
    const fs::path path = folder.path() / "f";
    ASSERT_TRUE(write_file_atomically(path, std::string(5000, 'a'), 0644));
    EXPECT_EQ(read_small_file(path, 5001).value().size(), 5000U);
    EXPECT_EQ(read_small_file(path, 5000).value().size(), 5000U);
    EXPECT_EQ(read_small_file(path, 4999).error().code, Errc::value_too_large);
    EXPECT_EQ(read_small_file(folder.path() / "g", 1).error().code, Errc::not_found);
}

}  // namespace
}  // namespace doorstep::server
