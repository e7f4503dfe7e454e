// /api/v1/exports: all records of a type as one file, given out while it is made.
#include <nlohmann/json.hpp>

#include "core/model/schema.hpp"
#include "server/access/mask.hpp"
#include "server/api/export_writer.hpp"
#include "server/api/form.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t type_part = 3;
constexpr std::string_view without_purpose = "GET /api/v1/exports/{type}";
constexpr std::size_t records_a_piece = 100;  // so that phones wait a few milliseconds at most between two pieces

/// Reads the records that there were at the beginning, each as it stands when its turn comes.
class Export {
public:
    using Look = std::function<RecordView(const ScopedRecord&)>;  ///< what of it is seen
    Export(Storage& storage, std::vector<RecordId> records, Scope scope, Look look,
           std::unique_ptr<ExportWriter> writer)
        : storage_(storage),
          records_(std::move(records)),
          scope_(std::move(scope)),
          look_(std::move(look)),
          writer_(std::move(writer)) {}

    Result<std::optional<std::string>> next() {
        if (at_ == records_.size()) return writer_->end();
        std::string out;
        for (std::size_t n = 0; n < records_a_piece && at_ < records_.size(); ++n, ++at_) {
            const auto record = storage_.read_within(records_[at_], scope_);
            if (!record && record.error().code == Errc::not_found) continue;  // it went away meanwhile
            if (!record) return record.error();
            if (record.value().view.record != records_[at_]) continue;  // the same thing as another, and shown there
            DOORSTEP_TRY_ASSIGN(const std::string bytes, writer_->add(look_(record.value())));
            out += bytes;
        }
        return std::optional<std::string>(std::move(out));
    }

private:
    Storage& storage_;
    std::vector<RecordId> records_;
    std::size_t at_ = 0;
    Scope scope_;
    Look look_;
    std::unique_ptr<ExportWriter> writer_;
};

/// Of which records, in which form.
struct Wanted {
    const RecordSchema* schema = nullptr;
    const ExportFormat* format = nullptr;
    Language language = Language::zh_cn;
    RecordQuery query;
};

/// Errors: not_found, invalid_argument.
Result<Wanted> wanted_in(const RestRequest& asked, std::string_view format, std::string_view area,
                         std::string_view language) {
    Wanted out;
    out.schema = record_schema(path_part(asked.request.path, type_part));
    if (!out.schema) return Error{Errc::not_found, "no such record type"};
    out.format = export_format(format);
    if (!out.format) return Error{Errc::invalid_argument, "format is csv, ndjson, geojson or xlsx"};
    out.query.type = out.schema->id;
    out.query.scope = asked.session.scope;
    if (!area.empty()) {
        DOORSTEP_TRY_ASSIGN(out.query.within, Area::parse(area));
    }
    if (!language.empty() && language != "zh-CN" && language != "en")
        return Error{Errc::invalid_argument, "lang is zh-CN or en"};
    if (language == "en") out.language = Language::en;
    return out;
}

Result<Reply> file_of(Storage& storage, const RestRequest& asked, const Wanted& wanted, Purpose purpose) {
    DOORSTEP_TRY_ASSIGN(std::vector<RecordId> records, storage.record_ids(wanted.query));
    if (records.size() > wanted.format->rows_max)
        return Error{Errc::payload_too_large, "a sheet holds no more rows than 1,048,575; ask for csv or for an area"};
    std::unique_ptr<ExportWriter> writer = wanted.format->writer(*wanted.schema, storage.divisions(), wanted.language);
    Reply reply{200, std::string(wanted.format->media), {}, {{"Cache-Control", "no-store"}}};
    reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + std::string(wanted.schema->name) +
                                                          "." + std::string(wanted.format->suffix) + "\"");
    reply.headers.emplace_back("Doorstep-Records", std::to_string(records.size()));
    DOORSTEP_TRY_ASSIGN(reply.body, writer->begin());
    // One that reaches outside the areas is seen as without a purpose.
    const auto look = [role = asked.session.role, route = asked.route, purpose](const ScopedRecord& record) {
        if (policy().may(role, route, record.relation, purpose))
            return seen(record.view, seeing(policy(), role, route, record.relation, purpose));
        return seen(record.view, seeing(policy(), role, without_purpose, record.relation, Purpose::none));
    };
    const auto all = std::make_shared<Export>(storage, std::move(records), wanted.query.scope, look, std::move(writer));
    reply.more = [all] { return all->next(); };
    return reply;
}

}  // namespace

Result<Reply> rest_export(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const Wanted wanted,
                        wanted_in(asked, asked.form.get("format"), asked.form.get("area"), asked.form.get("lang")));
    return file_of(storage, asked, wanted, Purpose::none);
}

/// The audit has it first: one entry for the file, of the area that was asked for or of each of the account's.
Result<Reply> rest_export_revealed(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const nlohmann::json body, json_body(asked.request, {"purpose", "format", "area", "lang"}));
    DOORSTEP_TRY_ASSIGN(const Purpose purpose, purpose_in(asked, body));
    DOORSTEP_TRY_ASSIGN(const std::string format, text_in(body, "format"));
    std::string area, language;
    if (body.contains("area")) {
        DOORSTEP_TRY_ASSIGN(area, text_in(body, "area"));
    }
    if (body.contains("lang")) {
        DOORSTEP_TRY_ASSIGN(language, text_in(body, "lang"));
    }
    DOORSTEP_TRY_ASSIGN(const Wanted wanted, wanted_in(asked, format, area, language));
    std::vector<Area> areas = asked.session.scope.areas;
    if (wanted.query.within) areas = {*wanted.query.within};
    for (const Area& one : areas)
        DOORSTEP_TRY(storage.audit().record(
            {asked.now_ms, asked.session.staff, asked.session.role, asked.route, purpose, RecordId{}, one,
             revealed_of(asked, "GET /api/v1/exports/{type}", *wanted.schema, Relation::own, purpose)}));
    return file_of(storage, asked, wanted, purpose);
}

}  // namespace doorstep::server
