// tests/fuzz/allocation.hpp -- how much memory a call takes at once: operator new counts in programs that link this.
#pragma once

#include <cstddef>

namespace doorstep::fuzz {

/// Measures from its making on, in its own thread. One at a time.
class Allocations {
public:
    Allocations();
    /// The most bytes that were held at one moment, beyond those held at the beginning.
    std::size_t peak_bytes() const;

private:
    std::ptrdiff_t before_;
};

}  // namespace doorstep::fuzz
