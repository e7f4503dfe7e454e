#include "core/engine/leaving.hpp"

#include <algorithm>

#include "core/base/codec.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/store/displaced.hpp"

namespace doorstep {
namespace {

/// Damaged, it is forgotten: what is offered twice costs a round trip.
Result<std::vector<Stream>> offered_streams(Store& store) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> packed, store.meta(meta_offered));
    std::vector<Stream> out;
    if (!packed) return out;
    Reader in(*packed);
    while (!in.at_end()) out.push_back(Stream::decode(in));
    if (!in.finish("offered streams")) out.clear();
    return out;
}

/// Whether others wrote anything behind the place, or in what has none.
Result<bool> has_others_words(Store& store, const StreamMark& mark, const ReplicaId& own) {
    bool found = false;
    const auto visit = [&](const PlacedDot& placed) -> Result<Store::Visit> {
        found = placed.dot.replica != own;
        return found ? Store::Visit::stop : Store::Visit::go_on;
    };
    DOORSTEP_TRY(store.placed_after(mark.no, std::min(mark.backed_up, mark.head.position), visit));
    if (found) return true;
    DOORSTEP_TRY_ASSIGN(const auto displaced, DisplacedTable(store.database()).without_place(mark.no, own, 0, 1));
    return !displaced.empty();
}

}  // namespace

Result<std::vector<Leaving>> leaving_streams(Store& store, const Scope& scope, const ReplicaId& own) {
    std::vector<Leaving> out;
    if (scope.areas.empty()) return out;
    DOORSTEP_TRY_ASSIGN(const std::vector<Stream> offered, offered_streams(store));
    DOORSTEP_TRY_ASSIGN(const std::vector<StreamMark> marks, store.streams());
    for (const StreamMark& mark : marks) {
        const Stream& stream = mark.head.stream;
        if (scope.covers(stream) || std::count(offered.begin(), offered.end(), stream) > 0) continue;
        DOORSTEP_TRY_ASSIGN(const bool words, has_others_words(store, mark, own));
        if (words) out.push_back({stream, std::min(mark.backed_up, mark.head.position), mark.head.position});
    }
    return out;
}

Status note_offered(Store& store, const Stream& stream) {
    DOORSTEP_TRY_ASSIGN(std::vector<Stream> offered, offered_streams(store));
    if (std::count(offered.begin(), offered.end(), stream) > 0) return ok();
    offered.push_back(stream);
    Bytes packed;
    Writer out(packed);
    for (const Stream& one : offered) one.encode(out);
    return store.set_meta(meta_offered, packed);
}

Status forget_offered(Store& store) { return store.set_meta(meta_offered, {}); }

}  // namespace doorstep
