// core/engine/phone_meta.hpp -- the few named values a phone keeps beside its log, and how they are packed.
#pragma once

#include "core/engine/phone.hpp"

namespace doorstep {

inline constexpr std::string_view meta_replica = "replica", meta_enrolment = "enrolment", meta_sync = "sync",
                                  meta_token = "token", meta_staged = "staged", meta_purged = "purged",
                                  meta_names = "names", meta_unwanted = "unwanted", meta_offered = "offered";

Bytes pack_memory(const SyncMemory& memory);
Result<SyncMemory> unpack_memory(BytesView bytes);

Bytes pack_enrolment(const Enrolment& enrolment);
Result<Enrolment> unpack_enrolment(BytesView bytes);

}  // namespace doorstep
