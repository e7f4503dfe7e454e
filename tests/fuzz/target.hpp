// tests/fuzz/target.hpp -- what is fuzzed: a target looks at any bytes and throws when a promise is broken on them.
// The same functions run under libFuzzer (./dev fuzz) and over the kept corpora in every ordinary test run.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"

namespace doorstep::fuzz {

struct Target {
    std::string_view name;  ///< of its folder in tests/fuzz/corpus, and of its program: fuzz-NAME
    void (*look)(BytesView bytes);
};

/// All of them, in the order of their names.
const std::vector<Target>& targets();
/// nullptr when there is none of this name.
const Target* find_target(std::string_view name);

/// Valid inputs, made from real encodings: what a fuzzer starts from.
struct Seed {
    std::string_view target;
    std::string name;
    Bytes bytes;
};
std::vector<Seed> seeds();

/// GoogleTest reports it with the input's name; libFuzzer takes it for a crash and keeps the input.
inline void promise(bool holds, const std::string& what) {
    if (!holds) throw std::logic_error("a promise is broken: " + what);
}

// One file each.
std::vector<Target> decoder_targets();
std::vector<Target> message_targets();
std::vector<Target> rare_message_targets();
std::vector<Target> conversation_targets();
std::vector<Target> abi_targets();   ///< none where the C ABI is not built
std::vector<Target> host_targets();  ///< the same
std::vector<Seed> decoder_seeds();
std::vector<Seed> message_seeds();
std::vector<Seed> rare_message_seeds();
std::vector<Seed> conversation_seeds();
std::vector<Seed> abi_seeds();
std::vector<Seed> host_seeds();

}  // namespace doorstep::fuzz
