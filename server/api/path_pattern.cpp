#include "server/api/path_pattern.hpp"

namespace doorstep::server {
namespace {

/// Takes the first part off, with the slash before it.
std::string_view take_part(std::string_view& path) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    return part;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view path) {
    while (pattern.starts_with('/') && path.starts_with('/')) {
        const std::string_view wanted = take_part(pattern), part = take_part(path);
        if (wanted.starts_with('{') ? part.empty() : wanted != part) return false;
    }
    return pattern.empty() && path.empty();
}

std::string_view path_part(std::string_view path, std::size_t n) {
    for (std::size_t i = 0; path.starts_with('/'); ++i) {
        const std::string_view part = take_part(path);
        if (i == n) return part;
    }
    return {};
}

}  // namespace doorstep::server
