// Every message of the protocol, asked by every kind of device about every kind of stream: what lies outside the
// device's scope is answered as if it were not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/base/sha256.hpp"
#include "core/engine/blobs.hpp"
#include "core/sync/blob_message.hpp"
#include "core/sync/frame.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using CKind = Compartment::Kind;

constexpr std::uint32_t pictures = 9;
constexpr std::uint64_t office_bytes_max = 1 << 20;

Scope scope_of(std::string_view where, Scope::Restricted restricted, std::vector<RecordId> sealed) {
    Scope out;
    out.areas = {area(where)};
    out.restricted = restricted;
    out.sealed = std::move(sealed);
    return out;
}

/// The frames of an answer that are of this kind and about this stream.
template <class Message>
bool tells(const Bytes& answer, FrameKind kind, const Stream& stream) {
    FrameReader frames(answer);
    while (const auto frame = must(frames.next()))
        if (frame->kind == kind && must(Message::decode(frame->payload)).stream == stream) return true;
    return false;
}

/// One stream and what the office has there.
struct Place {
    std::string name;
    Stream stream;
    std::string words;
    RecordId record;
    BlobName blob;
};

class Compartments : public testing::Test {
protected:
    Compartments() {
        world.cut_chunks({2, 2, limits::run_bytes_max});
        for (const std::string_view where : {village, far_village})
            for (const Compartment& compartment :
                 {Compartment{}, Compartment{CKind::restricted, {}}, Compartment{CKind::sealed, matter}})
                fill({area(where), compartment});
        must(world.sync(chief));
        Form form;
        form.number = 7;
        form.version = 1;
        form.record_type = household;
        form.title = {"表单之内", "form"};
        form.fields.resize(1);
        form.fields[0].local = 1;
        form.fields[0].label = {"水源", "source"};
        for (const std::string_view where : {county, other_town}) {
            ++form.number;
            const RecordId made = must(world.hub().publish(form, area(where), "office", world.now_ms()));
            places.push_back(
                {"forms of " + std::string(where), {area(where), {CKind::forms, {}}}, "表单之内", made, {}});
        }
    }

    void fill(const Stream& stream) {
        Place place{
            stream.area.text() + "/" + std::to_string(static_cast<int>(stream.compartment.kind)), stream, {}, {}, {}};
        place.words = "words of " + place.name;
        const BlobNo draft = must(chief->blobs().begin());
        must(chief->blobs().append(draft, "picture of " + place.name));
        place.blob = must(chief->blobs().finish(draft, "image/jpeg"));
        RecordEdit edit = new_household(village, place.words);
        edit.home = stream;
        edit.fields.push_back({pictures, Kind::set, Op::Action::put, must(Value::attachment(place.blob)), {}});
        place.record = save(world, chief, edit);
        RecordEdit more = new_household(village, place.words + ", once more");
        more.home = stream;
        save(world, chief, more);
        places.push_back(place);
    }

    Bytes ask(const Grant& grant, FrameKind kind, const Bytes& payload) {
        Hello hello;
        hello.replica = replica(77);
        Bytes request;
        write_frame(request, FrameKind::hello, hello.encode());
        write_frame(request, kind, payload);
        return must(world.hub().exchange(grant, request, world.now_ms()));
    }
    Bytes carry(const Grant& grant, FrameKind kind, const Bytes& payload) {
        Bytes request;
        write_frame(request, kind, payload);
        return must(world.hub().blobs(office_bytes_max).answer(grant, request, world.now_ms()));
    }
    static FrameKind kind_of(const Bytes& answer) { return must(FrameReader(answer).next())->kind; }

    RecordId matter = record(3);
    World world;
    Handset& chief = world.enrol("chief", scope_of(county, Scope::Restricted::yes, {matter}));
    std::vector<Place> places;
};

TEST_F(Compartments, NoAnswerToAnyMessageTellsOfAStreamOutsideTheScope) {
    struct Asker {
        const char* name;
        Scope scope;
    };
    const Asker askers[] = {
        {"a village's cadre", scope_of(village, Scope::Restricted::no, {})},
        {"… who sees restricted records", scope_of(village, Scope::Restricted::yes, {})},
        {"… to whom the matter is opened", scope_of(village, Scope::Restricted::no, {matter})},
        {"… to whom another matter is opened", scope_of(village, Scope::Restricted::yes, {record(4)})},
        {"the other township's", scope_of(other_town, Scope::Restricted::yes, {matter})},
        {"the county's", scope_of(county, Scope::Restricted::no, {})},
        {"a revoked one", {}},
    };
    int serial = 0;
    struct Message {
        const char* name;
        std::function<bool(const Grant&, const Place&)> tells_of;
    };
    const auto pull = [&](const Grant& grant, const Place& place) {
        return ask(grant, FrameKind::pull, Pull{{place.stream, 0, {}}, {}}.encode());
    };
    const Message reads[] = {
        {"HEADS",
         [&](const Grant& grant, const Place& place) {
             const Bytes answer = ask(grant, FrameKind::pull, Pull{{stream("999999999999"), 0, {}}, {}}.encode());
             FrameReader frames(answer);
             while (const auto frame = must(frames.next())) {
                 if (frame->kind != FrameKind::heads) continue;
                 for (const StreamHead& head : must(Heads::decode(frame->payload)).streams)
                     if (head.stream == place.stream) return true;
             }
             return false;
         }},
        {"PULL",
         [&](const Grant& grant, const Place& place) { return pull(grant, place).find(place.words) != Bytes::npos; }},
        {"PULL, CHECKPOINT",
         [&](const Grant& grant, const Place& place) {
             const Bytes answer = pull(grant, place);
             FrameReader frames(answer);
             while (const auto frame = must(frames.next()))
                 if (frame->kind == FrameKind::checkpoint) return true;
             return false;
         }},
        {"PULL of another history",
         [&](const Grant& grant, const Place& place) {
             const Bytes answer = ask(grant, FrameKind::pull, Pull{{place.stream, 9, Digest{1, 2}}, {}}.encode());
             return tells<Differs>(answer, FrameKind::differs, place.stream);
         }},
        {"RANGES",
         [&](const Grant& grant, const Place& place) {
             const Ranges ranges{place.stream, {{0, {}}, {1, Digest{1, 2}}}};
             return tells<Differs>(ask(grant, FrameKind::ranges, ranges.encode()), FrameKind::differs, place.stream);
         }},
        {"OFFER",
         [&](const Grant& grant, const Place& place) {
             const Offer offer{place.stream, {{dot(66, 1), head_of(sha256("?"))}}};
             return tells<Wanted>(ask(grant, FrameKind::offer, offer.encode()), FrameKind::wanted, place.stream);
         }},
        {"FETCH",
         [&](const Grant& grant, const Place& place) {
             const Bytes answer = ask(grant, FrameKind::fetch, Fetch{place.stream, 0, 1}.encode());
             return answer.find(place.words) != Bytes::npos;
         }},
        {"BRING",
         [&](const Grant& grant, const Place& place) {
             Chain chain(replica(100 + ++serial), "somebody");
             Bring bring{place.stream, 0, {}, {}, {}};
             const std::string words = "brought " + std::to_string(serial);
             bring.entries.emplace_back(chain.commit(
                 {part(place.stream, {{record(9), household, {put(field::summary, Kind::value, text(words))}}})}));
             ask(grant, FrameKind::bring, bring.encode());
             for (const UnprovedCommit& kept : must(world.hub().unproved(1000)))
                 if (kept.commit.header.dot.replica == chain.replica()) return true;
             return false;
         }},
        {"BLOB_GET",
         [&](const Grant& grant, const Place& place) {
             const Bytes answer = carry(grant, FrameKind::blob_get, BlobGet{place.blob.hash, 0}.encode());
             const auto refused = must(BlobRefused::decode(must(FrameReader(answer).next())->payload));
             return refused.code == static_cast<std::uint32_t>(Errc::not_here_yet);
         }},
    };
    const Message writes[] = {
        {"PUSH",
         [&](const Grant& grant, const Place& place) {
             Chain chain(replica(100 + ++serial), grant.author);
             Hello hello;
             hello.replica = chain.replica();
             hello.top_seq = 1;
             PushContext context{chain.replica(), {}};
             const Part written = part(
                 place.stream, {{record(100 + serial), household, {put(field::summary, Kind::value, text("pushed"))}}});
             Bytes request;
             write_frame(request, FrameKind::hello, hello.encode());
             write_frame(request, FrameKind::push, Push{{chain.commit({written})}}.encode(context));
             const Bytes answer = must(world.hub().exchange(grant, request, world.now_ms()));
             const Welcome welcome = must(Welcome::decode(must(FrameReader(answer).next())->payload));
             EXPECT_EQ(welcome.durable_seq, 1U) << "taken or held, it is acknowledged";
             return welcome.held.empty();
         }},
        {"BLOB_PUT",
         [&](const Grant& grant, const Place& place) {
             const Bytes answer =
                 carry(grant, FrameKind::blob_put, BlobPut{place.blob.hash, place.blob.size, 0, {}}.encode());
             return kind_of(answer) == FrameKind::blob_have;
         }},
    };
    for (const Asker& asker : askers) {
        const Grant grant{asker.scope, "asker"};
        for (const Place& place : places) {
            const bool has_picture = place.blob.size > 0;
            for (const Message& message : reads) {
                SCOPED_TRACE(std::string(asker.name) + ", " + place.name + ", " + message.name);
                if (!has_picture && std::string_view(message.name) == "BLOB_GET") continue;
                EXPECT_EQ(message.tells_of(grant, place), grant.covers(place.stream));
            }
            for (const Message& message : writes) {
                SCOPED_TRACE(std::string(asker.name) + ", " + place.name + ", " + message.name);
                if (!has_picture && std::string_view(message.name) == "BLOB_PUT") continue;
                EXPECT_EQ(message.tells_of(grant, place), grant.writes(place.stream));
            }
        }
    }
}

TEST_F(Compartments, APhoneWritesIntoACompartmentOnlyWhenItIsGranted) {
    struct Row {
        const char* name;
        Scope scope;
        Compartment compartment;
        const char* outcome;
    };
    const Row rows[] = {
        {"restricted without the right",
         scope_of(village, Scope::Restricted::no, {}),
         {CKind::restricted, {}},
         "forbidden"},
        {"restricted", scope_of(village, Scope::Restricted::yes, {}), {CKind::restricted, {}}, "ok"},
        {"sealed, not named", scope_of(village, Scope::Restricted::yes, {}), {CKind::sealed, matter}, "forbidden"},
        {"sealed", scope_of(village, Scope::Restricted::no, {matter}), {CKind::sealed, matter}, "ok"},
        {"among the forms", scope_of(village, Scope::Restricted::yes, {}), {CKind::forms, {}}, "forbidden"},
        {"elsewhere", scope_of(other_village, Scope::Restricted::yes, {}), {}, "unknown_area"},
    };
    int n = 0;
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        Handset& phone = world.enrol("phone" + std::to_string(++n), row.scope);
        RecordEdit edit = new_household(village, "一句话");
        edit.home.compartment = row.compartment;
        EXPECT_EQ(outcome(phone->save({edit}, world.now_ms())), row.outcome);
        must(world.sync(phone));
        EXPECT_TRUE(must(phone->outbox()).held.empty()) << "the office asks the same question";
    }
}

TEST_F(Compartments, AnExistingRecordIsEditedOnlyWithinTheScopeToo) {
    Enrolment narrowed = *chief->enrolment();
    narrowed.sealed.clear();
    must(chief->enrol(narrowed));
    for (const Place& place : places) {
        if (place.blob.size == 0) continue;
        SCOPED_TRACE(place.name);
        const bool sealed = place.stream.compartment.kind == CKind::sealed;
        EXPECT_EQ(outcome(chief->save({set_text(place.record, field::summary, "改")}, world.now_ms())),
                  sealed ? "forbidden" : "ok");
    }
}

TEST_F(Compartments, OneSaveOverSeveralIsWholeOnlyForWhoSeesThemAll) {
    Handset& plain = world.add("plain", {village});
    Handset& opened = world.enrol("opened", scope_of(village, Scope::Restricted::yes, {matter}));
    RecordEdit open = new_household(village, "明面上的话"), sealed = new_household(village, "检举乡里的话");
    sealed.home.compartment = {CKind::sealed, matter};
    const auto ids = must(chief->save({open, sealed}, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(opened->read(ids[1])).text(field::summary), "检举乡里的话");
    EXPECT_EQ(must(plain->read(ids[0])).text(field::summary), "明面上的话");
    EXPECT_EQ(outcome(plain->read(ids[1])), "not_found");
    EXPECT_TRUE(succeeds(plain->verify()));
    EXPECT_EQ(disagreement(world.hub(), plain), "");
    world.close(plain);
    const Bytes all = decrypted_bytes(world.options_of(plain));
    EXPECT_THAT(all, HasSubstr("明面上的话"));
    EXPECT_THAT(all, Not(HasSubstr("检举乡里的话")));
    EXPECT_THAT(all, Not(HasSubstr(ids[1].view())));
    EXPECT_THAT(all, Not(HasSubstr(matter.view())));
}

TEST_F(Compartments, RecordsOfTwoAreNeverOneThing) {
    const Place &open = places[0], &sealed = places[2];
    ASSERT_EQ(sealed.stream.compartment.kind, CKind::sealed);
    EXPECT_EQ(outcome(chief->mark_same(open.record, sealed.record, world.now_ms())), "invalid_argument");
    // A modified app that links them all the same joins nothing.
    RecordEdit there{open.record, household, {}, {}}, back{sealed.record, household, {}, {}};
    there.fields = {{65'534, Kind::set, Op::Action::put, Value::record(sealed.record), {}}};
    back.fields = {{65'534, Kind::set, Op::Action::put, Value::record(open.record), {}}};
    must(chief->save({there, back}, world.now_ms()));
    must(world.sync_all());
    EXPECT_EQ(must(chief->read(open.record)).members.size(), 1U);
    EXPECT_EQ(must(chief->read(sealed.record)).text(field::summary), sealed.words);
    EXPECT_EQ(must(world.hub().read(open.record)).members.size(), 1U);
}

}  // namespace
}  // namespace doorstep::test
