// The messages about a phone's scope: names of places, and the proof of a purge.
#include "core/sync/scope_message.hpp"

#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/sync/message.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

template <class Message>
void expect_canonical(const Message& message) {
    const Bytes encoded = message.encode();
    EXPECT_EQ(to_hex(must(Message::decode(encoded)).encode()), to_hex(encoded));
    each_mutation(encoded, [&](const Bytes& changed) {
        const auto decoded = Message::decode(changed);
        ASSERT_EQ(decoded ? "ok" : outcome(decoded), decoded ? "ok" : "malformed");
        ASSERT_EQ(to_hex(decoded ? decoded.value().encode() : changed), to_hex(changed));
    });
}

TEST(ScopeMessage, EachHasOneForm) {
    expect_canonical(Names{});
    expect_canonical(Names{{{0, "all"}, {341222101202, "某村"}, {999'999'999'999, "last"}}});
    expect_canonical(Purged{});
    expect_canonical(Purged{{stream(town), stream(village)}});
}

Bytes name(std::uint64_t step, std::string_view name) {
    Bytes out;
    Writer writer(out);
    writer.varint(step);
    writer.sized(name);
    return out;
}

TEST(ScopeMessage, NamesArePlacesOfTwelveDigitsInOrder) {
    constexpr std::uint64_t last = 999'999'999'999;
    struct Row {
        const char* name;
        Bytes payload;
        const char* outcome;
    };
    const Row rows[] = {{"none", "", "ok"},
                        {"the last code", name(last, "x"), "ok"},
                        {"one past it", name(last + 1, "x"), "malformed"},
                        {"one after the last", name(last, "x") + name(0, "y"), "malformed"},
                        {"so far that the code wraps", name(5, "x") + name(~std::uint64_t{0}, "y"), "malformed"},
                        {"the longest name", name(1, std::string(256, 'x')), "ok"},
                        {"one byte more", name(1, std::string(257, 'x')), "malformed"},
                        {"cut", name(1, "x").substr(0, 1), "malformed"}};
    for (const Row& row : rows) EXPECT_EQ(outcome(Names::decode(row.payload)), row.outcome) << row.name;
}

TEST(ScopeMessage, NamesBeyondOneMessageAreLeftOut) {
    Names many;
    for (std::uint64_t code = 0; code < 2 * limits::names_bytes_max / 200; ++code)
        many.rows.push_back({code, std::string(200, 'x')});
    const Bytes encoded = many.encode();
    EXPECT_LE(encoded.size(), limits::names_bytes_max + 16);
    const Names told = must(Names::decode(encoded));
    ASSERT_LT(told.rows.size(), many.rows.size());
    ASSERT_GT(told.rows.size(), many.rows.size() / 3);
    for (std::size_t i = 0; i < told.rows.size(); ++i) ASSERT_EQ(told.rows[i].code, many.rows[i].code);
}

TEST(ScopeMessage, OfAPurgedStreamNothingIsLeft) {
    const auto told = [](const StreamHead& head) { return outcome(Purged::decode(Heads{{head}}.encode())); };
    EXPECT_EQ(told({stream(village), 0, {}}), "ok");
    EXPECT_EQ(told({stream(village), 1, {}}), "malformed");
    EXPECT_EQ(told({stream(village), 0, {0, 1}}), "malformed");
    EXPECT_EQ(outcome(Purged::decode("x")), "malformed");
}

}  // namespace
}  // namespace doorstep::test
