// A county's forms: what may be declared, that hostile bytes are refused, and that a later version keeps what an
// earlier one said of a field.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "core/model/form.hpp"
#include "core/model/refused_term.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

FormField field_of(std::uint32_t local, Kind kind, ValueType type, const char* zh_cn = "水表读数") {
    FormField field;
    field.local = local;
    field.kind = kind;
    field.type = type;
    field.label = {zh_cn, "meter " + std::to_string(local)};
    return field;
}

Form water(std::uint32_t version) {
    Form form;
    form.number = 7;
    form.version = version;
    form.record_type = household;
    form.title = {"用水登记", "water register"};
    form.fields = {field_of(1, Kind::max, ValueType::integer), field_of(2, Kind::value, ValueType::text)};
    form.fields[1].bytes_max = 10;
    form.fields[1].need = FormField::Need::required;
    form.fields[1].choices = {{"自来水", "mains"}, {"井水", "well"}};
    return form;
}

TEST(Form, ComesBackFromItsBytesAndEveryOtherBytesAreRefusedOrAnotherForms) {
    const Bytes packed = must(water(1).pack());
    EXPECT_EQ(to_hex(must(must(Form::unpack(packed)).pack())), to_hex(packed));
    each_likely_mutation(packed, [&](const Bytes& changed) {
        const auto form = Form::unpack(changed);
        if (form) {
            EXPECT_EQ(to_hex(must(form.value().pack())), to_hex(changed));
        }
    });
}

TEST(Form, RefusesWhatMayNotBePublished) {
    struct Row {
        const char* name;
        std::function<void(Form&)> spoil;
        const char* outcome;
    };
    const Row rows[] = {
        {"good", [](Form&) {}, "ok"},
        {"no number", [](Form& f) { f.number = 0; }, "invalid_argument"},
        {"the last number", [](Form& f) { f.number = 65'535; }, "ok"},
        {"a number too large", [](Form& f) { f.number = 65'536; }, "invalid_argument"},
        {"no version", [](Form& f) { f.version = 0; }, "invalid_argument"},
        {"no record type", [](Form& f) { f.record_type = 0; }, "invalid_argument"},
        {"no title", [](Form& f) { f.title.en = ""; }, "invalid_argument"},
        {"no field", [](Form& f) { f.fields.clear(); }, "invalid_argument"},
        {"one number twice", [](Form& f) { f.fields[1].local = 1; }, "invalid_argument"},
        {"not ascending", [](Form& f) { std::swap(f.fields[0], f.fields[1]); }, "invalid_argument"},
        {"the last field number", [](Form& f) { f.fields[1].local = 65'535; }, "ok"},
        {"a field number too large", [](Form& f) { f.fields[1].local = 65'536; }, "invalid_argument"},
        {"no Chinese label", [](Form& f) { f.fields[0].label.zh_cn = ""; }, "invalid_argument"},
        {"a label that is no text", [](Form& f) { f.fields[0].label.zh_cn = "\xff"; }, "invalid_argument"},
        {"the longest label", [](Form& f) { f.fields[0].label.en = std::string(limits::form_text_bytes_max, 'x'); },
         "ok"},
        {"a label too long", [](Form& f) { f.fields[0].label.en = std::string(limits::form_text_bytes_max + 1, 'x'); },
         "invalid_argument"},
        {"a sum of texts", [](Form& f) { f.fields[1].kind = Kind::count; }, "invalid_argument"},
        {"latest without a reason", [](Form& f) { f.fields[1].kind = Kind::latest; }, "invalid_argument"},
        {"a kind of a newer version", [](Form& f) { f.fields[1].kind = static_cast<Kind>(15); }, "ok"},
        {"a kind that no op can name", [](Form& f) { f.fields[1].kind = static_cast<Kind>(16); }, "invalid_argument"},
        {"as many fields as may be",
         [](Form& f) {
             for (std::uint32_t n = 3; n <= limits::form_fields_max; ++n)
                 f.fields.push_back(field_of(n, Kind::value, ValueType::text));
         },
         "ok"},
        {"a field too many",
         [](Form& f) {
             for (std::uint32_t n = 3; n <= limits::form_fields_max + 1; ++n)
                 f.fields.push_back(field_of(n, Kind::value, ValueType::text));
         },
         "invalid_argument"},
        {"as many choices as may be",
         [](Form& f) {
             f.fields[1].choices.resize(limits::form_choices_max, {"井", "well"});
         },
         "ok"},
        {"a choice too many",
         [](Form& f) {
             f.fields[1].choices.resize(limits::form_choices_max + 1, {"井", "well"});
         },
         "invalid_argument"},
        {"a judgement of a person", [](Form& f) { f.fields[1].label.zh_cn = "稳控等级"; }, "invalid_argument"},
        {"the same in English", [](Form& f) { f.fields[1].label.en = "Risk score"; }, "invalid_argument"},
        {"hidden in a choice", [](Form& f) { f.fields[1].choices[0].zh_cn = "重点人员"; }, "invalid_argument"},
        {"hidden in the title", [](Form& f) { f.title.zh_cn = "上访次数登记"; }, "invalid_argument"},
    };
    for (const Row& row : rows) {
        Form form = water(1);
        row.spoil(form);
        EXPECT_EQ(outcome(form.check()), row.outcome) << row.name;
        EXPECT_EQ(Form::unpack(must(form.pack())) ? "taken" : "refused",
                  form.check() ? "taken" : std::string("refused"))
            << row.name;
    }
}

TEST(RefusedTerm, FindsWholeWordsInAnyCase) {
    EXPECT_EQ(refused_term("RISK of fire"), "risk");
    EXPECT_EQ(refused_term("stability_level"), "stability");
    EXPECT_EQ(refused_term("temperature"), "");
    EXPECT_EQ(refused_term("是否黑名单"), "黑名单");
    EXPECT_EQ(refused_term("屋顶漏雨"), "");
    EXPECT_EQ(refused_term(""), "");
}

TEST(FormRegistry, IsAFunctionOfTheSetOfDefinitions) {
    Form first = water(1), wider = water(2), other_kind = water(3), other_type = water(4), moved = water(5);
    wider.fields[1].bytes_max = 20;
    wider.fields.push_back(field_of(3, Kind::set, ValueType::text));
    other_kind.fields[0].kind = Kind::min;
    other_type.fields[1].type = ValueType::date;
    moved.record_type = issue;
    Form twin = wider;
    twin.title.en = "water registry";  // calls itself version 2 too, with greater bytes
    std::vector<Form> all = {first, wider, other_kind, other_type, moved, twin};
    std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
    do {
        std::vector<Form> arrived;
        for (const std::size_t i : order) arrived.push_back(all[i]);
        const FormRegistry registry = FormRegistry::of(arrived);
        ASSERT_NE(registry.form(7), nullptr);
        EXPECT_EQ(registry.form(7)->version, 2U) << "no later version keeps its word";
        EXPECT_EQ(registry.form(7)->title.en, "water register");
        EXPECT_EQ(registry.form(8), nullptr);
    } while (std::next_permutation(order.begin(), order.end()));
    const FormRegistry registry = FormRegistry::of({first, wider});
    EXPECT_FALSE(registry.would_take(other_kind)) << "the kind of a field never changes";
    EXPECT_FALSE(registry.would_take(other_type));
    EXPECT_FALSE(registry.would_take(moved));
    EXPECT_FALSE(registry.would_take(water(2))) << "that version is taken";
    EXPECT_TRUE(registry.would_take(water(3)));
}

TEST(FormRegistry, ValidatesFieldsOfFormsBesideThoseOfTheProduct) {
    Form wider = water(2);
    wider.fields[1].bytes_max = 20;
    Form narrower = water(3);
    const FormRegistry registry = FormRegistry::of({water(1), wider, narrower});
    const std::uint32_t meter = 7 * 65'536 + 1, source = 7 * 65'536 + 2;
    EXPECT_EQ(water(1).field_id(2), source);
    struct Row {
        const char* name;
        std::uint32_t type;
        Op op;
        const char* outcome;
    };
    const Row rows[] = {
        {"good", household, put(meter, Kind::max, Value::integer(3)), "ok"},
        {"cleared", household, put(meter, Kind::max, Value::cleared()), "ok"},
        {"another kind", household, put(meter, Kind::value, Value::integer(3)), "invalid_argument"},
        {"another type", household, put(meter, Kind::max, text("3")), "invalid_argument"},
        {"on another record type", issue, put(meter, Kind::max, Value::integer(3)), "invalid_argument"},
        {"at the widest limit ever", household, put(source, Kind::value, text(std::string(20, 'x'))), "ok"},
        {"over it", household, put(source, Kind::value, text(std::string(21, 'x'))), "value_too_large"},
        {"a choice that is not offered", household, put(source, Kind::value, text("河水")), "ok"},
        {"a field of a version to come", household, put(source + 9, Kind::log, text("x")), "ok"},
        {"a field of the product", household, put(field::summary, Kind::log, text("x")), "invalid_argument"},
    };
    for (const Row& row : rows) EXPECT_EQ(outcome(registry.validate(row.type, row.op)), row.outcome) << row.name;
}

}  // namespace
}  // namespace doorstep::test
