// core/engine/hub.hpp -- the office's replica: admits what phones push, orders each stream, and answers pulls.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/admission.hpp"
#include "core/engine/compose.hpp"
#include "core/engine/fold.hpp"
#include "core/engine/snapshot.hpp"
#include "core/engine/view.hpp"
#include "core/model/divisions.hpp"
#include "core/sync/exchange.hpp"

namespace doorstep {

/// What the server knows of who is asking; found by the device's token before anything is read.
struct Grant {
    std::string author;       ///< the staff account's name: commits of another author are held
    std::vector<Area> areas;  ///< subtrees; streams outside are not there for this device

    bool covers(const Stream& stream) const;
};

/// A part that waits for the office, with the words it holds where they can be read.
struct HeldView {
    HeldPart held;
    Trace trace;
    std::string area;                ///< "" when the part cannot be read
    std::vector<std::string> words;  ///< every text value in it
};

/// A decision of the office on one field in conflict.
struct Resolution {
    RecordId record;
    std::uint32_t field = 0;
    Value value;            ///< one of the alternatives, or a wording of the office's own
    std::vector<Dot> seen;  ///< every write that was on the screen
};

/// Threads: none; one at a time. Every call commits before it returns: what it acknowledges is durable.
class Hub {
public:
    /// Errors: see Store::open.
    static Result<std::unique_ptr<Hub>> open(const DatabaseOptions& options, const EntropySeed& seed,
                                             Divisions divisions);

    /// Answers one sync request. A request that cannot be read is answered by a REFUSED frame.
    /// Errors: only those of the store.
    Result<Bytes> exchange(const Grant& grant, BytesView request, std::uint64_t now_ms);
    /// The replica that a request speaks for. Errors: malformed, protocol_version.
    static Result<ReplicaId> replica_of(BytesView request);

    Result<RecordView> read(const RecordId& record) { return read_record(store_, record); }
    Result<std::vector<RecordView>> list(std::uint32_t type, std::size_t rows_max);
    Result<std::vector<RecordView>> conflicts(std::size_t rows_max);
    Result<std::vector<HeldView>> held(std::size_t rows_max);
    /// Settles a conflict in the office's name. Errors: not_found; stale_decision when the alternatives are no longer
    /// those that were seen.
    Status resolve(const Resolution& resolution, const std::string& author, std::uint64_t now_ms);
    Result<Verification> verify() { return doorstep::verify(store_); }

    const EpochId& epoch() const { return epoch_; }
    const Divisions& divisions() const { return divisions_; }
    Store& store() { return store_; }
    Hash draw_secret() { return entropy_.draw32(); }
    /// How large the chunks of a first sync are from here on; for tests.
    void cut_chunks(const ChunkSize& size) { chunk_size_ = size; }

private:
    Hub(Store store, const EntropySeed& seed, Divisions divisions)
        : store_(std::move(store)), entropy_(seed), divisions_(std::move(divisions)) {}
    Result<std::optional<PushContext>> context_of(const Hello& hello, std::optional<Forked>& forked);
    Status push(const Grant& grant, const Push& push, std::optional<Forked>& forked);
    Status admit_pushed(const Grant& grant, Admission& admission, const Commit& commit, const Hash& hash);
    static Status take(Admission& admission, const Commit& commit, const Hash& hash, const OpenParts& parts);
    Result<Part> inspect(const Grant& grant, const Commit& commit, std::uint32_t index) const;
    Result<Welcome> welcome(const Hello& hello, const std::vector<StreamHead>& heads, std::uint64_t now_ms);
    Result<std::vector<StreamHead>> heads_for(const Grant& grant);
    Status answer_pull(const Grant& grant, const Dot& agreed, const Pull& pull, Bytes& message, DataMemory& memory);
    Status write_run(const Grant& grant, const Dot& agreed, std::uint64_t last, StreamWriter& writer);
    Result<Data::Entry> entry_for(const Grant& grant, const Dot& agreed, SequenceEntry entry);

    Store store_;
    Entropy entropy_;
    Divisions divisions_;
    EpochId epoch_;
    ChunkSize chunk_size_;
    Salt opening_;  // of this opening; the office's replica ids derive from it
};

}  // namespace doorstep
