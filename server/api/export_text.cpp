// Exports that are text: CSV, NDJSON and GeoJSON.
#include <limits>
#include <nlohmann/json.hpp>

#include "json/record_json.hpp"
#include "server/api/export_writer.hpp"

namespace doorstep::server {
namespace {

using nlohmann::json;

constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();
constexpr std::size_t xlsx_rows_max = 1'048'575;  // of a sheet, below its heading

constexpr ExportFormat formats[] = {
    {"csv", "text/csv; charset=utf-8", "csv", unlimited, csv_writer},
    {"ndjson", "application/x-ndjson", "ndjson", unlimited, ndjson_writer},
    {"geojson", "application/geo+json", "geojson", unlimited, geojson_writer},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", xlsx_rows_max, xlsx_writer},
};

/// Text that ends with its last record.
class TextWriter : public ExportWriter {
public:
    Result<std::optional<std::string>> end() final {
        if (ended_ == Ended::yes) return std::optional<std::string>();
        ended_ = Ended::yes;
        return std::optional<std::string>(closing());
    }

private:
    virtual std::string closing() const { return {}; }
    enum class Ended { no, yes } ended_ = Ended::no;
};

class CsvWriter final : public TextWriter {
public:
    explicit CsvWriter(RecordTable table) : table_(table) {}
    Result<std::string> begin() override { return "\xEF\xBB\xBF" + line(table_.heading()); }
    Result<std::string> add(const RecordView& record) override { return line(table_.row(record)); }

private:
    static std::string cell(std::string text) {
        constexpr std::string_view formula = "=+-@\t\r", needs_quotes = ",\"\r\n";
        if (!text.empty() && formula.find(text.front()) != std::string_view::npos) text.insert(text.begin(), '\'');
        if (text.find_first_of(needs_quotes) == std::string::npos) return text;
        std::string out = "\"";
        for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
        return out + "\"";
    }
    static std::string line(const std::vector<std::string>& cells) {
        std::string out;
        for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : ",") + cell(cells[i]);
        return out + "\r\n";
    }

    RecordTable table_;
};

class NdjsonWriter final : public TextWriter {
public:
    explicit NdjsonWriter(const Divisions& divisions) : divisions_(divisions) {}
    Result<std::string> begin() override { return std::string(); }
    Result<std::string> add(const RecordView& record) override { return to_json(record, divisions_).dump() + "\n"; }

private:
    const Divisions& divisions_;
};

class GeojsonWriter final : public TextWriter {
public:
    GeojsonWriter(const RecordSchema& schema, const Divisions& divisions) : schema_(schema), divisions_(divisions) {}
    Result<std::string> begin() override { return std::string(R"({"type":"FeatureCollection","features":[)"); }
    Result<std::string> add(const RecordView& record) override {
        json properties = to_json(record, divisions_);
        properties.erase("id");
        const json feature = {{"type", "Feature"},
                              {"id", record.record.hex()},
                              {"geometry", geometry(record)},
                              {"properties", std::move(properties)}};
        return std::exchange(before_, ",\n") + feature.dump();
    }

private:
    /// Of the shown position; RFC 7946 has the longitude first.
    json geometry(const RecordView& record) const {
        const FieldSchema* field = schema_.field("position");
        const FieldView* view = field ? record.field(field->id) : nullptr;
        if (!view || view->values.front().value.type() != ValueType::position) return nullptr;
        const Value::Position at = view->values.front().value.as_position();
        return {
            {"type", "Point"},
            {"coordinates", {static_cast<double>(at.longitude_e6) / 1e6, static_cast<double>(at.latitude_e6) / 1e6}}};
    }
    std::string closing() const override { return "]}\n"; }

    const RecordSchema& schema_;
    const Divisions& divisions_;
    std::string before_ = "\n";
};

}  // namespace

const ExportFormat* export_format(std::string_view name) {
    for (const ExportFormat& format : formats)
        if (format.name == name) return &format;
    return nullptr;
}

std::unique_ptr<ExportWriter> csv_writer(const RecordSchema& schema, const Divisions& divisions, Language language) {
    return std::make_unique<CsvWriter>(RecordTable(schema, divisions, language));
}

std::unique_ptr<ExportWriter> ndjson_writer(const RecordSchema&, const Divisions& divisions, Language) {
    return std::make_unique<NdjsonWriter>(divisions);
}

std::unique_ptr<ExportWriter> geojson_writer(const RecordSchema& schema, const Divisions& divisions, Language) {
    return std::make_unique<GeojsonWriter>(schema, divisions);
}

}  // namespace doorstep::server
