#include "tests/fuzz/script.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace doorstep::fuzz {

std::vector<ScriptFrame> read_script(BytesView script) {
    std::vector<ScriptFrame> out;
    Reader in(script);
    while (!in.failed() && !in.at_end()) {
        ScriptFrame frame;
        frame.kind = in.u8();
        if (frame.kind != 0) {
            const std::uint64_t size = in.varint();
            const std::size_t size_max = frame.kind == static_cast<std::uint8_t>(FrameKind::data)
                                             ? limits::data_frame_bytes_max
                                             : limits::frame_bytes_max;
            const std::size_t most = std::min(in.rest().size(), size_max);
            frame.payload = in.raw(static_cast<std::size_t>(std::min<std::uint64_t>(size, most)));
        }
        out.push_back(std::move(frame));
    }
    return out;
}

Bytes write_script(const std::vector<ScriptFrame>& frames) {
    Bytes script;
    Writer out(script);
    for (const ScriptFrame& frame : frames) {
        out.u8(frame.kind);
        if (frame.kind != 0) out.sized(frame.payload);
    }
    return script;
}

std::vector<Bytes> script_messages(BytesView script) {
    std::vector<Bytes> out(1);
    for (const ScriptFrame& frame : read_script(script)) {
        if (frame.kind == 0)
            out.emplace_back();
        else
            write_frame(out.back(), static_cast<FrameKind>(frame.kind), frame.payload);
    }
    return out;
}

Bytes script_of(BytesView message) {
    std::vector<ScriptFrame> out;
    FrameReader frames(message);
    while (true) {
        const auto frame = frames.next();
        if (!frame || !frame.value()) return write_script(out);
        out.push_back({static_cast<std::uint8_t>(frame.value()->kind), Bytes(frame.value()->payload)});
    }
}

}  // namespace doorstep::fuzz
