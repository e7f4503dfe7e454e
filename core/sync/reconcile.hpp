// core/sync/reconcile.hpp -- mends one stream on which phone and server disagree: finds where, offers what the server
// may have lost, then takes the server's order there. Events in, needs and frames out; nothing local is deleted.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/sync/frame.hpp"
#include "core/sync/range_search.hpp"
#include "core/sync/reconcile_message.hpp"

namespace doorstep {

// What it needs to know of the phone's own order, and how it is told.

/// The digests at these positions.
struct ReadPoints {
    Stream stream;
    std::vector<std::uint64_t> positions;
};
struct PointsRead {
    Stream stream;
    std::vector<Point> points;
};
/// Where the phone has a commit that it offers.
struct OfferedPlace {
    std::uint64_t position = 0;  ///< in its order; 0: the commit was displaced and has no place there
    std::int64_t number = 0;     ///< under which the phone finds the commit
};
/// What stands in these spans but this phone's own commits, which are pushed: at most limits::offer_items_max.
struct ReadOffer {
    Stream stream;
    std::vector<Span> spans;
    /// Instead of spans: what was displaced and has no place yet, by ascending numbers above this one.
    std::optional<std::int64_t> displaced_after = {};
};
struct OfferRead {
    Offer offer;
    std::vector<OfferedPlace> places;  ///< of each item
};
/// The commits at the first of these places, as many as one BRING of about bytes_max carries.
struct ReadBring {
    Stream stream;
    std::vector<OfferedPlace> places;
    std::size_t bytes_max = 0;
};
struct BringRead {
    Bring bring;
    std::size_t taken = 0;  ///< of the places; at least one
};
using OrderNeed = std::variant<ReadPoints, ReadOffer, ReadBring>;

/// Drives one stream. At any time it has a need, or a frame to send, or is done. Threads: none.
class Reconcile {
public:
    /// `cursor`: how far the phone goes; `head`: how far the server goes, as it said last.
    Reconcile(const Stream& stream, std::uint64_t cursor, std::uint64_t head);
    /// Both sides agree up to `cursor`, and the phone has commits that were displaced.
    static Reconcile of_displaced(const Stream& stream, std::uint64_t cursor);
    /// The stream leaves the phone: what stands there is offered, and nothing is asked of the server's order.
    static Reconcile of_leaving(const Stream& stream, const Span& span);

    const Stream& stream() const { return stream_; }
    const std::optional<OrderNeed>& need() const { return need_; }
    void take(PointsRead read);
    void take(OfferRead read);
    void take(BringRead read);

    /// Its part of the next request.
    const Bytes& frame() const { return frame_; }
    void frame_was_sent() { asked_ = Asked::sent; }
    void take(const Differs& differs);
    void take(const Wanted& wanted);
    /// The phone now has the server's order up to `position`, within what it fetches.
    void take_fetched(std::uint64_t position);
    /// The answer is read. What it left out is asked for again, twice. `head`: how far the server goes now.
    void end_answer(std::uint64_t head);

    /// Everything was offered. No stream may take the server's order before all have, since what one displaces another
    /// may have to offer.
    bool is_offering() const { return stage_ == Stage::offering || stage_ == Stage::bringing; }
    bool is_fetching() const { return stage_ == Stage::fetching; }
    bool is_done() const { return stage_ == Stage::done; }
    bool is_given_up() const { return stage_ == Stage::given_up; }
    bool is_leaving() const { return kind_ == Kind::leaving; }
    /// Once done: how far both sides agree. The phone's order ends there or at its cursor.
    std::uint64_t common() const { return common_; }

private:
    explicit Reconcile(const Stream& stream) : stream_(stream) {}
    enum class Stage { searching, offering, bringing, fetching, done, given_up };
    void search(std::uint64_t head);
    void search_again();
    void ask();
    void offer_next();
    void bring_next();
    void fetch_next();
    void send(FrameKind kind, const Bytes& payload);

    Stream stream_;
    enum class Kind { staying, leaving } kind_ = Kind::staying;
    std::uint64_t cursor_ = 0, head_ = 0, common_ = 0;
    Stage stage_ = Stage::searching;
    RangeSearch search_{0};
    std::vector<Span> unoffered_, unfetched_;
    std::optional<std::int64_t> displaced_after_ = 0;  // offered up to here; nullopt: all of it, since the last search
    std::vector<OfferedPlace> offered_, wanted_;
    std::optional<OrderNeed> need_;
    Bytes frame_;
    enum class Asked { unsent, sent, answered } asked_ = Asked::unsent;
    enum class Brought { nothing, something } brought_ = Brought::nothing;  // since the last search
    int silences_ = 0, searches_ = 0;
};

}  // namespace doorstep
