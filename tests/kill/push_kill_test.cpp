// SIGKILL at 200 points of a push: what was acknowledged is there afterwards, and sending again completes it.
//
// A child process saves on a phone's file and pushes to an office's file through a VFS that counts every write, sync,
// truncate, delete and shared-memory call, and kills the process instead of the Nth (at odd writes after half of the
// bytes). It reports each acknowledgement over a pipe before it goes on. Another process reopens the files and judges.
// What SIGKILL shows: no acknowledgement runs ahead of the file. What it cannot show: the loss of what the system had
// not yet put on the disk; that needs a VFS that forgets unsynced pages.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>

#include "core/engine/hub.hpp"
#include "core/engine/phone.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/fault_vfs.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/scratch.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

constexpr std::size_t points = 200, rounds = 4, saves_a_round = 3;
constexpr std::uint64_t now_ms = 1'795'000'000'000;

enum class Acknowledge { when_durable, too_early };  ///< too_early: the planted bug that the check must catch

/// One line of the pipe: a save that returned, a seq that the office called durable, or the calls of a whole run.
struct Note {
    enum class Kind : std::uint32_t { saved, durable, calls } kind;
    std::uint64_t number;
};

/// Both replicas, on the files of one folder.
struct Pair {
    explicit Pair(const Scratch& files) {
        DatabaseOptions options;
        options.vfs = fault_vfs();
        options.mode = OpenMode::create;
        options.path = files.path("hub.db");
        hub = must(Hub::open(options, fresh_seed(), some_divisions()));
        options.path = files.path("phone.db");
        phone = must(Phone::open(options, fresh_seed()));
        if (phone->enrolment()) return;
        Enrolment enrolment;
        enrolment.author = "李明";
        enrolment.areas = {area(town)};
        enrolment.divisions = some_divisions();
        static_cast<void>(must(phone->enrol(enrolment)));
    }

    /// One synchronisation. `acknowledged` hears what the office calls durable, as soon as its answer is there.
    void sync(const std::function<void(std::uint64_t)>& acknowledged) {
        const Grant grant{"李明", {area(town)}};
        std::optional<Bytes> request = must(phone->begin_sync());
        while (request) {
            const Bytes answer = must(hub->exchange(grant, *request, now_ms));
            const auto first = must(FrameReader(answer).next());
            acknowledged(must(Welcome::decode(first->payload)).durable_seq);
            request = must(phone->continue_sync(answer, now_ms));
        }
    }

    std::unique_ptr<Hub> hub;
    std::unique_ptr<Phone> phone;
};

void write_note(int pipe, Note note) {
    if (::write(pipe, &note, sizeof note) != sizeof note) std::abort();
}

/// The day that is killed: saves and pushes in turn.
void live(const Scratch& files, std::uint64_t kill_at, Acknowledge acknowledge, int pipe) {
    Pair pair(files);
    fault_plan() = {kill_at ? FaultPlan::Fault::kill : FaultPlan::Fault::none, kill_at, 0, false};
    std::uint64_t saved = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < saves_a_round; ++i) {
            static_cast<void>(
                must(pair.phone->save({new_household(village, "第" + std::to_string(saved) + "句")}, now_ms + saved)));
            write_note(pipe, {Note::Kind::saved, ++saved});
        }
        if (acknowledge == Acknowledge::too_early) write_note(pipe, {Note::Kind::durable, saved});
        pair.sync([&](std::uint64_t seq) { write_note(pipe, {Note::Kind::durable, seq}); });
    }
    write_note(pipe, {Note::Kind::calls, fault_plan().calls});
}

/// Runs work in a process of its own and returns its wait status. The work gets the pipe's end; `notes` what it wrote.
int in_child(const std::function<void(int pipe)>& work, std::vector<Note>& notes) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        try {
            work(ends[1]);
        } catch (const std::exception& fault) {
            std::fprintf(stderr, "%s\n", fault.what());
            ::_exit(1);
        }
        ::_exit(0);
    }
    ::close(ends[1]);
    for (Note note{}; ::read(ends[0], &note, sizeof note) == sizeof note;) notes.push_back(note);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

std::uint64_t last(const std::vector<Note>& notes, Note::Kind kind) {
    std::uint64_t number = 0;
    for (const Note& note : notes)
        if (note.kind == kind) number = std::max(number, note.number);
    return number;
}

void require(bool held, const char* what) {
    if (!held) throw std::runtime_error(what);
}

/// What must hold of the files once the process is dead; throws where it does not.
void judge(const Scratch& files, const std::vector<Note>& notes) {
    Pair pair(files);
    static_cast<void>(must(pair.hub->verify()));
    static_cast<void>(must(pair.phone->verify()));
    const ReplicaId& replica = pair.phone->replica();
    const std::uint64_t durable = must(pair.hub->store().chain_top(replica)).seq;
    require(must(pair.phone->outbox()).saved >= last(notes, Note::Kind::saved), "a save that returned is lost");
    require(durable >= last(notes, Note::Kind::durable), "an acknowledged commit is lost");
    for (std::uint64_t seq = 1; seq <= durable; ++seq)
        require(must(pair.hub->store().find_commit({replica, seq})).has_value(), "the office's chain has a hole");
    pair.sync([](std::uint64_t) {});
    require(must(pair.phone->outbox()).only_here == 0, "sending again does not complete the push");
    require(must(pair.hub->verify()).state == must(pair.phone->verify()).state, "phone and office differ afterwards");
}

/// Lives, dies at the point, is judged. Returns whether the judgement was good.
testing::AssertionResult killed_at(std::uint64_t point, Acknowledge acknowledge) {
    const Scratch files;
    std::vector<Note> notes, none;
    const int status = in_child([&](int pipe) { live(files, point, acknowledge, pipe); }, notes);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        return testing::AssertionFailure() << "call " << point << " was never reached";
    if (in_child([&](int) { judge(files, notes); }, none) == 0) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "killed at call " << point;
}

/// Counted calls of a run that nobody kills.
std::uint64_t count_calls() {
    const Scratch files;
    std::vector<Note> notes, none;
    EXPECT_EQ(in_child([&](int pipe) { live(files, 0, Acknowledge::when_durable, pipe); }, notes), 0);
    EXPECT_EQ(in_child([&](int) { judge(files, notes); }, none), 0);
    EXPECT_EQ(last(notes, Note::Kind::durable), rounds * saves_a_round);
    return last(notes, Note::Kind::calls);
}

TEST(KillDuringPush, LosesNothingAcknowledgedAt200Points) {
    const std::uint64_t calls = count_calls();
    // Ids are drawn afresh, so a run may take a few calls less than the one counted: the last 5 % stay out.
    const std::uint64_t last_point = calls - calls / 20;
    ASSERT_GE(last_point, points) << "too few calls for 200 different points";
    for (std::size_t i = 0; i < points; ++i) {
        const std::uint64_t point = 1 + i * (last_point - 1) / (points - 1);
        EXPECT_TRUE(killed_at(point, Acknowledge::when_durable));
    }
    RecordProperty("points", static_cast<int>(points));
    std::printf("killed at %zu of %llu calls, 0 acknowledged commits lost\n", points,
                static_cast<unsigned long long>(calls));
}

TEST(KillDuringPush, CheckCatchesAnAcknowledgementThatRunsAhead) {
    const std::uint64_t calls = count_calls();
    std::size_t caught = 0;
    for (std::uint64_t point = 1; point <= calls && caught == 0; point += 7)
        caught += killed_at(point, Acknowledge::too_early) ? 0 : 1;
    EXPECT_GT(caught, 0u);
}

}  // namespace
}  // namespace doorstep::test
