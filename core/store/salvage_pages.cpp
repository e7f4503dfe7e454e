#include "core/store/salvage_pages.hpp"

#include "core/store/cipher.hpp"
#include "sqlite3.h"

namespace doorstep {
namespace {

// Source: https://www.sqlite.org/fileformat2.html, "The WAL File Format".
constexpr std::size_t log_head_bytes = 32, frame_head_bytes = 24,
                      frame_bytes = frame_head_bytes + SalvagePages::page_bytes;
constexpr std::uint32_t log_magic = 0x377f0682;  // the last bit: checksums read big-endian words

std::uint32_t word(BytesView bytes, std::size_t at, bool big_endian) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const auto byte = static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i]));
        out |= byte << (big_endian ? 24 - 8 * i : 8 * i);
    }
    return out;
}
std::uint32_t word(BytesView bytes, std::size_t at) { return word(bytes, at, true); }

/// The log's running checksum.
struct Checksum {
    std::uint32_t a = 0, b = 0;
    bool big_endian = false;

    void add(BytesView bytes) {
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            a += word(bytes, at, big_endian) + b;
            b += word(bytes, at + 4, big_endian) + a;
        }
    }
    bool is(BytesView bytes, std::size_t at) const { return a == word(bytes, at) && b == word(bytes, at + 4); }
};

}  // namespace

struct SalvagePages::Handles {
    sqlite3* db = nullptr;
    sqlite3_file* file = nullptr;  // the connection's own
    Bytes log_memory;              // what the VFS keeps of the log; ours to close
    sqlite3_file* log = nullptr;
};

void SalvagePages::CloseHandles::operator()(Handles* handles) const noexcept {
    if (handles->log) handles->log->pMethods->xClose(handles->log);
    sqlite3_close_v2(handles->db);
    delete handles;
}

bool SalvagePages::holds_lock_bytes(std::uint32_t page_from_1) {
    constexpr std::uint32_t lock_byte = 0x40000000;
    return page_from_1 == lock_byte / page_bytes + 1;
}

Result<SalvagePages> SalvagePages::open(const DatabaseOptions& options) {
    SalvagePages out;
    out.handles_.reset(new Handles);
    Handles& handles = *out.handles_;
    const int rc = sqlite3_open_v2(options.path.c_str(), &handles.db, SQLITE_OPEN_READONLY | SQLITE_OPEN_EXRESCODE,
                                   options.vfs.empty() ? nullptr : options.vfs.c_str());
    if ((rc & 0xff) == SQLITE_CANTOPEN) return Error{Errc::not_found, "there is no file at this path"};
    if (rc != SQLITE_OK) return sqlite_error(handles.db, rc, "cannot open the file");
    DOORSTEP_TRY(set_key(handles.db, options.key));
    const int asked = sqlite3_file_control(handles.db, "main", SQLITE_FCNTL_FILE_POINTER, &handles.file);
    sqlite3_int64 size = 0;
    if (asked != SQLITE_OK || !handles.file || handles.file->pMethods->xFileSize(handles.file, &size) != SQLITE_OK)
        return Error{Errc::io, "the file's size cannot be read"};
    const sqlite3_int64 pages = (size + page_bytes - 1) / page_bytes;
    if (pages > 0xfffffffe) return Error{Errc::io, "the file is larger than a database can be"};
    out.pages_ = static_cast<std::uint32_t>(pages);
    DOORSTEP_TRY(out.open_log());
    return out;
}

/// Finds the frames of the log. A log that is not there has none.
Status SalvagePages::open_log() {
    Handles& handles = *handles_;
    sqlite3_vfs* vfs = nullptr;
    if (sqlite3_file_control(handles.db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs) != SQLITE_OK || !vfs) return ok();
    handles.log_memory.assign(static_cast<std::size_t>(vfs->szOsFile), '\0');
    auto* log = reinterpret_cast<sqlite3_file*>(handles.log_memory.data());
    const char* name = sqlite3_filename_wal(sqlite3_db_filename(handles.db, "main"));
    int granted = 0;
    const int rc = vfs->xOpen(vfs, name, log, SQLITE_OPEN_READONLY | SQLITE_OPEN_WAL, &granted);
    if (log->pMethods) handles.log = log;
    if (rc != SQLITE_OK) return (rc & 0xff) == SQLITE_NOMEM ? Status(Error{Errc::out_of_memory, "no memory"}) : ok();
    Bytes head(log_head_bytes, '\0'), frame(frame_bytes, '\0');
    if (log->pMethods->xRead(log, head.data(), static_cast<int>(head.size()), 0) != SQLITE_OK) return ok();
    Checksum sum;
    sum.big_endian = (word(head, 0) & 1) != 0;
    sum.add(BytesView(head).substr(0, 24));
    bool sound = (word(head, 0) & ~1u) == log_magic && word(head, 8) == page_bytes && sum.is(head, 24);
    Bytes salt = sound ? head.substr(16, 8) : Bytes();  // of a damaged head: the first frame tells it too
    for (sqlite3_int64 at = log_head_bytes;; at += frame_bytes) {
        if (log->pMethods->xRead(log, frame.data(), static_cast<int>(frame.size()), at) != SQLITE_OK) return ok();
        if (salt.empty()) salt = frame.substr(8, 8);
        const bool of_this_log = BytesView(frame).substr(8, 8) == salt;
        sum.add(BytesView(frame).substr(0, 8));
        sum.add(BytesView(frame).substr(frame_head_bytes));
        sound = sound && of_this_log && sum.is(frame, 16);
        const auto ends = word(frame, 4) != 0 ? Frame::Ends::transaction : Frame::Ends::no;
        // A frame of an earlier round, or one whose head is damaged, keeps its place but names no page.
        frames_.push_back({of_this_log ? word(frame, 0) : 0, of_this_log ? ends : Frame::Ends::no});
        if (sound && ends == Frame::Ends::transaction) frames_in_force_ = frames_.size();
    }
}

std::optional<Bytes> SalvagePages::page(std::uint32_t page_from_1) {
    if (page_from_1 == 0 || page_from_1 > pages_) return std::nullopt;
    Bytes out(page_bytes, '\0');
    const sqlite3_int64 at = static_cast<sqlite3_int64>(page_from_1 - 1) * page_bytes;
    const int rc = handles_->file->pMethods->xRead(handles_->file, out.data(), static_cast<int>(out.size()), at);
    return rc == SQLITE_OK ? std::optional<Bytes>(std::move(out)) : std::nullopt;
}

std::optional<Bytes> SalvagePages::frame(std::size_t index) {
    if (!handles_->log || index >= frames_.size() || frames_[index].page == 0) return std::nullopt;
    Bytes out(page_bytes, '\0');
    const auto at = static_cast<sqlite3_int64>(log_head_bytes + index * frame_bytes + frame_head_bytes);
    const int rc = handles_->log->pMethods->xRead(handles_->log, out.data(), static_cast<int>(out.size()), at);
    return rc == SQLITE_OK ? std::optional<Bytes>(std::move(out)) : std::nullopt;
}

}  // namespace doorstep
