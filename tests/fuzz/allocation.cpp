#include "tests/fuzz/allocation.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

// What is freed by another thread than the one that took it makes a count drift; no decoder starts a thread.
thread_local std::ptrdiff_t held_bytes = 0, peak_bytes = 0;

void* take_or_none(std::size_t size) noexcept {
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (!memory) return nullptr;
    held_bytes += static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
    peak_bytes = std::max(peak_bytes, held_bytes);
    return memory;
}

void* take(std::size_t size) {
    void* const memory = take_or_none(size);
    if (!memory) throw std::bad_alloc();
    return memory;
}

void give_back(void* memory) noexcept {
    held_bytes -= static_cast<std::ptrdiff_t>(malloc_usable_size(memory));
    std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return take(size); }
void* operator new[](std::size_t size) { return take(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take_or_none(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return take_or_none(size); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }

namespace doorstep::fuzz {

Allocations::Allocations() : before_(held_bytes) { ::peak_bytes = held_bytes; }

std::size_t Allocations::peak_bytes() const { return static_cast<std::size_t>(::peak_bytes - before_); }

}  // namespace doorstep::fuzz
