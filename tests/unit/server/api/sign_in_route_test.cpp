// Accounts: invited once, signed in with a password and a code that works once, throttled and never locked for ever.
#include <gtest/gtest.h>

#include <map>
#include <regex>

#include "server/access/throttle.hpp"
#include "server/api/router.hpp"
#include "server/api/routes.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

const std::string password = "correct-horse-battery", name = "qian";

/// A browser: it keeps its cookies.
class Browser {
public:
    explicit Browser(OfficeWorld& world) : world_(world) {}

    Reply post(const std::string& path, const std::string& form) {
        Request request{"POST", path, {}, {{"cookie", cookies()}}, form};
        EXPECT_TRUE(world_.router.must_prepare("POST", path));
        world_.router.prepare(request);
        Reply reply = world_.router.handle(request);
        for (const auto& [header, value] : reply.headers)
            if (header == "Set-Cookie") kept_[value.substr(0, value.find('='))] = value.substr(0, value.find(';'));
        return reply;
    }
    int sign_in(const std::string& with, const std::string& code) {
        return post("/office/login", "name=" + name + "&password=" + with + "&code=" + code).status;
    }
    int office() { return world_.ask("GET", "/office", {}, {{"cookie", cookies()}}).status; }

private:
    std::string cookies() const {
        std::string out;
        for (const auto& [key, cookie] : kept_) out += (out.empty() ? "" : "; ") + cookie;
        return out;
    }
    OfficeWorld& world_;
    std::map<std::string, std::string> kept_;
};

class SignIn : public testing::Test {
protected:
    SignIn() { invitation = must(world.storage->add_staff(account(), world.now_ms)); }
    StaffAccount account() const { return {name, Actor::unit_head, {{test::area(test::county)}}}; }
    std::string activation(const std::string& token, const std::string& with = password) const {
        return "name=" + name + "&token=" + token + "&password=" + with;
    }
    /// Sets the password, and reads the secret off the page as an app would.
    void activate() {
        const Reply reply = browser.post("/office/activate", activation(invitation));
        ASSERT_EQ(reply.status, 200) << reply.body;
        std::smatch found;
        ASSERT_TRUE(std::regex_search(reply.body, found, std::regex("<code>([A-Z2-7]{32})</code>")));
        secret.clear();
        std::uint32_t bits = 0;
        int held = 0;
        for (const char c : std::string(found[1])) {
            bits = (bits << 5) | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
            if ((held += 5) >= 8) secret.push_back(static_cast<char>(bits >> (held -= 8)));
        }
        ASSERT_EQ(secret.size(), crypto::totp_secret_bytes);
    }
    std::string code() {
        world.now_ms += crypto::totp_step_ms;
        return crypto::totp_code(secret, world.now_ms / crypto::totp_step_ms);
    }

    OfficeWorld world;
    Browser browser{world};
    std::string invitation, secret;
};

TEST_F(SignIn, AnInvitationSetsThePasswordOnce) {
    EXPECT_EQ(browser.post("/office/activate", activation("0")).status, 401);
    EXPECT_EQ(browser.post("/office/activate", activation(invitation, "elevenbytes")).status, 400) << "11 bytes";
    activate();
    EXPECT_EQ(browser.post("/office/activate", activation(invitation)).status, 401) << "used";
    EXPECT_EQ(browser.sign_in(password, code()), 303);
    EXPECT_EQ(browser.office(), 200);
}

TEST_F(SignIn, AnInvitationEnds) {
    world.now_ms += invitation_ms_max;
    EXPECT_EQ(browser.post("/office/activate", activation(invitation)).status, 401);
    invitation = must(world.storage->reset_staff(name, world.now_ms));
    world.now_ms += invitation_ms_max - 1;
    activate();
}

TEST_F(SignIn, PasswordAndCodeAreBothNeededAndACodeWorksOnce) {
    EXPECT_EQ(browser.sign_in(password, "000000"), 401) << "invited only";
    activate();
    const std::string once = code();
    EXPECT_EQ(browser.sign_in("correct-horse-batterz", once), 401);
    EXPECT_EQ(browser.sign_in(password, ""), 401);
    EXPECT_EQ(browser.sign_in(std::string(300, 'x'), once), 401) << "longer than any";
    EXPECT_EQ(browser.sign_in(password, once), 303);
    EXPECT_EQ(browser.sign_in(password, once), 401) << "replayed";
    EXPECT_EQ(browser.sign_in(password, code()), 303);
}

TEST_F(SignIn, CookiesAreBoundToTheHost) {
    activate();
    const Reply reply = browser.post("/office/login", "name=" + name + "&password=" + password + "&code=" + code());
    int cookies = 0;
    for (const auto& [header, value] : reply.headers)
        if (header == "Set-Cookie") {
            ++cookies;
            EXPECT_TRUE(value.starts_with("__Host-")) << value;
            for (const char* part : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"})
                EXPECT_NE(value.find(part), std::string::npos) << value;
        }
    EXPECT_EQ(cookies, 2);
}

TEST_F(SignIn, GuessesWaitLongerAndLongerAndEndWithTheRightOne) {
    activate();
    for (std::uint64_t i = 0; i < free_tries; ++i) EXPECT_EQ(browser.sign_in("a wrong password", "000000"), 401) << i;
    const std::string right = crypto::totp_code(secret, world.now_ms / crypto::totp_step_ms + 1);
    EXPECT_EQ(browser.sign_in(password, right), 429) << "also with what is right";
    world.now_ms += try_wait_ms;
    EXPECT_EQ(browser.sign_in(password, right), 303);
    EXPECT_EQ(browser.sign_in("a wrong password", "000000"), 401) << "counted from the beginning";
}

/// What a stranger is answered who tries a wrong password for this name, time after time; without the name.
std::string answers_to_guesses(OfficeWorld& world, const std::string& whose, std::string_view path) {
    std::string out;
    for (std::uint64_t i = 0; i < 3 * free_tries; ++i) {
        if (i == 2 * free_tries) world.now_ms += try_wait_ms;
        Request request{"POST", std::string(path), {}, {{"content-type", "application/json"}}, {}};
        request.body = path == rest_session_path
                           ? R"({"name":")" + whose + R"(","password":"a wrong password","code":"000000"})"
                           : "name=" + whose + "&password=a+wrong+password&code=000000";
        world.router.prepare(request);
        const Reply reply = world.router.handle(request);
        out += std::to_string(reply.status) + std::regex_replace(reply.body, std::regex(whose), "NAME") + "\n";
    }
    return out;
}

// Whoever guesses names learns none: each kind of name is answered alike at every try, to the byte.
class SignInNames : public SignIn, public testing::WithParamInterface<std::string_view> {};

TEST_P(SignInNames, CannotBeToldApart) {
    activate();
    for (const char* other : {"invited", "disabled"})
        static_cast<void>(
            must(world.storage->add_staff({other, Actor::auditor, {{test::area(test::county)}}}, world.now_ms)));
    must(world.storage->disable_staff("disabled", world.now_ms));
    const std::string real = answers_to_guesses(world, name, GetParam());
    EXPECT_NE(real.find("429"), std::string::npos);
    for (const char* other : {"invited", "disabled", "nobody"})
        EXPECT_EQ(answers_to_guesses(world, other, GetParam()), real) << other;
}

INSTANTIATE_TEST_SUITE_P(Routes, SignInNames, testing::Values(login_path, rest_session_path));

TEST_F(SignIn, NobodyElseCanKeepAKnownBrowserOut) {
    activate();
    ASSERT_EQ(browser.sign_in(password, code()), 303);
    Browser attacker(world);
    for (std::uint64_t i = 0; i < free_tries; ++i) EXPECT_EQ(attacker.sign_in("a wrong password", "000000"), 401);
    EXPECT_EQ(attacker.sign_in("a wrong password", "000000"), 429);
    const std::string right = crypto::totp_code(secret, world.now_ms / crypto::totp_step_ms + 1);
    EXPECT_EQ(attacker.sign_in(password, right), 429);
    EXPECT_EQ(browser.sign_in(password, right), 303) << "where the account has signed in before";
}

TEST_F(SignIn, DisabledAndResetEndEverything) {
    activate();
    ASSERT_EQ(browser.sign_in(password, code()), 303);
    ASSERT_EQ(browser.office(), 200);
    ASSERT_TRUE(world.storage->disable_staff(name, world.now_ms));
    EXPECT_EQ(browser.office(), 303);
    EXPECT_EQ(browser.sign_in(password, code()), 401);
    EXPECT_EQ(must(world.storage->staff()).front().state, StaffAccount::State::disabled);
    invitation = must(world.storage->reset_staff(name, world.now_ms));
    EXPECT_EQ(browser.sign_in(password, code()), 401) << "the old password is void";
    activate();
    const std::string at_once = crypto::totp_code(secret, world.now_ms / crypto::totp_step_ms);
    EXPECT_EQ(browser.sign_in(password, at_once), 303) << "codes of the new secret are all new";
    EXPECT_EQ(must(world.storage->staff()).front().state, StaffAccount::State::active);
}

TEST_F(SignIn, AccountsAreCheckedWhenTheyAreMade) {
    EXPECT_EQ(world.storage->add_staff(account(), world.now_ms).error().code, Errc::already_exists);
    EXPECT_EQ(world.storage->reset_staff("nobody", world.now_ms).error().code, Errc::not_found);
    EXPECT_EQ(world.storage->disable_staff("nobody", world.now_ms).error().code, Errc::not_found);
    StaffAccount other = account();
    other.name = "other";
    other.scope.areas = {test::area("999999000000")};
    EXPECT_EQ(world.storage->add_staff(other, world.now_ms).error().code, Errc::unknown_area);
    other.scope = {{test::area(test::county)}, Scope::Restricted::yes};
    other.role = Actor::auditor;
    EXPECT_EQ(world.storage->add_staff(other, world.now_ms).error().code, Errc::invalid_argument);
    other.name = " ";
    EXPECT_EQ(world.storage->add_staff(other, world.now_ms).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace doorstep::server
