#include <algorithm>

#include "tests/fuzz/target.hpp"

namespace doorstep::fuzz {

const std::vector<Target>& targets() {
    static const std::vector<Target> all = [] {
        std::vector<Target> out;
        for (const auto& some : {decoder_targets(), message_targets(), rare_message_targets(), conversation_targets(),
                                 abi_targets(), host_targets()})
            out.insert(out.end(), some.begin(), some.end());
        std::sort(out.begin(), out.end(), [](const Target& a, const Target& b) { return a.name < b.name; });
        return out;
    }();
    return all;
}

const Target* find_target(std::string_view name) {
    const auto at = std::find_if(targets().begin(), targets().end(), [&](const Target& t) { return t.name == name; });
    return at == targets().end() ? nullptr : &*at;
}

std::vector<Seed> seeds() {
    std::vector<Seed> out;
    for (auto& some :
         {decoder_seeds(), message_seeds(), rare_message_seeds(), conversation_seeds(), abi_seeds(), host_seeds()})
        out.insert(out.end(), some.begin(), some.end());
    return out;
}

}  // namespace doorstep::fuzz
