// /api/v1/imports: new records out of a table. They come to the office as any others do: a phone's file is made for the
// import, its saves are checked and pushed like those of every phone, and it is gone afterwards.
#include <unistd.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "core/base/limits.hpp"
#include "core/engine/phone.hpp"
#include "server/api/form.hpp"
#include "server/api/html.hpp"
#include "server/api/import_rows.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/problem.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"
#include "server/api/texts.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::size_t type_part = 3, problems_told_max = 100;
constexpr std::uint64_t code_ms = 60'000;

/// A folder for one import's file, readable by the server alone.
class ScratchFolder {
public:
    static Result<ScratchFolder> make() {
        std::error_code failed;
        std::string path = (std::filesystem::temp_directory_path(failed) / "doorstep-import-XXXXXX").string();
        if (!::mkdtemp(path.data())) return Error{Errc::io, "no temporary folder can be made"};
        return ScratchFolder(std::move(path));
    }
    ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ~ScratchFolder() {
        std::error_code gone;
        if (!path_.empty()) std::filesystem::remove_all(path_, gone);
    }
    std::string file() const { return path_ + "/import.db"; }

private:
    explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

template <class Bytes>
Bytes random_bytes() {
    Bytes out{};
    std::random_device source;
    for (auto& byte : out) byte = static_cast<unsigned char>(source());
    return out;
}

/// Where the rows belong. Adds a problem for each whose area there is not, for who asks.
Scope scope_of_rows(const Storage& storage, const StaffSession& session, ImportedRows& rows) {
    std::set<Area> areas;
    for (std::size_t i = 0; i < rows.edits.size(); ++i) {
        const Area& area = rows.edits[i].home.area;
        if (storage.divisions().exists(area.division) && session.scope.covers(rows.edits[i].home))
            areas.insert(area);
        else
            rows.problems.push_back({i + 1, {Errc::unknown_area, "no such division"}});
    }
    return {{areas.begin(), areas.end()}};
}

/// A phone of the member of staff, enrolled for these areas.
Result<std::unique_ptr<Phone>> enrolled(Storage& storage, const StaffSession& session, const std::string& label,
                                        const Scope& scope, const DatabaseOptions& options, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(std::unique_ptr<Phone> phone, Phone::open(options, random_bytes<EntropySeed>()));
    DOORSTEP_TRY_ASSIGN(const std::string token, phone->enrolment_token());
    const Device device{session.staff, "cadre", label, scope};
    DOORSTEP_TRY_ASSIGN(const EnrolmentCode code, storage.create_enrolment(device, code_ms, now_ms));
    DOORSTEP_TRY(storage.enrol(code.text, token, phone->replica(), now_ms));
    Enrolment enrolment;
    static_cast<Scope&>(enrolment) = device.scope;
    enrolment.author = session.staff;
    enrolment.device = label;
    enrolment.token = token;
    enrolment.divisions = storage.divisions();
    DOORSTEP_TRY(phone->enrol(enrolment));
    return phone;
}

/// Until the office has acknowledged everything. What it would send in return nobody reads.
Status push_all(Storage& storage, Phone& phone, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const Device device, storage.authenticate(phone.enrolment()->token, now_ms));
    DOORSTEP_TRY_ASSIGN(Bytes message, phone.begin_sync());
    std::optional<Bytes> request = std::move(message);
    while (request) {
        DOORSTEP_TRY_ASSIGN(const Bytes answer, storage.exchange(device, *request, now_ms));
        DOORSTEP_TRY_ASSIGN(request, phone.continue_sync(answer, now_ms));
        DOORSTEP_TRY_ASSIGN(const OutboxStatus outbox, phone.outbox());
        if (outbox.only_here == 0) return ok();
    }
    return Error{Errc::internal, "the import was not taken in"};
}

Result<ImportedRows> read_rows(const Request& request, const RecordSchema& schema) {
    DOORSTEP_TRY_ASSIGN(const Form form, Form::parse(request.query));
    const std::string_view type = request.header("content-type");
    const std::string_view media = type.substr(0, type.find(';'));
    if (media == "text/csv") return rows_of_csv(request.body, schema, form.get("area"));
    if (media == "application/x-ndjson") return rows_of_ndjson(request.body, schema);
    return Error{Errc::invalid_argument, "Content-Type is to be text/csv or application/x-ndjson"};
}

/// Like any refusal, and what is wrong with which rows.
Reply rows_refused(const std::vector<RowProblem>& problems) {
    Reply reply = problem({Errc::invalid_argument, "nothing was imported: " + std::to_string(problems.size()) +
                                                       " rows cannot be; \"rows\" says which and why"});
    json body = json::parse(reply.body), rows = json::array();
    for (const RowProblem& each : problems) {
        if (rows.size() == problems_told_max) break;
        rows.push_back({{"row", each.row}, {"code", error_name(each.error.code)}, {"detail", each.error.detail}});
    }
    body["rows"] = std::move(rows);
    reply.body = body.dump();
    return reply;
}

}  // namespace

Result<Reply> rest_import(Storage& storage, const RestRequest& asked) {
    const Request& request = asked.request;
    const StaffSession& session = asked.session;
    const std::uint64_t now_ms = asked.now_ms;
    DOORSTEP_TRY(check_may(asked, Relation::own));
    const RecordSchema* schema = record_schema(path_part(request.path, type_part));
    if (!schema) return Error{Errc::not_found, "no such record type"};
    if (request.header("idempotency-key").empty())
        return Error{Errc::invalid_argument,
                     "an import needs an Idempotency-Key: sent twice, it must not be made twice"};
    DOORSTEP_TRY_ASSIGN(ImportedRows rows, read_rows(request, *schema));
    if (rows.edits.empty() && rows.problems.empty()) return Error{Errc::invalid_argument, "there are no rows"};
    if (!rows.problems.empty()) return rows_refused(rows.problems);
    const Scope scope = scope_of_rows(storage, session, rows);
    if (!rows.problems.empty()) return rows_refused(rows.problems);
    if (scope.areas.size() > limits::scope_areas_max)
        return Error{Errc::payload_too_large, "the rows belong to too many areas; divide the table"};
    return once(storage, asked, [&]() -> Result<Reply> {
        DOORSTEP_TRY_ASSIGN(const ScratchFolder folder, ScratchFolder::make());
        DatabaseOptions options;
        options.path = folder.file();
        options.key = random_bytes<StorageKey>();
        options.mode = OpenMode::create;
        options.durability = Durability::normal;
        const std::string label =
            std::string(text(Text::import_device, Language::zh_cn)) + " " + china_time(now_ms);  // in its history
        DOORSTEP_TRY_ASSIGN(const std::unique_ptr<Phone> phone,
                            enrolled(storage, session, label, scope, options, now_ms));
        // A row that cannot be saved is told with the others; nothing is pushed then.
        for (std::size_t i = 0; i < rows.edits.size() && rows.problems.empty(); ++i) {
            const std::uint64_t rows_left = rows.edits.size() - 1 - i;  // a ms apart, so that lists keep their order
            const auto saved = phone->save({rows.edits[i]}, now_ms - rows_left);
            if (!saved) rows.problems.push_back({i + 1, saved.error()});
        }
        if (rows.problems.empty()) DOORSTEP_TRY(push_all(storage, *phone, now_ms));
        DOORSTEP_TRY(storage.revoke(session.staff, label, now_ms));  // nobody goes on with it
        if (!rows.problems.empty()) return rows_refused(rows.problems);
        return json_reply(201, {{"imported", rows.edits.size()}});
    });
}

}  // namespace doorstep::server
