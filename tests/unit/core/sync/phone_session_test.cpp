// The phone's side of a synchronisation as a script of events: same events, same actions.
#include "core/sync/phone_session.hpp"

#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/sync/exchange.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

/// An action in words, so that a failure prints the script.
std::string in_words(const SyncAction& action) {
    struct Words {
        std::string operator()(const ReadOutbox& a) const { return "read outbox after " + std::to_string(a.after_seq); }
        std::string operator()(const Send& a) const {
            Exchange sent = must(Exchange::open(a.message));
            sent.read_rest(PushContext{sent.hello.replica, {sent.hello.base_seq, {}}});
            std::string out = "send";
            for (const Push& push : sent.pushes)
                out += " push " + std::to_string(push.commits.front().header.dot.seq) + "-" +
                       std::to_string(push.commits.back().header.dot.seq);
            for (const Pull& pull : sent.pulls)
                out += " pull " + pull.from.stream.area.text() + "@" + std::to_string(pull.from.position);
            for (const Ranges& ranges : sent.ranges) out += " ranges of " + std::to_string(ranges.points.size());
            for (const Offer& offer : sent.offers) out += " offer " + std::to_string(offer.items.size());
            for (const Bring& bring : sent.brought) out += " bring after " + std::to_string(bring.after);
            for (const Fetch& fetch : sent.fetches)
                out += " fetch " + std::to_string(fetch.after) + "-" + std::to_string(fetch.upto);
            return out;
        }
        std::string operator()(const Learn& a) const { return "learn " + std::to_string(a.welcome.durable_seq); }
        std::string operator()(const Restored& a) const { return "restored " + std::to_string(a.top_seq); }
        std::string operator()(const Fork& a) const { return "fork at " + std::to_string(a.at_seq); }
        std::string operator()(const Apply& a) const {
            return "apply " + a.reached.stream.area.text() + " " + std::to_string(a.batch.after) + "+" +
                   std::to_string(a.batch.entries.size()) + "=" + std::to_string(a.reached.position);
        }
        std::string operator()(const Stage& a) const {
            return "stage " + std::to_string(a.partial ? a.partial->bytes.size() : 0);
        }
        std::string operator()(const Repair& a) const {
            return "repair " + std::to_string(a.batch.after) + "+" + std::to_string(a.batch.entries.size());
        }
        std::string operator()(const Truncate& a) const { return "truncate at " + std::to_string(a.position); }
        std::string operator()(const ReadPoints& a) const {
            return "read " + std::to_string(a.positions.size()) + " points " + std::to_string(a.positions.front()) +
                   "-" + std::to_string(a.positions.back());
        }
        std::string operator()(const ReadOffer& a) const {
            std::string out = "read offer";
            for (const Span& span : a.spans) out += " " + std::to_string(span.after) + "-" + std::to_string(span.upto);
            if (a.displaced_after) out += " displaced after " + std::to_string(*a.displaced_after);
            return out;
        }
        std::string operator()(const ReadBring& a) const { return "read bring of " + std::to_string(a.places.size()); }
        std::string operator()(const Rescope&) const { return "rescope"; }
        std::string operator()(const TakeNames&) const { return "names"; }
        std::string operator()(const Proved&) const { return "proved"; }
        std::string operator()(const Offered& a) const { return "offered " + a.stream.area.text(); }
        std::string operator()(const Finished&) const { return "finished"; }
        std::string operator()(const Failed& a) const { return "failed " + std::string(error_name(a.error.code)); }
    };
    return std::visit(Words(), action);
}

using Script = std::vector<std::string>;

Script in_words(const std::vector<SyncAction>& actions) {
    Script out;
    for (const SyncAction& action : actions) out.push_back(in_words(action));
    return out;
}

/// A server's answer, frame by frame.
class Answer {
public:
    /// `streams`: how the server's side stands, where it is not told by heads().
    Answer& welcome(std::uint64_t durable_seq, std::vector<StreamHead> streams = {}) {
        welcome_.emplace();
        welcome_->durable_seq = durable_seq;
        welcome_->summary = summarise(std::move(streams));
        return *this;
    }
    Answer& held(std::vector<HeldNotice> notices) {
        welcome_->held = std::move(notices);
        return *this;
    }
    Answer& answers(std::uint32_t request) {
        welcome_->answers = request;
        return *this;
    }
    Answer& forked(std::uint64_t at_seq) { return frame(FrameKind::forked, Forked{at_seq}.encode()); }
    Answer& heads(std::vector<StreamHead> streams) {
        if (welcome_) welcome_->summary = summarise(streams);
        return frame(FrameKind::heads, Heads{std::move(streams)}.encode());
    }
    Answer& data(std::string_view area_text, std::uint64_t after, std::size_t entries) {
        Data data{stream(area_text), after, {}};
        Chain chain(replica(8));
        for (std::size_t i = 0; i < entries; ++i)
            data.entries.emplace_back(chain.commit({summary_part(area_text, 1, "x")}));
        return frame(FrameKind::data, data.encode(memory_));
    }
    Answer& checkpoint(const StreamHead& reached, std::uint64_t head) {
        return frame(FrameKind::checkpoint, Checkpoint{reached, head}.encode());
    }
    Answer& refused(Errc code) {
        return frame(FrameKind::refused, Refused{static_cast<std::uint32_t>(code), "why"}.encode());
    }
    Answer& frame(FrameKind kind, const Bytes& payload) {
        write_frame(message_, kind, payload);
        return *this;
    }
    Received event() const { return {message()}; }
    Bytes message() const {
        Bytes out;
        if (welcome_) write_frame(out, FrameKind::welcome, welcome_->encode());
        return out + message_;
    }

private:
    std::optional<Welcome> welcome_;
    Bytes message_;  // what follows it
    DataMemory memory_;
};

StreamHead head(std::string_view area_text, std::uint64_t position, std::uint64_t low = 1) {
    return {stream(area_text), position, {0, position == 0 ? 0 : low * 1000 + position}};
}

/// A phone with `top` commits of which `pushed` are believed to be on the server.
struct Scene {
    PhoneSession session;
    Chain chain{replica(3)};
    std::vector<Commit> commits;
    Begin begin;

    Scene(std::uint64_t top, std::uint64_t pushed, std::vector<StreamHead> streams = {}) {
        while (chain.seq() < top) commits.push_back(chain.commit({summary_part(village, 1, "x")}));
        begin.replica = chain.replica();
        begin.top = {chain.seq(), chain.top()};
        begin.pushed_seq = pushed;
        begin.streams = std::move(streams);
    }
    Script start() { return in_words(session.on(begin)); }
    Script outbox_after(std::uint64_t seq) {
        return in_words(session.on(Outbox{{commits.begin() + static_cast<std::ptrdiff_t>(seq), commits.end()}}));
    }
    Script receive(const Answer& answer) { return in_words(session.on(answer.event())); }
};

TEST(PhoneSession, AFrameOfALaterVersionIsPassedOverOrEndsIt) {
    struct Row {
        int kind;
        const char* result;
    };
    for (const Row& row : {Row{0xc5, "finished"}, Row{0xfe, "finished"}, Row{0xa5, "failed malformed"},
                           Row{0x45, "finished"}, Row{0x02, "failed malformed"}}) {
        SCOPED_TRACE(row.kind);
        Scene scene(0, 0);
        scene.start();
        scene.outbox_after(0);
        Answer answer;
        answer.welcome(0).frame(static_cast<FrameKind>(row.kind), "from the future");
        EXPECT_EQ(scene.receive(answer).back(), row.result);
    }
}

TEST(PhoneSession, NothingNewIsOneRoundTrip) {
    Scene scene(2, 2, {head(village, 5)});
    EXPECT_EQ(scene.start(), (Script{"read outbox after 2"}));
    EXPECT_EQ(scene.outbox_after(2), (Script{"send"}));
    EXPECT_EQ(scene.receive(Answer().welcome(2, {head(village, 5)})), (Script{"learn 2", "finished"}));
}

// What the phone pushed is all that moved the server's streams: it can say itself where its commits stand.
TEST(PhoneSession, APushThatNothingElseCameBetweenIsOneRoundTrip) {
    Scene scene(3, 2, {head(village, 5)});
    EXPECT_EQ(scene.start(), (Script{"read outbox after 2"}));
    EXPECT_EQ(scene.outbox_after(2), (Script{"send push 3-3"}));
    StreamHead after = head(village, 6);
    after.digest = head(village, 5).digest;
    after.digest += Digest::at(6, scene.commits[2].header.hash());
    EXPECT_EQ(scene.receive(Answer().welcome(3, {after})), (Script{"learn 3", "apply 341222101202 5+1=6", "finished"}));
}

TEST(PhoneSession, AServerThatCountsAPushOtherwiseIsAskedHowItsStreamsStand) {
    Scene scene(3, 2, {head(village, 5)});
    scene.start();
    scene.outbox_after(2);
    EXPECT_EQ(scene.receive(Answer().welcome(3, {head(village, 9)})), (Script{"learn 3", "send"}));
    EXPECT_EQ(scene.receive(Answer().welcome(3).heads({head(village, 9)})),
              (Script{"learn 3", "send pull 341222101202@5"}));
}

TEST(PhoneSession, AServerThatDoesNotSayHowItsStreamsStandIsAskedOnce) {
    Scene scene(3, 2, {head(village, 5)});
    scene.start();
    scene.outbox_after(2);
    const Answer silent = Answer().welcome(3, {head(village, 9)});
    EXPECT_EQ(scene.receive(silent), (Script{"learn 3", "send"}));
    EXPECT_EQ(scene.receive(silent), (Script{"learn 3", "finished"}));
}

TEST(PhoneSession, WhatTheOfficeHoldsOrCannotReadStandsInNoStreamYet) {
    Scene unread(0, 0);
    const Commit unreadable = unread.chain.commit_packed({"not to be read"});
    const Commit two_parts = unread.chain.commit({summary_part(village, 1, "x"), summary_part(town, 2, "y")});
    StreamHead first_in_village = head(village, 1), first_in_town = head(town, 1);
    first_in_village.digest = first_in_town.digest = Digest::at(1, two_parts.header.hash());
    const std::string in_village = "apply 341222101202 0+1=1", in_town = "apply 341222101000 0+1=1";
    struct Row {
        const char* name;
        std::vector<HeldNotice> held;
        std::vector<StreamHead> streams;
        Script actions;
    };
    const Row rows[] = {
        {"nothing is held", {}, {first_in_village, first_in_town}, {"learn 2", in_village, in_town, "finished"}},
        {"the first part", {{2, 0, 22}}, {first_in_town}, {"learn 2", in_town, "finished"}},
        {"the second part", {{2, 1, 22}}, {first_in_village}, {"learn 2", in_village, "finished"}},
        {"both", {{2, 0, 22}, {2, 1, 22}}, {}, {"learn 2", "finished"}},
        {"parts of others",
         {{1, 0, 22}, {3, 0, 22}, {3, 1, 22}},
         {first_in_village, first_in_town},
         {"learn 2", in_village, in_town, "finished"}},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Scene scene(0, 0);
        scene.begin.top = {2, two_parts.header.hash()};
        scene.start();
        scene.session.on(Outbox{{unreadable, two_parts}});
        EXPECT_EQ(scene.receive(Answer().welcome(2, row.streams).held(row.held)), row.actions);
    }
}

TEST(PhoneSession, AForkIsFoundByPushingFromFurtherBack) {
    Scene scene(9, 8);
    scene.start();
    EXPECT_EQ(scene.outbox_after(8), (Script{"send push 9-9"}));
    EXPECT_EQ(scene.receive(Answer().welcome(8).forked(0)), (Script{"learn 4", "read outbox after 4"}));
    EXPECT_EQ(scene.outbox_after(4), (Script{"send push 5-9"}));
    EXPECT_EQ(scene.receive(Answer().welcome(8).forked(0)), (Script{"learn 2", "read outbox after 2"}));
    EXPECT_EQ(scene.outbox_after(2), (Script{"send push 3-9"}));
    EXPECT_EQ(scene.receive(Answer().welcome(8).forked(4)), (Script{"learn 3", "fork at 4"}));
    EXPECT_EQ(scene.receive(Answer().welcome(8)), Script()) << "it is over";
}

TEST(PhoneSession, AServerThatFindsAForkBeforeTheFirstCommitContradictsItself) {
    for (const std::uint64_t at_seq : {0, 10}) {
        Scene scene(2, 0);
        scene.start();
        scene.outbox_after(0);
        EXPECT_EQ(scene.receive(Answer().welcome(0).forked(at_seq)).back(), "failed forked");
    }
}

// An old answer, also one to another copy of this phone (they have one token), must neither acknowledge nor fork
// anything.
TEST(PhoneSession, AnAnswerToAnotherRequestIsNone) {
    Scene scene(2, 0);
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(scene.receive(Answer().welcome(2).answers(77)), (Script{"failed malformed"}));
}

TEST(PhoneSession, PushesThenPullsEveryStreamThatDiffers) {
    Scene scene(3, 1, {head(village, 5), head(town, 2)});
    EXPECT_EQ(scene.start(), (Script{"read outbox after 1"}));
    EXPECT_EQ(scene.outbox_after(1), (Script{"send push 2-3"}));
    EXPECT_EQ(scene.receive(Answer().welcome(3).heads({head(county, 1), head(town, 2), head(village, 7)})),
              (Script{"learn 3", "send pull 341222000000@0 pull 341222101202@5"}));
    EXPECT_EQ(scene.receive(Answer()
                                .welcome(3)
                                .heads({head(county, 1), head(town, 2), head(village, 7)})
                                .data(county, 0, 1)
                                .checkpoint(head(county, 1), 1)
                                .data(village, 5, 1)
                                .data(village, 6, 1)
                                .checkpoint(head(village, 7), 7)),
              (Script{"learn 3", "apply 341222000000 0+1=1", "apply 341222101202 5+2=7", "finished"}));
}

TEST(PhoneSession, GoesOnWhereACheckpointStopped) {
    Scene scene(0, 0);
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({head(village, 7)})),
              (Script{"learn 0", "send pull 341222101202@0"}));
    EXPECT_EQ(scene.receive(
                  Answer().welcome(0).heads({head(village, 7)}).data(village, 0, 3).checkpoint(head(village, 3), 7)),
              (Script{"learn 0", "apply 341222101202 0+3=3", "send pull 341222101202@3"}));
    EXPECT_EQ(scene.receive(
                  Answer().welcome(0).heads({head(village, 9)}).data(village, 3, 4).checkpoint(head(village, 7), 9)),
              (Script{"learn 0", "apply 341222101202 3+4=7", "send pull 341222101202@7"}))
        << "the head moved on meanwhile";
}

TEST(PhoneSession, ACheckpointTellsWhereTheStreamEndsNow) {
    Scene scene(0, 0);
    scene.start();
    scene.outbox_after(0);
    scene.receive(Answer().welcome(0).heads({head(town, 1), head(village, 7)}));
    Answer moved_on;
    moved_on.welcome(0, {head(town, 1), head(village, 9)}).data(town, 0, 1).checkpoint(head(town, 1), 1);
    moved_on.data(village, 0, 7).checkpoint(head(village, 7), 9);
    EXPECT_EQ(scene.receive(moved_on),
              (Script{"learn 0", "apply 341222101000 0+1=1", "apply 341222101202 0+7=7", "send pull 341222101202@7"}));
}

TEST(PhoneSession, PullsABoundedNumberOfStreamsAtOnce) {
    constexpr std::size_t pulls_max = 64;
    std::vector<StreamHead> heads;
    for (std::uint64_t i = 1; i <= pulls_max + 1; ++i) heads.push_back({{{i, 0}, {}}, 1, {0, i}});
    Scene scene(0, 0);
    scene.start();
    scene.outbox_after(0);
    const auto actions = scene.session.on(Answer().welcome(0).heads(heads).event());
    const Exchange sent = [&] {
        Exchange exchange = must(Exchange::open(std::get<Send>(actions.back()).message));
        exchange.read_rest({});
        return exchange;
    }();
    EXPECT_FALSE(sent.broken);
    EXPECT_EQ(sent.pulls.size(), pulls_max);
}

TEST(PhoneSession, APullSaysWhatIsHereOfItsOwnStreamsChunk) {
    Scene scene(0, 0);
    scene.begin.staged = PartialChunk{stream(town), id_of<Hash>(5), "abc"};
    scene.start();
    scene.outbox_after(0);
    const auto actions = scene.session.on(Answer().welcome(0).heads({head(town, 1), head(village, 1)}).event());
    Exchange sent = must(Exchange::open(std::get<Send>(actions.back()).message));
    sent.read_rest({});
    ASSERT_EQ(sent.pulls.size(), 2U);
    EXPECT_EQ(sent.pulls[0].staged.bytes, 3U);
    EXPECT_EQ(sent.pulls[0].staged.chunk, id_of<Hash>(5));
    EXPECT_EQ(sent.pulls[1].staged.bytes, 0U) << "of the village there is nothing yet";
}

TEST(PhoneSession, APurgeIsProvedOnceTheOfficeTookNoteOfIt) {
    struct Row {
        const char* name;
        Answer answer;
        Script actions;
    };
    const Row rows[] = {
        {"it took note", Answer().welcome(0), {"learn 0", "proved", "finished"}},
        {"it refused", Answer().welcome(0).refused(Errc::unauthorized), {"learn 0", "failed unauthorized"}}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Scene scene(0, 0);
        scene.begin.purged = {stream(town)};
        scene.start();
        scene.outbox_after(0);
        EXPECT_EQ(scene.receive(row.answer), row.actions);
    }
}

TEST(PhoneSession, AServerThatIsBehindGetsEverythingAgain) {
    Scene scene(5, 5);
    scene.start();
    scene.outbox_after(5);
    EXPECT_EQ(scene.receive(Answer().welcome(2)), (Script{"learn 2", "read outbox after 2"}));
    EXPECT_EQ(scene.outbox_after(2), (Script{"send push 3-5"}));
    EXPECT_EQ(scene.receive(Answer().welcome(5)), (Script{"learn 5", "finished"}));
}

TEST(PhoneSession, AChainThatDoesNotFitIsPushedFromWhereTheServerStands) {
    Scene scene(5, 4);
    scene.start();
    EXPECT_EQ(scene.outbox_after(4), (Script{"send push 5-5"}));
    EXPECT_EQ(scene.receive(Answer().welcome(2).refused(Errc::chain_broken)),
              (Script{"learn 2", "read outbox after 2"}));
    EXPECT_EQ(scene.outbox_after(2), (Script{"send push 3-5"}));
    EXPECT_EQ(scene.receive(Answer().welcome(5)), (Script{"learn 5", "finished"}));
}

TEST(PhoneSession, AServerThatIsAheadIsOnlyPulledFrom) {
    Scene scene(2, 2, {head(village, 2)});
    scene.start();
    scene.outbox_after(2);
    EXPECT_EQ(scene.receive(Answer().welcome(4).heads({head(village, 4)})),
              (Script{"learn 2", "restored 2", "send pull 341222101202@2"}))
        << "what the server has beyond this phone's own chain is another's: of the same phone, before it was restored";
}

TEST(PhoneSession, AServerThatIsAheadIsBelievedOnlyOnceAllWasCompared) {
    Scene scene(4, 0);
    scene.start();
    EXPECT_EQ(in_words(scene.session.on(Outbox{{scene.commits[0], scene.commits[1]}})), (Script{"send push 1-2"}));
    EXPECT_EQ(scene.receive(Answer().welcome(9)), (Script{"learn 2", "read outbox after 2"}));
    EXPECT_EQ(scene.outbox_after(2), (Script{"send push 3-4"}));
    EXPECT_EQ(scene.receive(Answer().welcome(9)), (Script{"learn 4", "restored 4", "finished"}));
}

TEST(PhoneSession, AServerThatStandsStillEndsTheSession) {
    Scene scene(2, 0);
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(scene.receive(Answer().welcome(0)), (Script{"learn 0", "failed chain_broken"}));
    EXPECT_EQ(scene.receive(Answer().welcome(2)), Script()) << "it is over";
}

TEST(PhoneSession, AServerThatAnswersAPullWithNothingEndsTheSession) {
    Scene scene(0, 0);
    scene.start();
    scene.outbox_after(0);
    const Answer empty = Answer().welcome(0).heads({head(village, 7)});
    Script last = scene.receive(empty);
    for (int round = 0; round < 5 && !last.empty() && last.back().substr(0, 4) == "send"; ++round)
        last = scene.receive(empty);
    ASSERT_FALSE(last.empty());
    EXPECT_NE(last.back().substr(0, 4), "send") << "it would go on for ever";
}

TEST(PhoneSession, AServerThatHasLessThanItSaidIsNotPulledFrom) {
    Scene scene(0, 0);
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({head(village, 7)})),
              (Script{"learn 0", "send pull 341222101202@0"}));
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({})), (Script{"learn 0", "finished"}));
}

TEST(PhoneSession, ARefusalEndsItAndSaysWhy) {
    for (const std::uint64_t durable_seq : {0, 1})
        for (const Errc code : {Errc::forked, Errc::malformed, Errc::unauthorized}) {
            Scene scene(2, 0);
            scene.start();
            scene.outbox_after(0);
            EXPECT_EQ(scene.receive(Answer().welcome(durable_seq).refused(code)).back(),
                      "failed " + std::string(error_name(code)));
        }
    for (const std::uint64_t top : {0, 2}) {  // a server that stands still will not take the chain a second time either
        Scene scene(top, 0);
        scene.start();
        scene.outbox_after(0);
        EXPECT_EQ(scene.receive(Answer().welcome(0).refused(Errc::chain_broken)),
                  (Script{"learn 0", "failed chain_broken"}));
    }
    Scene unread(0, 0);
    unread.start();
    unread.outbox_after(0);
    EXPECT_EQ(unread.receive(Answer().refused(Errc::protocol_version)), (Script{"failed protocol_version"}));
    Scene newer(0, 0);
    newer.start();
    newer.outbox_after(0);
    Answer answer;
    answer.frame(FrameKind::refused, Refused{60'000, "an error of a newer server"}.encode());
    EXPECT_EQ(newer.receive(answer), (Script{"failed server_error"}));
}

TEST(PhoneSession, DataWithoutItsCheckpointIsNeverApplied) {
    const Bytes whole = Answer()
                            .welcome(0)
                            .heads({head(village, 3)})
                            .data(village, 0, 1)
                            .data(village, 1, 2)
                            .checkpoint(head(village, 3), 3)
                            .message();
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        Scene scene(0, 0);
        scene.start();
        scene.outbox_after(0);
        const Script actions = in_words(scene.session.on(Received{whole.substr(0, cut)}));
        for (const std::string& action : actions) ASSERT_NE(action.substr(0, 5), "apply") << "cut at " << cut;
        // Either the message was cut at a frame's end, and the phone asks again, or it was damaged and ends.
        ASSERT_TRUE(actions.back() == "send pull 341222101202@0" || actions.back() == "failed malformed" ||
                    actions.back() == "finished" || actions.back() == "send")
            << actions.back();
    }
}

// The line broke behind a whole run: it counts, but for a phone that must first settle who it is.
TEST(PhoneSession, OfAnAnswerThatWasCutOnlyClosedRunsCount) {
    const auto answer = [](std::uint64_t durable_seq) {
        return Answer().welcome(durable_seq).data(village, 0, 1).checkpoint(head(village, 1), 1);
    };
    struct Row {
        const char* name;
        Answer answer;
        Script actions;
    };
    const Row rows[] = {
        {"behind a checkpoint", answer(0), {"apply 341222101202 0+1=1", "failed malformed"}},
        {"behind data without its checkpoint", Answer().welcome(0).data(village, 0, 1), {"failed malformed"}},
        {"behind a refusal", answer(0).refused(Errc::unauthorized), {"failed malformed"}},
        {"behind a fork", answer(0).forked(1), {"failed malformed"}},
        {"by a server that is ahead", answer(9), {"failed malformed"}},
        {"before anything", Answer(), {"failed malformed"}},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Scene scene(0, 0);
        scene.start();
        scene.outbox_after(0);
        EXPECT_EQ(in_words(scene.session.on(Received{row.answer.message() + "\x83"})), row.actions);
    }
}

/// What it does last when this frame stands between a stream's only commit and its checkpoint.
std::string last_with(FrameKind kind, const Bytes& payload) {
    Scene scene(0, 0);
    scene.start();
    scene.outbox_after(0);
    scene.receive(Answer().welcome(0).heads({head(village, 1)}));
    Answer answer;
    answer.welcome(0).heads({head(village, 1)}).data(village, 0, 1).frame(kind, payload);
    return scene.receive(answer.checkpoint(head(village, 1), 1)).back();
}

TEST(PhoneSession, ADigestOverStatesLiesAtItsCheckpoint) {
    struct Row {
        const char* name;
        States states;
        const char* last;
    };
    const Row rows[] = {{"where it is reached", {stream(village), 1, {1, 2}}, "finished"},
                        {"elsewhere", {stream(village), 2, {1, 2}}, "failed malformed"},
                        {"of another stream", {stream(town), 1, {1, 2}}, "failed malformed"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(last_with(FrameKind::states, row.states.encode()), row.last);
    }
}

TEST(PhoneSession, ABatchThatDoesNotFitItsCheckpointIsRefused) {
    struct Row {
        const char* name;
        Answer answer;
    };
    const Row rows[] = {
        {"a gap between two frames",
         Answer().welcome(0).data(village, 5, 1).data(village, 7, 1).checkpoint(head(village, 7), 7)},
        {"an overlap", Answer().welcome(0).data(village, 5, 2).data(village, 6, 1).checkpoint(head(village, 8), 8)},
        {"data of another stream", Answer().welcome(0).data(town, 0, 1).checkpoint(head(village, 6), 6)},
        {"two streams under one checkpoint",
         Answer().welcome(0).data(village, 5, 1).data(town, 6, 1).checkpoint(head(village, 7), 7)},
        {"a checkpoint past its data", Answer().welcome(0).data(village, 5, 1).checkpoint(head(village, 7), 7)},
        {"a checkpoint before its data", Answer().welcome(0).data(village, 5, 2).checkpoint(head(village, 6), 6)},
        {"data that begins past the cursor", Answer().welcome(0).data(village, 6, 1).checkpoint(head(village, 7), 7)},
        {"data that begins before the cursor", Answer().welcome(0).data(village, 4, 1).checkpoint(head(village, 5), 5)},
        {"a checkpoint without data past the cursor", Answer().welcome(0).checkpoint(head(village, 9), 9)},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Scene scene(0, 0, {head(village, 5)});
        scene.start();
        scene.outbox_after(0);
        EXPECT_EQ(scene.receive(row.answer), (Script{"failed malformed"}));
    }
}

TEST(PhoneSession, FramesThatHaveNoPlaceInAnAnswerAreRefused) {
    Scene no_welcome(0, 0);
    no_welcome.start();
    no_welcome.outbox_after(0);
    EXPECT_EQ(no_welcome.receive(Answer().heads({head(village, 1)})), (Script{"failed malformed"}));
    Scene empty(0, 0);
    empty.start();
    empty.outbox_after(0);
    EXPECT_EQ(empty.receive(Answer()), (Script{"failed malformed"}));
    Scene request(0, 0);
    request.start();
    request.outbox_after(0);
    EXPECT_EQ(request.receive(Answer().welcome(0).frame(FrameKind::pull, Pull{head(village, 1), {}}.encode())),
              (Script{"failed malformed"}));
    Scene unknown(0, 0);
    unknown.start();
    unknown.outbox_after(0);
    EXPECT_EQ(unknown.receive(Answer().welcome(0).frame(static_cast<FrameKind>(0x99), "x")),
              (Script{"failed malformed"}));
}

TEST(PhoneSession, ADamagedFrameEndsItAndNothingOfTheAnswerCounts) {
    for (const FrameKind kind :
         {FrameKind::welcome, FrameKind::heads, FrameKind::scope, FrameKind::names, FrameKind::data, FrameKind::chunk,
          FrameKind::checkpoint, FrameKind::receipt, FrameKind::states, FrameKind::differs, FrameKind::wanted,
          FrameKind::refused, FrameKind::forked}) {
        SCOPED_TRACE(static_cast<int>(kind));
        Scene scene(0, 0);
        scene.start();
        scene.outbox_after(0);
        Answer answer;
        answer.welcome(0).heads({head(village, 1)}).data(village, 0, 1).checkpoint(head(village, 1), 1);
        EXPECT_EQ(scene.receive(answer.frame(kind, "\xff")), (Script{"failed malformed"}));
        EXPECT_EQ(scene.receive(Answer().welcome(0)), Script()) << "it is over";
    }
}

TEST(PhoneSession, AnAnswerHoldsOneWelcome) {
    Scene scene(0, 0);
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(scene.receive(Answer().welcome(0).frame(FrameKind::welcome, Welcome().encode())),
              (Script{"failed malformed"}));
}

TEST(PhoneSession, AChunkThatIsNotWhatItsNameSaysEndsIt) {
    Scene scene(0, 0);
    scene.start();
    scene.outbox_after(0);
    const Bytes piece = Piece{stream(village), id_of<Hash>(1), 3, 0, "abc"}.encode();
    EXPECT_EQ(scene.receive(Answer().welcome(0).frame(FrameKind::chunk, piece)), (Script{"failed malformed"}));
}

// --- A stream whose histories part (reconcile.hpp). ------------------------------------------------------------------

PointsRead points_of(std::string_view area_text, std::vector<std::uint64_t> positions) {
    PointsRead read{stream(area_text), {}};
    for (const std::uint64_t position : positions) read.points.push_back({position, {0, position}});
    return read;
}

OfferRead offer_of(std::string_view area_text, std::vector<std::uint64_t> positions) {
    OfferRead read{{stream(area_text), {}}, {}};
    for (const std::uint64_t position : positions) {
        read.offer.items.push_back({dot(8, position), {}});
        read.places.push_back({position, static_cast<std::int64_t>(position)});
    }
    return read;
}

/// What was displaced, under these numbers.
OfferRead displaced_of(std::string_view area_text, std::vector<std::int64_t> numbers) {
    OfferRead read{{stream(area_text), {}}, {}};
    for (const std::int64_t number : numbers) {
        read.offer.items.push_back({dot(9, static_cast<std::uint64_t>(number)), {}});
        read.places.push_back({0, number});
    }
    return read;
}

Answer differing(const StreamHead& there, std::vector<std::uint32_t> intervals) {
    Answer answer;
    answer.welcome(0).heads({there});
    answer.frame(FrameKind::differs, Differs{there.stream, there.position, std::move(intervals)}.encode());
    return answer;
}

TEST(PhoneSession, MendsOneIntervalAndTakesTheServersOrderThere) {
    Scene scene(0, 0, {head(village, 40)});
    scene.start();
    scene.outbox_after(0);
    const StreamHead there = head(village, 40, 2);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({there})), (Script{"learn 0", "read 41 points 0-40"}))
        << "the heads alone say it";
    std::vector<std::uint64_t> all;
    for (std::uint64_t i = 0; i <= 40; ++i) all.push_back(i);
    EXPECT_EQ(in_words(scene.session.on(points_of(village, all))), (Script{"send ranges of 41"}));
    EXPECT_EQ(scene.receive(differing(there, {16, 20, 21})), (Script{"learn 0", "read offer 16-17 20-22"}));
    EXPECT_EQ(in_words(scene.session.on(offer_of(village, {17, 21, 22}))), (Script{"send offer 3"}));
    Answer nothing;
    nothing.welcome(0).heads({there}).frame(FrameKind::wanted, Wanted{stream(village), {}}.encode());
    EXPECT_EQ(scene.receive(nothing), (Script{"learn 0", "read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(village, {}))), (Script{"send fetch 16-17"}));
    EXPECT_EQ(
        scene.receive(Answer().welcome(0).heads({there}).data(village, 16, 1).checkpoint(head(village, 17, 2), 40)),
        (Script{"learn 0", "repair 16+1"}));
    EXPECT_EQ(in_words(scene.session.on(Moved{head(village, 40, 3)})), (Script{"send fetch 20-22"}));
    EXPECT_EQ(
        scene.receive(Answer().welcome(0).heads({there}).data(village, 20, 2).checkpoint(head(village, 22, 2), 40)),
        (Script{"learn 0", "repair 20+2"}));
    EXPECT_EQ(in_words(scene.session.on(Moved{there})), (Script{"finished"}));
}

/// One stream of one commit, which is another on the server; everything is offered, so that it is to be fetched.
Scene about_to_fetch(const StreamHead& there) {
    Scene scene(0, 0, {head(village, 1)});
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({there})), (Script{"learn 0", "read 2 points 0-1"}));
    EXPECT_EQ(in_words(scene.session.on(points_of(village, {0, 1}))), (Script{"send ranges of 2"}));
    EXPECT_EQ(scene.receive(differing(there, {0})), (Script{"learn 0", "read offer 0-1"}));
    EXPECT_EQ(in_words(scene.session.on(offer_of(village, {}))), (Script{"read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(village, {}))), (Script{"send fetch 0-1"}));
    return scene;
}

TEST(PhoneSession, AFetchThatIsAnsweredWithNothingIsAskedAgain) {
    const StreamHead there = head(village, 1, 2);
    Scene scene = about_to_fetch(there);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({there}).checkpoint(there, 1)),
              (Script{"learn 0", "send fetch 0-1"}));
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({there}).data(village, 0, 1).checkpoint(there, 1)),
              (Script{"learn 0", "repair 0+1"}));
    EXPECT_EQ(in_words(scene.session.on(Moved{there})), (Script{"finished"}));
}

TEST(PhoneSession, WhileAStreamIsSearchedNothingOfItIsApplied) {
    const StreamHead there = head(village, 1, 2);
    Scene scene(0, 0, {head(village, 1)});
    scene.start();
    scene.outbox_after(0);
    scene.receive(Answer().welcome(0).heads({there}));
    EXPECT_EQ(in_words(scene.session.on(points_of(village, {0, 1}))), (Script{"send ranges of 2"}));
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({there}).data(village, 1, 1).checkpoint(head(village, 2), 2)),
              (Script{"failed malformed"}));
}

TEST(PhoneSession, ReportsThatNobodyAskedForChangeNothing) {
    Scene scene(0, 0);
    EXPECT_EQ(in_words(scene.session.on(Moved{head(village, 0)})), Script()) << "before it began";
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(in_words(scene.session.on(points_of(village, {0, 1}))), Script());
    EXPECT_EQ(in_words(scene.session.on(offer_of(village, {1}))), Script());
    EXPECT_EQ(in_words(scene.session.on(BringRead{{stream(village), 0, {}, {}, {}}, 1})), Script());
    Answer unasked;
    unasked.welcome(0).heads({head(village, 1)}).frame(FrameKind::wanted, Wanted{stream(village), {0}}.encode());
    EXPECT_EQ(scene.receive(unasked), (Script{"learn 0", "send pull 341222101202@0"}));
}

TEST(PhoneSession, AReportThatComesAfterTheEndStartsNothing) {
    const StreamHead there = head(village, 1, 2);
    Scene scene = about_to_fetch(there);
    Answer rescoped;
    rescoped.welcome(0).heads({there}).frame(FrameKind::scope, Scope{{area(town)}}.pack());
    EXPECT_EQ(scene.receive(rescoped.data(village, 0, 1).checkpoint(there, 1)),
              (Script{"learn 0", "repair 0+1", "rescope"}));
    EXPECT_EQ(in_words(scene.session.on(Moved{there})), Script());
}

TEST(PhoneSession, MendsAFewStreamsAtATimeAndTheRestAfterThem) {
    const std::vector<std::string_view> areas = {county, town, village, other_village};
    std::vector<StreamHead> here, there;
    for (const std::string_view at : areas) {
        here.push_back(head(at, 1));
        there.push_back(head(at, 1, 2));
    }
    const auto differing_at = [&](std::size_t first, std::size_t end) {
        Answer answer;
        answer.welcome(0).heads(there);
        for (; first < end; ++first) answer.frame(FrameKind::differs, Differs{stream(areas[first]), 1, {0}}.encode());
        return answer;
    };
    const auto fetched = [&](std::size_t first, std::size_t end) {
        Answer answer;
        answer.welcome(0).heads(there);
        for (; first < end; ++first) answer.data(areas[first], 0, 1).checkpoint(there[first], 1);
        return answer;
    };
    Scene scene(0, 0, here);
    scene.start();
    scene.outbox_after(0);
    const std::string points = "read 2 points 0-1";
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads(there)), (Script{"learn 0", points, points, points}));
    for (std::size_t i = 0; i < 2; ++i) scene.session.on(points_of(areas[i], {0, 1}));
    EXPECT_EQ(in_words(scene.session.on(points_of(areas[2], {0, 1}))),
              (Script{"send ranges of 2 ranges of 2 ranges of 2"}));
    EXPECT_EQ(scene.receive(differing_at(0, 3)),
              (Script{"learn 0", "read offer 0-1", "read offer 0-1", "read offer 0-1"}));
    const std::string displaced = "read offer displaced after 0";
    for (std::size_t i = 0; i < 2; ++i) scene.session.on(offer_of(areas[i], {}));
    EXPECT_EQ(in_words(scene.session.on(offer_of(areas[2], {}))), (Script{displaced, displaced, displaced}));
    for (std::size_t i = 0; i < 2; ++i) scene.session.on(displaced_of(areas[i], {}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(areas[2], {}))), (Script{points})) << "the fourth";
    EXPECT_EQ(in_words(scene.session.on(points_of(areas[3], {0, 1}))), (Script{"send ranges of 2"}));
    EXPECT_EQ(scene.receive(differing_at(3, 4)), (Script{"learn 0", "read offer 0-1"}));
    EXPECT_EQ(in_words(scene.session.on(offer_of(areas[3], {}))), (Script{displaced}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(areas[3], {}))), (Script{"send fetch 0-1 fetch 0-1 fetch 0-1"}));
    EXPECT_EQ(scene.receive(fetched(0, 3)), (Script{"learn 0", "repair 0+1", "repair 0+1", "repair 0+1"}));
    for (std::size_t i = 0; i < 2; ++i) scene.session.on(Moved{there[i]});
    EXPECT_EQ(in_words(scene.session.on(Moved{there[2]})), (Script{"send fetch 0-1"}));
    EXPECT_EQ(scene.receive(fetched(3, 4)), (Script{"learn 0", "repair 0+1"}));
    EXPECT_EQ(in_words(scene.session.on(Moved{there[3]})), (Script{"finished"}));
}

/// Plays the host, and a server that has another commit in the village and goes on and on in the county, until the
/// session is over. `moved`: what each mending makes of the village. How often it was searched.
int searches_until_over(Scene& scene, const StreamHead& there, const StreamHead& moved) {
    constexpr std::uint64_t county_head = 10;
    int searches = 0;
    std::uint64_t county_at = 0;
    SyncEvent next = Answer().welcome(0).heads({head(county, county_head), there}).event();
    for (int round = 0; round < 100; ++round) {
        const std::string last = in_words(scene.session.on(next)).back();
        if (last == "finished") return searches;
        if (last == "read 2 points 0-1") next = points_of(village, {0, 1});
        if (last == "read offer 0-1") next = offer_of(village, {});
        if (last == "repair 0+1") next = Moved{moved};
        if (last.substr(0, 4) != "send") continue;
        Answer answer;
        answer.welcome(0).heads({head(county, county_head), there});
        if (last.find("pull 341222000000") != std::string::npos) {
            answer.data(county, county_at, 1).checkpoint(head(county, county_at + 1), county_head);
            ++county_at;
        }
        if (last.find("fetch 0-1") != std::string::npos) answer.data(village, 0, 1).checkpoint(there, 1);
        if (last == "send ranges of 2") {
            answer.frame(FrameKind::differs, Differs{there.stream, 1, {0}}.encode());
            ++searches;
        }
        next = answer.event();
    }
    ADD_FAILURE() << "it would go on for ever";
    return searches;
}

TEST(PhoneSession, AStreamThatMendingDoesNotMendIsGivenUp) {
    Scene mends(0, 0, {head(village, 1)}), never_mends(0, 0, {head(village, 1)});
    for (Scene* scene : {&mends, &never_mends}) {
        scene->start();
        scene->outbox_after(0);
    }
    const StreamHead there = head(village, 1, 2);
    EXPECT_EQ(searches_until_over(mends, there, there), 1);
    EXPECT_EQ(searches_until_over(never_mends, there, head(village, 1, 3)), 3);
}

TEST(PhoneSession, BringsWhatTheServerLostAndLooksAgain) {
    Scene scene(0, 0, {head(village, 3)});
    scene.start();
    scene.outbox_after(0);
    const StreamHead behind = head(village, 2), mended = head(village, 3);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({behind})), (Script{"learn 0", "read 3 points 0-2"}));
    EXPECT_EQ(in_words(scene.session.on(points_of(village, {0, 1, 2}))), (Script{"send ranges of 3"}));
    EXPECT_EQ(scene.receive(differing(behind, {})), (Script{"learn 0", "read offer 2-3"}));
    EXPECT_EQ(in_words(scene.session.on(offer_of(village, {3}))), (Script{"send offer 1"}));
    Answer wanted;
    wanted.welcome(0).heads({behind}).frame(FrameKind::wanted, Wanted{stream(village), {0}}.encode());
    EXPECT_EQ(scene.receive(wanted), (Script{"learn 0", "read bring of 1"}));
    Chain chain(replica(8));
    BringRead brought{{stream(village), 0, {}, {}, {chain.commit({summary_part(village, 1, "x")})}}, 1};
    EXPECT_EQ(in_words(scene.session.on(brought)), (Script{"send bring after 0"}));
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({mended})), (Script{"learn 0", "read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(village, {}))), (Script{"finished"}));
}

TEST(PhoneSession, OffersWhatWasDisplacedThoughBothSidesAgree) {
    Scene scene(0, 0, {head(village, 3)});
    scene.begin.displaced = {stream(village)};
    scene.start();
    scene.outbox_after(0);
    const auto agreed = [&] { return Answer().welcome(0).heads({head(village, 3)}); };
    EXPECT_EQ(scene.receive(agreed()), (Script{"learn 0", "read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(village, {4, 7}))), (Script{"send offer 2"}));
    EXPECT_EQ(scene.receive(agreed().frame(FrameKind::wanted, Wanted{stream(village), {1}}.encode())),
              (Script{"learn 0", "read bring of 1"}));
    Chain chain(replica(9));
    BringRead brought{{stream(village), 0, {}, {}, {chain.commit({summary_part(village, 1, "x")})}}, 1};
    EXPECT_EQ(in_words(scene.session.on(brought)), (Script{"send bring after 0"}));
    const StreamHead longer = head(village, 4);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({longer})), (Script{"learn 0", "read offer displaced after 7"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(village, {}))), (Script{"read 4 points 0-3"}))
        << "something was brought: both sides are compared again";
}

TEST(PhoneSession, WhatWasDisplacedAndHasAPlaceAgainCostsNoQuestion) {
    Scene scene(0, 0, {head(town, 1), head(village, 3)});
    scene.begin.displaced = {stream(town), stream(village)};
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({head(town, 1), head(village, 3)})),
              (Script{"learn 0", "read offer displaced after 0", "read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(village, {}))), Script());
    EXPECT_EQ(in_words(scene.session.on(displaced_of(town, {}))), (Script{"finished"}));
}

TEST(PhoneSession, OffersWhatLeavesItBeforeItGoes) {
    Scene scene(0, 0, {head(village, 3)});
    scene.begin.leaving = {{stream(town), 1, 3}};
    scene.start();
    scene.outbox_after(0);
    const auto agreed = [&] { return Answer().welcome(0).heads({head(village, 3)}); };
    EXPECT_EQ(scene.receive(agreed()), (Script{"learn 0", "read offer 1-3"}));
    OfferRead offer{{stream(town), {{{replica(9), 1}, {}}, {{replica(9), 2}, {}}}}, {{2, 4}, {3, 5}}};
    EXPECT_EQ(in_words(scene.session.on(offer)), (Script{"send offer 2"}));
    EXPECT_EQ(scene.receive(agreed().frame(FrameKind::wanted, Wanted{stream(town), {}}.encode())),
              (Script{"learn 0", "read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(town, {}))), (Script{"offered " + area(town).text(), "finished"}))
        << "and asks nothing of its order";
}

TEST(PhoneSession, WhatLeavesIsOfferedThoughTheServerIsSilent) {
    Scene scene(0, 0, {head(village, 3)});
    scene.begin.leaving = {{stream(town), 0, 1}};
    scene.start();
    scene.outbox_after(0);
    const auto agreed = [&] { return Answer().welcome(0).heads({head(village, 3)}); };
    EXPECT_EQ(scene.receive(agreed()), (Script{"learn 0", "read offer 0-1"}));
    OfferRead offer{{stream(town), {{{replica(9), 1}, {}}}}, {{1, 4}}};
    EXPECT_EQ(in_words(scene.session.on(offer)), (Script{"send offer 1"}));
    EXPECT_EQ(scene.receive(agreed()), (Script{"learn 0", "send offer 1"})) << "once more";
    EXPECT_EQ(scene.receive(agreed()), (Script{"learn 0", "offered " + area(town).text(), "finished"}));
}

TEST(PhoneSession, NoStreamTakesTheServersOrderBeforeAllHaveOffered) {
    Scene scene(0, 0, {head(town, 1), head(village, 1)});
    scene.start();
    scene.outbox_after(0);
    const std::vector<StreamHead> there = {head(town, 1, 2), head(village, 1, 2)};
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads(there)),
              (Script{"learn 0", "read 2 points 0-1", "read 2 points 0-1"}));
    EXPECT_EQ(in_words(scene.session.on(points_of(town, {0, 1}))), Script()) << "one report is owed still";
    EXPECT_EQ(in_words(scene.session.on(points_of(village, {0, 1}))), (Script{"send ranges of 2 ranges of 2"}));
    Answer both;
    both.welcome(0).heads(there);
    both.frame(FrameKind::differs, Differs{stream(town), 1, {0}}.encode());
    both.frame(FrameKind::differs, Differs{stream(village), 1, {0}}.encode());
    EXPECT_EQ(scene.receive(both), (Script{"learn 0", "read offer 0-1", "read offer 0-1"}));
    EXPECT_EQ(in_words(scene.session.on(offer_of(town, {}))), Script());
    EXPECT_EQ(in_words(scene.session.on(offer_of(village, {1}))), (Script{"read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(town, {}))), (Script{"send offer 1"}))
        << "the town has nothing to offer, and waits";
    Answer wanted;
    wanted.welcome(0).heads(there).frame(FrameKind::wanted, Wanted{stream(village), {}}.encode());
    EXPECT_EQ(scene.receive(wanted), (Script{"learn 0", "read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(village, {}))), (Script{"send fetch 0-1 fetch 0-1"}));
}

TEST(PhoneSession, AStreamThatTheServerDoesNotSpeakOfIsLeftAlone) {
    Scene scene(0, 0, {head(village, 3)});
    scene.start();
    scene.outbox_after(0);
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({})), (Script{"learn 0", "read 2 points 0-3"}));
    EXPECT_EQ(in_words(scene.session.on(points_of(village, {0, 3}))), (Script{"send ranges of 2"}));
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({})), (Script{"learn 0", "send ranges of 2"})) << "once more";
    EXPECT_EQ(scene.receive(Answer().welcome(0).heads({})), (Script{"learn 0", "finished"}));
}

TEST(PhoneSession, AStreamThatWasGivenUpHoldsUpNoOther) {
    Scene scene(0, 0, {head(village, 3)});
    scene.start();
    scene.outbox_after(0);
    const Answer silent = Answer().welcome(0).heads({head(county, 1)});
    EXPECT_EQ(scene.receive(silent), (Script{"learn 0", "read 2 points 0-3"}));
    EXPECT_EQ(in_words(scene.session.on(points_of(village, {0, 3}))), (Script{"send ranges of 2"}));
    EXPECT_EQ(scene.receive(silent), (Script{"learn 0", "send ranges of 2"}));
    EXPECT_EQ(scene.receive(silent), (Script{"learn 0", "send pull 341222000000@0"}));
    Answer late;
    late.welcome(0).heads({head(county, 1), head(village, 5)}).data(county, 0, 1).checkpoint(head(county, 1), 1);
    late.frame(FrameKind::differs, Differs{stream(village), 0, {0}}.encode());
    EXPECT_EQ(scene.receive(late), (Script{"learn 0", "apply 341222000000 0+1=1", "finished"}));
}

TEST(PhoneSession, AServerThatLostAStreamIsOfferedAllOfIt) {
    Scene scene(0, 0, {head(village, 3)});
    scene.start();
    scene.outbox_after(0);
    scene.receive(Answer().welcome(0).heads({}));
    scene.session.on(points_of(village, {0, 3}));
    Answer nothing;
    nothing.welcome(0).heads({}).frame(FrameKind::differs, Differs{stream(village), 0, {0}}.encode());
    EXPECT_EQ(scene.receive(nothing), (Script{"learn 0", "read offer 0-3"}));
    EXPECT_EQ(in_words(scene.session.on(offer_of(village, {1, 2, 3}))), (Script{"send offer 3"}));
    Answer wants_none;
    wants_none.welcome(0).heads({}).frame(FrameKind::wanted, Wanted{stream(village), {}}.encode());
    EXPECT_EQ(scene.receive(wants_none), (Script{"learn 0", "read offer displaced after 0"}));
    EXPECT_EQ(in_words(scene.session.on(displaced_of(village, {}))), (Script{"truncate at 0"}));
    EXPECT_EQ(in_words(scene.session.on(Moved{head(village, 0)})), (Script{"finished"}));
}

TEST(PhoneSession, AReceiptBelongsToTheRunThatItCameWith) {
    const auto receipt = [](std::string_view area_text, std::uint64_t position) {
        return Receipt{stream(area_text), position, 0, id_of<Hash>(3)}.encode();
    };
    struct Row {
        const char* name;
        Bytes receipt;
        const char* last;
    };
    const Row rows[] = {{"at its end", receipt(village, 1), "finished"},
                        {"beyond its end", receipt(village, 2), "failed malformed"},
                        {"of another stream", receipt(town, 1), "failed malformed"},
                        {"of position 0", receipt(village, 0), "failed malformed"}};
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(last_with(FrameKind::receipt, row.receipt), row.last);
    }
}

TEST(PhoneSession, DuplicateAndLateEventsAreIgnored) {
    Scene scene(1, 0);
    EXPECT_EQ(in_words(scene.session.on(Outbox{})), Script()) << "before it began";
    EXPECT_EQ(scene.receive(Answer().welcome(1)), Script());
    EXPECT_EQ(scene.start(), (Script{"read outbox after 0"}));
    EXPECT_EQ(scene.start(), Script()) << "begun already";
    EXPECT_EQ(scene.receive(Answer().welcome(1)), Script()) << "nothing was asked";
    EXPECT_EQ(scene.outbox_after(0), (Script{"send push 1-1"}));
    EXPECT_EQ(scene.outbox_after(0), Script());
    EXPECT_EQ(scene.receive(Answer().welcome(1)), (Script{"learn 1", "finished"}));
    EXPECT_EQ(scene.receive(Answer().welcome(1)), Script());
    EXPECT_EQ(scene.outbox_after(0), Script());
    EXPECT_EQ(scene.start(), Script());
}

TEST(PhoneSession, SameEventsGiveTheSameActionsByteForByte) {
    const auto run = [] {
        Bytes trace;
        Scene scene(3, 1, {head(village, 5)});
        const auto note = [&](const std::vector<SyncAction>& actions) {
            for (const SyncAction& action : actions) {
                trace += in_words(action) + "\n";
                if (const Send* send = std::get_if<Send>(&action)) trace += send->message;
            }
        };
        note(scene.session.on(scene.begin));
        note(scene.session.on(Outbox{{scene.commits.begin() + 1, scene.commits.end()}}));
        note(scene.session.on(Answer().welcome(3).heads({head(village, 6)}).event()));
        note(scene.session.on(Answer().welcome(3).data(village, 5, 1).checkpoint(head(village, 6), 6).event()));
        return trace;
    };
    EXPECT_EQ(to_hex(run()), to_hex(run()));
}

TEST(PhoneSession, CutsALargeOutboxIntoFramesOfBoundedSize) {
    PhoneSession session;
    Chain chain(replica(3));
    std::vector<Commit> commits;
    for (const std::size_t size : {100UL, 190'000UL, 190'000UL, 60'000UL, 60'000UL, 190'000UL, 100UL})
        commits.push_back(chain.commit_packed({Bytes(size, 'x')}));
    for (std::size_t i = 0; i < 2 * limits::frame_commits_max; ++i) commits.push_back(chain.commit_packed({"x"}));
    Begin begin;
    begin.replica = chain.replica();
    begin.top = {chain.seq(), chain.top()};
    session.on(begin);
    const auto actions = session.on(Outbox{commits});
    ASSERT_EQ(actions.size(), 1U);
    const Bytes& message = std::get<Send>(actions[0]).message;
    FrameReader frames(message);
    PushContext context{chain.replica(), {}};
    std::uint64_t next_seq = 1;
    while (const auto frame = must(frames.next())) {
        EXPECT_LE(frame->payload.size(), limits::frame_bytes_max);
        if (frame->kind != FrameKind::push) continue;
        for (const Commit& commit : must(Push::decode(frame->payload, context)).commits)
            EXPECT_EQ(commit.header.dot.seq, next_seq++);
    }
    EXPECT_EQ(next_seq, chain.seq() + 1);
}

}  // namespace
}  // namespace doorstep::test
