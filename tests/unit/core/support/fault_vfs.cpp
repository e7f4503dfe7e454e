#include "tests/unit/core/support/fault_vfs.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <csignal>

namespace doorstep::test {
namespace {

constexpr const char* name = "doorstep-fault";

struct FaultFile {
    sqlite3_file base;   // SQLite reads pMethods of it
    sqlite3_file* real;  // lies right behind this struct
};

FaultFile* ours(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return ours(file)->real; }
sqlite3_vfs* real(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

enum class Needs { space, nothing };

/// Counts one call; SQLITE_OK, or the error that it must fail with.
int count(Needs needs, int error) {
    FaultPlan& plan = fault_plan();
    ++plan.calls;
    if (plan.fault == FaultPlan::Fault::none || plan.calls < plan.at) return SQLITE_OK;
    if (plan.fault == FaultPlan::Fault::disk_full && needs == Needs::nothing) return SQLITE_OK;
    plan.struck = true;
    if (plan.fault == FaultPlan::Fault::kill) raise(SIGKILL);
    return plan.fault == FaultPlan::Fault::disk_full && error == SQLITE_IOERR_WRITE ? SQLITE_FULL : error;
}

int close_file(sqlite3_file* file) { return real(file)->pMethods->xClose(real(file)); }
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), to, size, at);
}
int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    const FaultPlan& plan = fault_plan();
    const bool dies_now = plan.fault == FaultPlan::Fault::kill && plan.calls + 1 == plan.at;
    if (dies_now && plan.at % 2 == 1) real(file)->pMethods->xWrite(real(file), from, size / 2, at);
    if (const int rc = count(Needs::space, SQLITE_IOERR_WRITE); rc != SQLITE_OK) return rc;
    return real(file)->pMethods->xWrite(real(file), from, size, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    if (const int rc = count(Needs::nothing, SQLITE_IOERR_TRUNCATE); rc != SQLITE_OK) return rc;
    return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file* file, int flags) {
    ++fault_plan().syncs;
    if (const int rc = count(Needs::nothing, SQLITE_IOERR_FSYNC); rc != SQLITE_OK) return rc;
    return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) { return real(file)->pMethods->xFileSize(real(file), size); }
int lock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xLock(real(file), level); }
int unlock_file(sqlite3_file* file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }
int check_lock(sqlite3_file* file, int* held) { return real(file)->pMethods->xCheckReservedLock(real(file), held); }
int control_file(sqlite3_file* file, int op, void* arg) {
    return real(file)->pMethods->xFileControl(real(file), op, arg);
}
int sector_size(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
int traits(sqlite3_file* file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** at) {
    if (extend != 0)
        if (const int rc = count(Needs::space, SQLITE_IOERR_SHMSIZE); rc != SQLITE_OK) return rc;
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, at);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
    // Locks lie in the kernel, not on the disk: they do not fail, and one that could not be given back would block us.
    static_cast<void>(count(Needs::nothing, SQLITE_OK));
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}
void shm_barrier(sqlite3_file* file) {
    static_cast<void>(count(Needs::nothing, SQLITE_OK));
    real(file)->pMethods->xShmBarrier(real(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
    static_cast<void>(count(Needs::nothing, SQLITE_OK));
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

const sqlite3_io_methods methods = {
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file, file_size,
    lock_file, unlock_file, check_lock, control_file, sector_size,   traits,    shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr,
};

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
    FaultFile* fault_file = ours(file);
    fault_file->base.pMethods = nullptr;
    fault_file->real = reinterpret_cast<sqlite3_file*>(fault_file + 1);
    const int rc = real(vfs)->xOpen(real(vfs), path, fault_file->real, flags, flags_out);
    if (fault_file->real->pMethods != nullptr) fault_file->base.pMethods = &methods;
    return rc;
}
int delete_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    if (const int rc = count(Needs::nothing, SQLITE_IOERR_DELETE); rc != SQLITE_OK) return rc;
    return real(vfs)->xDelete(real(vfs), path, sync_folder);
}
int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
    return real(vfs)->xAccess(real(vfs), path, flags, out);
}
int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) {
    return real(vfs)->xFullPathname(real(vfs), path, size, out);
}
int randomness(sqlite3_vfs* vfs, int size, char* out) { return real(vfs)->xRandomness(real(vfs), size, out); }
int sleep_us(sqlite3_vfs* vfs, int us) { return real(vfs)->xSleep(real(vfs), us); }
int current_time(sqlite3_vfs* vfs, double* days) { return real(vfs)->xCurrentTime(real(vfs), days); }
int current_ms(sqlite3_vfs* vfs, sqlite3_int64* ms) { return real(vfs)->xCurrentTimeInt64(real(vfs), ms); }
int last_error(sqlite3_vfs* vfs, int size, char* out) {
    const FaultPlan& plan = fault_plan();
    if (plan.struck && plan.fault == FaultPlan::Fault::disk_full) return ENOSPC;
    return real(vfs)->xGetLastError(real(vfs), size, out);
}

}  // namespace

FaultPlan& fault_plan() {
    static FaultPlan plan;
    return plan;
}

std::string fault_vfs() {
    static sqlite3_vfs vfs;
    if (vfs.zName == nullptr) {
        sqlite3_vfs* unix_vfs = sqlite3_vfs_find("unix");
        vfs.iVersion = 2;
        vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + unix_vfs->szOsFile;
        vfs.mxPathname = unix_vfs->mxPathname;
        vfs.zName = name;
        vfs.pAppData = unix_vfs;
        vfs.xOpen = open_file;
        vfs.xDelete = delete_file;
        vfs.xAccess = access_file;
        vfs.xFullPathname = full_path;
        vfs.xRandomness = randomness;
        vfs.xSleep = sleep_us;
        vfs.xCurrentTime = current_time;
        vfs.xGetLastError = last_error;
        vfs.xCurrentTimeInt64 = current_ms;
        sqlite3_vfs_register(&vfs, 0);
    }
    return std::string("multipleciphers-") + name;
}

}  // namespace doorstep::test
