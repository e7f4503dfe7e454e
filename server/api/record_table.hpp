// server/api/record_table.hpp -- records of one type as rows of text, for files that people open in a table.
#pragma once

#include <string>
#include <vector>

#include "core/engine/view.hpp"
#include "core/model/divisions.hpp"
#include "core/model/schema.hpp"
#include "server/api/texts.hpp"

namespace doorstep::server {

/// Both arguments must outlive it.
class RecordTable {
public:
    RecordTable(const RecordSchema& schema, const Divisions& divisions, Language language)
        : schema_(schema), divisions_(divisions), language_(language) {}

    std::vector<std::string> heading() const;
    /// As many cells as the heading. Every alternative of a field in conflict is in its cell, as is each element of a
    /// set and each line of a log: one a line. Fields of forms have no column.
    std::vector<std::string> row(const RecordView& record) const;

private:
    std::string cell(const FieldView& field) const;

    const RecordSchema& schema_;
    const Divisions& divisions_;
    Language language_;
};

}  // namespace doorstep::server
