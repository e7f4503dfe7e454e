// The C ABI with a grammar: bytes are read as a list of calls with their arguments, made on a real file beside a real
// office. Names, ids and dots are mostly ones that exist; every argument can also be any bytes.
#include <array>

#include "core/base/sha256.hpp"
#include "core/engine/hub.hpp"
#include "mobile-bridge/include/doorstep.h"
#include "tests/fuzz/script.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::fuzz {
namespace {

using namespace doorstep::test;

constexpr std::uint64_t now_ms = 1'763'700'000'000;

/// An output that is looked at and freed.
class Buffer {
public:
    ~Buffer() {
        ds_buf_free(&buf_);
        ds_buf_free(&buf_);  // may be called twice
    }
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ds_buf* get() { return &buf_; }
    Bytes bytes() const { return buf_.data ? Bytes(reinterpret_cast<const char*>(buf_.data), buf_.size) : Bytes(); }
    bool empty() const { return buf_.data == nullptr && buf_.size == 0; }

private:
    ds_buf buf_{};
};

/// Arguments out of the fuzzer's bytes; when these are used up, zeros.
class Arguments {
public:
    explicit Arguments(BytesView bytes) : in_(bytes) {}
    bool more() const { return !in_.failed() && !in_.at_end(); }
    std::size_t below(std::size_t n) { return in_.at_end() ? 0 : in_.u8() % n; }
    Bytes any() {
        const std::size_t size = std::min<std::size_t>(in_.at_end() ? 0 : in_.u8(), in_.rest().size());
        return Bytes(in_.raw(size));
    }
    /// One of the words, or any bytes.
    Bytes word(std::initializer_list<std::string_view> words) {
        const std::size_t choice = below(words.size() + 1);
        return choice == words.size() ? any() : Bytes(words.begin()[choice]);
    }

private:
    Reader in_;
};

/// Bytes inside of a JSON string, so that the fuzzer's reach beyond the parser.
std::string json_text(BytesView bytes) {
    std::string out = "\"";
    for (const char c : bytes) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
    return out + '"';
}

/// One phone driven through doorstep.h alone, and the office it speaks to.
class Calls {
public:
    explicit Calls(BytesView script) : in_(script) {}

    void run() {
        reopen();
        constexpr int calls_max = 64;
        for (int i = 0; i < calls_max && in_.more(); ++i) step();
        if (!phone_) return;
        Buffer out, why;
        promise(ds_verify(phone_, out.get(), why.get()) == DS_OK,
                "whatever was called, the file stays whole: " + why.bytes());
    }
    ~Calls() { ds_close(phone_); }
    Calls(const Calls&) = delete;
    Calls& operator=(const Calls&) = delete;

private:
    void step() {
        switch (in_.below(16)) {
            case 0: return reopen();
            case 1: return enrol();
            case 2: return in_.below(2) == 0 ? enrol_with_anything() : errand_with_anything();
            case 3:
            case 4:
            case 5: return save();
            case 6: return call([&](ds_buf* o, ds_buf* w) { return ds_read(phone_, id().c_str(), o, w); });
            case 7: return call([&](ds_buf* o, ds_buf* w) { return ds_history(phone_, id().c_str(), o, w); });
            case 8: return list();
            case 9: return call([&](ds_buf* o, ds_buf* w) { return ds_conflicts(phone_, o, w); });
            case 10: return resolve();
            case 11: return call([&](ds_buf* o, ds_buf* w) { return ds_outbox(phone_, o, w); });
            case 12: return begin_sync();
            case 13: return continue_sync();
            case 14: return answer_with_anything();
            default: return look_around();
        }
    }

    /// Status first, outputs zeroed on failure, and never "internal": that would be a bug of ours.
    static void judge(ds_status status, const Buffer& out) {
        promise(error_from_number(status).has_value() || status == DS_OK, "a status has a number of the list");
        promise(status != DS_INTERNAL, "no call ends in an internal error");
        promise(status == DS_OK || out.empty(), "outputs are zeroed on failure");
    }
    template <class Call>
    void call(const Call& make) {
        Buffer why;
        last_.emplace();
        judge(make(last_->get(), why.get()), *last_);
        remember_ids(last_->bytes());
    }

    void reopen() {
        ds_close(phone_);
        phone_ = nullptr;
        const std::array<std::uint8_t, 32> key{1}, wrong{2}, entropy{static_cast<std::uint8_t>(++openings_)};
        const std::string path = scratch_.path("phone.db");
        if (in_.below(8) == 7) {
            Buffer why_not;
            promise(ds_open(path.c_str(), wrong.data(), entropy.data(), 0, &phone_, why_not.get()) != DS_OK,
                    "a wrong key opens nothing");
            promise(phone_ == nullptr, "outputs are zeroed on failure");
        }
        Buffer why;
        promise(ds_open(path.c_str(), key.data(), entropy.data(), 1, &phone_, why.get()) == DS_OK, why.bytes());
        request_.clear();
    }

    void enrol() {
        static constexpr std::string_view answer =
            R"({"author":"cadre","device":"cadre's phone","areas":["341222101000"],"divisions":[)"
            R"({"code":"341222000000","name":"太和县"},{"code":"341222101000","name":"旧县镇"},)"
            R"({"code":"341222101202","name":"八里村委会"},{"code":"341222101205","name":"范庙村委会"}]})";
        call([&](ds_buf* o, ds_buf* w) { return ds_enrol_begin(phone_, "code", o, w); });
        Buffer why;
        judge(ds_enrol_finish(phone_, "https://office.example:8443", "PEM",
                              reinterpret_cast<const std::uint8_t*>(answer.data()), answer.size(), why.get()),
              Buffer());
    }
    void enrol_with_anything() {
        const Bytes code = in_.any(), answer = in_.any();
        call([&](ds_buf* o, ds_buf* w) { return ds_enrol_begin(phone_, code.c_str(), o, w); });
        Buffer why;
        judge(ds_enrol_finish(phone_, code.c_str(), code.c_str(), reinterpret_cast<const std::uint8_t*>(answer.data()),
                              answer.size(), why.get()),
              Buffer());
    }

    void errand_with_anything() {
        static constexpr std::uint8_t key[65] = {4};
        static constexpr const char* certificate = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        const Bytes code = in_.any(), answer = in_.any(), signature = in_.any();
        const auto bytes = [](const Bytes& of) { return reinterpret_cast<const std::uint8_t*>(of.data()); };
        switch (in_.below(3)) {
            case 0:
                call([&](ds_buf* o, ds_buf* w) {
                    return ds_key_enrol_begin(phone_, code.c_str(), key, "https://office.example", certificate, o, w);
                });
                break;
            case 1: call([&](ds_buf* o, ds_buf* w) { return ds_access_begin(phone_, key, o, w); }); break;
            default: call([&](ds_buf* o, ds_buf* w) { return ds_key_register_begin(phone_, key, o, w); });
        }
        const Bytes nonce = "{\"nonce\":\"" + sha256(code).hex() + "\"}";
        call([&](ds_buf* o, ds_buf* w) { return ds_step_answered(phone_, bytes(nonce), nonce.size(), o, w); });
        call([&](ds_buf* o, ds_buf* w) { return ds_step_signed(phone_, bytes(signature), signature.size(), o, w); });
        call([&](ds_buf* o, ds_buf* w) { return ds_step_answered(phone_, bytes(answer), answer.size(), o, w); });
    }

    void save() {
        const Bytes json = in_.below(8) == 7 ? in_.any() : save_json();
        call([&](ds_buf* o, ds_buf* w) { return ds_save(phone_, moment(), json.data(), json.size(), o, w); });
    }
    Bytes save_json() {
        Bytes out = "{\"records\":[";
        for (std::size_t i = 0, n = 1 + in_.below(3); i < n; ++i) {
            if (i > 0) out += ',';
            out += "{\"type\":" + json_text(in_.word({"household", "resident", "visit", "issue"}));
            if (in_.below(2) == 0)
                out += ",\"division\":" +
                       json_text(in_.word({village, other_village, town, far_village, "341222101202-03"}));
            else
                out += ",\"id\":" + json_text(id());
            out += ",\"fields\":{";
            for (std::size_t k = 0, fields = in_.below(4); k < fields; ++k) out += (k > 0 ? "," : "") + field_json();
            out += '}';
            if (in_.below(4) == 0) out += ",\"seen\":{\"summary\":[" + json_text(dot()) + "]}";
            out += '}';
        }
        return out + "]}";
    }
    Bytes field_json() {
        const Bytes name =
            in_.word({"summary", "address", "needs", "notes", "follow_up_on", "position", "household", "visited_at"});
        return json_text(name) + ":" + value_json();
    }
    Bytes value_json() {
        switch (in_.below(9)) {
            case 0: return json_text(in_.word({"漏雨", "a", "b", ""}));
            case 1: return "[" + json_text(in_.word({"助餐", "维修"})) + "," + json_text(in_.any()) + "]";
            case 2: return "{\"add\":[\"维修\"],\"remove\":[" + json_text(in_.word({"助餐", "维修"})) + "]}";
            case 3: return json_text(in_.word({"2026-12-01", "2026-02-30", "1899-12-31"}));
            case 4: return "{\"lat\":33.16,\"lon\":" + in_.word({"115.62", "-180", "180.000001", "1e308"}) + "}";
            case 5: return json_text(id());
            case 6: return in_.word({"1795000000000", "-1", "9223372036854775808", "0.5", "1e400"});
            case 7: return "null";
            default: return in_.any();
        }
    }
    void resolve() {
        const Bytes json =
            in_.below(8) == 7
                ? in_.any()
                : "{\"id\":" + json_text(id()) + ",\"field\":\"summary\"," +
                      (in_.below(2) == 0 ? "\"choose\":" + json_text(dot()) : "\"value\":" + value_json()) + "}";
        Buffer why;
        judge(ds_resolve(phone_, moment(), json.data(), json.size(), why.get()), Buffer());
    }
    void list() {
        const Bytes type = in_.word({"household", "visit"});
        const auto rows = static_cast<std::int32_t>(in_.below(256)) * 3 - 9;
        call([&](ds_buf* o, ds_buf* w) { return ds_list(phone_, rows % 2 == 0 ? nullptr : type.c_str(), rows, o, w); });
    }

    void begin_sync() {
        call([&](ds_buf* o, ds_buf* w) { return ds_sync_begin(phone_, o, w); });
        request_ = last_->bytes();
    }
    /// Carries the request to the office, and its answer back, perhaps with a byte changed or cut.
    void continue_sync() {
        if (request_.empty()) return begin_sync();
        Bytes answer = must(office().exchange(Grant{{{area(town)}}, "cadre"}, request_, now_ms));
        const std::size_t damage = in_.below(16);
        if (damage == 14) answer.resize(answer.size() / 2);
        if (damage == 15) answer[answer.size() * in_.below(256) / 256] ^= 1;
        give(answer);
    }
    void answer_with_anything() { give(script_messages(in_.any()).front()); }
    void give(const Bytes& answer) {
        call([&](ds_buf* o, ds_buf* w) {
            return ds_sync_continue(phone_, moment(), reinterpret_cast<const std::uint8_t*>(answer.data()),
                                    answer.size(), o, w);
        });
        request_ = last_->bytes();
    }

    void look_around() {
        call([&](ds_buf* o, ds_buf* w) { return ds_verify(phone_, o, w); });
        call([&](ds_buf* o, ds_buf* w) { return ds_connection(phone_, o, w); });
        call([&](ds_buf* o, ds_buf* w) { return ds_sync_report(phone_, o, w); });
        call([&](ds_buf* o, ds_buf*) { return ds_schema(o); });
        Buffer why;
        judge(ds_maintain(phone_, why.get()), Buffer());
        judge(ds_read(nullptr, nullptr, nullptr, why.get()), Buffer());
    }

    std::int64_t moment() {
        switch (in_.below(8)) {
            case 6: return -1;
            case 7: return std::int64_t{1} << 62;  // a clock that is years off blocks nothing
            default: return static_cast<std::int64_t>(now_ms) + ++saves_;
        }
    }
    Bytes id() {
        const std::size_t choice = in_.below(ids_.size() + 2);
        return choice < ids_.size() ? ids_[choice] : in_.any();
    }
    Bytes dot() {
        const std::size_t choice = in_.below(dots_.size() + 1);
        return choice < dots_.size() ? dots_[choice] : in_.any();
    }
    /// Record ids and dots that an answer shows: 32 hexadecimal digits, and these with a colon and a number.
    void remember_ids(const Bytes& json) {
        constexpr std::size_t kept_max = 16;
        for (std::size_t i = 0; i + 34 <= json.size(); ++i) {
            if (json[i] != '"' || !RecordId::from_hex(BytesView(json).substr(i + 1, 32))) continue;
            const std::size_t end = json.find('"', i + 1);
            if (json[i + 33] == '"' && ids_.size() < kept_max) ids_.push_back(json.substr(i + 1, 32));
            if (json[i + 33] == ':' && dots_.size() < kept_max) dots_.push_back(json.substr(i + 1, end - i - 1));
        }
    }
    Hub& office() {
        if (!hub_)
            hub_ = must(Hub::open({scratch_.path("hub.db"), storage_key(1), OpenMode::create, Durability::normal, {}},
                                  EntropySeed{}, some_divisions()));
        return *hub_;
    }

    Arguments in_;
    Scratch scratch_;
    ds_phone* phone_ = nullptr;
    std::unique_ptr<Hub> hub_;
    std::optional<Buffer> last_;
    Bytes request_;
    std::vector<Bytes> ids_, dots_;
    int openings_ = 0;
    std::int64_t saves_ = 0;
};

void look_abi(BytesView bytes) { Calls(bytes).run(); }

}  // namespace

std::vector<Target> abi_targets() { return {{"abi", look_abi}}; }

std::vector<Seed> abi_seeds() {
    // Enrol; save a new household; read it; synchronise; look around.
    const Bytes save = {3, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0};
    const Bytes sync = {12, 13, 0, 0, 13, 0, 0, 13, 0, 0};
    const Bytes enrol = {0, 1};
    return {{"abi", "enrol-save", enrol + save + Bytes{6, 0, 7, 0, 15}},
            {"abi", "enrol-save-sync", enrol + save + save + sync + Bytes{11, 15}},
            {"abi", "everything", [] {
                 Bytes all = {0, 1};
                 for (char call = 2; call < 16; ++call) all += Bytes{call, 0, 1, 0, 2, 0};
                 return all;
             }()}};
}

}  // namespace doorstep::fuzz
