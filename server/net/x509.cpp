#include "server/net/x509.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace doorstep::server {
namespace {

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct FreeNumber {
    void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};
struct FreeExtension {
    void operator()(X509_EXTENSION* extension) const noexcept { X509_EXTENSION_free(extension); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;

/// OpenSSL's own reason, its queue emptied so that no later call reports it.
Error failed(std::string_view what) {
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
    ERR_clear_error();
    return Error{Errc::internal, std::string(what) + ": " + reason};
}

Status set_serial(X509* certificate) {
    const std::unique_ptr<BIGNUM, FreeNumber> number(BN_new());
    // The top bit set: never zero, and of one length. 127 bits: positive in 16 bytes.
    if (!number || BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
        !BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)))
        return failed("cannot make a serial number");
    return ok();
}

Status set_name(X509_NAME* name, const std::string& common_name) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(common_name.data());
    if (X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, bytes, static_cast<int>(common_name.size()), -1,
                                   0) != 1)
        return failed("cannot set the common name");
    return ok();
}

Status add_extension(X509* certificate, X509V3_CTX* context, int nid, const std::string& value) {
    if (value.empty()) return ok();
    const std::unique_ptr<X509_EXTENSION, FreeExtension> extension(
        X509V3_EXT_conf_nid(nullptr, context, nid, value.c_str()));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) return failed(OBJ_nid2sn(nid));
    return ok();
}

Status add_extensions(X509* certificate, X509* issuer, const CertificateText& text) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    DOORSTEP_TRY(add_extension(certificate, &context, NID_basic_constraints, text.basic_constraints));
    DOORSTEP_TRY(add_extension(certificate, &context, NID_key_usage, text.key_usage));
    DOORSTEP_TRY(add_extension(certificate, &context, NID_ext_key_usage, text.extended_key_usage));
    DOORSTEP_TRY(add_extension(certificate, &context, NID_subject_alt_name, text.subject_alt_name));
    DOORSTEP_TRY(add_extension(certificate, &context, NID_subject_key_identifier, "hash"));
    if (issuer == certificate) return ok();
    return add_extension(certificate, &context, NID_authority_key_identifier, "keyid:always");
}

Result<std::string> text_of(BIO* bio) {
    char* data = nullptr;
    const long bytes = BIO_get_mem_data(bio, &data);
    if (bytes <= 0) return failed("cannot write PEM");
    return std::string(data, static_cast<std::size_t>(bytes));
}

Bio reader(std::string_view pem) { return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }
extern "C" int doorstep_no_pem_passphrase(char*, int, int, void*) { return 0; }  // never ask on a terminal

}  // namespace

Result<Key> make_key() {
    Key key(EVP_EC_gen("P-256"));
    if (!key) return failed("cannot make a P-256 key");
    return key;
}

Result<Certificate> make_certificate(const CertificateText& text, EVP_PKEY* key, const Issuer& issuer) {
    Certificate made(X509_new());
    if (!made || X509_set_version(made.get(), X509_VERSION_3) != 1 || X509_set_pubkey(made.get(), key) != 1)
        return failed("cannot begin a certificate");
    DOORSTEP_TRY(set_serial(made.get()));
    DOORSTEP_TRY(set_name(X509_get_subject_name(made.get()), text.common_name));
    X509* const signer = issuer.certificate ? issuer.certificate : made.get();
    if (X509_set_issuer_name(made.get(), X509_get_subject_name(signer)) != 1 ||
        !ASN1_TIME_set(X509_getm_notBefore(made.get()), text.not_before) ||
        !ASN1_TIME_set(X509_getm_notAfter(made.get()), text.not_after))
        return failed("cannot set issuer and validity");
    DOORSTEP_TRY(add_extensions(made.get(), signer, text));
    if (X509_sign(made.get(), issuer.key ? issuer.key : key, EVP_sha256()) == 0) return failed("cannot sign");
    return made;
}

Result<std::string> to_pem(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) return failed("cannot write a certificate");
    return text_of(bio.get());
}

Result<std::string> to_pem(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_secmem()));
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return failed("cannot write a key");
    return text_of(bio.get());
}

Result<Certificate> certificate_from_pem(std::string_view pem) {
    const Bio bio = reader(pem);
    Certificate read(bio ? PEM_read_bio_X509(bio.get(), nullptr, doorstep_no_pem_passphrase, nullptr) : nullptr);
    ERR_clear_error();
    if (!read) return Error{Errc::malformed, "not a PEM certificate"};
    return read;
}

Result<Key> key_from_pem(std::string_view pem) {
    const Bio bio = reader(pem);
    Key read(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, doorstep_no_pem_passphrase, nullptr) : nullptr);
    ERR_clear_error();
    if (!read) return Error{Errc::malformed, "not a PEM private key"};
    return read;
}

Result<std::string> sha256_hex(X509* certificate) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &bytes) != 1) return failed("cannot hash a certificate");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < bytes; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

}  // namespace doorstep::server
