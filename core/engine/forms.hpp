// core/engine/forms.hpp -- the county's forms as far as they are in this store.
#pragma once

#include "core/model/form.hpp"
#include "core/store/store.hpp"

namespace doorstep {

/// Every version of every form here. What cannot be read is passed over: a newer version wrote it.
Result<FormRegistry> load_forms(Store& store);

}  // namespace doorstep
