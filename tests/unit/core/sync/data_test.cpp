// DATA laid out by column: every part comes out as it went in, and a column that breaks a rule is refused.
#include "core/sync/data.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "core/base/limits.hpp"
#include "core/model/part_format.hpp"
#include "core/model/record_id.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

/// DATA as the only frame of its message.
Result<Data> decode(BytesView payload) {
    DataMemory memory;
    return Data::decode(payload, memory);
}
Bytes encode(const Data& data) {
    DataMemory memory;
    return data.encode(memory);
}

/// "ok", or the detail of the error, which must be malformed.
std::string refusal(BytesView payload) {
    const auto data = decode(payload);
    if (data) return "ok";
    EXPECT_EQ(outcome(data), "malformed");
    return data.error().detail;
}

Bytes sized(BytesView bytes) {
    Bytes out;
    Writer(out).sized(bytes);
    return out;
}
Bytes varint(std::uint64_t n) {
    Bytes out;
    Writer(out).varint(n);
    return out;
}
Bytes zigzag(std::int64_t n) {
    Bytes out;
    Writer(out).zigzag(n);
    return out;
}
Bytes byte(int n) { return Bytes(1, static_cast<char>(n)); }

/// A frame's columns, each to be replaced by another.
struct Columns {
    std::map<Column, Bytes> fixed;
    std::map<std::uint32_t, Bytes> values;

    explicit Columns(const Data& data) {
        const Bytes payload = encode(data);
        Reader in(payload);
        Stream::decode(in);
        in.varint();
        for (int column = 0; column < static_cast<int>(Column::count_); ++column)
            fixed[static_cast<Column>(column)] = Bytes(in.sized(payload.size()));
        for (std::size_t n = in.count(100, 2); n > 0; --n) {
            const std::uint32_t field = in.varint32();
            values[field] = Bytes(in.sized(payload.size()));
        }
        EXPECT_TRUE(succeeds(in.finish("DATA")));
    }
    Bytes payload() const {
        ColumnWriter columns;
        for (const auto& [column, bytes] : fixed) columns.at(column).raw(bytes);
        for (const auto& [field, bytes] : values) columns.value(field).raw(bytes);
        Bytes out;
        Writer writer(out);
        stream(village).encode(writer);
        writer.varint(0);
        columns.write(writer);
        return out;
    }
};

/// One commit of one part, which names another replica than the commit's, and writes one record that lay there before.
Data one_commit() {
    Chain chain(replica(8));
    const Op op = put(field::summary, Kind::value, text("x"), {dot(9, 4)});
    return {stream(village), 0, {chain.commit({part(stream(village), {{record(1), household, {op}}})})}};
}

Bytes plain_part() { return summary_part(village, 1, "x").pack(); }

TEST(Data, AColumnThatBreaksARuleIsRefused) {
    const Data good = one_commit();
    const Columns columns(good);
    const Bytes shape = columns.fixed.at(Column::fresh_shapes).substr(1);
    const std::uint64_t wall_ms = std::get<Commit>(good.entries[0]).header.hlc.wall_ms;
    struct Row {
        const char* name;
        std::function<void(Columns&)> change;
        const char* refusal;
    };
    const auto set = [](Column column, Bytes bytes) { return [=](Columns& c) { c.fixed[column] = bytes; }; };
    const auto add = [](Column column, Bytes bytes) { return [=](Columns& c) { c.fixed[column] += bytes; }; };
    const Bytes own_stream = [] {
        Bytes out = byte(1);
        Writer writer(out);
        stream(village).encode(writer);
        return out;
    }();
    constexpr const char *a_column = "a column is malformed", *over = "a column has bytes after its end",
                         *rule = "a commit in DATA breaks a rule", *nobody = "DATA names nobody",
                         *for_nothing = "DATA names something for nothing", *parts = "parts are malformed";
    const Row rows[] = {
        {"as it was written", [](Columns&) {}, "ok"},
        // who
        {"a replica told twice", add(Column::fresh_replicas, sized(replica(8).view())), a_column},
        {"a replica that nobody is", add(Column::fresh_replicas, sized(replica(7).view())), for_nothing},
        {"an author that nobody is", add(Column::fresh_authors, sized("x")), for_nothing},
        {"a replica that was not told", set(Column::replica, varint(5)), nobody},
        {"an author who was not told", set(Column::author, varint(5)), nobody},
        {"a short replica", set(Column::fresh_replicas, sized("x") + sized(replica(9).view())),
         "identifier has the wrong length"},
        {"an author without a name", set(Column::fresh_authors, sized("")), rule},
        {"an author's name that is no text", set(Column::fresh_authors, sized("\xff")), rule},
        // the commit
        {"an entry of a later kind", set(Column::kind, byte(7)), "DATA holds an entry of an unknown kind"},
        {"commit 0", set(Column::seq, zigzag(-1)), rule},
        {"a clock beyond 48 bits", set(Column::wall, zigzag(std::int64_t{1} << 48)), rule},
        {"a counter beyond 16 bits", set(Column::counter, varint(0x10000)), rule},
        {"no parts", set(Column::stamp, zigzag(0) + zigzag(0) + varint(1) + varint(0)), rule},
        {"too many parts", set(Column::stamp, zigzag(0) + zigzag(0) + varint(1) + varint(limits::commit_parts_max + 1)),
         rule},
        {"a hash that the reader knows",
         [](Columns& c) {
             c.fixed[Column::kind] = byte(2);
             c.fixed[Column::previous] = Bytes(Hash().view());
         },
         "DATA tells a hash that its reader knows"},
        {"no hash where the reader knows none", set(Column::seq, zigzag(1)),
         "DATA leaves out a hash that its reader cannot know"},
        // the part
        {"a part of a later kind",
         [](Columns& c) {
             c.fixed[Column::part] = byte(3);
             c.fixed[Column::plain] = Bytes(Hash().view());
         },
         parts},
        {"a part of no kind", set(Column::part, ""), "DATA is malformed"},
        {"a plain part of no bytes",
         [](Columns& c) {
             c.fixed[Column::part] = byte(1);
             c.fixed[Column::plain] = sized("");
         },
         parts},
        {"a plain part that has columns",
         [](Columns& c) {
             c.fixed[Column::part] = byte(1);
             c.fixed[Column::plain] = sized(plain_part());
         },
         parts},
        {"a part that is not there, nor its hash", set(Column::part, byte(2)), parts},
        {"neither this stream nor another", set(Column::stream, byte(2)), a_column},
        {"another stream that is this one", set(Column::stream, own_stream), a_column},
        {"a table of whom nobody told", set(Column::table, varint(1) + varint(7)), "no such replica"},
        {"a table of a short replica", set(Column::fresh_replicas, sized(replica(8).view()) + sized("x")),
         "no such replica"},
        // the record
        {"an id that neither derives nor stands there", set(Column::records, varint(1) + byte(2) + varint(0)),
         a_column},
        {"an id that derives and stands there all the same",
         [&](Columns& c) {
             c.fixed[Column::id] = Bytes(derive_record_id({wall_ms, 0}, id_of<Salt>(7), 0).view());
         },
         a_column},
        {"a shape that was not told", set(Column::records, varint(1) + byte(0) + varint(5)), "no such shape"},
        {"a shape for nothing", add(Column::fresh_shapes, sized(shape + 'x')), for_nothing},
        {"a shape that goes on after its ops", set(Column::fresh_shapes, sized(shape + 'x')), a_column},
        {"a shape without ops",
         [](Columns& c) {
             c.fixed[Column::fresh_shapes] = sized(varint(household) + varint(0));
             c.fixed[Column::causes].clear();
             c.values.clear();
         },
         a_column},
        {"a value of no bytes", [](Columns& c) { c.values[field::summary] = sized(""); }, a_column},
        {"a field without its column", [](Columns& c) { c.values.clear(); }, a_column},
        {"more causes than ops", add(Column::causes, varint(1)), over},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Columns changed = columns;
        row.change(changed);
        EXPECT_EQ(refusal(changed.payload()), row.refusal);
    }
}

TEST(Data, NamesAsManyAsADictionaryHolds) {
    constexpr std::size_t items_max = 20'000;
    Columns columns(one_commit());
    while (columns.fixed[Column::fresh_replicas].size() < items_max * (1 + ReplicaId::size)) {
        Bytes id;
        Writer(id).u64(columns.fixed[Column::fresh_replicas].size());
        columns.fixed[Column::fresh_replicas] += sized(id + Bytes(8, 'r'));
    }
    EXPECT_EQ(refusal(columns.payload()), "DATA names something for nothing") << "as many as it holds are read";
    columns.fixed[Column::fresh_replicas] += sized(replica(7).view());
    EXPECT_EQ(refusal(columns.payload()), "a column is malformed");
}

Part large_part(std::size_t fields, std::size_t value_bytes) {
    RecordOps large{record(1), household, {}};
    for (std::uint32_t i = 0; i < fields; ++i)
        large.ops.push_back(put(70'001 + i, Kind::value, text(std::string(value_bytes, 'x'))));
    return part(stream(village), {large});
}

TEST(Data, UnfoldsToABoundedSize) {
    constexpr std::size_t value_bytes = 60'000;
    Chain chain(replica(8));
    const auto whole = [&](std::size_t commits, std::size_t fields) {
        Data data{stream(village), 0, {}};
        for (std::size_t i = 0; i < commits; ++i)
            data.entries.emplace_back(chain.commit({large_part(fields, value_bytes)}));
        return refusal(encode(data));
    };
    EXPECT_EQ(whole(1, 3), "ok");
    EXPECT_EQ(whole(1, 4), "a part is too large");
    constexpr std::size_t fit = limits::data_bytes_max / (3 * value_bytes + 500);
    EXPECT_EQ(whole(fit, 3), "ok");
    EXPECT_EQ(whole(fit + 1, 3), "DATA unfolds to more than a frame may");
}

/// A part as bytes, of two records, of which the first is given.
Bytes part_of(BytesView first_record, int version = part_format::version) {
    Bytes out;
    Writer writer(out);
    writer.u8(static_cast<std::uint8_t>(version));
    stream(village).encode(writer);
    writer.fixed(id_of<Salt>(7));
    writer.varint(0);  // no table
    writer.varint(2);
    writer.raw(first_record);
    writer.fixed(record(2));
    writer.raw(varint(household) + varint(1) + varint(field::summary) + byte(0) + sized(text("long enough").bytes()));
    return out;
}

TEST(PartColumns, APartOfAnotherFormIsLeftAsItIs) {
    const Bytes id(record(1).view()), head = id + varint(household);
    const Bytes op = varint(field::summary) + byte(0) + sized(text("x").bytes());
    struct Row {
        const char* name;
        Bytes part;
        Taken taken;
    };
    const Row rows[] = {
        {"of this form", part_of(head + varint(1) + op), Taken::yes},
        {"of a later version", part_of(head + varint(1) + op, part_format::version + 1), Taken::no},
        {"a byte after its end", part_of(head + varint(1) + op) + "x", Taken::no},
        {"a record without ops", part_of(head + varint(0)), Taken::no},
        {"a record of more ops than there may be", part_of(head + varint(limits::record_ops_max + 1) + op), Taken::no},
        {"a value of no bytes", part_of(head + varint(1) + varint(field::summary) + byte(0) + sized("")), Taken::no},
        {"no bytes", "", Taken::no},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Dictionaries known;
        ColumnWriter columns;
        EXPECT_EQ(scatter_part(row.part, {stream(village), 1}, known, columns), row.taken);
        EXPECT_EQ(is_columnar(row.part), row.taken == Taken::yes);
        Bytes written, nothing;
        Writer out(written), none(nothing);
        columns.write(out);
        ColumnWriter().write(none);
        EXPECT_EQ(written == nothing, row.taken == Taken::no);
    }
}

TEST(PartColumns, WhateverBytesAPartIsTheyComeOutAsTheyWentIn) {
    const Bytes whole = part_of(Bytes(record(1).view()) + varint(household) + varint(1) + varint(field::summary) +
                                byte(part_format::supersedes_bit) + sized(text("x").bytes()) + varint(1) + varint(1) +
                                varint(0) + varint(4));
    std::size_t taken = 0, left = 0;
    each_likely_mutation(whole, [&](const Bytes& packed) {
        if (packed.empty()) return;  // a part that is not there
        Chain chain(replica(8));
        const Data sent{stream(village), 0, {chain.commit_packed({packed})}};
        const auto back = decode(encode(sent));
        ASSERT_TRUE(succeeds(back));
        ASSERT_EQ(to_hex(std::get<Commit>(back.value().entries[0]).parts[0]), to_hex(packed));
        ++(is_columnar(packed) ? taken : left);
    });
    EXPECT_GT(taken, 0U);
    EXPECT_GT(left, 0U);
}

}  // namespace
}  // namespace doorstep::test
