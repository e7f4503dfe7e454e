#include "tests/unit/core/support/erasure_run.hpp"

#include <algorithm>

#include "tests/unit/core/support/compaction_run.hpp"

namespace doorstep::test {
namespace {

bool holds(const Bytes& bytes, const std::string& words) { return bytes.find(words) != Bytes::npos; }

}  // namespace

Bytes pages_now(World& world, const DatabaseOptions& options) {
    DatabaseOptions copy = options;
    copy.path = world.path("pages.db");
    copy_database(options.path, copy.path);
    return decrypted_pages(copy);
}

std::string who_has(World& world, const std::string& words) {
    if (holds(pages_now(world, world.hub_options()), words)) return words + " is left at the office";
    DatabaseOptions archive = world.hub_options();
    archive.path = Archive::path_beside(archive.path);
    if (std::filesystem::exists(archive.path) && holds(pages_now(world, archive), words))
        return words + " is left in the archive";
    for (const auto& phone : world.handsets())
        if (holds(pages_now(world, world.options_of(*phone)), words)) return words + " is left on " + phone->name;
    for (const Bytes& entry : world.erasures().entries)
        if (holds(entry, words)) return words + " is left on the list";
    return {};
}

ErasureRun::ErasureRun(std::uint64_t seed, Compacts compacts) : random_(seed), compacts_(compacts) {
    for (const char* name : {"li", "wang", "zhao"}) phones_.push_back(&world_.add(name, {village}));
    world_.cut_chunks({16 * 1024, 4, 1});
}

/// A new household, another wording, a need or a line; what stands is what it replaces.
void ErasureRun::save(Handset& phone) {
    Saved one{"words" + std::to_string(1000 + oracle_.size()), {}, {}};  // none is part of another
    RecordEdit edit = new_household(village, one.words);
    if (!oracle_.empty() && random_.chance(70)) {
        const RecordId record = random_.pick(oracle_).record;
        const std::uint64_t what = random_.below(3);
        edit = what == 0   ? set_text(record, field::summary, one.words)
               : what == 1 ? add_need(record, one.words)
                           : add_note(record, one.words);
    }
    const auto ids = phone->save({edit}, world_.now_ms());
    if (!ids) return;  // the record has not come to this phone
    one.record = ids.value().front();
    one.dot = {phone->replica(), must(phone->outbox()).saved};
    oracle_.push_back(std::move(one));
}

void ErasureRun::sync_cut_at(Handset& phone, std::size_t cut) {
    const auto wire = [&](std::size_t n, Bytes message) {
        return n == cut ? std::nullopt : std::optional<Bytes>(std::move(message));
    };
    const Status synced = world_.sync(phone, wire);
    if (!synced && synced.error().code != Errc::server_unreachable) must(synced);
}

void ErasureRun::erase() {
    if (oracle_.empty()) return;
    Saved& one = oracle_[static_cast<std::size_t>(random_.below(oracle_.size()))];
    const auto erased =
        world_.hub().erase({one.dot, stream(village), {}, "art. 47", "a court"}, "clerk", world_.now_ms());
    if (erased) one.fate = Saved::Fate::erased;
    if (!erased && erased.error().code != Errc::not_found && erased.error().code != Errc::already_exists) must(erased);
}

void ErasureRun::back_up() {
    test::back_up(world_);
    has_backup_ = true;
}

void ErasureRun::restore() {
    if (!has_backup_) return;
    test::restore(world_);
}

/// Nobody sees that there was one.
void ErasureRun::compact() {
    if (random_.chance(60)) {  // else the horizon is wherever it is
        must(world_.sync_all());
        must(world_.sync_all());
        back_up();
    }
    const std::string before = picture(world_);
    archived_ += must(compact_all(world_.hub(), at_once, world_.now_ms())).parts;
    if (picture(world_) != before && seen_.empty()) seen_ = "a compaction was seen";
}

void ErasureRun::step() {
    Handset& phone = *phones_[static_cast<std::size_t>(random_.below(phones_.size()))];
    if (compacts_ == Compacts::yes && random_.chance(15)) return compact();
    switch (random_.below(12)) {
        case 0:
        case 1: erase(); break;
        case 2: random_.chance(50) ? back_up() : restore(); break;
        case 3: world_.reopen(phone); break;
        case 4: must(phone->index_some(100)); break;
        case 5:
        case 6:
        case 7: sync_cut_at(phone, static_cast<std::size_t>(random_.below(8))); break;
        default: save(phone);
    }
}

std::string ErasureRun::fault() {
    if (!seen_.empty()) return seen_;
    must(world_.sync_all());
    must(world_.sync_all());
    std::map<std::string, bool> there;
    const auto gather = [&](const Commit& commit, const Hash&) -> Status {
        for (const Bytes& packed : commit.parts) {
            const auto part = Part::unpack(packed);
            if (!part) continue;
            for (const RecordOps& ops : part.value().records)
                for (const Op& op : ops.ops) there[std::string(op.value.as_text())] = true;
        }
        return ok();
    };
    must(world_.hub().store().each_commit(gather));
    for (const Saved& one : oracle_) {
        const bool erased = one.fate == Saved::Fate::erased;
        if (!erased && !there[one.words]) return one.words + " is lost";
        if (!erased) continue;
        if (std::string who = who_has(world_, one.words); !who.empty()) return who;
        for (Handset* phone : phones_)
            if (!must((*phone)->search(one.words, {})).cards.empty()) return one.words + " is found on " + phone->name;
    }
    const auto office = world_.hub().verify();
    if (!office) return "the office: " + office.error().detail;
    if (!must(diagnose(world_.hub().store())).sound()) return "the office's file is not sound";
    for (Handset* phone : phones_) {
        if (std::string differs = disagreement(world_.hub(), *phone); !differs.empty()) return differs;
        const auto sound = (*phone)->verify();
        if (!sound) return phone->name + ": " + sound.error().detail;
        if (sound.value().state != office.value().state) return phone->name + " has other records";
    }
    return {};
}

}  // namespace doorstep::test
