// Somebody with a valid token and a program of their own: whatever is sent, the server stands, holds or refuses it, and
// nobody else is any the worse.
#include "core/base/limits.hpp"
#include "core/sync/exchange.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/make.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

/// A device of nobody's people, enrolled for the village.
struct Stranger {
    std::string token;
    ReplicaId replica;

    explicit Stranger(Town& town) {
        const EntropySeed seed = town.draw_seed();
        const Hash secret = sha256(BytesView(reinterpret_cast<const char*>(seed.data()), seed.size()));
        token = secret.hex();
        replica = ReplicaId::from(sha256(secret.view()).view().substr(0, ReplicaId::size)).value();
        const server::Device device{"stranger", "cadre", "stranger", {{test::area(test::village)}, {}, {}}};
        const auto code = must_run(town.storage().create_enrolment(device, 600'000, town.now_ms()), "a code");
        must_run(town.storage().enrol(code.text, token, replica, town.now_ms()), "an enrolment");
    }
};

Bytes hello_of(const ReplicaId& replica, std::uint64_t base_seq, const HashHead& base, std::uint64_t top) {
    Hello hello;
    hello.replica = replica;
    hello.base_seq = base_seq;
    hello.base_hash = base;
    hello.top_seq = top;
    Bytes message;
    write_frame(message, FrameKind::hello, hello.encode());
    return message;
}

void add_push(Bytes& message, std::vector<Commit> commits, const ReplicaId& replica, const ChainTop& before) {
    PushContext context{replica, before};
    write_frame(message, FrameKind::push, Push{std::move(commits)}.encode(context));
}

Bytes forged_seq(const Stranger& stranger, Random& dice) {
    test::Chain chain(stranger.replica, "stranger");
    Commit commit = chain.commit({test::summary_part(test::village, 9, "forged")});
    commit.header.dot.seq = 2 + dice.below(1'000'000);
    Bytes message = hello_of(stranger.replica, 0, {}, commit.header.dot.seq);
    add_push(message, {commit}, stranger.replica, {});
    return message;
}

Bytes wrong_chain(const Stranger& stranger) {
    test::Chain chain(stranger.replica, "stranger");
    const Commit first = chain.commit({test::summary_part(test::village, 9, "one")});
    const Commit second = chain.commit({test::summary_part(test::village, 9, "two")});
    Bytes message = hello_of(stranger.replica, 1, head_of(sha256("no such commit")), 2);
    add_push(message, {second}, stranger.replica, {1, first.header.hash()});
    return message;
}

Bytes poison(const Stranger& stranger, Random& dice) {
    test::Chain chain(stranger.replica, dice.chance(50) ? "user1" : "stranger");  // in another's name: held
    std::vector<Commit> commits;
    commits.push_back(chain.commit_packed({Bytes(static_cast<std::size_t>(1 + dice.below(200)), '\xff')}));
    const Op op{test::field::summary, Kind::set, Op::Action::put, 0, test::text("of another kind"), {}};
    commits.push_back(
        chain.commit({test::part(test::stream(test::village), {{test::record(9), test::household, {op}}})}));
    commits.push_back(chain.commit({test::summary_part("999999999999", 9, "nowhere")}));
    Bytes message = hello_of(stranger.replica, 0, {}, 3);
    add_push(message, std::move(commits), stranger.replica, {});
    return message;
}

Bytes hostile_length(const Stranger& stranger, Random& dice) {
    Bytes message = hello_of(stranger.replica, 0, {}, 1);
    Bytes payload;
    Writer out(payload);
    out.varint(dice.chance(50) ? ~std::uint64_t{0} : 1 + dice.below(1 << 20));  // of commits that are not there
    for (std::uint64_t n = dice.below(64); n > 0; --n) out.u8(static_cast<std::uint8_t>(dice.below(256)));
    write_frame(message, dice.chance(80) ? FrameKind::push : FrameKind::pull, payload);
    if (dice.chance(30)) message += Bytes("\x02\xff\xff\xff\xff\x0f", 6);
    return message;
}

}  // namespace

void act_hostile(Town& town, Device& device, Fault fault, Random& dice) {
    Stranger stranger(town);
    // Speaks for somebody else's phone. An id that the server has not met yet is nobody's, and nobody can know it.
    const ReplicaId& theirs = device.seat().phone->replica();
    // Nor is one of which a restored server has lost whose it is (docs/simulation.md, Open).
    const bool known = town.server_life() == 1 && must_run(town.witness().chain_top(theirs), "the witness").seq > 0;
    if (fault == Fault::forged_seq && known && dice.chance(50)) stranger.replica = theirs;
    const Bytes request = fault == Fault::forged_seq      ? forged_seq(stranger, dice)
                          : fault == Fault::wrong_chain   ? wrong_chain(stranger)
                          : fault == Fault::poison_commit ? poison(stranger, dice)
                                                          : hostile_length(stranger, dice);
    const std::uint64_t before = must_run(town.witness().chain_top(stranger.replica), "the witness").seq;
    const server::Reply reply = town.post(stranger.token, request);
    const std::uint64_t after = must_run(town.witness().chain_top(stranger.replica), "the witness").seq;
    if (reply.status >= 500)
        throw Violation(21,
                        std::string(fault_name(fault)) + " makes the server answer " + std::to_string(reply.status));
    if (fault != Fault::poison_commit && after != before)
        throw Violation(16, std::string(fault_name(fault)) + " was taken into a chain");
    if (fault == Fault::poison_commit && after != before + 3)
        throw Violation(20, "a commit that cannot be applied is not taken and held");
    town.checked(21);
    town.count(fault);
    act_save(town, device, Fault::none, dice);
}

}  // namespace doorstep::sim
