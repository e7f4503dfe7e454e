// Both sides of a synchronisation with the other side being anybody: requests at the office, answers at a phone.
#include <algorithm>
#include <deque>
#include <filesystem>

#include "core/base/limits.hpp"
#include "core/engine/hub.hpp"
#include "core/sync/phone_session.hpp"
#include "tests/fuzz/canonical.hpp"
#include "tests/fuzz/script.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::fuzz {
namespace {

using namespace doorstep::test;

/// What one phone saved before the fuzzer comes: three commits, of which the office has two.
std::vector<Commit> saved_commits() {
    Chain chain(replica(3));
    return {chain.commit({summary_part(village, 1, "a")}), chain.commit({summary_part(village, 1, "b")}),
            chain.commit({summary_part(town, 2, "c", 8), summary_part(village, 3, "d")})};
}

std::vector<Commit> commits_of_others() {
    Chain chain(replica(9));
    return {chain.commit({summary_part(village, 4, "e")}), chain.commit({summary_part(village, 4, "f")})};
}

Bytes request_of(const std::vector<Commit>& commits, const ChainTop& base, const std::vector<Pull>& pulls) {
    Hello hello;
    hello.replica = replica(3);
    hello.base_seq = base.seq;
    hello.base_hash = head_of(base.hash);
    hello.top_seq = base.seq + commits.size();
    Bytes message;
    write_frame(message, FrameKind::hello, hello.encode());
    PushContext context{replica(3), base};
    if (!commits.empty()) write_frame(message, FrameKind::push, Push{commits}.encode(context));
    for (const Pull& pull : pulls) write_frame(message, FrameKind::pull, pull.encode());
    return message;
}

// --- a request as the office reads it, without a store ---------------------------------------------------------------

void look_exchange(BytesView script) {
    const Bytes message = script_messages(script).front();
    const Allocations allocations;
    auto exchange = Exchange::open(message);
    if (!exchange) return promise_refusal(exchange.error());
    exchange.value().read_rest(PushContext{replica(3), {}});
    promise_bounded(allocations, message.size(), bytes_a_byte_max);
    if (exchange.value().broken) promise_refusal(*exchange.value().broken);
}

// --- answers as a phone reads them -----------------------------------------------------------------------------------

/// Plays the host of a session whose server says what the script says.
class Host {
public:
    explicit Host(std::vector<Bytes> answers) : commits_(saved_commits()), answers_(std::move(answers)) {}

    void run() {
        const ChainTop top{3, commits_.back().header.hash()};
        cursors_ = {{stream(village), 2, digest_at(2)}};
        perform(session_.on(Begin{replica(3), top, 2, id_of<EpochId>(4), cursors_, {}, {}, {}, {}}));
        while (!over_ && next_ < answers_.size()) {
            const Allocations allocations;
            auto actions = session_.on(Received{answers_[next_]});
            promise(allocations.peak_bytes() <= answers_[next_].size() * bytes_a_byte_max + 4 * limits::data_bytes_max,
                    "an answer of " + std::to_string(answers_[next_].size()) + " bytes took " +
                        std::to_string(allocations.peak_bytes()));
            ++next_;
            perform(std::move(actions));
        }
    }

private:
    /// As far as this phone's own order goes.
    static Digest digest_at(std::uint64_t position) { return {position * 3, position}; }

    void perform(std::vector<SyncAction> actions) {
        promise(!actions.empty(), "a session goes on or is over");
        queue(std::move(actions));
        for (; !queue_.empty(); queue_.pop_front()) {
            promise(!over_, "nothing follows the end of a session");
            std::visit([&](auto& a) { take(a); }, queue_.front());
        }
    }
    void queue(std::vector<SyncAction> actions) {
        for (SyncAction& action : actions) queue_.push_back(std::move(action));
    }
    StreamHead& cursor(const Stream& of) {
        for (StreamHead& head : cursors_)
            if (head.stream == of) return head;
        return cursors_.emplace_back(StreamHead{of, 0, {}});
    }
    void take(const ReadOutbox& read) {
        Outbox outbox;
        for (const Commit& commit : commits_)
            if (commit.header.dot.seq > read.after_seq) outbox.commits.push_back(commit);
        promise(++reads_ <= 2 * answers_.size() + 2, "a session does not turn in circles");
        queue(session_.on(std::move(outbox)));
    }
    void take(const Send& send) {
        FrameReader frames(send.message);
        const auto first = frames.next();
        promise(first && first.value() && first.value()->kind == FrameKind::hello, "a request begins with HELLO");
    }
    void take(const Learn& learn) {
        promise(learn.welcome.durable_seq <= 3, "nobody makes a phone believe that more is durable than it has");
    }
    void take(const Apply& apply) {
        promise(apply.batch.after + apply.batch.entries.size() == apply.reached.position,
                "what is applied is one run up to its checkpoint");
        promise(apply.batch.after == cursor(apply.reached.stream).position, "a run begins at the cursor");
        cursor(apply.reached.stream) = apply.reached;
    }
    void take(const Stage& stage) {
        promise(!stage.partial || stage.partial->bytes.size() < limits::run_bytes_max, "a piece is less than a chunk");
    }
    void take(const Repair& repair) {
        promise(repair.batch.after + repair.batch.entries.size() == repair.reached.position,
                "what is mended is one run up to its checkpoint");
        queue(session_.on(Moved{cursor(repair.reached.stream)}));
    }
    void take(const Truncate& end) {
        promise(end.position < cursor(end.stream).position, "an order only ends earlier");
        cursor(end.stream) = {end.stream, end.position, digest_at(end.position)};
        queue(session_.on(Moved{cursor(end.stream)}));
    }
    void take(const ReadPoints& asked) {
        PointsRead told{asked.stream, {}};
        for (const std::uint64_t position : asked.positions) told.points.push_back({position, digest_at(position)});
        queue(session_.on(std::move(told)));
    }
    void take(const ReadOffer& asked) {
        OfferRead told{{asked.stream, {}}, {}};
        for (const Span& span : asked.spans)
            for (std::uint64_t at = span.after + 1; at <= std::min<std::uint64_t>(span.upto, others_.size()); ++at) {
                const Header& header = others_[static_cast<std::size_t>(at - 1)].header;
                told.offer.items.push_back({header.dot, head_of(header.hash())});
                told.places.push_back({at, static_cast<std::int64_t>(at)});
            }
        queue(session_.on(std::move(told)));
    }
    void take(const ReadBring& asked) {
        const std::uint64_t at = asked.places.front().position;
        promise(at >= 1 && at <= others_.size(), "what was not offered is not brought");
        queue(session_.on(BringRead{{asked.stream, at - 1, {}, {}, {others_[static_cast<std::size_t>(at - 1)]}}, 1}));
    }
    void take(const Restored&) {}
    void take(const Fork& fork) { over_ = fork.at_seq >= 1 && fork.at_seq <= 3; }
    void take(const Rescope&) { over_ = true; }
    void take(const TakeNames&) {}
    void take(const Offered&) { promise(false, "nothing leaves here"); }
    void take(const Proved&) { promise(false, "nothing was purged here"); }
    void take(const Finished&) { over_ = true; }
    void take(const Failed&) { over_ = true; }

    PhoneSession session_;
    std::vector<Commit> commits_, others_ = commits_of_others();  // its own; what stands in its orders
    std::vector<StreamHead> cursors_;
    std::deque<SyncAction> queue_;
    std::vector<Bytes> answers_;
    std::size_t next_ = 0, reads_ = 0;
    bool over_ = false;
};

void look_answers(BytesView script) { Host(script_messages(script)).run(); }

// --- requests at an office with a store ------------------------------------------------------------------------------

/// An office that has two commits of the phone, made once and copied for each input: every input meets the same one.
class Office {
public:
    Office() {
        auto hub = open(template_path());
        const std::vector<Commit> commits = saved_commits();
        must(hub->exchange(grant(), request_of({commits[0], commits[1]}, {}, {}), now_ms));
        hub.reset();
    }
    static const Grant& grant() {
        static const Grant grant{{{area(town)}}, "cadre"};
        return grant;
    }
    std::unique_ptr<Hub> fresh() {
        const std::string path = scratch_.path("hub.db");
        copy_database(template_path(), path);
        return open(path);
    }
    static constexpr std::uint64_t now_ms = 1'763'700'000'000;

private:
    std::string template_path() const { return scratch_.path("template.db"); }
    static std::unique_ptr<Hub> open(const std::string& path) {
        EntropySeed seed{};
        return must(
            Hub::open({path, storage_key(1), OpenMode::create, Durability::normal, {}}, seed, some_divisions()));
    }
    Scratch scratch_;
};

void promise_answer(BytesView answer) {
    FrameReader frames(answer);
    const auto first = frames.next();
    promise(first && first.value(), "an answer has a frame");
    const FrameKind kind = first.value()->kind;
    promise(kind == FrameKind::welcome || kind == FrameKind::refused, "an answer begins with WELCOME or REFUSED");
    promise(answer.size() <= limits::answer_bytes_max + limits::data_bytes_max, "an answer is bounded");
}

/// Whatever is asked: an answer, nothing but what a phone may say in the store, and the same again when asked again.
void look_hub(BytesView script) {
    static Office office;
    const auto hub = office.fresh();
    for (const Bytes& request : script_messages(script)) {
        if (request.size() > limits::message_bytes_max) continue;  // refused before the hub sees it
        promise_answer(must(hub->exchange(Office::grant(), request, Office::now_ms)));
        const Verification once = must(hub->verify());
        promise_answer(must(hub->exchange(Office::grant(), request, Office::now_ms)));
        const Verification twice = must(hub->verify());
        promise(once.commits == twice.commits && once.state == twice.state, "a request sent again has no effect");
        promise(once.commits >= 2, "what is durable stays");
    }
}

std::vector<Bytes> some_answers() {
    const std::vector<Commit> commits = saved_commits();
    Chain other(replica(4));
    Welcome welcome;
    welcome.epoch = id_of<EpochId>(5);
    welcome.server_ms = Office::now_ms;
    welcome.durable_seq = 3;
    Bytes told, data;
    const StreamHead there{stream(village), 4, {9, 9}};
    write_frame(told, FrameKind::welcome, welcome.encode());
    write_frame(told, FrameKind::heads, Heads{{there}}.encode());
    DataMemory memory;
    write_frame(data, FrameKind::welcome, welcome.encode());
    StreamWriter writer(data, memory, stream(village), 2);
    writer.add(Data::Own{3});
    writer.add(other.commit({summary_part(village, 5, "e")}));
    writer.close(there.digest, 4);
    return {told, data};
}

}  // namespace

std::vector<Target> conversation_targets() {
    return {{"answers", look_answers}, {"exchange", look_exchange}, {"hub", look_hub}};
}

std::vector<Seed> conversation_seeds() {
    const std::vector<Commit> commits = saved_commits();
    const ChainTop second{2, commits[1].header.hash()};
    const Pull from_start{{stream(village), 0, {}}, {}}, elsewhere{{stream(far_village), 0, {}}, {}};
    const Bytes all = script_of(request_of(commits, {}, {from_start}));
    const Bytes rest = script_of(request_of({commits[2]}, second, {from_start, elsewhere}));
    Chain forked(replica(3));
    const Bytes fork = script_of(request_of({forked.commit({summary_part(village, 1, "z")})}, {}, {}));
    std::vector<Seed> out;
    for (const std::string_view target : {"exchange", "hub"}) {
        out.push_back({target, "from-the-first", all});
        out.push_back({target, "the-rest", rest});
        out.push_back({target, "forked", fork});
    }
    out.push_back({"hub", "two-requests", rest + '\0' + fork});
    const std::vector<Bytes> answers = some_answers();
    Bytes refused;
    write_frame(refused, FrameKind::refused, Refused{27, "x"}.encode());
    out.push_back({"answers", "told-then-data", script_of(answers[0]) + '\0' + script_of(answers[1])});
    out.push_back({"answers", "refused", script_of(refused)});
    Bytes forked_answer;
    Welcome welcome;
    welcome.durable_seq = 2;
    write_frame(forked_answer, FrameKind::welcome, welcome.encode());
    write_frame(forked_answer, FrameKind::forked, Forked{0}.encode());
    out.push_back({"answers", "forked-below", script_of(forked_answer) + '\0' + script_of(forked_answer)});
    return out;
}

}  // namespace doorstep::fuzz
