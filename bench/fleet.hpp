// bench/fleet.hpp -- the common visit records as a fleet of phones would have saved them: one commit a record.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/hub.hpp"
#include "core/engine/phone.hpp"

namespace doorstep::bench {

inline constexpr std::size_t fleet_replicas = 300;
inline constexpr std::uint64_t fleet_first_ms = 1'795'000'000'000;

/// Chains of 300 replicas that take turns.
class Fleet {
public:
    Fleet();
    /// A record made, under a fresh time-ordered id.
    Commit make(const RecordEdit& edit);
    /// One field of an earlier record changed by the next replica, which had seen what stood there.
    Commit change(const Dot& made_by, const RecordId& record, const RecordEdit& made, const FieldEdit& field);

private:
    Commit commit(Part part, const Header& header);
    Header next_header();

    Entropy entropy_;
    std::vector<ReplicaId> replicas_;
    std::vector<ChainTop> tops_;
    std::size_t made_ = 0;
};

/// One commit a record.
std::vector<Commit> fleet_commits(const std::vector<RecordEdit>& records);

/// Where the benchmark's files lie: encrypted, as products open them.
DatabaseOptions options_for(const std::string& path, Durability durability);
/// A phone of one area, as enrolment would leave it.
Result<std::unique_ptr<Phone>> make_phone(const DatabaseOptions& options, const Area& area);
/// An office that knows the area.
Result<std::unique_ptr<Hub>> make_hub(const DatabaseOptions& options, const Area& area);
Grant grant_for(const Area& area);
/// Pushes the commits as their replicas would: every evening each sends the ten of its day.
Status fill(Hub& hub, const Area& area, const std::vector<Commit>& commits);

/// The packed state of a record that was made as the edit says: what every floor stores.
Bytes packed_state(const RecordEdit& edit);

}  // namespace doorstep::bench
