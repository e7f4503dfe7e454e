// A commit whose dot belongs to another by now, made again: what its copy says, and what it no longer may.
#include <gtest/gtest.h>

#include "core/engine/fork_copy.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

RecordOps copied(const RecordOps& record) {
    Chain chain(replica(3));
    chain.commit({summary_part(village, 9, "before")});
    const Commit commit = chain.commit({part(stream(village), {record})});
    const Commit copy = must(fork_copy(commit, commit.header.hash(), 0));
    return must(Part::unpack(copy.parts.front())).records.front();
}

Op deletion(const std::vector<Dot>& seen) {
    return put(reserved_field::deletions, Kind::set, must(Value::dots(seen)));
}

TEST(ForkCopy, ADeleteNoLongerNamesItsOwnFormerChain) {
    const Dot own{replica(3), 1}, other{replica(4), 1};
    const RecordOps record = copied({test::record(1), household, {deletion({own, other})}});
    ASSERT_EQ(record.ops.size(), 1U);
    EXPECT_EQ(record.ops.front().value.as_dots(), std::vector<Dot>{other})
        << "another write may have that dot by now, and would be deleted unseen";
}

TEST(ForkCopy, TwoListsThatComeToTheSameAreOneElement) {
    const Dot one{replica(3), 1}, two{replica(3), 2};
    std::vector<Op> ops = {deletion({one}), deletion({two})};
    if (ops[1].value < ops[0].value) std::swap(ops[0], ops[1]);
    const RecordOps record = copied({test::record(1), household, ops});
    ASSERT_EQ(record.ops.size(), 1U);
    EXPECT_TRUE(record.ops.front().value.as_dots().empty());
}

}  // namespace
}  // namespace doorstep::test
