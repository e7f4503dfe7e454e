// One synchronisation as the wire carries it: what happens to each message, and to the machines at its ends meanwhile.
#include <algorithm>

#include "core/base/limits.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

constexpr std::size_t round_trips_max = 400;  // a session that goes on for ever is a failure, not a hang

const Bytes& portal() {
    static const Bytes page = "<!DOCTYPE html><html><head><title>Welcome to free Wi-Fi</title></head></html>";
    return page;
}

/// Carries the messages of one session; the fault strikes message number `at`.
class Carrier {
public:
    Carrier(Town& town, Device& device, Fault fault, Random& dice)
        : town_(town), device_(device), fault_(fault), dice_(dice), at_(dice.below(3)) {}

    /// The answer to the request, or the error that the phone's host sees.
    Result<Bytes> carry(Bytes request) {
        const bool of_the_office = fault_ == Fault::move_in_between || fault_ == Fault::compaction_in_between ||
                                   fault_ == Fault::revoked_in_between;
        const bool strikes = n_++ == at_ && (place_of(fault_) == Place::wire || of_the_office);
        check_size(request, limits::message_bytes_max + 4 * limits::frame_bytes_max);
        if (strikes) {
            if (!of_the_office) town_.count(fault_);
            struck_ = !of_the_office;
            if (!before_arrival(request)) return cut();
        }
        remember(request);
        server::Reply reply = post(request);
        if (strikes) after_answer(request, reply);
        if (strikes && lost_) return cut();
        ++town_.tally.round_trips;
        town_.note("r" + std::to_string(reply.status) + " " + std::to_string(reply.body.size()));
        status_ = reply.status;
        if (reply.status != 200)
            return Error{Errc::server_error, "the server answered " + std::to_string(reply.status)};
        check_size(reply.body, limits::answer_bytes_max);
        if (!strikes) town_.old_answers[token()] = {reply.body, town_.server_life()};
        return std::move(reply.body);
    }
    bool struck() const { return struck_; }
    int status() const { return status_; }
    /// Of the oldest server that answered.
    std::uint64_t server_life() const { return std::min(heard_life_, town_.server_life()); }

private:
    server::Reply post(const Bytes& request) {
        std::optional<OtherMemory> memory;
        if (fault_ == Fault::phone_no_memory) memory.emplace();
        return town_.post(token(), request);
    }
    static Error cut() { return {Errc::server_unreachable, "the line was cut"}; }
    std::string token() { return device_.seat().phone->enrolment()->token; }
    void check_size(const Bytes& message, std::size_t bytes_max) {
        if (message.size() > bytes_max)
            throw Violation(21, "a message of " + std::to_string(message.size()) + " bytes");
        town_.checked(21);
    }
    void remember(const Bytes& request) {
        constexpr std::size_t sniffed_max = 12;
        if (!dice_.chance(20)) return;
        town_.sniffed.push_back({token(), request, 0});
        if (town_.sniffed.size() > sniffed_max) town_.sniffed.pop_front();
    }
    /// False: nothing arrives.
    bool before_arrival(Bytes& request) {
        switch (fault_) {
            case Fault::drop_request: return false;
            case Fault::delay_days:
                town_.letters.push_back({token(), request, town_.now_ms() + dice_.below(5) * day_ms});
                return false;
            case Fault::truncate_request:
                request.resize(static_cast<std::size_t>(dice_.below(request.size() + 1)));
                return true;
            case Fault::flip_request: flip_bits(request, dice_); return true;
            case Fault::replay_request:
            case Fault::reorder:
                if (!town_.sniffed.empty()) {
                    const std::size_t last = town_.sniffed.size() - 1;
                    const auto& old = town_.sniffed[fault_ == Fault::reorder ? last : dice_.below(last + 1)];
                    if (fault_ == Fault::replay_request) town_.post(old.token, old.request);
                }
                return true;
            default: return true;
        }
    }
    void after_answer(const Bytes& request, server::Reply& reply) {
        switch (fault_) {
            case Fault::drop_answer: lost_ = true; break;
            case Fault::duplicate: {
                server::Reply second = town_.post(token(), request);
                if (dice_.chance(50)) reply = std::move(second);
                break;
            }
            case Fault::reorder:  // what was sent before arrives only now
                if (!town_.sniffed.empty()) town_.post(town_.sniffed.back().token, town_.sniffed.back().request);
                break;
            case Fault::truncate_answer:
                reply.body.resize(static_cast<std::size_t>(dice_.below(reply.body.size() + 1)));
                break;
            case Fault::flip_answer: flip_bits(reply.body, dice_); break;
            case Fault::replay_answer:
                if (town_.old_answers.count(token()) == 1)
                    std::tie(reply.body, heard_life_) = town_.old_answers[token()];
                break;
            case Fault::captive_portal: reply = {200, "text/html", portal(), {}}; break;
            case Fault::unavailable: reply = {503, "text/plain", "", {}}; break;
            case Fault::save_in_between: act_save(town_, device_, Fault::none, dice_); break;
            case Fault::move_in_between:
                if (move_meanwhile(town_, dice_)) town_.count(fault_);
                break;
            case Fault::compaction_in_between:
                if (compact_meanwhile(town_, dice_)) town_.count(fault_);
                break;
            case Fault::revoked_in_between:
                if (revoke_meanwhile(town_, device_)) town_.count(fault_);
                break;
            default: break;
        }
    }

    Town& town_;
    Device& device_;
    Fault fault_;
    Random& dice_;
    std::size_t at_, n_ = 0;
    bool lost_ = false, struck_ = false;
    int status_ = 200;
    std::uint64_t heard_life_ = ~std::uint64_t{0};
};

/// The phone's next step, in the phone's memory.
Result<std::optional<Bytes>> step(Town& town, Device& device, const Bytes& answer, Fault fault) {
    std::optional<OtherMemory> memory;
    if (fault == Fault::server_no_memory) memory.emplace();
    device.seat().names.reset();
    device.seat().streams = Seat::Streams::apart;
    return device.seat().phone->continue_sync(answer, town.clock_of(device));
}

/// Runs the session to its end, or to the first error.
Status run_session(Town& town, Device& device, Carrier& carrier, Fault fault) {
    std::optional<OtherMemory> memory;
    if (fault == Fault::server_no_memory) memory.emplace();
    DOORSTEP_TRY_ASSIGN(std::optional<Bytes> next, device.seat().phone->begin_sync());
    memory.reset();
    for (std::size_t n = 0; next; ++n) {
        if (n > round_trips_max) throw Violation(20, "a session of " + device.name + " does not end");
        DOORSTEP_TRY_ASSIGN(const Bytes answer, carrier.carry(std::move(*next)));
        DOORSTEP_TRY_ASSIGN(next, step(town, device, answer, fault));
    }
    return ok();
}

/// The session ended well: what this file's dots mean is settled with the server.
void settle(Town& town, Device& device, const Carrier& carrier, const ReplicaId& before) {
    Seat& seat = device.seat();
    const bool renamed = !(seat.phone->replica() == before);
    seat.server_life = carrier.server_life();
    seat.streams = Seat::Streams::together;
    seat.returned.clear();
    ++seat.syncs_today;
    ++town.tally.syncs;
    if (renamed) seat.open_saves.clear();
}

std::string said(const Status& status) {
    return std::string(error_name(status.error().code)) + ": " + status.error().detail;
}

}  // namespace

void flip_bits(Bytes& message, Random& dice) {
    for (std::uint64_t n = 1 + dice.below(3); n > 0 && !message.empty(); --n) {
        char& hit = message[static_cast<std::size_t>(dice.below(message.size()))];
        hit = static_cast<char>(hit ^ static_cast<char>(1 << dice.below(8)));
    }
}

void check_after_sync(Town& town, Device& device) {
    Seat& seat = device.seat();
    const OutboxStatus outbox = must_run(seat.phone->outbox(), "the outbox");
    const ChainTop there = must_run(town.witness().chain_top(seat.phone->replica()), "the witness");
    // 11: what the phone believes to be durable is there, unless the server became an older one since.
    const std::uint64_t believed = outbox.saved - outbox.only_here;
    if (seat.server_life == town.server_life() && believed > there.seq)
        throw Violation(11, device.name + " believes " + std::to_string(believed) +
                                " commits durable, the server has " + std::to_string(there.seq));
    town.checked(11);
    const SyncReport& report = seat.phone->sync_report();
    if (report.refolded + report.streams_in_doubt > 0)
        throw Violation(1, device.name + " came to other records than the server of the same commits");
    town.checked(1);
    // 10: what stands before the cursor is what the server has there.
    if (seat.access == Seat::Access::revoked) return;  // it is told of nothing any more
    const auto marks = must_run(seat.phone->streams(), "the cursors");
    for (const StreamMark& mark : marks) {
        if (mark.head.position == 0 || seat.server_life != town.server_life()) continue;
        if (!within(seat.areas, mark.head.stream.area)) continue;  // it waits for a purge, and is not spoken of
        if (town.server_life() > 1 && within(seat.returned, mark.head.stream.area)) continue;  // not compared yet
        const StreamMark server = must_run(town.witness().stream_mark(mark.head.stream), "the witness");
        const auto digest = must_run(town.witness().digest_at(server.no, mark.head.position), "the witness");
        if (!digest || *digest != mark.head.digest)
            throw Violation(10, "the cursor of " + device.name + " stands where the server's history is another");
        town.checked(10);
    }
}

Status plain_sync(Town& town, Device& device) {
    Random dice(1);
    constexpr int tries = 3;
    for (int attempt = 0;; ++attempt) {
        Carrier carrier(town, device, Fault::none, dice);
        const ReplicaId before = device.seat().phone->replica();
        const Status status = run_session(town, device, carrier, Fault::none);
        device.seat().names.reset();
        if (status) settle(town, device, carrier, before);
        if (status) carry_attachments(town, device, Fault::none, dice);
        if (status || carrier.status() != 401 || attempt == tries) return status;
        town.enrol_again(device.seat());
    }
}

void act_sync(Town& town, Device& device, Fault fault, Random& dice) {
    const bool at_phone = place_of(fault) == Place::phone, at_server = place_of(fault) == Place::server;
    const bool reads = disk_fault(fault) == DiskFault::read_error || disk_fault(fault) == DiskFault::corrupt_read;
    Random wire(dice.below(1'000'000));
    Carrier carrier(town, device, fault, wire);
    const ReplicaId before = device.seat().phone->replica();
    constexpr std::uint64_t calls_max = 40;
    // What is read is read at the start. Closed before: a bit that flips while a checkpoint copies a page is beyond
    // what SQLite can notice then.
    if (reads && at_phone) town.stop(device);
    if (reads && at_server) town.stop_server();
    Armed armed(town, at_server ? town.server_disk() : device.disk, at_phone || at_server ? fault : Fault::none,
                reads ? 12 : calls_max, dice);
    Status status = ok();
    if (reads && at_phone) status = town.start(device);
    if (reads && at_server) status = town.start_server();
    if (status && device.seat().phone) status = run_session(town, device, carrier, fault);
    const bool struck = armed.disarm() || carrier.struck();
    town.note(status ? "synced" : error_name(status.error().code));
    const bool died = armed.machine_died();
    if (died) {
        if (at_phone) {
            town.stop(device);
        } else {
            town.stop_server();
        }
        (at_phone ? device.disk : town.server_disk()).revive(dice);
    }
    if (at_server && (died || !status)) town.start_server_sound();  // it may die after its last answer
    if (!device.seat().phone) town.start_sound(device);
    device.seat().names.reset();
    if (status) settle(town, device, carrier, before);
    if (status && (place_of(fault) == Place::blob || wire.chance(50))) carry_attachments(town, device, fault, wire);
    if (carrier.status() == 401) return town.enrol_again(device.seat());
    if (!status && !struck) throw Violation(20, "a synchronisation of " + device.name + " failed: " + said(status));
    check_after_sync(town, device);
    if (status && leave_if_drained(town, device)) return;
    const Fault purged_under[] = {Fault::none,       Fault::none,       Fault::none,
                                  Fault::phone_kill, Fault::phone_full, Fault::phone_power_cut};
    if (status) purge_if_due(town, device, purged_under[dice.below(std::size(purged_under))], dice);
}

}  // namespace doorstep::sim
