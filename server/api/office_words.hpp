// server/api/office_words.hpp -- how the office's pages put values, fields and authors into words.
#pragma once

#include <functional>
#include <string>

#include "core/engine/view.hpp"
#include "server/api/texts.hpp"

namespace doorstep::server {

/// Everything returned is HTML; what people wrote is escaped.
class OfficeWords {
public:
    /// device_label: "" for the office's own replicas.
    OfficeWords(Language language, std::function<std::string(const ReplicaId&)> device_label)
        : language_(language), device_label_(std::move(device_label)) {}

    Language language() const { return language_; }
    std::string say(Text key) const { return std::string(text(key, language_)); }
    std::string language_tag() const { return language_ == Language::zh_cn ? "zh-CN" : "en"; }
    std::string value(const Value& value) const;
    std::string field(std::uint32_t record_type, std::uint32_t field) const;
    /// Who wrote it, on which device, when.
    std::string trace(const Trace& from) const;

private:
    Language language_;
    std::function<std::string(const ReplicaId&)> device_label_;
};

}  // namespace doorstep::server
