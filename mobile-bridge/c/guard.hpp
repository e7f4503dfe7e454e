// mobile-bridge/c/guard.hpp -- what every function of the C ABI does first and last: outputs zeroed, nothing unwinds.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>

#include "core/base/bytes.hpp"
#include "mobile-bridge/include/doorstep.h"

namespace doorstep {

/// Copies bytes into a buffer that ds_buf_free() frees. Errors: out_of_memory.
inline Status put(ds_buf* out, BytesView bytes) {
    auto* data = static_cast<std::uint8_t*>(std::malloc(bytes.size() + 1));
    if (!data) return Error{Errc::out_of_memory, "no memory for an answer"};
    std::memcpy(data, bytes.data(), bytes.size());
    data[bytes.size()] = 0;  // not counted; C hosts may print it
    *out = {data, bytes.size()};
    return ok();
}

/// Runs body() -> Status. A failure's detail goes to `why`; what an exception says is dropped, as it may quote a case.
template <class Body>
ds_status guarded(ds_buf* why, Body&& body) noexcept {
    if (why) *why = {};
    try {
        const Status status = body();
        if (status) return DS_OK;
        if (why) static_cast<void>(put(why, status.error().detail));
        return static_cast<ds_status>(status.error().code);
    } catch (const std::bad_alloc&) {
        return DS_OUT_OF_MEMORY;
    } catch (...) {
        return DS_INTERNAL;
    }
}

inline Error null_argument() { return {Errc::invalid_argument, "an argument is NULL that must not be"}; }

}  // namespace doorstep
