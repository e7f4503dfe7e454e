// The C ABI's part for a bad day: checks, folds again and salvages a file that nobody has open.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/engine/fsck.hpp"
#include "core/engine/salvage.hpp"
#include "mobile-bridge/c/guard.hpp"
#include "json/record_json.hpp"

using namespace doorstep;
using nlohmann::json;

namespace {

DatabaseOptions options_of(const char* path, const uint8_t storage_key[32]) {
    DatabaseOptions options;
    options.path = path;
    std::copy_n(storage_key, options.key.size(), options.key.begin());
    return options;
}

std::string_view cure_name(Cure cure) {
    switch (cure) {
        case Cure::rebuild: return "rebuild";
        case Cure::office: return "office";
        case Cure::salvage: break;
    }
    return "salvage";
}

json to_json(const Finding& finding) {
    json out{
        {"code", fault_name(finding.fault)},
        {"table", finding.table},
        {"count", finding.count},
        {"cure", cure_name(cure_of(finding.fault))},
        {"text",
         {{"zh-CN", fault_text(finding.fault, Language::zh_cn)}, {"en", fault_text(finding.fault, Language::en)}}}};
    if (finding.example) out["example"] = text_of(*finding.example);
    return out;
}

json to_json(const Diagnosis& diagnosis) {
    json findings = json::array();
    for (const Finding& finding : diagnosis.findings) findings.push_back(to_json(finding));
    return {{"sound", diagnosis.sound()},          {"rebuild_helps", diagnosis.rebuild_helps()},
            {"commits", diagnosis.counts.commits}, {"records", diagnosis.counts.records},
            {"streams", diagnosis.counts.streams}, {"state", diagnosis.counts.state.hex()},
            {"findings", std::move(findings)}};
}

json to_json(const SalvageReport& report) {
    return {{"commits", report.commits},
            {"own", report.own},
            {"own_missing", report.own_missing},
            {"made_again", report.made_again},
            {"commits_unproved", report.commits_unproved},
            {"identity", report.identity == SalvageReport::Kept::yes},
            {"enrolment", report.enrolment == SalvageReport::Kept::yes},
            {"pages", report.condition.pages},
            {"pages_damaged", report.condition.pages_damaged + report.condition.pages_missing}};
}

}  // namespace

extern "C" {

ds_status ds_fsck(const char* path, const uint8_t storage_key[32], ds_buf* out_json, ds_buf* why) {
    if (out_json) *out_json = {};
    return guarded(why, [&]() -> Status {
        if (!path || !storage_key || !out_json) return null_argument();
        DOORSTEP_TRY_ASSIGN(const Diagnosis found, fsck(options_of(path, storage_key)));
        return put(out_json, to_json(found).dump());
    });
}

ds_status ds_rebuild(const char* path, const uint8_t storage_key[32], ds_buf* why) {
    return guarded(why, [&]() -> Status {
        if (!path || !storage_key) return null_argument();
        return rebuild(options_of(path, storage_key));
    });
}

ds_status ds_salvage(const char* path, const uint8_t storage_key[32], const char* sound_path, ds_buf* out_json,
                     ds_buf* why) {
    if (out_json) *out_json = {};
    return guarded(why, [&]() -> Status {
        if (!path || !storage_key || !sound_path || !out_json) return null_argument();
        const auto damaged = options_of(path, storage_key), sound = options_of(sound_path, storage_key);
        DOORSTEP_TRY_ASSIGN(const SalvageReport report, salvage(damaged, sound));
        return put(out_json, to_json(report).dump());
    });
}

}  // extern "C"
