// tests/unit/server/net/https_certificate_test.cpp -- the certificate is read again while the server serves.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/server/net/running_server.hpp"

namespace doorstep::server {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A certificate of the tests' authority, made anew as often as wanted.
class Renewed {
public:
    Renewed() {
        fs::copy(test_certificates().ca_pem, folder_.path());
        fs::copy(test_certificates().ca_pem.parent_path() / "ca.key", folder_.path());
        renew();
    }
    void renew() {
        fs::remove(folder_.path() / "server.pem");
        made_ = ensure_development_certificates(folder_.path()).value();
    }
    ListenOptions options() const {
        ListenOptions options = test_options();
        options.certificate_pem_path = made_.server_pem;
        options.key_pem_path = made_.server_key;
        return options;
    }
    const DevCertificates& files() const { return made_; }

private:
    TemporaryFolder folder_;
    DevCertificates made_;
};

std::string serial_of(TlsClient& client) {
    X509* const shown = SSL_get0_peer_certificate(client.ssl());
    BIGNUM* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(shown), nullptr);
    char* const text = BN_bn2hex(number);
    std::string out = text;
    OPENSSL_free(text);
    BN_free(number);
    return out;
}

/// Whether new connections are shown another certificate, within some seconds.
bool shows_another(const RunningServer& server, const std::string& than) {
    for (int i = 0; i < 500; ++i) {
        const auto client = server.connect();
        if (client && serial_of(*client) != than) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

bool logs(const RunningServer& server, std::string_view words) {
    for (int i = 0; i < 500; ++i) {
        for (const std::string& line : server.log())
            if (line.find(words) != std::string::npos) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

TEST(HttpsCertificate, WhenItsFilesChange) {
    Renewed certificates;
    ListenOptions options = certificates.options();
    options.deadlines.certificate_look = 20ms;
    RunningServer server(options);
    const auto before = server.connect();
    ASSERT_TRUE(before);
    const std::string first = serial_of(*before);
    certificates.renew();
    EXPECT_TRUE(shows_another(server, first));
    EXPECT_EQ(before->ask(get("/hello"))->status, 200);
}

TEST(HttpsCertificate, ABadOneChangesNothing) {
    Renewed certificates;
    ListenOptions options = certificates.options();
    options.deadlines.certificate_look = 20ms;
    RunningServer server(options);
    const std::string first = serial_of(*server.connect());
    std::ofstream(certificates.files().server_pem) << "not PEM";
    EXPECT_TRUE(logs(server, "server.pem")) << "the log says which file";
    const auto client = server.connect();
    ASSERT_TRUE(client);
    EXPECT_EQ(serial_of(*client), first);
    std::this_thread::sleep_for(200ms);  // the file changed twice: it was emptied, then written
    const std::size_t told = server.log().size();
    EXPECT_LE(told, 2U);
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(server.log().size(), told) << "each change is told once";
    certificates.renew();
    EXPECT_TRUE(shows_another(server, first));
}

TEST(HttpsCertificate, OnASignal) {
    Renewed certificates;
    ListenOptions options = certificates.options();
    options.signals = Signals::heeded;
    options.deadlines.certificate_look = 1h;
    RunningServer server(options);
    const std::string first = serial_of(*server.connect());
    certificates.renew();
    EXPECT_EQ(serial_of(*server.connect()), first);
    ::kill(::getpid(), SIGHUP);
    EXPECT_TRUE(shows_another(server, first));
    EXPECT_TRUE(logs(server, "read again"));
}

}  // namespace
}  // namespace doorstep::server
