// Invariants 1, 2, 4 and 6 of sync: the same commits give byte-identical records and digests in any order, batching and
// duplication; merge is commutative, associative and idempotent; no write is lost; no conflict is false.
// DOORSTEP_SEED=n replays one seed, DOORSTEP_SEEDS=count sets how many there are.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/engine/admission.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/property/fold_check.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/scratch.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

TEST(MergeProperty, AnyOrderBatchingAndDuplicationGiveTheSameBytesAndTheModelsValues) {
    const Seeds range = seeds(5000);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        const History history = any_history(random);
        ASSERT_EQ(fold_fault(random, history, apply), "") << replay(seed);
    }
}

// Associative: folding the whole is folding a part, storing it, and going on with the rest, wherever the cut is.
TEST(MergeProperty, IsCommutativeAssociativeIdempotent) {
    const Seeds range = seeds(1000);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        const History history = any_history(random);
        std::vector<std::size_t> order = any_delivery(random, history), reversed(order.rbegin(), order.rend());
        const Digest whole = digest_of(fold(random, history, order, apply));
        ASSERT_EQ(digest_of(fold(random, history, reversed, apply)), whole) << "commutative, " << replay(seed);
        std::vector<std::size_t> twice = order;
        twice.insert(twice.end(), order.begin(), order.end());
        ASSERT_EQ(digest_of(fold(random, history, twice, apply)), whole) << "idempotent, " << replay(seed);
        Records grouped;
        for (std::size_t at = 0; at < order.size();) {
            const std::size_t size = 1 + static_cast<std::size_t>(random.below(4));
            const std::size_t end = std::min(order.size(), at + size);
            for (; at < end; ++at)
                for (const Part& part : history.parts[order[at]])
                    for (const RecordOps& ops : part.records)
                        apply(grouped[{part.stream.key(), ops.record}], ops, history.commits[order[at]].header.dot);
            for (auto& [name, record] : grouped) record = must(RecordState::unpack(record.pack()));
        }
        ASSERT_EQ(digest_of(grouped), whole) << "associative, " << replay(seed);
    }
}

/// Admits the delivery to a new file, in transactions of random size; now and then a commit comes first without a part.
Verification admitted(Random& random, const History& history, const std::vector<std::size_t>& delivery,
                      const Records& expected) {
    const Scratch scratch;
    Store store =
        must(Store::open({scratch.path("replica.db"), storage_key(1), OpenMode::create, Durability::normal, {}}));
    for (std::size_t at = 0; at < delivery.size();) {
        Transaction transaction = must(Transaction::begin(store.database()));
        Admission admission(store);
        for (std::uint64_t left = 1 + random.below(5); left > 0 && at < delivery.size(); --left, ++at) {
            const Commit& commit = history.commits[delivery[at]];
            const Hash hash = commit.header.hash();
            if (commit.parts.size() > 1 && random.chance(50)) {
                Commit partial = commit;
                partial.parts[static_cast<std::size_t>(random.below(commit.parts.size()))].clear();
                must(admission.admit(partial, hash, must(open_parts(partial))));
            }
            must(admission.admit(commit, hash, must(open_parts(commit))));
        }
        must(admission.finish());
        must(transaction.commit());
    }
    for (const auto& [name, record] : expected) {
        Reader key(name.first);
        const StreamNo stream_no = must(store.stream_no(Stream::read_key(key)));
        EXPECT_EQ(to_hex(must(store.record_state(name.second, stream_no)).value_or("")), to_hex(record.pack()));
    }
    return must(verify(store));
}

TEST(MergeProperty, AStoreHoldsTheSameBytesWhateverTheOrderOfArrival) {
    const Seeds range = seeds(1000);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        Random random(seed);
        const History history = any_history(random);
        const Records expected = fold(random, history, any_delivery(random, history), apply);
        for (int replica_n = 0; replica_n < 2; ++replica_n) {
            const Verification found = admitted(random, history, any_delivery(random, history), expected);
            ASSERT_EQ(found.state, digest_of(expected));
            ASSERT_EQ(found.commits, history.commits.size());
            ASSERT_EQ(found.records, expected.size());
        }
        if (HasFailure()) return;
    }
}

// --- The check must be able to fail: each of these mistakes has been made by somebody. ------------------------------

RecordOps changed(RecordOps ops, const std::function<void(Op&)>& change) {
    for (Op& op : ops.ops) change(op);
    return ops;
}

FieldState* field_of(RecordState& state, const Op& op) {
    for (FieldState& field : state.fields)
        if (field.field == op.field && field.kind == op.kind) return &field;
    return nullptr;
}

void drops_supersedes(RecordState& state, const RecordOps& ops, const Dot& dot) {
    apply(state, changed(ops, [](Op& op) { op.supersedes.clear(); }), dot);
}

/// An op that supersedes something which has not arrived is forgotten, as when a row is updated that is not there yet.
void forgets_what_has_not_arrived(RecordState& state, const RecordOps& ops, const Dot& dot) {
    const RecordOps known = changed(ops, [&](Op& op) {
        const FieldState* field = field_of(state, op);
        std::erase_if(op.supersedes, [&](const Dot& seen) {
            return !field || std::none_of(field->live.begin(), field->live.end(),
                                          [&](const Live& live) { return live.dot == seen; });
        });
    });
    apply(state, known, dot);
}

void keeps_the_latest_of_a_value(RecordState& state, const RecordOps& ops, const Dot& dot) {
    apply(state, ops, dot);
    for (FieldState& field : state.fields) {
        if (gathers(field.kind) || field.live.size() < 2) continue;
        const auto greater = [](const Live& a, const Live& b) {
            return a.rank != b.rank ? a.rank < b.rank : a.dot < b.dot;
        };
        field.live = {*std::max_element(field.live.begin(), field.live.end(), greater)};
    }
}

void lets_the_last_arrival_win(RecordState& state, const RecordOps& ops, const Dot& dot) {
    for (const Op& op : ops.ops)
        if (FieldState* field = field_of(state, op); field && !gathers(op.kind)) field->live.clear();
    apply(state, ops, dot);
}

void lets_a_remove_win(RecordState& state, const RecordOps& ops, const Dot& dot) {
    apply(state, ops, dot);
    for (const Op& op : ops.ops)
        if (FieldState* field = field_of(state, op); field && op.action == Op::Action::remove)
            std::erase_if(field->live, [&](const Live& live) { return live.value == op.value; });
}

void counts_a_duplicate_twice(RecordState& state, const RecordOps& ops, const Dot& dot) {
    for (const Op& op : ops.ops)
        if (FieldState* field = field_of(state, op); field && op.kind == Kind::log)
            for (Live& live : field->live)
                if (live.dot == dot) ++live.rank;
    apply(state, ops, dot);
}

/// Takes a dot for a version vector: who saw a replica's third write is thought to have seen the first two.
void supersedes_everything_before(RecordState& state, const RecordOps& ops, const Dot& dot) {
    const RecordOps more = changed(ops, [](Op& op) {
        std::vector<Dot> all;
        for (const Dot& seen : op.supersedes)
            for (std::uint64_t seq = 1; seq <= seen.seq; ++seq) all.push_back({seen.replica, seq});
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        op.supersedes = std::move(all);
    });
    apply(state, more, dot);
}

void ignores_the_element(RecordState& state, const RecordOps& ops, const Dot& dot) {
    apply(state, ops, dot);
    for (const Op& op : ops.ops)
        if (FieldState* field = field_of(state, op); field && op.kind == Kind::set)
            std::erase_if(field->live, [&](const Live& live) {
                return std::binary_search(op.supersedes.begin(), op.supersedes.end(), live.dot);
            });
}

/// Readings of one kind that are wrong; any other kind is read as core does.
Reading misread(Kind kind, const std::function<std::vector<Alternative>(const FieldState&)>& wrong) {
    Reading reading;
    reading.alternatives = [=](const FieldState& field) {
        return field.kind == kind && field.live.size() > 1 ? wrong(field) : alternatives(field);
    };
    return reading;
}

std::vector<Alternative> one(const Live& live) { return {{live.value, live.rank, {live.dot}}}; }

std::vector<Alternative> shows_the_last_dot(const FieldState& field) { return one(field.live.back()); }

std::vector<Alternative> compares_bytes(const FieldState& field) {
    return one(*std::max_element(field.live.begin(), field.live.end(),
                                 [](const Live& a, const Live& b) { return a.value < b.value; }));
}

std::vector<Alternative> shows_everything(FieldState field) {
    field.kind = Kind::value;
    return alternatives(field);
}

/// Equal increments collapse as equal values do.
std::vector<Alternative> counts_a_value_once(FieldState field) {
    std::set<Value> seen;
    std::erase_if(field.live, [&](const Live& live) { return !seen.insert(live.value).second; });
    return alternatives(field);
}

std::vector<Alternative> overflows(const FieldState& field) {
    std::uint64_t sum = 0;
    Alternative out;
    for (const Live& live : field.live) {
        if (live.value.type() == ValueType::integer) sum += static_cast<std::uint64_t>(live.value.as_integer());
        out.dots.push_back(live.dot);
    }
    out.value = Value::integer(static_cast<std::int64_t>(sum));
    return {out};
}

Reading misjudge(const std::function<Existence(const RecordState&)>& wrong) {
    Reading reading;
    reading.existence = wrong;
    return reading;
}

/// As in most systems: a delete takes along what its author never saw.
Existence deletes_what_was_not_seen(const RecordState& state) {
    return existence(state) == Existence::alive ? Existence::alive : Existence::deleted;
}

Existence lets_an_edit_undo_a_delete(const RecordState& state) {
    return existence(state) == Existence::deleted ? Existence::deleted : Existence::alive;
}

Existence believes_the_first_delete_alone(RecordState state) {
    for (FieldState& field : state.fields)
        if (field.field == reserved_field::deletions && field.live.size() > 1)
            field.live.erase(field.live.begin() + 1, field.live.end());
    return existence(state);
}

TEST(MergeProperty, CatchesPlantedBugs) {
    struct Planted {
        const char* name;
        Apply apply_one;
        Reading reading = {};
    };
    const Planted bugs[] = {{"drops supersedes", drops_supersedes},
                            {"forgets what has not arrived", forgets_what_has_not_arrived},
                            {"latest on value", keeps_the_latest_of_a_value},
                            {"last arrival wins", lets_the_last_arrival_win},
                            {"remove wins", lets_a_remove_win},
                            {"counts a duplicate twice", counts_a_duplicate_twice},
                            {"supersedes everything before", supersedes_everything_before},
                            {"ignores the element", ignores_the_element},
                            {"latest by dot alone", apply, misread(Kind::latest, shows_the_last_dot)},
                            {"latest as value", apply, misread(Kind::latest, shows_everything)},
                            {"max by bytes", apply, misread(Kind::max, compares_bytes)},
                            {"max by dot", apply, misread(Kind::max, shows_the_last_dot)},
                            {"min is max", apply, misread(Kind::min, compares_bytes)},
                            {"count of different values", apply, misread(Kind::count, counts_a_value_once)},
                            {"count that overflows", apply, misread(Kind::count, overflows)},
                            {"state as latest", apply, misread(Kind::state, shows_the_last_dot)},
                            {"deletes what was not seen", apply, misjudge(deletes_what_was_not_seen)},
                            {"an edit undoes a delete", apply, misjudge(lets_an_edit_undo_a_delete)},
                            {"one delete alone", apply, misjudge(believes_the_first_delete_alone)}};
    for (const Planted& bug : bugs) {
        int caught = 0;
        std::string example;
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            Random random(seed);
            const History history = any_history(random);
            const std::string fault = fold_fault(random, history, bug.apply_one, bug.reading);
            if (fault.empty()) continue;
            ++caught;
            if (example.empty()) example = fault + ", " + replay(seed);
        }
        EXPECT_GT(caught, 0) << bug.name << " went unseen";
        RecordProperty(bug.name, std::to_string(caught) + " of 200 seeds; " + example);
        printf("  planted: %-30s caught by %d of 200 seeds (%s)\n", bug.name, caught, example.c_str());
    }
}

}  // namespace
}  // namespace doorstep::test
