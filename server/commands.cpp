#include "server/commands.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "core/engine/fsck.hpp"
#include "crypto/sealed_file.hpp"
#include "server/api/router.hpp"
#include "server/authority.hpp"
#include "server/config/configuration_text.hpp"
#include "server/config/listen_settings.hpp"
#include "server/data_folder.hpp"
#include "server/event_log.hpp"
#include "server/jobs/office_jobs.hpp"
#include "server/jobs/scheduler.hpp"
#include "server/net/certificates.hpp"
#include "server/net/listener.hpp"
#include "server/storage/postgres/postgres_storage.hpp"
#include "server/storage_settings.hpp"
#include "server/webhook_settings.hpp"

namespace doorstep::server {
namespace {

constexpr std::uint64_t mib_bytes = 1024 * 1024;
constexpr std::size_t sealing_bytes_max = 1024;  // what sealing and signing add to a hand-over

std::uint64_t now_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

/// At once, also into a pipe: whoever started us waits for the address.
void say(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

/// What the server shows, and what phones trust.
struct Certificates {
    std::string certificate_pem, key_pem, authority_pem;
    std::optional<DevCertificates> made;  ///< the development authority, when no other was named
};

Result<Certificates> certificates_of(const Configuration& configuration, const std::filesystem::path& folder) {
    const std::string& certificate = configuration.words(OptionId::tls_certificate);
    const std::string& authority = configuration.words(OptionId::tls_authority);
    if (!certificate.empty())
        return Certificates{certificate, configuration.words(OptionId::tls_key),
                            authority.empty() ? certificate : authority, std::nullopt};
    DOORSTEP_TRY_ASSIGN(DevCertificates made, ensure_development_certificates(folder));
    return Certificates{made.server_pem.string(), made.server_key.string(), made.ca_pem.string(), std::move(made)};
}

/// For commands that do nothing without a data folder.
Result<std::string> named_folder(const Configuration& configuration) {
    const std::string& folder = configuration.words(OptionId::data_folder);
    if (!folder.empty()) return folder;
    return Error{
        Errc::bad_configuration,
        "no data folder is named: give --data, or data.folder in the file that --config names; doorstep-server "
        "serve --help lists what there is"};
}

/// As many descriptors as the system lets us have: each phone that waits to be woken holds one.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);  // without it fewer phones can wait, and that is told when it is so
}

enum class Staff { none, some };
void greet(const std::optional<DevCertificates>& made, const std::string& address, std::uint16_t port, Staff staff,
           const std::string& data) {
    const std::string url =
        fmt::format("https://{}:{}", address.find(':') == address.npos ? address : "[" + address + "]", port);
    if (made) say(fmt::format("authority: {}   SHA-256 {}", made->ca_pem.string(), made->ca_sha256_hex));
    say(fmt::format("office page: {}/office", url));
    if (staff == Staff::none)
        say(fmt::format(
            "nobody can sign in yet: doorstep-server staff add --data {} --name NAME --role unit_head --area "
            "CODE",
            data));
    say(fmt::format("to enrol a phone: doorstep-server enrol --data {} --name NAME --area CODE --device LABEL", data));
    say(fmt::format("入户通 Doorstep is listening on {}", url));
}

/// An entry in the audit chain when the configuration is another than at the last start.
Status note_configuration(Storage& storage, const Configuration& configuration) {
    const std::string hash = sha256(effective_text(configuration)).hex();
    DOORSTEP_TRY_ASSIGN(const std::optional<audit::Entry> last, storage.last_note(audit::Action::configured));
    if (last && last->act.object == hash) return ok();
    return storage.note({audit::Action::configured, std::string(audit::console), hash}, now_ms());
}

/// A file of at most what one hand-over can be. Errors: bad_configuration, payload_too_large.
Result<std::string> read_handover(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return Error{Errc::bad_configuration, "the file cannot be read"};
    std::string out(limits::handover_bytes_max + sealing_bytes_max + 1, '\0');
    in.read(out.data(), static_cast<std::streamsize>(out.size()));
    const auto size = static_cast<std::size_t>(in.gcount());
    if (size == out.size()) return Error{Errc::payload_too_large, "a hand-over holds at most 64 MiB"};
    out.resize(size);
    return out;
}

/// The scope that a command line names.
template <class Options>
Result<Scope> scope_of(const Options& options) {
    Scope out;
    for (const std::string& text : options.areas) {
        DOORSTEP_TRY_ASSIGN(const Area area, Area::parse(text));
        out.areas.push_back(area);
    }
    out.restricted = options.restricted;
    for (const std::string& hex : options.sealed) {
        DOORSTEP_TRY_ASSIGN(const RecordId matter, RecordId::from_hex(hex));
        out.sealed.push_back(matter);
    }
    return out;
}

void show_invitation(const std::string& token, Output output) {
    if (output == Output::json)
        say(nlohmann::json{{"invitation", token}}.dump());
    else
        say(fmt::format("invitation: {}   (shown this once, good for three days; /office/activate asks for it)",
                        token));
}

/// What the office calls the phone: by its user's name where nothing else is said.
template <class Options>
const std::string& label_of(const Options& options) {
    return options.device.empty() ? options.name : options.device;
}

/// REPLICA:SEQ, as histories name a commit.
Result<Dot> dot_of(const std::string& text) {
    const Error unreadable{Errc::bad_configuration,
                           "a commit is named REPLICA:SEQ: 32 hexadecimal digits and a number"};
    const std::size_t colon = text.find(':');
    const auto replica = ReplicaId::from_hex(text.substr(0, colon));
    if (colon == text.npos || !replica) return unreadable;
    Dot out{replica.value(), 0};
    const char* end = text.data() + text.size();
    const auto [at, fault] = std::from_chars(text.data() + colon + 1, end, out.seq);
    if (fault != std::errc() || at != end || out.seq == 0) return unreadable;
    return out;
}

std::string name_of(const Dot& dot) { return dot.replica.hex() + ":" + std::to_string(dot.seq); }

/// The options that name the part's stream.
std::string flags_of(const Stream& stream) {
    std::string out = "--area " + stream.area.text();
    if (stream.compartment.kind == Compartment::Kind::restricted) out += " --restricted";
    if (stream.compartment.kind == Compartment::Kind::forms) out += " --forms";
    if (stream.compartment.kind == Compartment::Kind::sealed) out += " --sealed " + stream.compartment.matter.hex();
    return out;
}

/// What is rebuilt in a copy would no longer be one.
Status check_may_rebuild(const DatabaseOptions& file, const FsckOptions& options) {
    if (options.rebuild == FsckOptions::Rebuild::no) return ok();
    auto db = Database::open(file);
    if (!db) return ok();  // fsck says what is wrong with it
    const auto mark = log_mark(db.value());
    if (!mark || !mark.value()) return ok();
    return Error{Errc::bad_configuration,
                 "the file is a copy of what PostgreSQL holds: remove it, and the server makes it anew at its start"};
}

Status list_parts(Storage& storage, const EraseOptions& options) {
    DOORSTEP_TRY_ASSIGN(const RecordId record, RecordId::from_hex(options.record));
    DOORSTEP_TRY_ASSIGN(const std::vector<WrittenPart> parts, storage.parts_of(record));
    nlohmann::json list = nlohmann::json::array();
    for (const WrittenPart& part : parts) {
        const RecordSchema* schema = record_schema(part.record_type);
        nlohmann::json fields = nlohmann::json::array();
        for (const std::uint32_t field : part.fields) {
            const FieldSchema* known = schema ? schema->field(field) : nullptr;
            fields.push_back(known ? std::string(known->name) : "#" + std::to_string(field));
        }
        if (options.output == Output::words)
            say(fmt::format("--commit {} {}\n    {} {}", name_of(part.dot), flags_of(part.stream), part.author,
                            fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
        list.push_back({{"commit", name_of(part.dot)},
                        {"division", part.stream.area.text()},
                        {"author", part.author},
                        {"time_ms", part.wall_ms},
                        {"fields", std::move(fields)}});
    }
    if (options.output == Output::json) say(nlohmann::json{{"parts", std::move(list)}}.dump());
    return ok();
}

}  // namespace

Result<Configuration> configuration_of(const ConfiguredBy& given) {
    std::vector<Flag> flags = given.flags;
    if (!given.data.empty()) flags.push_back({OptionId::data_folder, "--data", given.data});
    DOORSTEP_TRY_ASSIGN(Configuration out, read_configuration(given.file, given.data, std::move(flags)));
    return out;
}

Status serve(const ConfiguredBy& given) {
    DOORSTEP_TRY_ASSIGN(const Configuration configuration, configuration_of(given));
    DOORSTEP_TRY_ASSIGN(const std::string data, named_folder(configuration));
    const EventLog log(configuration);
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(data, FolderMode::create, configuration));
    DOORSTEP_TRY_ASSIGN(const Certificates certificates, certificates_of(configuration, folder.path));
    DOORSTEP_TRY_ASSIGN(Trust trust,
                        trust_of(certificates.authority_pem, configuration.words(OptionId::tls_next_authority)));
    folder.storage->set_trust(std::move(trust));
    StaticFiles files;
    if (const std::string& web = configuration.words(OptionId::web_folder); !web.empty()) {
        DOORSTEP_TRY_ASSIGN(files, StaticFiles::read(web));
    }
    DOORSTEP_TRY(note_configuration(*folder.storage, configuration));
    folder.storage->attachments().set_bytes_max(configuration.number(OptionId::attachments_mib_max) * mib_bytes);
    DOORSTEP_TRY_ASSIGN(std::optional<WebhookSettings> hook, webhook_settings(configuration));
    std::optional<Webhook> webhook;
    if (hook)
        webhook.emplace(std::move(*hook), *folder.storage, now_ms,
                        [&log](std::string_view line) { log.serving(line); });
    Scheduler scheduler(*folder.storage, office_jobs(*folder.storage),
                        [&log](const Error& error, std::string_view job) { log.failed(error, job); });
    raise_descriptor_limit();
    const HttpsServer* serving = nullptr;  // asked for its load only by what it serves
    Router router(*folder.storage,
                  {now_ms, [&log](const Error& error, std::string_view route) { log.failed(error, route); },
                   [&webhook, &scheduler] {
                       if (webhook) webhook->work();
                       scheduler.work(now_ms());
                   },
                   [&serving] { return serving->load(); }, [&scheduler] { return scheduler.metrics(); }},
                  std::move(files));
    ListenOptions listen = listen_settings(configuration);
    listen.certificate_pem_path = certificates.certificate_pem;
    listen.key_pem_path = certificates.key_pem;
    listen.signals = Signals::heeded;
    listen.log = [&log](std::string_view line) { log.serving(line); };
    DOORSTEP_TRY_ASSIGN(const auto server, HttpsServer::listen(listen, router));
    serving = server.get();
    DOORSTEP_TRY_ASSIGN(const std::vector<StaffAccount> staff, folder.storage->staff());
    greet(certificates.made, listen.address, server->port(), staff.empty() ? Staff::none : Staff::some, data);
    log.started(server->port());
    server->run();
    log.stopped();
    return ok();
}

Status show_configuration(const ShowConfigurationOptions& options) {
    if (options.what == ShowConfigurationOptions::What::defaults) {
        std::fputs(sample_text().c_str(), stdout);
        return ok();
    }
    DOORSTEP_TRY_ASSIGN(const Configuration configuration, configuration_of(options.given));
    std::fputs(effective_text(configuration).c_str(), stdout);
    return ok();
}

Status enrol_device(const EnrolOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    Device device{options.name, options.role, label_of(options), Scope()};
    DOORSTEP_TRY_ASSIGN(device.scope, scope_of(options));
    DOORSTEP_TRY_ASSIGN(const EnrolmentCode code,
                        folder.storage->create_enrolment(device, std::uint64_t{options.ttl_s} * 1000, now_ms()));
    if (options.output == Output::json)
        say(nlohmann::json{{"code", code.text}, {"expires_at_ms", code.expires_ms}}.dump());
    else
        say(
            fmt::format("code: {}\nvalid for {} s, for one phone; on the phone: doorstep enrol --server URL --ca "
                        "ca.pem --code CODE",
                        code.text, options.ttl_s));
    return ok();
}

Status regrant_device(const RegrantOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY_ASSIGN(const Scope scope, scope_of(options));
    DOORSTEP_TRY(folder.storage->regrant(options.name, label_of(options), scope, now_ms()));
    say("granted; the phone learns of it at its next synchronisation, and purges what it may no longer see");
    return ok();
}

Status revoke_device(const RevokeOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY(folder.storage->revoke(options.name, label_of(options), now_ms()));
    say("revoked; what the phone still sends is held for the office, and nothing else is answered");
    return ok();
}

Status add_staff(const AddStaffOptions& options) {
    const auto role = staff_role_named(options.role);
    if (!role)
        return Error{Errc::invalid_argument, "no account has the role; doorstep-server staff add --help lists them"};
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    StaffAccount account{options.name, *role, {}};
    DOORSTEP_TRY_ASSIGN(account.scope, scope_of(options));
    DOORSTEP_TRY_ASSIGN(const std::string token, folder.storage->add_staff(account, now_ms()));
    show_invitation(token, options.output);
    return ok();
}

Status list_staff(const StaffOptions& options) {
    constexpr std::string_view states[] = {"invited", "active", "disabled"};
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY_ASSIGN(const std::vector<StaffAccount> accounts, folder.storage->staff());
    nlohmann::json list = nlohmann::json::array();
    for (const StaffAccount& account : accounts) {
        const std::string_view state = states[static_cast<std::size_t>(account.state)];
        nlohmann::json areas = nlohmann::json::array();
        for (const Area& area : account.scope.areas) areas.push_back(area.text());
        if (options.output == Output::words)
            say(fmt::format("{}   {}   {}   {}", account.name, name_of(account.role), state, areas.dump()));
        list.push_back({{"name", account.name},
                        {"role", name_of(account.role)},
                        {"state", state},
                        {"areas", std::move(areas)},
                        {"restricted", account.scope.restricted == Scope::Restricted::yes},
                        {"sealed", account.scope.sealed.size()}});
    }
    if (options.output == Output::json) say(nlohmann::json{{"accounts", std::move(list)}}.dump());
    return ok();
}

Status disable_staff(const StaffOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY(folder.storage->disable_staff(options.name, now_ms()));
    say("disabled; its sessions are over");
    return ok();
}

Status reset_staff(const StaffOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY_ASSIGN(const std::string token, folder.storage->reset_staff(options.name, now_ms()));
    show_invitation(token, options.output);
    return ok();
}

Status move_records(const MoveOptions& options) {
    if (options.from.empty() == options.records.empty())
        return Error{
            Errc::bad_configuration,
            "a move names either --from an area or each --record; doorstep-server move --help lists what there is"};
    DOORSTEP_TRY_ASSIGN(const Area to, Area::parse(options.to));
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    std::size_t moved = 0;
    if (!options.from.empty()) {
        MoveOrder order{{}, to, options.below, options.later};
        DOORSTEP_TRY_ASSIGN(order.from, Area::parse(options.from));
        // What phones bring while it runs is met in another round: the last one moves nothing.
        for (std::size_t round = 1; round > 0;) {
            round = 0;
            for (MoveCursor cursor; cursor.left == MoveCursor::Left::maybe;) {
                DOORSTEP_TRY_ASSIGN(const MoveStep step,
                                    folder.storage->move_some(order, cursor, options.author, now_ms()));
                round += step.moved;
                cursor = step.next;
                if (options.output == Output::words && step.moved > 0) say(fmt::format("{} moved", moved + round));
            }
            moved += round;
        }
    }
    for (std::size_t at = 0; at < options.records.size(); at += limits::move_records_max) {
        std::vector<RecordId> records;
        for (std::size_t i = at; i < std::min(options.records.size(), at + limits::move_records_max); ++i) {
            DOORSTEP_TRY_ASSIGN(const RecordId record, RecordId::from_hex(options.records[i]));
            records.push_back(record);
        }
        DOORSTEP_TRY_ASSIGN(const std::size_t some, folder.storage->move(records, to, options.author, now_ms()));
        moved += some;
    }
    if (options.output == Output::json)
        say(nlohmann::json{{"moved", moved}, {"to", to.text()}}.dump());
    else
        say(
            fmt::format("{} records stand in {} now; phones learn of it at their next synchronisation, and what they "
                        "still write where these stood follows",
                        moved, to.text()));
    return ok();
}

Status erase(const EraseOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    if (options.commit.empty()) return list_parts(*folder.storage, options);
    ErasureOrder order;
    DOORSTEP_TRY_ASSIGN(order.dot, dot_of(options.commit));
    DOORSTEP_TRY_ASSIGN(order.stream.area, Area::parse(options.area));
    order.stream.compartment.kind = options.compartment;
    if (options.compartment == Compartment::Kind::sealed) {
        DOORSTEP_TRY_ASSIGN(order.stream.compartment.matter, RecordId::from_hex(options.matter));
    }
    order.part = options.part;
    order.rule = options.rule;
    order.ordered_by = options.ordered_by;
    DOORSTEP_TRY_ASSIGN(const ErasureReport report, folder.storage->erase(order, options.by, now_ms()));
    nlohmann::json repeats = nlohmann::json::array();
    for (const ErasureReport::Repeat& repeat : report.repeats)
        repeats.push_back(
            {{"commit", name_of(repeat.dot)}, {"division", repeat.stream.area.text()}, {"author", repeat.author}});
    if (options.output == Output::json) {
        say(nlohmann::json{
            {"act", report.act.hex()}, {"records", report.records.size()}, {"repeats", std::move(repeats)}}
                .dump());
        return ok();
    }
    say(
        fmt::format("erased from {} records, under {}, by order of {}; phones forget the words at their next "
                    "synchronisation. Backups made before still hold them: see docs/erasure.md.",
                    report.records.size(), options.rule, options.ordered_by));
    for (const ErasureReport::Repeat& repeat : report.repeats)
        say(fmt::format("the same words also stand in: --commit {} {} (by {})", name_of(repeat.dot),
                        flags_of(repeat.stream), repeat.author));
    return ok();
}

Status verify(const VerifyOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY_ASSIGN(const StorageReport report, folder.storage->verify());
    const Verification& found = report.verification;
    if (options.output == Output::words) {
        say(fmt::format("sound: {} commits, {} records, {} streams, state {}", found.commits, found.records,
                        found.streams, found.state.hex()));
        return ok();
    }
    nlohmann::json heads = nlohmann::json::array();
    for (const StreamHead& head : report.heads)
        heads.push_back(
            {{"area", head.stream.area.text()}, {"position", head.position}, {"digest", head.digest.hex()}});
    say(nlohmann::json{{"commits", found.commits},
                       {"records", found.records},
                       {"streams", found.streams},
                       {"state", found.state.hex()},
                       {"heads", std::move(heads)}}
            .dump());
    return ok();
}

Status check_file(const FsckOptions& options) {
    DOORSTEP_TRY_ASSIGN(const DatabaseOptions file, database_of(options.data));
    DOORSTEP_TRY(check_may_rebuild(file, options));
    if (options.rebuild == FsckOptions::Rebuild::yes) DOORSTEP_TRY(rebuild(file));
    DOORSTEP_TRY_ASSIGN(const Diagnosis found, fsck(file));
    nlohmann::json findings = nlohmann::json::array();
    for (const Finding& finding : found.findings) {
        const std::string_view name = fault_name(finding.fault);
        findings.push_back({{"code", name}, {"table", finding.table}, {"count", finding.count}});
        if (options.output == Output::words)
            say(fmt::format("{} in {}, {} times\n  {}\n  {}", name, finding.table, finding.count,
                            fault_text(finding.fault, Language::zh_cn), fault_text(finding.fault, Language::en)));
    }
    const Verification& counts = found.counts;
    if (options.output == Output::json)
        say(nlohmann::json{{"sound", found.sound()},
                           {"rebuild_helps", found.rebuild_helps()},
                           {"commits", counts.commits},
                           {"records", counts.records},
                           {"streams", counts.streams},
                           {"findings", std::move(findings)}}
                .dump());
    if (!found.sound())
        return Error{Errc::corrupt, found.rebuild_helps() ? "the log is whole: fsck --rebuild makes the rest again"
                                                          : "restore the last backup; phones bring what is newer"};
    if (options.output == Output::words)
        say(fmt::format("sound: {} commits, {} records, {} streams, state {}", counts.commits, counts.records,
                        counts.streams, counts.state.hex()));
    return ok();
}

Status import_file(const ImportOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    DOORSTEP_TRY_ASSIGN(const SealingKeys keys, sealing_keys(folder.path));
    DOORSTEP_TRY_ASSIGN(const std::string file, read_handover(options.file));
    DOORSTEP_TRY_ASSIGN(const crypto::Unsealed opened, open_sealed(file, keys));
    DOORSTEP_TRY_ASSIGN(const HandoverReceipt receipt,
                        folder.storage->import_handover(opened.sender_public_key, opened.content, now_ms()));
    if (options.output == Output::json)
        say(nlohmann::json{{"replica", receipt.replica.hex()},
                           {"from", receipt.from_seq},
                           {"to", receipt.to_seq},
                           {"taken", receipt.taken}}
                .dump());
    else
        say(fmt::format(
            "commits {} to {} of replica {}: {} taken in, the others were here; the phone learns of it at its "
            "next synchronisation",
            receipt.from_seq, receipt.to_seq, receipt.replica.hex().substr(0, 8), receipt.taken));
    return ok();
}

Status compact(const CompactOptions& options) {
    constexpr std::uint64_t day_ms = 24ull * 60 * 60 * 1000;
    DOORSTEP_TRY_ASSIGN(const Configuration configuration, configuration_of(options.given));
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.given.data, FolderMode::existing, configuration));
    CompactionRule rule;
    rule.older_than_ms = configuration.number(OptionId::compaction_older_than_days) * day_ms;
    rule.retire_ms = configuration.number(OptionId::compaction_retire_days) * day_ms;
    CompactionStep all;
    while (all.next.left == CompactionCursor::Left::maybe) {
        DOORSTEP_TRY_ASSIGN(const CompactionStep step, folder.storage->compact_some(rule, all.next, now_ms()));
        all.parts += step.parts;
        all.bytes += step.bytes;
        all.next = step.next;
    }
    if (options.output == Output::json)
        say(nlohmann::json{{"parts", all.parts}, {"bytes", all.bytes}}.dump());
    else
        say(fmt::format(
            "{} parts of {} bytes lie in doorstep.db.archive now; histories and phones get them from there. "
            "Make a backup: it copies both files, and neither is whole without the other.",
            all.parts, all.bytes));
    return ok();
}

Status migrate(const MigrateOptions& options) {
    DOORSTEP_TRY_ASSIGN(const Configuration configuration, configuration_of(options.given));
    DOORSTEP_TRY_ASSIGN(const std::string data, named_folder(configuration));
    if (options.from == options.to)
        return Error{Errc::bad_configuration, "a county moves --from sqlite --to postgres, or the other way"};
    DOORSTEP_TRY_ASSIGN(const postgres::Address address, named_postgres(configuration));
    DOORSTEP_TRY_ASSIGN(const DatabaseOptions file, database_of(data));
    if (options.to == "postgres") {
        DOORSTEP_TRY(postgres::move_to_postgres(address, file.path, file.key));
        say(
            fmt::format("PostgreSQL holds the county {} now, and doorstep.db is a copy of it. Set storage.kind to "
                        "\"postgres\"; every further server needs this folder's storage.key and seal.key.",
                        address.tenant));
    } else {
        DOORSTEP_TRY(postgres::move_to_sqlite(address, file.path, file.key));
        say("doorstep.db holds the county now, and no server writes to PostgreSQL any more. Set storage.kind to "
            "\"sqlite\".");
    }
    return ok();
}

Status back_up(const BackupOptions& options) {
    DOORSTEP_TRY_ASSIGN(DataFolder folder, open_data_folder(options.data, FolderMode::existing));
    if (std::filesystem::exists(options.to)) return Error{Errc::already_exists, "the backup's file is there already"};
    DOORSTEP_TRY(folder.storage->back_up(options.to, now_ms()));
    DOORSTEP_TRY_ASSIGN(const audit::HeadFile heads, audit_heads(folder.path, std::filesystem::absolute(options.to)));
    DOORSTEP_TRY(heads.follow(folder.storage->audit_chain()));
    say("backed up; phones learn of it at their next synchronisation. Keep storage.key beside the copy: it opens "
        "nothing without; and with it the copy of the archive, named like it with .archive, if there is one.");
    return ok();
}

}  // namespace doorstep::server
