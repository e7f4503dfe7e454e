// The schema as data: what a field may be declared to be, and which ops agree with it.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/model/schema.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

TEST(Schema, EveryFieldOfEveryTypeIsWellDeclared) {
    std::set<std::uint32_t> types;
    for (const RecordSchema& record : record_schemas()) {
        EXPECT_TRUE(types.insert(record.id).second);
        std::set<std::uint32_t> ids;
        std::set<std::string_view> names;
        for (const FieldSchema& field : record.fields) {
            EXPECT_TRUE(succeeds(check_field(field))) << record.name;
            EXPECT_TRUE(ids.insert(field.id).second) << record.name << "." << field.name;
            EXPECT_TRUE(names.insert(field.name).second) << record.name << "." << field.name;
            EXPECT_LE(field.id, limits::product_field_max);
            EXPECT_EQ(record.field(field.id), &field);
            EXPECT_EQ(record.field(field.name), &field);
        }
    }
}

TEST(Schema, RefusesABadDeclaration) {
    const FieldSchema good{1, "f", Kind::value, ValueType::text, "字", "f", 10, 10};
    struct Row {
        const char* name;
        void (*spoil)(FieldSchema&);
        const char* outcome;
    };
    const Row rows[] = {
        {"good", [](FieldSchema&) {}, "ok"},
        {"no number", [](FieldSchema& f) { f.id = 0; }, "invalid_argument"},
        {"no Chinese name", [](FieldSchema& f) { f.label_zh_cn = ""; }, "invalid_argument"},
        {"no English name", [](FieldSchema& f) { f.label_en = ""; }, "invalid_argument"},
        {"nothing fits", [](FieldSchema& f) { f.bytes_max = 0; }, "invalid_argument"},
        {"the longest value", [](FieldSchema& f) { f.bytes_max = limits::value_bytes_max; }, "ok"},
        {"longer than a value", [](FieldSchema& f) { f.bytes_max = limits::value_bytes_max + 1; }, "invalid_argument"},
        {"the largest set", [](FieldSchema& f) { f.elements_max = limits::set_elements_max; }, "ok"},
        {"more than a set", [](FieldSchema& f) { f.elements_max = limits::set_elements_max + 1; }, "invalid_argument"},
        {"latest without a reason", [](FieldSchema& f) { f.kind = Kind::latest; }, "invalid_argument"},
        {"latest with a reason",
         [](FieldSchema& f) {
             f.kind = Kind::latest;
             f.harmless_because = "only a hint";
         },
         "ok"},
        {"max of texts", [](FieldSchema& f) { f.kind = Kind::max; }, "invalid_argument"},
        {"min of texts", [](FieldSchema& f) { f.kind = Kind::min; }, "invalid_argument"},
        {"count of texts", [](FieldSchema& f) { f.kind = Kind::count; }, "invalid_argument"},
        {"count of days",
         [](FieldSchema& f) {
             f.kind = Kind::count;
             f.type = ValueType::date;
         },
         "invalid_argument"},
        {"max of days",
         [](FieldSchema& f) {
             f.kind = Kind::max;
             f.type = ValueType::date;
         },
         "ok"},
        {"count",
         [](FieldSchema& f) {
             f.kind = Kind::count;
             f.type = ValueType::integer;
         },
         "ok"},
    };
    for (const Row& row : rows) {
        FieldSchema field = good;
        row.spoil(field);
        EXPECT_EQ(outcome(check_field(field)), row.outcome) << row.name;
    }
}

TEST(Schema, ValidatesKindTypeAndLimit) {
    const std::uint32_t phone = 17;  // of a household: text of at most 64 bytes
    const auto longest = std::string(64, 'x');
    struct Row {
        const char* name;
        Op op;
        const char* outcome;
    };
    const Row rows[] = {
        {"at the limit", put(phone, Kind::value, text(longest)), "ok"},
        {"over the limit", put(phone, Kind::value, text(longest + "x")), "value_too_large"},
        {"cleared", put(phone, Kind::value, Value::cleared()), "ok"},
        {"another kind", put(phone, Kind::set, text("1")), "invalid_argument"},
        {"another type", put(phone, Kind::value, Value::integer(1)), "invalid_argument"},
        {"a field of a newer version", put(5000, Kind::count, text("1")), "ok"},
    };
    for (const Row& row : rows) EXPECT_EQ(outcome(validate(household, row.op)), row.outcome) << row.name;
    EXPECT_EQ(outcome(validate(999, put(phone, Kind::set, text("1")))), "ok") << "a type of a newer version";
}

TEST(Schema, OnlyTheServerWritesState) {
    const Op accepted = put(20, Kind::state, text("TH-7")), number = put(19, Kind::once, text("TH-7"));
    EXPECT_EQ(outcome(validate(issue, accepted)), "ok");
    EXPECT_EQ(outcome(may_write(Side::phone, accepted)), "forbidden");
    EXPECT_EQ(outcome(may_write(Side::office, accepted)), "ok");
    EXPECT_EQ(outcome(may_write(Side::phone, number)), "ok");
    EXPECT_EQ(outcome(validate(issue, put(20, Kind::value, text("TH-7")))), "invalid_argument") << "no way around";
}

}  // namespace
}  // namespace doorstep::test
