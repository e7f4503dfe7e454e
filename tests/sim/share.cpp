#include "tests/sim/share.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace doorstep::sim {
namespace {

void write_all(int to, const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
        const ssize_t n = write(to, text.data() + at, text.size() - at);
        if (n <= 0) return;
        at += static_cast<std::size_t>(n);
    }
}

std::string read_all(int from) {
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(from, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    return text;
}

}  // namespace

std::vector<std::string> in_processes(std::uint32_t processes,
                                      const std::function<std::string(std::uint32_t share)>& work) {
    std::vector<int> ends;
    std::fflush(nullptr);
    for (std::uint32_t share = 0; share < processes; ++share) {
        int pair[2];
        if (pipe(pair) != 0) throw std::runtime_error("no pipe");
        const pid_t child = fork();
        if (child < 0) throw std::runtime_error("no process");
        if (child == 0) {
            close(pair[0]);
            write_all(pair[1], work(share));
            _exit(0);
        }
        close(pair[1]);
        ends.push_back(pair[0]);
    }
    std::vector<std::string> texts;
    for (const int end : ends) {
        texts.push_back(read_all(end));
        close(end);
    }
    while (wait(nullptr) > 0) {
    }
    return texts;
}

}  // namespace doorstep::sim
