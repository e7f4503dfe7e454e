#include "server/storage/log_audit.hpp"

#include <algorithm>
#include <set>

#include "core/base/codec.hpp"
#include "core/engine/written_state.hpp"
#include "core/model/commit.hpp"

namespace doorstep::server {
namespace {

bool tells_damage(const Error& error) {
    return error.code == Errc::corrupt || error.code == Errc::malformed || error.code == Errc::invalid_utf8 ||
           error.code == Errc::archive_missing;
}

/// Behind which entry of which stream.
struct Place {
    StreamNo stream = 0;
    std::uint64_t position = 0;

    Bytes encode() const {
        Bytes out;
        Writer writer(out);
        writer.varint(static_cast<std::uint64_t>(stream));
        writer.varint(position);
        return out;
    }
    static Result<Place> decode(BytesView bytes) {
        Place out;
        if (bytes.empty()) return out;
        Reader in(bytes);
        out.stream = static_cast<StreamNo>(in.varint());
        out.position = in.varint();
        DOORSTEP_TRY(in.finish("a place in the log"));
        return out;
    }
};

/// One slice of one stream.
class Slice {
public:
    Slice(Store& store, const StreamMark& mark, std::uint64_t position)
        : store_(store), mark_(mark), position_(position) {}

    Status read(std::size_t entries_max) {
        DOORSTEP_TRY_ASSIGN(digest_, stored_digest());
        for (std::size_t left = entries_max; left > 0 && position_ < mark_.head.position;) {
            const std::uint64_t before = position_;
            const auto visit = [&](const SequenceEntry& entry) -> Result<Store::Visit> {
                DOORSTEP_TRY(check(entry));
                return --left > 0 ? Store::Visit::go_on : Store::Visit::stop;
            };
            const Status visited = store_.entries_after(mark_.no, position_, visit);
            if (!visited && !tells_damage(visited.error())) return visited;
            if (visited && position_ > before) continue;
            if (visited && left == 0) break;
            // What cannot be read, or is missing, is passed over.
            damaged_at(++position_);
            if (left > 0) --left;
            DOORSTEP_TRY_ASSIGN(digest_, stored_digest());
        }
        if (position_ == mark_.head.position && digest_ != mark_.head.digest) damaged_at(position_);
        return check_records();
    }

    std::uint64_t position() const { return position_; }
    std::vector<std::string> damaged() const {
        std::vector<std::string> out;
        for (const std::uint64_t position : damaged_)
            out.push_back(mark_.head.stream.area.text() + " " + std::to_string(position));
        return out;
    }

private:
    void damaged_at(std::uint64_t position) { damaged_.insert(position); }

    Result<Digest> stored_digest() {
        if (position_ == 0) return Digest();
        DOORSTEP_TRY_ASSIGN(const std::optional<Digest> stored, store_.digest_at(mark_.no, position_));
        return stored.value_or(Digest());
    }

    Status check(const SequenceEntry& entry) {
        for (; position_ + 1 < entry.position; ++position_) damaged_at(position_ + 1);
        position_ = entry.position;
        digest_ += Digest::at(position_, entry.commit.header.hash());
        DOORSTEP_TRY_ASSIGN(const Digest stored, stored_digest());
        if (stored != digest_) damaged_at(position_);
        digest_ = stored;  // told once, not at every place behind it
        return gather(entry);
    }

    /// The records that the entry wrote in this stream.
    Status gather(const SequenceEntry& entry) {
        for (std::uint32_t i = 0; i < entry.commit.parts.size(); ++i) {
            const Bytes& packed = entry.commit.parts[i];
            if (packed.empty()) continue;  // erased, or of a stream that is not here
            DOORSTEP_TRY_ASSIGN(const bool held, store_.is_held(entry.commit.header.dot, i));
            if (held) continue;
            const auto part = Part::unpack(packed);
            if (!part) damaged_at(entry.position);
            if (!part || part.value().stream != mark_.head.stream) continue;
            for (const RecordOps& ops : part.value().records) written_.emplace(ops.record, entry.position);
        }
        return ok();
    }

    Status check_records() {
        for (const auto& [record, position] : written_) {
            if (checked_.count(record) == 1) continue;
            checked_.insert(record);
            const auto folded = written_state(store_, {record, mark_.no});
            const auto stored = store_.record_state(record, mark_.no);
            for (const Status& read : {folded ? ok() : Status(folded.error()), stored ? ok() : Status(stored.error())})
                if (!read && !tells_damage(read.error())) return read;
            // Its words are here and not erased, so it must be there.
            const bool is_there = folded && stored && stored.value();
            if (!is_there || folded.value() != stored.value()) damaged_at(position);
        }
        return ok();
    }

    Store& store_;
    const StreamMark& mark_;
    std::uint64_t position_;
    Digest digest_;
    std::set<std::uint64_t> damaged_;
    std::set<std::pair<RecordId, std::uint64_t>> written_;
    std::set<RecordId> checked_;
};

}  // namespace

Result<LogSlice> audit_slice(Store& store, BytesView cursor, std::size_t entries_max) {
    DOORSTEP_TRY_ASSIGN(const Place from, Place::decode(cursor));
    DOORSTEP_TRY_ASSIGN(std::vector<StreamMark> marks, store.streams());
    std::sort(marks.begin(), marks.end(), [](const StreamMark& a, const StreamMark& b) { return a.no < b.no; });
    LogSlice out;
    for (const StreamMark& mark : marks) {
        const std::uint64_t position = mark.no == from.stream ? from.position : 0;
        if (mark.no < from.stream || position >= mark.head.position) continue;
        Slice slice(store, mark, position);
        DOORSTEP_TRY(slice.read(entries_max));
        out.entries = slice.position() - position;
        out.damaged = slice.damaged();
        out.next = Place{mark.no, slice.position()}.encode();
        return out;
    }
    return out;
}

}  // namespace doorstep::server
