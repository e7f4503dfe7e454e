// server/files/descriptor.hpp -- an open file, closed when nobody holds it any more.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace doorstep::server {

class Descriptor {
public:
    explicit Descriptor(int raw) : raw_(raw) {}  ///< negative: it could not be opened, and errno says why
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return raw_; }

private:
    int raw_;
};

/// What errno says of a call on the file: disk_full or io.
Error file_error(std::string_view what, const std::filesystem::path& path);

}  // namespace doorstep::server
