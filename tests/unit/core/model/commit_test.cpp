// Headers and commits: hashes over canonical bytes, and no two ways to write one commit in one place.
#include "core/model/commit.hpp"

#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/mutations.hpp"

namespace doorstep::test {
namespace {

Commit first_commit() { return Chain(replica(1)).commit({summary_part(village, 1, "屋顶漏雨")}); }

Commit later_commit() {
    Chain chain(replica(1), "网格员 王秀兰");
    for (int i = 0; i < 299; ++i) chain.commit({summary_part(village, 1, "x")});
    Commit commit = chain.commit({summary_part(village, 1, "屋顶漏雨"), summary_part(other_village, 2, "y", 8)});
    commit.header.wall_ms -= 50'000;  // the wall clock went backwards, the hybrid one did not
    commit.header.offset_ms = -1'234;
    commit.header.form_version = 7;
    return commit;
}

void expect_same(const Commit& a, const Commit& b) {
    EXPECT_EQ(a.header.pack(), b.header.pack());
    EXPECT_EQ(a.parts, b.parts);
}

TEST(Header, ComesBackFromItsBytes) {
    for (const Commit& commit : {first_commit(), later_commit()}) {
        const Header& header = commit.header;
        const Header back = must(Header::unpack(header.pack()));
        EXPECT_EQ(back.pack(), header.pack());
        EXPECT_EQ(back.dot, header.dot);
        EXPECT_EQ(back.previous, header.previous);
        EXPECT_EQ(back.hlc, header.hlc);
        EXPECT_EQ(back.wall_ms, header.wall_ms);
        EXPECT_EQ(back.offset_ms, header.offset_ms);
        EXPECT_EQ(back.author, header.author);
        EXPECT_EQ(back.form_version, header.form_version);
        EXPECT_EQ(back.parts, header.parts);
        EXPECT_EQ(back.hash(), header.hash());
    }
}

TEST(Header, EveryOtherBytesAreRefusedOrAreAnotherHeadersOwn) {
    for (const Commit& commit : {first_commit(), later_commit()}) {
        const Hash hash = commit.header.hash();
        each_mutation(commit.header.pack(), [&](const Bytes& changed) {
            const auto back = Header::unpack(changed);
            if (!back) return;
            ASSERT_EQ(to_hex(back.value().pack()), to_hex(changed));
            ASSERT_NE(back.value().hash(), hash);
        });
    }
}

TEST(Header, RefusesBrokenRules) {
    const auto changed = [](auto change) {
        Header header = later_commit().header;
        change(header);
        return outcome(Header::unpack(header.pack()));
    };
    EXPECT_EQ(changed([](Header&) {}), "ok");
    EXPECT_EQ(changed([](Header& h) { h.dot.seq = 0; }), "malformed");
    EXPECT_EQ(changed([](Header& h) { h.author.clear(); }), "malformed");
    EXPECT_EQ(changed([](Header& h) { h.author = "\xff"; }), "malformed");
    EXPECT_EQ(changed([](Header& h) { h.author = std::string(limits::author_bytes_max, 'a'); }), "ok");
    EXPECT_EQ(changed([](Header& h) { h.author = std::string(limits::author_bytes_max + 1, 'a'); }), "malformed");
    EXPECT_EQ(changed([](Header& h) { h.parts.clear(); }), "malformed");
    EXPECT_EQ(changed([](Header& h) { h.parts.resize(limits::commit_parts_max); }), "ok");
    EXPECT_EQ(changed([](Header& h) { h.parts.resize(limits::commit_parts_max + 1); }), "malformed");
}

TEST(Commit, ChecksItsPartsAgainstItsHeader) {
    const Commit whole = later_commit();
    EXPECT_EQ(outcome(whole.check()), "ok");
    Commit without = whole;
    without.parts[0].clear();
    EXPECT_EQ(outcome(without.check()), "ok") << "a part that is not visible here";
    Commit changed = whole;
    changed.parts[1] = summary_part(other_village, 2, "z", 8).pack();
    EXPECT_EQ(outcome(changed.check()), "malformed");
    Commit swapped = whole;
    std::swap(swapped.parts[0], swapped.parts[1]);
    EXPECT_EQ(outcome(swapped.check()), "malformed");
    Commit short_of_one = whole;
    short_of_one.parts.pop_back();
    EXPECT_EQ(outcome(short_of_one.check()), "malformed");
}

/// Every context that reader and writer can share, right or wrong about the commit.
struct Contexts {
    ReplicaId own, other = replica(99);
    Hash before, other_before = id_of<Hash>(77);
    std::uint64_t seq;

    explicit Contexts(const Commit& commit)
        : own(commit.header.dot.replica), before(commit.header.previous), seq(commit.header.dot.seq) {}
    std::vector<CommitContext> all() const {
        std::vector<CommitContext> out;
        for (const ReplicaId* known : {static_cast<const ReplicaId*>(nullptr), &own, &other})
            for (const std::uint64_t expected : {std::uint64_t{0}, seq, seq + 1})
                for (const Hash* previous : {static_cast<const Hash*>(nullptr), &before, &other_before})
                    out.push_back({known, expected, previous});
        return out;
    }
};

Bytes written(const Commit& commit, const CommitContext& context) {
    Bytes bytes;
    Writer out(bytes);
    write_commit(out, commit, context);
    return bytes;
}

TEST(Commit, ComesBackInEveryContext) {
    std::vector<Commit> commits = {first_commit(), later_commit(), later_commit(), later_commit()};
    commits[2].parts[0].clear();
    commits[3].parts[0].clear();
    commits[3].parts[1].clear();
    for (const Commit& commit : commits) {
        const Contexts contexts(commit);
        for (const CommitContext& context : contexts.all()) {
            const Bytes bytes = written(commit, context) + "what follows";
            Reader in(bytes);
            expect_same(must(read_commit(in, context)), commit);
            EXPECT_EQ(in.rest(), "what follows");
        }
    }
}

TEST(Commit, LeavesOutWhatTheReaderKnows) {
    const Commit commit = later_commit();
    const Contexts contexts(commit);
    const std::size_t full = written(commit, {}).size();
    EXPECT_EQ(written(commit, {&contexts.own, 0, nullptr}).size(), full - ReplicaId::size);
    EXPECT_EQ(written(commit, {&contexts.own, contexts.seq, &contexts.before}).size(),
              full - ReplicaId::size - 2 - Hash::size);
}

TEST(Commit, WhatWasLeftOutMustBeKnown) {
    const Commit commit = later_commit();
    const Contexts contexts(commit);
    const Bytes bytes = written(commit, {&contexts.own, contexts.seq, &contexts.before});
    for (const CommitContext& context :
         {CommitContext{nullptr, contexts.seq, &contexts.before}, CommitContext{&contexts.own, 0, &contexts.before},
          CommitContext{&contexts.own, contexts.seq, nullptr}}) {
        Reader in(bytes);
        EXPECT_EQ(outcome(read_commit(in, context)), "malformed");
    }
}

TEST(Commit, EveryOtherBytesAreRefusedOrAreAnotherCommitsOwn) {
    Commit partial = later_commit();
    partial.parts[0].clear();
    for (const Commit& commit : {first_commit(), partial}) {
        const Contexts contexts(commit);
        for (const CommitContext& context :
             {CommitContext{}, CommitContext{&contexts.own, contexts.seq, &contexts.before},
              CommitContext{&contexts.own, 0, nullptr}}) {
            each_mutation(written(commit, context), [&](const Bytes& changed) {
                Reader in(changed);
                const auto back = read_commit(in, context);
                if (!back || !in.at_end()) return;
                ASSERT_EQ(to_hex(written(back.value(), context)), to_hex(changed));
            });
        }
    }
}

// message.hpp: decode() refuses what encode() would not have written.
TEST(Commit, WritingOutWhatTheReaderKnowsIsAnotherFormAndRefused) {
    const Commit commit = later_commit();
    const Contexts contexts(commit);
    const CommitContext context{&contexts.own, contexts.seq, &contexts.before};
    for (const CommitContext& wordy :
         {CommitContext{nullptr, contexts.seq, &contexts.before}, CommitContext{&contexts.own, 0, &contexts.before},
          CommitContext{&contexts.own, contexts.seq, nullptr}}) {
        const Bytes bytes = written(commit, wordy);
        Reader in(bytes);
        EXPECT_EQ(outcome(read_commit(in, context)), "malformed");
    }
}

TEST(Commit, HoldsAtMostItsLimit) {
    Chain chain(replica(1));
    const auto of_size = [&](std::size_t total) {
        Chain fresh(replica(1));
        const std::size_t head = written(fresh.commit_packed({Bytes(70'000, 'a')}), {}).size() - 70'000;
        return Chain(replica(1)).commit_packed({Bytes(total - head, 'a')});
    };
    for (const int beside : {-1, 0, 1}) {
        const std::size_t size = limits::commit_bytes_max + static_cast<std::size_t>(beside);
        const Bytes bytes = written(of_size(size), {});
        ASSERT_EQ(bytes.size(), size);
        Reader in(bytes);
        EXPECT_EQ(outcome(read_commit(in, {})), beside <= 0 ? "ok" : "commit_too_large");
    }
}

}  // namespace
}  // namespace doorstep::test
