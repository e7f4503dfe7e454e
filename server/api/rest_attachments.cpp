// /api/v1/records/{record}/attachments: which attachments a record names, and the bytes of one.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/limits.hpp"
#include "core/model/schema.hpp"
#include "server/access/policy.hpp"
#include "server/api/byte_range.hpp"
#include "server/api/path_pattern.hpp"
#include "server/api/problem.hpp"
#include "server/api/rest.hpp"
#include "server/api/routes.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::size_t record_part = 3, attachment_part = 5;  // of /api/v1/records/{record}/attachments/{attachment}

struct Named {
    std::uint32_t field = 0;
    BlobName name;
};

/// What the record's fields name, each once a field.
std::vector<Named> named_by(const RecordView& record) {
    std::vector<Named> out;
    for (const FieldView& field : record.fields)
        for (const ValueView& value : field.values)
            if (value.value.type() == ValueType::attachment) out.push_back({field.field, value.value.as_attachment()});
    return out;
}

/// What a browser shows without running anything of it. Of any other type only bytes are given out.
struct Inert {
    std::string_view media, suffix;
};
constexpr Inert inert[] = {
    {"image/jpeg", "jpg"}, {"image/png", "png"},  {"image/webp", "webp"}, {"image/heic", "heic"},
    {"image/gif", "gif"},  {"audio/mpeg", "mp3"}, {"audio/mp4", "m4a"},   {"audio/ogg", "ogg"},
    {"audio/amr", "amr"},  {"video/mp4", "mp4"},  {"video/webm", "webm"}, {"text/plain", "txt"},
};
Inert given_as(std::string_view media) {
    for (const Inert& one : inert)
        if (one.media == media) return one;
    return {"application/octet-stream", "bin"};
}

/// Bytes of an attachment that is whole, a chunk a piece.
class Content {
public:
    Content(Storage& storage, const Hash& hash, std::uint64_t first, std::uint64_t end)
        : storage_(storage), hash_(hash), at_(first), end_(end) {}

    Result<std::optional<std::string>> next() {
        if (at_ >= end_) return std::optional<std::string>();
        DOORSTEP_TRY_ASSIGN(const Bytes chunk, storage_.attachments().read(hash_, at_ / limits::chunk_bytes));
        const std::uint64_t skip = at_ % limits::chunk_bytes;
        const std::uint64_t bytes = std::min(chunk.size() - skip, end_ - at_);
        at_ += bytes;
        return std::optional<std::string>(chunk.substr(skip, bytes));
    }

private:
    Storage& storage_;
    const Hash hash_;
    std::uint64_t at_, end_;
};

/// What it is for, as the header says it. Errors: invalid_argument, forbidden.
Result<Purpose> purpose_of(const RestRequest& asked) {
    const auto purpose = purpose_named(asked.request.header("doorstep-purpose"));
    if (!purpose || *purpose == Purpose::none)
        return Error{Errc::invalid_argument, "Doorstep-Purpose says what it is for, such as handling"};
    DOORSTEP_TRY(check_may(asked, Relation::own, *purpose));
    return *purpose;
}

/// The attachment of the path, when the record names it in a field that the purpose shows. Errors: not_found,
/// forbidden.
Result<Named> attachment_of_path(const RestRequest& asked, const ScopedRecord& record, Purpose purpose) {
    const auto hash = Hash::from_hex(path_part(asked.request.path, attachment_part));
    if (!hash) return Error{Errc::not_found, "no such attachment"};
    for (const Named& one : named_by(record.view)) {
        if (one.name.hash != hash.value()) continue;
        const FieldClass what = policy().class_of(record.view.type, one.field);
        if (policy().sight(asked.session.role, asked.route, what, record.relation, purpose) == Sight::shown) return one;
        return Error{Errc::forbidden, "the purpose does not show this field"};
    }
    return Error{Errc::not_found, "the record names no such attachment"};
}

}  // namespace

/// Their names say nothing of what they show; the bytes are asked for with a purpose.
Result<Reply> rest_attachments(Storage& storage, const RestRequest& asked) {
    DOORSTEP_TRY_ASSIGN(const ScopedRecord record,
                        record_for(storage, asked, path_part(asked.request.path, record_part)));
    const RecordSchema* schema = record_schema(record.view.type);
    json items = json::array();
    for (const Named& one : named_by(record.view)) {
        DOORSTEP_TRY_ASSIGN(const BlobStanding standing, storage.attachments().standing(one.name.hash));
        const FieldSchema* field = schema ? schema->field(one.field) : nullptr;
        items.push_back({{"sha256", one.name.hash.hex()},
                         {"size", one.name.size},
                         {"media", one.name.media},
                         {"field", field ? std::string(field->name) : "#" + std::to_string(one.field)},
                         {"here", standing.presence == BlobStanding::Presence::whole}});
    }
    return json_reply(asked.request, {{"items", std::move(items)}});
}

/// The audit has it first, also of each part that is asked for.
Result<Reply> rest_attachment(Storage& storage, const RestRequest& asked) {
    const Request& request = asked.request;
    DOORSTEP_TRY_ASSIGN(const Purpose purpose, purpose_of(asked));
    const auto id = RecordId::from_hex(path_part(request.path, record_part));
    if (!id) return Error{Errc::not_found, "no such record"};
    DOORSTEP_TRY_ASSIGN(const ScopedRecord record, storage.read_within(id.value(), asked.session.scope));
    DOORSTEP_TRY(check_may(asked, record.relation, purpose));
    DOORSTEP_TRY_ASSIGN(const Named named, attachment_of_path(asked, record, purpose));
    DOORSTEP_TRY_ASSIGN(const BlobStanding standing, storage.attachments().standing(named.name.hash));
    if (standing.presence != BlobStanding::Presence::whole)
        return Error{Errc::not_here_yet, "the office does not have the attachment yet"};

    const std::string etag = "\"" + named.name.hash.hex() + "\"";
    const Inert as = given_as(named.name.media);
    Reply reply{200, std::string(as.media), {}, {}};
    reply.headers = {{"ETag", etag},
                     {"Accept-Ranges", "bytes"},
                     {"Content-Disposition", "attachment; filename=\"" + named.name.hash.hex().substr(0, 12) + "." +
                                                 std::string(as.suffix) + "\""},
                     {"Content-Security-Policy", "default-src 'none'; sandbox"}};
    if (request.header("if-none-match") == etag) {
        reply.status = 304;
        return reply;
    }
    const std::string_view if_range = request.header("if-range");
    const bool is_this = if_range.empty() || if_range == etag;
    const ByteRange range = byte_range(is_this ? request.header("range") : std::string_view(), standing.size);
    const std::string size = std::to_string(standing.size);
    if (range.of == ByteRange::Of::none) {
        Reply refused = problem({Errc::invalid_argument, "the attachment has no such bytes"});
        refused.status = 416;
        refused.headers.emplace_back("Content-Range", "bytes */" + size);
        return refused;
    }
    if (range.of == ByteRange::Of::part) {
        reply.status = 206;
        reply.headers.emplace_back(
            "Content-Range", "bytes " + std::to_string(range.first) + "-" + std::to_string(range.end - 1) + "/" + size);
    }
    DOORSTEP_TRY(storage.audit().record({asked.now_ms,
                                         asked.session.staff,
                                         asked.session.role,
                                         asked.route,
                                         purpose,
                                         record.view.record,
                                         record.view.area,
                                         {policy().class_of(record.view.type, named.field)}}));
    const auto content = std::make_shared<Content>(storage, named.name.hash, range.first, range.end);
    reply.more = [content] { return content->next(); };
    return reply;
}

}  // namespace doorstep::server
