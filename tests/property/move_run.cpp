#include "tests/property/move_run.hpp"

#include <algorithm>

#include "core/casework/moving.hpp"
#include "core/engine/moves.hpp"
#include "core/merge/conflict.hpp"
#include "core/merge/home.hpp"
#include "core/model/reserved_field.hpp"
#include "core/sync/handover.hpp"

namespace doorstep::test {
namespace {

constexpr std::string_view places[] = {village, other_village, far_village};

/// What a record holds beside where it belongs.
Bytes words_of(RecordState state) {
    std::erase_if(state.fields, [](const FieldState& field) { return field.field == reserved_field::home; });
    return state.pack();
}

}  // namespace

MoveRun::Came MoveRun::whole(std::uint64_t seed, Restores restores) {
    constexpr int steps = 70;
    Came out;
    try {
        MoveRun run(seed, restores);
        for (int i = 0; i < steps; ++i) run.step();
        out.fault = run.fault();
        out.moved = run.moved_;
        out.late = run.late_;
    } catch (const std::runtime_error& failed) {  // a call that nothing excuses
        out.fault = failed.what();
    }
    return out;
}

MoveRun::MoveRun(std::uint64_t seed, Restores restores) : random_(seed), restores_(restores) {
    for (const std::string_view where : places) add("of " + std::string(where), {where});
    add("of the township", {town});
    add("of the county", {county});
    add("of two", {village, far_village});
}

void MoveRun::add(const std::string& name, const std::vector<std::string_view>& areas) {
    phones_.push_back(&world_.add(name, areas));
}

void MoveRun::step() {
    Handset& phone = *phones_[static_cast<std::size_t>(random_.below(phones_.size()))];
    const std::uint64_t what = random_.below(100);
    if (what < 12 || records_.size() < 2)
        make(phone);
    else if (what < 45)
        edit(phone);
    else if (what < 60)
        move();
    else if (what < 68)
        ask(phone);
    else if (what < 88)
        sync(phone);
    else if (what < 93 || restores_ == Restores::none)
        world_.open_hub();  // another writer from here on
    else
        restore_or_back_up();
}

/// Saves, and notes outside the system each op that was saved, under its dot.
void MoveRun::save(Handset& phone, const RecordEdit& edit) {
    const auto saved = phone->save({edit}, world_.now_ms());
    if (!saved) return;  // moved away, as this phone has heard: nothing was saved
    if (!edit.record) records_.push_back(saved.value().front());
    const Handover out = must(Handover::decode(must(phone->hand_over()).bytes));
    const Commit& last = out.frames.back().commits.back();
    for (const Bytes& packed : last.parts) {
        const Part part = must(Part::unpack(packed));
        for (const RecordOps& ops : part.records) {
            oracle_[ops.record].push_back({ops, last.header.dot});
            const auto home = homes_.find(ops.record);
            if (home != homes_.end() && !(home->second == part.stream.area)) ++late_;
        }
    }
}

void MoveRun::make(Handset& phone) {
    const Area& area = phone.grant.areas[static_cast<std::size_t>(random_.below(phone.grant.areas.size()))];
    std::vector<std::string_view> homes;
    for (const std::string_view place : places)
        if (area.contains(test::area(place))) homes.push_back(place);
    save(phone, new_household(random_.pick(homes), words()));
}

std::optional<RecordId> MoveRun::any_record(Handset& phone) {
    const auto all = must(phone->list(household, 50));
    if (all.empty()) return std::nullopt;
    return all[static_cast<std::size_t>(random_.below(all.size()))].record;
}

void MoveRun::edit(Handset& phone) {
    const auto record = any_record(phone);
    if (!record) return;
    switch (random_.below(5)) {
        case 0: return save(phone, set_text(*record, field::summary, words()));
        case 1:  // a decision on all that is in sight
            return save(phone, set_text(*record, field::summary, words(),
                                        all_dots(must(phone->read(*record)), field::summary)));
        case 2: return save(phone, add_need(*record, "need " + std::to_string(random_.below(3))));
        case 3: return save(phone, remove_need(*record, "need " + std::to_string(random_.below(3))));
        default: return save(phone, add_note(*record, words()));
    }
}

void MoveRun::move() {
    std::vector<RecordId> some;
    for (const RecordId& record : records_)
        if (random_.chance(30) && !must(world_.hub().store().records_of(record)).empty()) some.push_back(record);
    const std::string_view to = places[random_.below(3)];
    moved_ += static_cast<int>(must(world_.hub().move(some, area(to), "office", world_.now_ms())));
    for (const RecordId& record : some) homes_[record] = area(to);
}

void MoveRun::ask(Handset& phone) {
    const auto record = any_record(phone);
    if (!record) return;
    const std::string to(places[random_.below(3)]);
    const auto asked = phone->propose({*record, std::string(casework::move_step), to, {}}, world_.now_ms());
    static_cast<void>(asked);  // it may have left already
}

void MoveRun::sync(Handset& phone) {
    const std::size_t cut = random_.chance(40) ? static_cast<std::size_t>(random_.below(6)) : ~std::size_t{0};
    const Status synced = world_.sync(phone, [&](std::size_t n, Bytes message) {
        return n == cut ? std::nullopt : std::optional<Bytes>(std::move(message));
    });
    if (!synced && synced.error().code != Errc::server_unreachable) must(synced);
}

void MoveRun::restore_or_back_up() {
    if (backups_ == 0 || random_.chance(50)) {
        const std::string copy = world_.path("backup " + std::to_string(++backups_));
        must(world_.hub().store().back_up(copy, storage_key(1)));
        return;
    }
    world_.close_hub();
    copy_database(world_.path("backup " + std::to_string(backups_)), world_.hub_path());
    world_.open_hub();
    homes_.clear();
}

std::string MoveRun::fault() {
    must(world_.sync_all());
    if (!must(diagnose(world_.hub().store())).sound()) return "the office's file is not sound";
    for (Handset* phone : phones_) {
        if (std::string wrong = disagreement(world_.hub(), *phone); !wrong.empty()) return wrong;
        must((*phone)->verify());
    }
    for (const RecordId& record : records_)
        if (std::string wrong = record_fault(record); !wrong.empty()) return wrong + " in " + record.hex();
    return {};
}

std::string MoveRun::record_fault(const RecordId& record) {
    RecordState expected;
    for (const auto& [ops, dot] : oracle_[record]) apply(expected, ops, dot);
    Store& office = world_.hub().store();
    const auto rows = must(office.records_of(record));
    if (rows.empty()) return "the office does not have a record";
    const Member member = must(member_of(office, rows.front()));
    if (words_of(member.state) != words_of(expected)) return "the office does not come to what was saved";
    if (member.streams.size() != rows.size()) return "a record lies in a stream that does not know where it went";
    const Bytes home = must(office.record_state(record, member.row.stream)).value_or(Bytes());
    if (home.empty() || words_of(must(RecordState::unpack(home))) != words_of(expected))
        return "where it stands is not all that was saved";
    if (!must(missing_carries(office, record)).empty()) return "something is still to be carried";
    const FieldState* moves = member.state.find(reserved_field::home);
    if (moves && alternatives(*moves).size() > 1) return "two moves stand";
    const Stream stands_in = must(office.stream_of(member.row.stream));
    for (Handset* phone : phones_)
        if (std::string wrong = phone_fault(*phone, record, stands_in, count_conflicts(expected)); !wrong.empty())
            return phone->name + wrong;
    return {};
}

std::string MoveRun::phone_fault(Handset& phone, const RecordId& record, const Stream& stands_in,
                                 std::uint32_t conflicts) {
    const auto view = phone->read(record);
    if (!phone.grant.covers(stands_in)) return view && !view.value().moved_to ? " takes it to be here" : "";
    if (!view) return " does not see it";
    if (view.value().moved_to || !(view.value().area == stands_in.area)) return " takes it to be elsewhere";
    return view.value().conflicts == conflicts ? "" : " sees other conflicts";
}

}  // namespace doorstep::test
