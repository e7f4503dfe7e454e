#include "bench/server/server_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>

extern char** environ;

namespace doorstep::bench {
namespace {

/// The port in "… on https://127.0.0.1:8443", once the line is there whole.
std::uint16_t port_in(const std::string& said) {
    constexpr std::string_view mark = " on https://";
    const std::size_t at = said.find(mark);
    const std::size_t end = at == said.npos ? said.npos : said.find('\n', at);
    if (end == said.npos) return 0;
    const std::size_t colon = said.rfind(':', end);
    std::uint16_t port = 0;
    std::from_chars(said.data() + colon + 1, said.data() + end, port);
    return port;
}

struct Spawned {
    ::pid_t pid = 0;
    int output = -1;  ///< what it prints
};

Result<Spawned> spawn(const std::vector<std::string>& command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Error{Errc::io, "no pipe"};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    Spawned out{0, ends[0]};
    const int failed = ::posix_spawn(&out.pid, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failed == 0) return out;
    ::close(ends[0]);
    return Error{Errc::io, "cannot start " + command.front()};
}

}  // namespace

Result<std::string> run_program(const std::vector<std::string>& command) {
    DOORSTEP_TRY_ASSIGN(const Spawned program, spawn(command));
    std::string said;
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(program.output, buffer, sizeof buffer)) > 0;)
        said.append(buffer, static_cast<std::size_t>(n));
    ::close(program.output);
    int status = 0;
    ::waitpid(program.pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return said;
    return Error{Errc::internal, command[0] + " " + command[1] + " failed"};
}

Result<std::unique_ptr<ServerProcess>> ServerProcess::start(const std::vector<std::string>& command) {
    DOORSTEP_TRY_ASSIGN(const Spawned program, spawn(command));
    std::unique_ptr<ServerProcess> process(new ServerProcess);
    process->pid_ = program.pid;
    process->output_ = program.output;
    std::string said;
    char buffer[512];
    while (process->port_ == 0) {
        const ssize_t n = ::read(process->output_, buffer, sizeof buffer);
        if (n <= 0) return Error{Errc::internal, "the server ended before it listened"};
        said.append(buffer, static_cast<std::size_t>(n));
        process->port_ = port_in(said);
    }
    return process;
}

ServerProcess::~ServerProcess() { stop(); }

void ServerProcess::end(int signal) {
    if (pid_ > 0) {
        ::kill(pid_, signal);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    if (output_ >= 0) ::close(output_);
    output_ = -1;
}

double ServerProcess::cpu_s() const {
    std::ifstream file(fmt::format("/proc/{}/stat", pid_));
    std::string line;
    std::getline(file, line);
    std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 2)));
    std::string skipped;
    constexpr int before_times = 11;  // proc(5): state is the third field, utime the fourteenth
    for (int i = 0; i < before_times; ++i) fields >> skipped;
    double user = 0, system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double ServerProcess::resident_mib() const {
    std::ifstream status(fmt::format("/proc/{}/status", pid_));
    for (std::string word; status >> word;) {
        double kib = 0;
        if (word == "VmRSS:" && status >> kib) return kib / 1024;
    }
    return 0;
}

}  // namespace doorstep::bench
