#include "bench/counting_vfs.hpp"

#include <sqlite3.h>

namespace doorstep::bench {
namespace {

constexpr const char* name = "doorstep-counting";
constexpr int page_bytes = 4096;

// The system has a table of methods for each way of locking; all read and write alike. A file is the system's own, its
// table a copy with two methods replaced.
struct Table {
    const sqlite3_io_methods* system = nullptr;
    sqlite3_io_methods counting{};
};
Table tables[4];

int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    if (size >= page_bytes) ++pages().read;
    return tables[0].system->xRead(file, to, size, at);
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    if (size >= page_bytes) ++pages().written;
    return tables[0].system->xWrite(file, from, size, at);
}

const sqlite3_io_methods* counting_of(const sqlite3_io_methods* system) {
    for (Table& table : tables) {
        if (table.system == system) return &table.counting;
        if (table.system) continue;
        table.system = system;
        table.counting = *system;
        table.counting.iVersion = table.counting.iVersion < 2 ? table.counting.iVersion : 2;  // no memory map, unseen
        table.counting.xRead = read_file;
        table.counting.xWrite = write_file;
        return &table.counting;
    }
    return system;
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
    auto* system = static_cast<sqlite3_vfs*>(vfs->pAppData);
    const int rc = system->xOpen(system, path, file, flags, flags_out);
    if (rc != SQLITE_OK || !file->pMethods) return rc;
    file->pMethods = counting_of(file->pMethods);
    return rc;
}

}  // namespace

Pages& pages() {
    static Pages counted;
    return counted;
}

std::string counting_vfs() {
    static sqlite3_vfs vfs;
    if (!vfs.zName) {
        sqlite3_vfs* system = sqlite3_vfs_find("unix");
        vfs = *system;
        vfs.pNext = nullptr;
        vfs.zName = name;
        vfs.pAppData = system;
        vfs.xOpen = open_file;
        sqlite3_vfs_register(&vfs, 0);
    }
    return std::string("multipleciphers-") + name;
}

}  // namespace doorstep::bench
