#include "core/store/projection_near.hpp"

#include <algorithm>
#include <cmath>
#include <queue>

namespace doorstep {
namespace {

constexpr double earth_metres = 6'371'008.8, pi = 3.14159265358979323846;
constexpr std::size_t crowd = 64;  // rows that a square may hold before it is halved: about one page of the index

double radians(double degrees_e6) { return degrees_e6 * (pi / 180e6); }

/// The places whose leading 2 x level bits are those of `first`.
struct Square {
    std::int64_t first = 0;
    int level = 0;
    double metres_min = 0;

    std::int64_t last() const { return first | ((std::int64_t{1} << (2 * (place_levels - level))) - 1); }
};
struct Farther {
    bool operator()(const Square& a, const Square& b) const { return a.metres_min > b.metres_min; }
};

/// A distance that no point of the square is nearer than. Its northern or southern edge, or the great circle through
/// its eastern or western edge, whichever is farther: the edge itself is never nearer than its circle.
double metres_to(const Square& square, const Value::Position& from) {
    const Value::Position south_west = position_of(square.first), north_east = position_of(square.last());
    const auto gap = [](std::int64_t v, std::int64_t low, std::int64_t high) {
        return v < low ? low - v : v > high ? v - high : 0;
    };
    const double north_south =
        radians(static_cast<double>(gap(from.latitude_e6, south_west.latitude_e6, north_east.latitude_e6)));
    constexpr std::int64_t turn_e6 = 360'000'000, quarter_e6 = 90'000'000;
    std::int64_t east_west = turn_e6;
    for (const std::int64_t shift : {-turn_e6, std::int64_t{0}, turn_e6})
        east_west =
            std::min(east_west, gap(from.longitude_e6 + shift, south_west.longitude_e6, north_east.longitude_e6));
    const double across = std::cos(radians(static_cast<double>(from.latitude_e6))) *
                          std::sin(radians(static_cast<double>(std::min(east_west, quarter_e6))));
    constexpr double rounding = 1e-3;  // metres; both are computed another way than the distance itself
    return std::max(0.0, earth_metres * std::max(north_south, std::asin(std::min(1.0, across))) - rounding);
}

bool nearer(const NearRow& a, const NearRow& b) { return a.metres != b.metres ? a.metres < b.metres : a.no > b.no; }

}  // namespace

double metres_between(const Value::Position& a, const Value::Position& b) {
    const double phi_a = radians(static_cast<double>(a.latitude_e6)),
                 phi_b = radians(static_cast<double>(b.latitude_e6));
    const double d_phi = phi_b - phi_a, d_lambda = radians(static_cast<double>(b.longitude_e6 - a.longitude_e6));
    const double s = std::sin(d_phi / 2), t = std::sin(d_lambda / 2);
    const double h = s * s + std::cos(phi_a) * std::cos(phi_b) * t * t;
    return 2 * earth_metres * std::asin(std::sqrt(std::min(1.0, h)));
}

Result<std::vector<NearRow>> nearest_rows(Projection& projection, const Value::Position& from, double radius_metres,
                                          std::size_t rows_max) {
    std::vector<NearRow> found;  // the best so far, ascending
    const auto offer = [&](RowNo no, std::int64_t place) {
        const NearRow near{no, metres_between(from, position_of(place))};
        if (near.metres > radius_metres || rows_max == 0) return;
        found.insert(std::upper_bound(found.begin(), found.end(), near, nearer), near);
        if (found.size() > rows_max) found.pop_back();
    };
    DOORSTEP_TRY_ASSIGN(const std::vector<LateRow> late, projection.waiting());
    for (const LateRow& row : late)
        if (row.place) offer(row.no, *row.place);
    std::priority_queue<Square, std::vector<Square>, Farther> squares;
    if (rows_max > 0) squares.push({});
    while (!squares.empty()) {
        const Square square = squares.top();
        squares.pop();
        const double reach = found.size() < rows_max ? radius_metres : found.back().metres;
        if (square.metres_min > reach) break;
        const bool is_point = square.level == place_levels;
        const std::size_t want = is_point ? rows_max + late.size() : crowd + 1;
        DOORSTEP_TRY_ASSIGN(const auto rows, projection.placed(square.first, square.last(), want));
        if (rows.size() > crowd && !is_point) {
            for (std::int64_t quarter = 0; quarter < 4; ++quarter) {
                Square half{square.first | quarter << (2 * (place_levels - square.level - 1)), square.level + 1, 0};
                half.metres_min = metres_to(half, from);
                if (half.metres_min <= reach) squares.push(half);
            }
            continue;
        }
        for (const Projection::Placed& row : rows)
            if (!is_waiting(late, row.no)) offer(row.no, row.place);
    }
    return found;
}

}  // namespace doorstep
