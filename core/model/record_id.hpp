// core/model/record_id.hpp -- how the id of a new record is made.
#pragma once

#include "core/clock/hlc.hpp"
#include "core/model/dot.hpp"

namespace doorstep {

/// The nth new record of a part: 48 bits of the commit's clock in ms, then 80 bits of SHA-256 over the part's secret
/// salt and n. Ids order by time, nobody can guess one, and a codec need not send what the reader can derive.
RecordId derive_record_id(Hlc hlc, const Salt& salt, std::uint32_t nth_from_0);

}  // namespace doorstep
