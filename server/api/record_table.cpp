#include "server/api/record_table.hpp"

#include "server/api/value_text.hpp"

namespace doorstep::server {
namespace {

Text word_for(Existence existence) {
    switch (existence) {
        case Existence::alive: return Text::alive;
        case Existence::deleted: return Text::deleted;
        case Existence::deleted_while_edited: return Text::deleted_while_edited;
    }
    return Text::alive;
}

}  // namespace

std::vector<std::string> RecordTable::heading() const {
    std::vector<std::string> out;
    for (const Text key : {Text::record_id, Text::state, Text::decisions_awaited, Text::division_code, Text::place})
        out.emplace_back(text(key, language_));
    for (const FieldSchema& field : schema_.fields)
        out.emplace_back(language_ == Language::zh_cn ? field.label_zh_cn : field.label_en);
    return out;
}

std::vector<std::string> RecordTable::row(const RecordView& record) const {
    std::vector<std::string> out = {record.record.hex(), std::string(text(word_for(record.existence), language_)),
                                    std::to_string(record.conflicts), record.area.text(),
                                    divisions_.place_name(record.area)};
    for (const FieldSchema& field : schema_.fields) {
        const FieldView* view = record.field(field.id);
        out.push_back(view ? cell(*view) : std::string());
    }
    return out;
}

std::string RecordTable::cell(const FieldView& field) const {
    std::string out;
    for (const ValueView& value : field.values) out += (out.empty() ? "" : "\n") + value_text(value.value, language_);
    return out;
}

}  // namespace doorstep::server
