#include "server/doctor/system_checks.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "server/files/descriptor.hpp"

namespace doorstep::server::doctor {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1024 * 1024;
constexpr std::uint64_t disk_fail_mib = 512;             // a backup, a checkpoint or a day of phones no longer fits
constexpr std::uint64_t disk_warn_mib = 5'120;           // a week's time to do something about it
constexpr std::uint64_t descriptors_beside = 1'000;      // files, and connections that are turned away
constexpr std::uint64_t clock_back_ms_max = 120'000;     // what clocks are put right by now and then
constexpr std::uint64_t program_ms = 1'767'225'600'000;  // 2026-01-01: there was no such program before

/// "" when the mode lets nobody but the owner in and the owner is us; otherwise what is wrong.
std::string not_ours_alone(const struct stat& found) {
    if (found.st_uid != ::geteuid())
        return fmt::format("it is of user {}, and this is user {}", found.st_uid, ::geteuid());
    if ((found.st_mode & 077U) != 0) return fmt::format("others may use it (mode {:o})", found.st_mode & 0777U);
    return {};
}

/// The socket's number where this port is listened on; "" when nowhere.
std::string listening_inode(std::uint16_t port) {
    const std::string local = fmt::format(":{:04X}", port);
    for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        std::ifstream in(table);
        for (std::string line; std::getline(in, line);) {
            std::istringstream columns(line);
            std::vector<std::string> cell;
            for (std::string one; columns >> one;) cell.push_back(std::move(one));
            constexpr std::size_t local_at = 1, state_at = 3, inode_at = 9;
            if (cell.size() > inode_at && cell[local_at].ends_with(local) && cell[state_at] == "0A")
                return cell[inode_at];
        }
    }
    return {};
}

/// Whether a process of this very program holds the socket. Others' processes cannot be looked into: no.
bool held_by_us(const std::string& inode) {
    std::error_code ignored;
    const fs::path us = fs::read_symlink("/proc/self/exe", ignored);
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
        if (fs::read_symlink(process.path() / "exe", ignored) != us) continue;
        for (const auto& open : fs::directory_iterator(process.path() / "fd", ignored))
            if (fs::read_symlink(open.path(), ignored) == "socket:[" + inode + "]") return true;
    }
    return false;
}

/// 0, or errno of binding.
int try_to_bind(const std::string& address, std::uint16_t port) {
    sockaddr_storage where{};
    socklen_t size = 0;
    auto* four = reinterpret_cast<sockaddr_in*>(&where);
    auto* six = reinterpret_cast<sockaddr_in6*>(&where);
    if (::inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        size = sizeof(sockaddr_in);
    } else if (::inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        size = sizeof(sockaddr_in6);
    } else {
        return EADDRNOTAVAIL;
    }
    const Descriptor socket(::socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int reuse = 1;  // as the server does: connections that are ending do not count
    if (socket.get() < 0 || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse) != 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), size) != 0 || ::listen(socket.get(), 1) != 0)
        return errno;
    return 0;
}

}  // namespace

Finding check_folder(const fs::path& folder) {
    struct stat found {};
    const std::string name = folder.string();
    if (::stat(folder.c_str(), &found) != 0)
        return {"folder", Verdict::fail, name + ": " + std::strerror(errno),
                "name the server's data folder; doorstep-server serve makes one at its first start"};
    if (!S_ISDIR(found.st_mode))
        return {"folder", Verdict::fail, name + " is no folder", "name the server's data folder"};
    if (const std::string wrong = not_ours_alone(found); !wrong.empty())
        return {"folder", Verdict::fail, name + ": " + wrong,
                "run this as the server's user; then chmod 700 and chown the folder to it"};
    return {"folder", Verdict::ok, name + " is ours alone"};
}

Finding check_disk(const fs::path& folder) {
    struct statvfs space {};
    if (::statvfs(folder.c_str(), &space) != 0)
        return {"disk", Verdict::fail, "the disk does not say how full it is", "look at the system's log"};
    const std::uint64_t free_mib = space.f_bavail * space.f_frsize / mib;
    const std::string says = fmt::format("{} MiB are free", free_mib);
    const char* next = "make room, or leave what was superseded to the archive on another disk (docs/compaction.md)";
    if (free_mib < disk_fail_mib) return {"disk", Verdict::fail, says, next};
    if (free_mib < disk_warn_mib) return {"disk", Verdict::warn, says, next};
    return {"disk", Verdict::ok, says};
}

Finding check_keys(const std::vector<KeyFile>& keys) {
    for (const KeyFile& key : keys) {
        struct stat found {};
        const std::string name = key.path.filename().string();
        if (::stat(key.path.c_str(), &found) != 0)
            return {"keys", Verdict::fail, name + ": " + std::strerror(errno), "bring it back from your backup"};
        if (const std::string wrong = not_ours_alone(found); !wrong.empty())
            return {"keys", Verdict::fail, name + ": " + wrong, "chmod 600 and chown it to the server's user"};
        if (key.bytes != 0 && static_cast<std::uintmax_t>(found.st_size) != key.bytes)
            return {"keys", Verdict::fail, fmt::format("{} has {} bytes and not {}", name, found.st_size, key.bytes),
                    "bring it back from your backup"};
    }
    return {"keys", Verdict::ok, fmt::format("{} are there and ours alone", keys.size())};
}

Finding check_clock(std::uint64_t now_ms, std::uint64_t known_ms) {
    const char* next = "put the clock right: timedatectl set-ntp true";
    if (now_ms < program_ms || now_ms + clock_back_ms_max < known_ms)
        return {"clock", Verdict::fail, "it stands before what this server wrote already", next};
    timex state{};
    if (::adjtimex(&state) == TIME_ERROR) return {"clock", Verdict::warn, "nothing keeps it right", next};
    return {"clock", Verdict::ok, "the system keeps it right"};
}

Finding check_descriptors(std::uint64_t connections_max) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return {"descriptors", Verdict::warn, "the limit is unknown", "ulimit -Hn"};
    const std::string says = fmt::format("{} may be open, for {} connections", limit.rlim_max, connections_max);
    if (limit.rlim_max < connections_max + descriptors_beside)
        return {"descriptors", Verdict::warn, says, "raise LimitNOFILE in the unit, or lower limits.connections"};
    return {"descriptors", Verdict::ok, says};
}

Finding check_port(const std::string& address, std::uint16_t port) {
    const std::string where = address + " port " + std::to_string(port);
    const int fault = try_to_bind(address, port);
    if (fault == 0) return {"port", Verdict::ok, where + " is free"};
    if (fault == EADDRINUSE) {
        const std::string inode = listening_inode(port);
        if (!inode.empty() && held_by_us(inode)) return {"port", Verdict::ok, where + " is served by this program"};
        return {"port", Verdict::fail, where + " is taken by another program",
                "see which: ss -ltnp; or choose another listen.port"};
    }
    return {"port", Verdict::fail, where + ": " + std::strerror(fault),
            fault == EACCES ? "choose a port from 1024 on, or let a proxy have the lower one"
                            : "listen.address must be an address of this machine, or 0.0.0.0"};
}

}  // namespace doorstep::server::doctor
