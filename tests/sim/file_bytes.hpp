// tests/sim/file_bytes.hpp -- the bytes of a simulated file, in pages that copies share until one of them is written
// to: an image of a whole machine costs a list of pointers.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace doorstep::sim {

class FileBytes {
public:
    std::size_t size() const { return size_; }
    /// Copies up to `wanted` bytes from `at` on; how many there were.
    std::size_t read(std::size_t at, char* to, std::size_t wanted) const;
    /// Grows the file where it is too short; a gap is zeros.
    void write(std::size_t at, const char* bytes, std::size_t size);
    void resize(std::size_t size);

private:
    static constexpr std::size_t page_bytes = 4096;
    using Page = std::array<char, page_bytes>;
    char* own(std::size_t page);
    std::vector<std::shared_ptr<Page>> pages_;  // nullptr: zeros
    std::size_t size_ = 0;
};

}  // namespace doorstep::sim
