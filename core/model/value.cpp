#include "core/model/value.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/utf8.hpp"
#include "core/model/replica_table.hpp"

namespace doorstep {
namespace {

constexpr std::int64_t latitude_e6_max = 90'000'000, longitude_e6_max = 180'000'000;

bool on_earth(std::int64_t latitude_e6, std::int64_t longitude_e6) {
    return latitude_e6 >= -latitude_e6_max && latitude_e6 <= latitude_e6_max && longitude_e6 >= -longitude_e6_max &&
           longitude_e6 <= longitude_e6_max;
}

/// Table of replicas, count, then each dot; ascending. A broken rule fails the reader.
std::vector<Dot> read_dots(Reader& in) {
    ReplicaTable replicas = ReplicaTable::read(in);
    std::vector<Dot> dots;
    for (std::size_t n = in.count(limits::value_bytes_max, 2); n > 0 && !in.failed(); --n) {
        dots.push_back(replicas.read_dot(in));
        if (dots.size() > 1 && !(dots[dots.size() - 2] < dots.back())) in.fail();
    }
    if (!replicas.all_used()) in.fail();
    return dots;
}

bool is_blob(const BlobName& name) {
    const bool printable =
        std::all_of(name.media.begin(), name.media.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return name.size > 0 && name.size <= limits::blob_bytes_max && !name.media.empty() &&
           name.media.size() <= limits::media_bytes_max && printable;
}

BlobName read_blob(Reader& in) {
    BlobName name;
    name.hash = in.fixed<Hash>();
    name.size = in.varint();
    name.media = std::string(in.sized(limits::media_bytes_max));
    return name;
}

/// Whether the payload is a canonical one of a known type; unknown types are opaque and always fine.
bool well_formed(ValueType type, BytesView payload) {
    Reader in(payload);
    switch (type) {
        case ValueType::cleared: break;
        case ValueType::text: return !payload.empty();
        case ValueType::record: in.raw(RecordId::size); break;
        case ValueType::integer:
        case ValueType::date:
        case ValueType::time: in.zigzag(); break;
        case ValueType::position: {
            const std::int64_t latitude_e6 = in.zigzag(), longitude_e6 = in.zigzag();
            if (!on_earth(latitude_e6, longitude_e6)) return false;
            break;
        }
        case ValueType::dots: read_dots(in); break;
        case ValueType::attachment:
            if (!is_blob(read_blob(in))) return false;
            break;
        default: return true;
    }
    return !in.failed() && in.at_end();
}

Error too_large() {
    return {Errc::value_too_large, "at most " + std::to_string(limits::value_bytes_max) + " bytes a value"};
}

}  // namespace

Result<Value> Value::text(std::string_view utf8) {
    if (utf8.empty()) return cleared();
    if (utf8.size() > limits::value_bytes_max) return too_large();
    if (!is_text(utf8)) return Error{Errc::invalid_utf8, "text is not well-formed UTF-8, or holds U+0000"};
    Value out(ValueType::text);
    out.bytes_.append(utf8);
    return out;
}

Value Value::number(ValueType type, std::int64_t v) {
    Value out(type);
    Writer(out.bytes_).zigzag(v);
    return out;
}

Value Value::integer(std::int64_t v) { return number(ValueType::integer, v); }
Value Value::date(std::int64_t days) { return number(ValueType::date, days); }
Value Value::time(std::int64_t ms) { return number(ValueType::time, ms); }

Value Value::record(const RecordId& id) {
    Value out(ValueType::record);
    Writer(out.bytes_).fixed(id);
    return out;
}

Result<Value> Value::position(std::int64_t latitude_e6, std::int64_t longitude_e6) {
    if (!on_earth(latitude_e6, longitude_e6))
        return Error{Errc::invalid_argument, "a position is within 90 degrees of latitude and 180 of longitude"};
    Value out(ValueType::position);
    Writer writer(out.bytes_);
    writer.zigzag(latitude_e6);
    writer.zigzag(longitude_e6);
    return out;
}

Result<Value> Value::dots(std::vector<Dot> dots) {
    std::sort(dots.begin(), dots.end());
    dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
    ReplicaTable replicas;
    for (const Dot& dot : dots) replicas.add(dot.replica);
    replicas.seal();
    Value out(ValueType::dots);
    Writer writer(out.bytes_);
    replicas.write(writer);
    writer.varint(dots.size());
    for (const Dot& dot : dots) replicas.write_dot(writer, dot);
    if (out.payload().size() > limits::value_bytes_max) return too_large();
    return out;
}

Result<Value> Value::blob(BytesView bytes) {
    if (bytes.size() > limits::value_bytes_max) return too_large();
    Value out(ValueType::blob);
    out.bytes_.append(bytes);
    return out;
}

Result<Value> Value::attachment(const BlobName& name) {
    if (!is_blob(name)) return Error{Errc::invalid_argument, "an attachment has 1 byte to 64 MiB and a media type"};
    Value out(ValueType::attachment);
    Writer writer(out.bytes_);
    writer.fixed(name.hash);
    writer.varint(name.size);
    writer.sized(name.media);
    return out;
}

Status Value::assign(BytesView bytes) {
    if (bytes.empty()) return Error{Errc::malformed, "a value has at least its tag"};
    if (bytes.size() > limits::value_bytes_max + 1) return too_large();
    bytes_.assign(bytes);
    if (!well_formed(type(), payload())) return Error{Errc::malformed, "a value is not canonical"};
    if (type() == ValueType::text && !is_text(payload()))
        return Error{Errc::invalid_utf8, "a text value is not well-formed UTF-8"};
    return ok();
}

Result<Value> Value::from_bytes(BytesView bytes) {
    Value out;
    DOORSTEP_TRY(out.assign(bytes));
    return out;
}

std::string_view Value::as_text() const { return type() == ValueType::text ? payload() : std::string_view(); }

BytesView Value::as_blob() const { return type() == ValueType::blob ? payload() : BytesView(); }

std::int64_t Value::as_integer() const {
    const bool numeric = type() == ValueType::integer || type() == ValueType::date || type() == ValueType::time;
    return numeric ? Reader(payload()).zigzag() : 0;
}

RecordId Value::as_record() const {
    return type() == ValueType::record ? Reader(payload()).fixed<RecordId>() : RecordId{};
}

BlobName Value::as_attachment() const {
    if (type() != ValueType::attachment) return {};
    Reader in(payload());
    return read_blob(in);
}

Value::Position Value::as_position() const {
    if (type() != ValueType::position) return {};
    Reader in(payload());
    Position out;
    out.latitude_e6 = in.zigzag();
    out.longitude_e6 = in.zigzag();
    return out;
}

std::vector<Dot> Value::as_dots() const {
    if (type() != ValueType::dots) return {};
    Reader in(payload());
    return read_dots(in);
}

}  // namespace doorstep
