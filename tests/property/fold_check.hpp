// tests/property/fold_check.hpp -- folds a history in random ways and says what is wrong with what comes out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/merge/conflict.hpp"
#include "core/merge/deletion.hpp"
#include "core/model/digest.hpp"
#include "tests/property/history.hpp"

namespace doorstep::test {

/// core's apply(), or a broken copy of it that the check must catch.
using Apply = std::function<void(RecordState&, const RecordOps&, const Dot&)>;

/// How core reads a folded record, or a broken copy of it.
struct Reading {
    std::function<std::vector<Alternative>(const FieldState&)> alternatives = doorstep::alternatives;
    std::function<Existence(const RecordState&)> existence = doorstep::existence;
};

/// The records of a replica, by stream and id.
using Records = std::map<std::pair<Bytes, RecordId>, RecordState>;

/// A random order of the history's commits, some of them several times.
std::vector<std::size_t> any_delivery(Random& random, const History& history);
/// Folds in that order. Now and then a record is packed and unpacked between two commits, as a store does.
Records fold(Random& random, const History& history, const std::vector<std::size_t>& delivery, const Apply& apply_one);
Digest digest_of(const Records& records);

/// "": several deliveries give byte-identical records and equal digests, and these are what the model says, with no
/// write lost, and each field reads as the rule of its kind says, and each delete. Otherwise what differs first.
std::string fold_fault(Random& random, const History& history, const Apply& apply_one, const Reading& reading = {});

}  // namespace doorstep::test
