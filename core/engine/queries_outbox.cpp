#include "core/engine/queries_outbox.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

constexpr std::size_t read_bytes_max = limits::message_bytes_max;

/// Visits each own commit above after_seq with each record it wrote to.
template <class Visit>
Status each_write(Store& store, const OwnChain& own, std::uint64_t after_seq, const Visit& visit) {
    while (true) {
        DOORSTEP_TRY_ASSIGN(const auto commits, store.commits_after(own.replica, after_seq, read_bytes_max));
        if (commits.empty()) return ok();
        for (const Commit& commit : commits)
            for (const Bytes& packed : commit.parts) {
                const auto part = Part::unpack(packed);
                if (!part) continue;
                for (const RecordOps& ops : part.value().records)
                    DOORSTEP_TRY(visit(commit.header.dot.seq, part.value().stream, ops.record));
            }
        after_seq = commits.back().header.dot.seq;
    }
}

bool wrote_to(const RecordState& state, const ReplicaId& replica) {
    const auto own = [&](const auto& write) { return write.dot.replica == replica; };
    return std::any_of(state.fields.begin(), state.fields.end(), [&](const FieldState& field) {
        return std::any_of(field.live.begin(), field.live.end(), own) ||
               std::any_of(field.superseded.begin(), field.superseded.end(), own);
    });
}

/// The records of the parts that the office holds.
Result<std::vector<RecordId>> held_records(Store& store, const OwnChain& own) {
    std::vector<RecordId> out;
    for (const HeldNotice& notice : *own.held) {
        DOORSTEP_TRY_ASSIGN(const auto commit, store.find_commit({own.replica, notice.seq}));
        if (!commit || notice.part >= commit->parts.size()) continue;
        const auto part = Part::unpack(commit->parts[notice.part]);
        if (!part) continue;
        for (const RecordOps& ops : part.value().records) out.push_back(ops.record);
    }
    return out;
}

}  // namespace

Result<std::vector<Delivery>> deliveries(Store& store, const OwnChain& own, const std::vector<RecordId>& records) {
    std::map<RecordId, Delivery> found;
    for (const RecordId& record : records) {
        Delivery& delivery = found[record] = Delivery::not_own;
        DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(record));
        for (const RecordRow& row : rows) {
            DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(row.state));
            if (wrote_to(state, own.replica)) delivery = Delivery::backed_up;
        }
    }
    const auto worse = [&](const RecordId& record, Delivery delivery) {
        const auto at = found.find(record);
        if (at != found.end()) at->second = std::max(at->second, delivery);
    };
    DOORSTEP_TRY(each_write(store, own, std::min(own.backed_up_seq, own.durable_seq),
                            [&](std::uint64_t seq, const Stream&, const RecordId& record) {
                                worse(record, seq > own.durable_seq ? Delivery::only_here : Delivery::received);
                                return ok();
                            }));
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordId> held, held_records(store, own));
    for (const RecordId& record : held) worse(record, Delivery::held);
    std::vector<Delivery> out;
    for (const RecordId& record : records) out.push_back(found[record]);
    return out;
}

Result<Page> list_only_here(Store& store, const OwnChain& own, const PageRequest& request) {
    std::vector<RowNo> rows;
    Projection projection(store.database());
    DOORSTEP_TRY(each_write(store, own, own.durable_seq,
                            [&](std::uint64_t, const Stream& home, const RecordId& record) -> Status {
                                DOORSTEP_TRY_ASSIGN(const StreamNo stream, store.stream_no(home));
                                DOORSTEP_TRY_ASSIGN(const auto no, projection.number_of(record, stream));
                                if (no) rows.push_back(*no);
                                return ok();
                            }));
    std::sort(rows.begin(), rows.end(), std::greater<RowNo>());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return page_of_sorted(store, std::move(rows), request);
}

}  // namespace doorstep
