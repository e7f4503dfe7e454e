// The SQLite in our programs is the pinned one, with the options that core/store counts on, and never Debian's (3.40.1,
// whose WAL reset can corrupt a database).
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace doorstep::tidy {
namespace {

TEST(Sqlite, IsThePinnedVersion) {
    EXPECT_STREQ(sqlite3_libversion(), "3.53.2");
    EXPECT_STREQ(sqlite3mc_version(), "SQLite3 Multiple Ciphers 2.3.5");
}

TEST(Sqlite, HasTheOptionsWeCountOn) {
    for (const char* used : {"ENABLE_FTS5", "ENABLE_RTREE", "THREADSAFE=2", "DQS=0", "TEMP_STORE=3",
                             "OMIT_LOAD_EXTENSION", "OMIT_SHARED_CACHE", "ENABLE_SESSION", "ENABLE_PREUPDATE_HOOK"}) {
        EXPECT_EQ(sqlite3_compileoption_used(used), 1) << used;
    }
}

std::string output_of(const std::string& command) {
    struct Close {
        void operator()(std::FILE* pipe) const { pclose(pipe); }
    };
    const std::unique_ptr<std::FILE, Close> pipe(popen(command.c_str(), "r"));
    std::string output;
    std::array<char, 4096> chunk{};
    while (pipe && std::fgets(chunk.data(), static_cast<int>(chunk.size()), pipe.get()) != nullptr) {
        output += chunk.data();
    }
    return output;
}

// ldd and not readelf: a library that we link could bring it in behind our back.
TEST(Sqlite, NoProgramLoadsAnother) {
    const char* bin_dir = std::getenv("DOORSTEP_BIN_DIR");
    if (bin_dir == nullptr) GTEST_SKIP() << "ctest sets DOORSTEP_BIN_DIR";
    int programs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(bin_dir)) {
        if (!entry.is_regular_file()) continue;
        const std::string libraries = output_of("ldd '" + entry.path().string() + "' 2>&1");
        EXPECT_NE(libraries.find("libc.so"), std::string::npos) << entry.path() << ": ldd says " << libraries;
        EXPECT_EQ(libraries.find("libsqlite3"), std::string::npos) << entry.path() << " loads " << libraries;
        ++programs;
    }
    EXPECT_GT(programs, 0);
}

}  // namespace
}  // namespace doorstep::tidy
