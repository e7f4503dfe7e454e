#include "mobile-bridge/cli/problem.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "mobile-bridge/cli/messages.hpp"

namespace doorstep::cli {
namespace {

using nlohmann::json;

constexpr std::size_t problem_bytes_max = 64 * 1024;
constexpr int problem_levels_max = 2;

/// Whatever lies deeper is left out before it is built: a hostile answer cannot exhaust the stack.
json parse_problem(const std::string& body) {
    if (body.size() > problem_bytes_max) return json(json::value_t::discarded);
    const auto shallow = [](int depth, json::parse_event_t, json&) { return depth <= problem_levels_max; };
    return json::parse(body, shallow, /*allow_exceptions=*/false);
}

std::string text_in(const json& problem, const char* key) {
    const auto found = problem.find(key);
    return found != problem.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The number as a code that this version knows, by both its number and its name; DS_OK when it does not.
ds_status known_code(const json& problem) {
    const auto number = problem.find("number");
    if (number == problem.end() || !number->is_number_integer()) return DS_OK;
    const auto value = number->get<std::int64_t>();
    if (value <= DS_OK || value > DS_INTERNAL) return DS_OK;
    const auto code = static_cast<ds_status>(value);
    // An unknown number is named "internal" too.
    const std::string_view name = ds_error_name(code);
    if (name == ds_error_name(DS_INTERNAL) && code != DS_INTERNAL) return DS_OK;
    return name == text_in(problem, "code") ? code : DS_OK;
}

/// Codes whose advice is about the machine they arose on. Passed on as they are, a full disk at the office would have
/// people empty their phones.
bool is_about_the_server(ds_status code) {
    switch (code) {
        case DS_BUSY:
        case DS_IO:
        case DS_DISK_FULL:
        case DS_WRONG_KEY:
        case DS_NOT_A_DATABASE:
        case DS_CORRUPT:
        case DS_SCHEMA_TOO_NEW:
        case DS_OUT_OF_MEMORY:
        case DS_BAD_CONFIGURATION:
        case DS_INTERNAL: return true;
        default: return false;
    }
}

Failure failure_of(const HttpReply& reply) {
    const json problem = parse_problem(reply.body);
    if (!problem.is_object()) return Failure{DS_SERVER_ERROR, text<Text::http_status>(reply.status)};
    const ds_status code = known_code(problem);
    const std::string detail = text_in(problem, "detail");
    if (code != DS_OK && !is_about_the_server(code)) return Failure{code, detail};
    return Failure{DS_SERVER_ERROR, text<Text::http_problem>(reply.status, text_in(problem, "code"), detail)};
}

}  // namespace

Result<std::string> body_of(Result<HttpReply> reply) {
    if (!reply) return reply.failure();
    if (reply.value().status != 200 && reply.value().status != 204) return failure_of(reply.value());
    return std::move(reply.value().body);
}

}  // namespace doorstep::cli
