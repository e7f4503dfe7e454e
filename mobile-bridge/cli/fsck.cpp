// Whether the file is sound, what is wrong with it in plain words, and what can be done about it.
#include <nlohmann/json.hpp>

#include "mobile-bridge/cli/commands.hpp"
#include "mobile-bridge/cli/open_phone.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

std::uint64_t count_in(const json& object, const char* key) { return object.value(key, std::uint64_t{0}); }

std::string finding_line(const json& finding) {
    const std::string words = finding.value("text", json::object()).value(language_tag(), std::string());
    return text<Text::fsck_finding>(words, count_in(finding, "count"), finding.value("table", std::string()),
                                    finding.value("code", std::string()));
}

/// Exit status corrupt, with every finding in words and, for a program, as the library said it.
Failure failure_of(const json& found, std::string answer) {
    std::string words = text<Text::fsck_damaged>();
    for (const json& finding : found.value("findings", json::array())) words += "\n" + finding_line(finding);
    if (found.value("rebuild_helps", false)) words += "\n" + text<Text::fsck_rebuild_helps>();
    return Failure{DS_CORRUPT, std::move(words), Retry::no, std::move(answer)};
}

Result<std::string> salvage(const Settings& settings, const Secret& key, const std::string& sound_path) {
    DOORSTEP_TRY_ASSIGN(std::string answer, salvage_file(settings.database, key, sound_path));
    if (settings.output == Output::json) return answer;
    DOORSTEP_TRY_ASSIGN(const json report, from_json_text(answer));
    std::string out =
        text<Text::salvaged>(count_in(report, "pages"), count_in(report, "commits"), count_in(report, "own"),
                             count_in(report, "own_missing"), count_in(report, "made_again"), printable(sound_path));
    if (!report.value("identity", false)) out += "\n" + text<Text::salvage_no_identity>();
    if (!report.value("enrolment", false)) out += "\n" + text<Text::salvage_no_enrolment>();
    return out;
}

}  // namespace

Result<std::string> run(const Fsck& fsck, const Context& context) {
    const Settings& settings = context.settings;
    DOORSTEP_TRY_ASSIGN(const Secret key, key_of_phone(settings));
    if (!fsck.salvage_to.empty()) return salvage(settings, key, fsck.salvage_to);
    if (fsck.rebuild == Fsck::Rebuild::yes) DOORSTEP_TRY(rebuild_file(settings.database, key));
    DOORSTEP_TRY_ASSIGN(std::string answer, fsck_file(settings.database, key));
    DOORSTEP_TRY_ASSIGN(const json found, from_json_text(answer));
    if (!found.value("sound", false)) return failure_of(found, std::move(answer));
    if (settings.output == Output::json) return answer;
    const std::string done = fsck.rebuild == Fsck::Rebuild::yes ? text<Text::rebuilt>() + "\n" : std::string();
    return done + text<Text::verified>(count_in(found, "commits"), count_in(found, "records"),
                                       count_in(found, "streams"), found.value("state", std::string()));
}

}  // namespace doorstep::cli
