// tests/property/network.hpp -- a random day of four phones and an office, and the checks that follow when faults stop.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {

/// Who comes back from an older copy.
enum class Restores { none, phones, office, both };

/// Two phones share a village, one has the township above it, one another township. Every saved word goes into an
/// oracle log outside the system.
class Network {
public:
    Network(std::uint64_t seed, Restores restores);

    /// One random act: a save, a sync that may be cut, damaged or doubled at any message, a reopening, a decision …
    void step();
    /// Faults stop: everybody synchronises until nothing moves. "" or what went wrong.
    std::string quiesce();
    /// After quiesce(): "" or the first thing that is not as it must be.
    std::string fault();
    /// What was done, one word a step: the trace of a failing seed.
    const std::string& trace() const { return trace_; }
    World& world() { return world_; }
    /// As if a person had saved this: the check must then miss it.
    void pretend_saved(const std::string& words, std::string_view area_text) {
        oracle_.push_back({words, area(area_text)});
    }

private:
    struct Saved {
        std::string words;
        Area where;
    };
    struct User {
        Handset* handset;
        std::vector<std::string_view> homes;  ///< areas in which it makes records
        std::string copy;                     ///< path of an older copy of its file, "" when there is none
    };
    std::string fresh_words(const char* what);
    void note(const std::string& what) { trace_ += what + " "; }
    void save_edits(User& user, const std::vector<RecordEdit>& edits, const std::string& words);
    void make_record(User& user);
    void edit_record(User& user);
    void sync(User& user);
    void decide();
    void restore_phone(User& user);
    void restore_office();
    void forget_what_no_file_holds();
    std::string phone_fault(const User& user);

    Random random_;
    Restores restores_;
    World world_;
    std::vector<User> users_;
    std::vector<Saved> oracle_;
    std::vector<std::string> office_words_;
    bool office_backed_up_ = false;
    std::uint64_t serial_ = 0;
    std::string trace_;
};

}  // namespace doorstep::test
