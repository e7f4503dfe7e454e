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

Fleet::Fleet() : entropy_(seed_of(9)), tops_(fleet_replicas) {
    for (std::size_t i = 0; i < fleet_replicas; ++i) replicas_.push_back(entropy_.draw<ReplicaId>());
}

Header Fleet::next_header() {
    const std::size_t who = made_ % fleet_replicas;
    Header header;
    header.dot = {replicas_[who], tops_[who].seq + 1};
    header.previous = tops_[who].hash;
    header.wall_ms = fleet_first_ms + made_ * 37;
    header.hlc = {header.wall_ms, 0};
    header.author = author;
    return header;
}

Commit Fleet::commit(Part part, const Header& header) {
    Commit out;
    out.header = header;
    out.parts.push_back(part.pack());
    out.header.parts.push_back(part_hash(out.parts.back()));
    tops_[made_ % fleet_replicas] = {header.dot.seq, out.header.hash()};
    ++made_;
    return out;
}

Commit Fleet::make(const RecordEdit& edit) {
    const Header header = next_header();
    Part part{edit.home, entropy_.draw<Salt>(), {}};
    part.records.push_back(ops_of(edit, derive_record_id(header.hlc, part.salt, 0)));
    return commit(std::move(part), header);
}

Commit Fleet::change(const Dot& made_by, const RecordId& record, const RecordEdit& made, const FieldEdit& field) {
    Part part{made.home, entropy_.draw<Salt>(), {}};
    part.records.push_back({record, made.type, {{field.field, field.kind, field.action, 1, field.value, {made_by}}}});
    return commit(std::move(part), next_header());
}

std::vector<Commit> fleet_commits(const std::vector<RecordEdit>& records) {
    Fleet fleet;
    std::vector<Commit> out;
    for (const RecordEdit& record : records) out.push_back(fleet.make(record));
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

Grant grant_for(const Area& area) { return {{{area}}, author}; }

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
