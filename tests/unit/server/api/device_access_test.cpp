// A phone is known by its key: enrolment until the office confirms it, proofs, tokens (docs/adr/0025).
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/base/limits.hpp"
#include "core/store/store.hpp"
#include "server/storage/access_tables.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/key_phone.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::string_view town = "341222101000";
const std::string other_replica(32, '2');

/// The same bytes with one bit of the last one changed.
json with_flip(json body, const char* key) {
    Bytes bytes = must(from_hex(body[key].get<std::string>()));
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    body[key] = to_hex(bytes);
    return body;
}

int sync_status(OfficeWorld& world, const std::string& token) {
    return world.ask("POST", "/sync/v1", "x", {{"authorization", "Bearer " + token}}).status;
}
/// 400: let in, and what it said is no message.
bool is_let_in(OfficeWorld& world, const std::string& token) { return sync_status(world, token) != 401; }
int wake_status(OfficeWorld& world, const std::string& token) {
    return world
        .ask("GET", "/api/v1/wake", "",
             {{"authorization", "Bearer " + token}, {"sec-websocket-protocol", std::string(wake_protocol)}})
        .status;
}

TEST(KeyEnrolment, WaitsForTheOfficeAndIsNobodyUntilThen) {
    OfficeWorld world;
    KeyPhone phone("li");
    const std::string code = world.code_for("李明", town);
    ASSERT_EQ(code_of(phone.commit(world, code)), "ok");
    EXPECT_TRUE(must(world.storage->waiting_phones(world.now_ms)).empty()) << "it has not shown its key yet";
    EXPECT_EQ(code_of(phone.prove(world, code)), "awaiting_confirmation");
    EXPECT_EQ(code_of(phone.prove(world, code)), "awaiting_confirmation") << "however often it asks";
    EXPECT_EQ(code_of(phone.show(world, phone.proof(phone.fresh_nonce(world)))), "unauthorized");
    EXPECT_TRUE(must(world.storage->devices("李明", "李明的手机")).empty());

    const std::vector<WaitingPhone> waiting = must(world.storage->waiting_phones(world.now_ms));
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting[0].device.author, "李明");
    EXPECT_EQ(waiting[0].digits, phone.digits(code)) << "both sides show the same";
    must(world.storage->confirm_phone({"李明", "李明的手机", phone.digits(code)}, "钱主任", world.now_ms));
    EXPECT_TRUE(must(world.storage->waiting_phones(world.now_ms)).empty());
    EXPECT_EQ(code_of(phone.prove(world, code)), "ok");
    EXPECT_TRUE(is_let_in(world, phone.token(world)));
}

TEST(KeyEnrolment, AnswersThatWereLostCanBeAskedForAgain) {
    OfficeWorld world;
    KeyPhone phone("li");
    const std::string code = world.code_for("李明", town, 1'000);
    const std::string nonce = phone.commit(world, code).body;
    world.now_ms += 2'000;
    EXPECT_EQ(phone.commit(world, code).body, nonce) << "also when the code's time is over: it was used within it";
    const std::string answer = phone.enrol(world, code).body;
    world.now_ms += 2 * limits::confirmation_ms_max;
    EXPECT_EQ(phone.prove(world, code).body, answer);
}

TEST(KeyEnrolment, ServerTellsItsNonceToOneCommitmentOnly) {
    OfficeWorld world;
    KeyPhone phone("li"), other("stranger", other_replica);
    const std::string code = world.code_for("李明", town);
    EXPECT_EQ(code_of(phone.commit(world, code)), "ok");
    EXPECT_EQ(code_of(other.commit(world, code)), "wrong_code")
        << "or somebody could try commitments until the digits fit";
    EXPECT_EQ(code_of(other.prove(world, code)), "unauthorized");
    EXPECT_EQ(code_of(phone.prove(world, code)), "awaiting_confirmation");
}

TEST(KeyEnrolment, RefusesWhatWasNotCommittedToAndSigned) {
    struct Row {
        const char* name;
        std::function<json(const KeyPhone&, const KeyPhone&, const std::string& code)> proof;
        const char* expected;
    };
    const Row rows[] = {
        {"as it should be", [](auto& phone, auto&, auto& code) { return phone.proof_of_enrolment(code); },
         "awaiting_confirmation"},
        {"a changed signature",
         [](auto& phone, auto&, auto& code) { return with_flip(phone.proof_of_enrolment(code), "signature"); },
         "unauthorized"},
        {"another phone's signature",
         [](auto& phone, auto& other, auto& code) {
             json proof = phone.proof_of_enrolment(code);
             proof["signature"] = other.proof_of_enrolment(code)["signature"];
             return proof;
         },
         "unauthorized"},
        {"another phone's key and signature",
         [](auto&, auto& other, auto& code) { return other.proof_of_enrolment(code); }, "unauthorized"},
        {"another replica, signed",
         [](auto& phone, auto& other, auto& code) {
             KeyPhone moved("li", other.replica.hex());
             moved.server_nonce = phone.server_nonce;
             return moved.proof_of_enrolment(code);
         },
         "unauthorized"},
        {"another nonce of the phone's, signed",
         [](auto& phone, auto& other, auto& code) {
             KeyPhone late("li");
             late.server_nonce = phone.server_nonce;
             late.nonce = other.nonce;
             return late.proof_of_enrolment(code);
         },
         "unauthorized"},
        {"another nonce of the server's",
         [](auto&, auto& other, auto& code) {
             KeyPhone wrong("li");
             wrong.server_nonce = other.nonce;
             return wrong.proof_of_enrolment(code);
         },
         "unauthorized"},
        {"a signature for access",
         [](auto& phone, auto&, auto& code) {
             json proof = phone.proof_of_enrolment(code);
             proof["signature"] = phone.proof(phone.server_nonce.hex())["signature"];
             return proof;
         },
         "unauthorized"},
        {"no signature",
         [](auto& phone, auto&, auto& code) {
             json proof = phone.proof_of_enrolment(code);
             proof["signature"] = "";
             return proof;
         },
         "unauthorized"},
        {"no key",
         [](auto& phone, auto&, auto& code) {
             json proof = phone.proof_of_enrolment(code);
             proof["public_key"] = "";
             return proof;
         },
         "unauthorized"},
        {"another code", [](auto& phone, auto&, auto&) { return phone.proof_of_enrolment(std::string(41, '0')); },
         "wrong_code"},
        {"a token, as programs before keys",
         [](auto&, auto&, auto& code) {
             return json{{"code", code}, {"replica", other_replica}, {"token", std::string(64, 'a')}};
         },
         "protocol_version"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        OfficeWorld world;
        KeyPhone phone("li"), other("stranger", other_replica);
        const std::string code = world.code_for("李明", town);
        ASSERT_EQ(code_of(phone.commit(world, code)), "ok");
        EXPECT_EQ(code_of(world.ask("POST", "/api/v1/enrol", row.proof(phone, other, code).dump())), row.expected);
        EXPECT_EQ(code_of(phone.prove(world, code)), "awaiting_confirmation") << "who stands between harms nothing";
    }
}

// The phone trusts another authority than the server's: somebody stands between.
TEST(KeyEnrolment, DigitsTellWhetherBothMeanTheSameServerAndPhone) {
    OfficeWorld world;
    const Hash ours = sha256("our authority"), theirs = sha256("another authority");
    world.storage->set_trust({ours, {}});
    KeyPhone phone("li");
    const std::string code = world.code_for("李明", town);
    phone.commit(world, code);
    phone.prove(world, code);
    const std::string shown = must(world.storage->waiting_phones(world.now_ms)).at(0).digits;
    EXPECT_EQ(shown.size(), enrolment_digits_count);
    EXPECT_EQ(shown, phone.digits(code, ours));
    EXPECT_NE(shown, phone.digits(code, theirs));
    KeyPhone other_key("wang"), other_nonce("li"), other_side("li");
    other_key.server_nonce = other_nonce.server_nonce = phone.server_nonce;
    other_nonce.nonce = sha256("another");
    other_side.server_nonce = sha256("another");
    for (const KeyPhone* other : {&other_key, &other_nonce, &other_side}) EXPECT_NE(shown, other->digits(code, ours));
}

TEST(KeyEnrolment, OtherDigitsAreRefusedAndVoidItAfterThree) {
    OfficeWorld world;
    KeyPhone phone("li");
    const std::string code = world.code_for("李明", town);
    phone.commit(world, code);
    phone.prove(world, code);
    const std::string right = phone.digits(code);
    std::string wrong = right;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    const auto confirm = [&](const std::string& name, const std::string& digits) {
        return test::outcome(world.storage->confirm_phone({name, name + "的手机", digits}, "钱主任", world.now_ms));
    };
    EXPECT_EQ(confirm("王芳", right), "not_found") << "nobody of this name waits";
    for (std::uint32_t i = 1; i < limits::confirmation_tries_max; ++i)
        EXPECT_EQ(confirm("李明", wrong), "digits_differ");
    {
        OfficeWorld fresh;  // two wrong ones do not void it
        KeyPhone same("li");
        const std::string second = fresh.code_for("李明", town);
        same.commit(fresh, second);
        same.prove(fresh, second);
        for (std::uint32_t i = 1; i < limits::confirmation_tries_max; ++i)
            EXPECT_FALSE(fresh.storage->confirm_phone({"李明", "李明的手机", "x"}, "钱主任", fresh.now_ms));
        EXPECT_TRUE(fresh.storage->confirm_phone({"李明", "李明的手机", same.digits(second)}, "钱主任", fresh.now_ms));
    }
    EXPECT_EQ(confirm("李明", wrong), "digits_differ");
    EXPECT_EQ(confirm("李明", right), "not_found") << "void";
    EXPECT_EQ(code_of(phone.prove(world, code)), "wrong_code");
    EXPECT_EQ(code_of(KeyPhone("li").enrol(world, world.code_for("李明", town))), "ok") << "a new code serves";
}

TEST(KeyEnrolment, TwoPhonesOfOneLabelAreToldApartByTheirDigits) {
    OfficeWorld world;
    KeyPhone one("one"), two("two", other_replica);
    const std::string first = world.code_for("李明", town), second = world.code_for("李明", town);
    for (auto [phone, code] : {std::pair{&one, &first}, std::pair{&two, &second}}) {
        phone->commit(world, *code);
        phone->prove(world, *code);
    }
    must(world.storage->confirm_phone({"李明", "李明的手机", two.digits(second)}, "钱主任", world.now_ms));
    EXPECT_EQ(code_of(two.prove(world, second)), "ok");
    EXPECT_EQ(code_of(one.prove(world, first)), "awaiting_confirmation");
}

TEST(KeyEnrolment, IsConfirmedWithinADay) {
    OfficeWorld world;
    KeyPhone phone("li");
    const std::string code = world.code_for("李明", town);
    phone.commit(world, code);
    world.now_ms += limits::confirmation_ms_max - 1;
    EXPECT_EQ(code_of(phone.prove(world, code)), "awaiting_confirmation");
    EXPECT_EQ(must(world.storage->waiting_phones(world.now_ms)).size(), 1u);
    world.now_ms += 1;
    EXPECT_EQ(code_of(phone.prove(world, code)), "expired_code");
    EXPECT_TRUE(must(world.storage->waiting_phones(world.now_ms)).empty());
    EXPECT_EQ(
        test::outcome(world.storage->confirm_phone({"李明", "李明的手机", phone.digits(code)}, "钱主任", world.now_ms)),
        "not_found");
}

// A phone whose key store was reset, or that comes from a token, keeps its replica when the office enrols it again.
TEST(KeyEnrolment, ReplicaGoesWithItsPersonAndNobodyElse) {
    OfficeWorld world;
    KeyPhone before("before");
    EXPECT_EQ(code_of(before.enrol(world, world.code_for("李明", town))), "ok");
    KeyPhone after("after"), stranger("stranger");
    EXPECT_EQ(code_of(stranger.enrol(world, world.code_for("王芳", town))), "forbidden");
    EXPECT_EQ(code_of(KeyPhone("before", other_replica).enrol(world, world.code_for("王芳", town))), "already_exists")
        << "nor does another's key";
    EXPECT_EQ(code_of(after.enrol(world, world.code_for("李明", town))), "ok");
    EXPECT_TRUE(is_let_in(world, after.token(world)));
    EXPECT_EQ(code_of(before.show(world, before.proof(before.fresh_nonce(world)))), "forbidden")
        << "the replica is the new key's";
}

TEST(KeyEnrolment, RevokedPhoneIsEnrolledAnewWithItsKey) {
    OfficeWorld world;
    KeyPhone phone("li");
    const std::string code = world.code_for("李明", town);
    EXPECT_EQ(code_of(phone.enrol(world, code)), "ok");
    must(world.storage->revoke("李明", "李明的手机", world.now_ms));
    EXPECT_EQ(code_of(phone.prove(world, code)), "forbidden") << "the old code brings nothing back";
    EXPECT_EQ(wake_status(world, phone.token(world)), 403);
    EXPECT_EQ(code_of(phone.enrol(world, world.code_for("李明", town))), "ok");
    EXPECT_EQ(wake_status(world, phone.token(world)), 101);
}

struct Proof {
    const char* name;
    std::function<json(OfficeWorld&, const KeyPhone& phone, const KeyPhone& other)> proof;
    const char* expected;
};
const Proof proofs[] = {
    {"as it should be", [](auto& world, auto& phone, auto&) { return phone.proof(phone.fresh_nonce(world)); }, "ok"},
    {"shown again",
     [](auto& world, auto& phone, auto&) {
         const json proof = phone.proof(phone.fresh_nonce(world));
         EXPECT_EQ(code_of(phone.show(world, proof)), "ok");
         return proof;
     },
     "unauthorized"},
    {"the same nonce signed again",
     [](auto& world, auto& phone, auto&) {
         const std::string nonce = phone.fresh_nonce(world);
         EXPECT_EQ(code_of(phone.show(world, phone.proof(nonce))), "ok");
         return phone.proof(nonce);
     },
     "unauthorized"},
    {"shown again once its token is over",
     [](auto& world, auto& phone, auto&) {
         const json proof = phone.proof(phone.fresh_nonce(world));
         EXPECT_EQ(code_of(phone.show(world, proof)), "ok");
         for (int i = 0; i < 2; ++i) EXPECT_TRUE(is_let_in(world, phone.token(world)));
         return proof;
     },
     "unauthorized"},
    {"a changed signature",
     [](auto& world, auto& phone, auto&) { return with_flip(phone.proof(phone.fresh_nonce(world)), "signature"); },
     "unauthorized"},
    {"no signature",
     [](auto& world, auto& phone, auto&) {
         json proof = phone.proof(phone.fresh_nonce(world));
         proof["signature"] = "";
         return proof;
     },
     "unauthorized"},
    {"another phone's signature",
     [](auto& world, auto& phone, auto& other) {
         const std::string nonce = phone.fresh_nonce(world);
         json proof = phone.proof(nonce);
         proof["signature"] = other.proof(nonce)["signature"];
         return proof;
     },
     "unauthorized"},
    {"a key that nobody has enrolled",
     [](auto& world, auto& phone, auto&) { return KeyPhone("unknown").proof(phone.fresh_nonce(world)); },
     "unauthorized"},
    {"no key",
     [](auto& world, auto& phone, auto&) {
         json proof = phone.proof(phone.fresh_nonce(world));
         proof["public_key"] = "";
         return proof;
     },
     "unauthorized"},
    {"another phone's replica, signed",
     [](auto& world, auto& phone, auto& other) {
         return KeyPhone("li", other.replica.hex()).proof(phone.fresh_nonce(world));
     },
     "forbidden"},
    {"another replica than the one signed",
     [](auto& world, auto& phone, auto&) {
         json proof = phone.proof(phone.fresh_nonce(world));
         proof["replica"] = std::string(32, '3');
         return proof;
     },
     "unauthorized"},
    {"a replica of its own that is new, signed",
     [](auto& world, auto& phone, auto&) {
         return KeyPhone("li", std::string(32, '3')).proof(phone.fresh_nonce(world));
     },
     "ok"},
    {"signed to make the key known",
     [](auto& world, auto& phone, auto&) { return phone.proof(phone.fresh_nonce(world), ProofPurpose::register_key); },
     "unauthorized"},
    {"the last moment of the nonce",
     [](auto& world, auto& phone, auto&) {
         const json proof = phone.proof(phone.fresh_nonce(world));
         world.now_ms += limits::access_nonce_ms - 1;
         return proof;
     },
     "ok"},
    {"a moment later",
     [](auto& world, auto& phone, auto&) {
         const json proof = phone.proof(phone.fresh_nonce(world));
         world.now_ms += limits::access_nonce_ms;
         return proof;
     },
     "unauthorized"},
    {"a nonce of a time that is to come",
     [](auto& world, auto& phone, auto&) {
         world.now_ms += 1;
         const json proof = phone.proof(phone.fresh_nonce(world));
         world.now_ms -= 1;
         return proof;
     },
     "unauthorized"},
    {"a nonce that is not ours",
     [](auto& world, auto& phone, auto&) {
         Bytes nonce = must(from_hex(phone.fresh_nonce(world)));
         nonce[8] = static_cast<char>(nonce[8] ^ 1);
         return phone.proof(to_hex(nonce));
     },
     "unauthorized"},
    {"a nonce with another time",
     [](auto& world, auto& phone, auto&) {
         Bytes nonce = must(from_hex(phone.fresh_nonce(world)));
         world.now_ms += limits::access_nonce_ms;
         nonce[5] = static_cast<char>(nonce[5] + 1);
         return phone.proof(to_hex(nonce));
     },
     "unauthorized"},
    {"half a nonce",
     [](auto& world, auto& phone, auto&) { return phone.proof(phone.fresh_nonce(world).substr(0, 40)); },
     "unauthorized"},
    {"no nonce", [](auto&, auto& phone, auto&) { return phone.proof(""); }, "unauthorized"},
    {"an enrolment's signature",
     [](auto& world, auto& phone, auto&) {
         json proof = phone.proof(phone.fresh_nonce(world));
         proof["signature"] = phone.proof_of_enrolment("x")["signature"];
         return proof;
     },
     "unauthorized"},
};

TEST(DeviceProof, IsGoodOnceForOnePhoneReplicaAndPurpose) {
    for (const Proof& row : proofs) {
        SCOPED_TRACE(row.name);
        OfficeWorld world;
        KeyPhone phone("li"), other("wang", other_replica);
        ASSERT_EQ(code_of(phone.enrol(world, world.code_for("李明", town))), "ok");
        ASSERT_EQ(code_of(other.enrol(world, world.code_for("王芳", town))), "ok");
        EXPECT_EQ(code_of(KeyPhone::show(world, row.proof(world, phone, other))), row.expected);
        EXPECT_TRUE(is_let_in(world, phone.token(world))) << "whatever was refused, the phone itself gets in";
    }
}

TEST(DeviceProof, NonceOfAnotherServerIsNotOurs) {
    OfficeWorld world, same;  // two offices of one storage key, so that only the key can tell
    KeyPhone phone("li");
    ASSERT_EQ(code_of(phone.enrol(world, world.code_for("李明", town))), "ok");
    StorageKey other_key{};
    other_key.fill(7);
    const auto other = must(open_sqlite_storage(same.scratch.path("other.db"), other_key, OfficeWorld::seed(1),
                                                world.storage->divisions()));
    const json proof = phone.proof(to_hex(other->access_nonce(world.now_ms)));
    EXPECT_EQ(code_of(phone.show(world, proof)), "unauthorized");
}

TEST(AccessToken, LivesAQuarterOfAnHour) {
    OfficeWorld world;
    KeyPhone phone("li");
    ASSERT_EQ(code_of(phone.enrol(world, world.code_for("李明", town))), "ok");
    const std::string used = phone.token(world), unused = phone.token(world);
    EXPECT_TRUE(is_let_in(world, used));
    world.now_ms += limits::access_ms - 1;
    EXPECT_TRUE(is_let_in(world, used));
    EXPECT_TRUE(is_let_in(world, unused));
    world.now_ms += 1;
    EXPECT_FALSE(is_let_in(world, used));
    EXPECT_FALSE(is_let_in(world, unused));
    EXPECT_TRUE(is_let_in(world, phone.token(world)));
}

TEST(AccessToken, PreviousOneWorksUntilALaterOneWasUsed) {
    OfficeWorld world;
    KeyPhone phone("li"), other("wang", other_replica);
    ASSERT_EQ(code_of(phone.enrol(world, world.code_for("李明", town))), "ok");
    ASSERT_EQ(code_of(other.enrol(world, world.code_for("王芳", town))), "ok");
    const std::string others = other.token(world), first = phone.token(world);
    EXPECT_TRUE(is_let_in(world, others));
    EXPECT_TRUE(is_let_in(world, first));
    const std::string lost = phone.token(world);  // its answer does not arrive
    EXPECT_TRUE(is_let_in(world, first));
    const std::string third = phone.token(world);
    EXPECT_TRUE(is_let_in(world, first));
    EXPECT_TRUE(is_let_in(world, third));
    EXPECT_FALSE(is_let_in(world, first));
    EXPECT_FALSE(is_let_in(world, lost)) << "who got hold of it has nothing";
    EXPECT_TRUE(is_let_in(world, third));
    EXPECT_TRUE(is_let_in(world, others)) << "another phone's is its own";
}

TEST(AccessToken, OnePhoneIsGivenOnlySoMany) {
    OfficeWorld world;
    KeyPhone phone("li"), other("wang", other_replica);
    ASSERT_EQ(code_of(phone.enrol(world, world.code_for("李明", town))), "ok");
    ASSERT_EQ(code_of(other.enrol(world, world.code_for("王芳", town))), "ok");
    for (std::uint32_t i = 0; i < limits::access_tokens_max; ++i) static_cast<void>(phone.token(world));
    const auto ask = [&](const KeyPhone& who) { return code_of(who.show(world, who.proof(who.fresh_nonce(world)))); };
    EXPECT_EQ(ask(phone), "too_many_attempts");
    EXPECT_EQ(ask(other), "ok");
    world.now_ms += limits::access_ms;
    EXPECT_EQ(ask(phone), "ok");
}

TEST(AccessToken, IsNoPublicThing) {
    OfficeWorld world;
    KeyPhone phone("li");
    ASSERT_EQ(code_of(phone.enrol(world, world.code_for("李明", town))), "ok");
    const Bytes key = phone.key.public_key();
    Bytes named;
    for (const std::string& shown : {key, to_hex(key), sha256(key).hex(), std::string(),
                                     "\x11"
                                     "doorstep device 1A" +
                                         key})
        EXPECT_EQ(sync_status(world, shown), 401);
}

// Revocation is for good at the next message; what the phone holds still drains.
TEST(AccessToken, RevocationBetweenNonceAndProofHolds) {
    OfficeWorld world;
    KeyPhone phone("li");
    ASSERT_EQ(code_of(phone.enrol(world, world.code_for("李明", town))), "ok");
    const std::string before = phone.token(world);
    EXPECT_EQ(wake_status(world, before), 101);
    const json proof = phone.proof(phone.fresh_nonce(world));
    must(world.storage->revoke("李明", "李明的手机", world.now_ms));
    EXPECT_EQ(wake_status(world, before), 403) << "the token in hand";
    const Reply reply = phone.show(world, proof);
    ASSERT_EQ(reply.status, 200) << "so that it can deliver what it holds";
    const std::string after = json::parse(reply.body)["token"].get<std::string>();
    EXPECT_EQ(wake_status(world, after), 403);
    EXPECT_TRUE(is_let_in(world, after));
    const Device device = must(world.storage->authenticate(after, world.now_ms));
    EXPECT_EQ(device.grant().access, Grant::Access::drain_only);
}

/// An office as version 0.1.0 left it: a phone with a token, and no table of tokens.
struct OldOffice : OfficeWorld {
    OldOffice() : phone(enrolled("李明", town)) {
        storage->set_listener(nullptr);
        DatabaseOptions options;
        options.path = scratch.path("office.db");
        Store store = must(Store::open(options));
        must(store.database().execute("DROP TABLE device_token; DROP TABLE device_enrolment"));
        must(AccessTables::migrate(store.database()));  // as the next start does
        token = phone->enrolment()->token;
    }
    std::unique_ptr<Phone> phone;
    std::string token;
};

TEST(PhoneWithoutAKey, GoesOnForHalfAYearFromItsFirstMessage) {
    OldOffice world;
    world.now_ms += 10 * limits::keyless_ms;  // nobody spoke to the new program yet
    EXPECT_TRUE(is_let_in(world, world.token));
    world.sync(*world.phone);
    world.now_ms += limits::keyless_ms - 1;
    EXPECT_TRUE(is_let_in(world, world.token));
    world.now_ms += 1;
    EXPECT_FALSE(is_let_in(world, world.token));
}

TEST(PhoneWithoutAKey, MakesItsKeyKnownAndItsTokenEndsWithTheFirstNewOne) {
    OldOffice world;
    must(world.phone->save({test::new_household("341222101202", "李明写的")}, world.now_ms));
    const KeyPhone phone("li", world.phone->replica().hex());
    const auto make_known = [&](const json& proof, const std::string& token) {
        return code_of(world.ask("POST", "/api/v1/access/key", proof.dump(), {{"authorization", "Bearer " + token}}));
    };
    const auto good = [&](const KeyPhone& who) {
        return who.proof(KeyPhone::fresh_nonce(world), ProofPurpose::register_key);
    };
    EXPECT_EQ(code_of(phone.show(world, phone.proof(phone.fresh_nonce(world)))), "unauthorized");
    EXPECT_EQ(make_known(phone.proof(phone.fresh_nonce(world)), world.token), "unauthorized") << "signed for access";
    EXPECT_EQ(make_known(with_flip(good(phone), "signature"), world.token), "unauthorized");
    EXPECT_EQ(make_known(good(phone), std::string(64, 'f')), "unauthorized") << "without the token";
    EXPECT_EQ(make_known(good(phone), world.token), "ok");
    EXPECT_EQ(make_known(good(phone), world.token), "ok") << "again: its answer was lost";
    EXPECT_TRUE(is_let_in(world, world.token));
    const std::string fresh = phone.token(world);
    EXPECT_TRUE(is_let_in(world, world.token)) << "until the new one was used";
    EXPECT_TRUE(is_let_in(world, fresh));
    EXPECT_FALSE(is_let_in(world, world.token));
    EXPECT_EQ(must(world.storage->devices("李明", "李明的手机")).size(), 1u) << "it is the same phone";

    // Its words go on under the new token.
    Enrolment enrolment = *world.phone->enrolment();
    enrolment.token = fresh;
    must(world.phone->enrol(enrolment));
    world.sync(*world.phone);
    EXPECT_EQ(must(world.phone->outbox()).only_here, 0u);
}

TEST(PhoneWithoutAKey, TakesNobodyElsesKey) {
    OldOffice world;
    KeyPhone others("wang", other_replica);
    ASSERT_EQ(code_of(others.enrol(world, world.code_for("王芳", town))), "ok");
    const json taken =
        KeyPhone("wang", world.phone->replica().hex()).proof(KeyPhone::fresh_nonce(world), ProofPurpose::register_key);
    const auto ask = [&](const json& proof) {
        return code_of(
            world.ask("POST", "/api/v1/access/key", proof.dump(), {{"authorization", "Bearer " + world.token}}));
    };
    EXPECT_EQ(ask(taken), "already_exists");
    must(world.storage->revoke("李明", "李明的手机", world.now_ms));
    EXPECT_EQ(ask(KeyPhone("li", world.phone->replica().hex())
                      .proof(KeyPhone::fresh_nonce(world), ProofPurpose::register_key)),
              "forbidden");
}

}  // namespace
}  // namespace doorstep::server
