// core/sync/part_columns.hpp -- a packed part taken apart into columns, and put together again, byte for byte.
// Like things lie together (all salts, all addresses, all dates), so that the transport's compression finds what
// repeats; what a part's neighbours share (which fields it writes, which replicas it names) is sent once a message.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/base/codec.hpp"
#include "core/model/area.hpp"

namespace doorstep {

/// What both ends of one message have named so far, numbered in the order of its first appearance.
class Dictionary {
public:
    /// The number of the item; what is new is appended to `fresh` and numbered.
    std::uint64_t number(BytesView item, Writer& fresh);
    /// Reads what number() appended. A dictionary over its limit fails the reader.
    void read(Reader& fresh, std::size_t item_bytes_max);
    /// The item of this number. nullptr when there is none, or when an earlier one was not asked for before it.
    const Bytes* item(std::uint64_t number);
    /// Whether everything read so far was asked for: a writer names nothing for nothing.
    bool all_used() const { return used_ == items_.size(); }

private:
    std::map<Bytes, std::uint64_t, std::less<>> numbers_;
    std::vector<Bytes> items_;
    std::size_t used_ = 0;  // of items_, from the first
};

struct Dictionaries {
    Dictionary replicas, authors, shapes;
};

/// The columns of one frame. Numbers are places on the wire: append only.
enum class Column : std::uint8_t {
    fresh_replicas,
    fresh_authors,
    fresh_shapes,
    kind,      ///< of each entry
    own,       ///< seq of each of the asking replica's own commits
    replica,   ///< of each commit
    seq,       ///< of each commit, less the one expected
    previous,  ///< the hashes before, of commits whose chain does not go on from an earlier one of the message
    wall,      ///< ms of each clock, less the commit's before
    counter,   ///< of each clock
    stamp,     ///< device's wall clock, its offset, form version, count of parts
    author,
    part,    ///< how each part is written
    plain,   ///< parts as they are, and hashes of those that are not there
    stream,  ///< of parts that belong to another stream than the frame's
    salt,
    table,    ///< replicas that a part names
    records,  ///< count in a part; for each: whether its id derives, and its shape
    id,       ///< record ids that do not derive from clock and salt
    causes,   ///< depth and superseded dots
    count_
};

/// One column a kind, and one a field for its values. Appends only.
class ColumnWriter {
public:
    Writer at(Column column) { return Writer(fixed_[static_cast<std::size_t>(column)]); }
    Writer value(std::uint32_t field) { return Writer(values_[field]); }
    void write(Writer& out) const;

private:
    std::array<Bytes, static_cast<std::size_t>(Column::count_)> fixed_;
    std::map<std::uint32_t, Bytes> values_;
};

class ColumnReader {
public:
    /// A bad layout fails the reader.
    explicit ColumnReader(Reader& in);
    Reader& at(Column column) { return fixed_[static_cast<std::size_t>(column)]; }
    Reader& value(std::uint32_t field);
    /// Errors: malformed when a column failed or has something left.
    Status finish() const;

private:
    std::vector<Reader> fixed_;
    std::vector<std::pair<std::uint32_t, Reader>> values_;  // ascending by field
    std::size_t last_ = 0;                                  // of values_: asked for last
    Reader none_{BytesView()};
};

/// What neighbours of a part know without being told.
struct PartContext {
    Stream stream;              ///< of the frame
    std::uint64_t wall_ms = 0;  ///< of the commit's clock
};

/// Takes the part apart. False when its bytes are not of the form this version knows: then nothing was written, and the
/// part goes plain.
enum class Taken { yes, no };
Taken scatter_part(BytesView packed, const PartContext& context, Dictionaries& known, ColumnWriter& columns);
/// Whether scatter_part() would take it.
bool is_columnar(BytesView packed);
/// The bytes that scatter_part() was given. Errors: malformed.
Result<Bytes> gather_part(const PartContext& context, Dictionaries& known, ColumnReader& columns);

}  // namespace doorstep
