// /api/v1/exports: all records of a type as one file, given out while it is made.
#include "core/model/schema.hpp"
#include "server/api/export_writer.hpp"
#include "server/api/form.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t type_part = 3;
constexpr std::size_t records_a_piece = 100;  // so that phones wait a few milliseconds at most between two pieces

/// Reads the records that there were at the beginning, each as it stands when its turn comes.
class Export {
public:
    Export(Storage& storage, std::vector<RecordId> records, Scope scope, std::unique_ptr<ExportWriter> writer)
        : storage_(storage), records_(std::move(records)), scope_(std::move(scope)), writer_(std::move(writer)) {}

    Result<std::optional<std::string>> next() {
        if (at_ == records_.size()) return writer_->end();
        std::string out;
        for (std::size_t n = 0; n < records_a_piece && at_ < records_.size(); ++n, ++at_) {
            const auto record = storage_.read(records_[at_], scope_);
            if (!record && record.error().code == Errc::not_found) continue;  // it went away meanwhile
            if (!record) return record.error();
            if (record.value().record != records_[at_]) continue;  // the same thing as another, and shown there
            DOORSTEP_TRY_ASSIGN(const std::string bytes, writer_->add(record.value()));
            out += bytes;
        }
        return std::optional<std::string>(std::move(out));
    }

private:
    Storage& storage_;
    std::vector<RecordId> records_;
    std::size_t at_ = 0;
    Scope scope_;
    std::unique_ptr<ExportWriter> writer_;
};

}  // namespace

Result<Reply> rest_export(Storage& storage, const Request& request, std::uint64_t now_ms) {
    DOORSTEP_TRY_ASSIGN(const StaffSession session, reader_of(storage, request, now_ms));
    DOORSTEP_TRY_ASSIGN(const Form form, Form::parse(request.query));
    const RecordSchema* schema = record_schema(path_part(request.path, type_part));
    if (!schema) return Error{Errc::not_found, "no such record type"};
    const ExportFormat* format = export_format(form.get("format"));
    if (!format) return Error{Errc::invalid_argument, "format is csv, ndjson, geojson or xlsx"};
    RecordQuery query;
    query.type = schema->id;
    query.scope = scope_of(session);
    if (const std::string_view area = form.get("area"); !area.empty()) {
        DOORSTEP_TRY_ASSIGN(query.within, Area::parse(area));
    }
    const Language language = form.get("lang") == "en" ? Language::en : Language::zh_cn;
    DOORSTEP_TRY_ASSIGN(std::vector<RecordId> records, storage.record_ids(query));
    if (records.size() > format->rows_max)
        return Error{Errc::payload_too_large, "a sheet holds no more rows than 1,048,575; ask for csv or for an area"};
    std::unique_ptr<ExportWriter> writer = format->writer(*schema, storage.divisions(), language);
    Reply reply{200, std::string(format->media), {}, {{"Cache-Control", "no-store"}}};
    reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + std::string(schema->name) + "." +
                                                          std::string(format->suffix) + "\"");
    reply.headers.emplace_back("Doorstep-Records", std::to_string(records.size()));
    DOORSTEP_TRY_ASSIGN(reply.body, writer->begin());
    const auto all = std::make_shared<Export>(storage, std::move(records), query.scope, std::move(writer));
    reply.more = [all] { return all->next(); };
    return reply;
}

}  // namespace doorstep::server
