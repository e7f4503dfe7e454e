// tests/property/history.hpp -- random histories of commits, and what they must come to by brute force.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/model/commit.hpp"
#include "tests/unit/core/support/random.hpp"

namespace doorstep::test {

/// Everything that a few replicas ever wrote, each having seen some of the others' commits, in the order of writing.
struct History {
    std::vector<Commit> commits;
    std::vector<std::vector<Part>> parts;  ///< of each commit, unpacked
};

/// Tiny ranges, to force ties: 2 to 4 replicas, up to 3 records in up to 2 streams, few fields of every kind, values of
/// three letters. Supersedes are what the author saw live, some of it, nothing, or any dot at all.
History any_history(Random& random);

/// One field of one record in one stream.
struct FieldKey {
    Bytes stream;
    RecordId record;
    std::uint32_t field = 0;
    Kind kind = Kind::value;
    friend bool operator<(const FieldKey& a, const FieldKey& b) {
        return std::tie(a.stream, a.record, a.field, a.kind) < std::tie(b.stream, b.record, b.field, b.kind);
    }
};

/// A write, and what tells it from others of its dot: the element of a set, the place in a log.
struct WriteKey {
    Dot dot;
    Value element;
    std::uint32_t place = 0;
    friend bool operator<(const WriteKey& a, const WriteKey& b) {
        return std::tie(a.dot, a.element, a.place) < std::tie(b.dot, b.element, b.place);
    }
};

/// What a field is, said as directly as can be: live values = all values - superseded dots.
struct FieldModel {
    std::map<WriteKey, Op> all;
    std::set<std::pair<Dot, Value>> superseded;  ///< with the element of a set; cleared for other kinds

    std::map<WriteKey, Op> live() const;
};

/// Knows nothing of the order that commits come in.
using Model = std::map<FieldKey, FieldModel>;
Model model_of(const History& history, const std::set<std::size_t>& commits);
Model model_of(const History& history);

}  // namespace doorstep::test
