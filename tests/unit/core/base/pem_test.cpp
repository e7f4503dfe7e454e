#include "core/base/pem.hpp"

#include <gtest/gtest.h>

namespace doorstep {
namespace {

const std::string begins = "-----BEGIN CERTIFICATE-----\n", ends = "\n-----END CERTIFICATE-----\n";

TEST(Pem, FirstCertificateAmongOthersAndWords) {
    struct Row {
        const char* name;
        std::string pem, expected;
    };
    const Row rows[] = {
        {"one", begins + "aGVsbG8=" + ends, "hello"},
        {"no padding needed", begins + "aGVsbG8h" + ends, "hello!"},
        {"two signs of padding", begins + "aGVsbA==" + ends, "hell"},
        {"over several lines, with CR", begins + "aGVs\r\nbG8=" + ends, "hello"},
        {"words before it and another behind", "CN=x\n" + begins + "aGVsbG8=" + ends + begins + "eA==" + ends, "hello"},
        {"every digit of the alphabet", begins + "+/+/AZaz09" + ends, "\xfb\xff\xbf\x01\x96\xb3\xd3"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto found = first_certificate(row.pem);
        ASSERT_TRUE(found);
        EXPECT_EQ(found.value(), row.expected);
    }
}

TEST(Pem, RefusesWhatIsNone) {
    for (const std::string& pem : {std::string(), std::string("hello"), begins, ends, ends + begins, begins + ends,
                                   begins + "a*b=" + ends, std::string("-----BEGIN PRIVATE KEY-----\naGVsbG8=") + ends})
        EXPECT_FALSE(first_certificate(pem)) << pem;
}

}  // namespace
}  // namespace doorstep
