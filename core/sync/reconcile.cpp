#include "core/sync/reconcile.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

constexpr int silences_max = 1, searches_max = 4;
// Three streams at a time, each with a chain of hashes and one whole commit more, fit one request.
constexpr std::size_t bring_bytes_max = 64 * 1024;

/// Takes up to `count` positions off the front of the spans.
std::vector<Span> take_front(std::vector<Span>& spans, std::uint64_t count) {
    std::vector<Span> front;
    while (!spans.empty() && count > 0) {
        Span& first = spans.front();
        const std::uint64_t n = std::min(count, first.upto - first.after);
        front.push_back({first.after, first.after + n});
        count -= n;
        first.after += n;
        if (first.after == first.upto) spans.erase(spans.begin());
    }
    return front;
}

}  // namespace

Reconcile::Reconcile(const Stream& stream, std::uint64_t cursor, std::uint64_t head)
    : stream_(stream), cursor_(cursor), head_(head) {
    search(head);
}

Reconcile Reconcile::of_displaced(const Stream& stream, std::uint64_t cursor) {
    Reconcile out(stream);
    out.cursor_ = out.head_ = out.common_ = cursor;
    out.offer_next();
    return out;
}

Reconcile Reconcile::of_leaving(const Stream& stream, const Span& span) {
    Reconcile out(stream);
    out.kind_ = Kind::leaving;
    if (span.after < span.upto) out.unoffered_.push_back(span);
    out.offer_next();
    return out;
}

void Reconcile::search(std::uint64_t head) {
    ++searches_;
    brought_ = Brought::nothing;
    displaced_after_ = 0;
    stage_ = Stage::searching;
    common_ = std::min(cursor_, head);
    search_ = RangeSearch(common_);
    if (common_ > 0 || cursor_ == 0) return ask();
    // The server has nothing, or does not speak of this stream: that is asked before anything is offered.
    frame_.clear();
    need_ = ReadPoints{stream_, {0, cursor_}};
}

void Reconcile::ask() {
    frame_.clear();
    if (!search_.points().empty()) {
        need_ = ReadPoints{stream_, search_.points()};
        return;
    }
    unfetched_ = unoffered_ = search_.found();
    if (cursor_ > common_) unoffered_.push_back({common_, cursor_});
    offer_next();
}

void Reconcile::offer_next() {
    frame_.clear();
    if (searches_ <= searches_max) {
        stage_ = Stage::offering;
        if (!unoffered_.empty()) {
            need_ = ReadOffer{stream_, take_front(unoffered_, limits::offer_items_max)};
            return;
        }
        if (displaced_after_) {
            need_ = ReadOffer{stream_, {}, displaced_after_};
            return;
        }
        if (kind_ == Kind::leaving) {
            stage_ = Stage::done;
            return;
        }
        if (brought_ == Brought::something) {
            stage_ = Stage::searching;  // begins once the whole answer is read, with the head that it tells
            return;
        }
    }
    stage_ = Stage::fetching;
    fetch_next();
}

void Reconcile::bring_next() {
    frame_.clear();
    if (wanted_.empty()) return offer_next();
    stage_ = Stage::bringing;
    need_ = ReadBring{stream_, wanted_, bring_bytes_max};
}

void Reconcile::fetch_next() {
    frame_.clear();
    if (unfetched_.empty()) {
        stage_ = Stage::done;
        return;
    }
    send(FrameKind::fetch, Fetch{stream_, unfetched_.front().after, unfetched_.front().upto}.encode());
}

void Reconcile::take(PointsRead read) {
    need_.reset();
    send(FrameKind::ranges, Ranges{stream_, std::move(read.points)}.encode());
}

void Reconcile::take(OfferRead read) {
    const ReadOffer* const asked = need_ ? std::get_if<ReadOffer>(&*need_) : nullptr;
    const bool displaced = asked && asked->displaced_after;
    need_.reset();
    offered_ = std::move(read.places);
    if (displaced) displaced_after_ = offered_.empty() ? std::nullopt : std::optional(offered_.back().number);
    if (offered_.empty()) {
        offer_next();
        return search_again();
    }
    send(FrameKind::offer, read.offer.encode());
}

void Reconcile::take(BringRead read) {
    need_.reset();
    wanted_.erase(wanted_.begin(), wanted_.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                         std::max<std::size_t>(read.taken, 1), wanted_.size())));
    brought_ = Brought::something;
    send(FrameKind::bring, read.bring.encode());
}

void Reconcile::take(const Differs& differs) {
    if (stage_ != Stage::searching || frame_.empty()) return;
    asked_ = Asked::answered;
    search_.take(differs.intervals);
    ask();
}

void Reconcile::take(const Wanted& wanted) {
    if (stage_ != Stage::offering || frame_.empty()) return;
    asked_ = Asked::answered;
    wanted_.clear();
    for (const std::uint32_t item : wanted.items)
        if (item < offered_.size()) wanted_.push_back(offered_[item]);
    bring_next();
}

void Reconcile::take_fetched(std::uint64_t position) {
    if (stage_ != Stage::fetching) return;
    Span& first = unfetched_.front();
    if (position <= first.after) return;
    asked_ = Asked::answered;
    first.after = std::min(position, first.upto);
    if (first.after == first.upto) unfetched_.erase(unfetched_.begin());
    fetch_next();
}

void Reconcile::end_answer(std::uint64_t head) {
    if (asked_ == Asked::sent && ++silences_ > silences_max && stage_ != Stage::bringing) stage_ = Stage::given_up;
    if (asked_ == Asked::answered) silences_ = 0;
    if (stage_ == Stage::bringing && asked_ == Asked::sent) bring_next();  // any answer says that it is durable
    head_ = head;
    search_again();
    asked_ = Asked::unsent;
}

/// If that is what comes next.
void Reconcile::search_again() {
    if (stage_ == Stage::searching && frame_.empty() && !need_) search(head_);
}

void Reconcile::send(FrameKind kind, const Bytes& payload) {
    frame_.clear();
    write_frame(frame_, kind, payload);
    asked_ = Asked::unsent;
}

}  // namespace doorstep
