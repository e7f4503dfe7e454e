// What is left of a value of which not all may be seen.
#include "server/access/mask.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/support/make.hpp"

namespace doorstep::server {
namespace {

using test::must;

TEST(Mask, Texts) {
    struct Row {
        const char* name;
        FieldClass what;
        const char *text, *left;
    };
    const Row rows[] = {
        {"a name keeps its first character", FieldClass::name, "欧阳修", "欧＊＊＊"},
        {"of one character nothing is left", FieldClass::name, "王", "＊＊＊"},
        {"several names are one", FieldClass::name, "张三和李四", "张＊＊＊"},
        {"a mobile number keeps three and four", FieldClass::phone, "13812345678", "138＊＊＊5678"},
        {"ten digits keep none", FieldClass::phone, "0558523876", "＊＊＊"},
        {"what is no number keeps nothing", FieldClass::phone, "138 1234 5678", "＊＊＊"},
        {"an identity number", FieldClass::id_number, "34122219480101123X", "＊＊＊"},
        {"an address", FieldClass::address, "八里村三组17号", "＊＊＊"},
        {"words", FieldClass::words, "老人独居", "＊＊＊"},
        {"a field of a form", FieldClass::unlisted, "甲", "＊＊＊"},
    };
    for (const Row& row : rows) EXPECT_EQ(masked_text(row.what, row.text), row.left) << row.name;
}

TEST(Mask, NumbersInWords) {
    struct Row {
        const char *name, *text, *left;
    };
    const Row rows[] = {
        {"none", "老人独居", "老人独居"},
        {"empty", "", ""},
        {"six digits stay", "花了123456元", "花了123456元"},
        {"seven go", "座机5238761。", "座机＊＊＊。"},
        {"a mobile number", "儿子电话13812345678，", "儿子电话＊＊＊，"},
        {"set apart by spaces", "138 1234 5678", "＊＊＊"},
        {"set apart by dashes", "电话：138-1234-5678；", "电话：＊＊＊；"},
        {"with an area code", "0558-5238761", "＊＊＊"},
        {"an identity number that ends in X", "证号34122219480101123X，低保", "证号＊＊＊，低保"},
        {"full width", "１３８１２３４５６７８", "＊＊＊"},
        {"a date stays", "2026-11-29上门", "2026-11-29上门"},
        {"a date and a time stay", "2026-11-29 14:05", "2026-11-29 14:05"},
        {"two", "5238761、5238762", "＊＊＊、＊＊＊"},
        {"what stands behind it stays", "5238761 转3", "＊＊＊ 转3"},
    };
    for (const Row& row : rows) EXPECT_EQ(without_numbers(row.text), row.left) << row.name;
}

TEST(Mask, ValuesOfOtherTypesAreMaskedWhole) {
    const Value somewhere = must(Value::position(33'000'000, 115'000'000)), mask = must(Value::text(mask_text));
    EXPECT_EQ(seen(somewhere, FieldClass::position, Sight::shown), somewhere);
    EXPECT_EQ(seen(somewhere, FieldClass::position, Sight::masked), mask);
    EXPECT_EQ(seen(somewhere, FieldClass::position, Sight::without_numbers), mask);
    EXPECT_EQ(seen(somewhere, FieldClass::position, Sight::hidden), Value::cleared());
    EXPECT_EQ(seen(Value::cleared(), FieldClass::name, Sight::masked), Value::cleared()) << "nothing says nothing";
}

TEST(Mask, RecordsKeepWhoWroteAndLoseWhatIsHidden) {
    const Dot dot{ReplicaId{}, 3};
    RecordView record;
    record.fields.resize(2);
    record.fields[0].field = 1;
    record.fields[0].values = {{must(Value::text("八里村")), {{dot, "李明", 1}}, {dot}}};
    record.fields[0].overruled = record.fields[0].values;
    record.fields[0].suggestion = "八里村三组";
    record.fields[1].field = 2;
    record.fields[1].values = {{must(Value::text("03")), {}, {}}};
    const RecordView left = seen(record, [](std::uint32_t, std::uint32_t field) {
        return FieldSight{FieldClass::address, field == 1 ? Sight::masked : Sight::hidden};
    });
    ASSERT_EQ(left.fields.size(), 1u);
    EXPECT_EQ(left.fields[0].values[0].value.as_text(), mask_text);
    EXPECT_EQ(left.fields[0].overruled[0].value.as_text(), mask_text);
    EXPECT_EQ(left.fields[0].values[0].traces[0].author, "李明");
    EXPECT_FALSE(left.fields[0].suggestion) << "it quotes the words";
}

}  // namespace
}  // namespace doorstep::server
