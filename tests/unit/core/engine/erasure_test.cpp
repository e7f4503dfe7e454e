// An erased part is nowhere: not in a file, a log, an index, an answer, and not after a restore (invariant 27).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/engine/blobs.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/erasure_run.hpp"

namespace doorstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::uint32_t pictures = 9;
constexpr std::uint64_t office_bytes_max = 1 << 20;
const std::string secret = "该清除的话";

class ErasureTest : public testing::Test {
protected:
    ErasureTest() { world.cut_chunks({16 * 1024, 2, 1}); }

    /// The dot of what the phone saved last.
    Dot last(Handset& phone) { return {phone->replica(), must(phone->outbox()).saved}; }
    ErasureOrder order(const Dot& dot) { return {dot, stream(village), {}, "个人信息保护法第四十七条", "县法院"}; }
    ErasureReport erase(const Dot& dot) { return must(world.hub().erase(order(dot), "clerk", world.now_ms())); }
    void index(Handset& phone) {
        while (must(phone->index_some(100)).state != Indexing::State::caught_up) {
        }
    }
    void carry(Handset& phone) {
        BlobCourier courier(phone->blobs());
        std::optional<Bytes> request = must(courier.begin());
        while (request) {
            const Bytes answer =
                must(world.hub().blobs(office_bytes_max).answer(phone.grant, *request, world.now_ms()));
            request = must(courier.next(answer));
        }
    }
    void back_up() { must(world.hub().store().back_up(world.path("backup.db"), storage_key(1))); }
    void restore() {
        world.close_hub();
        copy_database(world.path("backup.db"), world.hub_path());
        world.open_hub();
    }
    /// Everybody synchronises; then the words are nowhere, and all is sound and agreed.
    void expect_nowhere(const std::string& words = secret) {
        std::string answers;
        const auto listen = [&](std::size_t n, Bytes message) {
            if (n % 2 == 1) answers += message;
            return std::optional<Bytes>(std::move(message));
        };
        for (const auto& phone : world.handsets()) ASSERT_TRUE(succeeds(world.sync(*phone, listen)));
        EXPECT_EQ(answers.find(words), std::string::npos);
        ASSERT_TRUE(succeeds(world.sync_all()));
        EXPECT_EQ(who_has(world, words), "");
        expect_agreement();
        for (const auto& phone : world.handsets()) EXPECT_THAT(must((*phone)->search(words, {})).cards, IsEmpty());
    }
    void expect_agreement() {
        EXPECT_TRUE(must(diagnose(world.hub().store())).sound());
        for (const auto& phone : world.handsets()) {
            EXPECT_EQ(disagreement(world.hub(), *phone), "");
            EXPECT_TRUE(succeeds((*phone)->verify()));
        }
        EXPECT_EQ(must(li->verify()).state, must(wang->verify()).state);
        if (must(world.hub().store().streams()).size() == 1) {
            EXPECT_EQ(must(li->verify()).state, must(world.hub().verify()).state);
        }
        for (const auto& phone : world.handsets()) {
            world.close(*phone);
            Store store = must(Store::open(world.options_of(*phone)));
            EXPECT_TRUE(must(diagnose(store)).sound());
            world.open(*phone);
        }
    }

    World world;
    Handset& li = world.add("li", {village});
    Handset& wang = world.add("wang", {village});
};

// Each place in which words can lie.
TEST_F(ErasureTest, WhatFollowedAMovedRecordGoesAlongAndTheRestIsCarriedAgain) {
    Handset& zhao = world.add("zhao", {other_village});
    const RecordId id = save(world, li, new_household(village, "留下的话"));
    const RecordId other = save(world, li, new_household(village, "另一户"));
    save(world, li, add_note(id, secret));
    const Dot dot = last(li);
    ASSERT_TRUE(succeeds(world.sync_all()));
    EXPECT_EQ(must(world.hub().move({id, other}, area(other_village), "office", world.now_ms())), 2U);
    ASSERT_TRUE(succeeds(world.sync_all()));
    ASSERT_NE(who_has(world, secret), "") << "the scan would find them";
    erase(dot);
    expect_nowhere();
    for (const RecordView& view : {office_view(world.hub(), id), must(zhao->read(id))}) {
        EXPECT_EQ(view.text(field::summary), "留下的话");
        EXPECT_EQ(view.area.text(), other_village);
    }
    EXPECT_EQ(must(zhao->read(other)).text(field::summary), "另一户");
}

TEST_F(ErasureTest, IsOrderedWithItsCopiesOrNotAtAll) {
    Handset& zhao = world.add("zhao", {other_village});
    for (std::size_t room = 0; room < 3; ++room) {
        SCOPED_TRACE(room);
        const RecordId id = save(world, li, new_household(village, "留下的话"));
        const std::string words = secret + std::to_string(room);
        save(world, li, add_note(id, words));
        const Dot dot = last(li);
        must(world.sync_all());
        must(world.hub().move({id}, area(other_village), "office", world.now_ms()));
        must(world.sync_all());
        world.erasures().appends_left = room;  // then the list's disk is full
        EXPECT_EQ(succeeds(world.hub().erase(order(dot), "clerk", world.now_ms())), room > 0);
        world.close_hub();
        world.erasures().appends_left = 100;
        world.open_hub();
        if (room == 0) erase(dot);
        expect_nowhere(words);
        EXPECT_EQ(must(zhao->read(id)).text(field::summary), "留下的话");
    }
}

TEST_F(ErasureTest, WordsAreGoneFromEveryPlaceOfARecord) {
    using Edits = std::vector<RecordEdit>;
    const std::vector<std::pair<const char*, std::function<Edits(const RecordId&)>>> places = {
        {"a new record", [](const RecordId&) { return Edits{new_household(village, secret)}; }},
        {"a value", [](const RecordId& id) { return Edits{set_text(id, field::summary, secret)}; }},
        {"another field", [](const RecordId& id) { return Edits{set_text(id, field::contact, secret)}; }},
        {"an element", [](const RecordId& id) { return Edits{add_need(id, secret)}; }},
        {"a line", [](const RecordId& id) { return Edits{add_note(id, secret)}; }},
        {"a value as long as it may be",
         [](const RecordId& id) {
             std::string words = secret;
             while (words.size() + secret.size() <= limits::value_bytes_max) words += secret;
             return Edits{set_text(id, field::summary, words)};
         }},
        {"several records",
         [](const RecordId& id) {
             return Edits{add_note(id, secret), new_household(village, secret + "二")};
         }},
        {"beside another stream",
         [](const RecordId& id) {
             return Edits{add_note(id, secret), new_household(village, "同一次的话")};
         }},
    };
    for (const auto& [name, edits] : places) {
        SCOPED_TRACE(name);
        const RecordId kept = save(world, li, new_household(village, "留下的话"));
        must(world.sync_all());
        must(li->save(edits(kept), world.now_ms()));
        const Dot dot = last(li);
        must(world.sync_all());
        index(li);
        index(wang);
        ASSERT_NE(who_has(world, secret), "") << "the scan would find them";
        erase(dot);
        expect_nowhere();
        EXPECT_THAT(texts(must(wang->read(kept)), field::summary).size() <= 1, true) << "no conflict by it";
    }
}

TEST_F(ErasureTest, WordsInTheHistoryAndInAConflictAreGone) {
    const RecordId id = save(world, li, new_household(village, "最初的话"));
    must(world.sync_all());
    save(world, li, set_text(id, field::summary, secret));
    const Dot erased = last(li);
    must(world.sync_all());
    save(world, wang, set_text(id, field::summary, "王后来的话"));
    save(world, li, set_text(id, field::summary, "李后来的话"));
    must(world.sync_all());
    ASSERT_EQ(must(li->read(id)).conflicts, 1U);
    erase(erased);
    expect_nowhere();
    EXPECT_EQ(must(li->read(id)).conflicts, 1U) << "the two that disagree still do";
    EXPECT_THAT(texts(must(li->read(id)), field::summary), SizeIs(2));
    const auto history = must(li->history(id));
    const auto act = std::find_if(history.begin(), history.end(), [](const auto& e) { return e.erased.has_value(); });
    ASSERT_NE(act, history.end());
    EXPECT_EQ(act->erased->rule, "个人信息保护法第四十七条");
    EXPECT_EQ(act->erased->ordered_by, "县法院");
    EXPECT_EQ(act->trace.author, "clerk");
    EXPECT_GT(act->erased->ordered_at_ms, 0U);
    EXPECT_THAT(history_texts(history), Not(testing::Contains(HasSubstr(secret))));
    EXPECT_THAT(history_texts(history), testing::Contains("最初的话"));
}

// What an erased write had replaced stays in the history: it does not come back as if it had been said last.
TEST_F(ErasureTest, WhatItReplacedDoesNotComeBack) {
    const RecordId id = save(world, li, new_household(village, "最初的话"));
    must(world.sync_all());
    save(world, li, set_text(id, field::summary, secret));
    const Dot erased = last(li);
    must(world.sync_all());
    erase(erased);
    expect_nowhere();
    EXPECT_THAT(texts(must(wang->read(id)), field::summary), IsEmpty());
    EXPECT_THAT(history_texts(must(wang->history(id))), testing::Contains("最初的话"));
    save(world, wang, set_text(id, field::summary, "以后的话"));
    must(world.sync_all());
    EXPECT_THAT(texts(must(li->read(id)), field::summary), ElementsAre("以后的话"));
}

TEST_F(ErasureTest, WhatItHadRemovedFromASetStaysRemoved) {
    const RecordId id = save(world, li, add_need(save(world, li, new_household(village, "一户")), "低保"));
    save(world, li, add_need(id, "维修"));
    must(world.sync_all());
    must(wang->save({remove_need(id, "低保")}, world.now_ms()));
    const Dot erased = last(wang);
    must(world.sync_all());
    erase(erased);
    must(world.sync_all());
    EXPECT_THAT(texts(must(li->read(id)), field::needs), ElementsAre("维修"));
    expect_agreement();
}

TEST_F(ErasureTest, DecisionsOnWholeRecordsStayAsTheyWere) {
    const RecordId a = save(world, li, new_household(village, "甲")), b = save(world, li, new_household(village, "乙"));
    const RecordId c = save(world, li, new_household(village, "丙"));
    must(world.sync_all());
    must(wang->mark_same(a, b, world.now_ms()));
    const Dot same = last(wang);
    must(wang->remove(c, world.now_ms()));
    const Dot removed = last(wang);
    must(world.sync_all());
    erase(same);
    erase(removed);
    must(world.sync_all());
    EXPECT_THAT(must(li->read(a)).members, SizeIs(2));
    EXPECT_EQ(must(li->read(c)).existence, Existence::deleted);
    expect_agreement();
}

TEST_F(ErasureTest, TheOtherPartsOfTheCommitStay) {
    Handset& zhao = world.add("zhao", {village, other_village});
    const auto both = must(
        zhao->save({new_household(village, secret), new_household(other_village, "另一个村的话")}, world.now_ms()));
    const Dot dot = last(zhao);
    must(world.sync_all());
    const ErasureReport report = erase(dot);
    EXPECT_THAT(report.records, ElementsAre(both[0]));
    expect_nowhere();
    EXPECT_EQ(must(zhao->read(both[1])).text(field::summary), "另一个村的话");
    EXPECT_EQ(must(zhao->outbox()).only_here, 0U);
}

TEST_F(ErasureTest, AttachmentsNamedOnlyByItAreGone) {
    const RecordId id = save(world, li, new_household(village, "一户"));
    const auto picture = [&](const std::string& content) {
        const BlobNo draft = must(li->blobs().begin());
        must(li->blobs().append(draft, content));
        return must(li->blobs().finish(draft, "image/jpeg"));
    };
    const auto show = [&](const BlobName& name) {
        RecordEdit edit = add_note(id, "照片");
        edit.fields.push_back({pictures, Kind::set, Op::Action::put, must(Value::attachment(name)), {}});
        return edit;
    };
    const BlobName only = picture("pixels that only it names"), shared = picture("pixels that others name too");
    save(world, li, show(shared));
    RecordEdit both = show(only);
    both.fields.push_back({pictures, Kind::set, Op::Action::put, must(Value::attachment(shared)), {}});
    save(world, li, both);
    const Dot dot = last(li);
    must(world.sync_all());
    carry(li);
    carry(wang);
    ASSERT_NE(who_has(world, "pixels that only"), "");
    erase(dot);
    expect_nowhere("pixels that only it names");
    EXPECT_EQ(must(wang->blobs().standing(shared.hash)).presence, BlobStanding::Presence::whole);
    EXPECT_EQ(must(world.hub().blobs(office_bytes_max).standing(only.hash)).presence, BlobStanding::Presence::unknown);
    carry(li);
    EXPECT_EQ(who_has(world, "pixels that only"), "") << "nobody gives it back";
}

TEST_F(ErasureTest, AHeldPartIsErasedTooAndDecidesNothing) {
    const RecordId id = save(world, li, new_household(village, "一户"));
    must(world.sync(li));
    save(world, li, set_text(id, field::summary, secret));
    const Dot dot = last(li);
    li.grant.access = Grant::Access::drain_only;
    must(world.sync(li));
    ASSERT_THAT(must(world.hub().held(10)), SizeIs(1));
    erase(dot);
    EXPECT_THAT(must(world.hub().held(10)), IsEmpty());
    li.grant.access = Grant::Access::full;
    expect_nowhere();
    EXPECT_THAT(must(li->outbox()).held, IsEmpty());
    EXPECT_THAT(texts(must(li->read(id)), field::summary), ElementsAre("一户")) << "what was held replaced nothing";
    EXPECT_THAT(texts(must(wang->read(id)), field::summary), ElementsAre("一户"));
}

TEST_F(ErasureTest, ACommitThatNobodyProvedIsErasedToo) {
    save(world, li, new_household(village, "一户"));
    must(world.sync_all());
    Chain chain(replica(7), "gone");
    Store& office = world.hub().store();
    const Commit first = chain.commit({summary_part(village, 1, secret)});
    const StreamNo home = must(office.stream_no(stream(village)));
    must(office.keep_unproved(home, first, first.header.hash()));
    erase(first.header.dot);
    EXPECT_THAT(must(world.hub().unproved(10)), IsEmpty());
    expect_nowhere();
}

TEST_F(ErasureTest, AChunkThatIsKeptReadyForNewPhonesIsMadeAgain) {
    save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    for (int n = 0; n < 10; ++n) save(world, li, new_household(village, "话 " + std::to_string(n)));
    must(world.sync_all());
    must(world.sync(world.add("zhao", {village})));
    erase(dot);
    EXPECT_EQ(who_has(world, secret).find("at the office"), std::string::npos);
    must(world.sync(world.add("sun", {village})));
    expect_nowhere();
}

TEST_F(ErasureTest, PiecesOfAChunkOnTheirWayAreDropped) {
    save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    std::string filler;
    for (int n = 0; n < 3000; ++n) filler += "话" + std::to_string(n * n);
    for (int n = 0; n < 40; ++n) save(world, li, set_text(save(world, li, new_household(village, "户")), 4, filler));
    world.cut_chunks({512 * 1024, 4096, 1});
    must(world.sync_all());
    Handset& zhao = world.add("zhao", {village});
    const Status cut = world.sync(zhao, [&](std::size_t n, Bytes message) {
        if (n % 2 == 1 && message.size() > 100'000) message.resize(message.size() / 2);
        return n > 6 ? std::nullopt : std::optional<Bytes>(std::move(message));
    });
    ASSERT_FALSE(succeeds(cut));
    erase(dot);
    expect_nowhere();
}

TEST_F(ErasureTest, ARestoredOfficeErasesBeforeItAnswers) {
    const RecordId id = save(world, li, new_household(village, "一户"));
    save(world, li, add_note(id, secret));
    const Dot dot = last(li);
    must(world.sync(li));
    back_up();
    erase(dot);
    must(world.sync(li));
    restore();
    EXPECT_EQ(who_has(world, secret), "") << "before anybody spoke with it";
    expect_nowhere();
    EXPECT_THAT(history_texts(must(wang->history(id))), SizeIs(2)) << "one act, though two commits say it";
}

TEST_F(ErasureTest, APhoneThatStillHasTheWordsDoesNotBringThemBack) {
    const RecordId id = save(world, li, new_household(village, "一户"));
    must(world.sync_all());
    back_up();  // before the words
    save(world, li, add_note(id, secret));
    const Dot dot = last(li);
    must(world.sync_all());
    erase(dot);  // neither phone has heard of it
    restore();   // and the office has lost the words, the act, and that it ever had them
    must(world.sync(wang));
    EXPECT_EQ(who_has(world, secret).find("at the office"), std::string::npos);
    expect_nowhere();
    EXPECT_EQ(must(li->outbox()).only_here, 0U);
}

TEST_F(ErasureTest, APhoneThatErasedPushesItsHeaderAgain) {
    const RecordId id = save(world, li, new_household(village, "一户"));
    must(world.sync_all());
    back_up();
    save(world, li, add_note(id, secret));
    const Dot dot = last(li);
    save(world, li, add_note(id, "后一句"));
    must(world.sync_all());
    erase(dot);
    must(world.sync_all());
    restore();
    expect_nowhere();
    EXPECT_THAT(texts(must(wang->read(id)), field::notes), ElementsAre("后一句"));
    EXPECT_EQ(must(li->outbox()).only_here, 0U);
}

TEST_F(ErasureTest, AReplayedPushHasNoEffect) {
    save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    std::vector<Bytes> requests;
    must(world.sync(li, [&](std::size_t n, Bytes message) {
        if (n % 2 == 0) requests.push_back(message);
        return std::optional<Bytes>(std::move(message));
    }));
    back_up();
    erase(dot);
    for (const Bytes& request : requests) must(world.hub().exchange(li.grant, request, world.now_ms()));
    EXPECT_EQ(who_has(world, secret).find("at the office"), std::string::npos);
    world.close_hub();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(world.hub_path() + suffix);
    world.open_hub();  // an empty office with its list
    for (const Bytes& request : requests) must(world.hub().exchange(li.grant, request, world.now_ms()));
    EXPECT_EQ(who_has(world, secret).find("at the office"), std::string::npos);
    expect_nowhere();
}

TEST_F(ErasureTest, AFileHandedOverBeforeDoesNotBringThemBack) {
    const RecordId id = save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    const HandoverContent file = must(li->hand_over());
    must(world.sync_all());
    erase(dot);
    must(world.sync_all());
    world.close_hub();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(world.hub_path() + suffix);
    world.open_hub();
    must(world.hub().import_handover(li.grant, file.bytes, world.now_ms()));
    EXPECT_EQ(who_has(world, secret), "");
    EXPECT_EQ(outcome(world.hub().import_handover(li.grant, must(li->hand_over(0)).bytes, world.now_ms())), "ok")
        << "and what it hands over now has its header";
    expect_nowhere();
    static_cast<void>(id);
}

TEST_F(ErasureTest, APhoneThatCameBackFromAnOlderCopyErasesAgain) {
    save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    must(world.sync_all());
    world.close(wang);
    copy_database(wang.path, world.path("old-wang.db"));
    world.open(wang);
    erase(dot);
    must(world.sync_all());
    world.close(wang);
    copy_database(world.path("old-wang.db"), wang.path);
    world.open(wang);
    ASSERT_NE(who_has(world, secret), "");
    save(world, wang, new_household(village, "恢复以后的话"));
    expect_nowhere();
}

TEST_F(ErasureTest, ACopyMadeUnderAnotherDotIsKnownByItsSalt) {
    const RecordId id = save(world, li, new_household(village, "一户"));
    must(world.sync_all());
    world.close(li);
    copy_database(li.path, world.path("clone.db"));
    world.open(li);
    save(world, li, add_note(id, secret));
    const Dot dot = last(li);
    must(world.sync(li));
    world.close(li);
    copy_database(li.path, world.path("later.db"));
    copy_database(world.path("clone.db"), li.path);
    world.open(li);
    save(world, li, add_note(id, "同一个编号的另一句"));
    must(world.sync(li));  // a fork: this phone goes on under another id
    erase(dot);
    must(world.sync(li));
    world.close(li);
    copy_database(world.path("later.db"), li.path);  // and the first one is back, with the words
    world.open(li);
    save(world, li, add_note(id, "又一句"));
    expect_nowhere();
}

// A copy that comes after its act is known by its salt once; then its salt is gone everywhere, and its hash is listed.
TEST_F(ErasureTest, ACopyThatCameLaterIsListedSoThatItsHeaderCanBePushedAgain) {
    const RecordId id = save(world, li, new_household(village, "一户"));
    must(world.sync_all());
    back_up();
    save(world, li, add_note(id, secret));
    const Dot dot = last(li);
    must(world.sync(li));
    const Part words = must(Part::unpack(must(world.hub().store().find_commit(dot))->parts.front()));
    erase(dot);
    Chain chain(replica(7), "wang");
    Part copy = words;
    copy.records.front().ops.push_back(put(field::contact, Kind::value, text("another hash")));
    std::sort(copy.records.front().ops.begin(), copy.records.front().ops.end(),
              [](const Op& a, const Op& b) { return a.field < b.field; });
    const Commit made = chain.commit({copy});
    const auto push = [&](const Commit& commit) {
        Hello hello;
        hello.replica = chain.replica();
        hello.top_seq = 1;
        PushContext context{chain.replica(), {}};
        Bytes request;
        write_frame(request, FrameKind::hello, hello.encode());
        write_frame(request, FrameKind::push, Push{{commit}}.encode(context));
        return must(world.hub().exchange(wang.grant, request, world.now_ms()));
    };
    push(made);
    EXPECT_EQ(who_has(world, secret).find("at the office"), std::string::npos);
    EXPECT_THAT(world.erasures().entries, SizeIs(2));
    restore();
    Commit header = made;
    header.parts.front().clear();
    EXPECT_THAT(push(header), Not(HasSubstr("lacks a part")));
    EXPECT_TRUE(must(world.hub().store().find_commit(made.header.dot)));
    expect_nowhere();
}

TEST_F(ErasureTest, TheChainGoesOnAndTheOrderIsAgreed) {
    const RecordId id = save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    must(world.sync_all());
    const Digest before = must(world.hub().store().streams()).front().head.digest;
    const auto position = must(world.hub().store().streams()).front().head.position;
    erase(dot);
    const StreamMark mark = must(world.hub().store().streams()).front();
    EXPECT_EQ(must(world.hub().store().digest_at(mark.no, position)), std::optional<Digest>(before))
        << "digests are over headers";
    save(world, li, new_household(village, "下一户"));
    must(world.sync_all());
    EXPECT_EQ(must(li->read(id)).fields.size(), 1U) << "what is left is who took it away, and why";
    expect_nowhere();
}

TEST_F(ErasureTest, APurgedFileKeepsThePlaceOfWhatWasErased) {
    Handset& zhao = world.add("zhao", {village, other_village});
    save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    save(world, zhao, new_household(other_village, "要清除的村"));
    must(world.sync_all());
    erase(dot);
    must(world.sync_all());
    Scope narrow;
    narrow.areas.push_back(area(village));
    world.regrant(zhao, narrow);
    must(world.sync(zhao));
    must(world.purge(zhao));
    expect_nowhere();
}

TEST_F(ErasureTest, TheListIsMadeAgainFromTheActsAndTheActsFromTheList) {
    save(world, li, new_household(village, secret));
    erase([&] {
        must(world.sync(li));
        return last(li);
    }());
    const std::vector<Bytes> before = world.erasures().entries;
    ASSERT_THAT(before, SizeIs(1));
    EXPECT_THAT(before.front(), Not(HasSubstr(secret)));
    world.erasures().entries.clear();
    world.open_hub();
    EXPECT_THAT(world.erasures().entries, SizeIs(1));
    world.open_hub();
    EXPECT_THAT(world.erasures().entries, SizeIs(1));
    expect_nowhere();
}

TEST_F(ErasureTest, WhatIsOnTheListHappensThoughTheDatabaseWasKilledBefore) {
    save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    must(world.sync_all());
    back_up();
    erase(dot);
    restore();  // as if nothing had been written after the list
    EXPECT_EQ(who_has(world, secret).find("at the office"), std::string::npos);
    expect_nowhere();
}

TEST_F(ErasureTest, TellsWhereTheSameWordsStandToo) {
    const RecordId id = save(world, li, new_household(village, "一户"));
    save(world, li, add_note(id, secret));
    const Dot dot = last(li);
    must(world.sync_all());
    save(world, wang, add_need(id, secret));
    must(world.sync_all());
    const ErasureReport report = erase(dot);
    ASSERT_THAT(report.repeats, SizeIs(1));
    EXPECT_EQ(report.repeats[0].dot, last(wang));
    EXPECT_EQ(report.repeats[0].author, "wang");
    EXPECT_EQ(report.repeats[0].stream, stream(village));
    erase(report.repeats[0].dot);
    expect_nowhere();
}

TEST_F(ErasureTest, RefusesWhatItCannotOrMayNotDo) {
    save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    const auto refusal = [&](ErasureOrder asked) { return outcome(world.hub().erase(asked, "clerk", world.now_ms())); };
    EXPECT_EQ(refusal(order(dot)), "not_found") << "it has not come to the office";
    must(world.sync_all());
    ErasureOrder elsewhere = order(dot), without_rule = order(dot), nobodys = order(dot), beyond = order(dot);
    elsewhere.stream = stream(other_village);
    without_rule.rule.clear();
    nobodys.ordered_by.clear();
    beyond.part = 1;
    EXPECT_EQ(refusal(elsewhere), "not_found");
    EXPECT_EQ(refusal(without_rule), "invalid_argument");
    EXPECT_EQ(refusal(nobodys), "invalid_argument");
    EXPECT_EQ(refusal(beyond), "not_found");
    EXPECT_THAT(world.erasures().entries, IsEmpty());
    EXPECT_EQ(refusal(order(dot)), "ok");
    EXPECT_EQ(refusal(order(dot)), "already_exists");
    EXPECT_THAT(world.erasures().entries, SizeIs(1));
    const auto act = must(world.hub().store().streams()).front();
    std::optional<Dot> of_act;
    must(world.hub().store().placed_after(act.no, 0, [&](const PlacedDot& placed) -> Result<Store::Visit> {
        of_act = placed.dot;
        return Store::Visit::go_on;
    }));
    EXPECT_EQ(refusal(order(*of_act)), "forbidden") << "an act is what tells that there was one";
}

TEST_F(ErasureTest, ARuleIsOfALengthThatCanBeRead) {
    save(world, li, new_household(village, secret));
    must(world.sync_all());
    ErasureOrder asked = order(last(li));
    asked.rule = std::string(1025, 'x');
    EXPECT_EQ(outcome(world.hub().erase(asked, "clerk", world.now_ms())), "value_too_large");
    asked.rule = std::string(1024, 'x');
    EXPECT_EQ(outcome(world.hub().erase(asked, "clerk", world.now_ms())), "ok");
}

TEST_F(ErasureTest, WithoutAListNothingIsErased) {
    Scratch scratch;
    DatabaseOptions options = world.hub_options();
    options.path = scratch.path("hub.db");
    const auto hub = must(Hub::open(options, fresh_seed(), some_divisions()));
    EXPECT_EQ(outcome(hub->erase(order({replica(1), 1}), "clerk", 1)), "bad_configuration");
}

TEST_F(ErasureTest, FsckSeesErasedWords) {
    save(world, li, new_household(village, secret));
    const Dot dot = last(li);
    must(world.sync_all());
    world.close(wang);
    Store store = must(Store::open(world.options_of(wang)));
    const Commit whole = *must(store.find_commit(dot));
    const CommitRow row = *must(store.find_row(dot));
    world.open(wang);
    erase(dot);
    must(world.sync_all());
    ASSERT_TRUE(must(diagnose(store)).sound());
    must(store.replace_commit(row.no, whole));
    EXPECT_NE(must(diagnose(store)).find(Fault::erased_here), nullptr);
}

TEST_F(ErasureTest, APushThatLacksAPartIsRefusedAsBefore) {
    Chain chain(replica(7), "li");
    Commit lacking = chain.commit({summary_part(village, 1, "话")});
    lacking.parts.front().clear();
    Hello hello;
    hello.replica = chain.replica();
    hello.top_seq = 1;
    PushContext context{chain.replica(), {}};
    Bytes request;
    write_frame(request, FrameKind::hello, hello.encode());
    write_frame(request, FrameKind::push, Push{{lacking}}.encode(context));
    EXPECT_THAT(must(world.hub().exchange(li.grant, request, world.now_ms())), HasSubstr("lacks a part"));
    EXPECT_EQ(must(world.hub().verify()).commits, 0U);
}

}  // namespace
}  // namespace doorstep::test
