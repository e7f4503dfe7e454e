#include "server/api/texts.hpp"

#include <cstddef>
#include <iterator>

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

std::string_view role_text(Actor role, Language language) {
    constexpr Text names[] = {Text::role_cadre,        Text::role_grid_worker,  Text::role_window_officer,
                              Text::role_case_handler, Text::role_unit_head,    Text::role_supervisor,
                              Text::role_auditor,      Text::role_administrator};
    static_assert(std::size(names) == actors - static_cast<std::size_t>(Actor::cadre));
    if (!is_staff(role)) return {};
    return text(names[static_cast<std::size_t>(role) - static_cast<std::size_t>(Actor::cadre)], language);
}

std::string_view purpose_text(Purpose purpose, Language language) {
    constexpr Text names[] = {Text::purpose_none, Text::purpose_handling, Text::purpose_supervision,
                              Text::purpose_audit, Text::purpose_statistics};
    static_assert(std::size(names) == purposes);
    return text(names[static_cast<std::size_t>(purpose)], language);
}

std::string_view class_text(FieldClass what, Language language) {
    constexpr Text names[] = {Text::class_plain,    Text::class_words,     Text::class_name,
                              Text::class_phone,    Text::class_id_number, Text::class_address,
                              Text::class_position, Text::class_photo,     Text::class_unlisted};
    static_assert(std::size(names) == field_classes);
    return text(names[static_cast<std::size_t>(what)], language);
}

}  // namespace doorstep::server
