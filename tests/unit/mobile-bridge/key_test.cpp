// A host drives doorstep.h from a code to a token: it posts, it signs, and the library never sees the private key.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/limits.hpp"
#include "crypto/signature.hpp"
#include "mobile-bridge/include/doorstep.h"
#include "server/api/problem.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep {
namespace {

using nlohmann::json;

const std::string authority = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n",
                  next_authority = "-----BEGIN CERTIFICATE-----\naGVsbG8h\n-----END CERTIFICATE-----\n";

std::string text_of(const json& value) { return value.get<std::string>(); }

class Buffer {
public:
    ~Buffer() { ds_buf_free(&raw_); }
    ds_buf* out() { return &raw_; }
    std::string text() const {
        return raw_.size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(raw_.data), raw_.size);
    }

private:
    ds_buf raw_{};
};

const std::uint8_t* bytes_of(const std::string& text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

class Host : public testing::Test {
protected:
    Host() {
        const std::uint8_t secret[32] = {1};
        Buffer why;
        EXPECT_EQ(ds_open(world.scratch.path("phone.db").c_str(), secret, secret, 1, &phone, why.out()), DS_OK);
        world.storage->set_trust({sha256("hello"), next_authority});
        world.storage->set_sealing_key("\x04sealing");
    }
    ~Host() override { ds_close(phone); }

    /// Runs call(out, why) -> ds_status; what it hands out as JSON, or {"failed":status}.
    template <class Call>
    json ask(const Call& call) {
        Buffer out, why;
        const ds_status status = call(out.out(), why.out());
        return status == DS_OK ? json::parse(out.text()) : json{{"failed", status}};
    }
    /// Goes on until the errand is done, the server refuses or the library fails: "done", a problem's code, or the
    /// number.
    std::string carry_out(json step) {
        while (true) {
            if (step.contains("failed")) return std::to_string(step["failed"].get<int>());
            if (step.contains("done")) return "done";
            if (step.contains("sign")) {
                const Bytes statement = test::must(from_hex(step["sign"].get<std::string>()));
                const std::string signature = *crypto::sign(key, statement);
                step = ask([&](ds_buf* out, ds_buf* why) {
                    return ds_step_signed(phone, bytes_of(signature), signature.size(), out, why);
                });
                continue;
            }
            const json& post = step["post"];
            digits = step.value("digits", digits);
            const server::Reply reply = world.ask("POST", text_of(post["path"]), text_of(post["body"]),
                                                  {{"authorization", text_of(post["authorization"])}});
            if (reply.status >= 300) return json::parse(reply.body)["code"].get<std::string>();
            step = ask([&](ds_buf* out, ds_buf* why) {
                return ds_step_answered(phone, bytes_of(reply.body), reply.body.size(), out, why);
            });
        }
    }
    std::string enrol(const std::string& code) {
        return carry_out(ask([&](ds_buf* out, ds_buf* why) {
            return ds_key_enrol_begin(phone, code.c_str(), bytes_of(key.public_key()), "https://office:8443",
                                      authority.c_str(), out, why);
        }));
    }
    std::string fetch_access() {
        return carry_out(ask(
            [&](ds_buf* out, ds_buf* why) { return ds_access_begin(phone, bytes_of(key.public_key()), out, why); }));
    }
    std::string register_key() {
        return carry_out(ask([&](ds_buf* out, ds_buf* why) {
            return ds_key_register_begin(phone, bytes_of(key.public_key()), out, why);
        }));
    }
    json connection() {
        return ask([&](ds_buf* out, ds_buf* why) { return ds_connection(phone, out, why); });
    }
    bool is_let_in() {
        const std::string authorization = text_of(connection()["authorization"]);
        return world.ask("POST", "/sync/v1", "x", {{"authorization", authorization}}).status != 401;
    }

    server::OfficeWorld world;
    ds_phone* phone = nullptr;
    crypto::KeyPair key = *crypto::KeyPair::generate();
    std::string digits;
};

TEST_F(Host, EnrolsWhenTheOfficeHasComparedTheDigits) {
    const std::string code = world.code_for("李明", "341222101000");
    EXPECT_EQ(enrol(code), "awaiting_confirmation");
    EXPECT_EQ(connection()["failed"], DS_NOT_ENROLLED);
    EXPECT_EQ(fetch_access(), std::to_string(DS_NOT_ENROLLED));
    const auto waiting = test::must(world.storage->waiting_phones(world.now_ms));
    ASSERT_EQ(waiting.size(), 1u);
    EXPECT_EQ(waiting[0].digits, digits) << "of the authority's certificate too";
    test::must(world.storage->confirm_phone({"李明", "李明的手机", digits}, "钱主任", world.now_ms));
    EXPECT_EQ(enrol(code), "done");
    EXPECT_EQ(connection()["authorization"], "");
    EXPECT_EQ(connection()["keyed"], true);
    EXPECT_EQ(fetch_access(), "done");
    EXPECT_TRUE(is_let_in());
    world.now_ms += limits::access_ms;
    EXPECT_FALSE(is_let_in());
    EXPECT_EQ(fetch_access(), "done");
    EXPECT_TRUE(is_let_in());
}

TEST_F(Host, LearnsTheServersKeysWithEachToken) {
    const std::string code = world.code_for("李明", "341222101000");
    enrol(code);
    test::must(world.storage->confirm_phone({"李明", "李明的手机", digits}, "钱主任", world.now_ms));
    ASSERT_EQ(enrol(code), "done");
    EXPECT_EQ(connection()["certificate_pem"], authority);
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(fetch_access(), "done");
        EXPECT_EQ(connection()["certificate_pem"], authority + "\n" + next_authority) << "once";
    }
    world.storage->set_sealing_key("\x04renewed");
    world.storage->set_trust({sha256("hello"), "not a certificate"});
    ASSERT_EQ(fetch_access(), "done");
    EXPECT_EQ(connection()["sealing_key"], to_hex("\x04renewed"));
    EXPECT_EQ(connection()["certificate_pem"], authority + "\n" + next_authority) << "what works stays";
}

// A phone of version 0.1.0: its token was its identity.
TEST_F(Host, PhoneFromBeforeMakesItsKeyKnown) {
    const std::string code = world.code_for("李明", "341222101000");
    const json asked = ask([&](ds_buf* out, ds_buf* why) { return ds_enrol_begin(phone, code.c_str(), out, why); });
    EXPECT_EQ(server::problem({Errc::protocol_version, ""}).status,
              world.ask("POST", "/api/v1/enrol", asked.dump()).status);
    test::must(world.storage->enrol(code, text_of(asked["token"]),
                                    test::must(ReplicaId::from_hex(text_of(asked["replica"]))), world.now_ms));
    const std::string granted = R"({"author":"李明","device":"李明的手机","areas":["341222101000"],"divisions":[]})";
    Buffer why;
    ASSERT_EQ(
        ds_enrol_finish(phone, "https://office:8443", authority.c_str(), bytes_of(granted), granted.size(), why.out()),
        DS_OK);
    EXPECT_EQ(connection()["keyed"], false);
    EXPECT_TRUE(is_let_in());
    EXPECT_EQ(fetch_access(), "unauthorized") << "nobody knows the key";
    EXPECT_EQ(register_key(), "done");
    EXPECT_EQ(fetch_access(), "done");
    EXPECT_EQ(connection()["keyed"], true);
    EXPECT_TRUE(is_let_in());
    EXPECT_EQ(world.ask("POST", "/sync/v1", "x", {{"authorization", "Bearer " + text_of(asked["token"])}}).status, 401);
}

TEST_F(Host, StepsAreTakenInTheirOrder) {
    const std::string nonce = R"({"nonce":"00"})", word = "x";
    const auto answered = [&](const std::string& body) {
        return ask(
            [&](ds_buf* out, ds_buf* why) { return ds_step_answered(phone, bytes_of(body), body.size(), out, why); });
    };
    const auto with_signature = [&](const std::string& signature) {
        return ask([&](ds_buf* out, ds_buf* why) {
            return ds_step_signed(phone, bytes_of(signature), signature.size(), out, why);
        });
    };
    EXPECT_EQ(answered(nonce)["failed"], DS_INVALID_ARGUMENT) << "nothing is under way";
    EXPECT_EQ(with_signature(word)["failed"], DS_INVALID_ARGUMENT);
    const auto begin = [&](const char* certificate) {
        return ask([&](ds_buf* out, ds_buf* why) {
            return ds_key_enrol_begin(phone, "code", bytes_of(key.public_key()), "https://office", certificate, out,
                                      why);
        });
    };
    EXPECT_EQ(begin("no certificate")["failed"], DS_INVALID_ARGUMENT);
    EXPECT_TRUE(begin(authority.c_str()).contains("post"));
    EXPECT_EQ(with_signature(word)["failed"], DS_INVALID_ARGUMENT) << "an answer comes first";
    for (const char* bad : {"", "x", "[]", "{}", R"({"nonce":7})", R"({"nonce":"zz"})", R"({"nonce":"00"})"})
        EXPECT_EQ(answered(bad)["failed"], DS_MALFORMED) << bad;
    EXPECT_TRUE(answered(R"({"nonce":")" + std::string(64, '0') + R"("})").contains("sign"));
    EXPECT_EQ(answered(nonce)["failed"], DS_INVALID_ARGUMENT) << "a signature comes first";
    EXPECT_EQ(with_signature(std::string(73, 'x'))["failed"], DS_INVALID_ARGUMENT);
    EXPECT_TRUE(with_signature(word).contains("digits"));
    EXPECT_EQ(answered("{}")["failed"], DS_MALFORMED) << "an enrolment says more";
}

}  // namespace
}  // namespace doorstep
