// Enrolment: a code works once, for ten minutes, and bears five wrong tries (trust.md: Identity).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/limits.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/key_phone.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

const std::string phone_a = "a", phone_b = "b";
const std::string replica_a(32, '1'), replica_b(32, '2');

Reply enrol(OfficeWorld& world, const std::string& code, const std::string& phone = phone_a,
            const std::string& replica = replica_a) {
    return KeyPhone(phone, replica).enrol(world, code);
}

TEST(Enrol, GivesTheAreasAndTheirDivisions) {
    OfficeWorld world;
    const Reply reply = enrol(world, world.code_for("李明", "341222101000"));
    ASSERT_EQ(reply.status, 200) << reply.body;
    const json answer = json::parse(reply.body);
    EXPECT_EQ(answer["author"], "李明");
    EXPECT_EQ(answer["areas"], json({"341222101000"}));
    EXPECT_EQ(answer["divisions"].size(), 3u)
        << "the township, its village and the county above, not the other township";
    EXPECT_EQ(reply.body.find(KeyPhone(phone_a).nonce.hex()), std::string::npos) << "a secret is never sent back";
}

TEST(Enrol, TellsWhichCompartmentsAreGranted) {
    OfficeWorld world;
    const auto code = [&](const std::string& role, const Scope& scope) {
        return world.storage->create_enrolment({"李明", role, "手机", scope}, 600'000, world.now_ms);
    };
    const Scope all{{test::area("341222101000")}, Scope::Restricted::yes, {test::record(3)}};
    EXPECT_EQ(test::outcome(code("grid_worker", all)), "invalid_argument");
    const json answer = json::parse(enrol(world, test::must(code("cadre", all)).text).body);
    EXPECT_EQ(answer["restricted"], true);
    EXPECT_EQ(answer["sealed"], json({test::record(3).hex()}));
    EXPECT_EQ(test::must(world.storage->authenticate(KeyPhone(phone_a).token(world), world.now_ms)).scope, all);
}

TEST(Enrol, AnswerThatWasLostCanBeAskedForAgain) {
    OfficeWorld world;
    const std::string code = world.code_for("李明", "341222101000");
    EXPECT_EQ(enrol(world, code).body, enrol(world, code).body);
}

TEST(Enrol, CodeServesOnePhone) {
    OfficeWorld world;
    const std::string code = world.code_for("李明", "341222101000");
    EXPECT_EQ(code_of(enrol(world, code)), "ok");
    EXPECT_EQ(code_of(enrol(world, code, phone_b, replica_b)), "wrong_code");
}

TEST(Enrol, CodeEndsAtItsTime) {
    OfficeWorld world;
    const std::string first = world.code_for("李明", "341222101000", 1000),
                      second = world.code_for("王芳", "341222101000", 1000);
    world.now_ms += 999;
    EXPECT_EQ(code_of(enrol(world, first)), "ok");
    world.now_ms += 1;
    EXPECT_EQ(code_of(enrol(world, second, phone_b, replica_b)), "expired_code");
}

TEST(Enrol, FiveWrongTriesVoidTheCode) {
    OfficeWorld world;
    const std::string code = world.code_for("李明", "341222101000");
    std::string wrong = code;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    for (std::uint32_t i = 0; i < limits::enrolment_tries_max; ++i)
        EXPECT_EQ(code_of(enrol(world, wrong)), "wrong_code");
    EXPECT_EQ(code_of(enrol(world, wrong)), "too_many_attempts");
    EXPECT_EQ(code_of(enrol(world, code)), "too_many_attempts") << "also for who has the right one now";
}

TEST(Enrol, FourWrongTriesDoNot) {
    OfficeWorld world;
    const std::string code = world.code_for("李明", "341222101000");
    std::string wrong = code;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    for (std::uint32_t i = 1; i < limits::enrolment_tries_max; ++i) enrol(world, wrong);
    EXPECT_EQ(code_of(enrol(world, code)), "ok");
}

TEST(Enrol, ReplicaOfAnotherDeviceIsRefused) {
    OfficeWorld world;
    EXPECT_EQ(code_of(enrol(world, world.code_for("李明", "341222101000"))), "ok");
    EXPECT_EQ(code_of(enrol(world, world.code_for("王芳", "341222101000"), phone_b, replica_a)), "forbidden");
}

TEST(Enrol, ReplicaThatARestoredOfficeForgotIsStillItsAuthors) {
    OfficeWorld world;
    const auto li = world.enrolled("李明", "341222101000");
    must(li->save({test::new_household("341222101202", "李明写的")}, world.now_ms));
    world.sync(*li);
    const std::string replica = li->replica().hex();
    {
        DatabaseOptions options;
        options.path = world.scratch.path("office.db");
        Store store = must(Store::open(options));
        must(store.database().execute("DELETE FROM device_replica"));
    }
    EXPECT_EQ(code_of(enrol(world, world.code_for("王芳", "341222101000"), phone_b, replica)), "forbidden");
    world.sync(*li);  // shows it again
}

TEST(Enrol, RefusesBodiesThatAreNotWhatItAsksFor) {
    OfficeWorld world;
    for (const char* body : {"", "x", "[]", "{}", R"({"code":1})", R"({"replica":"zz"})"}) {
        SCOPED_TRACE(body);
        EXPECT_EQ(world.ask("POST", "/api/v1/enrol", body).status, 400);
    }
}

TEST(CreateEnrolment, ChecksWhatTheOfficeTypes) {
    OfficeWorld world;
    const auto make = [&](const std::string& name, const std::string& role, std::vector<Area> areas,
                          std::uint64_t ttl_ms) {
        return test::outcome(
            world.storage->create_enrolment({name, role, "手机", std::move(areas)}, ttl_ms, world.now_ms));
    };
    const Area town = test::area("341222101000"), nowhere = test::area("999999999999");
    EXPECT_EQ(make("李明", "cadre", {town}, 1), "ok");
    EXPECT_EQ(make("李明", "cadre", {town}, limits::enrolment_ms_max), "ok");
    EXPECT_EQ(make("李明", "cadre", {town}, limits::enrolment_ms_max + 1), "invalid_argument");
    EXPECT_EQ(make("李明", "cadre", {town}, 0), "invalid_argument");
    EXPECT_EQ(make("李明", "king", {town}, 1), "invalid_argument");
    EXPECT_EQ(make("李明", "cadre", {}, 1), "invalid_argument");
    EXPECT_EQ(make("李明", "cadre", {nowhere}, 1), "unknown_area");
    for (const char* name : {"", " ", "--role=cadre", "\xff"})
        EXPECT_EQ(make(name, "cadre", {town}, 1), "invalid_argument") << name;
    EXPECT_EQ(make(std::string(limits::author_bytes_max, 'x'), "cadre", {town}, 1), "ok");
    EXPECT_EQ(make(std::string(limits::author_bytes_max + 1, 'x'), "cadre", {town}, 1), "invalid_argument");
}

}  // namespace
}  // namespace doorstep::server
