// core/base/limits.hpp -- every limit of the product, each with its reason. Tests hit limit - 1, limit and limit + 1.
#pragma once

#include <cstddef>
#include <cstdint>

namespace doorstep::limits {

/// One value. Longer text stays a draft or becomes an attachment, so that a commit always fits a frame.
inline constexpr std::size_t value_bytes_max = 64 * 1024;
/// One commit, header and parts as stored. Leaves a frame room for its own head.
inline constexpr std::size_t commit_bytes_max = 192 * 1024;
/// One frame on the wire: small enough to be sent again over a bad network, large enough to group writes.
inline constexpr std::size_t frame_bytes_max = 256 * 1024;
/// One frame of DATA, which is laid out by column: four times as many records beside each other compress a fifth better
/// (docs/adr/0005), and an answer that was cut is asked for again from its last checkpoint whatever its frames.
inline constexpr std::size_t data_frame_bytes_max = 1024 * 1024;
/// The packed parts that it may unfold to: what repeats within a frame is sent once.
inline constexpr std::size_t data_bytes_max = 2 * data_frame_bytes_max;
/// Which fields a record writes, as DATA names it once: its type and some bytes for each op.
inline constexpr std::size_t shape_bytes_max = 8 * 1024;
/// One request body of the sync endpoint.
inline constexpr std::size_t message_bytes_max = 1024 * 1024;
/// One answer: what a phone can hold in memory while it applies it in one transaction.
inline constexpr std::size_t answer_bytes_max = 3 * 1024 * 1024;
/// A run of a stream that is kept ready for new phones as one chunk: as much as a phone applies in one transaction, and
/// small enough that an answer of answer_bytes_max holds one whatever stands before it.
inline constexpr std::size_t chunk_bytes_max = 2 * 1024 * 1024;
inline constexpr std::size_t chunk_commits_max = 4096;
/// A shorter run between commits that no chunk can hold is sent as DATA: it is not worth a row of its own.
inline constexpr std::size_t chunk_commits_min = 256;
/// What a line that breaks costs at most: pieces that arrived whole are kept.
inline constexpr std::size_t piece_bytes_max = 64 * 1024;
/// Commits in one push frame: bounds the server's transaction.
inline constexpr std::size_t frame_commits_max = 1000;
/// Parts of one commit: the streams that one save can touch.
inline constexpr std::size_t commit_parts_max = 16;
/// Records in one part and ops on one record: a form has far fewer; hostile counts stop here.
inline constexpr std::size_t part_records_max = 1000;
inline constexpr std::size_t record_ops_max = 1000;
/// Dots that one op can supersede: alternatives of one field, bounded by the phones of an area.
inline constexpr std::size_t superseded_max = 1000;
/// Elements of one set field that a save may reach: what a form can show. Adds that meet offline may go over it.
inline constexpr std::uint32_t set_elements_max = 1000;
/// Different replicas named in one part or one record's state.
inline constexpr std::size_t replica_table_max = 10'000;
/// Different fields of one record, those of unknown forms included.
inline constexpr std::size_t record_fields_max = 10'000;
/// Streams in one sync message: their list fits one frame.
inline constexpr std::size_t streams_max = 5000;
/// Held parts reported in one sync answer; the rest follows when these are settled.
inline constexpr std::size_t held_max = 1000;
/// A staff account's name (author of a commit), a device's label, in bytes of UTF-8.
inline constexpr std::size_t author_bytes_max = 64;
inline constexpr std::size_t device_bytes_max = 64;
/// Field ids: 1 … 65535 are the product's own; a county's form fields are larger (form number x 65536 + field).
inline constexpr std::uint32_t product_field_max = 65'535;
/// How far ahead of the server's receive time a commit's clock may be shown.
inline constexpr std::uint64_t clock_ahead_ms_max = 5 * 60 * 1000;
/// How far ahead of this device's wall clock a remote clock may pull the local one.
inline constexpr std::uint64_t clock_drift_ms_max = 120'000;
/// A list answer holds this many rows unless less is asked.
inline constexpr std::size_t list_rows_max = 500;
/// Records that one answer of the change feed names; when more changed, a screen is read again sooner than mended.
inline constexpr std::size_t changes_max = 1000;
/// What a person types to search: about eighty Chinese characters in eight words.
inline constexpr std::size_t search_bytes_max = 256;
inline constexpr std::size_t search_words_max = 8;
/// Records that one call of a search reads before it answers with what it has and where to go on: some 20 ms.
inline constexpr std::size_t search_read_max = 2000;
/// Records of one block of the search index: one idle step makes at least one block again, some 10 ms.
inline constexpr std::size_t search_block_rows = 1024;
/// Write-ahead log, in 4 KiB pages: beyond this a save checkpoints by itself, so that reopening stays fast.
inline constexpr int wal_pages_max = 4000;
/// Enrolment codes: 128 bits, ten minutes, five tries (design/trust: Identity).
inline constexpr std::uint64_t enrolment_ms_max = 10 * 60 * 1000;
inline constexpr std::uint32_t enrolment_tries_max = 5;

}  // namespace doorstep::limits
