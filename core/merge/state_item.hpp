// core/merge/state_item.hpp -- what a record adds to the digest over the states of its stream: two replicas that
// applied the same commits have the same sum, or one of them merged wrongly.
#pragma once

#include "core/merge/record_state.hpp"
#include "core/model/digest.hpp"

namespace doorstep {

/// Of a record whose live writes are all of one commit, with nothing superseded: which commit, and how much it wrote;
/// nothing was merged there, and the commit's own hash says what. Of any other: the whole packed state. `packed`:
/// state.pack(), for whoever has it at hand.
Digest state_item(const RecordId& record, const RecordState& state, BytesView packed);
inline Digest state_item(const RecordId& record, const RecordState& state) {
    return state_item(record, state, state.pack());
}
/// The same for a record that these ops alone wrote, where writes_afresh() says so: no state is made for it.
Digest state_item(const RecordOps& record, const Dot& dot);

}  // namespace doorstep
