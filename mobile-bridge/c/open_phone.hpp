// mobile-bridge/c/open_phone.hpp -- what stands behind a ds_phone.
#pragma once

#include <memory>
#include <optional>

#include "core/engine/blobs.hpp"
#include "core/engine/phone.hpp"
#include "mobile-bridge/c/errand.hpp"

struct ds_phone {
    std::unique_ptr<doorstep::Phone> phone;
    std::optional<doorstep::Errand> errand = std::nullopt;  ///< the one under way
    std::optional<doorstep::BlobCourier> courier =
        std::nullopt;  ///< of a synchronisation that has no words left to carry
};
