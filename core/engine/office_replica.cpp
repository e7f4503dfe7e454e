#include "core/engine/office_replica.hpp"

#include "core/base/codec.hpp"
#include "core/base/hmac.hpp"

namespace doorstep {
namespace {

constexpr std::size_t drawn_bytes = 10;

Bytes mark_of_office(BytesView drawn, BytesView key) {
    Bytes message = "doorstep office replica";
    message.append(drawn);
    return Bytes(hmac_sha256(key, message).view().substr(0, ReplicaId::size - drawn_bytes));
}

}  // namespace

ReplicaId office_replica(const Salt& opening, const Stream& stream, BytesView key) {
    Bytes seed = "doorstep office";
    Writer out(seed);
    out.fixed(opening);
    stream.encode(out);
    Bytes id(sha256(seed).view().substr(0, drawn_bytes));
    id += mark_of_office(id, key);
    return ReplicaId::from(id).value();
}

bool is_office_replica(const ReplicaId& id, BytesView key) {
    const BytesView drawn = id.view().substr(0, drawn_bytes);
    return !key.empty() && id.view().substr(drawn_bytes) == mark_of_office(drawn, key);
}

}  // namespace doorstep
