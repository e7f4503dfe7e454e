#include "tests/sim/disk_vfs.hpp"

#include <malloc.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

extern "C" int sqlite3mc_vfs_create(const char* real_name, int make_default);

namespace doorstep::sim {
namespace {

constexpr const char* vfs_name = "doorstep-sim";
constexpr int shm_exclusive = SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE, shm_shared = SQLITE_SHM_LOCK | SQLITE_SHM_SHARED;

std::map<std::string, Disk*>& machines() {
    static std::map<std::string, Disk*> known;
    return known;
}

int& last_errno() {
    static int value = 0;
    return value;
}

Disk& disk_of(const std::string& path) {
    const auto at = machines().find(path.substr(0, path.find('/')));
    if (at == machines().end()) throw std::runtime_error("no machine is mounted for " + path);
    return *at->second;
}

/// What SQLite keeps of an open file. Allocated by SQLite, so plain.
struct Handle {
    sqlite3_file base;  // SQLite reads pMethods of it
    Disk* disk;
    std::shared_ptr<Disk::File>* file;
    int level;  // SQLITE_LOCK_…
    bool shares_memory;
};

Handle& ours(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
Disk::File& content(sqlite3_file* file) { return **ours(file).file; }

/// The error code for what the call met.
int code_for(const Disk& disk, int error) {
    last_errno() = EIO;
    if (disk.is_dead() || disk.plan().fault != DiskFault::full) return error;
    last_errno() = ENOSPC;
    return error == SQLITE_IOERR_WRITE ? SQLITE_FULL : error;
}

int unlock_file(sqlite3_file* file, int level) {
    Handle& handle = ours(file);
    Disk::File& at = content(file);
    if (handle.level > SQLITE_LOCK_SHARED && level <= SQLITE_LOCK_SHARED) {
        if (at.writer == &handle) at.writer = nullptr;
        if (at.exclusive == &handle) at.exclusive = nullptr;
    }
    if (handle.level >= SQLITE_LOCK_SHARED && level == SQLITE_LOCK_NONE) --at.shared;
    handle.level = std::min(handle.level, level);
    return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
    unlock_file(file, SQLITE_LOCK_NONE);
    delete ours(file).file;
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    const std::size_t wanted = static_cast<std::size_t>(size);
    const bool strikes = ours(file).disk->strike(DiskCall::read) != Disk::Verdict::go_on;
    const DiskPlan& plan = ours(file).disk->plan();
    if (strikes && plan.fault != DiskFault::corrupt_read) return code_for(*ours(file).disk, SQLITE_IOERR_READ);
    const std::size_t there = content(file).now.read(static_cast<std::size_t>(offset), static_cast<char*>(to), wanted);
    std::memset(static_cast<char*>(to) + there, 0, wanted - there);
    if (strikes && there > 0) static_cast<char*>(to)[plan.at * 37 % there] ^= 0x10;
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
    const Disk::Verdict verdict = ours(file).disk->strike(DiskCall::write);
    const std::size_t wanted = static_cast<std::size_t>(size);
    const std::size_t written = verdict == Disk::Verdict::go_on  ? wanted
                                : verdict == Disk::Verdict::half ? wanted / 2
                                                                 : 0;
    if (written > 0)
        Disk::write(content(file), static_cast<std::size_t>(offset), static_cast<const char*>(from), written);
    return verdict == Disk::Verdict::go_on ? SQLITE_OK : code_for(*ours(file).disk, SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    if (ours(file).disk->strike(DiskCall::truncate) != Disk::Verdict::go_on)
        return code_for(*ours(file).disk, SQLITE_IOERR_TRUNCATE);
    Disk::truncate(content(file), static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
    if (ours(file).disk->strike(DiskCall::sync) != Disk::Verdict::go_on)
        return code_for(*ours(file).disk, SQLITE_IOERR_FSYNC);
    ours(file).disk->sync(content(file));
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(content(file).now.size());
    return SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) {
    Handle& handle = ours(file);
    Disk::File& at = content(file);
    if (level <= handle.level) return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED) {
        if (at.exclusive) return SQLITE_BUSY;
        ++at.shared;
        handle.level = level;
        return SQLITE_OK;
    }
    if (at.writer && at.writer != &handle) return SQLITE_BUSY;
    at.writer = &handle;
    handle.level = SQLITE_LOCK_RESERVED;
    if (level == SQLITE_LOCK_EXCLUSIVE) {
        if (at.shared > 1) return SQLITE_BUSY;
        at.exclusive = &handle;
        handle.level = level;
    }
    return SQLITE_OK;
}

int check_lock(sqlite3_file* file, int* held) {
    *held = content(file).writer ? 1 : 0;
    return SQLITE_OK;
}

int control_file(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return 4096; }
int traits(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
    Disk::File& shared = content(file);
    const auto wanted = static_cast<std::size_t>(region);
    *at = nullptr;
    if (wanted >= shared.shm.size()) {
        if (extend == 0) return SQLITE_OK;
        if (ours(file).disk->strike(DiskCall::grow) != Disk::Verdict::go_on)
            return code_for(*ours(file).disk, SQLITE_IOERR_SHMSIZE);
        while (shared.shm.size() <= wanted)
            shared.shm.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    }
    if (!ours(file).shares_memory) ++shared.shm_users;
    ours(file).shares_memory = true;
    *at = shared.shm[wanted].get();
    return SQLITE_OK;
}

int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
    Handle& handle = ours(file);
    auto& locks = content(file).shm_locks;
    const auto first = static_cast<std::size_t>(offset), last = first + static_cast<std::size_t>(n);
    constexpr std::size_t write_lock = 0;  // WAL_WRITE_LOCK
    const bool takes_writer = (flags & shm_exclusive) == shm_exclusive && first == write_lock;
    if (takes_writer && handle.disk->strike(DiskCall::lock) != Disk::Verdict::go_on) return SQLITE_BUSY;
    for (std::size_t i = first; i < last; ++i) {
        Disk::File::ShmLock& lock = locks[i];
        if ((flags & shm_exclusive) == shm_exclusive) {
            if (lock.shared > 0 || (lock.exclusive && lock.exclusive != &handle)) return SQLITE_BUSY;
        } else if ((flags & shm_shared) == shm_shared && lock.exclusive) {
            return SQLITE_BUSY;
        }
    }
    for (std::size_t i = first; i < last; ++i) {
        Disk::File::ShmLock& lock = locks[i];
        if ((flags & SQLITE_SHM_UNLOCK) != 0) {
            if ((flags & SQLITE_SHM_SHARED) != 0)
                --lock.shared;
            else
                lock.exclusive = nullptr;
        } else if ((flags & SQLITE_SHM_SHARED) != 0) {
            ++lock.shared;
        } else {
            lock.exclusive = &handle;
        }
    }
    return SQLITE_OK;
}

void shm_barrier(sqlite3_file*) {}

int shm_unmap(sqlite3_file* file, int) {
    Disk::File& shared = content(file);
    if (!ours(file).shares_memory) return SQLITE_OK;
    ours(file).shares_memory = false;
    // The index is gone with its last user, as when every process has ended.
    if (--shared.shm_users == 0) shared.shm.clear();
    return SQLITE_OK;
}

const sqlite3_io_methods methods = {
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file, file_size,
    lock_file, unlock_file, check_lock, control_file, sector_size,   traits,    shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr,
};

int open_file(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* flags_out) {
    Handle& handle = ours(file);
    handle.base.pMethods = nullptr;
    Disk& disk = disk_of(path);
    auto found = disk.find(path);
    if (!found && ((flags & SQLITE_OPEN_CREATE) == 0 || disk.is_dead())) return SQLITE_CANTOPEN;
    if (!found) found = disk.create(path);
    handle.disk = &disk;
    handle.file = new std::shared_ptr<Disk::File>(std::move(found));
    handle.level = SQLITE_LOCK_NONE;
    handle.shares_memory = false;
    handle.base.pMethods = &methods;
    if (flags_out) *flags_out = flags;
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs*, const char* path, int) {
    Disk& disk = disk_of(path);
    if (disk.strike(DiskCall::remove) != Disk::Verdict::go_on) return SQLITE_IOERR_DELETE;
    if (!disk.find(path)) return SQLITE_IOERR_DELETE_NOENT;
    disk.remove(path);
    return SQLITE_OK;
}

int access_file(sqlite3_vfs*, const char* path, int, int* out) {
    *out = disk_of(path).find(path) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
    sqlite3_snprintf(size, out, "%s", path);
    return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* out) {
    std::memset(out, 7, static_cast<std::size_t>(size));
    return size;
}

int sleep_us(sqlite3_vfs*, int us) { return us; }  // time is virtual: waiting costs nothing

int current_ms(sqlite3_vfs*, sqlite3_int64* ms) {
    *ms = 210866760000000;  // 1970-01-01 in Julian ms: nothing of ours asks SQLite for the time
    return SQLITE_OK;
}

int current_time(sqlite3_vfs*, double* days) {
    *days = 2440587.5;
    return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return last_errno(); }

// --- memory ---

sqlite3_mem_methods real_memory;

struct MemoryPlan {
    std::uint64_t at = 0, calls = 0;
    bool failed = false;
    int elsewhere = 0;
};
MemoryPlan& memory_plan() {
    static MemoryPlan plan;
    return plan;
}

bool memory_fails() {
    MemoryPlan& plan = memory_plan();
    if (plan.at == 0 || plan.elsewhere > 0 || ++plan.calls < plan.at) return false;
    return plan.failed = true;
}

void* allocate(int size) { return memory_fails() ? nullptr : real_memory.xMalloc(size); }
void* reallocate(void* was, int size) { return memory_fails() ? nullptr : real_memory.xRealloc(was, size); }

}  // namespace

void install_disks() {
    static sqlite3_vfs vfs;
    if (vfs.zName != nullptr) return;
    // What a run gives back stays here for the next one: asking the system for it again is a tenth of a run's time.
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    sqlite3_mem_methods memory = real_memory;
    memory.xMalloc = allocate;
    memory.xRealloc = reallocate;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    vfs.iVersion = 2;
    vfs.szOsFile = static_cast<int>(sizeof(Handle));
    vfs.mxPathname = 512;
    vfs.zName = vfs_name;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access_file;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep_us;
    vfs.xCurrentTime = current_time;
    vfs.xGetLastError = last_error;
    vfs.xCurrentTimeInt64 = current_ms;
    if (sqlite3_initialize() != SQLITE_OK || sqlite3_vfs_register(&vfs, 0) != SQLITE_OK ||
        sqlite3mc_vfs_create(vfs_name, 1) != SQLITE_OK)
        throw std::runtime_error("SQLite does not take the simulated disks");
}

void mount(const std::string& machine, Disk& disk) { machines()[machine] = &disk; }
void unmount(const std::string& machine) { machines().erase(machine); }

void fail_memory(std::uint64_t at) { memory_plan() = {at, 0, false, memory_plan().elsewhere}; }
OtherMemory::OtherMemory() { ++memory_plan().elsewhere; }
OtherMemory::~OtherMemory() { --memory_plan().elsewhere; }
bool memory_failed() { return memory_plan().failed; }

void seed_sqlite(std::uint64_t seed) {
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed), static_cast<sqlite3*>(nullptr));
}

}  // namespace doorstep::sim
