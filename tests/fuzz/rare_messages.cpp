// What is said on rare days: of histories that parted, of attachments, and in a file that is carried by hand.
#include "core/sync/blob_message.hpp"
#include "core/sync/handover.hpp"
#include "core/sync/message.hpp"
#include "core/sync/reconcile_message.hpp"
#include "tests/fuzz/canonical.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::fuzz {
namespace {

using namespace doorstep::test;

template <class Message>
void look(BytesView bytes) {
    look_canonical(bytes, Message::decode, [](const Message& message) { return message.encode(); });
}

/// The frames of a hand-over are cut by its writer, so its bytes are compared where they are cut the same way.
void look_handover(BytesView bytes) {
    const Allocations allocations;
    const auto handover = Handover::decode(bytes);
    promise_bounded(allocations, bytes.size(), bytes_a_byte_max);
    if (!handover) {
        if (handover.error().code == Errc::payload_too_large) return;
        return promise_refusal(handover.error());
    }
    std::uint64_t seq = handover.value().before.seq;
    for (const Push& frame : handover.value().frames)
        for (const Commit& commit : frame.commits) {
            promise(commit.header.dot == Dot{handover.value().replica, ++seq}, "a hand-over is contiguous");
            promise(static_cast<bool>(commit.check()), "a commit of a hand-over has the parts its header names");
        }
    promise(seq == handover.value().to_seq() && seq > handover.value().before.seq, "a hand-over holds something");
}

Bring some_bring() {
    Chain chain(replica(3));
    return {stream(village),
            40,
            id_of<Hash>(1),
            id_of<Hash>(2),
            {id_of<Hash>(3), chain.commit({summary_part(village, 1, "a")}), id_of<Hash>(4)}};
}

}  // namespace

std::vector<Target> rare_message_targets() {
    return {{"blob_data", look<BlobData>},
            {"blob_get", look<BlobGet>},
            {"blob_have", look<BlobHave>},
            {"blob_put", look<BlobPut>},
            {"blob_refused", look<BlobRefused>},
            {"bring", look<Bring>},
            {"differs", look<Differs>},
            {"fetch", look<Fetch>},
            {"handover", look_handover},
            {"offer", look<Offer>},
            {"ranges", look<Ranges>},
            {"receipt", look<Receipt>},
            {"states", look<States>},
            {"wanted", look<Wanted>}};
}

std::vector<Seed> rare_message_seeds() {
    const Stream here = stream(village);
    Chain chain(replica(3));
    const std::vector<Commit> commits = {chain.commit({summary_part(village, 1, "a")}),
                                         chain.commit({summary_part(village, 1, "b"), summary_part(town, 2, "c", 8)})};
    return {{"blob_data", "one", BlobData{id_of<Hash>(1), 0, "some bytes"}.encode()},
            {"blob_get", "one", BlobGet{id_of<Hash>(1), 262'144}.encode()},
            {"blob_have", "half", BlobHave{id_of<Hash>(1), 262'144, BlobHave::Whole::no}.encode()},
            {"blob_have", "whole", BlobHave{id_of<Hash>(1), 300'000, BlobHave::Whole::yes}.encode()},
            {"blob_put", "asks", BlobPut{id_of<Hash>(1), 10, 0, {}}.encode()},
            {"blob_put", "last", BlobPut{id_of<Hash>(1), 10, 0, "0123456789"}.encode()},
            {"blob_refused", "quota", BlobRefused{id_of<Hash>(1), 40}.encode()},
            {"bring", "proved", some_bring().encode()},
            {"differs", "two", Differs{here, 300, {0, 7}}.encode()},
            {"fetch", "some", Fetch{here, 40, 72}.encode()},
            {"handover", "two", Handover::encode(replica(3), {}, commits)},
            {"offer", "two", Offer{here, {{{replica(3), 7}, id_of<HashHead>(1)}, {{replica(4), 9}, {}}}}.encode()},
            {"ranges", "three", Ranges{here, {{0, {}}, {10, {1, 2}}, {300, {3, 4}}}}.encode()},
            {"receipt", "one", Receipt{here, 1024, 900, id_of<Hash>(5)}.encode()},
            {"states", "one", States{here, 1024, {1, 2}}.encode()},
            {"wanted", "two", Wanted{here, {0, 4}}.encode()}};
}

}  // namespace doorstep::fuzz
