#include "tests/unit/core/support/purge_run.hpp"

namespace doorstep::test {
namespace {

const std::vector<std::string_view> places = {village, other_village, far_village};
const std::vector<std::string_view> grants = {village, other_village, far_village, town, county};

bool holds(const Bytes& bytes, const std::string& words) { return bytes.find(words) != Bytes::npos; }

}  // namespace

PurgeRun::PurgeRun(std::uint64_t seed) : random_(seed) {
    for (const char* name : {"li", "wang", "zhao"}) phones_.push_back(&world_.enrol(name, any_scope()));
}

Scope PurgeRun::any_scope() {
    Scope out;
    for (std::uint64_t n = 1 + random_.below(2); n > 0; --n) out.areas.push_back(area(random_.pick(grants)));
    if (random_.chance(50)) out.restricted = Scope::Restricted::yes;
    if (random_.chance(50)) out.sealed.push_back(record(1));
    return out;
}

Stream PurgeRun::any_stream() {
    const Compartment compartments[] = {
        {}, {}, {Compartment::Kind::restricted, {}}, {Compartment::Kind::sealed, record(1)}};
    return {area(random_.pick(places)), compartments[random_.below(std::size(compartments))]};
}

/// One to three records, or more words in one that is there; refused where the phone knows that it may not.
void PurgeRun::save(Handset& phone) {
    std::vector<RecordEdit> edits;
    std::vector<Saved> saved;
    for (std::uint64_t n = 1 + random_.below(3); n > 0; --n) {
        Saved one{"<words " + std::to_string(oracle_.size() + saved.size()) + ">", any_stream(), {}};
        const bool edits_old = !oracle_.empty() && edits.empty() && random_.chance(40);
        if (edits_old) {
            const Saved& old = random_.pick(oracle_);
            one.stream = old.stream;
            edits.push_back(add_note(old.record, one.words));
        } else {
            edits.push_back(new_household(village, one.words));
            edits.back().home = one.stream;
        }
        saved.push_back(std::move(one));
        if (edits_old) break;
    }
    const auto ids = phone->save(edits, world_.now_ms());
    if (!ids) return;
    for (std::size_t i = 0; i < saved.size(); ++i) {
        saved[i].record = ids.value()[i];
        oracle_.push_back(std::move(saved[i]));
    }
}

void PurgeRun::purge(Handset& phone) {
    const Status done = world_.purge(phone);
    if (!done && done.error().code != Errc::not_delivered) must(done);
}

/// The person may save while the answer is on its way: under the scope of before.
void PurgeRun::sync_cut_at(Handset& phone, std::size_t cut) {
    const bool saves_meanwhile = random_.chance(50);
    const auto wire = [&](std::size_t n, Bytes message) {
        if (n == 1 && saves_meanwhile) save(phone);
        return n == cut ? std::nullopt : std::optional<Bytes>(std::move(message));
    };
    const Status synced = world_.sync(phone, wire);
    if (!synced && synced.error().code != Errc::server_unreachable) must(synced);
}

void PurgeRun::step() {
    Handset& phone = *phones_[static_cast<std::size_t>(random_.below(phones_.size()))];
    switch (random_.below(10)) {
        case 0:
            world_.regrant(phone, any_scope());
            if (random_.chance(50)) sync_cut_at(phone, 2);  // told, and not yet asked for what was saved meanwhile
            if (random_.chance(50)) purge(phone);
            break;
        case 1: purge(phone); break;
        case 2: world_.reopen(phone); break;
        case 3: must(phone->index_some(100)); break;
        case 4:
        case 5: sync_cut_at(phone, static_cast<std::size_t>(random_.below(6))); break;
        default: save(phone);
    }
}

std::string PurgeRun::office_fault() {
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
    for (const Saved& saved : oracle_)
        if (!there[saved.words]) return saved.words + " is lost";
    const auto sound = world_.hub().verify();
    return sound ? "" : "the office: " + sound.error().detail;
}

std::string PurgeRun::phone_fault(Handset& phone) {
    if (const auto sound = phone->verify(); !sound) return phone.name + ": " + sound.error().detail;
    if (std::string differs = disagreement(world_.hub(), phone); !differs.empty()) return differs;
    world_.close(phone);
    const Bytes pages = decrypted_pages(world_.options_of(phone)), rows = decrypted_bytes(world_.options_of(phone));
    world_.open(phone);
    std::map<std::string, bool> held;
    for (const HeldView& view : must(world_.hub().held(10'000)))
        for (const std::string& words : view.words) held[words] = true;
    for (const Saved& saved : oracle_) {
        const bool inside = phone.grant.covers(saved.stream);
        if (!inside && holds(pages, saved.words)) return saved.words + " is left on " + phone.name;
        if (inside && !held[saved.words] && !holds(rows, saved.words)) return saved.words + " is not on " + phone.name;
    }
    return {};
}

std::string PurgeRun::fault() {
    for (int round = 0; round < 3; ++round)
        for (Handset* phone : phones_) {
            must(world_.sync(*phone));
            must(world_.purge(*phone));
        }
    must(world_.sync_all());
    std::string found = office_fault();
    for (std::size_t i = 0; i < phones_.size() && found.empty(); ++i) found = phone_fault(*phones_[i]);
    return found;
}

}  // namespace doorstep::test
