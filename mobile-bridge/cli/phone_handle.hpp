// mobile-bridge/cli/phone_handle.hpp -- doorstep.h with owners: a ds_phone that closes itself, buffers that free
// themselves, a status and its detail as a Result. Nothing else: each call is documented in doorstep.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mobile-bridge/cli/key_file.hpp"
#include "mobile-bridge/cli/result.hpp"
#include "mobile-bridge/include/doorstep.h"

namespace doorstep::cli {

/// Owns what the library allocated.
class Buffer {
public:
    Buffer() = default;
    ~Buffer() { ds_buf_free(&raw_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ds_buf* out() { return &raw_; }
    std::string bytes() const {
        return raw_.size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(raw_.data), raw_.size);
    }

private:
    ds_buf raw_{};
};

/// One open replica. Belongs to one thread. Answers are the library's JSON, as it wrote it.
class PhoneHandle {
public:
    enum class Missing { refuse, create };
    static Result<PhoneHandle> open(const std::string& path, const Secret& storage_key, Missing missing);

    // Each gives a step of JSON, as the next two do. public_key: an uncompressed point.
    Result<std::string> enrol_begin(const std::string& code, const std::string& public_key, const std::string& server,
                                    const std::string& certificate_pem);
    Result<std::string> access_begin(const std::string& public_key);
    Result<std::string> register_begin(const std::string& public_key);
    Result<std::string> step_answered(const std::string& answer);
    Result<std::string> step_signed(const std::string& signature);
    Result<std::string> connection();

    Result<std::string> save(std::int64_t now_ms, const std::string& json);
    Status resolve(std::int64_t now_ms, const std::string& json);
    Result<std::string> read(const std::string& id);
    /// type "" is any.
    Result<std::string> list(const std::string& type, std::int32_t rows_max);
    Result<std::string> conflicts();
    Result<std::string> history(const std::string& id);
    Result<std::string> outbox();
    Result<std::string> verify();

    Result<std::string> sync_begin();
    /// The next request; empty when done.
    Result<std::string> sync_continue(std::int64_t now_ms, const std::string& answer);
    Result<std::string> sync_report();

    struct HandedOver {
        std::string content, json;
    };
    /// after_seq -1: from where the server stands.
    Result<HandedOver> hand_over(std::int64_t after_seq);

private:
    explicit PhoneHandle(ds_phone* raw) : raw_(raw) {}
    struct Close {
        void operator()(ds_phone* phone) const noexcept { ds_close(phone); }
    };
    std::unique_ptr<ds_phone, Close> raw_;
};

/// Errors: abi_version.
Status check_library_version();
Result<std::string> library_schema();

// For a file that nobody has open.
Result<std::string> fsck_file(const std::string& path, const Secret& storage_key);
Status rebuild_file(const std::string& path, const Secret& storage_key);
Result<std::string> salvage_file(const std::string& path, const Secret& storage_key, const std::string& sound_path);

}  // namespace doorstep::cli
