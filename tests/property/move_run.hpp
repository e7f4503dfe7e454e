// tests/property/move_run.hpp -- random days of an office that moves records about while phones write, and what a brute
// force over every op that anybody saved says they come to.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {

/// Phones of three villages, their township and their county; the office moves records about, phones ask for it too,
/// lines are cut, and the office's database has more than one writer.
class MoveRun {
public:
    /// office: now and then it comes back from an older copy.
    enum class Restores { none, office };
    /// One whole run, and what the acts in it came to.
    struct Came {
        std::string fault;  ///< "": none
        int moved = 0;      ///< records, by the office
        int late = 0;       ///< saves to a record where it stood before
    };
    static Came whole(std::uint64_t seed, Restores restores);

    MoveRun(std::uint64_t seed, Restores restores);
    void step();
    /// Everybody synchronises until nothing moves. "" or what is not as it must be.
    std::string fault();

private:
    void add(const std::string& name, const std::vector<std::string_view>& areas);
    void save(Handset& phone, const RecordEdit& edit);
    std::string words() { return "words " + std::to_string(++serial_); }
    void make(Handset& phone);
    std::optional<RecordId> any_record(Handset& phone);
    void edit(Handset& phone);
    void move();
    void ask(Handset& phone);
    void sync(Handset& phone);
    void restore_or_back_up();
    std::string record_fault(const RecordId& record);
    std::string phone_fault(Handset& phone, const RecordId& record, const Stream& stands_in, std::uint32_t conflicts);

    Random random_;
    Restores restores_;
    World world_;
    std::vector<Handset*> phones_;
    std::vector<RecordId> records_;
    std::map<RecordId, std::vector<std::pair<RecordOps, Dot>>> oracle_;  ///< outside the system
    std::map<RecordId, Area> homes_;
    int serial_ = 0, backups_ = 0, moved_ = 0, late_ = 0;
};

}  // namespace doorstep::test
