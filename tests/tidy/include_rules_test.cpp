// The house's include rules hold, and the checker that says so catches each kind of breach.
#include "tests/tidy/include_rules.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/tidy/source_text.hpp"

namespace doorstep::tidy {
namespace {

IncludeRules table() {
    auto rules = IncludeRules::parse(read_file(repo_root() / "tests/tidy/include_rules.txt"));
    EXPECT_TRUE(rules) << rules.error().detail;
    return std::move(rules).value();
}

TEST(IncludeRules, HoldInThisRepo) {
    for (const std::string& violation : table().violations_below(repo_root())) ADD_FAILURE() << violation;
}

TEST(IncludeRules, ReadFilesAtAll) {  // else the test above would pass on an empty checkout
    EXPECT_FALSE(files_below(repo_root(), "core", {".hpp", ".cpp"}).empty());
}

struct Planted {
    const char* name;
    const char* path;
    const char* source;
};

// Each is written into a scratch checkout of its own; the checker must name exactly that file.
const Planted forbidden[] = {
    {"base knows nobody", "core/base/a.cpp", "#include \"core/clock/hlc.hpp\"\n"},
    {"clock knows no model", "core/clock/a.cpp", "#include \"core/model/commit.hpp\"\n"},
    {"merge knows no store", "core/merge/a.hpp", "#include \"core/store/log.hpp\"\n"},
    {"sync never includes store", "core/sync/a.cpp", "#include \"core/store/log.hpp\"\n"},
    {"store knows no engine", "core/store/a.cpp", "#include \"core/engine/engine.hpp\"\n"},
    {"core knows no server", "core/engine/a.cpp", "#include \"server/api/http.hpp\"\n"},
    {"api knows no net", "server/api/a.cpp", "#include \"server/net/listener.hpp\"\n"},
    {"net knows no engine", "server/net/a.cpp", "#include \"core/engine/engine.hpp\"\n"},
    {"server knows no bridge", "server/main.cpp", "#include \"mobile-bridge/include/doorstep.h\"\n"},
    {"the bridge knows no store", "mobile-bridge/c/a.cpp", "#include \"core/store/log.hpp\"\n"},
    {"the phone knows doorstep.h only", "mobile-bridge/cli/a.cpp", "#include \"core/base/result.hpp\"\n"},
    {"the phone knows no bridge inside", "mobile-bridge/cli/a.cpp", "#include \"mobile-bridge/c/handle.hpp\"\n"},
    {"nothing includes tests", "bench/a.cpp", "#include \"tests/unit/helper.hpp\"\n"},
    {"sqlite3.h outside store", "core/engine/a.cpp", "#include <sqlite3.h>\n"},
    {"sqlite3.h in the other quotes", "core/engine/a.cpp", "#include \"sqlite3.h\"\n"},
    {"sqlite3.h in the server", "server/storage/a.cpp", "#include <sqlite3.h>\n"},
    {"Boost outside net", "server/api/a.cpp", "#include <boost/json.hpp>\n"},
    {"Boost in core", "core/base/a.hpp", "#include <boost/endian.hpp>\n"},
    {"JSON library in core", "core/model/a.cpp", "#include <nlohmann/json.hpp>\n"},
    {"a socket in core", "core/sync/a.cpp", "#include <sys/socket.h>\n"},
    {"a thread in core", "core/engine/a.cpp", "#include <thread>\n"},
    {"a mutex in core", "core/store/a.hpp", "#include <mutex>\n"},
    {"with odd spacing", "core/store/a.hpp", "  #  include   <mutex>  // why not\n"},
    {"a clock read in core", "core/clock/a.cpp", "auto now = std::chrono::system_clock::now();\n"},
    {"randomness in core", "core/base/id.cpp", "std::random_device dice;\n"},
    {"throw in core", "core/base/a.cpp", "void f() { throw 1; }\n"},
    {"after a digit separator", "core/base/a.cpp", "int n = 120'000;\nvoid f() { throw n; }\n"},
    {"not from the root", "core/base/a.cpp", "#include \"result.hpp\"\n"},
    {"a folder without a row", "core/gossip/a.cpp", "int x = 0;\n"},
};

const Planted permitted[] = {
    {"its own folder", "core/base/a.cpp", "#include \"core/base/result.hpp\"\n"},
    {"a row of the table", "core/store/a.cpp", "#include \"core/model/commit.hpp\"\n#include <sqlite3.h>\n"},
    {"engine joins", "core/engine/a.cpp", "#include \"core/store/log.hpp\"\n#include \"core/sync/session.hpp\"\n"},
    {"net and Boost", "server/net/a.cpp", "#include <boost/asio.hpp>\n#include <thread>\n"},
    {"main wires", "server/main.cpp", "#include \"server/net/listener.hpp\"\n#include \"core/engine/engine.hpp\"\n"},
    {"a comment about it", "core/base/a.cpp", "// never throw; #include <mutex>\n/* system_clock\n throw */\n"},
    {"a string about it", "core/base/a.cpp", "auto s = \"throw \\\" throw\"; auto r = R\"x(throw)\" throw)x\";\n"},
    {"part of a longer name", "core/base/a.cpp", "int throw_count = 0;\n"},
};

/// A fresh folder that goes away with it.
class Scratch {
public:
    Scratch() : root_(std::filesystem::temp_directory_path() / ("doorstep-tidy-" + std::to_string(getpid()))) {
        std::filesystem::remove_all(root_);
    }
    ~Scratch() { std::filesystem::remove_all(root_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    const std::filesystem::path& root() const { return root_; }
    void plant(const Planted& file) const {
        std::filesystem::create_directories((root_ / file.path).parent_path());
        std::ofstream(root_ / file.path) << file.source;
    }

private:
    std::filesystem::path root_;
};

TEST(IncludeRules, CatchEachPlantedBreach) {
    const IncludeRules rules = table();
    for (const Planted& file : forbidden) {
        SCOPED_TRACE(file.name);
        const Scratch scratch;
        scratch.plant(file);
        const auto found = rules.violations_below(scratch.root());
        ASSERT_EQ(found.size(), 1U);
        EXPECT_TRUE(found.front().starts_with(std::string(file.path) + ":")) << found.front();
    }
}

TEST(IncludeRules, LetThePermittedPass) {
    const IncludeRules rules = table();
    for (const Planted& file : permitted) {
        SCOPED_TRACE(file.name);
        const Scratch scratch;
        scratch.plant(file);
        for (const std::string& violation : rules.violations_below(scratch.root())) ADD_FAILURE() << violation;
    }
}

TEST(IncludeRules, RefuseATableLineThatIsNoRule) {
    const auto rules = IncludeRules::parse("core/base -> core/clock\ncore/base perhaps core/clock\n");
    ASSERT_FALSE(rules);
    EXPECT_NE(rules.error().detail.find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace doorstep::tidy
