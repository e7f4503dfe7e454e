// tests/unit/server/api/static_files_test.cpp -- which file is answered, in which variant, and how long it may be kept.
#include "server/api/static_files.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/core/support/outcome.hpp"
#include "tests/unit/core/support/scratch.hpp"

namespace doorstep::server {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

class StaticFilesTest : public testing::Test {
protected:
    void write(const std::string& path, const std::string& body) {
        const std::filesystem::path file = scratch.path("web/" + path);
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << body;
    }
    Result<StaticFiles> read() { return StaticFiles::read(scratch.path("web")); }
    static std::optional<Reply> get(const StaticFiles& files, std::string path, Headers headers = {}) {
        return files.answer({"GET", std::move(path), "", std::move(headers), ""});
    }
    static std::string header(const Reply& reply, std::string_view name) {
        for (const auto& [key, value] : reply.headers)
            if (key == name) return value;
        return "";
    }
    test::Scratch scratch;
};

TEST_F(StaticFilesTest, Paths) {
    write("field/index.html", "phone");
    write("field/app.js", "code");
    write("field/.env", "secret");
    write("field/.git/config", "secret");
    write("outside.txt", "outside");
    std::filesystem::create_directories(scratch.path("elsewhere"));
    std::ofstream(scratch.path("elsewhere/secret.txt")) << "secret";
    std::filesystem::create_symlink(scratch.path("elsewhere"), scratch.path("web/field/link"));
    std::filesystem::create_symlink(scratch.path("elsewhere/secret.txt"), scratch.path("web/field/link.txt"));
    const StaticFiles files = test::must(read());
    EXPECT_EQ(files.size(), 3U);
    struct Row {
        const char* path;
        int status;  ///< 0: no answer
        const char* body;
    };
    const Row rows[] = {
        {"/field/index.html", 200, "phone"},
        {"/field/", 200, "phone"},
        {"/field", 308, ""},
        {"/field/app.js", 200, "code"},
        {"/outside.txt", 200, "outside"},
        {"/", 0, ""},
        {"/field/app", 0, ""},
        {"/field/app.js/", 0, ""},
        {"/field/../outside.txt", 0, ""},
        {"/field/%2e%2e/outside.txt", 0, ""},
        {"/../elsewhere/secret.txt", 0, ""},
        {"//outside.txt", 0, ""},
        {"/field//app.js", 0, ""},
        {"/field/.env", 0, ""},
        {"/field/.git/config", 0, ""},
        {"/field/link/secret.txt", 0, ""},
        {"/field/link.txt", 0, ""},
        {"/FIELD/app.js", 0, ""},
        {"outside.txt", 0, ""},
        {"", 0, ""},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.path);
        const auto reply = get(files, row.path);
        EXPECT_EQ(reply ? reply->status : 0, row.status);
        EXPECT_EQ(reply ? reply->body : "", row.body);
    }
    EXPECT_EQ(header(*get(files, "/field"), "Location"), "/field/");
    EXPECT_FALSE(files.answer({"POST", "/outside.txt", "", {}, ""}));
    EXPECT_EQ(files.answer({"HEAD", "/outside.txt", "", {}, ""})->body, "outside");  // whose length net tells
}

TEST_F(StaticFilesTest, TypesAndHowLongTheyKeep) {
    struct Row {
        const char* name;
        const char* type;
        const char* cache;
    };
    constexpr const char *again = "no-cache", *for_ever = "public, max-age=31536000, immutable";
    const Row rows[] = {
        {"index.html", "text/html; charset=utf-8", again},
        {"app.3f9a2c1b.js", "text/javascript; charset=utf-8", for_ever},
        {"app-3f9a2c1b.mjs", "text/javascript; charset=utf-8", for_ever},
        {"style-Bx3d9aZ0.css", "text/css; charset=utf-8", for_ever},
        {"core.0123456789abcdef.wasm", "application/wasm", for_ever},
        {"short.3f9a2c1.js", "text/javascript; charset=utf-8", again},
        {"report-20261129.json", "application/json", again},
        {"list-households.js", "text/javascript; charset=utf-8", again},
        {"app.js", "text/javascript; charset=utf-8", again},
        {"sw.js", "text/javascript; charset=utf-8", again},
        {"manifest.webmanifest", "application/manifest+json", again},
        {"icon.png", "image/png", again},
        {"icon.svg", "image/svg+xml", again},
        {"words.woff2", "font/woff2", again},
        {"plain", "application/octet-stream", again},
    };
    for (const Row& row : rows) write(row.name, "x");
    const StaticFiles files = test::must(read());
    for (const Row& row : rows) {
        SCOPED_TRACE(row.name);
        const auto reply = get(files, std::string("/") + row.name);
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->content_type, row.type);
        EXPECT_EQ(header(*reply, "Cache-Control"), row.cache);
        EXPECT_EQ(header(*reply, "Vary"), "");
        const bool page = std::string_view(row.type).starts_with("text/html");
        EXPECT_EQ(header(*reply, "Content-Security-Policy").find("'wasm-unsafe-eval'") != std::string::npos, page);
    }
}

TEST_F(StaticFilesTest, Variants) {
    write("app.js", "the longest");
    write("app.js.gz", "gzipped.");
    write("app.js.br", "brotli");
    write("app.js.zst", "zstd...");
    write("larger.js", "s");
    write("larger.js.gz", "larger");
    write("alone.gz", "an archive");
    const StaticFiles files = test::must(read());
    EXPECT_EQ(files.size(), 3U);
    struct Row {
        const char* accept;
        const char* coding;
    };
    for (const Row& row :
         {Row{"", ""}, Row{"identity", ""}, Row{"gzip", "gzip"}, Row{"gzip, deflate, br, zstd", "br"},
          Row{"zstd;q=0.5,gzip", "zstd"}, Row{"br;q=0, gzip;q=1.0", "gzip"}, Row{"br;q=0.0, gzip; q=0.000", ""},
          Row{"br;q=0.001", "br"}, Row{"xbr, brx", ""}, Row{"*", ""}, Row{"br ; q=1", "br"}}) {
        SCOPED_TRACE(row.accept);
        const auto reply = get(files, "/app.js", {{"accept-encoding", row.accept}});
        ASSERT_TRUE(reply);
        EXPECT_EQ(header(*reply, "Content-Encoding"), row.coding);
        EXPECT_EQ(header(*reply, "Vary"), "Accept-Encoding");
        EXPECT_EQ(reply->content_type, "text/javascript; charset=utf-8");
    }
    EXPECT_EQ(get(files, "/larger.js", {{"accept-encoding", "gzip"}})->body, "s");
    EXPECT_FALSE(get(files, "/app.js.br"));
    EXPECT_EQ(get(files, "/alone.gz")->body, "an archive");
}

TEST_F(StaticFilesTest, Conditional) {
    write("app.js", "the longest");
    write("app.js.gz", "gzipped");
    const StaticFiles files = test::must(read());
    const std::string plain = header(*get(files, "/app.js"), "ETag");
    const std::string gzip = header(*get(files, "/app.js", {{"accept-encoding", "gzip"}}), "ETag");
    EXPECT_EQ(plain.size(), 34U);
    EXPECT_NE(plain, gzip);
    struct Row {
        std::string if_none_match;
        int status;
    };
    for (const Row& row : {Row{plain, 304}, Row{"W/" + plain, 304}, Row{"\"x\", " + plain, 304}, Row{"*", 304},
                           Row{gzip, 200}, Row{"\"x\"", 200}, Row{"", 200}, Row{plain.substr(1), 200}}) {
        SCOPED_TRACE(row.if_none_match);
        const auto reply = get(files, "/app.js", {{"if-none-match", row.if_none_match}});
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->status, row.status);
        EXPECT_EQ(reply->body.empty(), row.status == 304);
        EXPECT_EQ(header(*reply, "ETag"), plain);
        EXPECT_EQ(header(*reply, "Cache-Control"), "no-cache");
    }
}

TEST_F(StaticFilesTest, FoldersThatAreRefused) {
    EXPECT_EQ(test::outcome(StaticFiles::read(scratch.path("missing"))), "bad_configuration");
    write("a b.js", "x");
    EXPECT_EQ(test::outcome(read()), "bad_configuration");
    std::filesystem::remove(scratch.path("web/a b.js"));
    write("ä.js", "x");
    EXPECT_EQ(test::outcome(read()), "bad_configuration");
    std::filesystem::remove(scratch.path("web/ä.js"));
    EXPECT_EQ(test::outcome(read()), "ok");
    for (std::size_t i = 0; i < static_files_max; ++i) write("f" + std::to_string(i), "");
    EXPECT_EQ(test::outcome(read()), "ok");
    write("one-more", "");
    EXPECT_EQ(test::outcome(read()), "bad_configuration");
}

}  // namespace
}  // namespace doorstep::server
