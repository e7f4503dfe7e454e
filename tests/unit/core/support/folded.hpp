// tests/unit/core/support/folded.hpp -- folds writes to one record, for tests of merge.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/merge/conflict.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {

/// What one commit wrote to the record.
struct Write {
    Dot dot;
    std::vector<Op> ops;
};

inline RecordState folded(const std::vector<Write>& writes) {
    RecordState state;
    for (const Write& write : writes) apply(state, {record(1), household, write.ops}, write.dot);
    return state;
}

/// Folds in every order, every write also twice, and returns the one state that comes out. A difference fails the test.
inline RecordState folded_in_every_order(const std::vector<Write>& writes) {
    const Bytes expected = folded(writes).pack();
    std::vector<std::size_t> order(writes.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    do {
        std::vector<Write> permuted;
        for (const std::size_t i : order) permuted.push_back(writes[i]);
        EXPECT_EQ(to_hex(folded(permuted).pack()), to_hex(expected));
        permuted.insert(permuted.end(), permuted.begin(), permuted.end());
        EXPECT_EQ(to_hex(folded(permuted).pack()), to_hex(expected)) << "twice";
    } while (std::next_permutation(order.begin(), order.end()));
    return folded(writes);
}

inline std::vector<std::string> words(const std::vector<Alternative>& alternatives) {
    std::vector<std::string> out;
    for (const Alternative& alternative : alternatives) out.emplace_back(alternative.value.as_text());
    return out;
}

}  // namespace doorstep::test
