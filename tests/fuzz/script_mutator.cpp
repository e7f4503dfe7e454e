// How libFuzzer changes a script: mostly the inside of one frame, so that lengths stay right and hashes, which the
// reader recomputes, follow; sometimes the order of frames, or one more or less of them.
#include <algorithm>
#include <random>

#include "tests/fuzz/script.hpp"
#include "tests/unit/core/support/random.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

namespace {

using doorstep::Bytes;
using doorstep::fuzz::ScriptFrame;

void mutate_payload(ScriptFrame& frame) {
    constexpr std::size_t growth_max = 256;
    const std::size_t size = frame.payload.size();
    frame.payload.resize(size + growth_max);
    frame.payload.resize(
        LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(frame.payload.data()), size, frame.payload.size()));
}

void mutate_order(std::vector<ScriptFrame>& frames, doorstep::test::Random& random) {
    const auto at = [&] { return static_cast<std::ptrdiff_t>(random.below(frames.size())); };
    const std::ptrdiff_t one = at(), other = at();
    switch (random.below(4)) {
        case 0: frames.erase(frames.begin() + one); break;
        case 1: frames.insert(frames.begin() + other, ScriptFrame(frames[static_cast<std::size_t>(one)])); break;
        case 2: std::swap(frames[static_cast<std::size_t>(one)], frames[static_cast<std::size_t>(other)]); break;
        default: frames.insert(frames.begin() + one, ScriptFrame{}); break;
    }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
    doorstep::test::Random random(seed);
    std::vector<ScriptFrame> frames = doorstep::fuzz::read_script({reinterpret_cast<const char*>(data), size});
    if (frames.empty() || random.chance(5)) return LLVMFuzzerMutate(data, size, size_max);
    if (random.chance(15))
        mutate_order(frames, random);
    else
        mutate_payload(frames[static_cast<std::size_t>(random.below(frames.size()))]);
    const Bytes script = doorstep::fuzz::write_script(frames);
    if (script.size() > size_max) return size;
    std::copy(script.begin(), script.end(), data);
    return script.size();
}
