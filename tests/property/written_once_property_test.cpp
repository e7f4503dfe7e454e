// A record that one commit wrote is not stored twice: what core/model/written_once.hpp says of it is what folding says.
#include "core/model/written_once.hpp"

#include <gtest/gtest.h>

#include "core/merge/conflict.hpp"
#include "tests/property/history.hpp"

namespace doorstep::test {
namespace {

TEST(WrittenOnceProperty, IsWhatFoldingGivesAndInNoConflict) {
    const Seeds range = seeds(2000);
    std::size_t afresh = 0, others = 0;
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        const History history = any_history(random);
        for (std::size_t i = 0; i < history.commits.size(); ++i) {
            const Dot& dot = history.commits[i].header.dot;
            for (const Part& part : history.parts[i])
                for (const RecordOps& ops : part.records) {
                    ++(writes_afresh(ops) ? afresh : others);
                    if (!writes_afresh(ops)) continue;
                    RecordState folded;
                    apply(folded, ops, dot);
                    ASSERT_EQ(to_hex(written_once(ops, dot)), to_hex(folded.pack())) << replay(seed);
                    ASSERT_EQ(may_await(folded), 0U) << replay(seed);
                }
        }
    }
    EXPECT_GT(afresh, range.share_of(1000)) << "the histories must hold what this is about";
    EXPECT_GT(others, range.share_of(1000));
}

}  // namespace
}  // namespace doorstep::test
