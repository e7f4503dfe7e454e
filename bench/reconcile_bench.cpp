#include "bench/reconcile_bench.hpp"

#include <algorithm>

#include "bench/fleet.hpp"
#include "bench/stopwatch.hpp"
#include "core/model/record_id.hpp"
#include "core/model/schema.hpp"

namespace doorstep::bench {
namespace {

struct ReconcileFigures {
    std::uint64_t commits = 0;         ///< in the stream on both sides
    std::uint64_t round_trips = 0;     ///< of the whole synchronisation, from HELLO to agreement
    std::uint64_t bytes = 0;           ///< of its bodies both ways, DATA's payload aside
    std::uint64_t data_bytes = 0;      ///< of the DATA that repaired it
    std::uint64_t server_commits = 0;  ///< in the stream for the server's times
    std::uint64_t server_rounds = 0;   ///< that found the place there
    double server_ms_max = 0;          ///< the slowest answer to RANGES
};

constexpr std::uint64_t commits_a_transaction = 5'000;

/// Commits of one short field each, straight into the office's file: what they say does not matter here.
Status fill_stream(Store& store, const Stream& stream, std::uint64_t commits) {
    std::vector<ReplicaId> replicas(fleet_replicas);
    for (std::size_t i = 0; i < replicas.size(); ++i) {
        Bytes seed = "bench replica";
        Writer(seed).u64(i);
        replicas[i] = ReplicaId::from(sha256(seed).view().substr(0, ReplicaId::size)).value();
    }
    std::vector<ChainTop> tops(replicas.size());
    DOORSTEP_TRY_ASSIGN(const Value words, Value::text("x"));
    for (std::uint64_t done = 0; done < commits;) {
        DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
        Admission admission(store);
        for (std::uint64_t n = 0; n < commits_a_transaction && done < commits; ++n, ++done) {
            ChainTop& top = tops[done % replicas.size()];
            Commit commit;
            Header& header = commit.header;
            header.dot = {replicas[done % replicas.size()], top.seq + 1};
            header.previous = top.hash;
            header.wall_ms = fleet_first_ms + done;
            header.hlc = {header.wall_ms, 0};
            header.author = "bench";
            Part part{stream, {}, {}};
            Op op;
            op.field = 1;
            op.value = words;
            part.records = {{derive_record_id(header.hlc, part.salt, 0), 1, {op}}};
            commit.parts = {part.pack()};
            header.parts = {part_hash(commit.parts.front())};
            top = {header.dot.seq, header.hash()};
            DOORSTEP_TRY_ASSIGN(const Admission::Outcome out, admission.admit(commit, top.hash, {part}));
            DOORSTEP_TRY(admission.place(stream, out.no, top.hash));
        }
        DOORSTEP_TRY(admission.finish());
        DOORSTEP_TRY(transaction.commit());
    }
    return ok();
}

/// As if another commit stood there on the phone.
Status diverge(const DatabaseOptions& options, const Stream& stream, std::uint64_t position) {
    DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
    DOORSTEP_TRY_ASSIGN(StreamMark mark, store.stream_mark(stream));
    const Digest off{1, 2};
    DOORSTEP_TRY(store.shift_digests_after(mark.no, position - 1, off));
    mark.head.digest += off;
    DOORSTEP_TRY(store.set_stream_mark(mark));
    return transaction.commit();
}

Result<std::uint64_t> data_bytes_in(BytesView message) {
    std::uint64_t bytes = 0;
    FrameReader frames(message);
    while (true) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Frame> frame, frames.next());
        if (!frame) return bytes;
        if (frame->kind == FrameKind::data) bytes += frame->payload.size();
    }
}

Status sync(Phone& phone, Hub& hub, const Area& area, ReconcileFigures& out) {
    out.round_trips = out.bytes = out.data_bytes = 0;
    DOORSTEP_TRY_ASSIGN(std::optional<Bytes> request, phone.begin_sync());
    while (request) {
        DOORSTEP_TRY_ASSIGN(const Bytes answer, hub.exchange(grant_for(area), *request, fleet_first_ms));
        DOORSTEP_TRY_ASSIGN(const std::uint64_t data, data_bytes_in(answer));
        ++out.round_trips;
        out.data_bytes += data;
        out.bytes += request->size() + answer.size() - data;
        DOORSTEP_TRY_ASSIGN(request, phone.continue_sync(answer, fleet_first_ms));
    }
    return ok();
}

Status measure_repair(const std::string& folder, const Stream& stream, ReconcileFigures& out) {
    const DatabaseOptions phone_file = options_for(folder + "/reconcile-phone.db", Durability::normal);
    DOORSTEP_TRY_ASSIGN(auto hub, make_hub(options_for(folder + "/reconcile-hub.db", Durability::normal), stream.area));
    DOORSTEP_TRY(fill_stream(hub->store(), stream, out.commits));
    DOORSTEP_TRY_ASSIGN(auto phone, make_phone(phone_file, stream.area));
    DOORSTEP_TRY(sync(*phone, *hub, stream.area, out));
    phone.reset();
    DOORSTEP_TRY(diverge(phone_file, stream, out.commits / 3));
    DOORSTEP_TRY_ASSIGN(phone, make_phone(phone_file, stream.area));
    DOORSTEP_TRY(sync(*phone, *hub, stream.area, out));
    DOORSTEP_TRY_ASSIGN(const auto streams, phone->streams());
    DOORSTEP_TRY_ASSIGN(const StreamMark there, hub->store().stream_mark(stream));
    if (streams.size() != 1 || streams.front().head.digest != there.head.digest)
        return Error{Errc::digest_mismatch, "the repair did not lead to agreement"};
    return ok();
}

Status measure_server(const std::string& folder, const Stream& stream, ReconcileFigures& out) {
    DOORSTEP_TRY_ASSIGN(auto hub,
                        make_hub(options_for(folder + "/reconcile-large.db", Durability::normal), stream.area));
    DOORSTEP_TRY(fill_stream(hub->store(), stream, out.server_commits));
    DOORSTEP_TRY_ASSIGN(const StreamMark mark, hub->store().stream_mark(stream));
    Hello hello;
    hello.replica.bytes.fill(1);
    RangeSearch search(mark.head.position);
    for (; !search.points().empty(); ++out.server_rounds) {
        Ranges ranges{stream, {}};
        for (const std::uint64_t position : search.points()) {
            DOORSTEP_TRY_ASSIGN(const std::optional<Digest> digest, hub->store().digest_at(mark.no, position));
            Digest here = digest.value_or(Digest{});
            if (position >= out.server_commits / 3) here += Digest{1, 2};
            ranges.points.push_back({position, here});
        }
        Bytes request;
        write_frame(request, FrameKind::hello, hello.encode());
        write_frame(request, FrameKind::ranges, ranges.encode());
        const double before = wall_s();
        DOORSTEP_TRY_ASSIGN(const Bytes answer, hub->exchange(grant_for(stream.area), request, fleet_first_ms));
        out.server_ms_max = std::max(out.server_ms_max, (wall_s() - before) * 1e3);
        FrameReader frames(answer);
        while (true) {
            DOORSTEP_TRY_ASSIGN(const std::optional<Frame> frame, frames.next());
            if (!frame) return Error{Errc::internal, "RANGES was not answered"};
            if (frame->kind != FrameKind::differs) continue;
            DOORSTEP_TRY_ASSIGN(const Differs differs, Differs::decode(frame->payload));
            search.take(differs.intervals);
            break;
        }
    }
    return ok();
}

}  // namespace

Status reconcile(Context& context) {
    ReconcileFigures found;
    found.commits = 100'000;
    found.server_commits = 1'000'000;
    const Stream stream{context.records.front().home.area, {}};
    DOORSTEP_TRY(measure_repair(context.folder, stream, found));
    DOORSTEP_TRY(measure_server(context.folder, stream, found));
    const auto add = [&](const char* what, const char* unit, double ours, const char* target, double limit) {
        Figure figure;
        figure.bench = "reconcile";
        figure.what = what;
        figure.unit = unit;
        figure.ours = ours;
        figure.target = target;
        figure.met = ours <= limit;
        context.report->add(std::move(figure));
    };
    add("1 of 100,000 commits differs: round trips", "", static_cast<double>(found.round_trips), "<= 6", 6);
    add("... bytes beside DATA", "bytes", static_cast<double>(found.bytes), "<= 5 KB", 5 * 1024);
    add("the slowest answer at 1,000,000 commits", "ms", found.server_ms_max, "<= 20 ms", 20);
    return ok();
}

}  // namespace doorstep::bench
