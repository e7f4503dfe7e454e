// tests/sim/oracle.hpp -- the log outside the system: what people saved and had seen, and what must follow from it.
// Knows no dots, clocks, hashes or order: a save is named by a number that stands in its words.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/model/area.hpp"
#include "core/model/op.hpp"

namespace doorstep::sim {

using SaveId = std::uint64_t;

/// One write of a save: what it says, and which saves' words on the same field its author replaced.
struct Write {
    RecordId record;
    std::uint32_t field = 0;
    Kind kind = Kind::value;
    Op::Action action = Op::Action::put;
    Value value;
    std::vector<SaveId> replaces;
    std::vector<SaveId> saw = {};  ///< of a delete: whose words stood in the record
    Area area = {};                ///< where its author's screen showed the record then
    /// carried: only copies are left, where the office moved the record to; lost: no machine has this part of its save
    /// any more; erased: none may have it.
    enum class Part { stands, carried, lost, erased } part = Part::stands;
    bool is_gone() const { return part == Part::lost || part == Part::erased; }
};

struct Save {
    SaveId id = 0;
    std::string author;
    std::vector<Write> writes;
    /// Whether save() said that it is kept. `lost`: the only machines that had it are gone, as far as people can tell.
    enum class Fate { uncertain, kept, lost } fate = Fate::uncertain;
};

struct RecordNote {
    RecordId id;
    std::uint32_t type = 0;
    Area area;  ///< where it was made
    /// outside: of what its author was granted, so that the office holds it and nobody else sees it.
    enum class Home { granted, outside } home = Home::granted;
    std::vector<Area> moved_to = {};  ///< by the office, the last one at the end
    std::vector<Area> asked_to = {};  ///< where phones asked to have it moved, answered or not
};

/// One field of one record.
struct FieldName {
    RecordId record;
    std::uint32_t field = 0;
    Kind kind = Kind::value;
    friend bool operator<(const FieldName& a, const FieldName& b) {
        return std::tie(a.record, a.field, a.kind) < std::tie(b.record, b.field, b.kind);
    }
};

/// A write by its save, and for a set its element.
using WriteName = std::pair<SaveId, Value>;
/// What must be live in a field: values by the writes that say them.
using LiveModel = std::map<WriteName, Value>;

class Oracle {
public:
    SaveId next_id() { return saves_.size() + 1; }
    /// The text that names a save: "#17: …".
    static std::string words(SaveId id, std::string_view what) {
        return "#" + std::to_string(id) + ": " + std::string(what);
    }
    /// The save that a text names; nullopt when it names none.
    static std::optional<SaveId> named_in(std::string_view text);

    void add(Save save);
    void add_record(const RecordNote& record);
    Save& save(SaveId id) { return saves_[id - 1]; }
    const std::vector<Save>& saves() const { return saves_; }
    const std::vector<RecordNote>& records() const { return records_; }
    const RecordNote* record(const RecordId& id) const;
    RecordNote* record(const RecordId& id);
    /// Whether what the save says of the record is gone with the machines that had it, or was erased.
    bool is_lost(SaveId id, const RecordId& record) const;
    /// Whether any save replaced this write.
    bool is_replaced(const FieldName& field, const WriteName& write) const {
        return replaced_.count({field, write}) == 1;
    }

    /// The brute-force model: live values = all values - replaced ones, over the writes of these saves, of those
    /// records that `sees` says. `erased`: what the saves wrote to these records is gone, and what it replaced stays
    /// so.
    template <class Sees>
    std::map<FieldName, LiveModel> expect(const std::set<SaveId>& present, const Sees& sees,
                                          const std::set<std::pair<SaveId, RecordId>>& erased = {}) const {
        std::map<FieldName, LiveModel> live;
        for (const SaveId id : present)
            for (const Write& write : saves_[id - 1].writes)
                if (sees(id, write.record) && write.action == Op::Action::put)
                    live[name(write)][key(id, write)] = write.value;
        for (const SaveId id : present)
            for (const Write& write : saves_[id - 1].writes)
                if (sees(id, write.record))
                    for (const SaveId gone : write.replaces) live[name(write)].erase(key(gone, write));
        for (const auto& [id, record] : erased)
            for (const Write& write : saves_[id - 1].writes)
                if (write.record == record)
                    for (const SaveId gone : write.replaces) live[name(write)].erase(key(gone, write));
        return live;
    }

private:
    static FieldName name(const Write& write) { return {write.record, write.field, write.kind}; }
    static WriteName key(SaveId id, const Write& write) {
        return {id, write.kind == Kind::set ? write.value : Value::cleared()};
    }
    std::vector<Save> saves_;
    std::vector<RecordNote> records_;
    std::map<RecordId, std::size_t> record_at_;
    std::set<std::pair<FieldName, WriteName>> replaced_;
};

}  // namespace doorstep::sim
