// The office in a browser: every alternative with its author, device and time; one click decides; forms are ours alone.
#include <gtest/gtest.h>

#include <regex>

#include "server/api/form.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

class Office : public testing::Test {
protected:
    void SetUp() override { session = world.signed_in("钱主任", Actor::unit_head, {{test::area("341222000000")}}); }

    /// Two cadres of one township, one household, two summaries written with no network.
    void disagree() {
        one = world.enrolled("李明", "341222101000");
        other = world.enrolled("王芳", "341222101000");
        household = must(one->save({test::new_household("341222101202", "独居老人")}, ++world.now_ms)).front();
        world.sync(*one);
        world.sync(*other);
        static_cast<void>(
            must(one->save({test::set_text(household, test::field::summary, "屋顶<漏雨>")}, ++world.now_ms)));
        static_cast<void>(
            must(other->save({test::set_text(household, test::field::summary, "近日住院")}, ++world.now_ms)));
        world.sync(*one);
        world.sync(*other);
    }

    std::string page() { return world.ask("GET", "/office", {}, session).body; }

    /// The forms of the page as a browser would send them, one an alternative.
    static std::vector<std::string> decisions(const std::string& html) {
        static const std::regex form("<form method=\"post\" action=\"/office/resolve\">(.*?)</form>"),
            field("name=\"([a-z]+)\" value=\"([^\"]*)\"");
        std::vector<std::string> out;
        for (std::sregex_iterator f(html.begin(), html.end(), form), end; f != end; ++f) {
            const std::string inside = (*f)[1];
            std::string body;
            for (std::sregex_iterator i(inside.begin(), inside.end(), field); i != end; ++i)
                body += (body.empty() ? "" : "&") + std::string((*i)[1]) + "=" + std::string((*i)[2]);
            out.push_back(body);
        }
        return out;
    }

    OfficeWorld world;
    std::vector<std::pair<std::string, std::string>> session;
    std::unique_ptr<Phone> one, other;
    RecordId household;
};

TEST_F(Office, ShowsEveryAlternativeWithAuthorDeviceAndTime) {
    disagree();
    const std::string html = page();
    for (const char* expected : {"屋顶&lt;漏雨&gt;", "近日住院", "李明的手机", "王芳的手机", "八里村委会", "20"})
        EXPECT_NE(html.find(expected), std::string::npos) << expected;
    EXPECT_EQ(html.find("屋顶<漏雨>"), std::string::npos) << "what people wrote is escaped";
    EXPECT_EQ(decisions(html).size(), 2u);
}

TEST_F(Office, OneClickDecidesForEverybody) {
    disagree();
    const std::string chosen = decisions(page()).back();
    EXPECT_EQ(world.ask("POST", "/office/resolve", chosen, session).status, 303);
    EXPECT_TRUE(decisions(page()).empty());
    world.sync(*one);
    world.sync(*other);
    for (Phone* phone : {one.get(), other.get()}) {
        EXPECT_TRUE(must(phone->conflicts(10)).empty());
        std::size_t words = 0;
        for (const HistoryEntry& entry : must(phone->history(household)))
            words += entry.field == test::field::summary ? 1 : 0;
        EXPECT_EQ(words, 4u) << "the first summary, both alternatives, and the decision";
    }
    EXPECT_EQ(must(one->verify()).state, must(other->verify()).state);
}

TEST_F(Office, SecondClickOnTheSamePageIsToldToLookAgain) {
    disagree();
    const auto forms = decisions(page());
    EXPECT_EQ(world.ask("POST", "/office/resolve", forms[0], session).status, 303);
    EXPECT_EQ(world.ask("POST", "/office/resolve", forms[1], session).status, 409);
}

TEST_F(Office, DecisionThatDidNotSeeALaterAlternativeIsStale) {
    disagree();
    const auto forms = decisions(page());
    const auto late = world.enrolled("赵强", "341222101000");
    world.sync(*late);
    static_cast<void>(must(late->save({test::set_text(household, test::field::summary, "另有说法")}, ++world.now_ms)));
    world.sync(*late);
    EXPECT_EQ(world.ask("POST", "/office/resolve", forms[0], session).status, 409);
    EXPECT_FALSE(decisions(page()).empty());
}

TEST_F(Office, FormsWithoutTheSessionsSecretAreRefused) {
    disagree();
    const std::string form = decisions(page()).front();
    EXPECT_EQ(world.ask("POST", "/office/resolve", form.substr(form.find("record=")), session).status, 403);
    EXPECT_EQ(world.ask("POST", "/office/resolve", form).status, 401) << "no session";
}

TEST_F(Office, SignedOutMeansOut) {
    const std::string html = page();
    std::smatch csrf;
    ASSERT_TRUE(std::regex_search(html, csrf, std::regex("name=\"csrf\" value=\"([0-9a-f]+)\"")));
    EXPECT_EQ(world.ask("POST", "/office/logout", "csrf=" + std::string(csrf[1]), session).status, 303);
    EXPECT_EQ(world.ask("GET", "/office", {}, session).status, 303);
}

TEST_F(Office, SessionEndsWithTheWorkingDayHoweverBusy) {
    const std::uint64_t begun = world.now_ms;
    for (; world.now_ms < begun + session_ms_max; world.now_ms += session_idle_ms_max - 120'000)
        EXPECT_EQ(world.ask("GET", "/office", {}, session).status, 200);
    world.now_ms = begun + session_ms_max;
    EXPECT_EQ(world.ask("GET", "/office", {}, session).status, 303);
}

TEST_F(Office, SessionEndsAtAnUnattendedDesk) {
    world.now_ms += session_idle_ms_max - 1;
    EXPECT_EQ(world.ask("GET", "/office", {}, session).status, 200);
    world.now_ms += session_idle_ms_max;
    EXPECT_EQ(world.ask("GET", "/office", {}, session).status, 303);
}

TEST_F(Office, HeldPartsShowTheirWordsAndTheReason) {
    const auto phone = world.enrolled("李明", "341222101000");
    Enrolment wider = *phone->enrolment();  // a phone that believes it was granted more than the server says
    wider.areas.push_back(test::area("341222102000"));
    static_cast<void>(must(phone->enrol(wider)));
    static_cast<void>(must(phone->save({test::new_household("341222102201", "越界的一句话")}, ++world.now_ms)));
    static_cast<void>(must(phone->save({test::new_household("341222101202", "本区的一句话")}, ++world.now_ms)));
    world.sync(*phone);
    const OutboxStatus outbox = must(phone->outbox());
    EXPECT_EQ(outbox.only_here, 0u) << "an upload queue always drains";
    ASSERT_EQ(outbox.held.size(), 1u);
    EXPECT_EQ(static_cast<Errc>(outbox.held.front().reason), Errc::forbidden);
    const std::string html = page();
    EXPECT_NE(html.find("越界的一句话"), std::string::npos);
    EXPECT_NE(html.find("本区的一句话"), std::string::npos);
    static_cast<void>(must(phone->verify()));
    static_cast<void>(must(world.storage->verify()));
}

}  // namespace
}  // namespace doorstep::server
