#include "tests/sim/file_bytes.hpp"

#include <algorithm>
#include <cstring>

namespace doorstep::sim {

std::size_t FileBytes::read(std::size_t at, char* to, std::size_t wanted) const {
    const std::size_t end = std::min(size_, at + wanted);
    if (at >= end) return 0;
    for (std::size_t from = at; from < end;) {
        const std::size_t within = from % page_bytes, n = std::min(end - from, page_bytes - within);
        const auto& page = pages_[from / page_bytes];
        if (page)
            std::memcpy(to + (from - at), page->data() + within, n);
        else
            std::memset(to + (from - at), 0, n);
        from += n;
    }
    return end - at;
}

void FileBytes::write(std::size_t at, const char* bytes, std::size_t size) {
    if (size_ < at + size) resize(at + size);
    for (std::size_t done = 0; done < size;) {
        const std::size_t within = (at + done) % page_bytes, n = std::min(size - done, page_bytes - within);
        std::memcpy(own((at + done) / page_bytes) + within, bytes + done, n);
        done += n;
    }
}

void FileBytes::resize(std::size_t size) {
    const std::size_t within = size % page_bytes;
    pages_.resize((size + page_bytes - 1) / page_bytes);
    if (size < size_ && within > 0) std::memset(own(size / page_bytes) + within, 0, page_bytes - within);
    size_ = size;
}

/// The page as this file's alone.
char* FileBytes::own(std::size_t page) {
    std::shared_ptr<Page>& at = pages_[page];
    if (!at)
        at = std::make_shared<Page>();
    else if (at.use_count() > 1)
        at = std::make_shared<Page>(*at);
    return at->data();
}

}  // namespace doorstep::sim
