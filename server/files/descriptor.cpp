#include "server/files/descriptor.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace doorstep::server {

Descriptor::~Descriptor() {
    if (raw_ >= 0) ::close(raw_);
}

Error file_error(std::string_view what, const std::filesystem::path& path) {
    const int number = errno;
    const Errc code = number == ENOSPC || number == EDQUOT ? Errc::disk_full : Errc::io;
    return Error{code, std::string(what) + " " + path.string() + ": " + std::strerror(number)};
}

}  // namespace doorstep::server
