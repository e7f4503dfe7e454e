#include "core/casework/moving.hpp"

#include "core/model/form.hpp"
#include "core/model/intent.hpp"

namespace doorstep::casework {

Status judge_move(std::uint32_t record_type, const Stream& stands_in, const Area& to, const Scope& asker) {
    if (record_type == form_record_type || record_type == intent::type)
        return Error{Errc::transition_refused, "a record of this type is not moved by itself"};
    if (stands_in.area == to) return Error{Errc::transition_refused, "the record stands in that area already"};
    if (!asker.writes(stands_in)) return Error{Errc::forbidden, "the record stands where its author may not write"};
    if (!asker.writes({to, stands_in.compartment}))
        return Error{Errc::forbidden,
                     "the author may not write into that area, or not into the record's compartment there"};
    return ok();
}

}  // namespace doorstep::casework
