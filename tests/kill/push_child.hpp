// tests/kill/push_child.hpp -- the process that is killed: a phone that saves and an office that takes its pushes, on
// real files. It tells each acknowledgement over a pipe, after it was given and before anything else happens.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/id.hpp"
#include "core/store/database.hpp"

namespace doorstep::test {

/// One line of the pipe, written whole: it is far below PIPE_BUF.
struct Report {
    enum class What : std::uint64_t {  // as wide as its neighbours: no padding goes over the pipe
        replica,                       ///< `id`: whose commits these are
        saved,                         ///< the phone returned from save(); `id` is the record, `number` the text's
        acknowledged,                  ///< the office answered; `number`: commits up to this seq are durable there
        done,                          ///< everything was closed; `number`: calls counted
    };
    What what = What::done;
    std::uint64_t number = 0;
    char id[16] = {};
};

/// How the child behaves. The planted ones acknowledge too early, as a server or phone with a bug would.
enum class Manners { honest, office_acknowledges_before_commit, phone_reports_before_save };

/// Where its files are and how they are opened, for the child (through the VFS that kills) and for who looks
/// afterwards.
DatabaseOptions phone_options(const std::string& folder);
DatabaseOptions office_options(const std::string& folder);
/// What the phone wrote n-th: long enough that a push takes several frames.
std::string words_of(std::uint64_t n);

/// Runs until SIGKILL at call number kill_at (0: never), reporting to the pipe. Returns the exit code.
int run_child(const std::string& folder, std::uint64_t kill_at, Manners manners, int pipe);

}  // namespace doorstep::test
