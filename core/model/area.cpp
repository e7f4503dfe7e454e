#include "core/model/area.hpp"

namespace doorstep {
namespace {

constexpr std::uint64_t division_end = 1'000'000'000'000;  // 12 digits
constexpr std::uint32_t grid_end = 10'000;
// What one node of each level spans: the country, a province, a city, a county, a township, a village.
constexpr std::uint64_t spans[] = {division_end, 10'000'000'000, 100'000'000, 1'000'000, 1'000, 1};

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

std::uint64_t number(std::string_view digits) {
    std::uint64_t v = 0;
    for (const char c : digits) v = v * 10 + static_cast<std::uint64_t>(c - '0');
    return v;
}

/// What a division spans; ours are the least numbers of their spans.
std::uint64_t span_of(std::uint64_t division) {
    for (const std::uint64_t span : spans)
        if (division % span == 0) return span;
    return 1;
}

/// 40 bits and 16, high bytes first.
void write_area_key(Writer& out, std::uint64_t division, std::uint32_t grid) {
    out.u8(static_cast<std::uint8_t>(division >> 32));
    out.u32(static_cast<std::uint32_t>(division));
    out.u8(static_cast<std::uint8_t>(grid >> 8));
    out.u8(static_cast<std::uint8_t>(grid));
}

Bytes area_key(std::uint64_t division, std::uint32_t grid) {
    Bytes out;
    Writer writer(out);
    write_area_key(writer, division, grid);
    return out;
}

/// What follows the area, as sent and as kept; fails on what cannot be.
void read_compartment(Reader& in, Stream& stream) {
    const std::uint8_t kind = in.u8();
    if (!is_possible(stream.area) || kind > static_cast<std::uint8_t>(Compartment::Kind::forms)) in.fail();
    if (in.failed()) return;
    stream.compartment.kind = static_cast<Compartment::Kind>(kind);
    if (stream.compartment.kind == Compartment::Kind::sealed) stream.compartment.matter = in.fixed<RecordId>();
}

}  // namespace

Result<Area> Area::parse(std::string_view text) {
    const std::string_view division = text.substr(0, 12), rest = text.substr(division.size());
    const Error bad{Errc::invalid_argument, "an area is a 12-digit division code, with a grid after a dash if any"};
    if (division.size() != 12 || !all_digits(division)) return bad;
    if (rest.empty()) return Area{number(division), 0};
    const std::string_view grid = rest.substr(1);
    if (rest[0] != '-' || grid.empty() || grid.size() > 4 || !all_digits(grid) || number(grid) == 0) return bad;
    return Area{number(division), static_cast<std::uint32_t>(number(grid))};
}

std::string Area::text() const {
    std::string digits = std::to_string(division);
    digits.insert(0, digits.size() < 12 ? 12 - digits.size() : 0, '0');
    if (grid == 0) return digits;
    return digits + (grid < 10 ? "-0" : "-") + std::to_string(grid);
}

bool Area::contains(const Area& other) const {
    if (grid != 0) return *this == other;
    const std::uint64_t span = span_of(division);
    return other.division / span == division / span;
}

bool is_possible(const Area& area) { return area.division < division_end && area.grid < grid_end; }

void Stream::encode(Writer& out) const {
    out.varint(area.division);
    out.varint(area.grid);
    out.u8(static_cast<std::uint8_t>(compartment.kind));
    if (compartment.kind == Compartment::Kind::sealed) out.fixed(compartment.matter);
}

Stream Stream::decode(Reader& in) {
    Stream stream;
    stream.area.division = in.varint();
    stream.area.grid = in.varint32();
    read_compartment(in, stream);
    return in.failed() ? Stream() : stream;
}

Bytes Stream::key() const {
    Bytes out;
    Writer writer(out);
    write_area_key(writer, area.division, area.grid);
    writer.u8(static_cast<std::uint8_t>(compartment.kind));
    if (compartment.kind == Compartment::Kind::sealed) writer.fixed(compartment.matter);
    return out;
}

Stream Stream::read_key(Reader& in) {
    Stream stream;
    stream.area.division = in.u8();
    stream.area.division = stream.area.division << 32 | in.u32();
    stream.area.grid = in.u8();
    stream.area.grid = stream.area.grid << 8 | in.u8();
    read_compartment(in, stream);
    return in.failed() ? Stream() : stream;
}

KeyRange keys_of(const Area& area) {
    return {area_key(area.division, area.grid), area_key(area.division, area.grid + 1)};
}

KeyRange keys_below(const Area& area) {
    if (area.grid != 0) return keys_of(area);
    return {area_key(area.division, 0), area_key(area.division + span_of(area.division), 0)};
}

std::vector<Area> areas_above(const Area& area) {
    std::vector<Area> out;
    for (const std::uint64_t span : spans) {
        const Area above{area.division / span * span, 0};
        if (!(above == area) && (out.empty() || !(out.back() == above))) out.push_back(above);
    }
    return out;
}

}  // namespace doorstep
