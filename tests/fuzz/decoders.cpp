// What lies in a store and inside of commits: values, parts, headers, log rows, record states, a phone's named values.
#include "core/base/limits.hpp"
#include "core/engine/phone_meta.hpp"
#include "core/merge/record_state.hpp"
#include "core/store/commit_row.hpp"
#include "core/sync/part_columns.hpp"
#include "tests/fuzz/canonical.hpp"
#include "tests/unit/core/support/make.hpp"

namespace doorstep::fuzz {
namespace {

using namespace doorstep::test;

/// The value again, from what a reader of it sees. nullopt: of a type that this version does not know.
std::optional<Value> rebuilt(const Value& value) {
    switch (value.type()) {
        case ValueType::cleared: return Value::cleared();
        case ValueType::text: return must(Value::text(value.as_text()));
        case ValueType::integer: return Value::integer(value.as_integer());
        case ValueType::record: return Value::record(value.as_record());
        case ValueType::position:
            return must(Value::position(value.as_position().latitude_e6, value.as_position().longitude_e6));
        case ValueType::date: return Value::date(value.as_integer());
        case ValueType::time: return Value::time(value.as_integer());
        case ValueType::dots: return must(Value::dots(value.as_dots()));
        case ValueType::blob: return must(Value::blob(value.as_blob()));
        case ValueType::attachment: return must(Value::attachment(value.as_attachment()));
    }
    return std::nullopt;
}

void look_value(BytesView bytes) {
    look_canonical(bytes, Value::from_bytes, [](const Value& value) {
        const std::optional<Value> again = rebuilt(value);
        promise(!again || *again == value, "a value is what its reader sees");
        return Bytes(value.bytes());
    });
}

/// Whatever the columns of DATA take apart comes together again as it was.
void look_columns(BytesView packed) {
    const PartContext context{stream(village), 1'763'700'000'000};
    Dictionaries written, read;
    ColumnWriter columns;
    const Taken taken = scatter_part(packed, context, written, columns);
    promise((taken == Taken::yes) == is_columnar(packed), "scatter_part() takes what is_columnar() says");
    if (taken == Taken::no) return;
    Bytes bytes;
    Writer out(bytes);
    columns.write(out);
    Reader in(bytes);
    ColumnReader reader(in);
    read.replicas.read(reader.at(Column::fresh_replicas), ReplicaId::size);
    read.shapes.read(reader.at(Column::fresh_shapes), limits::shape_bytes_max);
    const auto gathered = gather_part(context, read, reader);
    const bool fits = packed.size() <= limits::commit_bytes_max;
    promise(!fits || (gathered && gathered.value() == packed && reader.finish()), "columns bring a part back");
}

void look_part(BytesView bytes) {
    look_canonical(bytes, Part::unpack, [&](const Part& part) {
        const auto named = stream_of_part(bytes);
        promise(named && named.value() == part.stream, "stream_of_part() reads the part's stream");
        promise(is_columnar(bytes), "every part of this version goes by columns");
        return part.pack();
    });
    look_columns(bytes);
}

void look_header(BytesView bytes) {
    look_canonical(bytes, Header::unpack, [](const Header& header) { return header.pack(); });
}

void look_commit_row(BytesView bytes) {
    const Dot dot = test::dot(3, 7);
    look_canonical(
        bytes, [&](BytesView body) { return read_stored_commit(dot, body); },
        [&](const Commit& commit) {
            promise(static_cast<bool>(commit.check()), "a commit that was read has the parts its header names");
            Bytes body;
            Writer out(body);
            write_commit(out, commit, {&dot.replica, dot.seq, nullptr});
            return body;
        });
}

void look_record_state(BytesView bytes) {
    look_canonical(bytes, RecordState::unpack, [](const RecordState& state) { return state.pack(); });
}

void look_memory(BytesView bytes) { look_canonical(bytes, unpack_memory, pack_memory); }
void look_enrolment(BytesView bytes) { look_canonical(bytes, unpack_enrolment, pack_enrolment); }

/// One part that uses all that a part can hold.
Part rich_part() {
    RecordOps known{
        record(1),
        household,
        {put(field::address, Kind::value, text("旧县镇八里村"), {dot(3, 4), dot(4, 1)}, 2),
         put(field::needs, Kind::set, text("助餐")), remove(field::needs, text("维修"), {dot(3, 2)}),
         put(field::follow_up_on, Kind::value, Value::date(20'800)), put(field::notes, Kind::log, text("first")),
         put(field::notes, Kind::log, text("second")), put(field::number, Kind::once, Value::integer(-7))}};
    RecordOps other{record(2),
                    issue,
                    {put(65'537, static_cast<Kind>(9), must(Value::from_bytes("\x2a unknown"))),
                     put(65'538, Kind::value, must(Value::position(33'160'000, 115'620'000))),
                     put(65'539, Kind::value, Value::record(record(1))), put(65'540, Kind::value, Value::cleared())}};
    return part(stream(village), {std::move(known), std::move(other)});
}

RecordState rich_state() {
    RecordState state;
    const Part part = rich_part();
    doorstep::apply(state, part.records[0], dot(5, 1));
    doorstep::apply(state, part.records[0], dot(6, 2));
    return state;
}

Bytes row_of(const Commit& commit) {
    const Dot& dot = commit.header.dot;
    Bytes body;
    Writer out(body);
    write_commit(out, commit, {&dot.replica, dot.seq, nullptr});
    return body;
}

Enrolment some_enrolment() {
    Enrolment enrolment;
    enrolment.author = "cadre";
    enrolment.device = "cadre's phone";
    enrolment.server = "https://office.example:8443";
    enrolment.certificate_pem = "-----BEGIN CERTIFICATE-----";
    enrolment.token = "00ff";
    enrolment.areas = {area(town), {341'222'101'202, 3}};
    enrolment.divisions = Divisions({{341'222'000'000, "太和县"}, {341'222'101'000, "旧县镇"}});
    return enrolment;
}

}  // namespace

std::vector<Target> decoder_targets() {
    return {{"commit_row", look_commit_row},
            {"enrolment", look_enrolment},
            {"header", look_header},
            {"memory", look_memory},
            {"part", look_part},
            {"record_state", look_record_state},
            {"value", look_value}};
}

std::vector<Seed> decoder_seeds() {
    std::vector<Seed> out;
    for (const RecordOps& record : rich_part().records)
        for (const Op& op : record.ops)
            out.push_back(
                {"value", "type-" + std::to_string(static_cast<int>(op.value.type())), Bytes(op.value.bytes())});
    const Part sealed = part({area(town), {Compartment::Kind::sealed, record(9)}}, {rich_part().records[0]});
    Chain chain(replica(3), "李明");
    Commit commit;
    for (int i = 0; i < 7; ++i) commit = chain.commit({rich_part(), sealed});
    Commit partial = commit;
    partial.parts[0].clear();
    out.push_back({"part", "rich", rich_part().pack()});
    out.push_back({"part", "sealed", sealed.pack()});
    out.push_back({"part", "plain", summary_part(village, 1, "a").pack()});
    out.push_back({"header", "two-parts", commit.header.pack()});
    out.push_back({"commit_row", "whole", row_of(commit)});
    out.push_back({"commit_row", "partial", row_of(partial)});
    out.push_back({"record_state", "rich", rich_state().pack()});
    out.push_back({"record_state", "empty", RecordState{household, {}}.pack()});
    out.push_back(
        {"memory", "held", pack_memory({id_of<EpochId>(4), 7, 5, -1200, {1'763'700'000'000, 3}, {{7, 0, 22}}})});
    out.push_back({"enrolment", "whole", pack_enrolment(some_enrolment())});
    return out;
}

}  // namespace doorstep::fuzz
