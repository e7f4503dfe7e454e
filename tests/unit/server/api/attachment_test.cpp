// Uploads as values: where one stands after whatever was cut, what becomes of it, and what its record then holds.
#include <gtest/gtest.h>

#include "core/base/limits.hpp"
#include "core/base/sha256.hpp"
#include "server/api/byte_range.hpp"
#include "server/api/tus.hpp"
#include "tests/unit/core/support/world.hpp"
#include "tests/unit/server/api/office_world.hpp"

namespace doorstep::server {
namespace {

constexpr std::string_view village = "341222101202";
constexpr std::uint64_t quota = 4 * 1024 * 1024;

/// Bytes of which no two chunks are alike.
Bytes picture(std::size_t bytes, char tone = 'p') {
    Bytes out(bytes, tone);
    for (std::size_t at = 0; at < bytes; at += 1'000)
        out.replace(at, 8, std::to_string(10'000'000 + at).substr(0, std::min<std::size_t>(8, bytes - at)));
    return out;
}

class Uploads : public testing::Test {
protected:
    Uploads() {
        storage().set_bytes_max(quota);
        phone = world.enrolled("李明", village);
        record = must(phone->save({test::new_household(village, "一户三人")}, ++world.now_ms)).front();
        world.sync(*phone);
    }
    Attachments& storage() { return world.storage->attachments(); }
    Result<Upload> begin(std::uint64_t size, const std::string& staff = "窗口甲") {
        return storage().begin({staff, record, size, "image/jpeg"}, world.now_ms);
    }
    /// What the office has of it.
    Bytes content(const Hash& hash) {
        Bytes out;
        const BlobStanding standing = must(storage().standing(hash));
        for (std::uint64_t at = 0; at < standing.size; at += limits::chunk_bytes)
            out += must(storage().read(hash, at / limits::chunk_bytes));
        return out;
    }
    std::vector<BlobName> named() {
        std::vector<BlobName> out;
        for (const FieldView& field : must(world.storage->history(record)).record.fields)
            for (const ValueView& value : field.values)
                if (value.value.type() == ValueType::attachment) out.push_back(value.value.as_attachment());
        return out;
    }

    OfficeWorld world;
    std::unique_ptr<Phone> phone;
    RecordId record;
};

TEST_F(Uploads, StandAtAnyByteAndBecomeTheRecords) {
    constexpr std::size_t chunk = limits::chunk_bytes;
    struct Row {
        const char* name;
        std::size_t size;
        std::vector<std::size_t> pieces;
    };
    const Row rows[] = {{"one byte", 1, {1}},
                        {"a chunk less one", chunk - 1, {chunk - 1}},
                        {"a chunk", chunk, {chunk}},
                        {"a chunk and one", chunk + 1, {chunk + 1}},
                        {"cut around the chunk's end", 2 * chunk, {chunk - 1, 2, chunk - 1}},
                        {"byte by byte at the end", chunk + 3, {chunk, 1, 1, 1}},
                        {"an empty piece between", chunk + 3, {7, 0, chunk - 7, 3}},
                        {"one piece of several chunks", 3 * chunk + 9, {5, 3 * chunk + 4}}};
    char tone = 'a';
    std::size_t before = 0;
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const Bytes file = picture(row.size, tone++);
        Upload upload = must(begin(row.size));
        for (const std::size_t bytes : row.pieces) {
            EXPECT_EQ(must(storage().find(upload.id, world.now_ms)).offset, upload.offset);
            EXPECT_FALSE(upload.attachment);
            upload = must(storage().append(upload.id, upload.offset, BytesView(file).substr(upload.offset, bytes),
                                           ++world.now_ms));
        }
        ASSERT_TRUE(upload.attachment);
        EXPECT_EQ(*upload.attachment, sha256(file));
        EXPECT_EQ(content(*upload.attachment), file);
        const std::vector<BlobName> names = named();
        ASSERT_EQ(names.size(), ++before);
        EXPECT_TRUE(std::any_of(names.begin(), names.end(), [&](const BlobName& name) {
            return name.hash == *upload.attachment && name.size == row.size && name.media == "image/jpeg";
        }));
        EXPECT_EQ(must(storage().append(upload.id, upload.offset, "", world.now_ms)).attachment, upload.attachment);
    }
    EXPECT_TRUE(world.failures.empty());
}

TEST_F(Uploads, ReachPhonesThroughTheRouteTheySynchroniseBy) {
    const Bytes file = picture(2 * limits::chunk_bytes + 5), theirs = picture(limits::chunk_bytes + 1, 'q');
    const Upload upload = must(begin(file.size()));
    must(storage().append(upload.id, 0, file, world.now_ms));
    BlobShelf shelf = phone->blobs();
    const BlobNo draft = must(shelf.begin());
    must(shelf.append(draft, BytesView(theirs).substr(0, limits::chunk_bytes)));
    must(shelf.append(draft, BytesView(theirs).substr(limits::chunk_bytes)));
    const BlobName name = must(shelf.finish(draft, "image/png"));
    const FieldSchema& field = *record_schema("household")->field("attachments");
    must(phone->save({{record, 1, {}, {{field.id, field.kind, Op::Action::put, must(Value::attachment(name)), {}}}}},
                     ++world.now_ms));
    world.sync(*phone);
    BlobCourier courier(phone->blobs());
    std::optional<Bytes> request = must(courier.begin());
    while (request) {
        const Reply reply =
            world.ask("POST", "/sync/v1", *request, {{"authorization", "Bearer " + phone->enrolment()->token}});
        ASSERT_EQ(reply.status, 200) << reply.body;
        request = must(courier.next(reply.body));
    }
    EXPECT_EQ(courier.received_bytes(), file.size());
    EXPECT_EQ(courier.sent_bytes(), theirs.size());
    EXPECT_EQ(content(name.hash), theirs) << "from the phone to the office";
    Bytes got;
    for (std::uint64_t n = 0; n < 3; ++n) got += must(phone->blobs().read(sha256(file), n));
    EXPECT_EQ(got, file) << "from the office to the phone";
}

TEST_F(Uploads, AreRefusedWithoutATrace) {
    const Bytes file = picture(1'000);
    EXPECT_EQ(begin(0).error().code, Errc::invalid_argument);
    EXPECT_EQ(begin(limits::blob_bytes_max + 1).error().code, Errc::invalid_argument);
    EXPECT_EQ(begin(quota + 1).error().code, Errc::quota_exceeded);
    const Upload upload = must(begin(file.size()));
    EXPECT_EQ(begin(quota - 999).error().code, Errc::quota_exceeded) << "what was begun takes up its room";
    const auto append = [&](std::uint64_t offset, BytesView bytes) {
        const auto done = storage().append(upload.id, offset, bytes, world.now_ms);
        return done ? "ok" : std::string(error_name(done.error().code));
    };
    EXPECT_EQ(append(1, file), "stale_decision");
    EXPECT_EQ(append(0, file + "x"), "payload_too_large");
    EXPECT_EQ(must(storage().find(upload.id, world.now_ms)).offset, 0U);
    EXPECT_TRUE(named().empty());
    EXPECT_EQ(append(0, file), "ok");
    EXPECT_EQ(append(1'000, "x"), "payload_too_large");
}

// The last bytes and the record's save are one transaction.
TEST_F(Uploads, WithoutItsRecordAnUploadDoesNotEnd) {
    const Bytes file = picture(1'000);
    record = test::record(99);
    const Upload upload = must(begin(file.size()));
    must(storage().append(upload.id, 0, BytesView(file).substr(0, 999), world.now_ms));
    EXPECT_EQ(storage().append(upload.id, 999, BytesView(file).substr(999), world.now_ms).error().code,
              Errc::not_found);
    EXPECT_EQ(must(storage().find(upload.id, world.now_ms)).offset, 999U);
    EXPECT_EQ(must(storage().standing(sha256(file))).presence, BlobStanding::Presence::unknown);
    must(storage().abandon(upload.id, world.now_ms));
    EXPECT_EQ(storage().find(upload.id, world.now_ms).error().code, Errc::not_found);
}

TEST_F(Uploads, AreForgottenAfterTheirTime) {
    const Bytes file = picture(limits::chunk_bytes + 7);
    const Upload first = must(begin(file.size())), second = must(begin(file.size())), whole = must(begin(file.size()));
    must(storage().append(first.id, 0, file.substr(0, limits::chunk_bytes), world.now_ms));
    const Hash name = *must(storage().append(whole.id, 0, file, world.now_ms)).attachment;
    world.now_ms += upload_ms - 1;
    must(storage().append(second.id, 0, "x", world.now_ms));
    EXPECT_EQ(must(storage().forget_expired(100, world.now_ms)), 0U);
    world.now_ms += 1;
    EXPECT_EQ(storage().find(first.id, world.now_ms).error().code, Errc::not_found);
    EXPECT_EQ(must(storage().forget_expired(1, world.now_ms)), 1U);
    EXPECT_EQ(must(storage().forget_expired(100, world.now_ms)), 1U);
    EXPECT_EQ(must(storage().find(second.id, world.now_ms)).offset, 1U) << "bytes came meanwhile";
    EXPECT_EQ(content(name), file) << "what is whole is the record's";
}

TEST_F(Uploads, OfOneAccountAreFew) {
    for (std::size_t i = 0; i < uploads_a_person_max; ++i) must(begin(10));
    EXPECT_EQ(begin(10).error().code, Errc::too_many_attempts);
    must(begin(10, "窗口乙"));
}

TEST(ByteRanges, AsTheRfcHasThem) {
    using Of = ByteRange::Of;
    struct Row {
        const char* header;
        Of of;
        std::uint64_t first, end;
    };
    const Row rows[] = {{"", Of::whole, 0, 100},
                        {"bytes=0-", Of::part, 0, 100},
                        {"bytes=0-0", Of::part, 0, 1},
                        {"bytes=99-99", Of::part, 99, 100},
                        {"bytes=10-1000", Of::part, 10, 100},
                        {"bytes=100-", Of::none, 0, 0},
                        {"bytes=-1", Of::part, 99, 100},
                        {"bytes=-1000", Of::part, 0, 100},
                        {"bytes=-0", Of::none, 0, 0},
                        {"bytes=5-4", Of::whole, 0, 100},
                        {"bytes=0-1,5-6", Of::whole, 0, 100},
                        {"bytes=-", Of::whole, 0, 100},
                        {"bytes=a-b", Of::whole, 0, 100},
                        {"bytes=18446744073709551616-", Of::whole, 0, 100},
                        {"lines=0-1", Of::whole, 0, 100}};
    for (const Row& row : rows) {
        const ByteRange got = byte_range(row.header, 100);
        EXPECT_EQ(got.of, row.of) << row.header;
        EXPECT_EQ(got.first, row.first) << row.header;
        EXPECT_EQ(got.end, row.end) << row.header;
    }
}

TEST(TusHeaders, TimesAreOfTheRfc) { EXPECT_EQ(http_time(784'111'777'000), "Sun, 06 Nov 1994 08:49:37 GMT"); }

}  // namespace
}  // namespace doorstep::server
