// The audit chain on a real storage: what notes itself, and that every way to change it afterwards is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/audit/head_file.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using audit::Action;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view town = "341222101000", village = "341222101202", other_village = "341222102201";

/// What the entries say was done.
std::vector<std::string> actions(Storage& office) {
    std::vector<std::string> out;
    for (const audit::Entry& entry : must(office.audit_chain().after(0, 1000)))
        out.emplace_back(audit::name_of(entry.act.action));
    return out;
}

/// The present key first.
std::shared_ptr<const std::vector<crypto::KeyPair>> server_keys(std::initializer_list<unsigned char> secrets = {7}) {
    std::vector<crypto::KeyPair> out;
    for (const unsigned char secret : secrets) {
        crypto::Secret bytes{};
        bytes.fill(secret);
        out.push_back(*crypto::KeyPair::derive(bytes, audit::head_purpose));
    }
    return std::make_shared<const std::vector<crypto::KeyPair>>(std::move(out));
}

class AuditChain : public testing::Test {
protected:
    AuditChain() { start(*world.storage); }

    void start(Storage& office) {
        must(office.start_audit([this](audit::Chain& chain) { return heads.follow(chain); }, world.now_ms));
    }
    void note(int times = 1) {
        for (int i = 0; i < times; ++i) must(world.storage->note({Action::resolved, "李明", "r"}, ++world.now_ms));
    }
    /// "sound", or what verify says.
    std::string verdict() {
        const auto report = audit::verify_chain(world.storage->audit_chain(), must(heads.read()));
        return report ? "sound" : report.error().detail;
    }
    /// Changes the file as somebody with its key could.
    void tamper(const char* sql) {
        DatabaseOptions options;
        options.path = world.scratch.path("office.db");
        Database db = must(Database::open(options));
        must(db.execute(sql));
    }

    OfficeWorld world;
    audit::HeadFile heads{world.scratch.path("office.db.audit"), server_keys()};
};

TEST_F(AuditChain, TheOfficesActsNoteThemselves) {
    Storage& office = *world.storage;
    const auto phone = world.enrolled("李明", town);
    const auto saved = must(phone->save({test::new_household(village, "老人独居。")}, world.now_ms));
    world.sync(*phone);
    must(office.regrant("李明", "李明的手机", {{test::area(village)}}, world.now_ms));
    const std::string session = world.signed_in("钱主任", Actor::unit_head, {{test::area(town)}})
                                    .front()
                                    .second.substr(sizeof("__Host-session"));
    EXPECT_EQ(must(office.move({saved.at(0)}, test::area(other_village), "钱主任", world.now_ms)), 1U);
    must(office.audit().record({world.now_ms,
                                "钱主任",
                                Actor::unit_head,
                                "POST /office/reveal",
                                Purpose::handling,
                                saved.at(0),
                                test::area(village),
                                {}}));
    must(office.reset_staff("钱主任", world.now_ms));
    must(office.disable_staff("钱主任", world.now_ms));
    must(office.sign_out(session, world.now_ms));  // a session that a reset ended: nobody is signed out by it
    must(office.revoke("李明", "李明的手机", world.now_ms));
    must(office.back_up(world.scratch.path("copy.db"), world.now_ms));
    EXPECT_THAT(actions(office),
                ElementsAre("founded", "enrolment_created", "enrolment_used", "regranted", "account_added", "signed_in",
                            "moved", "revealed", "account_reset", "account_disabled", "revoked", "backed_up"));
    const auto entries = must(office.audit_chain().after(0, 100));
    EXPECT_EQ(entries.at(2).act.actor, "李明的手机");
    EXPECT_EQ(entries.at(5).act.actor, "钱主任");
    EXPECT_EQ(entries.at(6).act.object, saved.at(0).hex());
    EXPECT_EQ(verdict(), "sound");
}

TEST_F(AuditChain, WhatDidNotHappenIsNotNoted) {
    Storage& office = *world.storage;
    EXPECT_FALSE(office.regrant("王芳", "x", {{test::area(town)}}, world.now_ms));
    EXPECT_FALSE(office.revoke("王芳", "x", world.now_ms));
    EXPECT_FALSE(office.sign_in({"guess", sha256("x"), "000000", {}}, world.now_ms));
    EXPECT_FALSE(office.enrol("00000000-00000000000000000000000000000000", std::string(64, '0'), {}, world.now_ms));
    EXPECT_THAT(actions(office), ElementsAre("founded"));
}

TEST_F(AuditChain, AWrongTryStillCounts) {
    const std::string code = world.code_for("李明", town);
    std::string wrong = code;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    std::string said;
    for (int i = 0; i < 6; ++i)
        said = error_name(world.storage->enrol(wrong, std::string(64, '0'), {}, world.now_ms).error().code);
    EXPECT_EQ(said, "too_many_attempts");
}

TEST_F(AuditChain, NamesTheFirstEntryThatIsNotAsItWas) {
    struct Row {
        const char *name, *sql, *verdict;
    };
    const Row rows[] = {
        {"nothing", "SELECT 1", "sound"},
        {"an actor changed", "UPDATE audit_entry SET actor = '王芳' WHERE number = 4", "audit entry 4 was changed"},
        {"a time changed", "UPDATE audit_entry SET time_ms = 1 WHERE number = 2", "audit entry 2 was changed"},
        {"an action changed", "UPDATE audit_entry SET action = 9 WHERE number = 4", "audit entry 4 was changed"},
        {"an action that is none", "UPDATE audit_entry SET action = 900 WHERE number = 4",
         "audit entry 4 names no action"},
        {"a purpose added", "UPDATE audit_entry SET purpose = 'x' WHERE number = 5", "audit entry 5 was changed"},
        {"a hash changed", "UPDATE audit_entry SET hash = zeroblob(32) WHERE number = 3", "audit entry 3 was changed"},
        {"a link changed", "UPDATE audit_entry SET previous = zeroblob(32) WHERE number = 3",
         "audit entry 3 was changed"},
        {"one deleted", "DELETE FROM audit_entry WHERE number = 3", "audit entry 3 is missing"},
        {"the first deleted", "DELETE FROM audit_entry WHERE number = 1", "audit entry 1 is missing"},
        {"one deleted, the others moved up",
         "DELETE FROM audit_entry WHERE number = 3; UPDATE audit_entry SET number = number - 1 WHERE number > 3",
         "audit entry 3 was changed"},
        {"two in each other's place",
         "UPDATE audit_entry SET number = -3 WHERE number = 3; UPDATE audit_entry SET number = 3 WHERE number = 4;"
         "UPDATE audit_entry SET number = 4 WHERE number = -3",
         "audit entry 3 was changed"},
        {"the end cut off", "DELETE FROM audit_entry WHERE number > 4",
         "audit entry 5 is missing: the chain once reached 6"},
        {"all cut off", "DELETE FROM audit_entry", "audit entry 1 is missing: the chain once reached 6"},
    };
    note(5);
    tamper("CREATE TABLE kept AS SELECT * FROM audit_entry");
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        tamper(row.sql);
        EXPECT_EQ(verdict(), row.verdict);
        tamper("DELETE FROM audit_entry; INSERT INTO audit_entry SELECT * FROM kept");
    }
    EXPECT_EQ(verdict(), "sound");
}

TEST_F(AuditChain, AnEntryThatWasForgedWithItsHashIsToldByTheNextOne) {
    note(5);
    const audit::Entry before = must(world.storage->audit_chain().after(1, 1)).at(0);
    const audit::Entry forged = audit::next_entry(head_of(before), {Action::resolved, "王芳", "r"}, before.time_ms);
    tamper(("UPDATE audit_entry SET actor = '王芳', time_ms = " + std::to_string(forged.time_ms) + ", hash = x'" +
            forged.hash.hex() + "' WHERE number = 3")
               .c_str());
    EXPECT_EQ(verdict(), "audit entry 4 does not follow the one before");
}

TEST_F(AuditChain, AnEndThatWasWrittenAnewDoesNotGetItsHeadKept) {
    note(5);
    tamper("DELETE FROM audit_entry WHERE number > 4");
    note(1);
    EXPECT_THAT(verdict(), HasSubstr("audit entry 6 is missing"));
    note(1);
    EXPECT_EQ(verdict(), "audit entry 6 is another than the one whose head was signed");
    note(3);
    EXPECT_EQ(verdict(), "audit entry 6 is another than the one whose head was signed");
}

TEST_F(AuditChain, AHeadIsThisServersOwn) {
    note(2);
    const audit::HeadFile others(world.scratch.path("office.db.audit"), server_keys({8}));
    EXPECT_EQ(error_name(others.read().error().code), "corrupt");
    EXPECT_EQ(error_name(others.follow(world.storage->audit_chain()).error().code), "corrupt");
    EXPECT_EQ(verdict(), "sound");
}

TEST_F(AuditChain, WithoutAHeadOutsideNothingIsSaidAboutTheEnd) {
    note(2);
    const auto report = must(audit::verify_chain(world.storage->audit_chain(), {}));
    EXPECT_EQ(report.witnessed, audit::ChainReport::Witnessed::no);
    EXPECT_EQ(report.head.number, 3U);
}

TEST_F(AuditChain, ARestoredBackupBeginsAnotherLifeAndSaysSo) {
    note(2);
    must(world.storage->back_up(world.scratch.path("copy.db"), world.now_ms));
    note(4);
    const audit::Head lost = must(heads.read()).back().head;
    std::filesystem::copy_file(world.scratch.path("copy.db"), world.scratch.path("put_back.db"));
    const auto office =
        must(open_sqlite_storage(world.scratch.path("put_back.db"), StorageKey{}, OfficeWorld::seed(2),
                                 must(Divisions::parse_csv("code,level,name,parent\n"
                                                           "341222101000,town,旧县镇,341222000000\n"))));
    start(*office);
    start(*office);  // once more: nothing new
    EXPECT_EQ(actions(*office).back(), "restored");
    must(office->note({Action::resolved, "李明", "r"}, ++world.now_ms));
    const auto report = must(audit::verify_chain(office->audit_chain(), must(heads.read())));
    EXPECT_EQ(report.head.number, 5U);  // founded, two notes, restored, one note
    EXPECT_THAT(report.lost, ElementsAre(lost));
    // The one that it took the place of does not pass for it, nor does one that was cut off before it was restored.
    EXPECT_THAT(verdict(), HasSubstr("another"));
    tamper("DELETE FROM audit_entry WHERE number > 3");
    EXPECT_THAT(verdict(), HasSubstr("audit entry 4 is missing"));
}

TEST(AuditEntry, KeepsTextsThatAreTooLongByCuttingThem) {
    std::string long_text = "x";
    for (int i = 0; i < 300; ++i) long_text += "字";
    const audit::Entry entry = audit::next_entry({}, {Action::erased, long_text, long_text, long_text}, 1);
    EXPECT_EQ(entry.act.actor.size(), 511U);  // whole characters
    EXPECT_TRUE(audit::check_link({}, entry));
}

TEST(AuditEntry, ActionsKeepTheirNumbers) {
    EXPECT_EQ(static_cast<int>(Action::founded), 1);
    EXPECT_EQ(static_cast<int>(Action::backed_up), 14);
    EXPECT_EQ(audit::name_of(Action::enrolment_used), "enrolment_used");
    EXPECT_EQ(static_cast<int>(Action::revealed), 18);
    EXPECT_EQ(static_cast<int>(Action::seal_key_renewed), 21);
    EXPECT_EQ(static_cast<int>(Action::damage_found), 22);
    EXPECT_EQ(audit::action_of(23), std::nullopt);
}

}  // namespace
}  // namespace doorstep::server
