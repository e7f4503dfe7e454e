// mobile-bridge/c/open_phone.hpp -- what stands behind a ds_phone.
#pragma once

#include <memory>
#include <optional>

#include "core/engine/phone.hpp"
#include "mobile-bridge/c/errand.hpp"

struct ds_phone {
    std::unique_ptr<doorstep::Phone> phone;
    std::optional<doorstep::Errand> errand;  ///< the one under way
};
