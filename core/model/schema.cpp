#include "core/model/schema.hpp"

#include "core/model/erasure.hpp"
#include "core/model/intent.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

// Numbers 1 … 15 mean the same in every record type; what only one type has starts at 16.
#define COMMON_FIELDS                                                                            \
    {1, "address", Kind::value, ValueType::text, "地址", "address"},                             \
        {2, "grid", Kind::value, ValueType::text, "网格", "grid"},                               \
        {3, "needs", Kind::set, ValueType::text, "需求", "needs"},                               \
        {4, "summary", Kind::value, ValueType::text, "情况", "summary"},                         \
        {5, "follow_up_on", Kind::value, ValueType::date, "承诺回访日期", "promised follow-up"}, \
        {6, "position", Kind::value, ValueType::position, "位置", "position"},                   \
        {7, "photos", Kind::set, ValueType::text, "照片", "photos"},                             \
        {8, "notes", Kind::log, ValueType::text, "备注", "notes"}, {                             \
        9, "attachments", Kind::set, ValueType::attachment, "附件", "attachments"                \
    }

constexpr FieldSchema household_fields[] = {
    COMMON_FIELDS,
    {16, "contact", Kind::value, ValueType::text, "联系人", "contact"},
    {17, "phone", Kind::value, ValueType::text, "联系电话", "phone", 64},
    {18, "last_visited_on", Kind::max, ValueType::date, "最近走访日期", "last visited on"},
    {19, "best_time", Kind::latest, ValueType::text, "方便上门时间", "best time to call", 256, 0,
     "a hint for planning: a wrong one costs one walk, and the household is asked again at the door"},
};

constexpr FieldSchema resident_fields[] = {
    COMMON_FIELDS,
    {16, "household", Kind::value, ValueType::record, "所属户", "household"},
    {17, "name", Kind::value, ValueType::text, "姓名", "name"},
    {18, "phone", Kind::value, ValueType::text, "联系电话", "phone", 64},
};

constexpr FieldSchema visit_fields[] = {
    COMMON_FIELDS,
    {16, "household", Kind::value, ValueType::record, "所访户", "household"},
    {17, "visited_at", Kind::value, ValueType::time, "走访时间", "visited at"},
    {18, "persons_met", Kind::value, ValueType::text, "见到的人", "persons met"},
    {19, "attempts", Kind::count, ValueType::integer, "敲门次数", "attempts at the door"},
};

constexpr FieldSchema issue_fields[] = {
    COMMON_FIELDS,
    {16, "household", Kind::value, ValueType::record, "反映户", "household"},
    {17, "category", Kind::value, ValueType::text, "类别", "category"},
    {18, "reported_at", Kind::value, ValueType::time, "反映时间", "reported at"},
    {19, "number", Kind::once, ValueType::text, "登记编号", "register number", 64},
    {20, "number_accepted", Kind::state, ValueType::text, "已核定编号", "accepted register number", 64},
    {21, "stage", Kind::state, ValueType::text, "环节", "stage"},
};

constexpr FieldSchema intent_fields[] = {
    {intent::matter, "matter", Kind::value, ValueType::record, "事项", "matter"},
    {intent::transition, "transition", Kind::value, ValueType::text, "申请的环节", "step asked for"},
    {intent::expected, "expected", Kind::value, ValueType::dots, "申请时的环节", "what it stood on"},
    {intent::argument, "argument", Kind::value, ValueType::text, "参数", "argument"},
    {intent::outcome, "outcome", Kind::state, ValueType::text, "结果", "outcome"},
    {intent::code, "code", Kind::state, ValueType::text, "原因代码", "reason code"},
    {intent::rule, "rule", Kind::state, ValueType::text, "依据", "rule"},
};

// What was erased, under which rule and by whose order (erasure.hpp); who carried it out is the author of the commit.
constexpr FieldSchema erasure_fields[] = {
    {erasure::subject, "subject", Kind::state, ValueType::blob, "所清除的部分", "what was erased"},
    {erasure::rule, "rule", Kind::state, ValueType::text, "依据", "rule", 1024},
    {erasure::ordered_by, "ordered_by", Kind::state, ValueType::text, "决定者", "ordered by", 1024},
    {erasure::ordered_at, "ordered_at", Kind::state, ValueType::time, "决定时间", "ordered at"},
};
#undef COMMON_FIELDS

// A county's forms (form.hpp). Its numbers stand there too.
constexpr FieldSchema form_fields[] = {
    {16, "definition", Kind::state, ValueType::blob, "表单定义", "definition"},
};

// What is said of a record itself, whatever its type (reserved_field.hpp).
constexpr FieldSchema reserved_fields[] = {
    {reserved_field::origin, "origin", Kind::state, ValueType::blob, "移交来源", "carried from"},
    {reserved_field::home, "home", Kind::state, ValueType::text, "归属区划", "home area", 64},
    {reserved_field::same_as, "same_as", Kind::set, ValueType::record, "同一对象", "same as"},
    {reserved_field::deletions, "deletions", Kind::set, ValueType::dots, "删除", "deletion"},
    {reserved_field::erasures, "erasures", Kind::log, ValueType::record, "依法清除", "erased"},
};

constexpr RecordSchema schemas[] = {
    {1, "household", "户", "household", household_fields},
    {2, "resident", "居民", "resident", resident_fields},
    {3, "visit", "走访", "visit", visit_fields},
    {4, "issue", "问题", "issue", issue_fields},
    {5, "form", "表单", "form", form_fields},
    {intent::type, "intent", "意向", "intent", intent_fields},
    {erasure::type, "erasure", "清除", "erasure", erasure_fields},
};

const FieldSchema* reserved(std::uint32_t field_id) {
    for (const FieldSchema& candidate : reserved_fields)
        if (candidate.id == field_id) return &candidate;
    return nullptr;
}

}  // namespace

const FieldSchema* RecordSchema::field(std::uint32_t field_id) const {
    for (const FieldSchema& candidate : fields)
        if (candidate.id == field_id) return &candidate;
    return reserved(field_id);
}

const FieldSchema* RecordSchema::field(std::string_view field_name) const {
    for (const FieldSchema& candidate : fields)
        if (candidate.name == field_name) return &candidate;
    return nullptr;
}

std::span<const RecordSchema> record_schemas() { return schemas; }

const RecordSchema* record_schema(std::uint32_t type) {
    for (const RecordSchema& candidate : schemas)
        if (candidate.id == type) return &candidate;
    return nullptr;
}

const RecordSchema* record_schema(std::string_view name) {
    for (const RecordSchema& candidate : schemas)
        if (candidate.name == name) return &candidate;
    return nullptr;
}

Status validate(std::uint32_t record_type, const Op& op) {
    const RecordSchema* record = record_schema(record_type);
    const FieldSchema* field = record ? record->field(op.field) : reserved(op.field);
    if (!field) return ok();
    if (field->kind != op.kind)
        return Error{Errc::invalid_argument, "an op on " + std::string(field->name) + " has another merge kind"};
    if (!op.value.is_cleared() && op.value.type() != field->type)
        return Error{Errc::invalid_argument, "a value of " + std::string(field->name) + " has another type"};
    if (op.value.bytes().size() > field->bytes_max + std::size_t{1})
        return Error{Errc::value_too_large,
                     std::string(field->name) + " takes at most " + std::to_string(field->bytes_max) + " bytes"};
    return ok();
}

Status may_write(Side side, const Op& op) {
    const bool is_the_offices =
        op.kind == Kind::state || op.field == reserved_field::erasures || op.value == erased_mark();
    if (side == Side::office || !is_the_offices) return ok();
    return Error{Errc::forbidden, "only the server writes this field"};
}

Status check_field(const FieldSchema& field) {
    const auto bad = [&](const char* rule) {
        return Error{Errc::invalid_argument, "field " + std::to_string(field.id) + " " + rule};
    };
    const bool number =
        field.type == ValueType::integer || field.type == ValueType::date || field.type == ValueType::time;
    if (field.id == 0) return bad("has no number");
    if (field.label_zh_cn.empty() || field.label_en.empty()) return bad("is not named in both languages");
    if (field.bytes_max == 0 || field.bytes_max > limits::value_bytes_max) return bad("has no possible limit");
    if (field.elements_max > limits::set_elements_max) return bad("gathers more than a set may");
    if (field.kind == Kind::latest && field.harmless_because.empty())
        return bad("keeps the latest value without saying why that is harmless");
    if ((field.kind == Kind::max || field.kind == Kind::min) && !number) return bad("compares what is no number");
    if (field.kind == Kind::count && field.type != ValueType::integer) return bad("counts what is no integer");
    return ok();
}

}  // namespace doorstep
