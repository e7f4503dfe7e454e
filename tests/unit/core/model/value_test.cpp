// Values: canonical, bounded, and whole even when this version does not know their type.
#include "core/model/value.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

using limits::value_bytes_max;

std::vector<Value> some_values() {
    std::vector<Value> values = {Value::cleared(),
                                 text("屋顶漏雨"),
                                 text("\xf0\xa0\xae\xb7"),
                                 Value::record(record(3)),
                                 must(Value::position(33'160'000, 115'620'000)),
                                 must(Value::position(-90'000'000, -180'000'000)),
                                 must(Value::position(90'000'000, 180'000'000)),
                                 must(Value::position(0, 0)),
                                 must(Value::from_bytes("\x63 of a newer version")),
                                 must(Value::from_bytes("\x63"))};
    for (const std::int64_t n :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{20'778}, std::int64_t{1'763'700'000'000},
          std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()})
        for (const Value& value : {Value::integer(n), Value::date(n), Value::time(n)}) values.push_back(value);
    return values;
}

TEST(Value, ComesBackFromItsBytes) {
    for (const Value& value : some_values())
        EXPECT_EQ(must(Value::from_bytes(value.bytes())), value) << to_hex(value.bytes());
}

TEST(Value, BytesAreCanonical) {
    for (const Value& value : some_values()) {
        each_mutation(Bytes(value.bytes()), [&](const Bytes& changed) {
            const auto decoded = Value::from_bytes(changed);
            if (!decoded) return;
            ASSERT_EQ(to_hex(decoded.value().bytes()), to_hex(changed));
            // Built again from what it says, it has the same bytes: there is one form for each value.
            const Value& v = decoded.value();
            switch (v.type()) {
                case ValueType::cleared: ASSERT_EQ(v, Value::cleared()); break;
                case ValueType::text: ASSERT_EQ(v, text(v.as_text())); break;
                case ValueType::integer: ASSERT_EQ(v, Value::integer(v.as_integer())); break;
                case ValueType::date: ASSERT_EQ(v, Value::date(v.as_integer())); break;
                case ValueType::time: ASSERT_EQ(v, Value::time(v.as_integer())); break;
                case ValueType::record: ASSERT_EQ(v, Value::record(v.as_record())); break;
                case ValueType::position:
                    ASSERT_EQ(v, must(Value::position(v.as_position().latitude_e6, v.as_position().longitude_e6)));
                    break;
                default: break;
            }
        });
    }
}

TEST(Value, ReadingAsAnotherTypeGivesNothing) {
    const Value words = text("abc"), number = Value::integer(5), id = Value::record(record(1));
    EXPECT_EQ(number.as_text(), "");
    EXPECT_EQ(words.as_integer(), 0);
    EXPECT_TRUE(words.as_record().is_zero());
    EXPECT_EQ(words.as_position().latitude_e6, 0);
    EXPECT_EQ(id.as_record(), record(1));
    EXPECT_EQ(Value::date(-3).as_integer(), -3);
}

TEST(Value, TextHoldsAtMostItsLimit) {
    for (const std::size_t size : {value_bytes_max - 1, value_bytes_max, value_bytes_max + 1}) {
        SCOPED_TRACE(size);
        const std::string expected = size <= value_bytes_max ? "ok" : "value_too_large";
        EXPECT_EQ(outcome(Value::text(std::string(size, 'a'))), expected);
        EXPECT_EQ(outcome(Value::from_bytes("\x01" + std::string(size, 'a'))), expected);
        EXPECT_EQ(outcome(Value::from_bytes("\x63" + std::string(size, 'a'))), expected) << "a type of a newer version";
    }
}

TEST(Value, ATenMegabyteTextIsTooLargeAndNothingElse) {
    EXPECT_EQ(outcome(Value::text(std::string(10'000'000, 'a'))), "value_too_large");
    EXPECT_EQ(outcome(Value::text(std::string(10'000'000, '\xff'))), "value_too_large");
}

TEST(Value, AnEmptyTextIsCleared) {
    EXPECT_EQ(text(""), Value::cleared());
    EXPECT_TRUE(text("").is_cleared());
    EXPECT_EQ(outcome(Value::from_bytes("\x01")), "malformed") << "there is one form for it";
}

TEST(Value, RefusesInvalidUtf8) {
    for (const char* words : {"\xff", "abc\xe5\x85", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80"}) {
        EXPECT_EQ(outcome(Value::text(words)), "invalid_utf8");
        EXPECT_EQ(outcome(Value::from_bytes("\x01" + std::string(words))), "invalid_utf8");
    }
    EXPECT_EQ(outcome(Value::text(std::string_view("a\0b", 3))), "invalid_utf8");
}

TEST(Value, APositionIsOnEarth) {
    constexpr std::int64_t north = 90'000'000, east = 180'000'000;
    struct Row {
        std::int64_t latitude, longitude;
        bool fits;
    };
    const Row rows[] = {{north - 1, 0, true},
                        {north, 0, true},
                        {north + 1, 0, false},
                        {-north, 0, true},
                        {-north - 1, 0, false},
                        {0, east - 1, true},
                        {0, east, true},
                        {0, east + 1, false},
                        {0, -east, true},
                        {0, -east - 1, false},
                        {std::numeric_limits<std::int64_t>::min(), 0, false}};
    for (const Row& row : rows) {
        SCOPED_TRACE(std::to_string(row.latitude) + " " + std::to_string(row.longitude));
        EXPECT_EQ(outcome(Value::position(row.latitude, row.longitude)), row.fits ? "ok" : "invalid_argument");
        Bytes bytes = "\x04";
        Writer out(bytes);
        out.zigzag(row.latitude);
        out.zigzag(row.longitude);
        EXPECT_EQ(outcome(Value::from_bytes(bytes)), row.fits ? "ok" : "malformed");
    }
}

TEST(Value, RefusesPayloadsOfTheWrongLength) {
    for (const Bytes& bytes :
         {Bytes(), Bytes(1, '\0') + "x", Bytes("\x02"), Bytes("\x02\x80"), Bytes("\x03"), "\x03" + Bytes(15, 'a'),
          "\x03" + Bytes(17, 'a'), Bytes("\x04\x02"), Bytes("\x04\x02\x02\x02"), Bytes("\x05"), Bytes("\x06\x02\x02")})
        EXPECT_EQ(outcome(Value::from_bytes(bytes)), "malformed") << to_hex(bytes);
}

}  // namespace
}  // namespace doorstep::test
