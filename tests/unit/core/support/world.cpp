#include "tests/unit/core/support/world.hpp"

#include <algorithm>

#include "core/store/salvage_pages.hpp"

namespace doorstep::test {

StorageKey storage_key(int n) {
    StorageKey key;
    key.fill(static_cast<unsigned char>(n));
    return key;
}

EntropySeed fresh_seed() {
    static std::uint64_t drawn = 0;
    Bytes counter = "tests";
    Writer(counter).u64(++drawn);
    const Hash hash = sha256(counter);
    EntropySeed seed;
    std::transform(hash.bytes.begin(), hash.bytes.end(), seed.begin(),
                   [](char c) { return static_cast<unsigned char>(c); });
    return seed;
}

Divisions some_divisions() {
    return must(
        Divisions::parse_csv("code,level,name,parent\n"
                             "341222000000,county,太和县,341200000000\n"
                             "341222101000,town,旧县镇,341222000000\n"
                             "341222101202,village,八里村委会,341222101000\n"
                             "341222101205,village,范庙村委会,341222101000\n"
                             "341222102000,town,税镇镇,341222000000\n"
                             "341222102201,village,马庙村委会,341222102000\n"));
}

World::World(Durability durability, std::string vfs) : durability_(durability), vfs_(std::move(vfs)) { open_hub(); }

DatabaseOptions World::hub_options() const { return {hub_path(), storage_key(1), OpenMode::create, durability_, vfs_}; }

DatabaseOptions World::options_of(const Handset& handset) const {
    return {handset.path, storage_key(handset.key), OpenMode::create, durability_, vfs_};
}

void World::open_hub() {
    hub_.reset();
    HubHost host;
    host.receipt_key = "the office's receipt key";
    host.erasures = erasures_;
    hub_ = must(Hub::open(hub_options(), fresh_seed(), some_divisions(), std::move(host)));
    hub_->set_unseal(unseal_at_office);
    hub_->cut_chunks(chunk_size_);
}

void World::cut_chunks(const ChunkSize& size) {
    chunk_size_ = size;
    hub_->cut_chunks(size);
}

Handset& World::add(const std::string& name, const std::vector<std::string_view>& areas) {
    Scope scope;
    for (const std::string_view granted : areas) scope.areas.push_back(area(granted));
    return enrol(name, scope);
}

Handset& World::enrol(const std::string& name, const Scope& scope) {
    auto handset = std::make_unique<Handset>();
    handset->name = name;
    handset->path = scratch_.path(name + ".db");
    handset->grant = {scope, name};
    open(*handset);
    Enrolment enrolment;
    enrolment.author = name;
    enrolment.device = name + "'s phone";
    enrolment.server = "https://office.example:8443";
    static_cast<Scope&>(enrolment) = scope;
    enrolment.divisions = some_divisions().within(enrolment.areas);
    must((*handset)->enrol(enrolment));
    handsets_.push_back(std::move(handset));
    return *handsets_.back();
}

void World::reopen(Handset& handset) {
    close(handset);
    open(handset);
}

void World::regrant(Handset& handset, const Scope& scope) {
    handset.grant.former.push_back({static_cast<const Scope&>(handset.grant), now_ms()});
    static_cast<Scope&>(handset.grant) = scope;
}

DatabaseOptions World::fresh_options(const Handset& handset) const {
    DatabaseOptions fresh = options_of(handset);
    fresh.path += "+";
    fresh.key = storage_key(handset.key + 1);
    return fresh;
}

void World::switch_to_fresh(Handset& handset) {
    handset.path = fresh_options(handset).path;
    ++handset.key;
}

Status World::purge(Handset& handset) {
    DOORSTEP_TRY_ASSIGN(const PurgePlan plan, handset->purge_plan());
    if (plan.streams.empty()) return ok();
    std::vector<Bytes> sealed;
    for (const HandoverContent& content : plan.to_seal) sealed.push_back(seal_for_office(content.bytes));
    close(handset);
    const Status purged = doorstep::purge(options_of(handset), fresh_options(handset), sealed);
    if (purged) switch_to_fresh(handset);
    open(handset);
    return purged;
}

Status World::sync(Handset& handset, const Wire& wire) {
    messages_ = 0;
    constexpr std::size_t messages_max = 400;  // a session that goes on for ever is a failure, not a hang
    const auto carry = [&](Bytes message) -> Result<Bytes> {
        if (messages_ > messages_max) return Error{Errc::internal, "the session does not end"};
        std::optional<Bytes> arrived =
            wire ? wire(messages_, std::move(message)) : std::optional<Bytes>(std::move(message));
        ++messages_;
        if (!arrived) return Error{Errc::server_unreachable, "the line was cut"};
        return std::move(*arrived);
    };
    DOORSTEP_TRY_ASSIGN(std::optional<Bytes> next, handset->begin_sync());
    while (next) {
        DOORSTEP_TRY_ASSIGN(const Bytes request, carry(std::move(*next)));
        DOORSTEP_TRY_ASSIGN(Bytes answer, hub().exchange(handset.grant, request, now_ms_));
        DOORSTEP_TRY_ASSIGN(answer, carry(std::move(answer)));
        DOORSTEP_TRY_ASSIGN(next, handset->continue_sync(answer, now_ms_));
    }
    return ok();
}

Status World::sync_all() {
    constexpr int rounds_max = 6;
    for (int round = 0; round < rounds_max; ++round) {
        std::uint64_t moved = 0;
        for (const auto& handset : handsets_) {
            DOORSTEP_TRY(sync(*handset));
            moved += (*handset)->sync_report().pushed_commits + (*handset)->sync_report().pulled_commits;
        }
        if (moved == 0) return ok();
    }
    return Error{Errc::internal, "no quiescence"};
}

RecordEdit new_household(std::string_view area_text, std::string_view summary) {
    RecordEdit edit;
    edit.type = household;
    edit.home = stream(area_text);
    edit.fields.push_back({field::summary, Kind::value, Op::Action::put, text(summary), {}});
    return edit;
}

RecordEdit set_text(const RecordId& record, std::uint32_t field, std::string_view words,
                    std::optional<std::vector<Dot>> seen) {
    return {record, household, {}, {{field, Kind::value, Op::Action::put, text(words), std::move(seen)}}};
}

RecordEdit add_need(const RecordId& record, std::string_view need) {
    return {record, household, {}, {{field::needs, Kind::set, Op::Action::put, text(need), {}}}};
}

RecordEdit remove_need(const RecordId& record, std::string_view need) {
    return {record, household, {}, {{field::needs, Kind::set, Op::Action::remove, text(need), {}}}};
}

RecordEdit add_note(const RecordId& record, std::string_view note) {
    return {record, household, {}, {{field::notes, Kind::log, Op::Action::put, text(note), {}}}};
}

RecordId save(World& world, Handset& handset, const RecordEdit& edit) {
    return must(handset->save({edit}, world.now_ms())).front();
}

std::vector<std::string> texts(const RecordView& view, std::uint32_t field) {
    std::vector<std::string> out;
    if (const FieldView* found = view.field(field))
        for (const ValueView& value : found->values) out.emplace_back(value.value.as_text());
    return out;
}

std::vector<std::string> history_texts(const std::vector<HistoryEntry>& history) {
    std::vector<std::string> out;
    for (const HistoryEntry& entry : history) out.emplace_back(entry.value.as_text());
    return out;
}

std::vector<Dot> all_dots(const RecordView& view, std::uint32_t field) {
    std::vector<Dot> out;
    if (const FieldView* found = view.field(field))
        for (const ValueView& value : found->values) out.insert(out.end(), value.dots.begin(), value.dots.end());
    std::sort(out.begin(), out.end());
    return out;
}

RecordView office_view(Hub& hub, const RecordId& record) {
    const auto rows = must(hub.store().records_of(record));
    if (rows.empty()) throw std::runtime_error("the office has no such record");
    return must(view_record(hub.store(), rows.front()));
}

Bytes seal_for_office(BytesView content) {
    Bytes out(content);
    for (char& byte : out) byte = static_cast<char>(byte ^ 0x5a);
    return out;
}

Result<Bytes> unseal_at_office(BytesView file) { return seal_for_office(file); }

Bytes decrypted_pages(const DatabaseOptions& options) {
    SalvagePages pages = must(SalvagePages::open(options));
    Bytes out;
    for (std::uint32_t page = 1; page <= pages.pages(); ++page) out += pages.page(page).value_or(Bytes());
    for (std::size_t frame = 0; frame < pages.frames().size(); ++frame) out += pages.frame(frame).value_or(Bytes());
    return out;
}

Bytes decrypted_bytes(const DatabaseOptions& options) {
    static constexpr std::string_view queries[] = {
        "SELECT * FROM meta",   "SELECT * FROM replica",  "SELECT * FROM stream", "SELECT * FROM commits",
        "SELECT * FROM record", "SELECT * FROM sequence", "SELECT * FROM held",   "SELECT * FROM rewrite",
        "SELECT * FROM run",    "SELECT * FROM blob",     "SELECT * FROM chunk",  "SELECT * FROM receipt",
        "SELECT * FROM erased", "SELECT * FROM unproved", "SELECT * FROM sealed", "SELECT * FROM folded"};
    Database db = must(Database::open(options));
    Bytes out;
    for (const std::string_view sql : queries) {
        Statement& query = *must(db.statement(sql));
        const Statement::Use use(query);
        while (must(query.step())) {
            constexpr int columns_max = 8;  // past the last one SQLite answers NULL
            for (int column = 0; column < columns_max; ++column) out.append(query.blob_at(column)).push_back('\n');
        }
    }
    return out;
}

std::string disagreement(Hub& hub, Handset& handset) {
    std::vector<StreamMark> there, here;
    for (const StreamMark& mark : must(hub.store().streams()))
        if (mark.head.position > 0 && handset.grant.covers(mark.head.stream)) there.push_back(mark);
    for (const StreamMark& mark : must(handset->streams()))
        if (mark.head.position > 0) here.push_back(mark);
    if (there.size() != here.size())
        return handset.name + " has " + std::to_string(here.size()) + " streams of " + std::to_string(there.size());
    for (std::size_t i = 0; i < there.size(); ++i) {
        const StreamHead &office = there[i].head, &own = here[i].head;
        const bool same =
            office.stream == own.stream && office.position == own.position && office.digest == own.digest;
        if (!same) return handset.name + " differs in " + office.stream.area.text();
        if (!there[i].is_settled()) return "the office counts more parts than places in " + office.stream.area.text();
        if (here[i].is_settled() && here[i].states.digest != there[i].states.digest)
            return handset.name + " shows other records in " + office.stream.area.text();
    }
    return {};
}

}  // namespace doorstep::test
