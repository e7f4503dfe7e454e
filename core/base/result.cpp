#include "core/base/result.hpp"

namespace doorstep {
namespace {

struct Row {
    int number;
    std::string_view name, zh_cn, en;
};

constexpr Row rows[] = {
#define DOORSTEP_ERROR(number, name, zh, en) {number, #name, zh, en},
#include "core/base/error_codes.def"
#undef DOORSTEP_ERROR
};

const Row* find(int number) {
    for (const Row& row : rows)
        if (row.number == number) return &row;
    return nullptr;
}

}  // namespace

std::string_view error_name(Errc code) {
    const Row* row = find(static_cast<int>(code));
    return row ? row->name : "internal";
}

std::string_view error_advice(Errc code, Language language) {
    const Row* row = find(static_cast<int>(code));
    if (!row) row = find(static_cast<int>(Errc::internal));
    return language == Language::zh_cn ? row->zh_cn : row->en;
}

std::optional<Errc> error_from_number(int number) {
    const Row* row = find(number);
    if (!row) return std::nullopt;
    return static_cast<Errc>(row->number);
}

}  // namespace doorstep
