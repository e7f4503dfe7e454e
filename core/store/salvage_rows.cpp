#include "core/store/salvage_rows.hpp"

#include <algorithm>

#include "core/base/limits.hpp"

namespace doorstep {
namespace {

constexpr std::size_t columns_max = 64;  // our widest table has a dozen
constexpr unsigned inner_index = 2, leaf_index = 10, leaf_table = 13;

/// SQLite's own numbers: big-endian, and varints of at most nine bytes, the last of which counts whole.
class Cursor {
public:
    explicit Cursor(BytesView rest) : rest_(rest) {}
    std::uint64_t varint() {
        std::uint64_t out = 0;
        for (int i = 0; i < 9; ++i) {
            const std::uint64_t byte = number(1);
            if (i == 8) return out << 8 | byte;
            out = out << 7 | (byte & 0x7f);
            if ((byte & 0x80) == 0) break;
        }
        return out;
    }
    std::uint64_t number(std::size_t size) {
        std::uint64_t out = 0;
        for (const char byte : take(size)) out = out << 8 | static_cast<unsigned char>(byte);
        return out;
    }
    BytesView take(std::size_t size) {
        if (size > rest_.size()) failed_ = true;
        if (failed_) return {};
        const BytesView out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return out;
    }
    bool failed() const { return failed_; }
    bool at_end() const { return rest_.empty(); }

private:
    BytesView rest_;
    bool failed_ = false;
};

std::int64_t signed_number(Cursor& in, std::size_t size) {
    const std::uint64_t bits = in.number(size);
    if (size == 0 || size == 8) return static_cast<std::int64_t>(bits);
    const std::uint64_t sign = std::uint64_t{1} << (8 * size - 1);
    return static_cast<std::int64_t>((bits ^ sign) - sign);
}

RawColumn read_column(Cursor& in, std::uint64_t type) {
    constexpr std::size_t integer_bytes[] = {0, 1, 2, 3, 4, 6, 8};
    RawColumn out;
    if (type >= 1 && type <= 6) {
        out.type = RawColumn::Type::integer;
        out.integer = signed_number(in, integer_bytes[type]);
    } else if (type == 8 || type == 9) {
        out.type = RawColumn::Type::integer;
        out.integer = type == 9;
    } else if (type >= 12) {
        out.type = type % 2 == 0 ? RawColumn::Type::blob : RawColumn::Type::text;
        out.bytes = Bytes(in.take(static_cast<std::size_t>((type - 12) / 2)));
    } else {
        in.take(type == 7 ? 8 : 0);
    }
    return out;
}

/// The columns of a record, which must fill it to the last byte.
std::optional<std::vector<RawColumn>> read_record(BytesView payload) {
    Cursor head(payload);
    const std::uint64_t head_bytes = head.varint();
    if (head.failed() || head_bytes > payload.size()) return std::nullopt;
    const std::size_t head_size = static_cast<std::size_t>(head_bytes);
    Cursor types(payload.substr(0, head_size)), body(payload.substr(head_size));
    types.varint();
    std::vector<RawColumn> out;
    while (!types.at_end() && !types.failed() && !body.failed() && out.size() < columns_max)
        out.push_back(read_column(body, types.varint()));
    if (!types.at_end() || types.failed() || body.failed() || !body.at_end()) return std::nullopt;
    return out;
}

/// How many bytes of a payload lie in its page; the rest goes on in others.
std::size_t local_bytes(std::size_t payload, std::size_t usable, unsigned kind) {
    const std::size_t most = kind == leaf_table ? usable - 35 : (usable - 12) * 64 / 255 - 23;
    if (payload <= most) return payload;
    const std::size_t least = (usable - 12) * 32 / 255 - 23;
    const std::size_t wanted = least + (payload - least) % (usable - 4);
    return wanted <= most ? wanted : least;
}

/// The whole payload of a row whose first bytes are `local`.
std::optional<Bytes> gather(BytesView local, std::size_t size, Cursor& cell, std::size_t usable, const ReadPage& read) {
    Bytes out(local);
    if (out.size() == size) return out;
    auto next = static_cast<std::uint32_t>(cell.number(4));
    if (cell.failed()) return std::nullopt;
    while (out.size() < size) {
        const std::optional<Bytes> page = next == 0 ? std::nullopt : read(next);
        if (!page || page->size() < usable) return std::nullopt;
        Cursor in(*page);
        next = static_cast<std::uint32_t>(in.number(4));
        out.append(in.take(std::min(usable - 4, size - out.size())));
    }
    return out;
}

std::optional<RawRow> read_cell(BytesView bytes, unsigned kind, std::size_t usable, const ReadPage& read) {
    Cursor cell(bytes);
    if (kind == inner_index) cell.take(4);
    const std::uint64_t size = cell.varint();
    RawRow row;
    if (kind == leaf_table) row.number = static_cast<std::int64_t>(cell.varint());
    if (cell.failed() || size == 0 || size > limits::salvaged_row_bytes_max) return std::nullopt;
    const auto payload_bytes = static_cast<std::size_t>(size);
    const BytesView local = cell.take(local_bytes(payload_bytes, usable, kind));
    if (cell.failed()) return std::nullopt;
    const std::optional<Bytes> payload = gather(local, payload_bytes, cell, usable, read);
    if (!payload) return std::nullopt;
    auto columns = read_record(*payload);
    if (!columns) return std::nullopt;
    row.columns = std::move(*columns);
    return row;
}

}  // namespace

void each_row(BytesView page, std::uint32_t page_from_1, std::size_t usable_bytes, const ReadPage& read,
              const std::function<void(RawRow)>& visit) {
    if (page.size() < usable_bytes) return;
    page = page.substr(0, usable_bytes);
    constexpr std::size_t file_head_bytes = 100;
    Cursor head(page.substr(page_from_1 == 1 ? file_head_bytes : 0));
    const auto kind = static_cast<unsigned>(head.number(1));
    if (kind != inner_index && kind != leaf_index && kind != leaf_table) return;
    head.take(2);
    const std::uint64_t cells = head.number(2);
    head.take(kind == inner_index ? 7 : 3);
    for (std::uint64_t i = 0; i < cells && !head.failed(); ++i) {
        const auto at = static_cast<std::size_t>(head.number(2));
        if (head.failed() || at >= page.size()) continue;
        if (auto row = read_cell(page.substr(at), kind, usable_bytes, read)) visit(std::move(*row));
    }
}

}  // namespace doorstep
