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
    for (const std::uint64_t span : spans)
        if (division % span == 0) return other.division / span == division / span;
    return false;
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
    const std::uint8_t kind = in.u8();
    if (!is_possible(stream.area) || kind > static_cast<std::uint8_t>(Compartment::Kind::forms)) in.fail();
    if (in.failed()) return {};
    stream.compartment.kind = static_cast<Compartment::Kind>(kind);
    if (stream.compartment.kind == Compartment::Kind::sealed) stream.compartment.matter = in.fixed<RecordId>();
    return stream;
}

Bytes Stream::key() const {
    Bytes out;
    Writer writer(out);
    encode(writer);
    return out;
}

}  // namespace doorstep
