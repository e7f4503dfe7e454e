#include "core/sync/part_columns.hpp"

#include <algorithm>

#include "core/base/limits.hpp"
#include "core/model/part_format.hpp"
#include "core/model/record_id.hpp"

namespace doorstep {
namespace {

constexpr std::size_t dictionary_items_max = 20'000, fields_max = 10'000;

/// One op as its bytes stand.
struct OpBytes {
    std::uint32_t field = 0;
    std::uint8_t flags = 0;
    BytesView value, causes;
};

OpBytes walk_op(Reader& in) {
    OpBytes op;
    op.field = in.varint32();
    op.flags = in.u8();
    op.value = in.sized(limits::value_bytes_max + 1);
    if (op.value.empty()) in.fail();
    if (!(op.flags & part_format::supersedes_bit)) return op;
    const BytesView from = in.rest();
    in.varint();  // depth
    for (std::size_t n = in.count(limits::superseded_max, 2); n > 0; --n) {
        in.varint();
        in.varint();
    }
    op.causes = from.substr(0, from.size() - in.rest().size());
    return op;
}

struct RecordBytes {
    RecordId id;
    Bytes shape;  ///< type, count of ops, each op's field and flags
    std::vector<OpBytes> ops;
};

struct PartBytes {
    Stream stream;
    Salt salt;
    std::vector<ReplicaId> table;
    std::vector<RecordBytes> records;
};

RecordBytes walk_record(Reader& in) {
    RecordBytes record;
    record.id = in.fixed<RecordId>();
    Writer shape(record.shape);
    shape.varint(in.varint32());
    const std::size_t n = in.count(limits::record_ops_max, 4);
    shape.varint(n);
    for (std::size_t i = 0; i < n; ++i) {
        record.ops.push_back(walk_op(in));
        shape.varint(record.ops.back().field);
        shape.u8(record.ops.back().flags);
    }
    if (n == 0) in.fail();
    return record;
}

std::optional<PartBytes> walk_part(BytesView packed) {
    Reader in(packed);
    if (in.u8() != part_format::version) return std::nullopt;
    PartBytes part;
    part.stream = Stream::decode(in);
    part.salt = in.fixed<Salt>();
    for (std::size_t n = in.count(limits::replica_table_max, ReplicaId::size); n > 0; --n)
        part.table.push_back(in.fixed<ReplicaId>());
    for (std::size_t n = in.count(limits::part_records_max, RecordId::size + 6); n > 0 && !in.failed(); --n)
        part.records.push_back(walk_record(in));
    if (!in.finish("a part")) return std::nullopt;
    return part;
}

/// Whether the id is the nth that derives from clock and salt.
bool derives(const RecordId& id, const PartContext& context, const Salt& salt, std::uint32_t nth) {
    for (std::size_t i = 0; i < 6; ++i)  // the clock's ms come first and tell most others apart without a hash
        if (id.bytes[i] != static_cast<char>(context.wall_ms >> (40 - 8 * i))) return false;
    return derive_record_id({context.wall_ms, 0}, salt, nth) == id;
}

/// Reads a shape and the columns it names, and appends the record's type and ops.
void gather_ops(Reader shape, ColumnReader& columns, Writer& out) {
    out.varint(shape.varint32());
    const std::size_t ops = shape.count(limits::record_ops_max, 2);
    out.varint(ops);
    Reader& causes = columns.at(Column::causes);
    for (std::size_t i = 0; i < ops && !causes.failed(); ++i) {
        const std::uint32_t field = shape.varint32();
        const std::uint8_t flags = shape.u8();
        Reader& values = columns.value(field);
        const BytesView value = values.sized(limits::value_bytes_max + 1);
        if (value.empty()) causes.fail();
        out.varint(field);
        out.u8(flags);
        out.sized(value);
        if (!(flags & part_format::supersedes_bit)) continue;
        out.varint(causes.varint());  // depth
        const std::size_t dots = causes.count(limits::superseded_max, 2);
        out.varint(dots);
        for (std::size_t n = 2 * dots; n > 0; --n) out.varint(causes.varint());
    }
    if (ops == 0 || !shape.finish("a shape")) causes.fail();
}

}  // namespace

std::uint64_t Dictionary::number(BytesView item, Writer& fresh) {
    const auto known = numbers_.find(item);
    if (known != numbers_.end()) return known->second;
    fresh.sized(item);
    return numbers_.emplace(Bytes(item), numbers_.size()).first->second;
}

void Dictionary::read(Reader& fresh, std::size_t item_bytes_max) {
    while (!fresh.failed() && !fresh.at_end()) {
        items_.emplace_back(fresh.sized(item_bytes_max));
        const bool is_new = numbers_.emplace(items_.back(), items_.size()).second;
        if (!is_new || items_.size() > dictionary_items_max) fresh.fail();
    }
}

const Bytes* Dictionary::item(std::uint64_t number) {
    if (number > used_ || number >= items_.size()) return nullptr;
    if (number == used_) ++used_;
    return &items_[static_cast<std::size_t>(number)];
}

void ColumnWriter::write(Writer& out) const {
    for (const Bytes& column : fixed_) out.sized(column);
    out.varint(values_.size());
    for (const auto& [field, column] : values_) {
        out.varint(field);
        out.sized(column);
    }
}

ColumnReader::ColumnReader(Reader& in) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(Column::count_); ++i)
        fixed_.emplace_back(in.sized(limits::data_frame_bytes_max));
    for (std::size_t n = in.count(fields_max, 2); n > 0; --n) {
        const std::uint32_t field = in.varint32();
        if (!values_.empty() && field <= values_.back().first) in.fail();  // ascending
        const BytesView column = in.sized(limits::data_frame_bytes_max);
        if (column.empty()) in.fail();
        values_.emplace_back(field, Reader(column));
    }
}

Reader& ColumnReader::value(std::uint32_t field) {
    // Records name their fields in ascending order, as columns lie: it is nearly always the last one or the next.
    const auto is_at = [&](std::size_t place) { return place < values_.size() && values_[place].first == field; };
    if (is_at(last_ + 1)) ++last_;
    if (!is_at(last_))
        last_ = static_cast<std::size_t>(
            std::lower_bound(values_.begin(), values_.end(), field,
                             [](const auto& column, std::uint32_t wanted) { return column.first < wanted; }) -
            values_.begin());
    if (is_at(last_)) return values_[last_].second;
    none_.fail();
    return none_;
}

Status ColumnReader::finish() const {
    for (const Reader& column : fixed_) DOORSTEP_TRY(column.finish("a column"));
    for (const auto& [field, column] : values_) DOORSTEP_TRY(column.finish("a column of values"));
    return none_.finish("a column that is not there");
}

bool is_columnar(BytesView packed) { return walk_part(packed).has_value(); }

Taken scatter_part(BytesView packed, const PartContext& context, Dictionaries& known, ColumnWriter& columns) {
    const std::optional<PartBytes> part = walk_part(packed);
    if (!part) return Taken::no;
    Writer stream = columns.at(Column::stream), table = columns.at(Column::table),
           records = columns.at(Column::records);
    Writer fresh_replicas = columns.at(Column::fresh_replicas), fresh_shapes = columns.at(Column::fresh_shapes);
    Writer ids = columns.at(Column::id), causes = columns.at(Column::causes);
    const bool elsewhere = !(part->stream == context.stream);
    stream.u8(elsewhere ? 1 : 0);
    if (elsewhere) part->stream.encode(stream);
    columns.at(Column::salt).fixed(part->salt);
    table.varint(part->table.size());
    for (const ReplicaId& replica : part->table) table.varint(known.replicas.number(replica.view(), fresh_replicas));
    records.varint(part->records.size());
    std::uint32_t nth = 0;
    for (const RecordBytes& record : part->records) {
        const bool derived = derives(record.id, context, part->salt, nth);
        records.u8(derived ? 1 : 0);
        if (derived)
            ++nth;
        else
            ids.fixed(record.id);
        records.varint(known.shapes.number(record.shape, fresh_shapes));
        for (const OpBytes& op : record.ops) {
            columns.value(op.field).sized(op.value);
            causes.raw(op.causes);
        }
    }
    return Taken::yes;
}

Result<Bytes> gather_part(const PartContext& context, Dictionaries& known, ColumnReader& columns) {
    constexpr std::size_t likely_bytes = 512;
    Bytes packed;
    packed.reserve(likely_bytes);
    Writer out(packed);
    Reader &table = columns.at(Column::table), &records = columns.at(Column::records), &ids = columns.at(Column::id);
    Reader& streams = columns.at(Column::stream);
    const std::uint8_t elsewhere = streams.u8();
    const Stream stream = elsewhere == 1 ? Stream::decode(streams) : context.stream;
    // What repeats the frame's stream, or derives and was written out all the same, has another form: one is enough.
    if (elsewhere > 1 || (elsewhere == 1 && stream == context.stream)) streams.fail();
    const Salt salt = columns.at(Column::salt).fixed<Salt>();
    out.u8(part_format::version);
    stream.encode(out);
    out.fixed(salt);
    const std::size_t replicas = table.count(limits::replica_table_max, 1);
    out.varint(replicas);
    for (std::size_t i = 0; i < replicas; ++i) {
        const Bytes* replica = known.replicas.item(table.varint());
        if (!replica || replica->size() != ReplicaId::size) return Error{Errc::malformed, "no such replica"};
        out.raw(*replica);
    }
    const std::size_t count = records.count(limits::part_records_max, 2);
    out.varint(count);
    std::uint32_t nth = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t derived = records.u8();
        const RecordId id = derived == 1 ? derive_record_id({context.wall_ms, 0}, salt, nth++) : ids.fixed<RecordId>();
        if (derived > 1 || (derived == 0 && derives(id, context, salt, nth))) records.fail();
        const Bytes* shape = known.shapes.item(records.varint());
        if (!shape) return Error{Errc::malformed, "no such shape"};
        out.fixed(id);
        gather_ops(Reader(*shape), columns, out);
        if (packed.size() > limits::commit_bytes_max) return Error{Errc::malformed, "a part is too large"};
    }
    return packed;
}

}  // namespace doorstep
