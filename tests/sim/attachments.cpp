// Attachments: added beside a save, carried after the text, whole or not there (24).
#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/engine/blobs.hpp"
#include "core/sync/blob_message.hpp"
#include "core/sync/frame.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

BlobShelf office_shelf(Town& town) { return {town.witness(), limits::phone_blobs_bytes_max}; }

void check_attachment(Town& town, BlobShelf shelf, const std::string& who, const Hash& hash) {
    const BlobStanding standing = must_run(shelf.standing(hash), "an attachment's standing");
    const auto first = shelf.read(hash, 0);
    if (standing.presence != BlobStanding::Presence::whole) {
        if (first) throw Violation(24, who + " gives a part of an attachment as if it were whole");
        return;
    }
    Bytes bytes = must_run(first, "an attachment's first chunk");
    for (std::uint64_t n = 1; n * limits::chunk_bytes < standing.size; ++n)
        bytes += must_run(shelf.read(hash, n), "an attachment's chunk");
    if (sha256(bytes) != hash) throw Violation(24, who + " shows an attachment that is another");
    town.checked(24);
}

/// A byte of the chunk that the message carries is another; the frame itself is sound.
bool spoil(Bytes& message, Random& dice) {
    const auto frame = FrameReader(message).next();
    if (!frame || !frame.value()) return false;
    const auto flip = [&](Bytes& bytes) {
        if (bytes.empty()) return false;
        char& hit = bytes[static_cast<std::size_t>(dice.below(bytes.size()))];
        hit = static_cast<char>(hit ^ 0x20);
        return true;
    };
    Bytes spoilt;
    if (frame.value()->kind == FrameKind::blob_put) {
        BlobPut put = must_run(BlobPut::decode(frame.value()->payload), "a message about an attachment");
        if (!flip(put.bytes)) return false;
        write_frame(spoilt, FrameKind::blob_put, put.encode());
    } else if (frame.value()->kind == FrameKind::blob_data) {
        BlobData data = must_run(BlobData::decode(frame.value()->payload), "a message about an attachment");
        if (!flip(data.bytes)) return false;
        write_frame(spoilt, FrameKind::blob_data, data.encode());
    } else {
        return false;
    }
    message = std::move(spoilt);
    return true;
}

Hash hash_in(BytesView request) {
    const auto frame = FrameReader(request).next();
    if (const auto put = BlobPut::decode(frame.value()->payload)) return put.value().hash;
    return must_run(BlobGet::decode(frame.value()->payload), "a message about an attachment").hash;
}

}  // namespace

FieldEdit attach(Town& town, Device& device, std::uint32_t field, Random& dice) {
    const std::size_t small = 1 + static_cast<std::size_t>(dice.below(3000));
    Bytes bytes(dice.chance(10) ? limits::chunk_bytes + small : small, '\0');
    for (char& byte : bytes) byte = static_cast<char>(dice.below(256));
    BlobShelf shelf = device.seat().phone->blobs();
    const BlobNo draft = must_run(shelf.begin(), "an attachment");
    for (std::size_t at = 0; at < bytes.size(); at += limits::chunk_bytes)
        must_run(shelf.append(draft, BytesView(bytes).substr(at, limits::chunk_bytes)), "an attachment's chunk");
    const BlobName name = must_run(shelf.finish(draft, "image/jpeg"), "an attachment's end");
    town.attachments.insert(name.hash);
    return {field, Kind::value, Op::Action::put, must_run(Value::attachment(name), "an attachment's name"),
            std::nullopt};
}

void carry_attachments(Town& town, Device& device, Fault fault, Random& dice) {
    const Seat& seat = device.seat();
    Grant grant{{seat.areas, {}, {}}, seat.user};
    if (seat.access == Seat::Access::revoked)
        grant = {Scope(), seat.user, {}, Grant::Access::drain_only};
    else if (!seat.former.empty())
        grant.former.push_back({{seat.former, {}, {}}, town.now_ms()});
    BlobCourier courier(seat.phone->blobs());
    auto next = courier.begin();
    std::uint64_t at = place_of(fault) == Place::blob ? dice.below(3) : ~std::uint64_t{0};
    bool struck = false;
    for (; next && next.value(); --at) {
        Bytes request = std::move(*next.value());
        bool strikes = at == 0;
        if (strikes && fault == Fault::blob_late) return town.count(fault);  // it goes on another day
        if (strikes && fault == Fault::blob_wrong_hash && spoil(request, dice)) {
            town.count(fault);
            strikes = false;
            struck = true;
        }
        Bytes answer =
            must_run(office_shelf(town).answer(grant, request, town.now_ms()), "an answer about an attachment");
        if (strikes && fault == Fault::blob_wrong_hash) {
            if (spoil(answer, dice)) {
                town.count(fault);
                struck = true;
            } else {
                ++at;  // nothing was carried: the next message
            }
        }
        if (strikes && fault == Fault::blob_missing) {
            answer.clear();
            write_frame(answer, FrameKind::blob_refused,
                        BlobRefused{hash_in(request), static_cast<std::uint32_t>(Errc::not_found)}.encode());
            town.count(fault);
        }
        next = courier.next(answer);
    }
    if (!next && !struck)
        throw Violation(24, "an attachment of " + device.name + " is not carried: " + next.error().detail);
}

void check_attachments(Town& town, Device& device) {
    for (const Hash& hash : town.attachments) {
        BlobShelf here = device.seat().phone->blobs();
        check_attachment(town, here, device.name, hash);
        check_attachment(town, office_shelf(town), "the server", hash);
        const auto whole = [&](BlobShelf shelf) {
            return must_run(shelf.standing(hash), "an attachment's standing").presence;
        };
        const auto ours = whole(here), theirs = whole(office_shelf(town));
        using Presence = BlobStanding::Presence;
        if (ours == Presence::not_here_yet && theirs == Presence::whole)
            throw Violation(24, device.name + " lacks an attachment that the server has");
        // A server that lost an attachment and no words is not noticed: docs/simulation.md, Open.
        if (ours == Presence::whole && theirs == Presence::not_here_yet && town.server_life() == 1)
            throw Violation(24, "the server lacks an attachment that " + device.name + " has");
    }
}

}  // namespace doorstep::sim
