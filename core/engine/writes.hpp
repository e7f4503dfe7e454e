// core/engine/writes.hpp -- every write to a record that is in the log here, under the dot that it holds by: its own
// commit's, or that of the commit from which the office carried it (core/model/origin.hpp).
#pragma once

#include <map>
#include <vector>

#include "core/engine/view.hpp"
#include "core/model/origin.hpp"

namespace doorstep {

/// What one commit wrote to the record in one stream.
struct RecordWrite {
    StreamNo stream = 0;
    Origin origin;
    enum class Came : std::uint8_t { itself, carried } came = Came::itself;
    bool held = false;  ///< by the office: not applied
    RecordOps ops;      ///< without the word of where they come from

    Trace trace() const;
    /// What tells each op from every other, whatever stream or copy it stands in; in the order of ops.
    std::vector<Bytes> keys() const;
};

/// The writes of one commit to the record. Parts that cannot be read are passed over.
Result<std::vector<RecordWrite>> writes_in(Store& store, const Commit& commit, const RecordId& record);
/// Those of every commit that wrote the record and was applied, in the order of their arrival.
Result<std::vector<RecordWrite>> writes_of(Store& store, const RecordId& record);

/// Finds who made a write, also where only a copy of it is here. For one record and those that are the same thing.
class Tracer {
public:
    Tracer(Store& store, std::vector<RecordId> records) : store_(&store), records_(std::move(records)) {}
    /// Author empty: unknown here.
    Result<Trace> find(const Dot& dot);

private:
    Store* store_;
    std::vector<RecordId> records_;
    enum class Read : std::uint8_t { no, yes } read_ = Read::no;
    std::map<Dot, Trace> carried_;
};

}  // namespace doorstep
