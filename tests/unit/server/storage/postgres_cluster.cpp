#include "tests/unit/server/storage/postgres_cluster.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace doorstep::server::test {
namespace {

namespace fs = std::filesystem;

constexpr ::uid_t nobody = 65534;

std::string bin_folder() {
    std::string best;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql"))
        if (fs::exists(version.path() / "bin/initdb")) best = std::max(best, (version.path() / "bin").string());
    if (best.empty()) throw std::runtime_error("PostgreSQL is not installed; ./dev test installs it");
    return best;
}

/// Starts a program as a user without rights (PostgreSQL refuses to run as root). It dies with us. Its output goes to
/// the folder's file `log`.
::pid_t spawn(const std::string& folder, const std::vector<std::string>& command) {
    const ::pid_t child = ::fork();
    if (child != 0) return child;
    const int log = ::open((folder + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
    ::dup2(log, 1);
    ::dup2(log, 2);
    if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0))
        ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (::chdir(folder.c_str()) != 0) ::_exit(126);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

int wait_for(::pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string log_of(const std::string& folder) {
    std::ostringstream out;
    out << std::ifstream(folder + "/log").rdbuf();
    return out.str();
}

}  // namespace

PostgresCluster::PostgresCluster(Disk disk) : bin_(bin_folder()), disk_(disk) {
    std::string name = "/tmp/doorstep-postgres-XXXXXX";  // short: a socket's path has 107 bytes at most
    if (!::mkdtemp(name.data())) throw std::runtime_error("no scratch folder for PostgreSQL");
    folder_ = name;
    if (::geteuid() == 0 && ::chown(folder_.c_str(), nobody, nobody) != 0)
        throw std::runtime_error("the scratch folder cannot be given away");
    const int made = wait_for(spawn(folder_, {bin_ + "/initdb", "-D", folder_ + "/data", "-A", "trust", "-U",
                                              "postgres", "-E", "UTF8", "--locale=C", "--no-sync"}));
    if (made != 0) throw std::runtime_error("initdb failed: " + log_of(folder_));
    start();
    const auto admin = postgres::Connection::open({superuser_url() + " dbname=postgres", "setup"});
    if (!admin) throw std::runtime_error(admin.error().detail + log_of(folder_));
    for (const char* sql : {"CREATE ROLE office LOGIN", "CREATE DATABASE county OWNER office"})
        if (const Status done = admin.value()->script(sql); !done) throw std::runtime_error(done.error().detail);
}

std::string PostgresCluster::url_of(const std::string& role) const {
    return "host=" + folder_ + " user=" + role + (role == "postgres" ? "" : " dbname=county");
}

void PostgresCluster::start() {
    const std::string synced = disk_ == Disk::synced ? "on" : "off";
    postgres_ = spawn(folder_, {bin_ + "/postgres", "-D", folder_ + "/data", "-c", "listen_addresses=", "-c",
                                "unix_socket_directories=" + folder_, "-c", "fsync=" + synced, "-c",
                                "full_page_writes=" + synced, "-c", "max_connections=40", "-c", "shared_buffers=32MB"});
    for (int tries = 0; tries < 600; ++tries) {
        if (postgres::Connection::open({superuser_url() + " dbname=postgres", "setup"})) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    throw std::runtime_error("PostgreSQL did not start: " + log_of(folder_));
}

void PostgresCluster::stop(int signal) {
    if (postgres_ <= 0) return;
    ::kill(postgres_, signal);
    wait_for(postgres_);
    postgres_ = 0;
}

void PostgresCluster::restart() {
    stop(SIGQUIT);
    start();
}

PostgresCluster::~PostgresCluster() {
    stop(SIGINT);
    std::error_code fault;
    fs::remove_all(folder_, fault);
}

PostgresCluster& PostgresCluster::shared() {
    static PostgresCluster cluster;
    return cluster;
}

}  // namespace doorstep::server::test
