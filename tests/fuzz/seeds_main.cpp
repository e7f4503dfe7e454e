// fuzz-seeds FOLDER writes each seed to FOLDER/TARGET/NAME; without a folder it prints the targets' names.
#include <filesystem>
#include <iostream>

#include "tests/fuzz/target.hpp"
#include "tests/unit/core/support/scratch.hpp"

int main(int argc, char** argv) {
    using namespace doorstep;
    if (argc < 2) {
        for (const fuzz::Target& target : fuzz::targets()) std::cout << target.name << '\n';
        return 0;
    }
    for (const fuzz::Seed& seed : fuzz::seeds()) {
        const auto folder = std::filesystem::path(argv[1]) / seed.target;
        std::filesystem::create_directories(folder);
        test::write_file((folder / ("seed-" + seed.name)).string(), seed.bytes);
    }
    return 0;
}
