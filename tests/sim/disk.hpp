// tests/sim/disk.hpp -- one machine's storage, in memory: what was written and what is on the platter are two things.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/file_bytes.hpp"
#include "tests/unit/core/support/random.hpp"

namespace doorstep::sim {

using test::Random;

/// What strikes at a chosen call of an act.
enum class DiskFault : std::uint8_t {
    none,
    kill,          ///< the process dies; what it wrote stays, the write it was at may be half done
    power_cut,     ///< the machine dies; of what was not synced any subset of sectors stays, one of them torn
    full,          ///< no space: whatever needs some fails
    write_error,   ///< EIO
    read_error,    ///< EIO
    sync_error,    ///< EIO
    busy,          ///< another process holds the write lock
    corrupt_read,  ///< a read gives other bytes than were written
};

/// Armed before an act. Calls of the kind that the fault concerns are counted from 1.
struct DiskPlan {
    DiskFault fault = DiskFault::none;
    std::uint64_t at = 0;
    enum class Lasts { once, on } lasts = Lasts::once;  ///< on: from `at` to the end of the act
    std::uint64_t calls = 0;
    bool struck = false;
};

/// What is done to a file, as far as faults tell it apart.
enum class DiskCall : std::uint8_t { read, write, grow, truncate, sync, remove, lock };

/// Threads: none.
class Disk {
public:
    /// A write or a truncation that no sync has followed.
    struct Unsynced {
        std::size_t at = 0;
        std::string bytes;  ///< empty: the file ends at `at`
    };
    struct File {
        FileBytes now, durable;
        std::vector<Unsynced> unsynced;
        enum class Entry { fresh, durable } entry = Entry::fresh;  ///< of the folder: fresh until the first sync
        // Locks of the file and of its shared memory, by the handle that holds them.
        int shared = 0;
        const void* writer = nullptr;
        const void* exclusive = nullptr;
        struct ShmLock {
            int shared = 0;
            const void* exclusive = nullptr;
        };
        std::array<ShmLock, 8> shm_locks{};
        std::vector<std::unique_ptr<char[]>> shm;
        int shm_users = 0;
    };
    enum class Verdict { go_on, fail, half };  ///< half: a write puts its first half, then fails

    Disk() = default;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    std::shared_ptr<File> find(const std::string& name) const;
    std::shared_ptr<File> create(const std::string& name);
    void remove(const std::string& name);
    static void write(File& file, std::size_t at, const char* bytes, std::size_t size);
    static void truncate(File& file, std::size_t size);
    /// Also the folder, when the file is new in it.
    void sync(File& file);

    void arm(const DiskPlan& plan) { plan_ = plan; }
    const DiskPlan& plan() const { return plan_; }
    DiskPlan disarm();
    /// Whether this call strikes. A dead disk answers `fail` to everything.
    Verdict strike(DiskCall call);
    /// Counts a fault that a call meets; the caller flips the bytes.
    bool is_dead() const { return dead_; }

    /// After a kill or a power cut: what the next start finds. `dice` chooses which unsynced sectors stay.
    void revive(Random& dice);
    /// The bytes of every file as the system shows them, as a backup of a stopped machine holds them.
    using Image = std::map<std::string, FileBytes>;
    Image image() const;
    void put(const Image& image);
    void copy_file(const std::string& from, const std::string& to);

private:
    static void lose_unsynced(File& file, Random& dice);
    std::map<std::string, std::shared_ptr<File>> files_;
    std::map<std::string, FileBytes> removed_;  // not synced: a power cut may bring them back
    DiskPlan plan_;
    bool dead_ = false;
};

}  // namespace doorstep::sim
