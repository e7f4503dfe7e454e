// core/engine/intents.hpp -- what a phone proposes and how the office's replica answers: once, by the table, in the
// transaction that checks what the author had seen.
#pragma once

#include <string>
#include <vector>

#include "core/engine/compose.hpp"
#include "core/model/divisions.hpp"
#include "core/model/intent.hpp"
#include "core/model/scope.hpp"

namespace doorstep {

/// A step that a person asks for. `words` are saved with it in one commit; they stay whatever the answer is.
struct Proposal {
    RecordId matter;
    std::string transition;
    std::string argument;
    std::vector<RecordEdit> words;
};

/// An intent as its author sees it.
struct IntentView {
    enum class Status { pending, accepted, rejected };
    RecordId intent;
    Intent asked;
    Status status = Status::pending;
    std::string code, rule;  ///< of the answer: a name of error_codes.def when rejected, and the rule applied
};

/// The edits that ask for this. Errors: not_found when the matter is not here; moved when it is looked after elsewhere.
Result<std::vector<RecordEdit>> propose(Store& store, const Proposal& proposal);

/// Errors: not_found when the row is no intent.
Result<IntentView> view_intent(const RecordRow& row);
/// Those about one matter, newest first, among the latest limits::list_rows_max intents.
Result<std::vector<IntentView>> intents_about(Store& store, const RecordId& matter);

/// Who asks, and where a record can be moved to.
struct Asked {
    const Scope& asker;
    const Divisions& divisions;
};
/// The answer to an intent in this stream as edits of the office. Empty when it has one already: each intent gets
/// exactly one outcome. Whatever is wrong with the intent itself becomes a rejection.
Result<std::vector<RecordEdit>> answer_intent(Store& store, StreamNo stream, const RecordId& intent, const Asked& by);

}  // namespace doorstep
