#include "tests/kill/push_child.hpp"

#include <unistd.h>

#include <algorithm>

#include "core/sync/frame.hpp"
#include "tests/unit/core/support/fault_vfs.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

constexpr int rounds = 4;
constexpr std::uint64_t saves_a_round = 6;

class Child {
public:
    Child(const std::string& folder, Manners manners, int pipe) : manners_(manners), pipe_(pipe) {
        DatabaseOptions phone_files = phone_options(folder), office_files = office_options(folder);
        phone_files.vfs = office_files.vfs = fault_vfs();
        phone_ = must(Phone::open(phone_files, fresh_seed()));
        report(Report::What::replica, 0, phone_->replica().view());
        Enrolment enrolment;
        enrolment.author = grant_.author = "li";
        enrolment.areas = grant_.areas = {area(village)};
        enrolment.divisions = some_divisions();
        must(phone_->enrol(enrolment));
        hub_ = must(Hub::open(office_files, fresh_seed(), some_divisions()));
    }

    void run() {
        for (int round = 0; round < rounds; ++round) {
            for (std::uint64_t i = 0; i < saves_a_round; ++i) save();
            push();
            if (round % 2 == 0) continue;
            must(phone_->maintain());
            must(hub_->store().database().checkpoint());
        }
        phone_.reset();
        hub_.reset();
    }
    void report(Report::What what, std::uint64_t number, BytesView id = {}) {
        Report out;
        out.what = what;
        out.number = number;
        std::copy(id.begin(), id.end(), out.id);
        if (write(pipe_, &out, sizeof out) != static_cast<ssize_t>(sizeof out)) _exit(3);
    }

private:
    void save() {
        const std::uint64_t n = ++saved_;
        if (manners_ == Manners::phone_reports_before_save) report(Report::What::saved, n);
        const auto ids = must(phone_->save({new_household(village, words_of(n))}, now_ms_ += 1000));
        if (manners_ != Manners::phone_reports_before_save) report(Report::What::saved, n, ids.front().view());
    }
    void push() {
        std::optional<Bytes> request = must(phone_->begin_sync());
        while (request) {
            if (manners_ == Manners::office_acknowledges_before_commit) report(Report::What::acknowledged, saved_);
            const Bytes answer = must(hub_->exchange(grant_, *request, now_ms_));
            FrameReader frames(answer);
            const Welcome welcome = must(Welcome::decode(must(frames.next())->payload));
            report(Report::What::acknowledged, welcome.durable_seq);
            request = must(phone_->continue_sync(answer, now_ms_));
        }
    }

    Manners manners_;
    int pipe_;
    Grant grant_;
    std::unique_ptr<Phone> phone_;
    std::unique_ptr<Hub> hub_;
    std::uint64_t saved_ = 0, now_ms_ = 1'763'700'000'000;
};

}  // namespace

DatabaseOptions phone_options(const std::string& folder) {
    return {folder + "/phone.db", storage_key(2), OpenMode::create, Durability::full, {}};
}

DatabaseOptions office_options(const std::string& folder) {
    return {folder + "/office.db", storage_key(1), OpenMode::create, Durability::full, {}};
}

std::string words_of(std::uint64_t n) {
    return std::to_string(n) + ":" + std::string(24'000, static_cast<char>('a' + n % 26));
}

int run_child(const std::string& folder, std::uint64_t kill_at, Manners manners, int pipe) {
    try {
        fault_vfs();
        fault_plan() = {kill_at == 0 ? FaultPlan::Fault::none : FaultPlan::Fault::kill, kill_at, 0, false};
        Child child(folder, manners, pipe);
        child.run();
        child.report(Report::What::done, fault_plan().calls);
        return 0;
    } catch (const std::exception& error) {
        fprintf(stderr, "child: %s\n", error.what());
        return 2;
    }
}

}  // namespace doorstep::test
