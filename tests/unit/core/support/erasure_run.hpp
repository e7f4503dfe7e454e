// tests/unit/core/support/erasure_run.hpp -- random days of phones, an office that erases and comes back from backups.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {

/// Every page of the file and of its write-ahead log as they lie now, decrypted, though somebody has the file open.
Bytes pages_now(World& world, const DatabaseOptions& options);
/// "": neither the office nor a phone has the words in any page, log, list or row. Otherwise who has.
std::string who_has(World& world, const std::string& words);

/// Phones save, synchronise over lines that are cut, are restored from older copies; the office erases what came to it,
/// is backed up and restored, and forgets nothing of its list. An oracle outside the system remembers every word.
class ErasureRun {
public:
    /// yes: the office also leaves to its archive what was superseded, as often as it likes.
    enum class Compacts : std::uint8_t { no, yes };
    explicit ErasureRun(std::uint64_t seed, Compacts compacts = Compacts::no);
    void step();
    /// Everybody synchronises until nothing moves. "" or what is not as it must be: words that were erased and are
    /// somewhere, words that were not and are gone, a conflict that nobody made, files that disagree or are unsound.
    std::string fault();
    std::uint64_t archived() const { return archived_; }  ///< parts, in all compactions

private:
    struct Saved {
        std::string words;
        RecordId record;
        Dot dot;
        enum class Fate { stands, erased } fate = Fate::stands;
    };
    void save(Handset& phone);
    void sync_cut_at(Handset& phone, std::size_t cut);
    void erase();
    void back_up();
    void restore();
    void compact();

    Random random_;
    World world_;
    std::vector<Handset*> phones_;
    std::vector<Saved> oracle_;
    bool has_backup_ = false;
    Compacts compacts_;
    std::uint64_t archived_ = 0;
    std::string seen_;  // what a compaction changed
};

}  // namespace doorstep::test
