#include "tests/unit/server/storage/cut_line.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace doorstep::server::test {
namespace {

constexpr const char* socket_name = "/.s.PGSQL.5432";

sockaddr_un address_of(const std::string& path) {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    std::strncpy(out.sun_path, path.c_str(), sizeof out.sun_path - 1);
    return out;
}

}  // namespace

CutLine::CutLine(const std::string& server_folder) : server_(server_folder + socket_name) {
    std::string name = "/tmp/doorstep-line-XXXXXX";
    if (!::mkdtemp(name.data())) throw std::runtime_error("no folder for a line");
    folder_ = name;
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_of(folder_ + socket_name);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 8) != 0)
        throw std::runtime_error("a line cannot listen");
    acceptor_ = std::thread([this] { serve(); });
}

CutLine::~CutLine() {
    stopping_ = true;
    acceptor_.join();
    for (std::thread& one : carriers_) one.join();
    ::close(listener_);
    std::error_code fault;
    std::filesystem::remove_all(folder_, fault);
}

void CutLine::serve() {
    while (!stopping_) {
        pollfd waiting{listener_, POLLIN, 0};
        if (::poll(&waiting, 1, 50) != 1) continue;
        const int client = ::accept(listener_, nullptr, nullptr);
        if (client >= 0) carriers_.emplace_back([this, client] { carry(client); });
    }
}

void CutLine::carry(int client) {
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un address = address_of(server_);
    bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    std::array<char, 65536> bytes{};
    while (open && !stopping_) {
        std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
        if (::poll(ends.data(), ends.size(), 50) <= 0) continue;
        for (std::size_t i = 0; i < ends.size(); ++i) {
            if ((ends[i].revents & (POLLIN | POLLHUP)) == 0) continue;
            const ssize_t size = ::read(ends[i].fd, bytes.data(), bytes.size());
            if (size <= 0 || ::write(ends[1 - i].fd, bytes.data(), static_cast<std::size_t>(size)) != size)
                open = false;
            if (i == 0 && armed_.exchange(false)) {
                std::this_thread::sleep_for(std::chrono::milliseconds(300));  // it is carried out
                open = false;
            }
        }
    }
    ::close(client);
    ::close(server);
}

}  // namespace doorstep::server::test
