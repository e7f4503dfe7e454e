// core/store/salvage_pages.hpp -- a database file page by page, past SQLite's own trees: what is left of a damaged one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/store/database.hpp"

namespace doorstep {

/// Decrypts single pages of the file and of its write-ahead log. Each page carries a tag over its number and bytes, so
/// a page is whole or it is not there. Only reads, takes no lock and leaves the log where it is: for a file nobody has
/// open. Threads: none.
class SalvagePages {
public:
    static constexpr std::uint32_t page_bytes = 4096;
    static constexpr std::uint32_t reserved_bytes = 64;  ///< at each page's end: nonce and tag of AEGIS-256

    /// A page as a transaction wrote it to the log.
    struct Frame {
        std::uint32_t page = 0;
        enum class Ends { no, transaction } ends = Ends::no;
    };

    /// Errors: not_found, io, out_of_memory. A wrong key shows as pages none of which can be read.
    static Result<SalvagePages> open(const DatabaseOptions& options);

    std::uint32_t pages() const { return pages_; }  ///< of the file without its log; a cut last one counts
    /// The log's frames since it was last begun anew, whether or not their checksums hold.
    const std::vector<Frame>& frames() const { return frames_; }
    /// How many of the frames SQLite takes when it opens the file: those before the first bad checksum, and of these up
    /// to the end of a transaction. What was committed behind them would be dropped without a word.
    std::size_t frames_in_force() const { return frames_in_force_; }

    /// Page 1 … pages(), decrypted; nullopt when it is damaged. SQLite never uses the page that holds its lock bytes.
    std::optional<Bytes> page(std::uint32_t page_from_1);
    std::optional<Bytes> frame(std::size_t index);
    static bool holds_lock_bytes(std::uint32_t page_from_1);

private:
    struct Handles;
    struct CloseHandles {
        void operator()(Handles* handles) const noexcept;
    };
    SalvagePages() = default;
    Status open_log();

    std::unique_ptr<Handles, CloseHandles> handles_;
    std::uint32_t pages_ = 0;
    std::vector<Frame> frames_;
    std::size_t frames_in_force_ = 0;
};

}  // namespace doorstep
