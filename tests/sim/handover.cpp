// A phone's words travel to the office as a file on a memory card (docs/handover.md): imported once or twice, days
// later, cut or changed.
#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "crypto/sealed_file.hpp"
#include "crypto/signature.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

constexpr std::uint64_t import_calls_max = 30;  // an import makes about that many

/// The key of the phone with this token.
crypto::KeyPair signing_key_of(const std::string& token) {
    crypto::Secret secret{};
    const Hash hash = sha256(token);
    std::copy(hash.bytes.begin(), hash.bytes.end(), secret.begin());
    return *crypto::KeyPair::derive(secret, crypto::sign_purpose);
}

std::uint64_t taken_up_to(Town& town, const ReplicaId& replica) {
    return must_run(town.witness().chain_top(replica), "the witness").seq;
}

/// Up to where it has all of the phone's saves; of others than the phone it may have got later ones.
std::uint64_t whole_up_to(Town& town, const ReplicaId& replica) {
    return must_run(town.witness().whole_top(replica), "the witness").seq;
}

/// Whether the office, which had the phone's saves up to `whole`, may refuse a file that nobody spoilt.
bool may_be_refused(Town& town, const CardFile& file, std::uint64_t whole, Errc code) {
    const bool copies = std::any_of(town.devices().begin(), town.devices().end(), [](const auto& device) {
        return !device->clone_of.empty() || device->was_put_back;
    });
    switch (code) {
        case Errc::chain_broken: return whole < file.after_seq;
        case Errc::forked: return copies || town.server_life() > 1;
        case Errc::unauthorized: return town.server_life() > file.server_life;
        case Errc::forbidden: return copies || town.server_life() > 1;
        default: return false;
    }
}

/// nullopt: it was refused, as it may be, or a fault struck.
std::optional<HandoverReceipt> import_file(Town& town, const CardFile& file, Fault fault, Random& dice) {
    std::optional<HandoverReceipt> receipt;
    const std::uint64_t whole = whole_up_to(town, file.replica);  // now: a fault is not to strike the witness
    const Status done = at_the_office(town, fault, import_calls_max, dice, [&]() -> Status {
        auto imported = town.storage().import_handover(file.signing_key, file.content, town.now_ms());
        if (imported) receipt = std::move(imported).value();
        if (!imported && !may_be_refused(town, file, whole, imported.error().code)) return imported.error();
        return ok();
    });
    town.note(receipt ? "imported" : done ? "refused" : error_name(done.error().code));
    if (receipt && taken_up_to(town, file.replica) < receipt->to_seq)
        throw Violation(11, "the office acknowledged a file that it does not have");
    if (receipt) town.checked(11);
    return receipt;
}

/// Refused, and nothing of it taken.
void import_spoilt(Town& town, CardFile file, Fault fault, Random& dice) {
    const Bytes whole = file.content;
    if (fault == Fault::file_cut)
        file.content.resize(static_cast<std::size_t>(dice.below(file.content.size())));
    else
        while (file.content == whole) flip_bits(file.content, dice);
    const std::uint64_t before = taken_up_to(town, file.replica);
    const auto imported = town.storage().import_handover(file.signing_key, file.content, town.now_ms());
    if (imported) throw Violation(21, "a file that was spoilt on its way is taken");
    if (taken_up_to(town, file.replica) != before) throw Violation(21, "a part of a spoilt file is taken");
    town.checked(21);
}

/// The office knows the phone's key since its enrolment; one that came back from an older copy enrols it again.
void make_known(Town& town, Seat& seat, const crypto::KeyPair& key) {
    server::Storage& office = town.storage();
    const std::string& token = seat.phone->enrolment()->token;
    if (!office.authenticate(token, town.now_ms())) town.enrol_again(seat);
    const server::Device device = must_run(office.authenticate(token, town.now_ms()), "a phone's device");
    server::AccessProof proof{key.public_key(), seat.phone->replica(), office.access_nonce(town.now_ms()), {}};
    proof.signature =
        *crypto::sign(key, device_statement(ProofPurpose::register_key, proof.public_key, proof.replica, proof.nonce));
    must_run(office.register_key(device, proof, town.now_ms()), "a phone's key");
}

}  // namespace

void act_hand_over(Town& town, Device& device, Fault fault, Random& dice) {
    Seat& seat = device.seat();
    if (must_run(seat.phone->outbox(), "the outbox").only_here == 0) act_save(town, device, Fault::none, dice);
    const HandoverContent content = must_run(seat.phone->hand_over(), "a hand-over");
    if (content.bytes.empty()) return;
    const crypto::KeyPair key = signing_key_of(seat.phone->enrolment()->token);
    CardFile file{key.public_key(), content.bytes, seat.phone->replica(), content.after_seq, town.server_life()};
    make_known(town, seat, key);
    const bool beside = place_of(fault) == Place::file;
    if (beside) town.count(fault);
    if (fault == Fault::file_cut || fault == Fault::file_flipped) import_spoilt(town, file, fault, dice);
    if (fault == Fault::file_late) {
        file.due_ms = town.now_ms() + dice.below(5) * day_ms;
        return town.files.push_back(std::move(file));
    }
    const auto first = import_file(town, file, beside ? Fault::none : fault, dice);
    if (fault != Fault::file_twice || !first) return;
    const auto second = import_file(town, file, Fault::none, dice);
    if (!second || second->taken != 0) throw Violation(5, "the same file again has an effect");
    town.checked(5);
}

void import_late_files(Town& town, Random& dice) {
    const std::deque<CardFile> files = std::move(town.files);
    town.files.clear();
    for (const CardFile& file : files)
        if (file.due_ms > town.now_ms())
            town.files.push_back(file);
        else
            import_file(town, file, Fault::none, dice);
}

}  // namespace doorstep::sim
