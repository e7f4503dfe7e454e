#include "core/sync/reconcile_message.hpp"

#include "core/base/limits.hpp"
#include "core/model/replica_table.hpp"

namespace doorstep {
namespace {

enum class EntryKind : std::uint8_t { hash = 0, commit = 1 };

/// Ascending numbers, each as the distance from the one before.
void write_ascending(Writer& out, const std::vector<std::uint32_t>& numbers) {
    out.varint(numbers.size());
    std::uint32_t next = 0;
    for (const std::uint32_t number : numbers) {
        out.varint(number - next);
        next = number + 1;
    }
}

std::vector<std::uint32_t> read_ascending(Reader& in, std::size_t count_max) {
    std::vector<std::uint32_t> numbers;
    std::uint64_t next = 0;
    for (std::size_t n = in.count(count_max, 1); n > 0; --n) {
        const std::uint64_t number = next + in.varint32();
        if (number >= count_max) in.fail();
        if (in.failed()) return {};
        numbers.push_back(static_cast<std::uint32_t>(number));
        next = number + 1;
    }
    return numbers;
}

}  // namespace

Bytes Ranges::encode() const {
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    out.varint(points.size());
    std::uint64_t before = 0;
    for (const Point& point : points) {
        out.varint(point.position - before);
        point.digest.encode(out);
        before = point.position;
    }
    return bytes;
}

Result<Ranges> Ranges::decode(BytesView payload) {
    Reader in(payload);
    Ranges ranges;
    ranges.stream = Stream::decode(in);
    std::uint64_t before = 0;
    for (std::size_t n = in.count(limits::range_points_max, 17); n > 0; --n) {
        Point point;
        const std::uint64_t step = in.varint();
        point.position = before + step;
        point.digest = Digest::decode(in);
        const bool ascends = point.position >= before && (ranges.points.empty() || step > 0);
        if (!ascends) in.fail();
        before = point.position;
        ranges.points.push_back(point);
    }
    if (ranges.points.size() < 2) in.fail();
    DOORSTEP_TRY(in.finish("RANGES"));
    return ranges;
}

Bytes Differs::encode() const {
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    out.varint(head);
    write_ascending(out, intervals);
    return bytes;
}

Result<Differs> Differs::decode(BytesView payload) {
    Reader in(payload);
    Differs differs;
    differs.stream = Stream::decode(in);
    differs.head = in.varint();
    differs.intervals = read_ascending(in, limits::range_points_max);
    DOORSTEP_TRY(in.finish("DIFFERS"));
    return differs;
}

Bytes Offer::encode() const {
    ReplicaTable replicas;
    for (const Item& item : items) replicas.add(item.dot.replica);
    replicas.seal();
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    replicas.write(out);
    out.varint(items.size());
    for (const Item& item : items) {
        replicas.write_dot(out, item.dot);
        out.fixed(item.hash);
    }
    return bytes;
}

Result<Offer> Offer::decode(BytesView payload) {
    Reader in(payload);
    Offer offer;
    offer.stream = Stream::decode(in);
    ReplicaTable replicas = ReplicaTable::read(in);
    for (std::size_t n = in.count(limits::offer_items_max, 2 + HashHead::size); n > 0; --n) {
        Item item;
        item.dot = replicas.read_dot(in);
        item.hash = in.fixed<HashHead>();
        offer.items.push_back(item);
    }
    if (offer.items.empty() || !replicas.all_used()) in.fail();
    DOORSTEP_TRY(in.finish("OFFER"));
    return offer;
}

Bytes Wanted::encode() const {
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    write_ascending(out, items);
    return bytes;
}

Result<Wanted> Wanted::decode(BytesView payload) {
    Reader in(payload);
    Wanted wanted;
    wanted.stream = Stream::decode(in);
    wanted.items = read_ascending(in, limits::offer_items_max);
    DOORSTEP_TRY(in.finish("WANTED"));
    return wanted;
}

Bytes Receipt::encode() const {
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    out.varint(position);
    out.varint(backed_up);
    out.fixed(tag);
    return bytes;
}

Result<Receipt> Receipt::decode(BytesView payload) {
    Reader in(payload);
    Receipt receipt;
    receipt.stream = Stream::decode(in);
    receipt.position = in.varint();
    receipt.backed_up = in.varint();
    receipt.tag = in.fixed<Hash>();
    if (receipt.position == 0) in.fail();
    DOORSTEP_TRY(in.finish("RECEIPT"));
    return receipt;
}

Bytes Bring::encode() const {
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    out.varint(after);
    out.fixed(base);
    out.u8(tag ? 1 : 0);
    if (tag) out.fixed(*tag);
    out.varint(entries.size());
    for (const Entry& entry : entries) {
        const Commit* commit = std::get_if<Commit>(&entry);
        out.u8(static_cast<std::uint8_t>(commit ? EntryKind::commit : EntryKind::hash));
        if (commit) {
            write_commit(out, *commit, {});
        } else {
            out.fixed(std::get<Hash>(entry));
        }
    }
    return bytes;
}

Result<Bring> Bring::decode(BytesView payload) {
    Reader in(payload);
    Bring bring;
    bring.stream = Stream::decode(in);
    bring.after = in.varint();
    bring.base = in.fixed<Hash>();
    const std::uint8_t tells_tag = in.u8();
    if (tells_tag > 1) in.fail();
    if (tells_tag == 1) bring.tag = in.fixed<Hash>();
    std::size_t commits = 0;
    for (std::size_t n = in.count(limits::bring_entries_max, 1 + Hash::size); n > 0; --n) {
        const auto kind = static_cast<EntryKind>(in.u8());
        if (kind == EntryKind::hash) {
            bring.entries.emplace_back(in.fixed<Hash>());
        } else if (kind == EntryKind::commit) {
            DOORSTEP_TRY_ASSIGN(Commit commit, read_commit(in, {}));
            bring.entries.emplace_back(std::move(commit));
            ++commits;
        } else {
            in.fail();
        }
    }
    if (commits == 0) in.fail();  // a run is brought for what it carries
    DOORSTEP_TRY(in.finish("BRING"));
    return bring;
}

Bytes Fetch::encode() const {
    Bytes bytes;
    Writer out(bytes);
    stream.encode(out);
    out.varint(after);
    out.varint(upto - after);
    return bytes;
}

Result<Fetch> Fetch::decode(BytesView payload) {
    Reader in(payload);
    Fetch fetch;
    fetch.stream = Stream::decode(in);
    fetch.after = in.varint();
    fetch.upto = fetch.after + in.varint();
    if (fetch.upto <= fetch.after) in.fail();
    DOORSTEP_TRY(in.finish("FETCH"));
    return fetch;
}

}  // namespace doorstep
