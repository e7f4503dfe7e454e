#include "tests/property/network.hpp"

#include <algorithm>
#include <filesystem>

#include "core/base/limits.hpp"

namespace doorstep::test {
namespace {

std::set<std::string> words_in(Store& store) {
    std::set<std::string> words;
    must(store.each_commit([&](const Commit& commit, const Hash&) -> Status {
        for (const Bytes& packed : commit.parts) {
            if (packed.empty()) continue;
            const Part part = must(Part::unpack(packed));
            for (const RecordOps& record : part.records)
                for (const Op& op : record.ops) words.emplace(op.value.as_text());
        }
        return ok();
    }));
    return words;
}

/// Every record of the phone's file stands at the office with the same bytes.
std::string record_fault(Store& phone, Hub& hub) {
    std::string fault;
    must(phone.each_record([&](const RecordRow& row) -> Status {
        const StreamNo there = must(hub.store().stream_no(must(phone.stream_of(row.stream))));
        const auto state = must(hub.store().record_state(row.record, there));
        if (!state || *state != row.state) fault = "a record differs from the office's";
        return ok();
    }));
    return fault;
}

}  // namespace

Network::Network(std::uint64_t seed, Restores restores) : random_(seed), restores_(restores) {
    world_.cut_chunks({/*commits_min=*/2, /*commits_max=*/5, limits::run_bytes_max - limits::commit_bytes_max});
    users_.push_back({&world_.add("a", {village}), {village}, {}});
    users_.push_back({&world_.add("b", {village}), {village}, {}});
    users_.push_back({&world_.add("c", {town}), {town, village, other_village}, {}});
    users_.push_back({&world_.add("d", {other_town}), {other_town, far_village}, {}});
}

std::string Network::fresh_words(const char* what) { return std::string(what) + " " + std::to_string(++serial_); }

void Network::save_edits(User& user, const std::vector<RecordEdit>& edits, const std::string& words) {
    const auto saved = (*user.handset)->save(edits, world_.now_ms());
    if (!saved) {
        if (saved.error().code != Errc::invalid_argument) must(saved);  // a need that is there already, and the like
        return;
    }
    for (std::size_t i = 0; i < edits.size(); ++i)
        oracle_.push_back({words, must((*user.handset)->read(saved.value()[i])).area});
}

void Network::make_record(User& user) {
    const std::string words = fresh_words("new");
    note(user.handset->name + ":new");
    std::vector<RecordEdit> edits;
    const std::size_t n = user.homes.size() > 1 && random_.chance(30) ? 2 : 1;  // now and then one save in two areas
    for (std::size_t i = 0; i < n; ++i)
        edits.push_back(new_household(user.homes[(i + serial_) % user.homes.size()], words));
    save_edits(user, edits, words);
}

void Network::edit_record(User& user) {
    const auto records = must((*user.handset)->list(household, 100));
    if (records.empty()) return make_record(user);
    const RecordView& view = random_.pick(records);
    const std::uint32_t one_value = random_.chance(70) ? field::summary : field::contact;
    switch (random_.below(6)) {
        case 0:
        case 1: {  // an edit of what is shown
            const std::string words = fresh_words("edit");
            note(user.handset->name + ":edit");
            return save_edits(user, {set_text(view.record, one_value, words)}, words);
        }
        case 2: {  // a decision by one who saw every alternative
            const std::string words = fresh_words("settle");
            note(user.handset->name + ":settle");
            return save_edits(user, {set_text(view.record, one_value, words, all_dots(view, one_value))}, words);
        }
        case 3: {
            const std::string need = "need " + std::to_string(random_.below(3));
            note(user.handset->name + ":need");
            return save_edits(user, {add_need(view.record, need)}, need);
        }
        case 4: {
            const auto needs = texts(view, field::needs);
            if (needs.empty()) return;
            const std::string need = random_.pick(needs);
            note(user.handset->name + ":unneed");
            return save_edits(user, {remove_need(view.record, need)}, need);
        }
        default: {
            const std::string words = fresh_words("note");
            note(user.handset->name + ":note");
            return save_edits(user, {add_note(view.record, words)}, words);
        }
    }
}

void Network::sync(User& user) {
    enum class Harm { none, cut, shortened, flipped, doubled, saves };
    const auto harm = static_cast<Harm>(random_.below(6));
    const std::size_t at = static_cast<std::size_t>(random_.below(5));
    note(user.handset->name + ":sync" + std::to_string(static_cast<int>(harm)) + std::to_string(at));
    const Wire wire = [&](std::size_t n, Bytes message) -> std::optional<Bytes> {
        if (n != at || harm == Harm::none) return message;
        if (harm == Harm::cut) return std::nullopt;
        if (harm == Harm::shortened) message.resize(static_cast<std::size_t>(random_.below(message.size() + 1)));
        if (harm == Harm::flipped && !message.empty()) {
            char& hit = message[static_cast<std::size_t>(random_.below(message.size()))];
            hit = static_cast<char>(hit ^ static_cast<char>(1 << random_.below(8)));
        }
        if (harm == Harm::doubled && n % 2 == 0) must(world_.hub().exchange(user.handset->grant, message, 1));
        if (harm == Harm::saves) edit_record(user);
        return message;
    };
    const Status status = world_.sync(*user.handset, wire);
    const bool excused = harm == Harm::cut || harm == Harm::shortened || harm == Harm::flipped;
    if (!status && !excused) must(status);
}

void Network::decide() {
    const auto conflicts = must(world_.hub().conflicts(100));
    if (conflicts.empty()) return;
    const RecordView& view = random_.pick(conflicts);
    for (const FieldView& field_view : view.fields) {
        if (!field_view.conflict) continue;
        const std::string words = random_.chance(50) ? texts(view, field_view.field).back() : fresh_words("office");
        note("decide");
        must(world_.hub().resolve({view.record, field_view.field, text(words), all_dots(view, field_view.field)},
                                  "office", world_.now_ms()));
        office_words_.push_back(words);
        return;
    }
}

/// Copies the file, or brings such a copy back. Who then writes before the phone has heard from the office forks it.
void Network::restore_phone(User& user) {
    Handset& handset = *user.handset;
    if (!user.copy.empty()) {
        note(handset.name + ":restore");
        if (must(handset->outbox()).only_here > 0) must(world_.sync(handset));
        world_.close(handset);
        copy_database(user.copy, handset.path);
        world_.open(handset);
        user.copy.clear();
    } else {
        note(handset.name + ":copy");
        user.copy = world_.path(handset.name + "-copy.db");
        world_.close(handset);
        copy_database(handset.path, user.copy);
        world_.open(handset);
    }
}

void Network::restore_office() {
    const std::string path = world_.path("office-backup.db");
    if (!office_backed_up_) {
        note("backup");
        must(world_.hub().store().back_up(path, storage_key(1)));
        office_backed_up_ = true;
        return;
    }
    note("restore-office");
    world_.close_hub();
    copy_database(path, world_.hub_path());
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    world_.open_hub();
    office_backed_up_ = false;
}

/// When a phone and the office both come back from older copies, what only those two had is in no file any more, and no
/// protocol can bring it back. Everything that one file still holds stays asked for.
void Network::forget_what_no_file_holds() {
    std::set<std::string> words = words_in(world_.hub().store());
    for (const User& user : users_) {
        world_.close(*user.handset);
        {
            Store store = must(Store::open(world_.options_of(*user.handset)));
            words.merge(words_in(store));
        }
        world_.open(*user.handset);
    }
    std::erase_if(oracle_, [&](const Saved& saved) { return words.count(saved.words) == 0; });
}

void Network::step() {
    User& user = users_[static_cast<std::size_t>(random_.below(users_.size()))];
    const std::uint64_t act = random_.below(100);
    if (act < 15) return make_record(user);
    if (act < 50) return edit_record(user);
    if (act < 85) return sync(user);
    if (act < 90) return world_.reopen(*user.handset);
    if (act < 92) return world_.open_hub();
    if (restores_ == Restores::none) return decide();
    const bool phone = restores_ == Restores::phones || (restores_ == Restores::both && random_.chance(50));
    if (phone) {
        restore_phone(user);
    } else {
        restore_office();
    }
    if (restores_ == Restores::both) forget_what_no_file_holds();
}

std::string Network::quiesce() {
    const Status status = world_.sync_all();
    return status ? std::string()
                  : "quiesce: " + std::string(error_name(status.error().code)) + ": " + status.error().detail;
}

std::string Network::phone_fault(const User& user) {
    Handset& handset = *user.handset;
    if (std::string differs = disagreement(world_.hub(), handset); !differs.empty()) return differs;
    if (const auto found = handset->verify(); !found) return handset.name + ": " + found.error().detail;
    if (must(handset->outbox()).only_here != 0) return handset.name + " has unsent commits";
    world_.close(handset);
    std::string fault;
    {
        Store store = must(Store::open(world_.options_of(handset)));
        const std::set<std::string> words = words_in(store);
        for (const Saved& saved : oracle_) {
            const bool visible = handset.grant.covers({saved.where, {}});
            if (visible && words.count(saved.words) == 0) fault = handset.name + " lost \"" + saved.words + "\"";
            if (!visible && words.count(saved.words) == 1 && saved.words.substr(0, 4) == "note")
                fault = handset.name + " has the foreign \"" + saved.words + "\"";
        }
        if (fault.empty()) fault = record_fault(store, world_.hub());
    }
    world_.open(handset);
    return fault;
}

std::string Network::fault() {
    if (const auto found = world_.hub().verify(); !found) return "office: " + found.error().detail;
    const std::set<std::string> words = words_in(world_.hub().store());
    for (const Saved& saved : oracle_)
        if (words.count(saved.words) == 0) return "the office lost \"" + saved.words + "\"";
    for (const std::string& decided : office_words_)
        if (words.count(decided) == 0) return "the office lost its own \"" + decided + "\"";
    for (const User& user : users_)
        if (std::string wrong = phone_fault(user); !wrong.empty()) return wrong;
    Handset &a = *users_[0].handset, &b = *users_[1].handset;
    if (must(a->verify()).state != must(b->verify()).state) return "two phones of one area differ in their state";
    return {};
}

}  // namespace doorstep::test
