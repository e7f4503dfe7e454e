#include "core/engine/queries_columns.hpp"

#include "core/merge/conflict.hpp"
#include "core/merge/home.hpp"
#include "core/model/schema.hpp"

namespace doorstep {
namespace {

constexpr std::uint32_t follow_up_field = 5, position_field = 6;  // the same in every type (core/model/schema.cpp)

/// `shown(field)` is the value of a field that is shown first, or nullptr.
template <class Shown>
Columns gather(std::uint32_t type, std::uint32_t conflicts, const Shown& shown) {
    Columns out;
    out.type = type;
    out.conflicts = conflicts;
    const auto of_type = [&](std::uint32_t field, ValueType wanted) {
        const Value* value = field == 0 ? nullptr : shown(field);
        return value && value->type() == wanted ? value : nullptr;
    };
    if (const Value* household = of_type(household_field(type), ValueType::record))
        out.household = household->as_record();
    if (const Value* day = of_type(follow_up_field, ValueType::date)) out.follow_up_day = day->as_integer();
    if (const Value* position = of_type(position_field, ValueType::position)) out.position = position->as_position();
    return out;
}

}  // namespace

const Value* shown_value(const RecordState& state, std::uint32_t field) {
    const FieldState* found = state.find(field);
    if (!found || found->live.empty()) return nullptr;
    if (found->live.size() == 1) return &found->live.front().value;
    const std::vector<Alternative> values = alternatives(*found);
    if (values.empty()) return nullptr;
    for (const Live& live : found->live)
        if (live.value == values.front().value) return &live.value;
    return nullptr;
}

std::uint32_t household_field(std::uint32_t type) {
    const RecordSchema* schema = record_schema(type);
    const FieldSchema* field = schema ? schema->field("household") : nullptr;
    return field && field->type == ValueType::record ? field->id : 0;
}

Columns columns_of(const RecordState& state) {
    return gather(state.type, count_conflicts(state), [&](std::uint32_t field) { return shown_value(state, field); });
}

Columns columns_of(const RecordOps& ops) {
    return gather(ops.type, 0, [&](std::uint32_t field) -> const Value* {
        for (const Op& op : ops.ops)
            if (op.field == field) return &op.value;
        return nullptr;
    });
}

Result<std::optional<Area>> left_for_area(Store& store, StreamNo stream, const RecordState& state) {
    const std::optional<Area> home = home_of(state);
    if (!home) return home;
    DOORSTEP_TRY_ASSIGN(const Stream here, store.stream_of(stream));
    return here.area == *home ? std::nullopt : home;
}

Result<Columns> columns_in(Store& store, StreamNo stream, const RecordState& state) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Area> left_for, left_for_area(store, stream, state));
    if (!left_for) return columns_of(state);
    Columns out;
    out.type = state.type;
    return out;
}

Status project(Store& store, const RecordKey& key, const RecordState& state) {
    DOORSTEP_TRY_ASSIGN(const Columns columns, columns_in(store, key.second, state));
    return Projection(store.database()).put(key.first, key.second, columns);
}

Status project(Store& store, StreamNo stream, const RecordOps& ops) {
    return Projection(store.database()).put(ops.record, stream, columns_of(ops));
}

Result<std::size_t> settle_columns(Store& store, std::size_t rows_max) {
    LateColumns late(store.database());
    DOORSTEP_TRY_ASSIGN(const std::size_t waiting, late.waiting_changes());
    if (waiting == 0) return waiting;
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
    DOORSTEP_TRY(late.settle(rows_max));
    DOORSTEP_TRY(transaction.commit());
    return late.waiting_changes();
}

Status rebuild_projection(Store& store) {
    Projection projection(store.database());
    DOORSTEP_TRY(projection.clear());
    return store.each_record([&](const RecordRow& row) -> Status {
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
        DOORSTEP_TRY_ASSIGN(const Columns columns, columns_in(store, row.stream, state));
        return projection.put_again(row.record, row.stream, columns);
    });
}

}  // namespace doorstep
