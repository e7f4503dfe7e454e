// The office in a browser: look, decide. Every form carries the session's secret, every page its own language.
// The scope of the session filters what is looked up, and the policy masks what is shown.
#include <algorithm>
#include <charconv>
#include <set>

#include "core/base/limits.hpp"
#include "core/model/schema.hpp"
#include "json/record_json.hpp"
#include "server/access/mask.hpp"
#include "server/api/audit_page.hpp"
#include "server/api/form.hpp"
#include "server/api/html.hpp"
#include "server/api/office_page.hpp"
#include "server/api/routes.hpp"
#include "server/api/sign_in.hpp"
#include "server/api/staff_page.hpp"

namespace doorstep::server {
namespace {

constexpr std::string_view html = "text/html; charset=utf-8";
constexpr std::size_t rows_max = 200;
constexpr std::string_view looking = "GET /office", reading = "GET /office/record", resolving = "POST /office/resolve",
                           revealing = "POST /office/reveal";

OfficeWords words_for(Storage& storage, const Request& request) {
    return {language_of(request), [&storage](const ReplicaId& replica) {
                auto label = storage.device_label(replica);
                return label ? std::move(label).value() : std::string();
            }};
}

/// What the session sees of a record without saying what for.
RecordView seen_by(const StaffSession& session, const ScopedRecord& record) {
    return seen(record.view, seeing(policy(), session.role, looking, record.relation, Purpose::none));
}

/// The value that the chosen write stands for. Errors: stale_decision when it is no longer an alternative.
Result<Value> chosen_value(const RecordView& record, const Resolution& resolution, const Dot& choice) {
    const FieldView* field = record.field(resolution.field);
    for (const ValueView& value : field && field->conflict ? field->values : std::vector<ValueView>())
        for (const Dot& dot : value.dots)
            if (dot == choice) return value.value;
    return Error{Errc::stale_decision, "the choice is no longer open"};
}

/// Held words as the session sees them; those of hidden fields are left out.
std::vector<ScopedHeld> seen_by(const StaffSession& session, std::vector<ScopedHeld> held) {
    const Seeing how = seeing(policy(), session.role, looking, Relation::own, Purpose::none);
    for (ScopedHeld& part : held) {
        for (ScopedHeld::Word& word : part.words) {
            const FieldSight field = how(word.record_type, word.field);
            word.value = seen(word.value, field.what, field.sight);
        }
        std::erase_if(part.words, [](const ScopedHeld::Word& word) { return word.value.is_cleared(); });
    }
    return held;
}

Result<Reply> office_reply(Storage& storage, const StaffRequest& asked, std::string notice) {
    const StaffSession& session = asked.session;
    OfficePage page{
        words_for(storage, asked.request), session, std::move(notice), {}, {}, {}, {}, {}, {}, &storage.divisions()};
    DOORSTEP_TRY_ASSIGN(const std::vector<ScopedRecord> conflicts, storage.conflicts_within(rows_max, session.scope));
    for (const ScopedRecord& record : conflicts) {
        const bool may = policy().may(session.role, resolving, record.relation, Purpose::none);
        page.conflicts.push_back({seen_by(session, record), record.relation, may ? May::decide : May::look});
    }
    DOORSTEP_TRY_ASSIGN(std::vector<ScopedHeld> held, storage.held_within(rows_max, session.scope));
    page.held = seen_by(session, std::move(held));
    for (const auto& [name, list] : {std::pair{"household", &page.households}, std::pair{"resident", &page.residents},
                                     std::pair{"visit", &page.visits}, std::pair{"issue", &page.issues}}) {
        DOORSTEP_TRY_ASSIGN(const std::vector<ScopedRecord> records,
                            storage.list_within(record_schema(std::string_view(name))->id, rows_max, session.scope));
        for (const ScopedRecord& record : records)
            list->push_back({seen_by(session, record), record.relation, May::look});
    }
    return Reply{200, std::string(html), render(page), {}};
}

/// The history of a record that the session may see.
Result<HistoryPage> history_page(Storage& storage, const StaffRequest& asked, Purpose purpose) {
    DOORSTEP_TRY_ASSIGN(const RecordId id,
                        RecordId::from_hex(asked.form.get(purpose == Purpose::none ? "id" : "record")));
    DOORSTEP_TRY_ASSIGN(ScopedHistory history, storage.history_within(id, asked.session.scope));
    HistoryPage page{words_for(storage, asked.request), asked.session, std::move(history), purpose, {}};
    if (purpose == Purpose::none && page.history.record.relation == Relation::own)
        page.purposes = policy().purposes_of(asked.session.role, revealing);
    return page;
}

/// Masks what the page's purpose does not show. Returns the classes of what it shows beyond what is shown to no
/// purpose.
std::set<FieldClass> mask(HistoryPage& page) {
    const Actor role = page.session.role;
    const std::uint32_t type = page.history.record.view.type;
    const Relation relation = page.history.record.relation;
    const Seeing otherwise = seeing(policy(), role, reading, relation, Purpose::none);
    const Seeing how =
        page.purpose == Purpose::none ? otherwise : seeing(policy(), role, revealing, relation, page.purpose);
    std::set<FieldClass> revealed;
    for (const HistoryEntry& entry : page.history.entries)
        if (how(type, entry.field).sight > otherwise(type, entry.field).sight)
            revealed.insert(how(type, entry.field).what);
    page.history.entries = seen(std::move(page.history.entries), type, how);
    return revealed;
}

}  // namespace

Result<Reply> logout(Storage& storage, const StaffRequest& asked) {
    DOORSTEP_TRY(storage.sign_out(session_secret(asked.request), asked.now_ms));
    return redirect(login_path);
}

Result<Reply> office(Storage& storage, const StaffRequest& asked) { return office_reply(storage, asked, {}); }

Result<Reply> record(Storage& storage, const StaffRequest& asked) {
    DOORSTEP_TRY_ASSIGN(HistoryPage page, history_page(storage, asked, Purpose::none));
    mask(page);
    return Reply{200, std::string(html), render(page, storage.divisions()), {}};
}

Result<Reply> reveal(Storage& storage, const StaffRequest& asked) {
    const auto purpose = purpose_named(asked.form.get("purpose"));
    if (!purpose || *purpose == Purpose::none) return Error{Errc::invalid_argument, "a reveal says what it is for"};
    DOORSTEP_TRY_ASSIGN(HistoryPage page, history_page(storage, asked, *purpose));
    const ScopedRecord& record = page.history.record;
    if (!policy().may(asked.session.role, revealing, record.relation, *purpose))
        return Error{Errc::forbidden, "this role may not for this purpose, or the record reaches outside its areas"};
    const std::set<FieldClass> revealed = mask(page);
    AuditEntry entry{asked.now_ms, asked.session.staff, asked.session.role, std::string(revealing),
                     *purpose,     record.view.record,  record.view.area,   {}};
    entry.seen.assign(revealed.begin(), revealed.end());
    DOORSTEP_TRY(storage.audit().record(entry));
    return Reply{200, std::string(html), render(page, storage.divisions()), {}};
}

Result<Reply> resolve(Storage& storage, const StaffRequest& asked) {
    const Form& form = asked.form;
    Resolution resolution;
    DOORSTEP_TRY_ASSIGN(resolution.record, RecordId::from_hex(form.get("record")));
    DOORSTEP_TRY_ASSIGN(const Dot choice, dot_from_text(form.get("choice")));
    const std::string_view field = form.get("field");
    if (std::from_chars(field.data(), field.data() + field.size(), resolution.field).ec != std::errc())
        return Error{Errc::invalid_argument, "a field is a number"};
    for (const std::string_view seen : form.all("seen")) {
        DOORSTEP_TRY_ASSIGN(const Dot dot, dot_from_text(seen));
        resolution.seen.push_back(dot);
    }
    DOORSTEP_TRY_ASSIGN(const ScopedRecord record, storage.read_within(resolution.record, asked.session.scope));
    if (!policy().may(asked.session.role, resolving, record.relation, Purpose::none))
        return Error{Errc::forbidden, "the record reaches outside the account's areas"};
    const auto value = chosen_value(record.view, resolution, choice);
    Status decided = value ? ok() : Status(value.error());
    if (value) {
        resolution.value = value.value();
        decided = storage.resolve(resolution, asked.session.staff, asked.now_ms);
    }
    if (decided) return redirect("/office");
    if (decided.error().code != Errc::stale_decision) return decided.error();
    DOORSTEP_TRY_ASSIGN(
        Reply reply,
        office_reply(storage, asked, std::string(error_advice(Errc::stale_decision, language_of(asked.request)))));
    reply.status = 409;
    return reply;
}

Result<Reply> audit_trail(Storage& storage, const StaffRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const std::vector<AuditEntry> entries, storage.audited(rows_max, asked.session.scope.areas));
    return Reply{200, std::string(html), render_audit(words_for(storage, asked.request), entries), {}};
}

Result<Reply> staff(Storage& storage, const StaffRequest& asked) {
    DOORSTEP_TRY_ASSIGN(std::vector<StaffAccount> accounts, storage.staff());
    const std::vector<Area>& own = asked.session.scope.areas;
    std::erase_if(accounts, [&](const StaffAccount& account) {
        const auto is_own = [&](const Area& area) {
            return std::any_of(own.begin(), own.end(), [&](const Area& mine) { return mine.contains(area); });
        };
        return !std::all_of(account.scope.areas.begin(), account.scope.areas.end(), is_own);
    });
    return Reply{200,
                 std::string(html),
                 render_staff(words_for(storage, asked.request), asked.session, accounts, storage.divisions()),
                 {}};
}

Result<Reply> office_style(Storage&, const Request&, std::uint64_t) {
    return Reply{200, "text/css; charset=utf-8", std::string(style_sheet()), {}};
}

}  // namespace doorstep::server
