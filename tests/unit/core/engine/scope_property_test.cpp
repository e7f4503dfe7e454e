// No part outside the scope in any answer (invariant 15): random scopes, commits over several streams, every message,
// at random places and in others' names.
#include <gtest/gtest.h>

#include "core/engine/blobs.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/random.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using CKind = Compartment::Kind;

/// One run: a chief who writes everywhere, and phones of random scopes who must find what is theirs and no more.
class ScopeWorld {
public:
    explicit ScopeWorld(std::uint64_t seed) : random_(seed) {
        world_.cut_chunks({1 + random_.below(3), 2 + random_.below(6), limits::run_bytes_max});
        for (const std::string_view where : {county, town, village, other_village, far_village})
            for (const Compartment& compartment :
                 {Compartment{}, Compartment{CKind::restricted, {}}, Compartment{CKind::sealed, record(1)},
                  Compartment{CKind::sealed, record(2)}})
                streams_.push_back({area(where), compartment});
        Scope all;
        all.areas = {area(county)};
        all.restricted = Scope::Restricted::yes;
        all.sealed = {record(1), record(2)};
        chief_ = &world_.enrol("chief", all);
        for (int i = 0; i < 4; ++i) readers_.push_back(&world_.enrol("reader" + std::to_string(i), any_scope()));
    }

    void write_some() {
        for (std::uint64_t n = 3 + random_.below(10); n > 0; --n) {
            std::vector<RecordEdit> edits;
            for (std::uint64_t parts = 1 + random_.below(3); parts > 0; --parts) {
                const std::size_t at = static_cast<std::size_t>(random_.below(streams_.size()));
                RecordEdit edit = new_household(village, words_of(at));
                edit.home = streams_[at];
                edits.push_back(edit);
                written_[at] = true;
            }
            must((*chief_)->save(edits, world_.now_ms()));
        }
        must(world_.sync(*chief_));
    }

    /// Synchronises everybody and listens; then asks what nobody should ask.
    void check_all() {
        for (Handset* reader : readers_) {
            must(world_.sync(*reader, [&](std::size_t n, Bytes message) {
                if (n % 2 == 1) check(*reader, message);
                return std::optional<Bytes>(std::move(message));
            }));
            for (int i = 0; i < 12; ++i) check(*reader, ask(*reader));
            EXPECT_EQ(disagreement(world_.hub(), *reader), "");
            world_.close(*reader);
            const Bytes file = decrypted_bytes(world_.options_of(*reader));
            check(*reader, file);
            for (std::size_t at = 0; at < streams_.size(); ++at) {
                if (!written_[at] || !reader->grant.covers(streams_[at])) continue;
                EXPECT_NE(file.find(words_of(at)), Bytes::npos) << "what is inside the scope is there";
            }
            world_.open(*reader);
        }
    }
    void change_scopes() {
        for (Handset* reader : readers_)
            if (random_.chance(50)) {
                const Scope wider = any_scope();  // nothing is taken away here: purge_test.cpp does that
                reader->grant.areas.insert(reader->grant.areas.end(), wider.areas.begin(), wider.areas.end());
                reader->grant.sealed.insert(reader->grant.sealed.end(), wider.sealed.begin(), wider.sealed.end());
            }
    }

private:
    static std::string words_of(std::size_t at) { return "<stream " + std::to_string(at) + ">"; }
    Scope any_scope() {
        static const std::vector<std::string_view> places = {county, town, village, other_village, other_town};
        Scope out;
        out.areas.push_back(area(random_.pick(places)));
        if (random_.chance(30)) out.areas.push_back(area(random_.pick(places)));
        if (random_.chance(50)) out.restricted = Scope::Restricted::yes;
        for (const int matter : {1, 2})
            if (random_.chance(40)) out.sealed.push_back(record(matter));
        return out;
    }
    void check(const Handset& reader, const Bytes& bytes) {
        for (std::size_t at = 0; at < streams_.size(); ++at) {
            if (reader.grant.covers(streams_[at])) continue;
            ASSERT_EQ(bytes.find(words_of(at)), Bytes::npos) << reader.name << " is told of stream " << at;
        }
    }
    /// An answer to a request made up at random.
    Bytes ask(const Handset& reader) {
        const Stream& stream = random_.pick(streams_);
        Hello hello;
        hello.replica = random_.chance(50) ? (*chief_)->replica() : reader.phone->replica();
        hello.summary = {random_.below(2), random_.below(2)};
        const std::uint64_t position = random_.below(4);
        const StreamMark mark = must(world_.hub().store().stream_mark(stream));
        const Digest there = must(world_.hub().store().digest_at(mark.no, position)).value_or(Digest{1, 1});
        Bytes request;
        write_frame(request, FrameKind::hello, hello.encode());
        switch (random_.below(4)) {
            case 0: write_frame(request, FrameKind::pull, Pull{{stream, position, there}, {}}.encode()); break;
            case 1: write_frame(request, FrameKind::fetch, Fetch{stream, position, position + 5}.encode()); break;
            case 2:
                write_frame(request, FrameKind::ranges, Ranges{stream, {{0, {}}, {1 + position, there}}}.encode());
                break;
            default: write_frame(request, FrameKind::pull, Pull{{stream, 0, {}}, {}}.encode());
        }
        return must(world_.hub().exchange(reader.grant, request, world_.now_ms()));
    }

    Random random_;
    World world_;
    std::vector<Stream> streams_;
    std::map<std::size_t, bool> written_;
    Handset* chief_ = nullptr;
    std::vector<Handset*> readers_;
};

TEST(ScopeProperty, NoPartOutsideTheScopeInAnyAnswer) {
    const Seeds range = seeds(15);
    for (std::uint64_t seed = range.first; seed < range.last; ++seed) {
        SCOPED_TRACE(replay(seed));
        ScopeWorld run(seed);
        for (int day = 0; day < 3; ++day) {
            run.write_some();
            run.check_all();
            if (testing::Test::HasFailure()) return;
            run.change_scopes();
        }
    }
}

}  // namespace
}  // namespace doorstep::test
