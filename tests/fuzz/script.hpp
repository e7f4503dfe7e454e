// tests/fuzz/script.hpp -- how a fuzzer writes whole messages: frames without their checksums, which it could not
// guess.
#pragma once

#include <vector>

#include "core/sync/frame.hpp"
#include "tests/fuzz/target.hpp"

namespace doorstep::fuzz {

/// A frame as a script holds it: kind (1 byte), length (varint), payload. Kind 0 ends a message.
struct ScriptFrame {
    std::uint8_t kind = 0;
    Bytes payload;
};

/// Never fails: what is cut short is taken as far as it goes.
std::vector<ScriptFrame> read_script(BytesView script);
Bytes write_script(const std::vector<ScriptFrame>& frames);
/// The messages that the script means, as they go over the wire.
std::vector<Bytes> script_messages(BytesView script);
/// The script of one message, for seeds.
Bytes script_of(BytesView message);

}  // namespace doorstep::fuzz
