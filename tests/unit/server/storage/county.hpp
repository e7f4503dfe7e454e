// tests/unit/server/storage/county.hpp -- one county served by several processes' storages, of either kind, and phones
// that synchronise with any of them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "core/engine/phone.hpp"
#include "server/storage/postgres/postgres_storage.hpp"
#include "server/storage/sqlite_storage.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/storage/postgres_cluster.hpp"

namespace doorstep::server::test {

using doorstep::test::must;
using doorstep::test::outcome;

enum class Kind { sqlite, postgres };

inline std::string name_of(Kind kind) { return kind == Kind::sqlite ? "sqlite" : "postgres"; }

class County {
public:
    explicit County(Kind kind) : kind_(kind), tenant_("county " + std::to_string(++counties())) {}

    Result<std::unique_ptr<Storage>> open_at(const std::string& path, int key = 1) const {
        const StorageKey storage_key = doorstep::test::storage_key(key);
        if (kind_ == Kind::sqlite)
            return open_sqlite_storage(path, storage_key, doorstep::test::fresh_seed(),
                                       doorstep::test::some_divisions());
        return postgres::open_postgres_storage(address(), path, storage_key, doorstep::test::fresh_seed(),
                                               doorstep::test::some_divisions());
    }
    /// Of process n: with SQLite all of them have one file, with PostgreSQL each a folder of its own.
    std::unique_ptr<Storage> open(int n) const { return must(open_at(path(n))); }
    std::string path(int n) const {
        return scratch_.path(kind_ == Kind::sqlite ? "office.db" : "office" + std::to_string(n) + ".db");
    }
    postgres::Address address() const { return PostgresCluster::shared().address(tenant_); }
    std::unique_ptr<postgres::Connection> connect() const { return must(postgres::Connection::open(address())); }

    struct Handset {
        std::string name, token;
        std::unique_ptr<Phone> phone;
        Phone* operator->() const { return phone.get(); }
    };
    Handset enrol(Storage& storage, const std::string& name, const std::vector<std::string_view>& areas) {
        Scope scope;
        for (const std::string_view granted : areas) scope.areas.push_back(doorstep::test::area(granted));
        Handset out{name, {}, {}};
        out.phone = must(Phone::open({scratch_.path(name + ".phone.db"),
                                      doorstep::test::storage_key(7),
                                      OpenMode::create,
                                      Durability::normal,
                                      {}},
                                     doorstep::test::fresh_seed()));
        out.token = must(out->enrolment_token());
        const EnrolmentCode code = must(storage.create_enrolment({name, "cadre", name, scope}, 600'000, now_ms()));
        must(storage.enrol(code.text, out.token, out->replica(), now_ms()));
        Enrolment enrolment;
        static_cast<Scope&>(enrolment) = scope;
        enrolment.author = name;
        enrolment.token = out.token;
        enrolment.divisions = doorstep::test::some_divisions().within(scope.areas);
        must(out->enrol(enrolment));
        return out;
    }
    RecordId save(Handset& handset, const RecordEdit& edit) { return must(handset->save({edit}, now_ms())).front(); }
    /// As a request would: what others wrote comes first.
    Status sync(Handset& handset, Storage& storage) {
        DOORSTEP_TRY_ASSIGN(std::optional<Bytes> request, handset->begin_sync());
        while (request) {
            DOORSTEP_TRY(storage.catch_up());
            DOORSTEP_TRY_ASSIGN(const Device device, storage.authenticate(handset.token, now_ms()));
            DOORSTEP_TRY(storage.claim_replica(device, handset->replica()));
            DOORSTEP_TRY_ASSIGN(const Bytes answer, storage.exchange(device, *request, now_ms()));
            DOORSTEP_TRY_ASSIGN(request, handset->continue_sync(answer, now_ms()));
        }
        return ok();
    }

    std::uint64_t now_ms() { return now_ms_ += 1000; }
    const doorstep::test::Scratch& scratch() const { return scratch_; }
    const std::string& tenant() const { return tenant_; }

private:
    static int& counties() {
        static int count = 0;
        return count;
    }
    Kind kind_;
    std::string tenant_;
    doorstep::test::Scratch scratch_;
    std::uint64_t now_ms_ = 1'795'000'000'000;
};

}  // namespace doorstep::server::test
