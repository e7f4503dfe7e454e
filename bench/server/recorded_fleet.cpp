#include "bench/server/recorded_fleet.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "core/base/sha256.hpp"
#include "core/engine/phone.hpp"
#include "core/sync/frame.hpp"
#include "core/sync/message.hpp"
#include "server/data/divisions.hpp"
#include "server/storage/sqlite_storage.hpp"

namespace doorstep::bench {
namespace {

namespace fs = std::filesystem;
using server::Device;
using server::Storage;

constexpr std::uint64_t now_ms = 1'795'000'000'000;
constexpr std::uint64_t village = 341'222'101'202;
constexpr const char* author = "bench";

EntropySeed seed_of(std::size_t n) {
    EntropySeed seed{};
    for (std::size_t i = 0; i < sizeof n; ++i) seed[i] = static_cast<unsigned char>(n >> (8 * i));
    return seed;
}

Area area_of(std::size_t phone) { return {village, static_cast<std::uint32_t>(phone + 1)}; }

/// `seed`: another one at each opening, or two would draw the same secrets.
Result<std::unique_ptr<Storage>> open_office(const fs::path& folder, std::size_t seed) {
    StorageKey key{};
    std::ifstream file(folder / "storage.key", std::ios::binary);
    file.read(reinterpret_cast<char*>(key.data()), static_cast<std::streamsize>(key.size()));
    if (!file) return Error{Errc::not_found, "the folder is no server's"};
    DOORSTEP_TRY_ASSIGN(Divisions divisions, Divisions::parse_csv(server::builtin_divisions_csv()));
    return server::open_sqlite_storage((folder / "doorstep.db").string(), key, seed_of(seed), std::move(divisions));
}

struct LivePhone {
    std::unique_ptr<Phone> phone;
    Device device;
    RecordedPhone recorded;
};

Result<std::vector<RecordedPhone::Request>> synchronise(Storage& office, LivePhone& live) {
    std::vector<RecordedPhone::Request> sent;
    DOORSTEP_TRY_ASSIGN(std::optional<Bytes> request, live.phone->begin_sync());
    while (request) {
        DOORSTEP_TRY_ASSIGN(const Bytes answer, office.exchange(live.device, *request, now_ms));
        DOORSTEP_TRY_ASSIGN(const std::uint64_t durable, durable_in(answer));
        sent.push_back({std::string(*request), durable});
        DOORSTEP_TRY_ASSIGN(request, live.phone->continue_sync(answer, now_ms));
    }
    return sent;
}

/// The changes of one phone, one synchronisation after another.
Status live_on(Storage& office, LivePhone& live, const FleetPlan& plan, const std::vector<RecordEdit>& records,
               std::size_t n) {
    for (std::size_t round = 0; round < plan.rounds; ++round) {
        for (std::size_t i = 0; i < plan.records_a_round; ++i) {
            RecordEdit edit = records[(n * plan.rounds + round + i) % records.size()];
            edit.home = {area_of(n), {}};
            DOORSTEP_TRY_ASSIGN(const auto saved, live.phone->save({edit}, now_ms));
            static_cast<void>(saved);
        }
        DOORSTEP_TRY_ASSIGN(auto sent, synchronise(office, live));
        for (RecordedPhone::Request& request : sent) live.recorded.requests.push_back(std::move(request));
    }
    return ok();
}

Result<LivePhone> enrol(Storage& office, const fs::path& file, std::size_t n) {
    LivePhone out;
    DatabaseOptions options;
    options.path = file.string();
    options.mode = OpenMode::create;
    options.durability = Durability::normal;
    DOORSTEP_TRY_ASSIGN(out.phone, Phone::open(options, seed_of(n + 1)));
    DOORSTEP_TRY_ASSIGN(out.recorded.token, out.phone->enrolment_token());
    const Device device{author, "cadre", fmt::format("phone {}", n), {{area_of(n)}, {}, {}}};
    constexpr std::uint64_t ttl_ms = 60'000;
    DOORSTEP_TRY_ASSIGN(const server::EnrolmentCode code, office.create_enrolment(device, ttl_ms, now_ms));
    DOORSTEP_TRY_ASSIGN(out.device, office.enrol(code.text, out.recorded.token, out.phone->replica(), now_ms));
    Enrolment enrolment;
    enrolment.author = author;
    enrolment.areas = {area_of(n)};
    enrolment.divisions = office.divisions();
    enrolment.token = out.recorded.token;
    DOORSTEP_TRY(out.phone->enrol(enrolment));
    DOORSTEP_TRY_ASSIGN(const auto first, synchronise(office, out));
    static_cast<void>(first);
    return out;
}

Status enrolled_with(Storage& office, const std::string& code, const std::string& token, const ReplicaId& replica) {
    const auto device = office.enrol(code, token, replica, now_ms);
    return device ? ok() : Status(device.error());
}

}  // namespace

Result<std::uint64_t> durable_in(BytesView answer) {
    DOORSTEP_TRY_ASSIGN(const std::optional<Frame> first, FrameReader(answer).next());
    if (!first || first->kind != FrameKind::welcome) return Error{Errc::malformed, "the office did not welcome"};
    DOORSTEP_TRY_ASSIGN(const Welcome welcome, Welcome::decode(first->payload));
    return welcome.durable_seq;
}

Result<std::vector<RecordedPhone>> record_fleet(const std::string& folder, const FleetPlan& plan,
                                                const std::vector<RecordEdit>& records) {
    const fs::path copy = folder + "-copy", files = folder + "-phones";
    fs::create_directories(files);
    std::vector<LivePhone> phones;
    {
        DOORSTEP_TRY_ASSIGN(const auto office, open_office(folder, 0));
        Status enrolled = ok();
        DOORSTEP_TRY(office->together([&] {
            for (std::size_t n = 0; n < plan.phones && enrolled; ++n) {
                auto live = enrol(*office, files / fmt::format("{}.db", n), n);
                if (live)
                    phones.push_back(std::move(live).value());
                else
                    enrolled = live.error();
            }
        }));
        DOORSTEP_TRY(enrolled);
    }
    fs::copy(folder, copy, fs::copy_options::recursive);
    DOORSTEP_TRY_ASSIGN(const auto office, open_office(copy, 0));
    std::vector<RecordedPhone> out;
    for (std::size_t n = 0; n < phones.size(); ++n) {
        Status lived = ok();
        DOORSTEP_TRY(office->together([&] { lived = live_on(*office, phones[n], plan, records, n); }));
        DOORSTEP_TRY(lived);
        out.push_back(std::move(phones[n].recorded));
        phones[n].phone.reset();
    }
    fs::remove_all(copy);
    fs::remove_all(files);
    return out;
}

Result<std::vector<std::string>> enrol_listeners(const std::string& folder, std::size_t phones) {
    DOORSTEP_TRY_ASSIGN(const auto office, open_office(folder, 1'000'000));
    std::vector<std::string> tokens;
    Status enrolled = ok();
    DOORSTEP_TRY(office->together([&] {
        for (std::size_t n = 0; n < phones && enrolled; ++n) {
            const std::string token = sha256(fmt::format("listener {}", n)).hex();
            const auto replica = ReplicaId::from(sha256(token).view().substr(0, ReplicaId::size));
            const Device device{author, "cadre", fmt::format("listener {}", n), {{Area{village, 0}}, {}, {}}};
            const auto code = office->create_enrolment(device, 60'000, now_ms);
            if (code) enrolled = enrolled_with(*office, code.value().text, token, replica.value());
            if (!code) enrolled = code.error();
            tokens.push_back(token);
        }
    }));
    DOORSTEP_TRY(enrolled);
    return tokens;
}

Status fill_office(const std::string& folder, std::size_t commits, const std::vector<RecordEdit>& records) {
    constexpr std::size_t phones = 100, commits_a_round = 500, first = 1'000;  // none of record_fleet()'s
    const fs::path files = folder + "-phones";
    fs::create_directories(files);
    DOORSTEP_TRY_ASSIGN(const auto office, open_office(folder, 2'000'000));
    for (std::size_t n = first; n < first + phones; ++n) {
        const FleetPlan plan{phones, commits / phones / commits_a_round, commits_a_round};
        Status lived = ok();
        DOORSTEP_TRY(office->together([&]() {
            auto live = enrol(*office, files / fmt::format("{}.db", n), n);
            lived = live ? live_on(*office, live.value(), plan, records, n) : Status(live.error());
        }));
        DOORSTEP_TRY(lived);
    }
    fs::remove_all(files);
    return ok();
}

}  // namespace doorstep::bench
