#include "tests/property/fold_check.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "core/base/sha256.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

std::string where(const FieldKey& key) {
    return "record " + key.record.hex().substr(0, 2) + " field " + std::to_string(key.field) + " kind " +
           std::to_string(static_cast<int>(key.kind)) + ": ";
}

__extension__ typedef __int128 Wide;

/// What a field must read as, said the slow way. `live` is not empty and of a kind that shows one value.
std::set<Value> expected_values(Kind kind, const std::map<WriteKey, Op>& live) {
    std::set<Value> values;
    Wide sum = 0;
    const std::pair<const WriteKey, Op>* deepest = nullptr;
    std::optional<std::int64_t> greatest, smallest;
    Value other;  // the greatest or smallest of what is no number, which only a forged op writes
    for (const auto& write : live) {
        const Value& value = write.second.value;
        values.insert(value);
        if (!deepest || write.second.depth >= deepest->second.depth) deepest = &write;  // live is ascending by dot
        if (value.type() != ValueType::integer) {
            if (other.is_cleared() || (!value.is_cleared() && (kind == Kind::max) == (other < value))) other = value;
            continue;
        }
        sum += value.as_integer();
        greatest = std::max(greatest.value_or(value.as_integer()), value.as_integer());
        smallest = std::min(smallest.value_or(value.as_integer()), value.as_integer());
    }
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min(),
                   highest = std::numeric_limits<std::int64_t>::max();
    if (kind == Kind::latest) return {deepest->second.value};
    if (kind == Kind::count) return {Value::integer(static_cast<std::int64_t>(std::clamp<Wide>(sum, lowest, highest)))};
    // A text sorts below a number by its tag.
    if (kind == Kind::max) return {greatest ? Value::integer(*greatest) : other};
    if (kind == Kind::min) return {!other.is_cleared() || !smallest ? other : Value::integer(*smallest)};
    return values;
}

/// Whether the field reads as the rule of its kind says.
std::string reading_fault(const FieldKey& key, const std::map<WriteKey, Op>& live, const FieldState& field,
                          const Reading& reading) {
    std::set<Value> values;
    for (const auto& [write, op] : live) values.insert(op.value);
    if (key.kind == Kind::set && elements(field).size() != values.size()) return where(key) + "an element is hidden";
    const std::vector<Alternative> shown = reading.alternatives(field);
    if (key.kind == Kind::set || key.kind == Kind::log || live.empty())
        return shown.empty() ? std::string() : where(key) + "a value where none is";
    const std::set<Value> expected = expected_values(key.kind, live);
    std::set<Value> found;
    std::set<Dot> dots;
    for (const Alternative& alternative : shown) {
        found.insert(alternative.value);
        dots.insert(alternative.dots.begin(), alternative.dots.end());
    }
    if (found != expected || shown.size() != expected.size()) return where(key) + "another value is shown";
    const std::vector<Alternative> passed = overruled(field);
    for (const Alternative& alternative : passed) dots.insert(alternative.dots.begin(), alternative.dots.end());
    if (dots.size() != live.size()) return where(key) + "a live write is neither shown nor marked overruled";
    const bool rules = key.kind == Kind::latest || key.kind == Kind::max || key.kind == Kind::min;
    if (passed.size() != (rules ? values.size() - 1 : 0)) return where(key) + "overruled values differ in number";
    const bool conflict = !rules && key.kind != Kind::count && values.size() > 1;
    return in_conflict(field) == conflict ? std::string() : where(key) + "a conflict that is none, or none that is one";
}

/// Whether the field's two lists are what the model says.
std::string field_fault(const FieldKey& key, const FieldModel& model, const FieldState& field, const Reading& reading) {
    const auto live = model.live();
    if (field.live.size() != live.size())
        return where(key) + std::to_string(field.live.size()) + " live writes of " + std::to_string(live.size());
    std::map<Dot, std::uint32_t> lines;
    auto at = live.begin();
    for (const Live& found : field.live) {
        const auto& [write, op] = *at++;
        const std::uint32_t rank = key.kind == Kind::log ? lines[write.dot]++ : op.depth;
        if (found.dot != write.dot || found.value != op.value || found.rank != rank)
            return where(key) + "another live write";
    }
    if (field.superseded.size() != model.superseded.size()) return where(key) + "superseded dots differ in number";
    auto gone = model.superseded.begin();
    for (const Superseded& found : field.superseded) {
        if (found.dot != gone->first || found.element != gone->second) return where(key) + "another superseded dot";
        ++gone;
    }
    return reading_fault(key, live, field, reading);
}

/// Whether each record stands as its deletes say.
std::string existence_fault(const Model& model, const Records& records, const Reading& reading) {
    struct Writes {
        std::set<Dot> live, seen;
        bool deleted = false;
    };
    std::map<std::pair<Bytes, RecordId>, Writes> writes;
    for (const auto& [key, field_model] : model) {
        Writes& of_record = writes[{key.stream, key.record}];
        for (const auto& [write, op] : field_model.live()) {
            const bool is_delete = key.field == reserved_field::deletions;
            if (!is_delete) of_record.live.insert(write.dot);
            for (const Dot& dot : is_delete ? op.value.as_dots() : std::vector<Dot>()) of_record.seen.insert(dot);
            of_record.deleted = of_record.deleted || is_delete;
        }
    }
    for (const auto& [name, of_record] : writes) {
        bool all_seen = true;
        for (const Dot& dot : of_record.live) all_seen = all_seen && of_record.seen.count(dot) == 1;
        const Existence expected = !of_record.deleted ? Existence::alive
                                   : all_seen         ? Existence::deleted
                                                      : Existence::deleted_while_edited;
        if (reading.existence(records.at(name)) != expected)
            return "record " + name.second.hex().substr(0, 2) + ": a delete reads wrong";
    }
    return {};
}

std::string model_fault(const Model& model, const Records& records, const Reading& reading) {
    std::size_t fields = 0;
    for (const auto& [name, record] : records) fields += record.fields.size();
    if (fields != model.size()) return std::to_string(fields) + " fields of " + std::to_string(model.size());
    for (const auto& [key, field_model] : model) {
        const auto record = records.find({key.stream, key.record});
        if (record == records.end()) return where(key) + "the record is missing";
        const FieldState* found = nullptr;
        for (const FieldState& field : record->second.fields)
            if (field.field == key.field && field.kind == key.kind) found = &field;
        if (!found) return where(key) + "the field is missing";
        if (std::string fault = field_fault(key, field_model, *found, reading); !fault.empty()) return fault;
    }
    return {};
}

/// Every value ever written is live, or superseded by an op that names it and readable in a commit: nothing is just
/// gone.
std::string lost_write(const Model& model, const Records& records) {
    for (const auto& [key, field_model] : model)
        for (const auto& [write, op] : field_model.all) {
            const auto record = records.find({key.stream, key.record});
            if (record == records.end()) return where(key) + "lost with its record";
            bool kept = false;
            for (const FieldState& field : record->second.fields) {
                if (field.field != key.field || field.kind != key.kind) continue;
                for (const Live& live : field.live) kept = kept || (live.dot == write.dot && live.value == op.value);
                for (const Superseded& gone : field.superseded) kept = kept || gone.dot == write.dot;
            }
            if (!kept) return where(key) + "a write is lost";
        }
    return {};
}

std::string difference(const Records& a, const Records& b) {
    if (a.size() != b.size()) return "another number of records";
    for (const auto& [name, record] : a) {
        const auto other = b.find(name);
        if (other == b.end() || other->second.pack() != record.pack())
            return "record " + name.second.hex().substr(0, 2) + " differs";
    }
    return digest_of(a) == digest_of(b) ? std::string() : "digests differ";
}

}  // namespace

std::vector<std::size_t> any_delivery(Random& random, const History& history) {
    std::vector<std::size_t> delivery;
    for (std::size_t i = 0; i < history.commits.size(); ++i)
        for (std::uint64_t times = random.chance(70) ? 1 : 2 + random.below(2); times > 0; --times)
            delivery.push_back(i);
    random.shuffle(delivery);
    return delivery;
}

Records fold(Random& random, const History& history, const std::vector<std::size_t>& delivery, const Apply& apply_one) {
    Records records;
    for (const std::size_t i : delivery)
        for (const Part& part : history.parts[i])
            for (const RecordOps& ops : part.records) {
                RecordState& state = records[{part.stream.key(), ops.record}];
                apply_one(state, ops, history.commits[i].header.dot);
                if (random.chance(20)) state = must(RecordState::unpack(state.pack()));
            }
    return records;
}

Digest digest_of(const Records& records) {
    Digest sum;
    for (const auto& [name, record] : records) {
        Bytes item = name.first;
        item.append(name.second.view()).append(record.pack());
        sum += Digest::of(sha256(item));
    }
    return sum;
}

std::string fold_fault(Random& random, const History& history, const Apply& apply_one, const Reading& reading) {
    std::vector<std::size_t> as_written;
    for (std::size_t i = 0; i < history.commits.size(); ++i) as_written.push_back(i);
    const Records first = fold(random, history, as_written, apply_one);
    const Model model = model_of(history);
    if (std::string fault = model_fault(model, first, reading); !fault.empty()) return fault;
    if (std::string fault = existence_fault(model, first, reading); !fault.empty()) return fault;
    if (std::string fault = lost_write(model, first); !fault.empty()) return fault;
    for (int i = 0; i < 4; ++i) {
        const Records other = fold(random, history, any_delivery(random, history), apply_one);
        if (std::string fault = difference(first, other); !fault.empty()) return fault + " in another order";
    }
    return {};
}

}  // namespace doorstep::test
