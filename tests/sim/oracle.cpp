#include "tests/sim/oracle.hpp"

#include <algorithm>

namespace doorstep::sim {

std::optional<SaveId> Oracle::named_in(std::string_view text) {
    if (text.empty() || text[0] != '#') return std::nullopt;
    SaveId id = 0;
    std::size_t at = 1;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
        id = id * 10 + static_cast<SaveId>(text[at] - '0');
    return at > 1 && at < text.size() && text[at] == ':' ? std::optional<SaveId>(id) : std::nullopt;
}

void Oracle::add(Save save) {
    for (const Write& write : save.writes)
        for (const SaveId gone : write.replaces) replaced_.insert({name(write), key(gone, write)});
    saves_.push_back(std::move(save));
}

void Oracle::add_record(const RecordNote& record) {
    record_at_[record.id] = records_.size();
    records_.push_back(record);
}

bool Oracle::is_lost(SaveId id, const RecordId& record) const {
    const Save& save = saves_[id - 1];
    if (save.fate == Save::Fate::lost) return true;
    return std::any_of(save.writes.begin(), save.writes.end(),
                       [&](const Write& write) { return write.record == record && write.is_gone(); });
}

const RecordNote* Oracle::record(const RecordId& id) const {
    const auto at = record_at_.find(id);
    return at == record_at_.end() ? nullptr : &records_[at->second];
}

RecordNote* Oracle::record(const RecordId& id) {
    const auto at = record_at_.find(id);
    return at == record_at_.end() ? nullptr : &records_[at->second];
}

}  // namespace doorstep::sim
