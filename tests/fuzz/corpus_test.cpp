// Every input that was ever kept, and every seed, through its target: what fuzzing found stays found, on every machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "tests/fuzz/target.hpp"
#include "tests/unit/core/support/scratch.hpp"

namespace doorstep::fuzz {
namespace {

namespace fs = std::filesystem;

fs::path corpus_folder() {
    const char* const source = std::getenv("DOORSTEP_SOURCE_DIR");
    return fs::path(source ? source : ".") / "tests/fuzz/corpus";
}

std::vector<fs::path> files_of(std::string_view target) {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(corpus_folder() / target)) out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, KeepsEveryPromise) {
    const std::vector<fs::path> files = files_of(GetParam().name);
    EXPECT_FALSE(files.empty()) << "./dev fuzz keeps what it finds here";
    for (const fs::path& file : files) {
        SCOPED_TRACE(file.filename().string());
        EXPECT_NO_THROW(GetParam().look(test::read_file(file.string())));
    }
}

TEST_P(Corpus, HasSeedsThatKeepEveryPromise) {
    std::size_t count = 0;
    for (const Seed& seed : seeds()) {
        if (seed.target != GetParam().name) continue;
        SCOPED_TRACE(seed.name);
        EXPECT_NO_THROW(GetParam().look(seed.bytes));
        ++count;
    }
    EXPECT_GT(count, 0U);
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, testing::ValuesIn(targets()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(CorpusFolder, BelongsToATarget) {
    for (const auto& entry : fs::directory_iterator(corpus_folder())) {
        const std::string name = entry.path().filename().string();
        const bool of_hosts = name == "abi" || name == "content_coding" || name == "sealed_file";
        if (of_hosts && abi_targets().empty()) continue;  // core alone has neither ABI nor hosts
        EXPECT_NE(find_target(name), nullptr) << name;
    }
}

}  // namespace
}  // namespace doorstep::fuzz
