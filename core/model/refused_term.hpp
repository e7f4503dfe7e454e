// core/model/refused_term.hpp -- words that no field may be called by, in the product's schema or in a county's form.
#pragma once

#include <string_view>

namespace doorstep {

/// The first term in the label that names the judging or tracking of a person; "" when there is none. Doorstep serves
/// redress: the unit of everything is the matter, never who complains. English terms are whole words in any case.
std::string_view refused_term(std::string_view label);

}  // namespace doorstep
