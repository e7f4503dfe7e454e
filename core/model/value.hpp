// core/model/value.hpp -- one value of a field: a tag and a canonical payload, so that equal values are equal bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/codec.hpp"
#include "core/model/dot.hpp"

namespace doorstep {

/// Numbers are on disk and on the wire: append only.
enum class ValueType : std::uint8_t {
    cleared = 0,  ///< a person emptied the field; competes like any other value
    text = 1,     ///< well-formed UTF-8 without NUL, 1 byte or longer
    integer = 2,
    record = 3,      ///< the id of another record
    position = 4,    ///< latitude and longitude in millionths of a degree (WGS 84)
    date = 5,        ///< days since 1970-01-01
    time = 6,        ///< ms since 1970-01-01T00:00Z
    dots = 7,        ///< writes, each named once: what a delete saw
    blob = 8,        ///< bytes that the field gives a meaning to: a form
    attachment = 9,  ///< names an attachment by its SHA-256; its bytes travel apart (docs/attachments.md)
};

/// Names an attachment. The hash alone says which; size and media type are what its author said of it.
struct BlobName {
    Hash hash;               ///< SHA-256 of the content
    std::uint64_t size = 0;  ///< bytes, from 1 to limits::blob_bytes_max
    std::string media;       ///< such as "image/jpeg": 1 to limits::media_bytes_max bytes of printable ASCII
};

/// Immutable. Anything of an unknown tag is kept as bytes, so that a newer app's words pass through an older one.
class Value {
public:
    Value() : Value(ValueType::cleared) {}
    static Value cleared() { return Value(ValueType::cleared); }
    /// An empty text is `cleared`. Errors: invalid_utf8, value_too_large.
    static Result<Value> text(std::string_view utf8);
    static Value integer(std::int64_t v);
    static Value record(const RecordId& id);
    /// Errors: invalid_argument outside +-90 and +-180 degrees.
    static Result<Value> position(std::int64_t latitude_e6, std::int64_t longitude_e6);
    static Value date(std::int64_t days);
    static Value time(std::int64_t ms);
    /// In any order. Errors: value_too_large.
    static Result<Value> dots(std::vector<Dot> dots);
    /// Errors: value_too_large.
    static Result<Value> blob(BytesView bytes);
    /// Errors: invalid_argument when size or media type are out of bounds.
    static Result<Value> attachment(const BlobName& name);
    /// From stored or received bytes. Errors: malformed, invalid_utf8, value_too_large.
    static Result<Value> from_bytes(BytesView bytes);
    Status assign(BytesView bytes);  ///< the same in place; after an error the value is any

    BytesView bytes() const { return bytes_; }
    ValueType type() const { return static_cast<ValueType>(static_cast<std::uint8_t>(bytes_[0])); }
    bool is_cleared() const { return type() == ValueType::cleared; }
    /// The text; empty for any other type. Lives as long as the Value.
    std::string_view as_text() const;
    std::int64_t as_integer() const;  ///< of integer, date and time; 0 for any other type
    RecordId as_record() const;
    struct Position {
        std::int64_t latitude_e6 = 0, longitude_e6 = 0;
    };
    Position as_position() const;
    BytesView as_blob() const;         ///< lives as long as the Value
    std::vector<Dot> as_dots() const;  ///< ascending
    BlobName as_attachment() const;    ///< zeros for any other type

    friend bool operator==(const Value& a, const Value& b) { return a.bytes_ == b.bytes_; }
    friend bool operator!=(const Value& a, const Value& b) { return !(a == b); }
    friend bool operator<(const Value& a, const Value& b) { return a.bytes_ < b.bytes_; }

private:
    explicit Value(ValueType type) : bytes_(1, static_cast<char>(type)) {}
    static Value number(ValueType type, std::int64_t v);
    BytesView payload() const { return BytesView(bytes_).substr(1); }
    Bytes bytes_;
};

}  // namespace doorstep
