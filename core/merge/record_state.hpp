// core/merge/record_state.hpp -- what a record is, as a function of the set of ops applied to it and of nothing else.
#pragma once

#include <cstdint>
#include <vector>

#include "core/model/commit.hpp"

namespace doorstep {

/// A write that no other has superseded.
struct Live {
    Dot dot;
    std::uint32_t rank = 0;  ///< the op's causal depth; in a log, the line's place within its commit
    Value value;
};

/// A write that has been superseded, whether or not it has arrived yet.
struct Superseded {
    Dot dot;
    Value element;  ///< of a set; cleared for every other kind
};

/// One field. `live values = all values - superseded dots`: both lists only ever change by union and that difference,
/// so ops commute, associate and repeat without effect. The laws are in docs/merge-algebra.md.
struct FieldState {
    std::uint32_t field = 0;
    Kind kind = Kind::value;
    std::vector<Live> live;              ///< ascending by dot, then by element (set) or place (log)
    std::vector<Superseded> superseded;  ///< ascending by dot, then by element
};

/// One record in one stream.
struct RecordState {
    std::uint32_t type = 0;
    std::vector<FieldState> fields;  ///< ascending by field, then kind

    const FieldState* find(std::uint32_t field) const;  ///< nullptr when nothing was ever written to it
    const FieldState* find(std::uint32_t field, Kind kind) const;
    /// Canonical bytes: equal states pack to equal bytes on every platform.
    Bytes pack() const;
    /// Errors: malformed (the database is damaged).
    static Result<RecordState> unpack(BytesView bytes);
};

/// Applies what one commit wrote to the record. Any order and any repetition of calls gives the same state.
/// The first ops applied decide nothing: where two types meet on one record (a forged id), the smaller number stays.
/// Ops that the office carried here hold under the dot they had first (core/model/origin.hpp).
void apply(RecordState& state, const RecordOps& record, const Dot& dot);

/// Makes the state that of both sets of ops: what two streams say of one record together.
void unite(RecordState& state, const RecordState& other);

}  // namespace doorstep
