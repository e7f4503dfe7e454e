#include "bench/fleet.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/model/record_id.hpp"

namespace doorstep::bench {
namespace {

constexpr const char* author = "bench";

EntropySeed seed_of(unsigned char n) {
    EntropySeed seed{};
    seed.fill(n);
    return seed;
}

Divisions divisions_of(const Area& area) { return Divisions({{area.division, "bench"}}); }

RecordOps ops_of(const RecordEdit& edit, const RecordId& record) {
    RecordOps out{record, edit.type, {}};
    for (const FieldEdit& field : edit.fields)
        out.ops.push_back({field.field, field.kind, field.action, 0, field.value, {}});
    std::stable_sort(out.ops.begin(), out.ops.end(), [](const Op& a, const Op& b) {
        return a.field != b.field ? a.field < b.field : a.value < b.value;
    });
    return out;
}

Status send(Hub& hub, const Area& area, const Push& push) {
    const Header &first = push.commits.front().header, &last = push.commits.back().header;
    Hello hello;
    hello.replica = last.dot.replica;
    hello.base_seq = first.dot.seq - 1;
    hello.base_hash = head_of(first.previous);
    hello.top_seq = last.dot.seq;
    PushContext context{hello.replica, {hello.base_seq, first.previous}};
    Bytes message;
    write_frame(message, FrameKind::hello, hello.encode());
    write_frame(message, FrameKind::push, push.encode(context));
    DOORSTEP_TRY_ASSIGN(const Bytes answer, hub.exchange(grant_for(area), message, fleet_first_ms));
    if (answer.empty()) return Error{Errc::internal, "no answer"};
    return ok();
}

}  // namespace

std::vector<Commit> fleet_commits(const std::vector<RecordEdit>& records) {
    Entropy entropy(seed_of(9));
    std::vector<ReplicaId> replicas;
    for (std::size_t i = 0; i < fleet_replicas; ++i) replicas.push_back(entropy.draw<ReplicaId>());
    std::vector<ChainTop> tops(fleet_replicas);
    std::vector<Commit> out;
    for (std::size_t i = 0; i < records.size(); ++i) {
        const std::size_t who = i % fleet_replicas;
        Header header;
        header.dot = {replicas[who], tops[who].seq + 1};
        header.previous = tops[who].hash;
        header.wall_ms = fleet_first_ms + i * 37;
        header.hlc = {header.wall_ms, 0};
        header.author = author;
        Part part{records[i].home, entropy.draw<Salt>(), {}};
        part.records.push_back(ops_of(records[i], derive_record_id(header.hlc, part.salt, 0)));
        Commit commit;
        commit.parts.push_back(part.pack());
        header.parts.push_back(part_hash(commit.parts.back()));
        commit.header = std::move(header);
        tops[who] = {commit.header.dot.seq, commit.header.hash()};
        out.push_back(std::move(commit));
    }
    return out;
}

DatabaseOptions options_for(const std::string& path, Durability durability) {
    DatabaseOptions options;
    options.path = path;
    options.key.fill(7);
    options.mode = OpenMode::create;
    options.durability = durability;
    return options;
}

Result<std::unique_ptr<Phone>> make_phone(const DatabaseOptions& options, const Area& area) {
    DOORSTEP_TRY_ASSIGN(std::unique_ptr<Phone> phone, Phone::open(options, seed_of(1)));
    Enrolment enrolment;
    enrolment.author = author;
    enrolment.areas = {area};
    enrolment.divisions = divisions_of(area);
    DOORSTEP_TRY(phone->enrol(enrolment));
    return phone;
}

Result<std::unique_ptr<Hub>> make_hub(const DatabaseOptions& options, const Area& area) {
    return Hub::open(options, seed_of(2), divisions_of(area));
}

Grant grant_for(const Area& area) { return {author, {area}}; }

Status fill(Hub& hub, const Area& area, const std::vector<Commit>& commits) {
    constexpr std::size_t commits_a_day = 10;
    for (std::size_t day = 0; day < commits.size(); day += fleet_replicas * commits_a_day) {
        for (std::size_t who = 0; who < fleet_replicas; ++who) {
            Push push;
            const std::size_t end = std::min(commits.size(), day + fleet_replicas * commits_a_day);
            for (std::size_t i = day + who; i < end; i += fleet_replicas) push.commits.push_back(commits[i]);
            if (push.commits.empty()) continue;
            DOORSTEP_TRY(send(hub, area, push));
        }
    }
    return ok();
}

Bytes packed_state(const RecordEdit& edit) {
    RecordState state;
    Dot dot;
    dot.replica.bytes.fill(1);
    dot.seq = 1;
    apply(state, ops_of(edit, {}), dot);
    return state.pack();
}

}  // namespace doorstep::bench
