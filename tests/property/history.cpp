#include "tests/property/history.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "core/model/reserved_field.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::test {
namespace {

struct FieldChoice {
    std::uint32_t field;
    Kind kind;
};
// Field 9 has two kinds, as a forged op might have it; 70001 is a county's, of a kind this version does not know.
constexpr FieldChoice field_choices[] = {{1, Kind::value},
                                         {2, Kind::set},
                                         {3, Kind::log},
                                         {4, Kind::once},
                                         {9, Kind::value},
                                         {9, Kind::set},
                                         {5, Kind::latest},
                                         {6, Kind::max},
                                         {7, Kind::min},
                                         {8, Kind::count},
                                         {10, Kind::state},
                                         {reserved_field::deletions, Kind::set},
                                         {70'001, static_cast<Kind>(12)}};

constexpr std::size_t records_max = 3;

bool is_number(Kind kind) { return kind == Kind::max || kind == Kind::min || kind == Kind::count; }

Value any_value(Random& random, Kind kind) {
    constexpr std::int64_t ends[] = {std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::max()};
    constexpr std::int64_t numbers[] = {-200, -1, 0, 1, 3, 70};
    if (is_number(kind) && random.chance(80))
        return Value::integer(random.chance(20) ? ends[random.below(2)] : numbers[random.below(std::size(numbers))]);
    const char* const letters[] = {"", "a", "b"};
    return text(letters[random.below(3)]);
}

/// What a delete lists: every live write of the record that its author sees, or some of them; now and then the list of
/// a delete that stands already, as an undo or a second delete names it.
Value any_deletion(Random& random, const Model& seen, const Bytes& stream_key, const RecordId& record_id) {
    std::vector<Dot> dots;
    std::vector<Value> standing;
    const bool whole = random.chance(70);
    for (const auto& [key, field] : seen) {
        if (key.stream != stream_key || key.record != record_id) continue;
        for (const auto& [write, op] : field.live()) {
            if (key.field == reserved_field::deletions) standing.push_back(op.value);
            if (key.field != reserved_field::deletions && (whole || random.chance(60))) dots.push_back(write.dot);
        }
    }
    if (!standing.empty() && random.chance(40)) return random.pick(standing);
    if (random.chance(40))  // as one who saw only what the others' deletes had not
        for (const Value& listed : standing)
            for (const Dot& dot : listed.as_dots()) std::erase(dots, dot);
    return must(Value::dots(std::move(dots)));
}

/// Dots that an op could name: what is live for its author, and now and then any dot at all, also one to come.
std::vector<Dot> any_superseded(Random& random, const FieldModel* seen, const std::optional<Value>& element,
                                int replicas) {
    std::vector<Dot> dots;
    const std::uint64_t style = random.below(10);
    if (seen && style < 8)
        for (const auto& [key, op] : seen->live())
            if ((!element || op.value == *element) && (style < 4 || random.chance(60))) dots.push_back(key.dot);
    if (style == 9)
        dots.push_back(
            dot(1 + static_cast<int>(random.below(static_cast<std::uint64_t>(replicas))), 1 + random.below(6)));
    std::sort(dots.begin(), dots.end());
    dots.erase(std::unique(dots.begin(), dots.end()), dots.end());
    return dots;
}

std::uint32_t depth_above(const FieldModel* seen, const std::vector<Dot>& superseded) {
    std::uint32_t deepest = 0;
    if (seen)
        for (const auto& [key, op] : seen->all)
            if (std::binary_search(superseded.begin(), superseded.end(), key.dot))
                deepest = std::max(deepest, op.depth);
    return deepest + 1;
}

std::vector<Op> any_ops(Random& random, const Model& seen, const Bytes& stream_key, const RecordId& record_id,
                        int replicas) {
    std::map<std::uint32_t, std::vector<Op>> by_field;
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
        const FieldChoice& choice = field_choices[random.below(std::size(field_choices))];
        std::vector<Op>& ops = by_field[choice.field];
        if (!ops.empty() && (ops.front().kind != choice.kind || choice.kind == Kind::value)) continue;
        const auto known = seen.find({stream_key, record_id, choice.field, choice.kind});
        const FieldModel* model = known == seen.end() ? nullptr : &known->second;
        Op op = put(choice.field, choice.kind,
                    choice.field == reserved_field::deletions ? any_deletion(random, seen, stream_key, record_id)
                                                              : any_value(random, choice.kind));
        const bool is_set = choice.kind == Kind::set;
        if (is_set && std::any_of(ops.begin(), ops.end(), [&](const Op& other) { return other.value == op.value; }))
            continue;
        if (!is_set && choice.kind != Kind::log && !ops.empty()) continue;
        if (choice.kind != Kind::log)
            op.supersedes =
                any_superseded(random, model, is_set ? std::optional<Value>(op.value) : std::nullopt, replicas);
        if (!op.supersedes.empty()) op.depth = depth_above(model, op.supersedes);
        if (is_set && !op.supersedes.empty() && random.chance(60)) op.action = Op::Action::remove;
        ops.push_back(std::move(op));
        if (is_set) std::sort(ops.begin(), ops.end(), [](const Op& a, const Op& b) { return a.value < b.value; });
    }
    std::vector<Op> out;
    for (auto& [field_id, ops] : by_field) out.insert(out.end(), ops.begin(), ops.end());
    return out;
}

}  // namespace

History any_history(Random& random) {
    History history;
    const int replicas = 2 + static_cast<int>(random.below(3));
    const std::vector<Stream> streams = {stream(village), stream(other_village)};
    std::vector<Chain> chains;
    for (int i = 1; i <= replicas; ++i) chains.emplace_back(replica(i));
    const std::size_t commits = 3 + static_cast<std::size_t>(random.below(12));
    std::vector<std::size_t> writer_of;
    while (history.commits.size() < commits) {
        const auto writer = static_cast<std::size_t>(random.below(static_cast<std::uint64_t>(replicas)));
        std::set<std::size_t> seen;  // its own, and a random half of the others'
        for (std::size_t i = 0; i < history.commits.size(); ++i)
            if (writer_of[i] == writer || random.chance(50)) seen.insert(i);
        const Model view = model_of(history, seen);
        std::vector<Part> parts;
        for (const Stream& home : streams) {
            if (!parts.empty() && random.chance(70)) break;
            std::vector<RecordOps> records;
            for (std::size_t n = 1; n <= records_max; ++n) {
                if (records.empty() ? n < records_max && random.chance(40) : random.chance(60)) continue;
                const RecordId id = record(static_cast<int>(n));
                const std::uint32_t type = random.chance(95) ? household : issue;
                records.push_back({id, type, any_ops(random, view, home.key(), id, replicas)});
            }
            if (!records.empty()) parts.push_back(part(home, std::move(records), static_cast<int>(random.below(256))));
        }
        history.commits.push_back(chains[writer].commit(parts));
        history.parts.push_back(std::move(parts));
        writer_of.push_back(writer);
    }
    return history;
}

std::map<WriteKey, Op> FieldModel::live() const {
    std::map<WriteKey, Op> out;
    for (const auto& [key, op] : all)
        if (superseded.count({key.dot, key.element}) == 0) out.emplace(key, op);
    return out;
}

Model model_of(const History& history, const std::set<std::size_t>& commits) {
    Model model;
    for (const std::size_t i : commits)
        for (const Part& part : history.parts[i])
            for (const RecordOps& record : part.records)
                for (std::uint32_t n = 0; n < record.ops.size(); ++n) {
                    const Op& op = record.ops[n];
                    const Value element = op.kind == Kind::set ? op.value : Value::cleared();
                    FieldModel& field = model[{part.stream.key(), record.record, op.field, op.kind}];
                    for (const Dot& seen : op.supersedes) field.superseded.emplace(seen, element);
                    const std::uint32_t place = op.kind == Kind::log ? n : 0;
                    if (op.action == Op::Action::put)
                        field.all.emplace(WriteKey{history.commits[i].header.dot, element, place}, op);
                }
    return model;
}

Model model_of(const History& history) {
    std::set<std::size_t> all;
    for (std::size_t i = 0; i < history.commits.size(); ++i) all.insert(i);
    return model_of(history, all);
}

}  // namespace doorstep::test
