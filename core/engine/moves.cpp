#include "core/engine/moves.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/limits.hpp"
#include "core/merge/home.hpp"
#include "core/model/reserved_field.hpp"

namespace doorstep {
namespace {

constexpr std::size_t piece_head_bytes = 512;  // a record's id, and the origin with the longest author
constexpr std::size_t part_bytes_max = limits::commit_bytes_max - 2048;  // header, stream, and room for a long salt
constexpr std::size_t piece_ops_max = limits::record_ops_max - 1;        // one says where they come from

/// At most what the op takes in a part: each dot may name another replica.
std::size_t bytes_of(const Op& op) {
    constexpr std::size_t head = 32, dot = ReplicaId::size + 16;
    return head + op.value.bytes().size() + op.supersedes.size() * dot;
}

std::size_t bytes_of(const RecordOps& piece) {
    std::size_t bytes = piece_head_bytes;
    for (const Op& op : piece.ops) bytes += bytes_of(op);
    return bytes;
}

/// One write as pieces: nearly always one. A piece that begins within a log says at which of its lines.
Status cut(const RecordWrite& write, std::vector<RecordOps>& out) {
    LineCounter lines(write.origin.first_line);
    std::size_t bytes = 0;
    RecordOps piece{write.ops.record, write.ops.type, {}};
    Origin origin = write.origin;
    const auto close = [&]() -> Status {
        if (piece.ops.empty()) return ok();
        DOORSTEP_TRY_ASSIGN(Op said, origin_op(origin));
        const auto place = std::find_if(piece.ops.begin(), piece.ops.end(),
                                        [](const Op& op) { return op.field > reserved_field::origin; });
        piece.ops.insert(place, std::move(said));
        out.push_back(std::move(piece));
        piece = {write.ops.record, write.ops.type, {}};
        bytes = 0;
        return ok();
    };
    for (const Op& op : write.ops.ops) {
        if (piece.ops.size() == piece_ops_max || bytes + bytes_of(op) + piece_head_bytes > part_bytes_max)
            DOORSTEP_TRY(close());
        const std::uint32_t line = op.action == Op::Action::put ? lines.next(op.field) : 0;
        if (piece.ops.empty()) origin.first_line = line;
        bytes += bytes_of(op);
        piece.ops.push_back(op);
    }
    return close();
}

bool takes(const Part& part, const RecordId& record) {
    return part.records.size() < limits::part_records_max &&
           std::none_of(part.records.begin(), part.records.end(),
                        [&](const RecordOps& ops) { return ops.record == record; });
}

/// Names the part that the piece was written in first.
Bytes copied_part(const RecordOps& piece) {
    Bytes out;
    const std::optional<Origin> origin = origin_of(piece);
    if (!origin) return out;
    Writer writer(out);
    writer.fixed(origin->dot.replica);
    writer.varint(origin->dot.seq);
    writer.fixed(origin->hash);
    writer.varint(origin->area.division);
    writer.varint(origin->area.grid);
    return out;
}

bool is_move(const Op& op) { return op.field == reserved_field::home; }

/// One stream that holds a part of the record's words.
struct Place {
    StreamNo no = 0;
    Stream stream;
    RecordState state;  ///< as this stream alone says it
};

/// The record's places, as far as moves join them, and what they say together.
struct Places {
    std::vector<Place> all;
    RecordState state;
};

Result<Place> place_of(Store& store, const RecordRow& row) {
    Place out{row.stream, {}, {}};
    DOORSTEP_TRY_ASSIGN(out.stream, store.stream_of(row.stream));
    DOORSTEP_TRY_ASSIGN(out.state, RecordState::unpack(row.state));
    return out;
}

/// Whether the office carried words from `other` to `place`: then they are one record, also where an office that came
/// back from a backup has lost the move itself.
bool was_carried(const std::vector<RecordWrite>& writes, const Place& place, const Place& other) {
    return place.stream.compartment == other.stream.compartment &&
           std::any_of(writes.begin(), writes.end(), [&](const RecordWrite& write) {
               return write.came == RecordWrite::Came::carried && write.stream == place.no &&
                      write.origin.area == other.stream.area;
           });
}

/// Takes from `left` one place that knows of a move, and all that belong to it.
Places join(std::vector<Place>& left, std::vector<Place>::iterator first, const std::vector<RecordWrite>& writes) {
    Places out;
    const auto take = [&](std::vector<Place>::iterator place) {
        unite(out.state, place->state);
        out.all.push_back(std::move(*place));
        left.erase(place);
    };
    take(first);
    for (std::size_t i = 0; i < left.size();) {
        const bool joins = std::any_of(out.all.begin(), out.all.end(), [&](const Place& known) {
            return known.state.type == left[i].state.type &&
                   (share_a_move(known.state, left[i].state) || was_carried(writes, known, left[i]) ||
                    was_carried(writes, left[i], known));
        });
        if (joins) {
            take(left.begin() + static_cast<std::ptrdiff_t>(i));
            i = 0;
        } else {
            ++i;
        }
    }
    return out;
}

enum class Which { all, moves };

/// Adds what the stream `into` lacks of what the places hold.
Status add_missing(const Places& places, const std::vector<RecordWrite>& writes, const Stream& into, StreamNo into_no,
                   Which which, std::vector<Carry>& out) {
    std::set<Bytes> there;
    for (const RecordWrite& write : writes)
        if (write.stream == into_no)
            for (Bytes& key : write.keys()) there.insert(std::move(key));
    std::vector<RecordWrite> lacking;
    for (const RecordWrite& write : writes) {
        const bool ours = std::any_of(places.all.begin(), places.all.end(),
                                      [&](const Place& place) { return place.no == write.stream; });
        if (!ours || write.stream == into_no) continue;
        std::vector<Bytes> keys = write.keys();
        bool lacks = false;
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (which == Which::all || is_move(write.ops.ops[i]))
                lacks = there.insert(std::move(keys[i])).second || lacks;
        if (!lacks) continue;
        RecordWrite copy = write;
        if (which == Which::moves) std::erase_if(copy.ops.ops, [](const Op& op) { return !is_move(op); });
        lacking.push_back(std::move(copy));
    }
    std::stable_partition(lacking.begin(), lacking.end(), [](const RecordWrite& write) {
        return std::any_of(write.ops.ops.begin(), write.ops.ops.end(), is_move);
    });
    Carry carry{into, {}};
    for (const RecordWrite& write : lacking) DOORSTEP_TRY(cut(write, carry.pieces));
    if (!carry.pieces.empty()) out.push_back(std::move(carry));
    return ok();
}

/// All words to where the record stands; to where it does not, and nobody has said so, that it was moved.
Status add_for(Store& store, const Places& places, const std::vector<RecordWrite>& writes, std::vector<Carry>& out) {
    const Stream home{*home_of(places.state), places.all.front().stream.compartment};
    DOORSTEP_TRY_ASSIGN(const StreamNo home_no, store.stream_no(home));
    DOORSTEP_TRY(add_missing(places, writes, home, home_no, Which::all, out));
    for (const Place& place : places.all) {
        const std::optional<Area> believed = home_of(place.state);
        if (place.no == home_no || (believed && !(*believed == place.stream.area))) continue;
        DOORSTEP_TRY(add_missing(places, writes, place.stream, place.no, Which::moves, out));
    }
    return ok();
}

}  // namespace

std::size_t bytes_of(const Carry& carry) {
    std::size_t bytes = 0;
    for (const RecordOps& piece : carry.pieces) bytes += bytes_of(piece);
    return bytes;
}

Result<std::vector<Carry>> missing_carries(Store& store, const RecordId& record) {
    std::vector<Carry> out;
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordRow> rows, store.records_of(record));
    std::vector<Place> left;
    for (const RecordRow& row : rows) {
        DOORSTEP_TRY_ASSIGN(Place place, place_of(store, row));
        left.push_back(std::move(place));
    }
    const auto find_moved = [&] {
        return std::find_if(left.begin(), left.end(),
                            [](const Place& place) { return home_of(place.state).has_value(); });
    };
    if (find_moved() == left.end()) return out;
    DOORSTEP_TRY_ASSIGN(const std::vector<RecordWrite> writes, writes_of(store, record));
    for (auto moved = find_moved(); moved != left.end(); moved = find_moved())
        DOORSTEP_TRY(add_for(store, join(left, moved, writes), writes, out));
    return out;
}

std::vector<Part> lay_out(std::vector<Carry> carries) {
    std::stable_sort(carries.begin(), carries.end(), [](const Carry& a, const Carry& b) { return a.into < b.into; });
    std::vector<Part> out;
    std::vector<std::size_t> bytes;     // of each part
    std::map<Bytes, std::size_t> open;  // by stream and part that it is a copy of: where the next piece goes
    std::size_t most = 0;
    for (const Carry& carry : carries) most = std::max(most, carry.pieces.size());
    for (std::size_t nth = 0; nth < most; ++nth) {  // the moves of all records, then the next of each
        for (Carry& carry : carries) {
            if (nth >= carry.pieces.size()) continue;
            RecordOps& piece = carry.pieces[nth];
            const std::size_t size = bytes_of(piece);
            const auto [at, fresh] = open.emplace(carry.into.key() + copied_part(piece), out.size());
            const bool fits =
                !fresh && takes(out[at->second], piece.record) && bytes[at->second] + size <= part_bytes_max;
            if (!fits) {
                at->second = out.size();
                out.push_back({carry.into, {}, {}});
                bytes.push_back(0);
            }
            bytes[at->second] += size;
            out[at->second].records.push_back(std::move(piece));
        }
    }
    for (Part& part : out)
        std::sort(part.records.begin(), part.records.end(),
                  [](const RecordOps& a, const RecordOps& b) { return a.record < b.record; });
    return out;
}

}  // namespace doorstep
