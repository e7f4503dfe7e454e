// tests/unit/core/support/purge_run.hpp -- random days of phones whose scopes shrink and grow, and that purge.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {

/// Phones save wherever they may, the office changes their scopes, lines are cut, and whoever must purges. An oracle
/// outside the system remembers every word that was saved and where.
class PurgeRun {
public:
    explicit PurgeRun(std::uint64_t seed);
    void step();
    /// Everybody synchronises and purges until nothing moves. "" or what is not as it must be: a word that the office
    /// does not have, one that a phone should have and lacks, one that is left where it was purged.
    std::string fault();

private:
    struct Saved {
        std::string words;
        Stream stream;
        RecordId record;
    };
    Scope any_scope();
    Stream any_stream();
    void save(Handset& phone);
    void purge(Handset& phone);
    void sync_cut_at(Handset& phone, std::size_t cut);
    std::string office_fault();
    std::string phone_fault(Handset& phone);

    Random random_;
    World world_;
    std::vector<Handset*> phones_;
    std::vector<Saved> oracle_;
};

}  // namespace doorstep::test
