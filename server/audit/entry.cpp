#include "server/audit/entry.hpp"

#include "core/base/codec.hpp"
#include "core/base/utf8.hpp"

namespace doorstep::server::audit {
namespace {

constexpr std::string_view domain = "doorstep audit 1";  // no other hash of ours begins so

Hash hash_of(const Entry& entry) {
    Bytes bytes;
    Writer out(bytes);
    out.sized(domain);
    out.u64(entry.number);
    out.u64(entry.time_ms);
    out.u32(static_cast<std::uint32_t>(entry.act.action));
    out.sized(entry.act.actor);
    out.sized(entry.act.object);
    out.sized(entry.act.purpose);
    out.fixed(entry.previous);
    return sha256(bytes);
}

void cut_text(std::string& text) {
    if (text.size() > act_text_bytes_max) text.resize(act_text_bytes_max);
    while (!text.empty() && !is_text(text)) text.pop_back();  // at most three bytes of a character that was cut
}

Error broken(std::uint64_t number, const char* how) {
    return Error{Errc::corrupt, "audit entry " + std::to_string(number) + " " + how};
}

}  // namespace

std::string_view name_of(Action action) {
    switch (action) {
#define DOORSTEP_ACTION(number, name) \
    case Action::name:                \
        return #name;
#include "server/audit/actions.def"
#undef DOORSTEP_ACTION
    }
    return {};
}

std::optional<Action> action_of(std::uint32_t number) {
    const auto action = static_cast<Action>(number);
    return name_of(action).empty() ? std::nullopt : std::optional(action);
}

Entry next_entry(const Head& last, Act act, std::uint64_t time_ms) {
    for (std::string* text : {&act.actor, &act.object, &act.purpose}) cut_text(*text);
    Entry entry{last.number + 1, time_ms, std::move(act), last.hash, {}};
    entry.hash = hash_of(entry);
    return entry;
}

Status check_link(const Head& last, const Entry& entry) {
    if (entry.number != last.number + 1) return broken(last.number + 1, "is missing");
    if (name_of(entry.act.action).empty()) return broken(entry.number, "names no action");
    if (entry.hash != hash_of(entry)) return broken(entry.number, "was changed");
    if (entry.previous != last.hash) return broken(entry.number, "does not follow the one before");
    return ok();
}

}  // namespace doorstep::server::audit
