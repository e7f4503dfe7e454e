#include "core/model/scope.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"

namespace doorstep {
namespace {

template <class Item>
std::vector<Item> in_order(std::vector<Item> items) {
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return items;
}

bool lies_in(const std::vector<Area>& areas, const Area& area) {
    return std::any_of(areas.begin(), areas.end(), [&](const Area& mine) { return mine.contains(area); });
}

}  // namespace

bool Scope::covers(const Stream& stream) const {
    if (stream.compartment.kind != Compartment::Kind::forms) return writes(stream);
    const auto below = [&](const Area& mine) { return stream.area.contains(mine); };
    return lies_in(areas, stream.area) || std::any_of(areas.begin(), areas.end(), below);
}

bool Scope::writes(const Stream& stream) const {
    if (!lies_in(areas, stream.area)) return false;
    switch (stream.compartment.kind) {
        case Compartment::Kind::open: return true;
        case Compartment::Kind::restricted: return restricted == Restricted::yes;
        case Compartment::Kind::sealed:
            return std::find(sealed.begin(), sealed.end(), stream.compartment.matter) != sealed.end();
        case Compartment::Kind::forms: return false;
    }
    return false;
}

std::vector<KeyRange> Scope::key_ranges() const {
    std::vector<KeyRange> all;
    for (const Area& area : areas) {
        all.push_back(keys_below(area));
        for (const Area& above : areas_above(area)) all.push_back(keys_of(above));  // forms
    }
    std::sort(all.begin(), all.end(), [](const KeyRange& a, const KeyRange& b) {
        return a.first != b.first ? a.first < b.first : a.end > b.end;
    });
    std::vector<KeyRange> out;
    for (KeyRange& range : all)  // one lies within another, or apart from it
        if (out.empty() || out.back().end <= range.first) out.push_back(std::move(range));
    return out;
}

void Scope::encode(Writer& out) const {
    const std::vector<Area> areas_in_order = in_order(areas);
    const std::vector<RecordId> sealed_in_order = in_order(sealed);
    out.varint(areas_in_order.size());
    for (const Area& area : areas_in_order) {
        out.varint(area.division);
        out.varint(area.grid);
    }
    out.u8(static_cast<std::uint8_t>(restricted));
    out.varint(sealed_in_order.size());
    for (const RecordId& matter : sealed_in_order) out.fixed(matter);
}

Scope Scope::decode(Reader& in) {
    Scope out;
    for (std::size_t n = in.count(limits::scope_areas_max, 2); n > 0; --n) {
        const Area area{in.varint(), in.varint32()};
        if (!is_possible(area) || (!out.areas.empty() && !(out.areas.back() < area))) in.fail();
        if (in.failed()) return {};
        out.areas.push_back(area);
    }
    const std::uint8_t restricted = in.u8();
    if (restricted > 1) in.fail();
    out.restricted = static_cast<Restricted>(restricted);
    for (std::size_t n = in.count(limits::scope_sealed_max, RecordId::size); n > 0; --n) {
        const RecordId matter = in.fixed<RecordId>();
        if (!out.sealed.empty() && !(out.sealed.back() < matter)) in.fail();
        if (in.failed()) return {};
        out.sealed.push_back(matter);
    }
    return in.failed() ? Scope() : out;
}

Bytes Scope::pack() const {
    Bytes bytes;
    Writer out(bytes);
    encode(out);
    return bytes;
}

Result<Scope> Scope::unpack(BytesView bytes) {
    Reader in(bytes);
    Scope scope = decode(in);
    DOORSTEP_TRY(in.finish("a scope"));
    return scope;
}

Digest Scope::digest() const { return Digest::of(sha256("doorstep scope" + pack())); }

bool operator==(const Scope& a, const Scope& b) {
    return in_order(a.areas) == in_order(b.areas) && a.restricted == b.restricted &&
           in_order(a.sealed) == in_order(b.sealed);
}

}  // namespace doorstep
