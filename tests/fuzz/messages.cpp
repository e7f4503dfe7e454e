// What goes over the wire: frames, and what each of them says.
#include "core/base/limits.hpp"
#include "core/sync/chunk.hpp"
#include "core/sync/exchange.hpp"
#include "tests/fuzz/canonical.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::fuzz {
namespace {

using namespace doorstep::test;

template <class Message>
void look_message(BytesView bytes) {
    look_canonical(bytes, Message::decode, [](const Message& message) { return message.encode(); });
}

/// PUSH by a replica whose chain begins, and by one whose seventh commit both sides know.
void look_push(BytesView bytes) {
    for (const ChainTop& before : {ChainTop{}, ChainTop{7, id_of<Hash>(7)}}) {
        PushContext reading{replica(3), before}, writing = reading;
        look_canonical(
            bytes, [&](BytesView payload) { return Push::decode(payload, reading); },
            [&](const Push& push) {
                const Bytes again = push.encode(writing);
                promise(reading.before.seq == writing.before.seq && reading.before.hash == writing.before.hash,
                        "both ends of a PUSH know the same chain");
                return again;
            });
    }
}

/// DATA unfolds: what its parts repeat is sent once, up to limits::data_bytes_max.
void look_data(BytesView bytes) {
    const Allocations allocations;
    DataMemory reading, writing;
    const auto data = Data::decode(bytes, reading);
    const std::size_t peak = allocations.peak_bytes();
    promise(peak <= bytes.size() * bytes_a_byte_max + 2 * limits::data_bytes_max,
            std::to_string(bytes.size()) + " bytes of DATA took " + std::to_string(peak));
    if (!data) return promise_refusal(data.error());
    promise(data.value().encode(writing) == bytes, "DATA has one form");
    for (const Data::Entry& entry : data.value().entries)
        if (const Commit* commit = std::get_if<Commit>(&entry))
            promise(static_cast<bool>(commit->check()), "a commit of DATA has the parts its header names");
}

void look_frames(BytesView bytes) {
    FrameReader frames(bytes);
    Bytes again;
    while (true) {
        const Allocations allocations;
        const auto frame = frames.next();
        promise_bounded(allocations, 0, 0);
        if (!frame) return promise(frame.error().code == Errc::malformed, "a bad frame is malformed");
        if (!frame.value()) break;
        write_frame(again, frame.value()->kind, frame.value()->payload);
        promise(bytes.substr(0, again.size()) == again, "a frame has one form");
    }
    promise(again == bytes, "frames are the whole message");
}

StreamHead head(std::string_view area_text, std::uint64_t position) {
    return {stream(area_text), position, {position * 3, position}};
}

Hello some_hello() {
    Hello hello;
    hello.replica = replica(3);
    hello.base_seq = 290;
    hello.base_hash = id_of<HashHead>(9);
    hello.top_seq = 300;
    hello.epoch = id_of<EpochId>(4);
    hello.summary = {5, 6};
    return hello;
}

Welcome some_welcome() {
    Welcome welcome;
    welcome.epoch = id_of<EpochId>(4);
    welcome.server_ms = 1'763'700'000'000;
    welcome.durable_seq = 300;
    welcome.backed_up_seq = 200;
    welcome.summary = {7, 8};
    welcome.held = {{7, 0, 22}, {9, 1, 7}};
    return welcome;
}

Push some_push() {
    Chain chain(replica(3));
    return {{chain.commit({summary_part(village, 1, "a")}),
             chain.commit({summary_part(village, 1, "b"), summary_part(town, 2, "c", 8)})}};
}

Data some_data() {
    Chain one(replica(3)), two(replica(4));
    Commit partial = one.commit({summary_part(village, 1, "a"), summary_part(town, 2, "c", 8)});
    partial.parts[0].clear();
    const Commit following = one.commit({summary_part(village, 1, "b")});
    const Commit plain = two.commit_packed({summary_part(village, 3, "d").pack(), "not of a form this version knows"});
    return {stream(village), 17, {partial, Data::Own{5}, following, plain, Data::Own{6}}};
}

}  // namespace

std::vector<Target> message_targets() {
    return {{"checkpoint", look_message<Checkpoint>},
            {"data", look_data},
            {"forked", look_message<Forked>},
            {"frames", look_frames},
            {"heads", look_message<Heads>},
            {"hello", look_message<Hello>},
            {"piece", look_message<Piece>},
            {"pull", look_message<Pull>},
            {"push", look_push},
            {"refused", look_message<Refused>},
            {"welcome", look_message<Welcome>}};
}

std::vector<Seed> message_seeds() {
    std::vector<Seed> out;
    PushContext first{replica(3), {}};
    DataMemory memory;
    Hello fresh = some_hello();
    fresh.base_seq = 0;
    fresh.base_hash = {};
    Welcome same_epoch = some_welcome();
    same_epoch.epoch.reset();
    out.push_back({"checkpoint", "one", Checkpoint{head(village, 300), 301}.encode()});
    out.push_back({"data", "mixed", some_data().encode(memory)});
    out.push_back({"forked", "seven", Forked{7}.encode()});
    out.push_back({"heads", "three", Heads{{head(county, 5), head(town, 1), head(village, 300)}}.encode()});
    out.push_back({"hello", "known", some_hello().encode()});
    out.push_back({"hello", "fresh", fresh.encode()});
    out.push_back({"piece", "middle", Piece{stream(village), id_of<Hash>(7), 100, 60, "some bytes"}.encode()});
    out.push_back({"pull", "one", Pull{head(village, 300), {}}.encode()});
    out.push_back({"pull", "resuming", Pull{head(village, 300), {65'536, id_of<Hash>(7)}}.encode()});
    out.push_back({"push", "first", some_push().encode(first)});
    out.push_back({"refused", "forked", Refused{27, "两个不同的提交"}.encode()});
    out.push_back({"welcome", "held", some_welcome().encode()});
    out.push_back({"welcome", "same-epoch", same_epoch.encode()});
    Bytes frames;
    write_frame(frames, FrameKind::hello, some_hello().encode());
    write_frame(frames, FrameKind::pull, Pull{head(village, 1), {}}.encode());
    out.push_back({"frames", "hello-pull", frames});
    return out;
}

}  // namespace doorstep::fuzz
