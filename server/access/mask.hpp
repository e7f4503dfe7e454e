// server/access/mask.hpp -- what is left of a value of which not all may be seen.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/engine/view.hpp"
#include "server/access/policy.hpp"

namespace doorstep::server {

/// What stands for whatever is not seen, however long it is.
inline constexpr std::string_view mask_text = "＊＊＊";

/// Of a name the first character, of a telephone number of eleven digits or more the first three and the last four, of
/// any other class nothing.
std::string masked_text(FieldClass what, std::string_view text);
/// The text without what may be a telephone, identity or account number: seven digits beside each other or more, or
/// eleven with spaces and dashes between them.
std::string without_numbers(std::string_view text);

/// Sight::hidden gives a cleared value.
Value seen(const Value& value, FieldClass what, Sight sight);

/// What is seen of a field of a record type.
struct FieldSight {
    FieldClass what = FieldClass::unlisted;
    Sight sight = Sight::hidden;
};
using Seeing = std::function<FieldSight(std::uint32_t record_type, std::uint32_t field)>;
/// What the policy lets somebody see through a route. The policy must outlive it.
Seeing seeing(const Policy& policy, Actor actor, std::string_view route, Relation relation, Purpose purpose);

/// Without the fields that are hidden. Traces, dots and conflicts stay: who wrote is no secret, and a decision names
/// them.
RecordView seen(RecordView record, const Seeing& seeing);
/// Without entries of fields that are hidden.
std::vector<HistoryEntry> seen(std::vector<HistoryEntry> entries, std::uint32_t record_type, const Seeing& seeing);

}  // namespace doorstep::server
