#include "server/api/static_files.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "core/base/sha256.hpp"

namespace doorstep::server {
namespace {

namespace fs = std::filesystem;

struct Row {
    std::string_view key, value;
};
constexpr Row content_types[] = {
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
};
constexpr Row codings[] = {{".br", "br"}, {".zst", "zstd"}, {".gz", "gzip"}};

/// The web apps run WebAssembly and show pictures that a phone has taken; otherwise as every page of ours.
constexpr std::string_view page_policy =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; object-src 'none'";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_plain(std::string_view path) {
    return std::all_of(path.begin(), path.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-' || c == '/';
    });
}

std::string_view trim(std::string_view text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

/// Calls `visit` with each item of a comma-separated header until it returns true; whether it did.
template <class Visit>
bool any_item(std::string_view list, const Visit& visit) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (visit(trim(list.substr(0, comma)))) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

/// RFC 9110, 12.5.3, without '*': who takes any coding takes the file as it is. q=0 in any length of zeros refuses.
bool accepts(std::string_view accept_encoding, std::string_view coding) {
    return any_item(accept_encoding, [coding](std::string_view item) {
        const auto semicolon = std::min(item.find(';'), item.size());
        if (trim(item.substr(0, semicolon)) != coding) return false;
        std::string_view weight = trim(item.substr(std::min(semicolon + 1, item.size())));
        if (!weight.starts_with("q=")) return true;
        return weight.find_first_not_of("0.", 2) != std::string_view::npos;
    });
}

/// RFC 9110, 13.1.2: compared weakly, since a proxy may have weakened it.
bool matches(std::string_view if_none_match, std::string_view etag) {
    return any_item(if_none_match, [etag](std::string_view item) {
        if (item.starts_with("W/")) item.remove_prefix(2);
        return item == "*" || item == etag;
    });
}

std::string_view content_type_of(std::string_view path) {
    for (const Row& row : content_types)
        if (path.ends_with(row.key)) return row.value;
    return "application/octet-stream";
}

Error unreadable(const fs::path& path) {
    return Error{Errc::bad_configuration, "the web folder's " + path.string() + " cannot be read"};
}

Result<std::string> read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string body{std::istreambuf_iterator<char>(in), {}};
    if (!in || in.bad()) return unreadable(path);
    return body;
}

/// The paths below the folder, each beginning with '/'.
Result<std::vector<std::string>> paths_below(const fs::path& folder) {
    std::error_code fault;
    std::vector<std::string> out;
    std::uintmax_t bytes = 0;
    for (fs::recursive_directory_iterator it(folder, fault), end; !fault && it != end; it.increment(fault)) {
        const fs::path& path = it->path();
        const bool hidden = path.filename().string().starts_with('.');
        if (hidden && it->is_directory(fault)) it.disable_recursion_pending();
        if (hidden || it->symlink_status(fault).type() != fs::file_type::regular) continue;
        out.push_back("/" + path.lexically_relative(folder).generic_string());
        bytes += it->file_size(fault);
        if (!is_plain(out.back()))
            return Error{Errc::bad_configuration,
                         "a file of the web folder has a name that is no plain path: " + out.back()};
        if (out.size() > static_files_max || bytes > static_bytes_max)
            return Error{Errc::bad_configuration, "the web folder holds too much for one: " + folder.string()};
    }
    if (fault) return unreadable(folder);
    return out;
}

}  // namespace

bool has_hash(std::string_view file_name) {
    constexpr std::size_t hash_characters_min = 8;
    const auto extension = file_name.rfind('.');
    if (extension == std::string_view::npos) return false;
    const std::string_view stem = file_name.substr(0, extension);
    const auto begin = stem.find_last_of(".-");
    if (begin == std::string_view::npos) return false;
    const std::string_view hash = stem.substr(begin + 1);
    const bool of_both =
        std::any_of(hash.begin(), hash.end(), is_letter) && std::any_of(hash.begin(), hash.end(), is_digit);
    return hash.size() >= hash_characters_min && of_both;
}

Result<StaticFiles> StaticFiles::read(const fs::path& folder) {
    DOORSTEP_TRY_ASSIGN(const std::vector<std::string> paths, paths_below(folder));
    StaticFiles out;
    for (const std::string& path : paths) {
        std::string of = path, coding;
        for (const Row& row : codings) {
            const std::string bare = path.substr(0, path.size() - std::min(path.size(), row.key.size()));
            if (!path.ends_with(row.key) || std::find(paths.begin(), paths.end(), bare) == paths.end()) continue;
            of = bare;
            coding = row.value;
        }
        DOORSTEP_TRY_ASSIGN(std::string body, read_file(folder / path.substr(1)));
        const std::string etag = '"' + sha256(body).hex().substr(0, 32) + '"';
        File& file = out.files_[of];
        file.content_type = content_type_of(of);
        file.cache_control =
            has_hash(of.substr(of.rfind('/') + 1)) ? "public, max-age=31536000, immutable" : "no-cache";
        file.variants.push_back({std::move(coding), std::move(body), etag});
    }
    for (auto& [path, file] : out.files_)
        std::sort(file.variants.begin(), file.variants.end(),
                  [](const Variant& a, const Variant& b) { return a.body.size() < b.body.size(); });
    return out;
}

const StaticFiles::File* StaticFiles::find(const std::string& path) const {
    const auto found = files_.find(path.ends_with('/') ? path + "index.html" : path);
    return found == files_.end() ? nullptr : &found->second;
}

const StaticFiles::Variant& StaticFiles::choose(const File& file, std::string_view accept_encoding) {
    return *std::find_if(file.variants.begin(), file.variants.end(), [&](const Variant& variant) {
        return variant.coding.empty() || accepts(accept_encoding, variant.coding);
    });  // the file itself is always among them
}

std::optional<Reply> StaticFiles::answer(const Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    const File* file = find(request.path);
    if (!file) {
        if (request.path.ends_with('/') || !find(request.path + "/")) return std::nullopt;
        return Reply{308, "", "", {{"Location", request.path + "/"}}};  // or relative links would lead astray
    }
    const Variant& variant = choose(*file, request.header("accept-encoding"));
    Reply reply{200, file->content_type, "", {{"Cache-Control", file->cache_control}, {"ETag", variant.etag}}};
    if (file->variants.size() > 1) reply.headers.emplace_back("Vary", "Accept-Encoding");
    if (matches(request.header("if-none-match"), variant.etag)) {
        reply.status = 304;
        return reply;
    }
    if (!variant.coding.empty()) reply.headers.emplace_back("Content-Encoding", variant.coding);
    if (reply.content_type.starts_with("text/html")) reply.headers.emplace_back("Content-Security-Policy", page_policy);
    reply.body = variant.body;
    return reply;
}

}  // namespace doorstep::server
