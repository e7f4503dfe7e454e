// The chain over a stream's order and the receipt for it.
#include "core/model/stream_chain.hpp"

#include <gtest/gtest.h>

#include "core/base/sha256.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

TEST(StreamChain, IsSha256OverTheChainBeforeAndTheCommit) {
    const Hash one = id_of<Hash>(1), two = id_of<Hash>(2);
    const Hash first = extend_chain({}, one);
    EXPECT_EQ(first, sha256(Bytes(Hash().view()) + Bytes(one.view())));
    EXPECT_EQ(extend_chain(first, two), sha256(Bytes(first.view()) + Bytes(two.view())));
    EXPECT_NE(extend_chain(extend_chain({}, two), one), extend_chain(first, two)) << "the order counts";
}

TEST(StreamChain, AReceiptSaysAllOfWhatItIsFor) {
    const Hash chain = id_of<Hash>(1), tag = receipt_tag("key", stream(village), 7, chain);
    EXPECT_EQ(tag, receipt_tag("key", stream(village), 7, chain));
    EXPECT_NE(tag, receipt_tag("another key", stream(village), 7, chain));
    EXPECT_NE(tag, receipt_tag("key", stream(town), 7, chain));
    EXPECT_NE(tag, receipt_tag("key", stream(village), 8, chain));
    EXPECT_NE(tag, receipt_tag("key", stream(village), 7, id_of<Hash>(2)));
}

}  // namespace
}  // namespace doorstep::test
