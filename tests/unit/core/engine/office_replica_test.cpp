// Ids that an office knows for its own, and that nobody else can make.
#include "core/engine/office_replica.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

const Stream here{area(village), {}}, there{area(other_village), {}};
Salt opening(char c) { return Salt::from(Bytes(Salt::size, c)).value(); }

TEST(OfficeReplica, IsOneForEachOpeningAndStream) {
    const ReplicaId id = office_replica(opening('a'), here, "key");
    EXPECT_EQ(id, office_replica(opening('a'), here, "key"));
    EXPECT_NE(id, office_replica(opening('b'), here, "key"));
    EXPECT_NE(id, office_replica(opening('a'), there, "key"));
}

TEST(OfficeReplica, IsKnownByTheHolderOfTheKeyAlone) {
    const ReplicaId id = office_replica(opening('a'), here, "key");
    EXPECT_TRUE(is_office_replica(id, "key"));
    EXPECT_FALSE(is_office_replica(id, "another key"));
    EXPECT_FALSE(is_office_replica(office_replica(opening('a'), here, ""), "")) << "anybody could make it";
    for (std::size_t bit = 0; bit < 8 * ReplicaId::size; ++bit) {
        Bytes changed(id.view());
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
        EXPECT_FALSE(is_office_replica(ReplicaId::from(changed).value(), "key")) << "bit " << bit;
    }
}

}  // namespace
}  // namespace doorstep::test
