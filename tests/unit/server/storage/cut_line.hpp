// tests/unit/server/storage/cut_line.hpp -- a line to PostgreSQL that can be cut behind what was asked: it is carried
// out, and nobody hears of it.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace doorstep::server::test {

/// Forwards connections on a socket of its own folder to the one in `server_folder`.
class CutLine {
public:
    explicit CutLine(const std::string& server_folder);
    ~CutLine();
    const std::string& folder() const { return folder_; }
    /// What the client sends next goes through; then the line is dead before an answer comes.
    void cut_after_next() { armed_ = true; }

private:
    void serve();
    void carry(int client);

    std::string folder_, server_;
    int listener_ = -1;
    std::atomic<bool> armed_ = false, stopping_ = false;
    std::thread acceptor_;
    std::mutex mutex_;
    std::vector<std::thread> carriers_;
};

}  // namespace doorstep::server::test
