#include "server/api/texts.hpp"

#include <cstddef>

namespace doorstep::server {
namespace {

struct Row {
    std::string_view zh_cn, en;
};

constexpr Row rows[] = {
#define DOORSTEP_TEXT(key, zh, en) {zh, en},
#include "server/api/texts.def"
#undef DOORSTEP_TEXT
};

}  // namespace

std::string_view text(Text key, Language language) {
    const Row& row = rows[static_cast<std::size_t>(key)];
    return language == Language::zh_cn ? row.zh_cn : row.en;
}

}  // namespace doorstep::server
