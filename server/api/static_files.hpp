// server/api/static_files.hpp -- the files of the web apps, read once and answered from memory.
// What is asked for is looked up by its name among those that were read, so no request can name anything else.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "server/api/http.hpp"

namespace doorstep::server {

/// All files together: a few times what the two web apps weigh with every variant.
inline constexpr std::size_t static_bytes_max = 256u << 20;
inline constexpr std::size_t static_files_max = 4096;

/// Threads: any, once it is read.
class StaticFiles {
public:
    /// Every regular file below the folder, at the path that it has there. Links are not followed, and what begins with
    /// a dot is left out. x.br, x.zst and x.gz beside x are variants of x.
    /// Errors: bad_configuration when the folder cannot be read, a name is no plain path (letters, digits and . _ - /),
    /// or there are too many files or bytes.
    static Result<StaticFiles> read(const std::filesystem::path& folder);

    /// The answer to GET or HEAD; nullopt: there is no such file. A path that ends in '/' means the index.html there.
    ///  - Cache-Control: a name with a hash in it ("app.3f9a2c1b.js", "app-3f9a2c1b.js": at least eight letters and
    ///    digits, some of each) is immutable; everything else is asked for again each time, at the cost of a 304
    ///  - ETag, one for each variant; If-None-Match is answered 304
    ///  - the smallest variant that Accept-Encoding takes, with Vary
    std::optional<Reply> answer(const Request& request) const;

    bool has(std::string_view path) const { return find(std::string(path)) != nullptr; }
    std::size_t size() const { return files_.size(); }

private:
    struct Variant {
        std::string coding;  ///< as Content-Encoding names it; "": the file itself
        std::string body, etag;
    };
    struct File {
        std::string content_type, cache_control;
        std::vector<Variant> variants;  ///< smallest first
    };
    const File* find(const std::string& path) const;
    static const Variant& choose(const File& file, std::string_view accept_encoding);

    std::map<std::string, File, std::less<>> files_;  ///< by path, which begins with '/'
};

/// Whether a file's name holds a hash of its content, so that other content has another name.
bool has_hash(std::string_view file_name);

}  // namespace doorstep::server
