// The tables of one replica.
#include "core/store/store.hpp"
#include "core/model/written_once.hpp"
#include "core/store/dots.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

class Tables : public testing::Test {
protected:
    Commit put(Chain& chain, const std::vector<Part>& parts) {
        Commit commit = chain.commit(parts);
        must(store.add_commit(must(store.replica_no(commit.header.dot.replica)), commit, commit.header.hash()));
        return commit;
    }

    Scratch scratch;
    const DatabaseOptions options{scratch.path("store.db"), storage_key(1), OpenMode::create, Durability::normal, {}};
    Store store = must(Store::open(options));
};

TEST_F(Tables, ACommitComesBackAsItWas) {
    Chain chain(replica(1), "网格员 王秀兰");
    for (int i = 0; i < 3; ++i) {
        Commit commit = put(chain, {summary_part(village, 1, "x"), summary_part(town, 2, "y", 8)});
        const Commit back = *must(store.find_commit(commit.header.dot));
        EXPECT_EQ(back.header.pack(), commit.header.pack());
        EXPECT_EQ(back.parts, commit.parts);
        EXPECT_EQ(must(store.find_row(commit.header.dot))->hash, commit.header.hash());
    }
    EXPECT_EQ(must(store.chain_top(replica(1))).seq, 3U);
    EXPECT_EQ(must(store.chain_top(replica(1))).hash, chain.top());
    EXPECT_EQ(must(store.chain_top(replica(2))).seq, 0U);
    EXPECT_TRUE(must(store.chain_top(replica(2))).hash.is_zero());
    EXPECT_FALSE(must(store.find_commit(dot(1, 4))));
    EXPECT_FALSE(must(store.find_commit(dot(2, 1))));
    EXPECT_FALSE(must(store.find_row(dot(2, 1))));
}

TEST_F(Tables, CommitsAfterStopsAtItsBudgetButGivesAtLeastOne) {
    Chain chain(replica(1));
    for (int i = 0; i < 10; ++i) put(chain, {summary_part(village, 1, std::string(1000, 'x'))});
    const auto seqs = [&](std::uint64_t after, std::size_t bytes_max) {
        std::vector<std::uint64_t> out;
        for (const Commit& commit : must(store.commits_after(replica(1), after, bytes_max)))
            out.push_back(commit.header.dot.seq);
        return out;
    };
    EXPECT_EQ(seqs(7, 1'000'000), (std::vector<std::uint64_t>{8, 9, 10}));
    EXPECT_EQ(seqs(0, 0), (std::vector<std::uint64_t>{1}));
    EXPECT_EQ(seqs(0, 2500), (std::vector<std::uint64_t>{1, 2}));
    EXPECT_TRUE(seqs(10, 1'000'000).empty());
    EXPECT_TRUE(must(store.commits_after(replica(9), 0, 1'000'000)).empty());
}

TEST_F(Tables, EachCommitGoesByReplicaAndSeqAndStopsAtAnError) {
    Chain one(replica(1)), two(replica(2));
    put(two, {summary_part(village, 1, "x")});
    for (int i = 0; i < 12; ++i) put(one, {summary_part(village, 1, "x")});
    put(two, {summary_part(village, 1, "x")});
    std::vector<Dot> seen;
    must(store.each_commit([&](const Commit& commit, const Hash& hash) -> Status {
        EXPECT_EQ(commit.header.hash(), hash);
        seen.push_back(commit.header.dot);
        return ok();
    }));
    ASSERT_EQ(seen.size(), 14U);
    for (std::size_t i = 1; i < seen.size(); ++i)
        if (seen[i].replica == seen[i - 1].replica) {
            EXPECT_EQ(seen[i].seq, seen[i - 1].seq + 1);
        }
    int visits = 0;
    const Status stopped = store.each_commit([&](const Commit&, const Hash&) -> Status {
        ++visits;
        return Error{Errc::corrupt, "here"};
    });
    EXPECT_EQ(outcome(stopped), "corrupt");
    EXPECT_EQ(visits, 1);
    EXPECT_EQ(outcome(store.each_commit([](const Commit&, const Hash&) { return ok(); })), "ok")
        << "and can begin again";
}

// The dots of many commits are merged from one table into another as they come: no look-up can tell.
TEST_F(Tables, ADotIsFoundBeforeAndAfterItIsMerged) {
    constexpr std::uint64_t commits = 2 * fresh_dots_max + 5;
    const auto rows = [&](std::string_view sql) { return must(store.database().number(sql)); };
    std::vector<Chain> chains;
    for (std::uint8_t n = 1; n <= 3; ++n) chains.emplace_back(replica(n));
    Transaction transaction = must(Transaction::begin(store.database()));
    const std::vector<Part> parts = {summary_part(village, 1, "x")};
    for (std::uint64_t n = 0; n < commits; ++n) put(chains[n % 3], parts);
    must(transaction.commit());
    EXPECT_EQ(rows("SELECT count(*) FROM dot"), 2 * fresh_dots_max);
    EXPECT_EQ(rows("SELECT count(*) FROM fresh_dot"), 5);
    EXPECT_EQ(must(wrong_dots(store.database())), 0U);
    const std::uint64_t last = commits / 3;  // of the third chain
    EXPECT_EQ(must(store.chain_top(replica(3))).seq, last);
    EXPECT_EQ(must(store.chain_top(replica(3))).hash, chains[2].top());
    for (const std::uint64_t seq : {std::uint64_t{1}, last / 2, last}) {
        EXPECT_EQ(must(store.find_row(dot(3, seq)))->no, static_cast<CommitNo>(3 * seq));
        EXPECT_EQ(must(store.find_commit(dot(3, seq)))->header.dot.seq, seq);
    }
    EXPECT_FALSE(must(store.find_row(dot(3, last + 1))));
    std::uint64_t expected = last - 10;
    for (const Commit& commit : must(store.commits_after(replica(3), expected, 1'000'000)))
        EXPECT_EQ(commit.header.dot.seq, ++expected);
    EXPECT_EQ(expected, last);
    std::map<ReplicaId, std::uint64_t> reached;
    must(store.each_commit([&](const Commit& commit, const Hash&) -> Status {
        const Dot& dot = commit.header.dot;
        EXPECT_EQ(dot.seq, ++reached[dot.replica]);
        return ok();
    }));
    EXPECT_EQ(reached[replica(1)] + reached[replica(2)] + reached[replica(3)], commits);
    must(store.remove_commit(3));
    EXPECT_FALSE(must(store.find_row(dot(3, 1))));
    EXPECT_EQ(must(wrong_dots(store.database())), 0U);
    must(rebuild_dots(store.database()));
    EXPECT_EQ(must(wrong_dots(store.database())), 0U);
    EXPECT_EQ(rows("SELECT count(*) FROM fresh_dot"), 0);
    EXPECT_EQ(must(store.find_row(dot(1, 1)))->no, 1);
}

TEST_F(Tables, RecordsStandOncePerStream) {
    const StreamNo here = must(store.stream_no(stream(village))), there = must(store.stream_no(stream(town)));
    EXPECT_NE(here, there);
    EXPECT_EQ(must(store.stream_no(stream(village))), here);
    EXPECT_EQ(must(store.stream_of(there)), stream(town));
    EXPECT_EQ(outcome(store.stream_of(99)), "corrupt");
    EXPECT_EQ(outcome(store.put_record({record(1), here, household, "one"}, 0)), "corrupt") << "it is not here";
    EXPECT_TRUE(must(store.add_record({record(1), here, household, "one"}, 0, {1, 0})));
    EXPECT_TRUE(must(store.add_record({record(1), there, issue, "two"}, 2, {1, 1})));
    EXPECT_TRUE(must(store.add_record({record(2), here, household, "three"}, 1, {2, 0})));
    EXPECT_FALSE(must(store.add_record({record(1), here, household, "other"}, 0, {3, 0})));
    must(store.put_record({record(1), here, household, "one again"}, 0));
    EXPECT_EQ(*must(store.record_state(record(1), here)), "one again");
    EXPECT_FALSE(must(store.record_state(record(2), there)));
    EXPECT_EQ(must(store.records_of(record(1))).size(), 2U);
    EXPECT_EQ(must(store.list_records(0, 10)).size(), 3U);
    EXPECT_EQ(must(store.list_records(0, 10)).front().record, record(2)) << "newest first";
    EXPECT_EQ(must(store.list_records(0, 2)).size(), 2U);
    EXPECT_EQ(must(store.list_records(issue, 10)).size(), 1U);
    const auto conflicts = must(store.list_conflicts(10));
    ASSERT_EQ(conflicts.size(), 2U);
    EXPECT_EQ(conflicts[0].record, record(2));
    must(store.put_record({record(2), here, household, "settled"}, 0));
    EXPECT_EQ(must(store.list_conflicts(10)).size(), 1U);
    int visits = 0;
    must(store.each_record([&](const RecordRow&) -> Status {
        ++visits;
        return ok();
    }));
    EXPECT_EQ(visits, 3);
}

// A record that one commit wrote has no state of its own: it is read from the log, whichever part wrote it.
TEST_F(Tables, ARecordWrittenOnceIsReadFromTheLog) {
    Chain chain(replica(1));
    const StreamNo here = must(store.stream_no(stream(village)));
    const Commit commit = put(chain, {summary_part(town, 7, "elsewhere"), summary_part(village, 1, "x")});
    const CommitNo no = must(store.find_row(commit.header.dot))->no;
    const Part part = must(Part::unpack(commit.parts[1]));
    const RecordOps& ops = part.records.front();
    must(store.add_record({ops.record, here, ops.type, {}}, 0, {no, 1}));
    EXPECT_EQ(*must(store.record_state(ops.record, here)), written_once(ops, commit.header.dot));
    EXPECT_EQ(must(store.list_records(0, 9)).front().state, written_once(ops, commit.header.dot));
    struct Row {
        const char* name;
        PartPlace origin;
    };
    const Row rows[] = {{"a part that did not write it", {no, 0}},
                        {"a place that the commit does not have", {no, 2}},
                        {"a commit that is not there", {no + 1, 0}}};
    std::uint8_t n = 50;
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        must(store.add_record({record(++n), here, household, {}}, 0, row.origin));
        EXPECT_EQ(outcome(store.record_state(record(n), here)), "corrupt");
    }
}

TEST_F(Tables, WhoWroteARecordIsKnown) {
    Chain chain(replica(1));
    const StreamNo here = must(store.stream_no(stream(village)));
    std::vector<CommitNo> numbers;
    for (int i = 0; i < 4; ++i)
        numbers.push_back(must(store.find_row(put(chain, {summary_part(village, 1, "x")}).header.dot))->no);
    must(store.add_record({record(1), here, household, "s"}, 0, {numbers[1], 0}));
    must(store.note_rewrite(record(1), numbers[3]));
    must(store.note_rewrite(record(1), numbers[3]));
    must(store.note_rewrite(record(2), numbers[0]));
    std::vector<std::uint64_t> seqs;
    for (const Commit& commit : must(store.writers_of(record(1)))) seqs.push_back(commit.header.dot.seq);
    EXPECT_EQ(seqs, (std::vector<std::uint64_t>{2, 4}));
    EXPECT_TRUE(must(store.writers_of(record(3))).empty());
}

TEST_F(Tables, AStreamKeepsItsOrderAndDigests) {
    Chain chain(replica(3));
    StreamMark mark = must(store.stream_mark(stream(village)));
    EXPECT_EQ(mark.head.position, 0U);
    EXPECT_EQ(mark.head.digest, Digest{});
    for (std::uint64_t i = 1; i <= 7; ++i) {
        mark.head.position = i;
        mark.head.digest += Digest{i, ~std::uint64_t{0}};
        const Commit commit = put(chain, {summary_part(village, 1, "x")});
        must(store.append_entry(mark.no, i, must(store.find_row(commit.header.dot))->no, mark.head.digest));
    }
    must(store.set_stream_mark(mark));
    const StreamMark back = must(store.stream_mark(stream(village)));
    EXPECT_EQ(back.head.position, 7U);
    EXPECT_EQ(back.head.digest, mark.head.digest);
    EXPECT_EQ(*must(store.digest_at(mark.no, 7)), mark.head.digest);
    EXPECT_EQ(*must(store.digest_at(mark.no, 0)), Digest{});
    EXPECT_FALSE(must(store.digest_at(mark.no, 8)));
    EXPECT_FALSE(must(store.digest_at(99, 1)));
    std::vector<std::uint64_t> seen;
    must(store.entries_after(mark.no, 2, [&](const SequenceEntry& entry) -> Result<Store::Visit> {
        EXPECT_EQ(entry.commit.header.dot, dot(3, entry.position));
        seen.push_back(entry.position);
        return seen.size() == 3 ? Store::Visit::stop : Store::Visit::go_on;
    }));
    EXPECT_EQ(seen, (std::vector<std::uint64_t>{3, 4, 5}));
    EXPECT_NE(outcome(store.append_entry(mark.no, 7, 1, {})), "ok") << "a position is given once";
    must(store.forget_entries(mark.no));
    EXPECT_FALSE(must(store.digest_at(mark.no, 7)));
    EXPECT_EQ(must(store.streams()).size(), 1U);
}

TEST_F(Tables, HeldPartsAreListedByReplica) {
    must(store.hold({dot(1, 5), 0, Errc::forbidden}));
    must(store.hold({dot(1, 3), 1, Errc::unknown_area}));
    must(store.hold({dot(2, 1), 0, Errc::malformed}));
    must(store.hold({dot(1, 5), 0, Errc::malformed}));
    EXPECT_TRUE(must(store.is_held(dot(1, 5), 0)));
    EXPECT_FALSE(must(store.is_held(dot(1, 5), 1)));
    EXPECT_FALSE(must(store.is_held(dot(3, 5), 0)));
    const auto of_one = must(store.held_of(replica(1), 10));
    ASSERT_EQ(of_one.size(), 2U);
    EXPECT_EQ(of_one[0].dot, dot(1, 3));
    EXPECT_EQ(of_one[0].part, 1U);
    EXPECT_EQ(of_one[0].reason, Errc::unknown_area);
    EXPECT_EQ(of_one[1].reason, Errc::malformed) << "the last reason";
    EXPECT_EQ(must(store.held_of(replica(1), 1)).size(), 1U);
    EXPECT_EQ(must(store.held(10)).size(), 3U);
    EXPECT_TRUE(must(store.held_of(replica(7), 10)).empty());
}

TEST_F(Tables, MetaValuesAreReplaced) {
    EXPECT_FALSE(must(store.meta("a")));
    must(store.set_meta("a", ""));
    EXPECT_EQ(must(store.meta("a")), "");
    must(store.set_meta("a", std::string_view("\0\xff", 2)));
    EXPECT_EQ(must(store.meta("a")), std::string_view("\0\xff", 2));
}

TEST_F(Tables, ABackupHoldsOneMomentAndIsMarked) {
    Chain one(replica(1)), two(replica(2));
    for (int i = 0; i < 3; ++i) put(one, {summary_part(village, 1, "x")});
    put(two, {summary_part(village, 1, "x")});
    EXPECT_EQ(must(store.backed_up_seq(replica(1))), 0U);
    ASSERT_TRUE(succeeds(store.back_up(scratch.path("backup.db"), storage_key(1))));
    EXPECT_EQ(must(store.backed_up_seq(replica(1))), 3U);
    EXPECT_EQ(must(store.backed_up_seq(replica(2))), 1U);
    EXPECT_EQ(must(store.backed_up_seq(replica(3))), 0U);
    put(one, {summary_part(village, 1, "x")});
    EXPECT_EQ(must(store.backed_up_seq(replica(1))), 3U);
    EXPECT_EQ(outcome(store.back_up(scratch.path("backup.db"), storage_key(1))), "already_exists");
    EXPECT_EQ(must(store.backed_up_seq(replica(1))), 3U) << "a backup that was not made counts for nothing";

    DatabaseOptions of_copy = options;
    of_copy.path = scratch.path("backup.db");
    of_copy.mode = OpenMode::existing;
    Store copy = must(Store::open(of_copy));
    EXPECT_EQ(must(copy.chain_top(replica(1))).seq, 3U);
    of_copy.key = storage_key(9);
    EXPECT_EQ(outcome(Store::open(of_copy)), "wrong_key");
}

TEST_F(Tables, ABackupIsEncryptedAndNeverGoesBack) {
    Chain chain(replica(1));
    put(chain, {summary_part(village, 1, "只有持钥匙的人能读")});
    ASSERT_TRUE(succeeds(store.back_up(scratch.path("backup.db"), storage_key(1))));
    for (const char* suffix : {"", "-wal"})
        EXPECT_EQ(read_file(scratch.path("backup.db") + suffix).find("持钥匙"), std::string::npos);
    // An older copy, opened and backed up, does not lower what is known.
    ASSERT_TRUE(succeeds(store.back_up(scratch.path("second.db"), storage_key(1))));
    EXPECT_EQ(must(store.backed_up_seq(replica(1))), 1U);
}

TEST_F(Tables, ABackupToAPlaceThatCannotBeWrittenFailsAndMarksNothing) {
    Chain chain(replica(1));
    put(chain, {summary_part(village, 1, "x")});
    const std::string result = outcome(store.back_up(scratch.path("no/such/folder/backup.db"), storage_key(1)));
    EXPECT_EQ(result, "io");
    EXPECT_EQ(must(store.backed_up_seq(replica(1))), 0U);
}

}  // namespace
}  // namespace doorstep::test
