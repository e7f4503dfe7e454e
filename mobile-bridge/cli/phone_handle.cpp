#include "mobile-bridge/cli/phone_handle.hpp"

namespace doorstep::cli {
namespace {

/// Runs call(why) -> ds_status.
template <class Call>
Status outcome(Call&& call) {
    Buffer why;
    const ds_status code = call(why.out());
    if (code != DS_OK) return Failure{code, why.bytes()};
    return ok();
}

/// Runs call(out, why) -> ds_status.
template <class Call>
Result<std::string> answer(Call&& call) {
    Buffer out;
    DOORSTEP_TRY(outcome([&](ds_buf* why) { return call(out.out(), why); }));
    return out.bytes();
}

const std::uint8_t* bytes_of(const std::string& text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

}  // namespace

Result<PhoneHandle> PhoneHandle::open(const std::string& path, const Secret& storage_key, Missing missing) {
    DOORSTEP_TRY_ASSIGN(const Secret entropy, draw_secret());
    ds_phone* raw = nullptr;
    const std::int32_t create = missing == Missing::create ? 1 : 0;
    DOORSTEP_TRY(outcome([&](ds_buf* why) {
        return ds_open(path.c_str(), storage_key.bytes.data(), entropy.bytes.data(), create, &raw, why);
    }));
    return PhoneHandle(raw);
}

Result<std::string> PhoneHandle::enrol_begin(const std::string& code, const std::string& public_key,
                                             const std::string& server, const std::string& certificate_pem) {
    return answer([&](ds_buf* out, ds_buf* why) {
        return ds_key_enrol_begin(raw_.get(), code.c_str(), bytes_of(public_key), server.c_str(),
                                  certificate_pem.c_str(), out, why);
    });
}

Result<std::string> PhoneHandle::access_begin(const std::string& public_key) {
    return answer(
        [&](ds_buf* out, ds_buf* why) { return ds_access_begin(raw_.get(), bytes_of(public_key), out, why); });
}

Result<std::string> PhoneHandle::register_begin(const std::string& public_key) {
    return answer(
        [&](ds_buf* out, ds_buf* why) { return ds_key_register_begin(raw_.get(), bytes_of(public_key), out, why); });
}

Result<std::string> PhoneHandle::step_answered(const std::string& reply) {
    return answer([&](ds_buf* out, ds_buf* why) {
        return ds_step_answered(raw_.get(), bytes_of(reply), reply.size(), out, why);
    });
}

Result<std::string> PhoneHandle::step_signed(const std::string& signature) {
    return answer([&](ds_buf* out, ds_buf* why) {
        return ds_step_signed(raw_.get(), bytes_of(signature), signature.size(), out, why);
    });
}

Result<std::string> PhoneHandle::connection() {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_connection(raw_.get(), out, why); });
}

Result<std::string> PhoneHandle::save(std::int64_t now_ms, const std::string& json) {
    return answer(
        [&](ds_buf* out, ds_buf* why) { return ds_save(raw_.get(), now_ms, json.data(), json.size(), out, why); });
}

Status PhoneHandle::resolve(std::int64_t now_ms, const std::string& json) {
    return outcome([&](ds_buf* why) { return ds_resolve(raw_.get(), now_ms, json.data(), json.size(), why); });
}

Result<std::string> PhoneHandle::read(const std::string& id) {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_read(raw_.get(), id.c_str(), out, why); });
}

Result<std::string> PhoneHandle::list(const std::string& type, std::int32_t rows_max) {
    const char* const any_or_type = type.empty() ? nullptr : type.c_str();
    return answer([&](ds_buf* out, ds_buf* why) { return ds_list(raw_.get(), any_or_type, rows_max, out, why); });
}

Result<std::string> PhoneHandle::conflicts() {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_conflicts(raw_.get(), out, why); });
}

Result<std::string> PhoneHandle::history(const std::string& id) {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_history(raw_.get(), id.c_str(), out, why); });
}

Result<std::string> PhoneHandle::outbox() {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_outbox(raw_.get(), out, why); });
}

Result<std::string> PhoneHandle::verify() {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_verify(raw_.get(), out, why); });
}

Result<std::string> PhoneHandle::sync_begin() {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_sync_begin(raw_.get(), out, why); });
}

Result<std::string> PhoneHandle::sync_continue(std::int64_t now_ms, const std::string& reply) {
    return answer([&](ds_buf* out, ds_buf* why) {
        return ds_sync_continue(raw_.get(), now_ms, bytes_of(reply), reply.size(), out, why);
    });
}

Result<std::string> PhoneHandle::sync_report() {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_sync_report(raw_.get(), out, why); });
}

Result<PhoneHandle::HandedOver> PhoneHandle::hand_over(std::int64_t after_seq) {
    Buffer content;
    DOORSTEP_TRY_ASSIGN(std::string json, answer([&](ds_buf* out, ds_buf* why) {
                            return ds_hand_over(raw_.get(), after_seq, content.out(), out, why);
                        }));
    return HandedOver{content.bytes(), std::move(json)};
}

Status check_library_version() {
    const ds_status code = ds_check_version(DS_VERSION_MAJOR, DS_VERSION_MINOR);
    if (code != DS_OK) return Failure{code, {}};
    return ok();
}

Result<std::string> library_schema() {
    return answer([](ds_buf* out, ds_buf*) { return ds_schema(out); });
}

Result<std::string> fsck_file(const std::string& path, const Secret& storage_key) {
    return answer([&](ds_buf* out, ds_buf* why) { return ds_fsck(path.c_str(), storage_key.bytes.data(), out, why); });
}

Status rebuild_file(const std::string& path, const Secret& storage_key) {
    return outcome([&](ds_buf* why) { return ds_rebuild(path.c_str(), storage_key.bytes.data(), why); });
}

Result<std::string> salvage_file(const std::string& path, const Secret& storage_key, const std::string& sound_path) {
    return answer([&](ds_buf* out, ds_buf* why) {
        return ds_salvage(path.c_str(), storage_key.bytes.data(), sound_path.c_str(), out, why);
    });
}

}  // namespace doorstep::cli
