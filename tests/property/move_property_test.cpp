// Records that move, at random: what was carried comes to the same bytes as what was written; move and edit, move and
// move, edit and edit and move in any order, cut, doubled and over restored offices come to one state, which a brute
// force over every op that anybody saved finds too.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "core/casework/moving.hpp"
#include "core/engine/moves.hpp"
#include "core/merge/home.hpp"
#include "core/model/origin.hpp"
#include "core/model/reserved_field.hpp"
#include "core/sync/handover.hpp"
#include "tests/property/history.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

/// The ops as the office carries them.
RecordOps carried(const RecordOps& ops, const Commit& commit, const Area& from) {
    RecordOps out = ops;
    const auto place =
        std::find_if(out.ops.begin(), out.ops.end(), [](const Op& op) { return op.field > reserved_field::origin; });
    out.ops.insert(place, must(origin_op(Origin::of(commit.header, from))));
    return out;
}

/// Every write of a history to each record, whatever the stream: as if one record had been written in all.
struct Write {
    RecordOps ops;
    const Commit* commit;
};
std::map<RecordId, std::vector<Write>> writes_of(const History& history) {
    std::map<RecordId, std::vector<Write>> out;
    for (std::size_t i = 0; i < history.commits.size(); ++i)
        for (const Part& part : history.parts[i])
            for (const RecordOps& ops : part.records) out[ops.record].push_back({ops, &history.commits[i]});
    return out;
}

TEST(MoveProperty, WhatWasCarriedComesToTheBytesOfWhatWasWritten) {
    const Seeds range = seeds(3000);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        const History history = any_history(random);
        for (auto& [record, writes] : writes_of(history)) {
            RecordState expected, found;
            for (const Write& write : writes) apply(expected, write.ops, write.commit->header.dot);
            std::vector<Write> delivery = writes;  // each itself, carried, or both, some twice, in any order
            for (const Write& write : writes)
                if (random.chance(40)) delivery.push_back(write);
            random.shuffle(delivery);
            for (const Write& write : delivery) {
                if (random.chance(50)) {
                    const RecordOps copy = carried(write.ops, *write.commit, area(village));
                    Part part{stream(other_village), id_of<Salt>(1), {copy}};
                    const Part read = must(Part::unpack(part.pack()));
                    apply(found, read.records[0], dot(99, 1 + random.below(1000)));
                } else {
                    apply(found, write.ops, write.commit->header.dot);
                }
            }
            ASSERT_EQ(found.pack(), expected.pack()) << replay(seed);
        }
    }
}

TEST(MoveProperty, TwoStreamsTogetherSayWhatBothSetsOfOpsSay) {
    const Seeds range = seeds(3000);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        Random random(seed);
        const History history = any_history(random);
        for (auto& [record, writes] : writes_of(history)) {
            RecordState a, b, both;
            for (const Write& write : writes) {
                const std::uint64_t where = random.below(3);
                if (where != 1) apply(a, write.ops, write.commit->header.dot);
                if (where != 0) apply(b, write.ops, write.commit->header.dot);
                apply(both, write.ops, write.commit->header.dot);
            }
            RecordState ab = a, ba = b;
            unite(ab, b);
            unite(ba, a);
            ASSERT_EQ(ab.pack(), both.pack()) << replay(seed);
            ASSERT_EQ(ba.pack(), both.pack()) << replay(seed);
            unite(ab, ab);
            ASSERT_EQ(ab.pack(), both.pack()) << replay(seed);
        }
    }
}

// A dot that was used twice (two old images at once) hides no word, in any order.
TEST(MoveProperty, TwoWordsUnderOneDotBothStandInAnyOrder) {
    for (const Kind kind : {Kind::value, Kind::count, Kind::set, Kind::log, Kind::latest}) {
        const RecordOps one{record(1), household, {put(4, kind, text("甲"))}}, two{record(1), household, {put(4, kind, text("乙"))}};
        RecordState a, b;
        for (int i = 0; i < 2; ++i) apply(a, one, dot(1, 5)), apply(a, two, dot(1, 5));
        apply(b, two, dot(1, 5));
        apply(b, one, dot(1, 5));
        EXPECT_EQ(a.pack(), b.pack());
        EXPECT_EQ(a.fields[0].live.size(), 2U);
    }
}

enum class Restores { none, office };

/// Phones of three villages, their township and their county; the office moves records about, phones ask for it too.
class MoveRun {
public:
    MoveRun(std::uint64_t seed, Restores restores) : random_(seed), restores_(restores) {
        for (const std::string_view where : places) add(std::string("of ") + std::string(where), {where});
        add("of the township", {town});
        add("of the county", {county});
        add("of two", {village, far_village});
    }
    void step() {
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
        else if (what < 95)
            sync(phone);
        else if (what < 98 || restores_ == Restores::none)
            world_.open_hub();  // another writer from here on
        else
            restore_or_back_up();
    }
    /// "" or what is not as it must be once everybody synchronised.
    std::string fault() {
        must(world_.sync_all());
        if (!must(diagnose(world_.hub().store())).sound()) return "the office's file is not sound";
        for (Handset* phone : phones_) {
            if (std::string wrong = disagreement(world_.hub(), *phone); !wrong.empty()) return wrong;
            must((*phone)->verify());
        }
        for (const auto& [record, type] : records_)
            if (std::string wrong = record_fault(record); !wrong.empty()) return wrong + " in " + record.hex();
        return {};
    }
    int moved = 0, late = 0;

private:
    static constexpr std::string_view places[] = {village, other_village, far_village};

    void add(const std::string& name, const std::vector<std::string_view>& areas) {
        phones_.push_back(&world_.add(name, areas));
    }
    /// Saves, and notes outside the system each op that was saved, under its dot.
    void save(Handset& phone, const RecordEdit& edit) {
        const auto saved = phone->save({edit}, world_.now_ms());
        if (!saved) return;  // moved away, as this phone has heard: nothing was saved
        const RecordId record = saved.value().front();
        records_[record] = household;
        // Read from the phone's own hand-over, which holds what it is to push next.
        const Handover out = must(Handover::decode(must(phone->hand_over()).bytes));
        const Commit& last = out.frames.back().commits.back();
        for (const Bytes& packed : last.parts) {
            const Part part = must(Part::unpack(packed));
            for (const RecordOps& ops : part.records) {
                oracle_[ops.record].push_back({ops, last.header.dot});
                const auto home = homes_.find(ops.record);
                if (home != homes_.end() && !(home->second == part.stream.area)) ++late;
            }
        }
    }
    std::string words() { return "words " + std::to_string(++serial_); }
    void make(Handset& phone) {
        const Area& area = phone.grant.areas[static_cast<std::size_t>(random_.below(phone.grant.areas.size()))];
        std::vector<std::string_view> homes;
        for (const std::string_view place : places)
            if (area.contains(test::area(place))) homes.push_back(place);
        save(phone, new_household(random_.pick(homes), words()));
    }
    std::optional<RecordId> any_record(Handset& phone) {
        const auto all = must(phone->list(household, 50));
        if (all.empty()) return std::nullopt;
        return all[static_cast<std::size_t>(random_.below(all.size()))].record;
    }
    void edit(Handset& phone) {
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
    void move() {
        std::vector<RecordId> known;
        for (const auto& [record, type] : records_)
            if (!must(world_.hub().store().records_of(record)).empty() && random_.chance(30)) known.push_back(record);
        const std::string_view to = places[random_.below(3)];
        moved += static_cast<int>(must(world_.hub().move(known, area(to), "office", world_.now_ms())));
        for (const RecordId& record : known) homes_[record] = area(to);
    }
    void ask(Handset& phone) {
        const auto record = any_record(phone);
        if (record)
            static_cast<void>(phone->propose(
                {*record, std::string(casework::move_step), std::string(places[random_.below(3)]), {}}, world_.now_ms()));
    }
    void sync(Handset& phone) {
        const std::size_t cut = random_.chance(40) ? static_cast<std::size_t>(random_.below(6)) : ~std::size_t{0};
        static_cast<void>(world_.sync(phone, [&](std::size_t n, Bytes message) {
            return n == cut ? std::nullopt : std::optional<Bytes>(std::move(message));
        }));
    }
    void restore_or_back_up() {
        const std::string copy = world_.path("backup " + std::to_string(backups_));
        if (backups_ == 0 || random_.chance(50)) {
            must(world_.hub().store().back_up(world_.path("backup " + std::to_string(++backups_)), storage_key(1)));
            return;
        }
        world_.close_hub();
        copy_database(copy, world_.hub_path());
        world_.open_hub();
        homes_.clear();
    }
    static Bytes words_of(RecordState state) {
        std::erase_if(state.fields, [](const FieldState& field) { return field.field == reserved_field::home; });
        return state.pack();
    }
    std::string record_fault(const RecordId& record) {
        RecordState expected;
        for (const auto& [ops, dot] : oracle_[record]) apply(expected, ops, dot);
        Store& office = world_.hub().store();
        auto rows = must(office.records_of(record));
        if (rows.empty()) return "the office does not have a record";
        const Member member = must(member_of(office, rows.front()));
        if (words_of(member.state) != words_of(expected)) return "the office does not come to what was saved";
        if (member.streams.size() != rows.size()) return "a record lies in a stream that does not know where it went";
        const Bytes home = must(office.record_state(record, member.row.stream)).value_or(Bytes());
        if (home.empty() || words_of(must(RecordState::unpack(home))) != words_of(expected))
            return "where it stands is not all that was saved";
        if (!must(missing_carries(office, record)).empty()) return "something is still to be carried";
        const Stream stands_in = must(office.stream_of(member.row.stream));
        if (const FieldState* moves = member.state.find(reserved_field::home); moves && alternatives(*moves).size() > 1)
            return "two moves stand";
        for (Handset* phone : phones_) {
            const auto view = (*phone)->read(record);
            const bool sees = phone->grant.covers(stands_in);
            if (sees && !view) return phone->name + " does not see it";
            if (!view) continue;
            if (sees && (view.value().moved_to || !(view.value().area == stands_in.area)))
                return phone->name + " takes it to be elsewhere";
            if (!sees && !view.value().moved_to) return phone->name + " takes it to be here";
            if (sees && view.value().conflicts != count_conflicts(expected)) return phone->name + " sees other conflicts";
        }
        return {};
    }

    Random random_;
    Restores restores_;
    World world_;
    std::vector<Handset*> phones_;
    std::map<RecordId, std::uint32_t> records_;
    std::map<RecordId, std::vector<std::pair<RecordOps, Dot>>> oracle_;
    std::map<RecordId, Area> homes_;
    int serial_ = 0, backups_ = 0;
};

void expect_none(const Seeds& range, Restores restores) {
    int failures = 0, moved = 0, late = 0;
    for (std::uint64_t seed = range.first; seed < range.last && failures < 5; ++seed) {
        std::string wrong;
        try {
            MoveRun run(seed, restores);
            for (int i = 0; i < 70; ++i) run.step();
            wrong = run.fault();
            moved += run.moved;
            late += run.late;
        } catch (const std::runtime_error& error) {
            wrong = error.what();
        }
        EXPECT_EQ(wrong, "") << replay(seed);
        failures += wrong.empty() ? 0 : 1;
    }
    if (range.last - range.first < 20) return;
    EXPECT_GT(moved, static_cast<int>(range.last - range.first)) << "the runs must move records";
    EXPECT_GT(late, static_cast<int>(range.last - range.first) / 4) << "and write where they stood";
}

TEST(MoveProperty, WhoeverWritesWhateverMovesNothingIsLostAndAllAgree) { expect_none(seeds(120), Restores::none); }
TEST(MoveProperty, AnOldImageOfTheOfficeLosesNeitherWordsNorTheirPlace) { expect_none(seeds(120), Restores::office); }

}  // namespace
}  // namespace doorstep::test
