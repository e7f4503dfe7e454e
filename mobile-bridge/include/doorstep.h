/* doorstep.h -- the whole of Doorstep (入户通) for a host program: one user's replica on one device.
 *
 * The rules, once:
 *  1. Every call returns a ds_status: DS_OK, or one of the codes below. Codes are stable for ever.
 *  2. Inputs come first, outputs last. On failure every output is zeroed, so pass none that owns memory.
 *  3. `why`, where not NULL, receives an English detail for a log. It never holds what a person wrote.
 *     ds_advice() gives the sentence for a person.
 *  4. ds_buf_free() frees every buffer, may be called twice, and takes an empty one.
 *  5. A ds_phone belongs to one thread at a time. Different phones may be used at once.
 *  6. No callback runs inside a call, and nothing unwinds across one. The library reads no clock, opens no socket and
 *     draws no randomness: time, network and entropy are the host's.
 *  7. Time is milliseconds since 1970-01-01T00:00Z. Text is UTF-8. JSON is at most 16 MiB and 32 levels deep.
 *  8. ds_close() is safe at any moment between calls, also during a synchronisation: nothing saved is lost by it.
 *  9. This header is append-only: a symbol or a number, once released, keeps its meaning.
 */
#ifndef DOORSTEP_H
#define DOORSTEP_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define DS_API __attribute__((visibility("default")))
#else
#define DS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Compared by ds_check_version(): the library serves every header with its major and a minor not above its own. */
#define DS_VERSION_MAJOR 0
#define DS_VERSION_MINOR 2

typedef int32_t ds_status;
enum {
    DS_OK = 0,
    DS_INVALID_ARGUMENT = 1,
    DS_NOT_FOUND = 2,
    DS_ALREADY_EXISTS = 3,
    DS_INVALID_UTF8 = 4,
    DS_VALUE_TOO_LARGE = 5,
    DS_COMMIT_TOO_LARGE = 6,
    DS_UNKNOWN_AREA = 7,
    DS_UNKNOWN_FIELD = 8,
    DS_BUSY = 9,
    DS_IO = 10,
    DS_DISK_FULL = 11,
    DS_WRONG_KEY = 12,
    DS_NOT_A_DATABASE = 13,
    DS_CORRUPT = 14,
    DS_SCHEMA_TOO_NEW = 15,
    DS_MALFORMED = 16,
    DS_PROTOCOL_VERSION = 17,
    DS_NOT_ENROLLED = 18,
    DS_WRONG_CODE = 19,
    DS_EXPIRED_CODE = 20,
    DS_UNAUTHORIZED = 21,
    DS_FORBIDDEN = 22,
    DS_SERVER_UNREACHABLE = 23,
    DS_WRONG_CERTIFICATE = 24,
    DS_SERVER_ERROR = 25,
    DS_TOO_MANY_ATTEMPTS = 26,
    DS_FORKED = 27,
    DS_CHAIN_BROKEN = 28,
    DS_DIGEST_MISMATCH = 29,
    DS_STALE_DECISION = 30,
    DS_OUT_OF_MEMORY = 31,
    DS_PAYLOAD_TOO_LARGE = 32,
    DS_ABI_VERSION = 33,
    DS_BAD_CONFIGURATION = 34,
    DS_ADDRESS_IN_USE = 35,
    DS_QUOTA_EXCEEDED = 40,
    DS_NOT_HERE_YET = 41,
    DS_TRANSITION_REFUSED = 50,
    DS_NOT_DELIVERED = 51,
    DS_REVOKED = 52,
    DS_MOVED = 53,
    DS_ARCHIVE_MISSING = 54,
    DS_AWAITING_CONFIRMATION = 60,
    DS_DIGITS_DIFFER = 61,
    DS_INTERNAL = 99,
};

/* Bytes that the library allocated. */
typedef struct ds_buf {
    uint8_t *data;
    size_t size;
} ds_buf;
DS_API void ds_buf_free(ds_buf *buf);

/* Call first. DS_ABI_VERSION when header and library do not fit. */
DS_API ds_status ds_check_version(uint32_t major, uint32_t minor);
/* The code's name, such as "disk_full"; and what a person should do next, language "zh-CN" or "en". Static strings. */
DS_API const char *ds_error_name(ds_status code);
DS_API const char *ds_advice(ds_status code, const char *language);
/* The record types and their fields: {"version":1,"types":[{"id":3,"name":"visit","label":{"zh-CN":"走访","en":"visit"},
 * "fields":[{"id":4,"name":"summary","kind":"value","type":"text","label":{…}},…]},…]} */
DS_API ds_status ds_schema(ds_buf *out_json);

/* ---- one replica ---------------------------------------------------------------------------------------------- */

typedef struct ds_phone ds_phone;

/* Opens the encrypted file. storage_key: 32 bytes from the host's key store, the same for the life of the file.
 * entropy: 32 bytes fresh from the system's random source at every opening. create: 1 makes a missing file, 0 does not.
 * DS_NOT_FOUND, DS_WRONG_KEY, DS_NOT_A_DATABASE, DS_CORRUPT, DS_SCHEMA_TOO_NEW, DS_BUSY, DS_DISK_FULL, DS_IO. */
DS_API ds_status ds_open(const char *path, const uint8_t storage_key[32], const uint8_t entropy[32], int32_t create,
                         ds_phone **out, ds_buf *why);
/* Takes NULL. */
DS_API void ds_close(ds_phone *phone);

/* Enrolment of servers before version 0.2, by a token; later ones answer DS_PROTOCOL_VERSION: ds_key_enrol_begin() is
 * for them. Two steps around one POST of JSON to {server}/api/v1/enrol. ds_enrol_begin() gives the body for the
 * code that the office handed out; ds_enrol_finish() takes the 200 answer and keeps it in the file. Sending the same
 * body again is safe, so a lost answer costs nothing. server: "https://host:port". certificate_pem: the authority that
 * the server's certificate must come from; the host checks it at every connection. */
DS_API ds_status ds_enrol_begin(ds_phone *phone, const char *code, ds_buf *out_json, ds_buf *why);
DS_API ds_status ds_enrol_finish(ds_phone *phone, const char *server, const char *certificate_pem,
                                 const uint8_t *answer, size_t answer_size, ds_buf *why);
/* {"server":"https://…","certificate_pem":"…","authorization":"Bearer …","keyed":true,"sealing_key":"<hex>"}: what the
 * host's client needs. Secret. authorization: "" until ds_access_begin() has brought a token. keyed: false while it is
 * the token of an enrolment before phones had keys, until ds_access_begin() has brought another. sealing_key: P-256,
 * uncompressed, what ds_hand_over()'s content is sealed to; "" when the server has none. */
DS_API ds_status ds_connection(ds_phone *phone, ds_buf *out_json, ds_buf *why);

/* Saves one commit, durable when the call returns:
 *   {"records":[{"type":"visit","division":"341222101202","fields":{"summary":"…","needs":["助餐"],"notes":["…"],
 *     "follow_up_on":"2026-12-01","position":{"lat":33.160000,"lon":115.620000},"household":"<32 hex digits>",
 *     "visited_at":1795000000000}},
 *    {"type":"household","id":"<32 hex digits>","fields":{"summary":"…","needs":{"add":["维修"],"remove":["助餐"]}},
 *     "seen":{"summary":["<dot>"]}}]}
 * Without "id" the record is new and needs "division". null or "" clears a field. Only what is named is written. "seen"
 * lists the dots of the writes that were on the screen; without it, those behind the value shown now.
 * Answer: {"records":["<id>",…]}, in the order given.
 * DS_NOT_ENROLLED, DS_UNKNOWN_AREA, DS_UNKNOWN_FIELD, DS_INVALID_ARGUMENT, DS_INVALID_UTF8, DS_VALUE_TOO_LARGE,
 * DS_COMMIT_TOO_LARGE, DS_NOT_FOUND, DS_MOVED, DS_DISK_FULL, DS_BUSY, DS_IO. After any of them nothing was saved. */
DS_API ds_status ds_save(ds_phone *phone, int64_t now_ms, const char *json, size_t json_size, ds_buf *out_json,
                         ds_buf *why);

/* One record: {"id":"…","type":"visit","division":"341222101202","place":"旧县镇八里村委会","conflicts":0,"fields":{
 *   "summary":{"kind":"value","conflict":false,"values":[{"value":"…","writes":[{"dot":"…","author":"…",
 *   "time_ms":1795000000000}]}]},…}}. Of a field in conflict, every alternative; the one to show first stands first.
 * A field this version does not know is named "#<number>", and a value it cannot read is {"hex":"…"}. "moved_to":
 * "341222101205" stands in a record that is looked after there now and no longer here: nothing is saved to it. */
DS_API ds_status ds_read(ds_phone *phone, const char *id, ds_buf *out_json, ds_buf *why);
/* {"records":[…]}, newest first. type: a record type's name, or NULL for all. rows_max: 1 to 500. */
DS_API ds_status ds_list(ds_phone *phone, const char *type, int32_t rows_max, ds_buf *out_json, ds_buf *why);
/* {"records":[…]}: those in which a field awaits a decision. */
DS_API ds_status ds_conflicts(ds_phone *phone, ds_buf *out_json, ds_buf *why);
/* Settles one field: {"id":"…","field":"summary","choose":"<dot of an alternative>"} or, with a wording of one's own,
 * {"id":"…","field":"summary","value":"…"}. All alternatives there are now are superseded and stay in the history. */
DS_API ds_status ds_resolve(ds_phone *phone, int64_t now_ms, const char *json, size_t json_size, ds_buf *why);
/* {"entries":[{"field":"summary","action":"put","value":"…","dot":"…","author":"…","time_ms":…,"live":false},…]}: every
 * write to the record that is here, oldest first. */
DS_API ds_status ds_history(ds_phone *phone, const char *id, ds_buf *out_json, ds_buf *why);
/* {"replica":"…","enrolled":true,"author":"…","device":"…","server":"…","areas":[{"division":"…","place":"…"}],
 *  "saved":7,"only_here":2,"received":4,"backed_up":1,"held":[{"seq":3,"reason":"forbidden"}],
 *  "streams":[{"area":"…","position":12,"digest":"<32 hex digits>"}]} */
DS_API ds_status ds_outbox(ds_phone *phone, ds_buf *out_json, ds_buf *why);
/* Reads the whole file again: hashes, chain, records against the log. DS_CORRUPT says what differs in `why`.
 * {"commits":…,"records":…,"streams":…,"state":"<32 hex digits>"}: with nothing unsent, two phones of the same areas
 * that have synchronised have the same state. */
DS_API ds_status ds_verify(ds_phone *phone, ds_buf *out_json, ds_buf *why);
/* Housekeeping for an idle moment. */
DS_API ds_status ds_maintain(ds_phone *phone, ds_buf *why);

/* ---- the phone's key -------------------------------------------------------------------------------------------- */

/* A phone is known by a key pair of P-256 that the host's key store makes and keeps; the library never sees the private
 * half. public_key: the point, 04 · x · y. Each of the three begins something that goes on in steps:
 *   {"post":{"path":"/api/v1/…","authorization":"…","body":"{…}"}}   post the body as application/json, with the
 *       authorization where it is not ""; give the body of a 200 or 204 to ds_step_answered(). What else is answered is
 *       the end of it; begin again whenever there is reason to.
 *   {"sign":"<hex>"}   sign these bytes: ECDSA with SHA-256, in DER; give the signature to ds_step_signed().
 *   {"done":true}
 * Each call hands out the next step. Dropping one, or the answer to one, costs nothing.
 *
 * Enrols. The second post has "digits":"042917" beside: show them; the office compares and confirms. Until then it is
 * answered awaiting_confirmation; begin again with the same code, key and server then. DS_INVALID_ARGUMENT,
 * DS_MALFORMED, DS_IO, DS_DISK_FULL. */
DS_API ds_status ds_key_enrol_begin(ds_phone *phone, const char *code, const uint8_t public_key[65], const char *server,
                                    const char *certificate_pem, ds_buf *out_step, ds_buf *why);
/* Fetches a token for ds_connection()'s authorization: at first, and whenever the server answers unauthorized. It lives
 * for a quarter of an hour. The server's sealing_key, and an authority that it will come from next, may come with it:
 * ask ds_connection() again. DS_NOT_ENROLLED, DS_MALFORMED, DS_IO, DS_DISK_FULL. */
DS_API ds_status ds_access_begin(ds_phone *phone, const uint8_t public_key[65], ds_buf *out_step, ds_buf *why);
/* Makes the key known of a phone that was enrolled before phones had keys, when ds_access_begin()'s post is answered
 * unauthorized; ds_access_begin() follows. DS_NOT_ENROLLED, DS_MALFORMED. */
DS_API ds_status ds_key_register_begin(ds_phone *phone, const uint8_t public_key[65], ds_buf *out_step, ds_buf *why);
DS_API ds_status ds_step_answered(ds_phone *phone, const uint8_t *answer, size_t answer_size, ds_buf *out_step,
                                  ds_buf *why);
DS_API ds_status ds_step_signed(ds_phone *phone, const uint8_t *signature, size_t signature_size, ds_buf *out_step,
                                ds_buf *why);

/* ---- synchronisation ------------------------------------------------------------------------------------------ */

/* Post `out_request` to {server}/sync/v1 as application/octet-stream with the authorization of ds_connection(); hand
 * the 200 answer's body to ds_sync_continue(), and go on with its request until that is empty. Any failure may simply
 * be dropped: begin again later. Saves may happen in between. */
DS_API ds_status ds_sync_begin(ds_phone *phone, ds_buf *out_request, ds_buf *why);
DS_API ds_status ds_sync_continue(ds_phone *phone, int64_t now_ms, const uint8_t *answer, size_t answer_size,
                                  ds_buf *out_request, ds_buf *why);
/* {"pushed":…,"pulled":…,"round_trips":…,"sent_bytes":…,"received_bytes":…,"streams_in_doubt":…} of the synchronisation
 * begun last. In doubt: the office's records come to another sum than this phone's, of the same commits; no word is
 * missing, but one of the two programs shows it wrongly, and the office is to be told. */
DS_API ds_status ds_sync_report(ds_phone *phone, ds_buf *out_json, ds_buf *why);

/* ---- hand-over without a network --------------------------------------------------------------------------------- */

/* The content of a file that is carried to the office by hand: what the server has not acknowledged, or with after_seq
 * from 0 on, what follows that save. The host seals it to sealing_key and signs it (docs/handover.md). Nothing changes
 * here: the next synchronisation tells what arrived, and a file that is taken in twice has no effect.
 * out_json: {"from":…,"to":…,"top":…}; when to < top, a further file follows, made with after_seq = to. out_content is
 * empty when there is nothing to hand over. after_seq: -1 for the first. DS_NOT_ENROLLED, DS_INVALID_ARGUMENT. */
DS_API ds_status ds_hand_over(ds_phone *phone, int64_t after_seq, ds_buf *out_content, ds_buf *out_json, ds_buf *why);

/* ---- a bad day: for a file that nobody has open ------------------------------------------------------------------ */

/* Reads every page and every row, folds the log again and compares. Damage is no failure of the call but its answer:
 * {"sound":false,"rebuild_helps":true,"commits":…,"records":…,"streams":…,"state":"<32 hex digits>","findings":[
 *   {"code":"record_changed","table":"record","count":2,"cure":"rebuild","example":"<dot>",
 *    "text":{"zh-CN":"…","en":"…"}}]}
 * cure: "rebuild" = ds_rebuild() helps; "salvage" = ds_salvage() saves what is left; "office" = synchronise, or ask.
 * A file whose pages are damaged is not opened and stays as it is.
 * DS_NOT_FOUND, DS_WRONG_KEY, DS_NOT_A_DATABASE, DS_SCHEMA_TOO_NEW, DS_BUSY, DS_IO. */
DS_API ds_status ds_fsck(const char *path, const uint8_t storage_key[32], ds_buf *out_json, ds_buf *why);
/* Makes every derived table again from the log, in one transaction. DS_CORRUPT when the log itself is damaged. */
DS_API ds_status ds_rebuild(const char *path, const uint8_t storage_key[32], ds_buf *why);
/* Writes what is whole of a damaged file into a new one under the same key; the damaged one is not changed. The next
 * synchronisation of the new file delivers what was not sent.
 * {"commits":…,"own":…,"own_missing":…,"made_again":…,"commits_unproved":…,"identity":true,"enrolment":true,
 *  "pages":…,"pages_damaged":…}
 * DS_ALREADY_EXISTS when there is anything at sound_path; DS_DISK_FULL; those of ds_fsck(). */
DS_API ds_status ds_salvage(const char *path, const uint8_t storage_key[32], const char *sound_path, ds_buf *out_json,
                            ds_buf *why);

#ifdef __cplusplus
}
#endif
#endif
