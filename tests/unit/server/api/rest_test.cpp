// /api/v1 as values: pages, ETags, what is done once, who may act, and every refusal's code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/base/sha256.hpp"
#include "json/record_json.hpp"
#include "server/access/mask.hpp"
#include "server/api/import_rows.hpp"
#include "server/api/openapi.hpp"
#include "server/api/path_pattern.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view county = "341222000000", township = "341222101000", village = "341222101202",
                           other_township = "341222102000", other_village = "341222102201";
using Headers = std::vector<std::pair<std::string, std::string>>;

std::string header(const Reply& reply, std::string_view name) {
    for (const auto& [key, value] : reply.headers)
        if (key == name) return value;
    return {};
}

class Rest : public testing::Test {
protected:
    void SetUp() override { sign_in(Actor::unit_head, {{test::area(county)}}); }
    /// As a new account; what is asked from now on is asked by it.
    void sign_in(Actor role, const Scope& scope) {
        session = world.signed_in("员工" + std::to_string(++accounts), role, scope);
        acting = session;
        const std::string secret = session.front().second.substr(std::string("__Host-session=").size());
        acting.emplace_back("x-csrf-token", must(world.storage->session(secret, world.now_ms)).csrf);
    }

    Reply get(const std::string& target, Headers headers = {}) {
        headers.insert(headers.end(), session.begin(), session.end());
        const std::size_t mark = target.find('?');
        Request request{"GET", target.substr(0, mark), {}, std::move(headers), {}};
        if (mark != std::string::npos) request.query = target.substr(mark + 1);
        return world.router.handle(request);
    }
    json body_of(const std::string& target) {
        const Reply reply = get(target);
        EXPECT_EQ(reply.status, 200) << target << " " << reply.body;
        return json::parse(reply.body);
    }
    Reply send(const std::string& method, const std::string& path, const json& body, Headers headers = {}) {
        headers.emplace_back("content-type", "application/json");
        return world.ask(method, path, body.dump(), std::move(headers));
    }
    Reply act(const std::string& path, const json& body, const std::string& key = {}) {
        Headers headers = acting;
        if (!key.empty()) headers.emplace_back("idempotency-key", key);
        return send("POST", path, body, std::move(headers));
    }
    RecordId household(Phone& phone, std::string_view where, std::string_view words) {
        const RecordId id = must(phone.save({test::new_household(where, words)}, ++world.now_ms)).front();
        world.sync(phone);
        return id;
    }
    /// Two cadres of one township, one household, two summaries written with no network.
    RecordId disagree() {
        one = world.enrolled("李明", township);
        other = world.enrolled("王芳", township);
        const RecordId id = household(*one, village, "独居老人");
        world.sync(*other);
        must(one->save({test::set_text(id, test::field::summary, "屋顶漏雨")}, ++world.now_ms));
        must(other->save({test::set_text(id, test::field::summary, "近日住院")}, ++world.now_ms));
        world.sync(*one);
        world.sync(*other);
        return id;
    }
    /// A file, however many pieces it comes in.
    static std::string whole(const Reply& reply) {
        EXPECT_EQ(reply.status, 200) << reply.body;
        std::string out = reply.body;
        while (reply.more) {
            const auto piece = must(reply.more());
            if (!piece) break;
            out += *piece;
        }
        return out;
    }
    static std::vector<std::string> ids(const json& page) {
        std::vector<std::string> out;
        for (const json& item : page["items"]) out.push_back(item["id"].get<std::string>());
        return out;
    }

    OfficeWorld world;
    int accounts = 0;
    Headers session, acting;
    std::unique_ptr<Phone> one, other;
};

TEST(PathPattern, APlaceStandsForOnePart) {
    struct Case {
        std::string_view pattern, path;
        bool matches;
    };
    for (const Case& each : {Case{"/a", "/a", true},
                             {"/a", "/a/", false},
                             {"/a/{x}", "/a/b", true},
                             {"/a/{x}", "/a/", false},
                             {"/a/{x}", "/a/b/c", false},
                             {"/a/{x}/c", "/a/b/c", true},
                             {"/a/{x}/c", "/a/b/d", false},
                             {"/", "/", true},
                             {"/a", "a", false},
                             {"/a", "", false}})
        EXPECT_EQ(matches(each.pattern, each.path), each.matches) << each.pattern << " " << each.path;
    EXPECT_EQ(path_part("/api/v1/records/ab", 3), "ab");
    EXPECT_EQ(path_part("/api/v1/records/ab", 4), "");
}

TEST_F(Rest, PagesGoThroughEveryRecordOnceNewestFirst) {
    one = world.enrolled("李明", township);
    std::vector<std::string> made;
    for (int i = 0; i < 7; ++i) made.push_back(household(*one, village, "第" + std::to_string(i) + "户").hex());
    std::reverse(made.begin(), made.end());
    for (const int limit : {1, 2, 3, 7, 200}) {
        std::vector<std::string> seen;
        std::string cursor;
        do {
            const json page = body_of("/api/v1/records?type=household&limit=" + std::to_string(limit) + cursor);
            for (const std::string& id : ids(page)) seen.push_back(id);
            EXPECT_LE(page["items"].size(), static_cast<std::size_t>(limit));
            cursor = page.contains("next") ? "&cursor=" + page["next"].get<std::string>() : std::string();
        } while (!cursor.empty());
        EXPECT_EQ(seen, made) << limit;
    }
    EXPECT_THAT(ids(body_of("/api/v1/records?type=visit")), IsEmpty());
}

TEST_F(Rest, AnAreaMeansItAndAllBelowIt) {
    one = world.enrolled("李明", township);
    other = world.enrolled("王芳", other_township);
    const std::string here = household(*one, village, "这里").hex(),
                      there = household(*other, other_village, "那里").hex();
    EXPECT_THAT(ids(body_of("/api/v1/records?area=341222101000")), ElementsAre(here));
    EXPECT_THAT(ids(body_of("/api/v1/records?area=341222102201")), ElementsAre(there));
    EXPECT_THAT(ids(body_of("/api/v1/records?area=341222000000")), ElementsAre(there, here));
    EXPECT_THAT(ids(body_of("/api/v1/records?area=110000000000")), IsEmpty());
}

TEST_F(Rest, WhoHasItIsToldSoUntilItChanges) {
    const RecordId id = disagree();
    const std::string path = "/api/v1/records/" + id.hex();
    const Reply first = get(path);
    const std::string etag = header(first, "ETag");
    EXPECT_THAT(etag, testing::MatchesRegex("\"[0-9a-f]+\""));
    EXPECT_EQ(header(first, "Cache-Control"), "private, no-cache");
    for (const std::string& asked : {etag, "W/" + etag, std::string("*"), "\"x\", " + etag}) {
        const Reply again = get(path, {{"if-none-match", asked}});
        EXPECT_EQ(again.status, 304) << asked;
        EXPECT_EQ(again.body, "");
    }
    EXPECT_EQ(get(path, {{"if-none-match", "\"x\""}}).status, 200);
    must(one->save({test::add_note(id, "又一次走访")}, ++world.now_ms));
    world.sync(*one);
    EXPECT_EQ(get(path, {{"if-none-match", etag}}).status, 200);
}

TEST_F(Rest, AConflictIsSettledOnceByWhatWasOnTheScreen) {
    const RecordId id = disagree();
    const json waiting = body_of("/api/v1/conflicts");
    ASSERT_THAT(ids(waiting), ElementsAre(id.hex()));
    const json& field = waiting["items"][0]["fields"]["summary"];
    ASSERT_TRUE(field["conflict"]);
    json seen = json::array();
    for (const json& value : field["values"])
        for (const json& write : value["writes"]) seen.push_back(write["dot"]);
    ASSERT_THAT(seen, SizeIs(2));
    const std::string path = "/api/v1/records/" + id.hex() + "/resolutions";
    const json decision = {{"field", "summary"}, {"value", "近日住院"}, {"seen", seen}};
    const Reply done = act(path, decision, "k1");
    EXPECT_EQ(done.status, 204) << done.body;
    EXPECT_EQ(header(done, "Idempotency-Replayed"), "");
    const Reply again = act(path, decision, "k1");
    EXPECT_EQ(again.status, 204) << again.body;
    EXPECT_EQ(header(again, "Idempotency-Replayed"), "true");
    EXPECT_EQ(json::parse(act(path, decision).body)["code"], "stale_decision")
        << "without the key it is another decision";
    json changed = decision;
    changed["value"] = "屋顶漏雨";
    EXPECT_EQ(json::parse(act(path, changed, "k1").body)["code"], "already_exists");
    EXPECT_THAT(ids(body_of("/api/v1/conflicts")), IsEmpty());
    const json record = body_of("/api/v1/records/" + id.hex());
    EXPECT_EQ(record["fields"]["summary"]["values"][0]["value"], "近日住院");
    const json history = body_of("/api/v1/records/" + id.hex() + "/history");
    std::set<std::string> words;
    for (const json& write : history["items"])
        if (write["value"].is_string()) words.insert(write["value"].get<std::string>());
    for (const char* said : {"独居老人", "屋顶漏雨", "近日住院"}) EXPECT_EQ(words.count(said), 1U) << said;
}

TEST_F(Rest, ARefusalIsNotKept) {
    const RecordId id = disagree();
    const std::string path = "/api/v1/records/" + id.hex() + "/resolutions";
    const json stale = {{"field", "summary"}, {"value", "x"}, {"seen", json::array()}};
    EXPECT_NE(act(path, stale, "k").status, 204);
    EXPECT_NE(act(path, stale, "k").status, 204);
    EXPECT_EQ(header(act(path, stale, "k"), "Idempotency-Replayed"), "");
}

TEST_F(Rest, AKeyIsForgottenAfterADay) {
    one = world.enrolled("李明", township);
    const RecordId id = household(*one, village, "一户");
    const json order = {{"records", {id.hex()}}, {"to", std::string(other_village)}};
    EXPECT_EQ(json::parse(act("/api/v1/moves", order, "k").body)["moved"], 1);
    EXPECT_EQ(header(act("/api/v1/moves", order, "k"), "Idempotency-Replayed"), "true");
    const Hash key = sha256("员工1\nk");
    EXPECT_TRUE(must(world.storage->kept_reply(key, world.now_ms + kept_reply_ms)));
    EXPECT_FALSE(must(world.storage->kept_reply(key, world.now_ms + kept_reply_ms + 1)));
}

TEST_F(Rest, APhoneIsEnrolledRegrantedAndRevoked) {
    sign_in(Actor::administrator, {{test::area(county)}});
    const Reply made = act("/api/v1/enrolments", {{"author", "李明"},
                                                  {"role", "cadre"},
                                                  {"label", "李明的手机"},
                                                  {"areas", {std::string(village)}},
                                                  {"ttl_s", 60}});
    ASSERT_EQ(made.status, 201) << made.body;
    const std::string token(2 * Hash::size, 'a'), code = json::parse(made.body)["code"].get<std::string>();
    EXPECT_EQ(must(world.storage->enrol(code, token, ReplicaId{}, world.now_ms)).author, "李明");
    EXPECT_EQ(act("/api/v1/regrants", {{"author", "李明"}, {"label", "李明的手机"}, {"areas", {std::string(township)}}})
                  .status,
              204);
    EXPECT_EQ(must(world.storage->authenticate(token, world.now_ms)).scope.areas.front().text(), township);
    EXPECT_EQ(act("/api/v1/revocations", {{"author", "李明"}, {"label", "李明的手机"}}).status, 204);
    EXPECT_NE(must(world.storage->authenticate(token, world.now_ms)).revoked_ms, 0U);
    EXPECT_EQ(act("/api/v1/revocations", {{"author", "无此人"}, {"label", "x"}}).status, 404);
    EXPECT_THAT(body_of("/api/v1/purge-proofs")["items"], IsEmpty());
}

TEST_F(Rest, WhoAdministersSomeAreasGivesNobodyOthers) {
    one = world.enrolled("李明", township);
    other = world.enrolled("王芳", other_township);
    sign_in(Actor::administrator, {{test::area(township)}});
    const auto code = [&](const json& areas, int ttl_s) {
        return act("/api/v1/enrolments",
                   {{"author", "a"}, {"role", "cadre"}, {"label", "b"}, {"areas", areas}, {"ttl_s", ttl_s}});
    };
    EXPECT_EQ(code(json::array({std::string(village)}), 60).status, 201);
    EXPECT_EQ(code(json::array({std::string(village)}), 660).status, 400);
    EXPECT_EQ(code(json::array({std::string(other_village)}), 60).status, 403);
    EXPECT_EQ(code(json::array({std::string(county)}), 60).status, 403);
    EXPECT_EQ(code(json::array({"341222101999"}), 60).status, 400);
    const auto revoke = [&](const std::string& who) {
        return act("/api/v1/revocations", {{"author", who}, {"label", who + "的手机"}}).status;
    };
    EXPECT_EQ(revoke("王芳"), 404) << "not there for this account";
    EXPECT_EQ(act("/api/v1/regrants", {{"author", "王芳"}, {"label", "王芳的手机"}, {"areas", {std::string(village)}}})
                  .status,
              404);
    EXPECT_EQ(must(world.storage->authenticate(other->enrolment()->token, world.now_ms)).revoked_ms, 0U);
    EXPECT_EQ(revoke("李明"), 204);
}

TEST_F(Rest, WhatLiesOutsideIsNotThere) {
    one = world.enrolled("李明", township);
    other = world.enrolled("王芳", other_township);
    const std::string here = household(*one, village, "这里").hex(),
                      there = household(*other, other_village, "那里").hex();
    sign_in(Actor::unit_head, {{test::area(township)}});
    EXPECT_THAT(ids(body_of("/api/v1/records")), ElementsAre(here));
    for (const char* below : {"", "/history", "/parts"})
        EXPECT_EQ(get("/api/v1/records/" + there + below).status, 404) << below;
    EXPECT_EQ(act("/api/v1/records/" + there + "/reveals", {{"purpose", "handling"}}).status, 404);
    EXPECT_EQ(act("/api/v1/moves", {{"records", {there}}, {"to", std::string(village)}}).status, 404);
    EXPECT_EQ(get("/api/v1/records/" + here).status, 200);
}

TEST_F(Rest, ARevealIsWrittenDownAndALookIsMasked) {
    one = world.enrolled("李明", township);
    RecordEdit edit = test::new_household(village, "电话13812345678");
    edit.fields.push_back({1, Kind::value, Op::Action::put, must(Value::text("八里村三组17号")), {}});
    const RecordId id = must(one->save({edit}, ++world.now_ms)).front();
    world.sync(*one);
    const std::vector<Area> all{test::area(county)};
    const std::string masked =
        get("/api/v1/records/" + id.hex()).body + whole(get("/api/v1/exports/household?format=ndjson"));
    EXPECT_THAT(masked, testing::Not(HasSubstr("三组")));
    EXPECT_THAT(masked, testing::Not(HasSubstr("13812345678")));
    EXPECT_THAT(must(world.storage->audited(10, all)), IsEmpty());
    const Reply shown = act("/api/v1/records/" + id.hex() + "/reveals", {{"purpose", "handling"}});
    EXPECT_THAT(shown.body, HasSubstr("三组"));
    EXPECT_THAT(shown.body, HasSubstr("13812345678"));
    const auto entries = must(world.storage->audited(10, all));
    ASSERT_THAT(entries, SizeIs(1));
    EXPECT_EQ(entries[0].record, id);
    EXPECT_EQ(entries[0].purpose, Purpose::handling);
    EXPECT_THAT(entries[0].seen, testing::Contains(FieldClass::address));
    EXPECT_THAT(entries[0].seen, testing::Not(testing::Contains(FieldClass::plain)))
        << "was seen without a purpose too";
    EXPECT_THAT(whole(act("/api/v1/exports/household", {{"purpose", "handling"}, {"format", "csv"}})),
                HasSubstr("三组"));
    EXPECT_THAT(must(world.storage->audited(10, all)), SizeIs(2));
}

TEST_F(Rest, WhatIsHeldIsListedAndReleased) {
    one = world.enrolled("李明", village);
    must(one->save({test::new_household(village, "撤权前写下的话")}, ++world.now_ms));
    must(world.storage->revoke("李明", "李明的手机", world.now_ms));
    std::optional<Bytes> request = must(one->begin_sync());
    world.ask("POST", "/sync/v1", *request, {{"authorization", "Bearer " + one->enrolment()->token}});
    const json held = body_of("/api/v1/held");
    ASSERT_THAT(held["items"], SizeIs(1));
    EXPECT_THAT(held.dump(), HasSubstr("撤权前写下的话"));
    const std::string path = "/api/v1/held/" + held["items"][0]["dot"].get<std::string>() + "/" +
                             std::to_string(held["items"][0]["part"].get<int>()) + "/release";
    EXPECT_EQ(world.ask("POST", path, {}, acting).status, 204);
    EXPECT_THAT(body_of("/api/v1/held")["items"], IsEmpty());
    EXPECT_THAT(ids(body_of("/api/v1/records")), SizeIs(1));
    EXPECT_EQ(world.ask("POST", path, {}, acting).status, 404);
}

TEST_F(Rest, AnErasureNamesAPart) {
    one = world.enrolled("李明", village);
    const RecordId id = household(*one, village, "留下的话");
    must(one->save({test::add_note(id, "该清除的话")}, ++world.now_ms));
    world.sync(*one);
    const json parts = body_of("/api/v1/records/" + id.hex() + "/parts");
    ASSERT_THAT(parts["items"], SizeIs(2));
    const json order = {{"dot", parts["items"][1]["dot"]},
                        {"area", parts["items"][1]["area"]},
                        {"rule", "个人信息保护法第四十七条"},
                        {"ordered_by", "县法院"}};
    const Reply done = act("/api/v1/erasures", order);
    EXPECT_EQ(done.status, 201) << done.body;
    EXPECT_THAT(get("/api/v1/records/" + id.hex() + "/history").body, testing::Not(HasSubstr("该清除的话")));
    EXPECT_EQ(json::parse(act("/api/v1/erasures", order).body)["code"], "already_exists");
}

class RestExport : public Rest {
protected:
    std::string file(const std::string& target) { return whole(get(target)); }
};

TEST_F(RestExport, CsvHasEveryWordAndNoFormula) {
    const RecordId id = disagree();
    must(one->save({test::add_note(id, "=HYPERLINK(\"http://x\")")}, ++world.now_ms));
    RecordEdit formula = test::new_household(village, "=1+1");
    must(one->save({formula}, ++world.now_ms));
    world.sync(*one);
    const std::string csv = file("/api/v1/exports/household?format=csv");
    EXPECT_TRUE(csv.starts_with("\xEF\xBB\xBF编号,状态,待定项数,区划代码,地点,地址,")) << csv;
    EXPECT_THAT(csv, HasSubstr("屋顶漏雨"));
    EXPECT_THAT(csv, HasSubstr("近日住院")) << "both alternatives";
    EXPECT_THAT(csv, HasSubstr(",'=1+1,"));
    EXPECT_THAT(csv, HasSubstr("旧县镇八里村委会"));
    EXPECT_THAT(csv, HasSubstr("有效,1,341222101202"));
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\r'), 3) << "a line each and the heading";
    EXPECT_TRUE(file("/api/v1/exports/household?format=csv&lang=en").starts_with("\xEF\xBB\xBFId,State,")) << csv;
}

TEST_F(RestExport, NdjsonIsEachRecordAsTheApiGivesIt) {
    const RecordId id = disagree();
    for (int i = 0; i < 250; ++i) household(*one, village, "第" + std::to_string(i) + "户");
    const std::string all = file("/api/v1/exports/household?format=ndjson");
    std::istringstream lines(all);
    std::set<std::string> seen;
    for (std::string line; std::getline(lines, line);) {
        const json record = json::parse(line);
        seen.insert(record["id"].get<std::string>());
        if (record["id"] == id.hex()) {
            EXPECT_EQ(record, body_of("/api/v1/records/" + id.hex()));
        }
    }
    EXPECT_THAT(seen, SizeIs(251));
    EXPECT_EQ(header(get("/api/v1/exports/household?format=ndjson"), "Doorstep-Records"), "251");
}

TEST_F(RestExport, GeojsonPutsTheLongitudeFirst) {
    one = world.enrolled("李明", township);
    RecordEdit placed = test::new_household(village, "有位置");
    placed.fields.push_back({6, Kind::value, Op::Action::put, must(Value::position(33'160'000, 115'620'000)), {}});
    must(one->save({placed}, ++world.now_ms));
    household(*one, village, "没有位置");
    EXPECT_EQ(json::parse(file("/api/v1/exports/household?format=geojson"))["features"][1]["geometry"], nullptr)
        << "a position is masked";
    const json all =
        json::parse(whole(act("/api/v1/exports/household", {{"purpose", "handling"}, {"format", "geojson"}})));
    EXPECT_EQ(all["type"], "FeatureCollection");
    ASSERT_THAT(all["features"], SizeIs(2));
    EXPECT_EQ(all["features"][0]["geometry"], nullptr);
    EXPECT_EQ(all["features"][1]["geometry"], json::parse(R"({"type":"Point","coordinates":[115.62,33.16]})"));
    EXPECT_EQ(all["features"][1]["properties"]["fields"]["summary"]["values"][0]["value"], "有位置");
    EXPECT_EQ(json::parse(file("/api/v1/exports/visit?format=geojson"))["features"], json::array());
}

TEST_F(RestExport, WhatChangesMeanwhileIsThereAsItStandsThen) {
    one = world.enrolled("李明", township);
    const RecordId id = household(*one, village, "第一句");
    for (int i = 0; i < 150; ++i) household(*one, village, "别家");
    const Reply reply = get("/api/v1/exports/household?format=ndjson");
    std::string out = must(reply.more()).value();
    must(one->save({test::set_text(id, test::field::summary, "第二句")}, ++world.now_ms));
    world.sync(*one);
    while (const auto piece = must(reply.more())) out += *piece;
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 151) << "each once, none left out";
    EXPECT_THAT(out, HasSubstr("第二句"));
}

TEST_F(RestExport, WhatCannotBeExportedIsRefused) {
    EXPECT_EQ(get("/api/v1/exports/household").status, 400);
    EXPECT_EQ(get("/api/v1/exports/household?format=pdf").status, 400);
    EXPECT_EQ(get("/api/v1/exports/person?format=csv").status, 404);
    EXPECT_EQ(get("/api/v1/exports/household?format=csv&area=1").status, 400);
    EXPECT_EQ(world.ask("GET", "/api/v1/exports/household").status, 401);
}

class RestImport : public RestExport {
protected:
    Reply import(const std::string& type, std::string body, const std::string& media = "text/csv",
                 const std::string& query = {}) {
        Headers headers = acting;
        headers.emplace_back("content-type", media);
        headers.emplace_back("idempotency-key", "k" + std::to_string(++keys));
        return world.router.handle({"POST", "/api/v1/imports/" + type, query, std::move(headers), std::move(body)});
    }
    int keys = 0;
};

TEST_F(RestImport, ATableBecomesRecordsThatPhonesGet) {
    one = world.enrolled("李明", township);
    const Reply done =
        import("household",
               "\xEF\xBB\xBF"
               "division,地址,needs,position,承诺回访日期,notes\r\n"
               "341222101202,八里村三组17号,\"助浴\n助餐\",\"33.16, 115.62\",2026-12-01,\"他说:\"\"好\"\"\"\r\n"
               "341222101202,八里村一组2号,,,,\r\n");
    ASSERT_EQ(done.status, 201) << done.body;
    EXPECT_EQ(json::parse(done.body)["imported"], 2);
    world.sync(*one);
    const json page = body_of("/api/v1/records?type=household");
    ASSERT_THAT(page["items"], SizeIs(2));
    const json& first = page["items"][1]["fields"];
    EXPECT_EQ(first["address"]["values"][0]["value"], mask_text);
    EXPECT_THAT(first["needs"]["values"], SizeIs(2));
    EXPECT_EQ(first["follow_up_on"]["values"][0]["value"], "2026-12-01");
    EXPECT_EQ(first["notes"]["values"][0]["value"], "他说:\"好\"");
    EXPECT_EQ(first["address"]["values"][0]["writes"][0]["author"], "员工1");
    const Reply shown =
        act("/api/v1/records/" + page["items"][1]["id"].get<std::string>() + "/reveals", {{"purpose", "handling"}});
    ASSERT_EQ(shown.status, 200) << shown.body;
    EXPECT_EQ(json::parse(shown.body)["fields"]["position"]["values"][0]["value"],
              json::parse(R"({"lat":33.16,"lon":115.62})"));
    EXPECT_EQ(must(one->read(RecordId::from_hex(page["items"][1]["id"].get<std::string>()).value())).text(1),
              "八里村三组17号");
    EXPECT_THAT(world.failures, IsEmpty());
}

TEST_F(RestImport, SentTwiceItIsMadeOnce) {
    Headers headers = acting;
    headers.emplace_back("content-type", "application/x-ndjson");
    headers.emplace_back("idempotency-key", "same");
    const std::string lines = R"({"type":"household","division":"341222101202","fields":{"summary":"一户"}})";
    for (int i = 0; i < 2; ++i) {
        const Reply reply = world.ask("POST", "/api/v1/imports/household", lines, headers);
        EXPECT_EQ(reply.status, 201) << reply.body;
        EXPECT_EQ(json::parse(reply.body)["imported"], 1);
    }
    EXPECT_THAT(body_of("/api/v1/records")["items"], SizeIs(1));
}

TEST_F(RestImport, WhatIsExportedAsNdjsonOfNewRecordsComesBackAsItWas) {
    std::string csv = "summary\n";
    for (std::size_t i = 0; i < import_rows_max; ++i) csv += "第" + std::to_string(i) + "户\n";
    ASSERT_EQ(import("household", csv, "text/csv", "area=341222101202").status, 201);
    const std::string all = file("/api/v1/exports/household?format=csv");
    for (std::size_t i = 0; i < import_rows_max; i += 37)
        EXPECT_NE(all.find("第" + std::to_string(i) + "户"), std::string::npos) << i;
    EXPECT_EQ(std::count(all.begin(), all.end(), '\r'), static_cast<std::ptrdiff_t>(import_rows_max + 1));
}

TEST_F(RestImport, WithOneBadRowNothingIsImportedAndEachIsNamed) {
    const Reply refused = import("visit",
                                 "division,visited_at,attempts,household\n"
                                 "341222101202,2026-11-29 08:00,2,\n"
                                 "999999999999,2026-11-29 08:00,2,\n"
                                 "341222101202,昨天,2,\n"
                                 "341222101202,2026-11-29 08:00,两次,\n"
                                 "341222101202,2026-11-29 08:00\n"
                                 "341222101202,2026-11-29 24:00,1,\n"
                                 "341222101202,,1,王家\n"
                                 ",,1,\n");
    ASSERT_EQ(refused.status, 400);
    std::set<int> rows;
    const json told = json::parse(refused.body);
    for (const json& row : told["rows"]) rows.insert(row["row"].get<int>());
    EXPECT_EQ(rows, (std::set<int>{3, 4, 5, 6, 7, 8})) << refused.body << " (row 2 is the office's to judge, later)";
    EXPECT_THAT(refused.body, testing::Not(HasSubstr("王家"))) << "no words";
    const Reply unknown = import("visit", "division,attempts\n341222101202,1\n999999999999,1\n");
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(json::parse(unknown.body)["rows"][0]["row"], 2) << unknown.body;
    EXPECT_EQ(json::parse(unknown.body)["rows"][0]["code"], "unknown_area");
    EXPECT_THAT(body_of("/api/v1/records")["items"], IsEmpty());
    EXPECT_EQ(import("visit", "division,attempts\n341222101202,1\n").status, 201);
}

TEST_F(RestImport, WhatIsNoTableIsRefused) {
    struct Case {
        const char* what;
        std::string type, body, media, query;
        int status;
    };
    std::string long_one = "summary\n";
    for (std::size_t i = 0; i <= import_rows_max; ++i) long_one += "x\n";
    for (const Case& each : std::vector<Case>{
             {"another type", "person", "summary\nx\n", "text/csv", "", 404},
             {"another media type", "household", "x", "application/xml", "", 400},
             {"no media type", "household", "x", "", "", 400},
             {"nothing", "household", "", "text/csv", "", 400},
             {"a heading alone", "household", "summary\n", "text/csv", "area=341222101202", 400},
             {"no such column", "household", "score\n1\n", "text/csv", "area=341222101202", 400},
             {"a column twice", "household", "summary,情况\na,b\n", "text/csv", "area=341222101202", 400},
             {"area and column", "household", "division\n341222101202\n", "text/csv", "area=341222101202", 400},
             {"a quote that does not close", "household", "summary\n\"x\n", "text/csv", "area=341222101202", 400},
             {"no UTF-8", "household", "summary\n\xff\n", "text/csv", "area=341222101202", 400},
             {"a record that is known", "household",
              R"({"type":"household","id":"00000000000000000000000000000001","fields":{}})", "application/x-ndjson", "",
              400},
             {"a record of another type", "visit",
              R"({"type":"household","division":"341222101202","fields":{"summary":"x"}})", "application/x-ndjson", "",
              400},
             {"no JSON", "visit", "{", "application/x-ndjson", "", 400},
             {"what only the office may say", "issue", "division,stage\n341222101202,受理\n", "text/csv", "", 400},
             {"too many rows", "household", long_one, "text/csv", "area=341222101202", 413},
         }) {
        SCOPED_TRACE(each.what);
        const Reply reply = import(each.type, each.body, each.media, each.query);
        EXPECT_EQ(reply.status, each.status) << reply.body;
        EXPECT_EQ(reply.content_type, "application/problem+json");
    }
    EXPECT_EQ(world.ask("POST", "/api/v1/imports/household", "summary\nx\n", acting).status, 400) << "no key";
    EXPECT_THAT(body_of("/api/v1/records")["items"], IsEmpty());
    EXPECT_THAT(world.failures, IsEmpty());
}

TEST_F(Rest, ADivisionKnowsThoseRightBelowIt) {
    const json township_json = body_of("/api/v1/divisions/341222101000");
    EXPECT_EQ(township_json["place"], "旧县镇");
    EXPECT_EQ(township_json["below"], json::parse(R"([{"code":"341222101202","name":"八里村委会"}])"));
    EXPECT_EQ(get("/api/v1/divisions/999999999999").status, 404);
    EXPECT_EQ(get("/api/v1/divisions/x").status, 404);
}

TEST_F(Rest, BadRequestsAreToldWithTheirCodes) {
    one = world.enrolled("李明", township);
    const std::string id = household(*one, village, "一户").hex();
    struct Case {
        const char* what;
        std::function<Reply()> ask;
        int status;
        std::string_view code;
    };
    const std::string resolutions = "/api/v1/records/" + id + "/resolutions";
    const json decision = {{"field", "summary"}, {"value", "x"}, {"seen", json::array()}};
    const std::vector<Case> cases = {
        {"nobody", [&] { return world.ask("GET", "/api/v1/records"); }, 401, "unauthorized"},
        {"a secret of nobody's",
         [&] {
             return world.ask("GET", "/api/v1/records", {}, {{"cookie", "__Host-session=x"}});
         },
         401, "unauthorized"},
        {"no limit", [&] { return get("/api/v1/records?limit=0"); }, 400, "invalid_argument"},
        {"a limit too high", [&] { return get("/api/v1/records?limit=201"); }, 400, "invalid_argument"},
        {"a limit in words", [&] { return get("/api/v1/records?limit=ten"); }, 400, "invalid_argument"},
        {"a cursor of one's own", [&] { return get("/api/v1/records?cursor=1"); }, 400, "invalid_argument"},
        {"an unknown type", [&] { return get("/api/v1/records?type=person"); }, 400, "invalid_argument"},
        {"no area", [&] { return get("/api/v1/records?area=1"); }, 400, "invalid_argument"},
        {"no record", [&] { return get("/api/v1/records/" + std::string(32, '0')); }, 404, "not_found"},
        {"no id", [&] { return get("/api/v1/records/x"); }, 404, "not_found"},
        {"another method", [&] { return world.ask("PUT", "/api/v1/records", {}, acting); }, 405, "not_found"},
        {"no CSRF secret", [&] { return send("POST", resolutions, decision, session); }, 403, "forbidden"},
        {"not JSON", [&] { return world.ask("POST", resolutions, "x", acting); }, 400, "invalid_argument"},
        {"no object", [&] { return act(resolutions, json::array()); }, 400, "invalid_argument"},
        {"a key too many",
         [&] {
             return act(resolutions, {{"field", "summary"}, {"score", 1}});
         },
         400, "invalid_argument"},
        {"an unknown field",
         [&] {
             return act(resolutions, {{"field", "x"}, {"value", 1}, {"seen", json::array()}});
         },
         400, "unknown_field"},
        {"a value of another type",
         [&] {
             return act(resolutions, {{"field", "summary"}, {"value", 1}, {"seen", json::array()}});
         },
         400, "invalid_argument"},
        {"dots that are none",
         [&] {
             return act(resolutions, {{"field", "summary"}, {"value", "x"}, {"seen", {"x"}}});
         },
         400, "invalid_argument"},
        {"a bad key", [&] { return act(resolutions, decision, "a b"); }, 400, "invalid_argument"},
        {"a key too long", [&] { return act(resolutions, decision, std::string(65, 'k')); }, 400, "invalid_argument"},
        {"nothing to move",
         [&] {
             return act("/api/v1/moves", {{"records", json::array()}, {"to", std::string(village)}});
         },
         400, "invalid_argument"},
        {"a move to nowhere",
         [&] {
             return act("/api/v1/moves", {{"records", {id}}, {"to", "999999999999"}});
         },
         400, "unknown_area"},
        {"no such held part",
         [&] { return world.ask("POST", "/api/v1/held/" + std::string(32, '0') + ":1/0/release", {}, acting); }, 404,
         "not_found"},
        {"a held part by no dot", [&] { return world.ask("POST", "/api/v1/held/x/0/release", {}, acting); }, 404,
         "not_found"},
        {"an erasure without a rule",
         [&] {
             return act("/api/v1/erasures", {{"dot", std::string(32, '0') + ":1"},
                                             {"area", std::string(village)},
                                             {"rule", ""},
                                             {"ordered_by", "x"}});
         },
         404, "not_found"},
        {"two choices",
         [&] {
             return act(resolutions, {{"field", "summary"}, {"value", "x"}, {"choice", "y"}, {"seen", json::array()}});
         },
         400, "invalid_argument"},
        {"an administrator's act",
         [&] {
             return act("/api/v1/revocations", {{"author", "李明"}, {"label", "李明的手机"}});
         },
         403, "forbidden"},
        {"a reveal for nothing",
         [&] {
             return act("/api/v1/records/" + id + "/reveals", {{"purpose", "none"}});
         },
         400, "invalid_argument"},
        {"a reveal for what the role may not",
         [&] {
             return act("/api/v1/records/" + id + "/reveals", {{"purpose", "statistics"}});
         },
         403, "forbidden"},
        {"a sign-in without a password",
         [&] {
             return send("POST", "/api/v1/session", {{"name", "x"}});
         },
         400, "invalid_argument"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.what);
        const Reply reply = each.ask();
        EXPECT_EQ(reply.status, each.status) << reply.body;
        EXPECT_EQ(reply.content_type, "application/problem+json");
        EXPECT_EQ(json::parse(reply.body)["code"], each.code) << reply.body;
    }
    EXPECT_THAT(world.failures, IsEmpty());
}

TEST(RateLimit, FillsOverTimeAndForgetsTheQuiet) {
    RateLimit limit({10, 3});
    const auto who = [](std::uint64_t n) { return sha256(std::to_string(n)); };
    for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.ask(who(1), 1'000), 0U);
    EXPECT_EQ(limit.ask(who(1), 1'000), 100U);
    EXPECT_EQ(limit.ask(who(2), 1'000), 0U) << "each has his own";
    EXPECT_EQ(limit.ask(who(1), 1'099), 1U);
    EXPECT_EQ(limit.ask(who(1), 1'100), 0U);
    EXPECT_EQ(limit.ask(who(1), 900), 100U) << "a clock that goes back fills nothing";
    for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.ask(who(1), 1'000'000), 0U);
    EXPECT_EQ(limit.ask(who(1), 1'000'000), 100U) << "never more than at once";
    for (std::uint64_t n = 0; n < 3 * RateLimit::askers_max; ++n) {
        EXPECT_EQ(limit.ask(who(n + 10), 2'000'000 + n), 0U);
        ASSERT_LE(limit.askers(), RateLimit::askers_max);
    }
}

TEST_F(Rest, ASessionThatAsksTooOftenIsToldWhenToAskAgain) {
    Reply reply;
    for (std::uint64_t i = 0; i < RateLimit::Rate{}.at_once_max; ++i) reply = get("/api/v1/session");
    EXPECT_EQ(reply.status, 200);
    reply = get("/api/v1/session");
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(header(reply, "Retry-After"), "1");
    EXPECT_EQ(json::parse(reply.body)["code"], "too_many_attempts");
    EXPECT_EQ(world.ask("GET", "/healthz").status, 200) << "others go on";
    world.now_ms += 1'000;
    EXPECT_EQ(get("/api/v1/session").status, 200);
}

TEST_F(Rest, WhoSignsOutIsOut) {
    EXPECT_EQ(world.ask("DELETE", "/api/v1/session", {}, session).status, 403);
    EXPECT_EQ(world.ask("DELETE", "/api/v1/session", {}, acting).status, 204);
    EXPECT_EQ(get("/api/v1/session").status, 401);
}

/// The paths and methods of a description in YAML, by their indentation.
std::set<std::string> described() {
    std::set<std::string> out;
    std::istringstream in{std::string(openapi_yaml())};
    std::string path;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
        for (const char* method : {"get", "head", "options", "post", "put", "patch", "delete"})
            if (line == "    " + std::string(method) + ":") out.insert(std::string(method) + " " + path);
    }
    return out;
}

TEST_F(Rest, EveryRouteOfTheApiIsDescribed) {
    std::set<std::string> routes;
    for (std::string route : Router::routes()) {
        if (route.find(" /api/v1/") == std::string::npos) continue;
        std::transform(route.begin(), route.begin() + static_cast<std::ptrdiff_t>(route.find(' ')), route.begin(),
                       [](char c) { return static_cast<char>(std::tolower(c)); });
        routes.insert(route);
    }
    EXPECT_EQ(described(), routes);
    EXPECT_EQ(get("/api/v1/openapi.yaml").body, openapi_yaml());
}

}  // namespace
}  // namespace doorstep::server
