#include "core/engine/forms.hpp"

#include "core/base/limits.hpp"
#include "core/merge/record_state.hpp"

namespace doorstep {

Result<FormRegistry> load_forms(Store& store) {
    std::vector<Form> definitions;
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.list_records(form_record_type, limits::forms_max));
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
        const FieldState* definition = state.find(form_definition_field, Kind::state);
        if (!definition) continue;
        for (const Live& live : definition->live)
            if (auto form = Form::unpack(live.value.as_blob())) definitions.push_back(std::move(form).value());
    }
    return FormRegistry::of(std::move(definitions));
}

}  // namespace doorstep
