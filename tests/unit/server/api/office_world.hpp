// tests/unit/server/api/office_world.hpp -- a router over a real storage, phones that talk to it, and a clock to turn.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/base/sha256.hpp"
#include "core/engine/phone.hpp"
#include "crypto/totp.hpp"
#include "server/api/router.hpp"
#include "server/storage/sqlite_storage.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/scratch.hpp"

namespace doorstep::server {

using test::must;

struct OfficeWorld {
    OfficeWorld()
        : storage(
              must(open_sqlite_storage(scratch.path("office.db"), StorageKey{}, seed(1),
                                       must(Divisions::parse_csv("code,level,name,parent\n"
                                                                 "341222000000,county,太和县,341200000000\n"
                                                                 "341222101000,town,旧县镇,341222000000\n"
                                                                 "341222101202,village,八里村委会,341222101000\n"
                                                                 "341222102000,town,税镇镇,341222000000\n"
                                                                 "341222102201,village,马庙村委会,341222102000\n"))))),
          router(*storage, {[this] { return now_ms; },
                            [this](const Error& error, std::string_view) { failures.push_back(error); }}) {}

    static EntropySeed seed(unsigned char n) {
        EntropySeed out{};
        out.fill(n);
        return out;
    }

    Reply ask(std::string method, std::string path, std::string body = {},
              std::vector<std::pair<std::string, std::string>> headers = {}) {
        return router.handle({std::move(method), std::move(path), {}, std::move(headers), std::move(body)});
    }

    using Cookie = std::vector<std::pair<std::string, std::string>>;
    /// The cookie of a new account that has signed in, without the routes that take a password (sign_in_route_test).
    Cookie signed_in(const std::string& name, Actor role, const Scope& scope) {
        const std::string token = must(storage->add_staff({name, role, scope}, now_ms));
        const Hash verifier = sha256(name);
        const Bytes secret = must(storage->activate_staff(name, token, verifier, now_ms));
        const std::string code = crypto::totp_code(secret, now_ms / crypto::totp_step_ms);
        return {{"cookie", "__Host-session=" + must(storage->sign_in({name, verifier, code, {}}, now_ms)).session}};
    }

    std::string code_for(const std::string& author, std::string_view area, std::uint64_t ttl_ms = 600'000) {
        return must(storage->create_enrolment({author, "cadre", author + "的手机", {{test::area(area)}}}, ttl_ms,
                                              now_ms))
            .text;
    }

    /// A phone that went through the real enrolment route.
    std::unique_ptr<Phone> enrolled(const std::string& author, std::string_view area) {
        return enrolled_for(author, {{test::area(area)}});
    }
    std::unique_ptr<Phone> enrolled_for(const std::string& author, const Scope& scope) {
        DatabaseOptions options;
        options.path = scratch.path(author + ".db");
        options.mode = OpenMode::create;
        auto phone = must(Phone::open(options, seed(static_cast<unsigned char>(10 + ++phones))));
        const std::string token = must(phone->enrolment_token());
        const EnrolmentCode code =
            must(storage->create_enrolment({author, "cadre", author + "的手机", scope}, 600'000, now_ms));
        static_cast<void>(must(storage->enrol(code.text, token, phone->replica(), now_ms)));
        Enrolment enrolment;
        static_cast<Scope&>(enrolment) = scope;
        enrolment.author = author;
        enrolment.divisions = storage->divisions();
        enrolment.token = token;
        static_cast<void>(must(phone->enrol(enrolment)));
        return phone;
    }

    void sync(Phone& phone) {
        std::optional<Bytes> request = must(phone.begin_sync());
        while (request) {
            const Reply reply =
                ask("POST", "/sync/v1", *request, {{"authorization", "Bearer " + phone.enrolment()->token}});
            ASSERT_EQ(reply.status, 200) << reply.body;
            request = must(phone.continue_sync(reply.body, now_ms));
        }
    }

    test::Scratch scratch;
    std::uint64_t now_ms = 1'795'000'000'000;
    std::vector<Error> failures;
    std::unique_ptr<Storage> storage;
    Router router;
    int phones = 0;
};

}  // namespace doorstep::server
