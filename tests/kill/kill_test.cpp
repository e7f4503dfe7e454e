// Invariant 11: acknowledged => durable. A process that saves and pushes is killed (SIGKILL) at 200 points spread over
// every write, sync, truncate, delete and shared-memory call that SQLite makes for a phone's and an office's file; at
// every other point a write has put half of its bytes. Afterwards the files are opened again: each save and each push
// that was acknowledged is there, both files verify, and the same push sent again completes without effect.
//
// What SIGKILL shows: no state lives in the process alone when an acknowledgement leaves it, and recovery from the log
// of any half-done transaction works. What it cannot show: a power cut. What was written stays in the system's page
// cache, synced or not; whether SQLite synced in time is for the simulation, whose file system loses unsynced pages.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>

#include "tests/kill/push_child.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

constexpr std::uint64_t points = 200;

/// What a child told before it ended.
struct Told {
    bool killed = false;
    int exit_code = -1;
    std::optional<ReplicaId> replica;
    std::map<std::uint64_t, RecordId> saved;  ///< number of the text; the id is zero when it was told before the save
    std::uint64_t acknowledged = 0, calls = 0;
};

void take(Told& told, const Report& report) {
    const BytesView id(report.id, sizeof report.id);
    switch (report.what) {
        case Report::What::replica: told.replica = must(ReplicaId::from(id)); break;
        case Report::What::saved: told.saved[report.number] = must(RecordId::from(id)); break;
        case Report::What::acknowledged: told.acknowledged = std::max(told.acknowledged, report.number); break;
        case Report::What::done: told.calls = report.number; break;
    }
}

/// A new process image each time: nothing of SQLite is inherited.
Told run(const std::string& folder, std::uint64_t kill_at, Manners manners) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("no pipe");
    const std::string at = std::to_string(kill_at), how = std::to_string(static_cast<int>(manners)),
                      fd = std::to_string(ends[1]);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        execl("/proc/self/exe", "kill_push", "--child", folder.c_str(), at.c_str(), how.c_str(), fd.c_str(), nullptr);
        _exit(4);
    }
    close(ends[1]);
    Told told;
    for (Report report; read(ends[0], &report, sizeof report) == static_cast<ssize_t>(sizeof report);)
        take(told, report);
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    told.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    told.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return told;
}

/// The two replicas as they are found, in this process and without faults.
class Survivors {
public:
    explicit Survivors(const std::string& folder)
        : phone_(must(Phone::open(phone_options(folder), fresh_seed()))),
          hub_(must(Hub::open(office_options(folder), fresh_seed(), some_divisions()))) {
        Enrolment enrolment;
        enrolment.author = grant_.author = "li";
        enrolment.areas = grant_.areas = {area(village)};
        enrolment.divisions = some_divisions();
        if (!phone_->enrolment()) must(phone_->enrol(enrolment));
    }

    /// "": everything that was acknowledged is there, and both files are sound.
    std::string lost(const Told& told) {
        if (const auto found = phone_->verify(); !found) return "phone: " + found.error().detail;
        if (const auto found = hub_->verify(); !found) return "office: " + found.error().detail;
        std::map<std::string, int> words;
        for (const RecordView& view : must(phone_->list(0, 500))) ++words[std::string(view.text(field::summary))];
        for (const auto& [n, id] : told.saved)
            if (words[words_of(n)] != 1) return "the phone lost save " + std::to_string(n);
        for (std::uint64_t seq = 1; seq <= told.acknowledged; ++seq) {
            const auto hash = must(hub_->store().find_row({*told.replica, seq}));
            if (!hash) return "the office lost commit " + std::to_string(seq) + ", which it had acknowledged";
        }
        return {};
    }
    /// "": the push goes through now, once more has no effect, and both agree.
    std::string unfinished() {
        std::vector<Bytes> requests;
        for (int round = 0; round < 2; ++round) {
            std::optional<Bytes> request = must(phone_->begin_sync());
            while (request) {
                requests.push_back(*request);
                auto next = phone_->continue_sync(must(hub_->exchange(grant_, *request, 1)), 1);
                if (!next) return "the retry ended with " + std::string(error_name(next.error().code));
                request = std::move(next).value();
            }
        }
        const Verification phone = must(phone_->verify()), office = must(hub_->verify());
        if (must(phone_->outbox()).only_here != 0) return "something is still unsent";
        if (phone.state != office.state || phone.commits != office.commits) return "phone and office differ";
        for (const Bytes& request : requests) must(hub_->exchange(grant_, request, 2));
        if (must(hub_->verify()).commits != office.commits) return "the same push again had an effect";
        const auto here = must(phone_->streams()), there = must(hub_->store().streams());
        for (std::size_t i = 0; i < here.size(); ++i)
            if (here[i].head.position != there[i].head.position || here[i].head.digest != there[i].head.digest)
                return "their streams differ";
        return {};
    }

private:
    Grant grant_;
    std::unique_ptr<Phone> phone_;
    std::unique_ptr<Hub> hub_;
};

std::uint64_t calls_of_a_whole_run() {
    const Scratch scratch;
    const std::string folder = scratch.path("");
    const Told told = run(folder, 0, Manners::honest);
    EXPECT_EQ(told.exit_code, 0);
    EXPECT_EQ(told.saved.size(), told.acknowledged);
    EXPECT_EQ(Survivors(folder).lost(told), "");
    return told.calls;
}

std::uint64_t spread(std::uint64_t nth, std::uint64_t of, std::uint64_t calls) {
    return 1 + nth * (calls - 1) / (of - 1);
}

TEST(KillPush, NoAcknowledgedCommitIsLostAtAnyOf200Points) {
    const std::uint64_t calls = calls_of_a_whole_run();
    ASSERT_GT(calls, 2 * points) << "the points must differ";
    std::uint64_t killed = 0, mid_push = 0;
    for (std::uint64_t nth = 0; nth < points; ++nth) {
        const Scratch scratch;
        const std::string folder = scratch.path("");
        const std::uint64_t kill_at = spread(nth, points, calls);
        SCOPED_TRACE("killed at call " + std::to_string(kill_at) + " of " + std::to_string(calls));
        const Told told = run(folder, kill_at, Manners::honest);
        ASSERT_TRUE(told.killed) << "exit code " << told.exit_code;
        ++killed;
        if (told.saved.size() > told.acknowledged && told.acknowledged > 0) ++mid_push;
        Survivors survivors(folder);
        ASSERT_EQ(survivors.lost(told), "");
        ASSERT_EQ(survivors.unfinished(), "");
        ASSERT_EQ(survivors.lost(told), "") << "after the retry";
    }
    EXPECT_EQ(killed, points);
    EXPECT_GT(mid_push, points / 4) << "most points must hit an operation in flight";
}

// The check must be able to fail: who acknowledges before the commit is found out at some point.
TEST(KillPush, CatchesWhoAcknowledgesBeforeTheCommit) {
    const std::uint64_t calls = calls_of_a_whole_run();
    for (const Manners manners : {Manners::office_acknowledges_before_commit, Manners::phone_reports_before_save}) {
        int caught = 0;
        constexpr std::uint64_t tries = 40;
        for (std::uint64_t nth = 0; nth < tries; ++nth) {
            const Scratch scratch;
            const std::string folder = scratch.path("");
            const Told told = run(folder, spread(nth, tries, calls), manners);
            if (!Survivors(folder).lost(told).empty()) ++caught;
        }
        EXPECT_GT(caught, 0) << "planted bug " << static_cast<int>(manners) << " went unseen";
        RecordProperty(manners == Manners::phone_reports_before_save ? "phone" : "office", caught);
    }
}

}  // namespace
}  // namespace doorstep::test

int main(int argc, char** argv) {
    if (argc == 6 && std::string_view(argv[1]) == "--child") {
        const auto manners = static_cast<doorstep::test::Manners>(std::atoi(argv[4]));
        return doorstep::test::run_child(argv[2], std::strtoull(argv[3], nullptr, 10), manners, std::atoi(argv[5]));
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
