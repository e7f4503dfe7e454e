// tests/unit/server/api/wake_test.cpp -- who is told of which change, and who no more.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/api/feed.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;
constexpr std::string_view town = "341222101000", village = "341222101202", other_town = "341222102000";

/// One socket's feed, as net would have it.
struct Online {
    std::shared_ptr<Feed> feed;
    int rings = 0;

    explicit Online(std::shared_ptr<Feed> opened) : feed(std::move(opened)) {
        feed->listen([this] { ++rings; });
    }
    ~Online() { feed->listen(nullptr); }
    Online(const Online&) = delete;
    Online& operator=(const Online&) = delete;

    /// "" when there is nothing; "over REASON" at the end.
    std::string take() {
        const Feed::Message message = feed->take();
        if (const auto* over = std::get_if<Feed::Over>(&message)) return "over " + std::string(over->reason);
        const auto* text = std::get_if<Feed::Text>(&message);
        return text ? text->text : "";
    }
};

Reply ask_to_be_woken(OfficeWorld& world, const std::string& token, std::string protocol = "doorstep.wake.v1") {
    return world.ask("GET", "/api/v1/wake", "",
                     {{"authorization", "Bearer " + token}, {"sec-websocket-protocol", std::move(protocol)}});
}

std::unique_ptr<Online> online(OfficeWorld& world, const Phone& phone) {
    const Reply reply = ask_to_be_woken(world, phone.enrolment()->token);
    EXPECT_EQ(reply.status, 101);
    return reply.feed ? std::make_unique<Online>(reply.feed) : nullptr;
}

void save_household(OfficeWorld& world, Phone& phone, std::string_view area, const char* words) {
    static_cast<void>(must(phone.save({test::new_household(area, words)}, world.now_ms)));
}

TEST(Wake, TheRoute) {
    OfficeWorld world;
    const auto phone = world.enrolled("李明", town);
    const std::string token = phone->enrolment()->token;
    EXPECT_EQ(world.ask("GET", "/api/v1/wake").status, 401);
    EXPECT_EQ(ask_to_be_woken(world, std::string(64, '0')).status, 401);
    EXPECT_EQ(ask_to_be_woken(world, token, "").status, 400);
    EXPECT_EQ(ask_to_be_woken(world, token, "doorstep.wake.v2, chat").status, 400);
    EXPECT_EQ(world.ask("POST", "/api/v1/wake").status, 405);
    const Reply reply = ask_to_be_woken(world, token, "chat, doorstep.wake.v1");
    EXPECT_EQ(reply.status, 101);
    ASSERT_TRUE(reply.feed);
    ASSERT_EQ(reply.headers.size(), 1U);
    EXPECT_EQ(reply.headers[0].second, "doorstep.wake.v1");
    test::must(world.storage->revoke("李明", "李明的手机", world.now_ms));
    EXPECT_EQ(ask_to_be_woken(world, token).status, 403);
}

TEST(Wake, WhoMaySeeAStreamIsToldOnceUntilItIsTaken) {
    OfficeWorld world;
    const auto writer = world.enrolled("李明", village), neighbour = world.enrolled("张伟", town),
               stranger = world.enrolled("王芳", other_town);
    const auto near = online(world, *neighbour), far = online(world, *stranger);
    ASSERT_TRUE(near && far);
    EXPECT_EQ(near->take(), "");
    for (const char* words : {"一", "二", "三"}) {
        save_household(world, *writer, village, words);
        world.sync(*writer);
    }
    EXPECT_EQ(near->rings, 1);
    EXPECT_EQ(near->take(), R"({"streams":["341222101202"]})");
    EXPECT_EQ(near->take(), "");
    EXPECT_EQ(far->rings, 0);
    EXPECT_EQ(far->take(), "");
    world.sync(*neighbour);  // brings nothing new to anybody
    EXPECT_EQ(near->take(), "");
}

TEST(Wake, NamesOfStreams) {
    const Area area = test::area("341222101202-03");
    EXPECT_EQ(wake_name({area, {}}), "341222101202-03");
    EXPECT_EQ(wake_name({area, {Compartment::Kind::restricted, {}}}), "341222101202-03:restricted");
    EXPECT_EQ(wake_name({area, {Compartment::Kind::forms, {}}}), "341222101202-03:forms");
    EXPECT_EQ(wake_name({area, {Compartment::Kind::sealed, RecordId{}}}),
              "341222101202-03:sealed:" + std::string(32, '0'));
}

/// Feeds of a Wakes that is told by hand.
struct ToldByHand {
    OfficeWorld world;
    Wakes wakes{*world.storage};
    unsigned char devices = 0;

    std::unique_ptr<Online> online(Scope scope) {
        Device device{"李明", "cadre", "手机", std::move(scope)};
        device.id.bytes[0] = static_cast<char>(++devices);
        return std::make_unique<Online>(wakes.open(device));
    }
};

TEST(Wake, EachLevelAndCompartment) {
    struct Row {
        const char* name;
        Scope scope;
        Stream stream;
        std::string told;
    };
    const auto stream = [](std::string_view area, Compartment::Kind kind) {
        return Stream{test::area(area), {kind, {}}};
    };
    using Kind = Compartment::Kind;
    const Scope open{{test::area(town)}}, restricted{{test::area(town)}, Scope::Restricted::yes},
        below{{test::area("341222101202-03")}}, sealed{{test::area(town)}, Scope::Restricted::no, {RecordId{}}},
        country{{Area{}}}, twice{{test::area(town), test::area(village)}};
    const Row rows[] = {
        {"the area itself", open, stream(town, Kind::open), "341222101000"},
        {"below it", open, stream(village, Kind::open), "341222101202"},
        {"a grid below it", open, stream("341222101202-03", Kind::open), "341222101202-03"},
        {"beside it", open, stream(other_town, Kind::open), ""},
        {"above it", open, stream("341222000000", Kind::open), ""},
        {"the whole country", country, stream("341222101202-03", Kind::open), "341222101202-03"},
        {"by two areas", twice, stream(village, Kind::open), "341222101202"},
        {"restricted, without the right", open, stream(town, Kind::restricted), ""},
        {"restricted, with the right", restricted, stream(town, Kind::restricted), "341222101000:restricted"},
        {"sealed, not opened", open, stream(town, Kind::sealed), ""},
        {"sealed, opened", sealed, stream(town, Kind::sealed), "341222101000:sealed:" + std::string(32, '0')},
        {"forms above", open, stream("341222000000", Kind::forms), "341222000000:forms"},
        {"forms above a grid", below, stream(town, Kind::forms), "341222101000:forms"},
        {"forms below", open, stream(village, Kind::forms), "341222101202:forms"},
        {"forms beside", open, stream(other_town, Kind::forms), ""},
    };
    ToldByHand hand;
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto phone = hand.online(row.scope);
        hand.wakes.on_changes({{row.stream}});
        EXPECT_EQ(phone->take(), row.told.empty() ? "" : R"({"streams":[")" + row.told + "\"]}");
        EXPECT_EQ(phone->rings, row.told.empty() ? 0 : 1);
    }
}

TEST(Wake, AMessageIsShort) {
    ToldByHand hand;
    const auto phone = hand.online({{Area{}}});
    for (const std::size_t streams : {wake_streams_max - 1, wake_streams_max, wake_streams_max + 1}) {
        Changes changes;
        for (std::uint64_t i = 0; i < streams; ++i) changes.streams.push_back({Area{341222101000 + i, 0}, {}});
        hand.wakes.on_changes(changes);
        hand.wakes.on_changes(changes);
        const json message = json::parse(phone->take());
        EXPECT_EQ(message["streams"].size(), std::min(streams, wake_streams_max));
        EXPECT_EQ(message.value("more", false), streams > wake_streams_max);
    }
}

TEST(Wake, ARevokedPhoneIsToldSoAndNothingElse) {
    OfficeWorld world;
    const auto phone = world.enrolled("李明", town), other = world.enrolled("张伟", town);
    const auto gone = online(world, *phone), stays = online(world, *other);
    test::must(world.storage->revoke("李明", "李明的手机", world.now_ms));
    world.router.beat();
    EXPECT_GE(gone->rings, 1);
    EXPECT_EQ(gone->take(), "over revoked");
    save_household(world, *other, village, "一");
    world.sync(*other);
    EXPECT_EQ(gone->take(), "over revoked");
    EXPECT_EQ(stays->take(), R"({"streams":["341222101202"]})");
}

TEST(Wake, AnotherScope) {
    OfficeWorld world;
    const auto phone = world.enrolled("李明", town), near = world.enrolled("张伟", town),
               far = world.enrolled("王芳", other_town);
    const auto moved = online(world, *phone);
    test::must(world.storage->regrant("李明", "李明的手机", {{test::area(other_town)}}, world.now_ms));
    world.router.beat();
    EXPECT_EQ(moved->take(), R"({"scope":true,"streams":[]})");
    save_household(world, *near, village, "一");
    world.sync(*near);
    EXPECT_EQ(moved->take(), "");
    save_household(world, *far, "341222102201", "二");
    world.sync(*far);
    EXPECT_EQ(moved->take(), R"({"streams":["341222102201"]})");
}

TEST(Wake, SocketsOfADevice) {
    OfficeWorld world;
    const auto phone = world.enrolled("李明", town);
    std::vector<std::unique_ptr<Online>> sockets;
    for (std::size_t i = 0; i < wake_sockets_max; ++i) sockets.push_back(online(world, *phone));
    for (const auto& socket : sockets) EXPECT_EQ(socket->take(), "");
    sockets.push_back(online(world, *phone));
    EXPECT_EQ(sockets[0]->take(), "over replaced");
    for (std::size_t i = 1; i <= wake_sockets_max; ++i) EXPECT_EQ(sockets[i]->take(), "");
    sockets.erase(sockets.begin(), sockets.begin() + 2);  // their places are free again
    sockets.push_back(online(world, *phone));
    for (const auto& socket : sockets) EXPECT_EQ(socket->take(), "");
}

// What the office's commands do beside the running server reaches phones too.
TEST(Wake, AnotherProcessWrites) {
    OfficeWorld world;
    const auto phone = world.enrolled("李明", town), writer = world.enrolled("张伟", village);
    save_household(world, *writer, village, "一");
    world.sync(*writer);
    const auto told = online(world, *phone);
    const auto beside = must(open_sqlite_storage(world.scratch.path("office.db"), StorageKey{}, OfficeWorld::seed(2),
                                                 world.storage->divisions()));
    world.router.beat();
    EXPECT_EQ(told->take(), "");
    MoveOrder order{test::area(village), test::area(town)};
    EXPECT_EQ(must(beside->move_some(order, {}, "管理员", world.now_ms)).moved, 1U);
    world.router.beat();
    const json message = json::parse(told->take());
    EXPECT_EQ(message["streams"], (json{"341222101000", "341222101202"}));
    test::must(beside->revoke("李明", "李明的手机", world.now_ms));
    world.router.beat();
    EXPECT_EQ(told->take(), "over revoked");
}

}  // namespace
}  // namespace doorstep::server
