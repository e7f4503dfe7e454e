#include "core/store/salvage.hpp"

#include <algorithm>
#include <set>

#include "core/store/commit_row.hpp"
#include "core/store/salvage_pages.hpp"
#include "core/store/salvage_rows.hpp"

namespace doorstep {
namespace {

constexpr std::size_t usable_bytes = SalvagePages::page_bytes - SalvagePages::reserved_bytes;

std::uint32_t word(BytesView page, std::size_t at) {
    Reader in(page.substr(at));
    return in.u32();
}

/// The file as its log says it is: the newest version of each page that opens.
class Layers {
public:
    explicit Layers(SalvagePages& pages) : pages_(&pages) {}
    std::optional<Bytes> read(std::uint32_t page) {
        const auto newer = frames_.find(page);
        return newer == frames_.end() ? pages_->page(page) : pages_->frame(newer->second);
    }
    /// Puts the frame on top, when it opens.
    void add(std::size_t index) {
        if (pages_->frame(index)) frames_[pages_->frames()[index].page] = index;
    }
    std::uint32_t last_page() const {
        return frames_.empty() ? pages_->pages() : std::max(pages_->pages(), frames_.rbegin()->first);
    }

private:
    SalvagePages* pages_;
    std::map<std::uint32_t, std::size_t> frames_;
};

FileCondition condition_of(SalvagePages& pages, Layers& newest) {
    FileCondition out;
    const std::optional<Bytes> first = newest.read(1);
    constexpr std::size_t at_page_count = 28;
    out.pages = std::max(newest.last_page(), first ? word(*first, at_page_count) : 0);
    for (std::uint32_t page = 1; page <= out.pages; ++page) {
        if (SalvagePages::holds_lock_bytes(page) || newest.read(page)) continue;
        ++(page > pages.pages() ? out.pages_missing : out.pages_damaged);
    }
    std::size_t last_end = 0;
    for (std::size_t i = 0; i < pages.frames().size(); ++i)
        if (pages.frames()[i].ends == SalvagePages::Frame::Ends::transaction) last_end = i + 1;
    if (last_end > pages.frames_in_force()) out.frames_dropped = pages.frames().size() - pages.frames_in_force();
    return out;
}

/// Pages that no table uses now: what lies in them was moved elsewhere, changed or taken away.
std::set<std::uint32_t> free_pages(Layers& newest) {
    std::set<std::uint32_t> out;
    const std::optional<Bytes> first = newest.read(1);
    constexpr std::size_t at_first_trunk = 32;
    std::uint32_t trunk = first ? word(*first, at_first_trunk) : 0;
    while (trunk != 0 && out.insert(trunk).second) {
        const std::optional<Bytes> page = newest.read(trunk);
        if (!page) break;
        const std::size_t leaves = std::min<std::size_t>(word(*page, 4), usable_bytes / 4 - 2);
        for (std::size_t i = 0; i < leaves; ++i) out.insert(word(*page, 8 + 4 * i));
        trunk = word(*page, 0);
    }
    return out;
}

bool has_types(const RawRow& row, std::initializer_list<RawColumn::Type> types) {
    return row.columns.size() == types.size() &&
           std::equal(types.begin(), types.end(), row.columns.begin(),
                      [](RawColumn::Type type, const RawColumn& column) { return column.type == type; });
}

/// Sorts rows into what they are. Later versions of a row replace earlier ones, where they can be read.
class Finds {
public:
    void take(RawRow row) {
        using Type = RawColumn::Type;
        auto& columns = row.columns;
        if (row.number && has_types(row, {Type::null, Type::integer, Type::integer, Type::blob, Type::blob})) {
            if (columns[3].bytes.size() == Hash::size) add_version(commits_[*row.number], std::move(row));
        } else if (row.number && has_types(row, {Type::null, Type::blob, Type::integer, Type::integer, Type::null})) {
            const auto id = ReplicaId::from(columns[1].bytes);
            if (!id) return;
            replicas_[*row.number] = id.value();
            if (columns[3].integer == 1) own_ = id.value();
        } else if (!row.number && has_types(row, {Type::text, Type::blob})) {
            meta_[columns[0].bytes] = std::move(columns[1].bytes);
        }
    }

    /// `own_key` names the meta value that also says whose the file is, for when the table of replicas is lost.
    Salvaged settle(std::string_view own_key) {
        Salvaged out;
        out.own = own_;
        std::vector<ReplicaId> strangers;  // of rows whose replica has lost its own row
        if (const auto named = meta_.find(own_key); named != meta_.end())
            if (const auto id = ReplicaId::from(named->second)) strangers.push_back(id.value());
        for (auto& [number, versions] : commits_) {
            auto commit = prove(versions, strangers);
            if (commit)
                out.commits.insert_or_assign(commit->header.dot, std::move(*commit));
            else
                ++out.commits_unproved;
        }
        out.meta = std::move(meta_);
        return out;
    }

private:
    /// Pages are written again for every row that joins them; the rows that were there stay what they were.
    static void add_version(std::vector<RawRow>& versions, RawRow row) {
        const bool same = !versions.empty() && versions.back().columns[3].bytes == row.columns[3].bytes &&
                          versions.back().columns[4].bytes == row.columns[4].bytes;
        if (!same) versions.push_back(std::move(row));
    }

    std::optional<Commit> prove(const std::vector<RawRow>& versions, const std::vector<ReplicaId>& strangers) const {
        for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
            const auto named = replicas_.find(version->columns[1].integer);
            const std::vector<ReplicaId> one =
                named == replicas_.end() ? strangers : std::vector<ReplicaId>{named->second};
            for (const ReplicaId& replica : one) {
                const Dot dot{replica, static_cast<std::uint64_t>(version->columns[2].integer)};
                auto commit = read_stored_commit(dot, version->columns[4].bytes);
                if (commit && commit.value().header.hash().view() == version->columns[3].bytes)
                    return std::move(commit).value();
            }
        }
        return std::nullopt;
    }

    std::map<std::int64_t, std::vector<RawRow>> commits_;
    std::map<std::int64_t, ReplicaId> replicas_;
    std::optional<ReplicaId> own_;
    std::map<std::string, Bytes, std::less<>> meta_;
};

Layers newest_of(SalvagePages& pages) {
    Layers out(pages);
    for (std::size_t i = 0; i < pages.frames().size(); ++i) out.add(i);
    return out;
}

Status check_key(SalvagePages& pages, const FileCondition& condition) {
    if (pages.pages() == 0) return Error{Errc::not_a_database, "the file is empty"};
    if (condition.pages_damaged + condition.pages_missing >= condition.pages)
        return Error{Errc::wrong_key, "no page of the file opens with this key"};
    return ok();
}

}  // namespace

Result<FileCondition> examine_file(const DatabaseOptions& options) {
    DOORSTEP_TRY_ASSIGN(SalvagePages pages, SalvagePages::open(options));
    Layers newest = newest_of(pages);
    const FileCondition condition = condition_of(pages, newest);
    DOORSTEP_TRY(check_key(pages, condition));
    return condition;
}

Result<Salvaged> salvage_file(const DatabaseOptions& options) {
    DOORSTEP_TRY_ASSIGN(SalvagePages pages, SalvagePages::open(options));
    Layers newest = newest_of(pages);
    const FileCondition condition = condition_of(pages, newest);
    DOORSTEP_TRY(check_key(pages, condition));
    const std::set<std::uint32_t> unused = free_pages(newest);
    Finds finds;
    Layers layers(pages);
    const ReadPage read = [&](std::uint32_t page) { return layers.read(page); };
    const auto search = [&](std::uint32_t number) {
        const std::optional<Bytes> page = unused.count(number) == 0 ? layers.read(number) : std::nullopt;
        if (page) each_row(*page, number, usable_bytes, read, [&](RawRow row) { finds.take(std::move(row)); });
    };
    for (std::uint32_t page = 1; page <= pages.pages(); ++page) search(page);
    // Then the log, one transaction after the other: what a later page lost, an earlier version of it may still hold.
    std::vector<std::uint32_t> written;
    for (std::size_t i = 0; i < pages.frames().size(); ++i) {
        layers.add(i);
        written.push_back(pages.frames()[i].page);
        const bool last = i + 1 == pages.frames().size();
        if (!last && pages.frames()[i].ends == SalvagePages::Frame::Ends::no) continue;
        for (const std::uint32_t page : written) search(page);
        written.clear();
    }
    Salvaged out = finds.settle("replica");
    out.condition = condition;
    return out;
}

}  // namespace doorstep
