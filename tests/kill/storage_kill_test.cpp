// A server process that works over PostgreSQL, killed at many points of its pushes: between any two calls to the system
// that carry something away. What it had acknowledged is with PostgreSQL, and any other server has it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/kill/push_child.hpp"
#include "tests/unit/server/storage/county.hpp"

namespace {

/// Calls so far, and the one before which the process dies; 0: none.
std::uint64_t calls = 0, die_before = 0;

void count_call() {
    if (++calls == die_before) ::raise(SIGKILL);
}

}  // namespace

// libpq and SQLite call these, which stand in front of the system's: to PostgreSQL goes what is sent, to the disk what
// is written.
extern "C" ssize_t send(int socket, const void* bytes, size_t size, int flags) {
    count_call();
    return ::syscall(SYS_sendto, socket, bytes, size, flags, nullptr, 0);
}
extern "C" ssize_t recv(int socket, void* bytes, size_t size, int flags) {
    count_call();
    return ::syscall(SYS_recvfrom, socket, bytes, size, flags, nullptr, nullptr);
}
extern "C" ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
    count_call();
    return ::syscall(SYS_pwrite64, file, bytes, size, at);
}
extern "C" ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
    count_call();
    return ::syscall(SYS_pwrite64, file, bytes, size, at);
}

namespace doorstep::server::test {
namespace {

using doorstep::test::Report;
using namespace doorstep::test;

constexpr int rounds = 3;
constexpr std::uint64_t saves_a_round = 3, points = 60;

/// What the child does wrong on purpose, so that the check can fail.
enum class Honesty { honest, acknowledges_before_commit };

struct Told {
    std::vector<RecordId> saved;
    std::uint64_t acknowledged = 0, calls = 0;
    bool killed = false;
};

/// One phone and one server process. The phone goes on in its own file.
class OneLife {
public:
    OneLife() {
        first_ = county_.open(1);  // the county, and the phone's enrolment
        phone_ = county_.enrol(*first_, "li", {village});
        first_.reset();
        phone_.phone.reset();
    }

    Told run(std::uint64_t kill_before, Honesty honesty) {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        const ::pid_t child = ::fork();
        if (child == 0) ::_exit(work(ends[1], kill_before, honesty));
        ::close(ends[1]);
        Told out;
        for (Report report; ::read(ends[0], &report, sizeof report) == static_cast<ssize_t>(sizeof report);) {
            if (report.what == Report::What::saved)
                out.saved.push_back(must(RecordId::from({report.id, sizeof report.id})));
            if (report.what == Report::What::acknowledged) out.acknowledged = report.number;
            if (report.what == Report::What::done) out.calls = report.number;
        }
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        out.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        return out;
    }

    /// "": another server has all that was acknowledged, and after the phone's next try everything, and so has the one
    /// that died.
    std::string lost(const Told& told) {
        const auto other = county_.open(2);
        for (std::size_t i = 0; i < told.acknowledged && i < told.saved.size(); ++i)
            if (!other->history(told.saved[i])) return "acknowledged, and not there: " + std::to_string(i);
        phone_.phone = open_phone();
        must(county_.sync(phone_, *other));
        for (std::size_t i = 0; i < told.saved.size(); ++i)
            if (!other->history(told.saved[i])) return "saved, and not there after a sync: " + std::to_string(i);
        const auto again = county_.open(1);
        must(again->catch_up());
        if (must(again->verify()).verification.state != must(other->verify()).verification.state)
            return "the server that died is another";
        return "";
    }

private:
    std::unique_ptr<Phone> open_phone() {
        return must(Phone::open(
            {county_.scratch().path("li.phone.db"), storage_key(7), OpenMode::existing, Durability::normal, {}},
            fresh_seed()));
    }

    int work(int pipe, std::uint64_t kill_before, Honesty honesty) {
        const auto tell = [&](Report::What what, std::uint64_t number, BytesView id = {}) {
            Report out;
            out.what = what;
            out.number = number;
            std::copy(id.begin(), id.end(), out.id);
            if (::write(pipe, &out, sizeof out) != static_cast<ssize_t>(sizeof out)) ::_exit(3);
        };
        try {
            phone_.phone = open_phone();
            calls = 0;
            die_before = kill_before;
            const auto storage = county_.open(1);
            std::uint64_t saved = 0;
            for (int round = 0; round < rounds; ++round) {
                for (std::uint64_t i = 0; i < saves_a_round; ++i) {
                    const RecordId made = county_.save(phone_, new_household(village, "户" + std::to_string(++saved)));
                    tell(Report::What::saved, saved, made.view());
                }
                if (honesty == Honesty::acknowledges_before_commit) tell(Report::What::acknowledged, saved);
                if (!county_.sync(phone_, *storage)) return 4;
                tell(Report::What::acknowledged, saved);
            }
            tell(Report::What::done, calls);
            return 0;
        } catch (const std::exception& error) {
            fprintf(stderr, "child: %s\n", error.what());
            return 2;
        }
    }

    County county_{Kind::postgres};
    std::unique_ptr<Storage> first_;
    County::Handset phone_;
};

std::uint64_t calls_of_a_whole_run() {
    OneLife life;
    const Told told = life.run(0, Honesty::honest);
    EXPECT_EQ(told.acknowledged, rounds * saves_a_round);
    EXPECT_EQ(life.lost(told), "");
    return told.calls;
}

TEST(KillOverPostgres, NoAcknowledgedCommitIsLostAtAnyOf60Points) {
    const std::uint64_t all = calls_of_a_whole_run();
    ASSERT_GT(all, points) << "the points must differ";
    std::uint64_t killed = 0, amid = 0;
    for (std::uint64_t n = 0; n < points; ++n) {
        const std::uint64_t at = 1 + n * (all - 1) / (points - 1);
        SCOPED_TRACE("killed before call " + std::to_string(at) + " of " + std::to_string(all));
        OneLife life;
        const Told told = life.run(at, Honesty::honest);
        killed += told.killed ? 1 : 0;
        amid += told.saved.size() > told.acknowledged ? 1 : 0;
        ASSERT_EQ(life.lost(told), "");
    }
    EXPECT_GE(killed, points - 2) << "calls vary by a few from run to run";
    EXPECT_GT(amid, points / 4) << "most points must hit an operation in flight";
}

TEST(KillOverPostgres, CatchesWhoAcknowledgesBeforeTheCommit) {
    const std::uint64_t all = calls_of_a_whole_run();
    int caught = 0;
    for (std::uint64_t n = 0; n < 20; ++n) {
        OneLife life;
        const Told told = life.run(1 + n * (all - 1) / 19, Honesty::acknowledges_before_commit);
        if (!life.lost(told).empty()) ++caught;
    }
    EXPECT_GT(caught, 0);
}

}  // namespace
}  // namespace doorstep::server::test
