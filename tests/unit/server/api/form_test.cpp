#include "server/api/form.hpp"

#include <gtest/gtest.h>

#include "server/api/html.hpp"

namespace doorstep::server {
namespace {

TEST(Form, DecodesWhatABrowserSends) {
    const auto form = Form::parse("a=1&b=%E4%BD%A0+%E5%A5%BD&a=2&empty=&bare");
    ASSERT_TRUE(form);
    EXPECT_EQ(form.value().get("a"), "1");
    EXPECT_EQ(form.value().all("a"), (std::vector<std::string_view>{"1", "2"}));
    EXPECT_EQ(form.value().get("b"), "你 好");
    EXPECT_EQ(form.value().get("empty"), "");
    EXPECT_EQ(form.value().get("absent"), "");
}

TEST(Form, RefusesBadEscapesAndBadText) {
    struct Row {
        const char* encoded;
        Errc code;
    };
    for (const Row& row :
         {Row{"a=%", Errc::invalid_argument}, Row{"a=%1", Errc::invalid_argument}, Row{"a=%zz", Errc::invalid_argument},
          Row{"a=%ff", Errc::invalid_utf8}, Row{"a=%00", Errc::invalid_utf8}}) {
        const auto form = Form::parse(row.encoded);
        ASSERT_FALSE(form) << row.encoded;
        EXPECT_EQ(form.error().code, row.code) << row.encoded;
    }
}

TEST(Cookie, FindsTheOneByItsWholeName) {
    EXPECT_EQ(cookie("a=1; __Host-session=abc; b=2", "__Host-session"), "abc");
    EXPECT_EQ(cookie("x__Host-session=no", "__Host-session"), "");
    EXPECT_EQ(cookie("", "__Host-session"), "");
}

TEST(Html, EscapesWhatPeopleWrote) {
    EXPECT_EQ(escape("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
}

TEST(Html, ShowsTimeAsTheWholeCountryReadsIt) {
    EXPECT_EQ(china_time(0), "1970-01-01 08:00");
    EXPECT_EQ(china_time(1'795'276'799'000), "2026-11-21 23:59");
    EXPECT_EQ(china_time(1'795'276'800'000), "2026-11-22 00:00");
}

}  // namespace
}  // namespace doorstep::server
