// server/net/places.hpp -- how many connections there may be at once, counted exactly over all threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace doorstep::server {

class Places;

/// One of them; free again when this ends. The Places must outlive it.
class Place {
public:
    Place(Place&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place();

private:
    friend class Places;
    explicit Place(Places& of) : of_(&of) {}
    Places* of_;
};

/// Threads: any.
class Places {
public:
    explicit Places(std::size_t max) : max_(max) {}
    Places(const Places&) = delete;
    Places& operator=(const Places&) = delete;

    /// nullopt: all are taken.
    std::optional<Place> take() {
        for (std::size_t taken = taken_.load(); taken < max_;)
            if (taken_.compare_exchange_weak(taken, taken + 1)) return Place(*this);
        return std::nullopt;
    }
    std::size_t taken() const { return taken_.load(); }

private:
    friend class Place;
    const std::size_t max_;
    std::atomic<std::size_t> taken_ = 0;
};

inline Place::~Place() {
    if (of_) --of_->taken_;
}

}  // namespace doorstep::server
