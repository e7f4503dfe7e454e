// The C ABI of a phone's key: docs/sync-protocol.md. The rules stand at the top of doorstep.h.
#include "mobile-bridge/c/guard.hpp"
#include "mobile-bridge/c/open_phone.hpp"

using namespace doorstep;

namespace {

constexpr std::size_t signature_bytes_max = 72;

Bytes bytes_of(const uint8_t* data, size_t size) { return Bytes(reinterpret_cast<const char*>(data), size); }
Bytes key_of(const uint8_t public_key[65]) { return bytes_of(public_key, device_key_bytes); }

/// Runs body() -> Errand::Step and hands the step out.
template <class Body>
ds_status stepping(ds_buf* out_step, ds_buf* why, Body&& body) noexcept {
    if (out_step) *out_step = {};
    return guarded(why, [&]() -> Status {
        if (!out_step) return null_argument();
        DOORSTEP_TRY_ASSIGN(const nlohmann::json step, body());
        return put(out_step, step.dump());
    });
}

}  // namespace

extern "C" {

ds_status ds_key_enrol_begin(ds_phone* phone, const char* code, const uint8_t public_key[65], const char* server,
                             const char* certificate_pem, ds_buf* out_step, ds_buf* why) {
    return stepping(out_step, why, [&]() -> Errand::Step {
        if (!phone || !code || !public_key || !server || !certificate_pem) return null_argument();
        DOORSTEP_TRY_ASSIGN(Errand errand, Errand::enrol(code, key_of(public_key), server, certificate_pem));
        return phone->errand.emplace(std::move(errand)).begin(*phone->phone);
    });
}

ds_status ds_key_register_begin(ds_phone* phone, const uint8_t public_key[65], ds_buf* out_step, ds_buf* why) {
    return stepping(out_step, why, [&]() -> Errand::Step {
        if (!phone || !public_key) return null_argument();
        return phone->errand.emplace(Errand::register_key(key_of(public_key))).begin(*phone->phone);
    });
}

ds_status ds_access_begin(ds_phone* phone, const uint8_t public_key[65], ds_buf* out_step, ds_buf* why) {
    return stepping(out_step, why, [&]() -> Errand::Step {
        if (!phone || !public_key) return null_argument();
        return phone->errand.emplace(Errand::fetch_access(key_of(public_key))).begin(*phone->phone);
    });
}

ds_status ds_step_answered(ds_phone* phone, const uint8_t* answer, size_t answer_size, ds_buf* out_step, ds_buf* why) {
    return stepping(out_step, why, [&]() -> Errand::Step {
        if (!phone || (!answer && answer_size > 0)) return null_argument();
        if (!phone->errand) return Error{Errc::invalid_argument, "nothing is under way"};
        return phone->errand->answered(*phone->phone, bytes_of(answer, answer_size));
    });
}

ds_status ds_step_signed(ds_phone* phone, const uint8_t* signature, size_t signature_size, ds_buf* out_step,
                         ds_buf* why) {
    return stepping(out_step, why, [&]() -> Errand::Step {
        if (!phone || !signature) return null_argument();
        if (!phone->errand) return Error{Errc::invalid_argument, "nothing is under way"};
        if (signature_size > signature_bytes_max)
            return Error{Errc::invalid_argument, "a signature has 72 bytes at most"};
        return phone->errand->signed_with(bytes_of(signature, signature_size));
    });
}

}  // extern "C"
