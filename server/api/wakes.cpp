#include "server/api/wakes.hpp"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>
#include <utility>

namespace doorstep::server {

std::string wake_name(const Stream& stream) {
    switch (stream.compartment.kind) {
        case Compartment::Kind::open: break;
        case Compartment::Kind::restricted: return stream.area.text() + ":restricted";
        case Compartment::Kind::forms: return stream.area.text() + ":forms";
        case Compartment::Kind::sealed: return stream.area.text() + ":sealed:" + stream.compartment.matter.hex();
    }
    return stream.area.text();
}

/// Who is online. A feed is found by the areas of its scope, so that a commit costs by who may see it and not by who
/// is online.
struct Wakes::Index {
    std::mutex mutex;  ///< taken before any feed's
    std::multimap<Area, WakeFeed*> by_area;
    std::map<Hash, std::deque<WakeFeed*>> by_device;  ///< of one device: oldest first
};

/// What one socket has not been told yet.
class WakeFeed final : public Feed {
public:
    WakeFeed(Scope scope, std::function<void(WakeFeed*)> leave) : scope_(std::move(scope)), leave_(std::move(leave)) {}
    ~WakeFeed() override { leave_(this); }
    WakeFeed(const WakeFeed&) = delete;
    WakeFeed& operator=(const WakeFeed&) = delete;

    Message take() override {
        const std::lock_guard lock(mutex_);
        if (!over_.empty()) return Over{over_};
        if (streams_.empty() && scope_news_ == ScopeNews::none) return Nothing{};
        nlohmann::json names = nlohmann::json::array();
        for (const Stream& stream : streams_) names.push_back(wake_name(stream));
        nlohmann::json message = {{"streams", std::move(names)}};
        if (std::exchange(more_, More::no) == More::yes) message["more"] = true;
        if (std::exchange(scope_news_, ScopeNews::none) == ScopeNews::other) message["scope"] = true;
        streams_.clear();
        return Text{message.dump()};
    }

    void listen(std::function<void()> ring) override {
        const std::lock_guard lock(mutex_);
        ring_ = std::move(ring);
    }

    /// The stream grew; nothing happens when the scope does not cover it. tell() follows.
    void mark(const Stream& stream) {
        const std::lock_guard lock(mutex_);
        if (!scope_.covers(stream)) return;
        if (streams_.empty()) untold_ = Untold::yes;
        if (streams_.size() < wake_streams_max || streams_.count(stream) != 0)
            streams_.insert(stream);
        else
            more_ = More::yes;
    }
    /// Once all that changed together is marked, so that it is told together.
    void tell() {
        const std::lock_guard lock(mutex_);
        if (std::exchange(untold_, Untold::no) == Untold::yes) ring();
    }
    void set_scope(const Scope& scope) {
        const std::lock_guard lock(mutex_);
        scope_ = scope;
        scope_news_ = ScopeNews::other;
        ring();
    }
    void end(std::string_view reason) {
        const std::lock_guard lock(mutex_);
        over_ = reason;
        ring();
    }
    /// Set under the index's mutex as well as this one's: either is enough to read it.
    const Scope& scope() const { return scope_; }

private:
    void ring() {
        if (ring_) ring_();
    }

    std::mutex mutex_;
    Scope scope_;
    std::function<void(WakeFeed*)> leave_;
    std::function<void()> ring_;
    std::set<Stream> streams_;
    std::string_view over_;
    enum class More { no, yes } more_ = More::no;
    enum class Untold { no, yes } untold_ = Untold::no;
    enum class ScopeNews { none, other } scope_news_ = ScopeNews::none;
};

namespace {

void enter(std::multimap<Area, WakeFeed*>& by_area, WakeFeed* feed) {
    for (const Area& area : feed->scope().areas) by_area.emplace(area, feed);
}

void leave(std::multimap<Area, WakeFeed*>& by_area, const WakeFeed* feed) {
    for (const Area& area : feed->scope().areas) {
        const auto [first, last] = by_area.equal_range(area);
        const auto found = std::find_if(first, last, [feed](const auto& entry) { return entry.second == feed; });
        if (found != last) by_area.erase(found);
    }
}

}  // namespace

Wakes::Wakes(Storage& storage) : storage_(storage), index_(std::make_shared<Index>()) {}

std::shared_ptr<Feed> Wakes::open(const Device& device) {
    auto feed = std::make_shared<WakeFeed>(device.scope, [index = index_, id = device.id](WakeFeed* gone) {
        const std::lock_guard lock(index->mutex);
        leave(index->by_area, gone);
        auto& feeds = index->by_device[id];
        feeds.erase(std::remove(feeds.begin(), feeds.end(), gone), feeds.end());
        if (feeds.empty()) index->by_device.erase(id);
    });
    const std::lock_guard lock(index_->mutex);
    enter(index_->by_area, feed.get());
    auto& feeds = index_->by_device[device.id];
    feeds.push_back(feed.get());
    for (std::size_t i = 0; i + wake_sockets_max < feeds.size(); ++i) feeds[i]->end("replaced");
    return feed;
}

void Wakes::on_changes(const Changes& changes) {
    if (changes.access == Changes::Access::other) review_access();
    const std::lock_guard lock(index_->mutex);
    std::set<WakeFeed*> marked;
    const auto mark = [&marked](WakeFeed* feed, const Stream& stream) {
        feed->mark(stream);
        marked.insert(feed);
    };
    for (const Stream& stream : changes.streams) {
        std::vector<Area> around = areas_above(stream.area);
        around.push_back(stream.area);
        for (const Area& area : around) {
            const auto [first, last] = index_->by_area.equal_range(area);
            for (auto it = first; it != last; ++it) mark(it->second, stream);
        }
        if (stream.compartment.kind != Compartment::Kind::forms) continue;
        // Forms are for everybody below, too; areas are in order, so these follow the area's own place.
        for (auto it = index_->by_area.upper_bound(stream.area);
             it != index_->by_area.end() && stream.area.contains(it->first); ++it)
            mark(it->second, stream);
    }
    for (WakeFeed* feed : marked) feed->tell();
}

void Wakes::review_access() {
    const std::lock_guard lock(index_->mutex);
    for (const auto& [id, feeds] : index_->by_device) {
        const auto device = storage_.device(id);
        if (!device && device.error().code != Errc::unauthorized) continue;  // the storage's trouble, not the phone's
        for (WakeFeed* feed : feeds) {
            if (!device || device.value().revoked_ms != 0) {
                feed->end("revoked");
            } else if (feed->scope() != device.value().scope) {
                leave(index_->by_area, feed);
                feed->set_scope(device.value().scope);
                enter(index_->by_area, feed);
            }
        }
    }
}

}  // namespace doorstep::server
