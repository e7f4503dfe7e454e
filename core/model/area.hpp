// core/model/area.hpp -- where a record belongs: a node of the division and grid tree, and who may see it there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/codec.hpp"

namespace doorstep {

/// A node of the tree of divisions (区划) and grids (网格). The 12 digits are the statistics bureau's code:
/// province 2, city 2, county 2, township 3, village 3; trailing zeros stand for "all of it".
struct Area {
    std::uint64_t division = 0;  ///< the 12 digits as a number; 0 is the whole country
    std::uint32_t grid = 0;      ///< serial of the grid within the division; 0 is the division itself

    /// "341222101202", or with a grid "341222101202-03". Errors: invalid_argument.
    static Result<Area> parse(std::string_view text);
    std::string text() const;
    /// Whether `other` is this area or lies below it.
    bool contains(const Area& other) const;

    friend bool operator==(const Area& a, const Area& b) { return a.division == b.division && a.grid == b.grid; }
    friend bool operator<(const Area& a, const Area& b) {
        return a.division != b.division ? a.division < b.division : a.grid < b.grid;
    }
};

/// Whether there can be such an area: 12 digits, a grid's serial below 10,000.
bool is_possible(const Area& area);

/// Keys of streams from `first` up to but not with `end`.
struct KeyRange {
    Bytes first, end;
};
KeyRange keys_of(const Area& area);     ///< of the area's own streams
KeyRange keys_below(const Area& area);  ///< of those and of all areas within it
/// The areas that contain it, the country first and without itself.
std::vector<Area> areas_above(const Area& area);

/// Who may see a record of an area. A sealed matter (accusations, 条例 art. 30) is a compartment of its own. Forms are
/// the office's definitions for an area and all below it.
struct Compartment {
    enum class Kind : std::uint8_t { open = 0, restricted = 1, sealed = 2, forms = 3 };
    Kind kind = Kind::open;
    RecordId matter;  ///< of a sealed compartment; zero otherwise

    friend bool operator==(const Compartment& a, const Compartment& b) {
        return a.kind == b.kind && a.matter == b.matter;
    }
    friend bool operator<(const Compartment& a, const Compartment& b) {
        return a.kind != b.kind ? a.kind < b.kind : a.matter < b.matter;
    }
};

/// The unit of grants, cursors, digests and snapshots.
struct Stream {
    Area area;
    Compartment compartment;

    void encode(Writer& out) const;
    static Stream decode(Reader& in);  ///< a bad one fails the reader
    /// Names the stream in a store: 8 bytes, of a sealed matter 24. Keys are in the order of their streams.
    Bytes key() const;
    static Stream read_key(Reader& in);  ///< a bad one fails the reader

    friend bool operator==(const Stream& a, const Stream& b) {
        return a.area == b.area && a.compartment == b.compartment;
    }
    friend bool operator<(const Stream& a, const Stream& b) {
        return a.area == b.area ? a.compartment < b.compartment : a.area < b.area;
    }
};

}  // namespace doorstep
