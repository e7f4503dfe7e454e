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
/// What an entry of DATA counts as beside its parts: in memory it is a struct, however few its bytes on the wire.
inline constexpr std::size_t data_entry_bytes = 200;
/// Which fields a record writes, as DATA names it once: its type and some bytes for each op.
inline constexpr std::size_t shape_bytes_max = 8 * 1024;
/// One request body of the sync endpoint.
inline constexpr std::size_t message_bytes_max = 1024 * 1024;
/// One answer: what a phone can hold in memory while it applies it in one transaction.
inline constexpr std::size_t answer_bytes_max = 3 * 1024 * 1024;
/// A run of a stream that is kept ready for new phones as one chunk: as much as a phone applies in one transaction, and
/// small enough that an answer of answer_bytes_max holds one whatever stands before it.
inline constexpr std::size_t run_bytes_max = 2 * 1024 * 1024;
inline constexpr std::size_t run_commits_max = 4096;
/// A shorter run between commits that no chunk can hold is sent as DATA: it is not worth a row of its own.
inline constexpr std::size_t run_commits_min = 256;
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
/// A county's forms: fields of one, choices of a field, a label's or choice's bytes of UTF-8, versions of all forms.
/// A screenful and a half of labels, ten times over.
inline constexpr std::size_t form_fields_max = 500;
inline constexpr std::size_t form_choices_max = 200;
inline constexpr std::size_t form_text_bytes_max = 256;
inline constexpr std::size_t forms_max = 2000;
/// Records that are one and the same thing: a household made on every phone of a village. A hostile chain stops here.
inline constexpr std::size_t same_as_max = 64;
/// Writes that one element of a delete lists; a longer list is several elements. Stays below value_bytes_max, also when
/// each write is another replica's and one replica more is named after a fork.
inline constexpr std::size_t deletion_dots_max = 2000;
/// Records that one transaction of a bulk move takes: a fraction of a second, and phones are answered in between.
inline constexpr std::size_t move_records_max = 200;
/// What is read of their histories before it is written: what one transaction holds in memory, beside one record's.
inline constexpr std::size_t carry_bytes_max = 1024 * 1024;
/// Areas that an office keeps as merged into others: a county has some hundred villages, redrawn ten times over.
inline constexpr std::size_t mergers_max = 5000;
/// Sentences added and taken out between two versions of a text for which a wording is suggested: the work grows with
/// its square (about 1 MiB and a quarter of a million steps).
inline constexpr std::size_t suggest_edits_max = 512;
/// Commits read, a side, in search of the version that both sides changed.
inline constexpr std::size_t suggest_ancestors_max = 64;
/// Different replicas named in one part or one record's state.
inline constexpr std::size_t replica_table_max = 10'000;
/// Different fields of one record, those of unknown forms included.
inline constexpr std::size_t record_fields_max = 10'000;
/// Streams in one sync message: their list fits one frame.
inline constexpr std::size_t streams_max = 5000;
/// Areas and sealed matters of one grant: what an officer can be charged with, and still a message of its own.
inline constexpr std::size_t scope_areas_max = 1000;
inline constexpr std::size_t scope_sealed_max = 1000;
/// How long what was written under a scope that was taken away is still taken in: a phone that lies in a drawer over
/// the busy season. The host may set another.
inline constexpr std::uint64_t former_scope_ms = 30ull * 24 * 60 * 60 * 1000;
/// Names of places told at once to a phone whose scope grew: a province's.
inline constexpr std::size_t names_bytes_max = 900 * 1024;
/// Own commits sealed as one before a purge: with what sealing adds it fits one request.
inline constexpr std::size_t sealed_run_bytes_max = 512 * 1024;
/// What a phone whose access was taken back may still send in a day: its outbox, not a flood.
inline constexpr std::uint64_t drain_bytes_a_day = 64ull * 1024 * 1024;
/// Scopes that one synchronisation is told before it ends: the office does not change its mind that often.
inline constexpr std::uint32_t rescopes_max = 4;
/// Points in one question where two sides differ: 64 intervals, with both ends of each that is divided.
inline constexpr std::size_t range_points_max = 130;
/// Commits named in one OFFER: about 80 KB, so that three streams' fit one request.
inline constexpr std::size_t offer_items_max = 4096;
/// A stream's chain is kept, and a receipt given, at every position that is a multiple of this: what is brought is
/// proved by at most so many hashes, and the chain at any position is found by hashing so many.
inline constexpr std::uint64_t receipt_stride = 1024;
/// Entries of one BRING: from one multiple of the stride over the next to a receipt at the end of the stream.
inline constexpr std::size_t bring_entries_max = 2 * receipt_stride;
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
/// One attachment: a minute of film from a phone; and the words for its media type.
inline constexpr std::uint64_t blob_bytes_max = 64 * 1024 * 1024;
inline constexpr std::size_t media_bytes_max = 64;
/// Attachments travel and lie in chunks of this size, the last one shorter: as much as a bad network may lose.
inline constexpr std::size_t chunk_bytes = 256 * 1024;
/// What the attachments of one phone may take up in all; a server is told its own figure.
inline constexpr std::uint64_t phone_blobs_bytes_max = 1024ull * 1024 * 1024;
/// One file handed over without a network: a year of a busy phone's words; what is more goes into another file.
inline constexpr std::size_t handover_bytes_max = 64 * 1024 * 1024;
/// One row of a damaged file that is read past SQLite: the largest of ours is an enrolment with every division's name.
inline constexpr std::size_t salvaged_row_bytes_max = 4 * 1024 * 1024;
/// Lines that SQLite's own check of a file may say before it stops; one is enough to know.
inline constexpr std::size_t integrity_lines_max = 100;
/// Enrolment codes: 128 bits, ten minutes, five tries (design/trust: Identity).
inline constexpr std::uint64_t enrolment_ms_max = 10 * 60 * 1000;
inline constexpr std::uint32_t enrolment_tries_max = 5;
/// A phone that has shown its key waits this long for the office to compare the digits: until the next working day.
/// Three wrong ones are mistyped, or somebody stands in between.
inline constexpr std::uint64_t confirmation_ms_max = 24ull * 60 * 60 * 1000;
inline constexpr std::uint32_t confirmation_tries_max = 3;
/// How long a server's nonce is answered: a proof on a bad line, and little time for who got hold of it.
inline constexpr std::uint64_t access_nonce_ms = 60'000;
/// How long a phone's token is good, and how many one phone may be given in that time: more is no bad line.
inline constexpr std::uint64_t access_ms = 15ull * 60 * 1000;
inline constexpr std::uint32_t access_tokens_max = 60;
/// How long tokens of phones that were enrolled before phones had keys go on, from the first message to a server that
/// knows keys: half a year, in which every phone is updated.
inline constexpr std::uint64_t keyless_ms = 180ull * 24 * 60 * 60 * 1000;

/// What was replaced stays in an office's database this long before it is left to the archive: a quarter, in which
/// people still look back.
inline constexpr std::uint64_t archive_age_ms = 90ull * 24 * 60 * 60 * 1000;
/// A replica that was not heard of for this long is not waited for (retired): a season's leave is shorter.
inline constexpr std::uint64_t retire_ms = 180ull * 24 * 60 * 60 * 1000;
/// One step of compaction: places of a stream that it looks at, and parts that it moves, in one transaction of some
/// 50 ms, in which nobody else writes.
inline constexpr std::size_t compaction_looks_max = 4096;
inline constexpr std::size_t compaction_parts_max = 512;
inline constexpr std::size_t compaction_bytes_max = 4 * 1024 * 1024;

}  // namespace doorstep::limits
