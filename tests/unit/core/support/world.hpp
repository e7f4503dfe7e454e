// tests/unit/core/support/world.hpp -- an office and its phones in one process, on real files, joined by a wire that
// can be cut. Time is a counter; nothing here waits.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/hub.hpp"
#include "core/engine/phone.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/scratch.hpp"

namespace doorstep::test {

/// What becomes of message number n of one synchronisation (from 0: requests are even, answers odd). nullopt: the line
/// is cut before it arrives.
using Wire = std::function<std::optional<Bytes>(std::size_t n, Bytes message)>;

StorageKey storage_key(int n);
/// Different at each call: two openings of one file must never draw alike.
EntropySeed fresh_seed();
Divisions some_divisions();

/// The erase list as a host keeps it: it outlives the office's database.
struct ErasuresInMemory final : ErasureList {
    std::vector<Bytes> entries;
    Result<std::vector<Bytes>> read() override { return entries; }
    std::size_t appends_left = static_cast<std::size_t>(-1);  ///< until its disk is full
    Status append(const std::vector<Bytes>& added) override {
        if (appends_left == 0) return Error{Errc::disk_full, "the list"};
        --appends_left;
        entries.insert(entries.end(), added.begin(), added.end());
        return ok();
    }
};

/// One user's phone: its file, what the server granted it, and the open replica.
struct Handset {
    std::string name, path;
    int key = 2;  ///< another after each purge
    Grant grant;
    std::unique_ptr<Phone> phone;

    Phone* operator->() const { return phone.get(); }
};

class World {
public:
    explicit World(Durability durability = Durability::normal, std::string vfs = {});

    Hub& hub() { return *hub_; }
    std::string hub_path() const { return scratch_.path("hub.db"); }
    DatabaseOptions hub_options() const;
    DatabaseOptions options_of(const Handset& handset) const;
    void open_hub();
    void close_hub() { hub_.reset(); }
    ErasuresInMemory& erasures() { return *erasures_; }
    /// How long the office makes its runs from now on, also when it is opened again.
    void cut_chunks(const ChunkSize& size);

    /// A phone with a new file, enrolled for these areas under its own name.
    Handset& add(const std::string& name, const std::vector<std::string_view>& areas);
    Handset& enrol(const std::string& name, const Scope& scope);
    std::vector<std::unique_ptr<Handset>>& handsets() { return handsets_; }
    void close(Handset& handset) { handset.phone.reset(); }
    void open(Handset& handset) { handset.phone = must(Phone::open(options_of(handset), fresh_seed())); }
    void reopen(Handset& handset);

    /// Gives the phone another scope at the office; what it loses is a former one from now on.
    void regrant(Handset& handset, const Scope& scope);
    /// The host's part of a purge, if one is due: seals, has the file written anew under a new key, and switches to it.
    Status purge(Handset& handset);
    DatabaseOptions fresh_options(const Handset& handset) const;  ///< of the file that it would be
    void switch_to_fresh(Handset& handset);                       ///< a closed phone's name and key in one step

    /// One whole synchronisation, ended by the phone or by the wire (server_unreachable).
    Status sync(Handset& handset, const Wire& wire = {});
    /// Everybody, until a whole round moves nothing. Errors: of any phone.
    Status sync_all();

    std::uint64_t now_ms() { return now_ms_ += 1000; }
    std::string path(const std::string& name) const { return scratch_.path(name); }
    std::size_t messages() const { return messages_; }  ///< of the last sync()

private:
    Scratch scratch_;
    Durability durability_;
    std::string vfs_;
    std::uint64_t now_ms_ = 1'763'700'000'000;
    std::size_t messages_ = 0;
    ChunkSize chunk_size_;
    std::shared_ptr<ErasuresInMemory> erasures_ = std::make_shared<ErasuresInMemory>();
    std::unique_ptr<Hub> hub_;
    std::vector<std::unique_ptr<Handset>> handsets_;
};

// Edits, as a form would make them.
RecordEdit new_household(std::string_view area_text, std::string_view summary);
RecordEdit set_text(const RecordId& record, std::uint32_t field, std::string_view words,
                    std::optional<std::vector<Dot>> seen = {});
RecordEdit add_need(const RecordId& record, std::string_view need);
RecordEdit remove_need(const RecordId& record, std::string_view need);
RecordEdit add_note(const RecordId& record, std::string_view note);

RecordId save(World& world, Handset& handset, const RecordEdit& edit);

// What a person sees.
std::vector<std::string> texts(const RecordView& view, std::uint32_t field);  ///< the shown one first
std::vector<std::string> history_texts(const std::vector<HistoryEntry>& history);
std::vector<Dot> all_dots(const RecordView& view, std::uint32_t field);  ///< of every alternative, ascending
RecordView office_view(Hub& hub, const RecordId& record);

/// The host's sealing, as far as a test needs it: nobody finds the words by looking.
Bytes seal_for_office(BytesView content);
Result<Bytes> unseal_at_office(BytesView file);
/// Every page of a file that nobody has open and of its write-ahead log, decrypted: free pages too.
Bytes decrypted_pages(const DatabaseOptions& options);
/// Every value of every row of every table, decrypted, one after the other: what somebody with the key can read.
Bytes decrypted_bytes(const DatabaseOptions& options);
/// "": the two agree stream by stream, over the streams that the grant covers. Otherwise what differs.
std::string disagreement(Hub& hub, Handset& handset);

}  // namespace doorstep::test
