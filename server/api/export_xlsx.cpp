// XLSX by libxlsxwriter, a row at a time into a file of the system's temporary folder; given out once it is whole.
#include <unistd.h>
#include <xlsxwriter.h>

#include <cstdio>
#include <filesystem>

#include "server/api/export_writer.hpp"

namespace doorstep::server {
namespace {

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t cell_bytes_max = 32'767;  // characters, says the format; bytes are never fewer

/// UTF-8 cut at the end of a character.
std::string cut(std::string text) {
    if (text.size() <= cell_bytes_max) return text;
    constexpr std::string_view more = "…";
    std::size_t end = cell_bytes_max - more.size();
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + std::string(more);
}

class XlsxWriter final : public ExportWriter {
public:
    explicit XlsxWriter(RecordTable table) : table_(table) {}
    ~XlsxWriter() override {
        if (book_) static_cast<void>(workbook_close(book_));
        if (file_) std::fclose(file_);
        std::error_code gone;
        if (!path_.empty()) std::filesystem::remove(path_, gone);
    }
    XlsxWriter(const XlsxWriter&) = delete;
    XlsxWriter& operator=(const XlsxWriter&) = delete;

    Result<std::string> begin() override {
        std::error_code failed;
        std::string path = (std::filesystem::temp_directory_path(failed) / "doorstep-export-XXXXXX").string();
        const int made = ::mkstemp(path.data());  // 0600
        if (made < 0) return Error{Errc::io, "no temporary file can be made"};
        ::close(made);
        path_ = path;
        lxw_workbook_options options{};
        options.constant_memory = LXW_TRUE;
        book_ = workbook_new_opt(path_.c_str(), &options);
        sheet_ = book_ ? workbook_add_worksheet(book_, nullptr) : nullptr;
        lxw_format* bold = sheet_ ? workbook_add_format(book_) : nullptr;
        if (!bold) return Error{Errc::out_of_memory, "the sheet"};
        format_set_bold(bold);
        worksheet_freeze_panes(sheet_, 1, 0);
        DOORSTEP_TRY(write(table_.heading(), bold));
        return std::string();
    }

    Result<std::string> add(const RecordView& record) override {
        DOORSTEP_TRY(write(table_.row(record), nullptr));
        return std::string();
    }

    Result<std::optional<std::string>> end() override {
        if (book_) {
            const lxw_error failed = workbook_close(std::exchange(book_, nullptr));
            if (failed != LXW_NO_ERROR) return Error{Errc::io, "the sheet cannot be written"};
            file_ = std::fopen(path_.c_str(), "rb");
        }
        if (!file_) return Error{Errc::io, "the sheet cannot be read"};
        std::string piece(piece_bytes, '\0');
        piece.resize(std::fread(piece.data(), 1, piece.size(), file_));
        if (std::ferror(file_) != 0) return Error{Errc::io, "the sheet cannot be read"};
        return piece.empty() ? std::optional<std::string>() : std::optional<std::string>(std::move(piece));
    }

private:
    Status write(const std::vector<std::string>& cells, lxw_format* format) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (cells[i].empty()) continue;
            const std::string text = cut(cells[i]);
            const lxw_error failed =
                worksheet_write_string(sheet_, row_, static_cast<lxw_col_t>(i), text.c_str(), format);
            if (failed != LXW_NO_ERROR) return Error{Errc::io, "a cell cannot be written"};
        }
        ++row_;
        return ok();
    }

    RecordTable table_;
    std::string path_;
    lxw_workbook* book_ = nullptr;
    lxw_worksheet* sheet_ = nullptr;
    lxw_row_t row_ = 0;
    std::FILE* file_ = nullptr;
};

}  // namespace

std::unique_ptr<ExportWriter> xlsx_writer(const RecordSchema& schema, const Divisions& divisions, Language language) {
    return std::make_unique<XlsxWriter>(RecordTable(schema, divisions, language));
}

}  // namespace doorstep::server
