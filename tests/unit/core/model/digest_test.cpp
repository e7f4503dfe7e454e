// The additive digest, record ids, and the schema's promises.
#include "core/model/digest.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "core/model/record_id.hpp"
#include "core/model/schema.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

constexpr std::uint64_t u64_max = std::numeric_limits<std::uint64_t>::max();

Digest sum(Digest a, const Digest& b) { return a += b; }
Digest difference(Digest a, const Digest& b) { return a -= b; }

TEST(Digest, AddsModulo2To128) {
    const Digest one{0, 1}, low_full{0, u64_max}, full{u64_max, u64_max};
    EXPECT_EQ(sum(low_full, one), (Digest{1, 0}));
    EXPECT_EQ(sum(full, one), Digest{});
    EXPECT_EQ(difference(Digest{}, one), full);
    EXPECT_EQ(difference({1, 0}, one), low_full);
    EXPECT_EQ(sum({3, u64_max}, {u64_max, 2}), (Digest{3, 1}));
}

TEST(Digest, DoesNotDependOnOrderAndUndoes) {
    Digest forwards, backwards;
    for (int i = 1; i < 50; ++i) forwards += Digest::of(id_of<Hash>(i * 5));
    for (int i = 49; i > 0; --i) backwards += Digest::of(id_of<Hash>(i * 5));
    EXPECT_EQ(forwards, backwards);
    for (int i = 1; i < 50; ++i) backwards -= Digest::of(id_of<Hash>(i * 5));
    EXPECT_EQ(backwards, Digest{});
}

// Twice the place and one, times the hash: by long multiplication, checked against bc.
TEST(Digest, SaysAtWhichPlaceAnItemStands) {
    Hash hash;
    for (std::size_t i = 0; i < Hash::size; ++i) hash.bytes[i] = static_cast<char>(0xff - i * 7);
    EXPECT_EQ(Digest::of(hash).hex(), "fff8f1eae3dcd5cec7c0b9b2aba49d96");
    EXPECT_EQ(Digest::at(0, hash), Digest::of(hash));
    EXPECT_EQ(Digest::at(1, hash).hex(), "ffead5c0ab96816c57422d1802edd8c2");
    EXPECT_EQ(Digest::at(0x123456789abcdef0, hash).hex(), "903deb9946f4a24fe9417665edec3ed6");
    const Hash one = id_of<Hash>(5), other = id_of<Hash>(10);
    EXPECT_NE(sum(Digest::at(7, one), Digest::at(8, other)), sum(Digest::at(8, one), Digest::at(7, other)));
}

TEST(Digest, IsTheFirst128BitsBigEndian) {
    Hash hash;
    for (std::size_t i = 0; i < Hash::size; ++i) hash.bytes[i] = static_cast<char>(i);
    EXPECT_EQ(Digest::of(hash).hex(), "000102030405060708090a0b0c0d0e0f");
    Bytes bytes;
    Writer out(bytes);
    Digest::of(hash).encode(out);
    Reader in(bytes);
    EXPECT_EQ(Digest::decode(in), Digest::of(hash));
    EXPECT_TRUE(in.at_end());
}

TEST(RecordId, OrdersByTimeAndNeverRepeats) {
    const Salt salt = id_of<Salt>(4);
    EXPECT_TRUE(derive_record_id({5, 0}, salt, 9) < derive_record_id({6, 0}, salt, 0));
    EXPECT_EQ(derive_record_id({0x0102'0304'0506, 7}, salt, 0).hex().substr(0, 12), "010203040506");
    std::set<RecordId> ids;
    for (std::uint32_t n = 0; n < 1000; ++n)
        for (const int s : {1, 2}) ids.insert(derive_record_id({5, 0}, id_of<Salt>(s), n));
    EXPECT_EQ(ids.size(), 2000U);
}

TEST(Schema, NumbersAndNamesAreUniqueWithinARecordType) {
    EXPECT_EQ(record_schemas().size(), 7U) << "household, resident, visit, issue, form, intent, erasure";
    for (const RecordSchema& schema : record_schemas()) {
        EXPECT_EQ(record_schema(schema.id), &schema);
        EXPECT_EQ(record_schema(schema.name), &schema);
        for (const FieldSchema& field : schema.fields) {
            SCOPED_TRACE(std::string(schema.name) + "." + std::string(field.name));
            EXPECT_EQ(schema.field(field.id), &field);
            EXPECT_EQ(schema.field(field.name), &field);
            EXPECT_GT(field.id, 0U);
            EXPECT_LE(field.id, limits::product_field_max);
        }
        EXPECT_EQ(schema.field(60'000), nullptr);
        EXPECT_EQ(schema.field("nonsense"), nullptr);
    }
    EXPECT_EQ(record_schema(99), nullptr);
    EXPECT_EQ(record_schema("nonsense"), nullptr);
}

TEST(Schema, AFieldKeepsItsKindAndType) {
    EXPECT_EQ(outcome(validate(household, put(field::summary, Kind::value, text("x")))), "ok");
    EXPECT_EQ(outcome(validate(household, put(field::summary, Kind::value, Value::cleared()))), "ok");
    EXPECT_EQ(outcome(validate(household, put(field::summary, Kind::set, text("x")))), "invalid_argument");
    EXPECT_EQ(outcome(validate(household, put(field::summary, Kind::value, Value::integer(1)))), "invalid_argument");
    EXPECT_EQ(outcome(validate(household, put(field::needs, Kind::value, text("x")))), "invalid_argument");
    EXPECT_EQ(outcome(validate(issue, put(field::number, Kind::once, text("0001")))), "ok");
    EXPECT_EQ(outcome(validate(issue, put(field::number, Kind::value, text("0001")))), "invalid_argument");
    EXPECT_EQ(outcome(validate(household, put(70'001, static_cast<Kind>(3), Value::integer(1)))), "ok")
        << "a county's form";
    EXPECT_EQ(outcome(validate(99, put(1, Kind::log, Value::integer(1)))), "ok") << "a record type of a newer version";
}

}  // namespace
}  // namespace doorstep::test
