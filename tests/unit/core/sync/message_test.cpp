// Messages: encode() and decode() are inverse, and decode() takes nothing else.
#include "core/sync/message.hpp"

#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/sync/exchange.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

StreamHead head(std::string_view area_text, std::uint64_t position, std::uint64_t low) {
    return {stream(area_text), position, {low * 3, low}};
}

Hello some_hello() {
    Hello hello;
    hello.replica = replica(3);
    hello.base_seq = 290;
    hello.base_hash = id_of<HashHead>(9);
    hello.top_seq = 300;
    hello.epoch = id_of<EpochId>(4);
    hello.summary = {5, 6};
    return hello;
}

Welcome some_welcome() {
    Welcome welcome;
    welcome.answers = 0xfedcba98;
    welcome.epoch = id_of<EpochId>(4);
    welcome.server_ms = 1'763'700'000'000;
    welcome.durable_seq = 300;
    welcome.backed_up_seq = 200;
    welcome.summary = {7, 8};
    welcome.held = {{7, 0, 22}, {9, 1, 7}};
    return welcome;
}

Push some_push() {
    Chain chain(replica(3));
    return {{chain.commit({summary_part(village, 1, "a")}),
             chain.commit({summary_part(village, 1, "b"), summary_part(town, 2, "c", 8)})}};
}

Data some_data() {
    Chain one(replica(3)), two(replica(4));
    Commit partial = one.commit({summary_part(village, 1, "a"), summary_part(town, 2, "c", 8)});
    partial.parts[0].clear();
    const Commit following = one.commit({summary_part(village, 1, "b")});
    const Commit other = two.commit({summary_part(village, 3, "d")});
    return {stream(village), 17, {partial, Data::Own{5}, following, other, Data::Own{6}}};
}

/// PUSH of a whole chain, whose author is known.
struct FromTheFirst {
    Push push;
    Bytes encode() const {
        PushContext context{replica(3), {}};
        return push.encode(context);
    }
    static Result<FromTheFirst> decode(BytesView bytes) {
        PushContext context{replica(3), {}};
        DOORSTEP_TRY_ASSIGN(Push push, Push::decode(bytes, context));
        return FromTheFirst{std::move(push)};
    }
};

/// DATA as the only frame of its message.
struct Alone {
    Data data;
    Bytes encode() const {
        DataMemory memory;
        return data.encode(memory);
    }
    static Result<Alone> decode(BytesView bytes) {
        DataMemory memory;
        DOORSTEP_TRY_ASSIGN(Data data, Data::decode(bytes, memory));
        return Alone{std::move(data)};
    }
};

/// decode(encode(x)) encodes to the same bytes, and so does everything that decode() takes.
template <class Message, class Decode>
void expect_canonical(const Message& message, const Decode& decode) {
    const Bytes encoded = message.encode();
    EXPECT_EQ(to_hex(must(decode(encoded)).encode()), to_hex(encoded));
    each_likely_mutation(encoded, [&](const Bytes& changed) {
        const auto decoded = decode(changed);
        if (!decoded) {
            const std::string why = outcome(decoded);
            ASSERT_TRUE(why == "malformed" || why == "protocol_version" || why == "chain_broken") << why;
            return;
        }
        ASSERT_EQ(to_hex(decoded.value().encode()), to_hex(changed));
    });
}

TEST(Message, EachHasOneForm) {
    expect_canonical(some_hello(), Hello::decode);
    expect_canonical(some_welcome(), Welcome::decode);
    expect_canonical(Pull{head(village, 300, 7), {}}, Pull::decode);
    expect_canonical(Pull{head(village, 300, 7), {65'536, sha256("chunk")}}, Pull::decode);
    expect_canonical(Heads{{head(county, 5, 1), head(town, 1, 2), head(village, 300, 7)}}, Heads::decode);
    expect_canonical(Heads{}, Heads::decode);
    expect_canonical(Alone{some_data()}, Alone::decode);
    expect_canonical(Alone{{stream(village), 0, {}}}, Alone::decode);
    expect_canonical(Checkpoint{head(village, 300, 7), 301}, Checkpoint::decode);
    expect_canonical(Refused{27, "两个不同的提交"}, Refused::decode);
    Hello fresh = some_hello();
    fresh.base_seq = 0;
    fresh.base_hash = {};
    expect_canonical(fresh, Hello::decode);
    Welcome same_epoch = some_welcome();
    same_epoch.epoch.reset();
    expect_canonical(same_epoch, Welcome::decode);
    expect_canonical(Forked{7}, Forked::decode);
    expect_canonical(FromTheFirst{some_push()}, FromTheFirst::decode);
}

Bring some_bring() {
    Chain chain(replica(5));
    Commit partial = chain.commit({summary_part(village, 1, "a"), summary_part(town, 2, "c", 8)});
    partial.parts[1].clear();
    return {stream(village), 1024, id_of<Hash>(1), id_of<Hash>(2), {id_of<Hash>(3), partial, id_of<Hash>(4)}};
}

TEST(Message, EachOfAReconciliationHasOneForm) {
    expect_canonical(Ranges{stream(village), {{0, {}}, {7, {1, 2}}, {300, {3, 4}}}}, Ranges::decode);
    expect_canonical(Differs{stream(village), 300, {0, 3, 4, 63}}, Differs::decode);
    expect_canonical(Differs{stream(village), 0, {}}, Differs::decode);
    expect_canonical(Offer{stream(village), {{dot(3, 7), id_of<HashHead>(1)}, {dot(2, 1), id_of<HashHead>(2)}}},
                     Offer::decode);
    expect_canonical(Wanted{stream(village), {0, 2, 300}}, Wanted::decode);
    expect_canonical(Receipt{stream(village), 300, 200, id_of<Hash>(1)}, Receipt::decode);
    expect_canonical(States{stream(village), 300, {1, 2}}, States::decode);
    expect_canonical(Fetch{stream(village), 3, 300}, Fetch::decode);
    expect_canonical(some_bring(), Bring::decode);
    Bring unproved = some_bring();
    unproved.tag.reset();
    expect_canonical(unproved, Bring::decode);
}

TEST(Message, AReconciliationRefusesWhatAsksForNothingOrTooMuch) {
    const auto ranges = [](std::vector<std::uint64_t> positions) {
        Ranges out{stream(village), {}};
        for (const std::uint64_t position : positions) out.points.push_back({position, {}});
        return outcome(Ranges::decode(out.encode()));
    };
    EXPECT_EQ(ranges({0, 1}), "ok");
    EXPECT_EQ(ranges({0}), "malformed") << "one point is no interval";
    EXPECT_EQ(ranges({5, 5}), "malformed");
    EXPECT_EQ(ranges({5, 4}), "malformed") << "the distance wraps around";
    for (const int beside : {-1, 0, 1}) {
        const std::size_t n = limits::range_points_max + static_cast<std::size_t>(beside);
        std::vector<std::uint64_t> many;
        for (std::size_t i = 0; i < n; ++i) many.push_back(i);
        EXPECT_EQ(ranges(many), beside <= 0 ? "ok" : "malformed");
    }
    const Stream here = stream(village);
    const auto last = static_cast<std::uint32_t>(limits::range_points_max);
    EXPECT_EQ(outcome(Differs::decode(Differs{here, 1, {last - 1}}.encode())), "ok");
    EXPECT_EQ(outcome(Differs::decode(Differs{here, 1, {last}}.encode())), "malformed");
    EXPECT_EQ(outcome(Differs::decode(Differs{here, 1, {3, 3}}.encode())), "malformed");
    EXPECT_EQ(outcome(Offer::decode(Offer{here, {}}.encode())), "malformed");
    for (const int beside : {-1, 0, 1}) {
        Offer offer{here, {}};
        offer.items.assign(limits::offer_items_max + static_cast<std::size_t>(beside), {dot(3, 7), {}});
        EXPECT_EQ(outcome(Offer::decode(offer.encode())), beside <= 0 ? "ok" : "malformed");
    }
    EXPECT_EQ(outcome(Fetch::decode(Fetch{here, 4, 4}.encode())), "malformed");
    EXPECT_EQ(outcome(Fetch::decode(Fetch{here, 4, 3}.encode())), "malformed");
    EXPECT_EQ(outcome(Bring::decode(Bring{here, 0, {}, {}, {id_of<Hash>(3)}}.encode())), "malformed")
        << "hashes alone bring nothing";
    for (const int beside : {-1, 0, 1}) {
        Bring bring = some_bring();
        bring.entries.resize(limits::bring_entries_max + static_cast<std::size_t>(beside), id_of<Hash>(3));
        EXPECT_EQ(outcome(Bring::decode(bring.encode())), beside <= 0 ? "ok" : "malformed");
    }
}

TEST(Message, DataBringsPartsAndOwnCommitsBack) {
    const Data sent = some_data(), back = must(Alone::decode(Alone{sent}.encode())).data;
    EXPECT_EQ(back.stream, sent.stream);
    EXPECT_EQ(back.after, sent.after);
    ASSERT_EQ(back.entries.size(), sent.entries.size());
    for (std::size_t i = 0; i < back.entries.size(); ++i) {
        ASSERT_EQ(back.entries[i].index(), sent.entries[i].index());
        if (const Commit* commit = std::get_if<Commit>(&sent.entries[i])) {
            EXPECT_EQ(std::get<Commit>(back.entries[i]).header.hash(), commit->header.hash());
            EXPECT_EQ(std::get<Commit>(back.entries[i]).parts, commit->parts);
        } else {
            EXPECT_EQ(std::get<Data::Own>(back.entries[i]).seq, std::get<Data::Own>(sent.entries[i]).seq);
        }
    }
}

TEST(Message, DataHoldsAsManyEntriesAsMemoryAllows) {
    constexpr std::size_t entries_max = limits::data_bytes_max / limits::data_entry_bytes;
    for (const int beside : {-1, 0, 1}) {
        Data data{stream(village), 0, {}};
        data.entries.assign(entries_max + static_cast<std::size_t>(beside), Data::Own{1});
        EXPECT_EQ(outcome(Alone::decode(Alone{data}.encode())), beside <= 0 ? "ok" : "malformed");
    }
}

TEST(Message, AnotherProtocolVersionIsToldApartFromDamage) {
    struct Row {
        std::uint32_t min, max;
        const char* result;
    };
    const Row rows[] = {{1, 1, "ok"},
                        {0, 1, "ok"},
                        {1, 9, "ok"},
                        {2, 9, "protocol_version"},
                        {0, 0, "protocol_version"},
                        {1, 0, "protocol_version"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(std::to_string(row.min) + " to " + std::to_string(row.max));
        Hello hello = some_hello();
        hello.protocol_min = row.min;
        hello.protocol_max = row.max;
        EXPECT_EQ(outcome(Hello::decode(hello.encode())), row.result);
        // What follows the range may look different in that version: it must not be looked at first.
        const Bytes other_layout = hello.encode().substr(0, 2) + "something else entirely";
        EXPECT_EQ(outcome(Hello::decode(other_layout)), row.result == std::string("ok") ? "malformed" : row.result);
    }
    Welcome welcome = some_welcome();
    welcome.protocol = 2;
    EXPECT_EQ(outcome(Welcome::decode(welcome.encode())), "protocol_version");
}

TEST(Message, TwoRangesOfVersionsMeetInTheHighestThatBothSpeak) {
    struct Row {
        const char* name;
        ProtocolRange phone, server;
        std::optional<std::uint32_t> chosen;
    };
    const Row rows[] = {
        {"both first versions", {1, 1}, {1, 1}, 1},
        {"a newer phone that still speaks the old one", {1, 2}, {1, 1}, 1},
        {"a newer server that still speaks the old one", {1, 1}, {1, 2}, 1},
        {"both newer", {1, 2}, {1, 2}, 2},
        {"a server that gave the old one up", {1, 1}, {2, 3}, std::nullopt},
        {"a phone that gave the old one up", {2, 3}, {1, 1}, std::nullopt},
        {"touching at one end", {1, 3}, {3, 5}, 3},
        {"a range that is none", {3, 2}, {1, 9}, std::nullopt},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(choose_protocol(row.phone, row.server), row.chosen);
        EXPECT_EQ(choose_protocol(row.server, row.phone), row.chosen);
    }
}

// sync.md, protocol 7: the server may refuse views by version, never data.
TEST(Message, AnySchemaIsTaken) {
    for (const std::uint32_t schema : {0U, 1U, 2U, 4'000'000'000U}) {
        Hello hello = some_hello();
        hello.schema = schema;
        EXPECT_EQ(must(Hello::decode(hello.encode())).schema, schema);
        Welcome welcome = some_welcome();
        welcome.schema = schema;
        EXPECT_EQ(must(Welcome::decode(welcome.encode())).schema, schema);
    }
}

TEST(Message, HelloNeedsAReplica) {
    Hello hello = some_hello();
    hello.replica = {};
    EXPECT_EQ(outcome(Hello::decode(hello.encode())), "malformed");
}

TEST(Message, HelloEndsNoEarlierThanItBegins) {
    Hello hello = some_hello();
    hello.top_seq = hello.base_seq;
    EXPECT_EQ(outcome(Hello::decode(hello.encode())), "ok");
    --hello.top_seq;
    EXPECT_EQ(outcome(Hello::decode(hello.encode())), "malformed");
}

TEST(Message, HeadsAscendAndAreLimited) {
    EXPECT_EQ(outcome(Heads::decode(Heads{{head(village, 1, 1), head(town, 1, 1)}}.encode())), "malformed");
    EXPECT_EQ(outcome(Heads::decode(Heads{{head(village, 1, 1), head(village, 2, 1)}}.encode())), "malformed");
    for (const int beside : {-1, 0, 1}) {
        Heads heads;
        for (std::size_t i = 0; i < limits::streams_max + static_cast<std::size_t>(beside); ++i)
            heads.streams.push_back({{{i + 1, 0}, {}}, 1, {}});
        EXPECT_EQ(outcome(Heads::decode(heads.encode())), beside <= 0 ? "ok" : "malformed");
        EXPECT_LE(heads.encode().size(), limits::frame_bytes_max) << "their list fits one frame";
    }
}

TEST(Message, WelcomeHoldsAtMostItsNotices) {
    for (const int beside : {-1, 0, 1}) {
        Welcome welcome = some_welcome();
        welcome.held.assign(limits::held_max + static_cast<std::size_t>(beside), {1, 0, 22});
        EXPECT_EQ(outcome(Welcome::decode(welcome.encode())), beside <= 0 ? "ok" : "malformed");
    }
}

TEST(Push, IsOneUnbrokenRunOfTheReplicaThatSaidHello) {
    const Push whole = some_push();
    EXPECT_EQ(outcome(FromTheFirst::decode(FromTheFirst{whole}.encode())), "ok");
    EXPECT_EQ(outcome(FromTheFirst::decode(FromTheFirst{}.encode())), "malformed") << "a push pushes something";

    Push of_two = whole;
    Chain other(replica(4));
    of_two.commits.push_back(other.commit({summary_part(village, 1, "x")}));
    EXPECT_EQ(outcome(FromTheFirst::decode(FromTheFirst{of_two}.encode())), "chain_broken");

    Push gap = whole;
    ++gap.commits[1].header.dot.seq;
    EXPECT_EQ(outcome(FromTheFirst::decode(FromTheFirst{gap}.encode())), "chain_broken");

    Push torn = whole;
    torn.commits[1].header.previous = id_of<Hash>(1);
    EXPECT_EQ(outcome(FromTheFirst::decode(FromTheFirst{torn}.encode())), "chain_broken");

    Push hollow = whole;
    hollow.commits[1].parts[0].clear();
    // Read, since the part may have been erased; a part that was not is the office's to refuse, and it does:
    // ErasureTest.APushThatLacksAPartIsRefusedAsBefore.
    const auto read = FromTheFirst::decode(FromTheFirst{hollow}.encode());
    ASSERT_EQ(outcome(read), "ok");
    EXPECT_EQ(read.value().push.commits[1].header.parts, whole.commits[1].header.parts);
    EXPECT_TRUE(read.value().push.commits[1].parts[0].empty());
}

TEST(Push, HoldsAtMostItsCommits) {
    for (const int beside : {-1, 0, 1}) {
        Chain chain(replica(3));
        Push push;
        for (std::size_t i = 0; i < limits::frame_commits_max + static_cast<std::size_t>(beside); ++i)
            push.commits.push_back(chain.commit({summary_part(village, 1, "x")}));
        EXPECT_EQ(outcome(FromTheFirst::decode(FromTheFirst{push}.encode())), beside <= 0 ? "ok" : "malformed");
    }
}

TEST(Summary, IsTheSameForTheSameStreamsInAnyOrder) {
    const StreamHead a = head(county, 5, 1), b = head(village, 300, 7), empty = head(town, 0, 0);
    EXPECT_EQ(summarise({a, b}), summarise({b, a}));
    EXPECT_EQ(summarise({a, b}), summarise({b, empty, a})) << "an empty stream is as if not there";
    EXPECT_NE(summarise({a, b}), summarise({a}));
    EXPECT_NE(summarise({a}), summarise({head(county, 6, 1)}));
    EXPECT_NE(summarise({a}), summarise({head(county, 5, 2)}));
}

/// A request whose base is the beginning of the chain.
Result<Exchange> read_whole(BytesView message) {
    DOORSTEP_TRY_ASSIGN(Exchange exchange, Exchange::open(message));
    exchange.read_rest(PushContext{replica(3), {}});
    return exchange;
}

TEST(ExchangeRead, FramesBeforeADamagedOneCount) {
    Bytes message;
    write_frame(message, FrameKind::hello, some_hello().encode());
    const std::size_t after_hello = message.size();
    write_frame(message, FrameKind::push, FromTheFirst{some_push()}.encode());
    const std::size_t after_push = message.size();
    write_frame(message, FrameKind::pull, Pull{head(village, 1, 1), {}}.encode());
    for (std::size_t cut = 0; cut <= message.size(); ++cut) {
        SCOPED_TRACE(cut);
        const auto read = read_whole(BytesView(message).substr(0, cut));
        if (cut < after_hello) {
            EXPECT_EQ(outcome(read), "malformed");
            continue;
        }
        ASSERT_TRUE(succeeds(read));
        EXPECT_EQ(read.value().pushes.size(), cut >= after_push ? 1U : 0U);
        EXPECT_EQ(read.value().pulls.size(), cut == message.size() ? 1U : 0U);
        const bool at_an_end = cut == after_hello || cut == after_push || cut == message.size();
        EXPECT_EQ(read.value().broken.has_value(), !at_an_end);
    }
}

Bytes request_of(FrameKind kind, const Bytes& payload) {
    Bytes message;
    write_frame(message, FrameKind::hello, some_hello().encode());
    write_frame(message, FrameKind::pull, Pull{head(village, 1, 1), {}}.encode());
    write_frame(message, kind, payload);
    write_frame(message, FrameKind::pull, Pull{head(town, 1, 1), {}}.encode());
    return message;
}

TEST(ExchangeRead, StopsAtAFrameThatCannotBeRead) {
    Push of_another;
    Chain other(replica(4));
    of_another.commits.push_back(other.commit({summary_part(village, 1, "x")}));
    struct Row {
        const char* name;
        FrameKind kind;
        Bytes payload;
        Errc broken;
    };
    const Row rows[] = {
        {"push", FrameKind::push, "\xff", Errc::malformed},
        {"push of another", FrameKind::push, FromTheFirst{of_another}.encode(), Errc::chain_broken},
        {"pull", FrameKind::pull, "\xff", Errc::malformed},
        {"pull whole", FrameKind::pull_whole, "\xff", Errc::malformed},
        {"purged", FrameKind::purged, "\xff", Errc::malformed},
        {"ranges", FrameKind::ranges, "\xff", Errc::malformed},
        {"offer", FrameKind::offer, "\xff", Errc::malformed},
        {"bring", FrameKind::bring, "\xff", Errc::malformed},
        {"fetch", FrameKind::fetch, "\xff", Errc::malformed},
        {"a wish for names that says more", FrameKind::ask_names, "x", Errc::malformed},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Bytes message = request_of(row.kind, row.payload);
        const Exchange read = must(read_whole(message));
        ASSERT_TRUE(read.broken);
        EXPECT_EQ(read.broken->code, row.broken);
        ASSERT_EQ(read.pulls.size(), 1U) << "what stands before it counts, what follows does not";
        EXPECT_EQ(read.pulls[0].from.stream, stream(village));
    }
    Bytes no_hello;
    write_frame(no_hello, FrameKind::hello, "\xff");
    EXPECT_EQ(outcome(read_whole(no_hello)), "malformed");
}

TEST(ExchangeRead, TakesWhatAPhoneSaysOfItsScope) {
    const Bytes tells_purge = request_of(FrameKind::purged, Purged{{stream(town)}}.encode());
    const Exchange purged = must(read_whole(tells_purge));
    EXPECT_FALSE(purged.broken);
    EXPECT_EQ(purged.purged->streams, (std::vector<Stream>{stream(town)}));
    const Bytes wants_names = request_of(FrameKind::ask_names, "");
    const Exchange names = must(read_whole(wants_names));
    EXPECT_EQ(names.names, Exchange::Names::asked);
    EXPECT_EQ(names.pulls.size(), 2U);
    const Bytes seals = request_of(FrameKind::sealed, "only the office can read this");
    const Exchange sealed = must(read_whole(seals));
    EXPECT_FALSE(sealed.broken);
    EXPECT_EQ(sealed.sealed, (std::vector<BytesView>{"only the office can read this"}));
    const Bytes pulls_whole = request_of(FrameKind::pull_whole, Pull{head(county, 1, 1), {}}.encode());
    const Exchange whole = must(read_whole(pulls_whole));
    ASSERT_EQ(whole.pulls.size(), 3U);
    EXPECT_EQ(whole.pulls[0].own, Pull::Own::named);
    EXPECT_EQ(whole.pulls[1].own, Pull::Own::whole);
}

TEST(ExchangeRead, HoldsAtMostOnePullForEachStream) {
    for (const int beside : {-1, 0, 1}) {
        Bytes message;
        write_frame(message, FrameKind::hello, some_hello().encode());
        const std::size_t pulls = limits::streams_max + static_cast<std::size_t>(beside);
        for (std::size_t i = 0; i < pulls; ++i)
            write_frame(message, FrameKind::pull, Pull{head(village, 1, 1), {}}.encode());
        const Exchange read = must(read_whole(message));
        EXPECT_EQ(read.pulls.size(), std::min(pulls, limits::streams_max));
        EXPECT_EQ(read.broken.has_value(), beside > 0);
    }
}

TEST(StreamWriter, CutsARunIntoFramesOfBoundedSize) {
    Chain chain(replica(3));
    Bytes message;
    DataMemory memory;
    StreamWriter run(message, memory, stream(village), 5);
    for (int i = 0; i < 12; ++i) run.add(chain.commit_packed({Bytes(180'000, 'x')}));
    run.add(Data::Own{4});
    EXPECT_EQ(run.position(), 18U);
    run.close({1, 2}, 20);
    FrameReader frames(message);
    DataMemory told;
    std::uint64_t position = 5;
    std::size_t runs = 0;
    for (auto frame = must(frames.next()); frame->kind == FrameKind::data; frame = must(frames.next())) {
        EXPECT_LE(frame->payload.size(), limits::data_frame_bytes_max);
        const Data data = must(Data::decode(frame->payload, told));
        EXPECT_EQ(data.after, position) << "each goes on where the one before it ended";
        position += data.entries.size();
        ++runs;
    }
    EXPECT_EQ(position, 18U);
    EXPECT_GT(runs, 1U);
    EXPECT_FALSE(must(frames.next())) << "the checkpoint came last";
}

TEST(ExchangeRead, RefusesWhatIsNoRequest) {
    Bytes no_hello, twice, answer;
    write_frame(no_hello, FrameKind::pull, Pull{head(village, 1, 1), {}}.encode());
    EXPECT_EQ(outcome(read_whole(no_hello)), "malformed");
    write_frame(twice, FrameKind::hello, some_hello().encode());
    write_frame(twice, FrameKind::hello, some_hello().encode());
    EXPECT_EQ(must(read_whole(twice)).broken->code, Errc::malformed);
    write_frame(answer, FrameKind::hello, some_hello().encode());
    write_frame(answer, FrameKind::welcome, some_welcome().encode());
    EXPECT_EQ(must(read_whole(answer)).broken->code, Errc::malformed);
    Bytes newer;
    write_frame(newer, FrameKind::hello, some_hello().encode());
    write_frame(newer, static_cast<FrameKind>(0x4a), "what a later version may say");
    write_frame(newer, FrameKind::pull, Pull{head(village, 1, 1), {}}.encode());
    EXPECT_FALSE(must(read_whole(newer)).broken);
    EXPECT_EQ(must(read_whole(newer)).pulls.size(), 1U);
    EXPECT_EQ(outcome(read_whole("<html>Please log in</html>")), "malformed");
}

}  // namespace
}  // namespace doorstep::test
