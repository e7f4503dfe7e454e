// What a person does with a phone: looks at a record, changes fields of it, saves.
#include <algorithm>
#include <map>

#include "core/base/limits.hpp"
#include "core/model/intent.hpp"
#include "core/model/reserved_field.hpp"
#include "tests/sim/acts.hpp"
#include "tests/unit/core/support/world.hpp"

namespace doorstep::sim {
namespace {

constexpr std::uint32_t county_field = 2 * 65'536 + 1;  // of a county's form: this version knows nothing of it
struct NumberField {
    std::uint32_t field;
    Kind kind;
};
constexpr std::uint32_t picture_field = county_field + 5;
constexpr NumberField number_fields[] = {{county_field + 1, Kind::latest},
                                         {county_field + 2, Kind::max},
                                         {county_field + 3, Kind::min},
                                         {county_field + 4, Kind::count}};

/// Where this seat makes records: villages it is granted, or only believes to be.
std::vector<Area> homes(const Seat& seat, Home home) {
    std::vector<Area> out;
    for (const auto text : {test::village, test::other_village, test::far_village, test::town, test::other_town}) {
        const Area area = test::area(text);
        const bool granted = may_write(seat, area), believed = !is_honest(seat) && within(seat.wider_areas, area);
        if (home == Home::own ? granted : believed && !granted) out.push_back(area);
    }
    return out;
}

Write write_of(const RecordId& record, const FieldEdit& edit, std::vector<SaveId> replaces) {
    return {record, edit.field, edit.kind, edit.action, edit.value, std::move(replaces)};
}

/// Collects the edits of one record beside the writes that they must come to.
class Form {
public:
    Form(Town& town, Device& device, Random& dice, SaveId id, const RecordView* view)
        : town_(town), device_(device), dice_(dice), id_(id), view_(view) {}

    void note_line() { put(test::field::notes, Kind::log, test::text(Oracle::words(id_, "走访")), {}, std::nullopt); }
    void change_value(std::uint32_t field, Kind kind, Special special) {
        const FieldView* now = view_ ? view_->field(field) : nullptr;
        Value value = special == Special::at_limit
                          ? test::text(Oracle::words(id_, std::string(limits::value_bytes_max - 32, 'x')))
                          : test::text(Oracle::words(id_, "情况"));
        if (special != Special::at_limit && dice_.chance(10)) value = test::text("p" + std::to_string(dice_.below(3)));
        if (special != Special::at_limit && dice_.chance(3)) value = Value::cleared();
        if (!now) return put(field, kind, value, {}, std::nullopt);
        std::vector<Dot> all, shown = now->values.front().dots;
        for (const ValueView& alternative : now->values)
            all.insert(all.end(), alternative.dots.begin(), alternative.dots.end());
        std::sort(all.begin(), all.end());
        const bool settles = now->conflict && (special == Special::settle || dice_.chance(40));
        if (settles && dice_.chance(30)) {
            const Value chosen = dice_.pick(now->values).value;  // one of those on the screen
            // Written to each of several records a long one is more than one save holds.
            const bool of_several = view_ && view_->members.size() > 1;
            if (!of_several || chosen.bytes().size() < limits::value_bytes_max / 8) value = chosen;
        }
        if (settles) return put(field, kind, value, saves_behind(town_, device_, all), all);
        if (dice_.chance(20)) return put(field, kind, value, saves_behind(town_, device_, shown), shown);
        put(field, kind, value, saves_behind(town_, device_, shown), std::nullopt);
    }
    void change_needs() {
        const Value need = test::text("need " + std::to_string(dice_.below(3)));
        const FieldView* now = view_ ? view_->field(test::field::needs) : nullptr;
        const ValueView* there = nullptr;
        if (now)
            for (const ValueView& element : now->values)
                if (element.value == need) there = &element;
        FieldEdit edit{test::field::needs, Kind::set, there ? Op::Action::remove : Op::Action::put, need, std::nullopt};
        edits.push_back(edit);
        writes.push_back(write_of({}, edit, there ? saves_behind(town_, device_, there->dots) : std::vector<SaveId>()));
    }

    void add_picture() {
        const FieldEdit edit = attach(town_, device_, picture_field, dice_);
        put(edit.field, edit.kind, edit.value, {}, std::vector<Dot>{});
    }
    void change_number(const NumberField& number) {
        const FieldView* now = view_ ? view_->field(number.field) : nullptr;
        const Value value = Value::integer(static_cast<std::int64_t>(dice_.below(12)) - 3);
        const bool of_several = view_ && view_->members.size() > 1;  // where a correction's zeros go, ids decide
        const bool replaces = now && (number.kind != Kind::count || (!of_several && dice_.chance(25)));
        if (!replaces) return put(number.field, number.kind, value, {}, std::nullopt);
        const std::vector<Dot>& shown = now->values.front().dots;
        const bool corrects = number.kind == Kind::count || dice_.chance(30);
        put(number.field, number.kind, value, saves_behind(town_, device_, shown),
            corrects ? std::optional<std::vector<Dot>>(shown) : std::nullopt);
    }

    std::vector<FieldEdit> edits;
    std::vector<Write> writes;

private:
    void put(std::uint32_t field, Kind kind, const Value& value, std::vector<SaveId> replaces,
             std::optional<std::vector<Dot>> seen) {
        FieldEdit edit{field, kind, Op::Action::put, value, std::move(seen)};
        edits.push_back(edit);
        writes.push_back(write_of({}, edit, std::move(replaces)));
    }
    Town& town_;
    Device& device_;
    Random& dice_;
    SaveId id_;
    const RecordView* view_;
};

/// Where this phone shows each of the records.
std::vector<std::optional<Area>> areas_here(Town& town, Device& device, const std::vector<RecordId>& records) {
    std::optional<Store> store;
    std::vector<std::optional<Area>> out;
    for (const RecordId& id : records) {
        const RecordNote& record = *town.oracle.record(id);
        const bool stayed = town.may_stand(record).size() == 1;
        if (!stayed && !store)
            store = must_run(Store::open(options_of(device.seat())), "a second look at a phone's file");
        out.push_back(stayed ? record.area : standing(*store, id));
    }
    return out;
}

/// Whether what looks like one record lies in several areas: then each part of a save would need a line of its own.
bool spans_areas(Town& town, Device& device, const RecordView& view) {
    const auto areas = areas_here(town, device, view.members);
    return std::any_of(areas.begin(), areas.end(), [&](const std::optional<Area>& area) { return area != view.area; });
}

}  // namespace

void note_areas(Town& town, Device& device, Composed& composed) {
    std::map<RecordId, Area> known;
    for (Write& write : composed.save.writes) {
        if (write.record.is_zero()) {
            write.area = composed.made.front().area;
            continue;
        }
        const auto [at, fresh] = known.emplace(write.record, Area{});
        if (fresh) at->second = areas_here(town, device, {write.record}).front().value_or(Area{});
        write.area = at->second;
    }
}

namespace {

/// One to three fields, and the line that names the save.
void fill(Form& form, std::uint32_t type, Random& dice, Special special) {
    form.note_line();
    const bool must_value = special != Special::none;
    if (must_value || dice.chance(70))
        form.change_value(special == Special::unknown_field ? county_field : test::field::summary, Kind::value,
                          special);
    if (dice.chance(25)) form.change_needs();
    if (dice.chance(15) && special != Special::unknown_field)
        form.change_value(county_field, Kind::value, Special::none);
    if (dice.chance(4)) form.add_picture();
    if (dice.chance(25)) form.change_number(number_fields[dice.below(std::size(number_fields))]);
    if (dice.chance(15) && type == test::household) form.change_value(test::field::contact, Kind::value, Special::none);
    if (dice.chance(15) && type == test::issue) form.change_value(test::field::number, Kind::once, Special::none);
}

/// The saves behind dots, and what an edit of one of several records comes to, as this phone's file says.
void spread_here(Town& town, Device& device, std::vector<Write>& writes) {
    Store store = must_run(Store::open(options_of(device.seat())), "a second look at a phone's file");
    spread_writes(
        store, [&](const Dot& dot) { return town.name_of(device, device.seat(), dot); },
        [&](const Area& area) { return may_write(device.seat(), area); }, writes);
}

}  // namespace

std::optional<RecordView> choose_record(Town& town, Device& device, Random& dice, RecordNote& chosen,
                                        std::uint32_t type) {
    std::vector<RecordNote> mine;
    for (const RecordNote& record : town.oracle.records()) {
        const bool fits = type == 0 ? record.type != intent::type : record.type == type;
        if (fits && may_be_written(town, device, record)) mine.push_back(record);
    }
    constexpr std::uint64_t hot = 4;
    for (int attempt = 0; attempt < 3 && !mine.empty(); ++attempt) {
        const std::uint64_t n = mine.size();
        const std::uint64_t from = dice.chance(70) && n > hot ? n - hot : 0;
        chosen = mine[static_cast<std::size_t>(from + dice.below(n - from))];
        if (auto view = look_at_own(town, device, chosen)) return view;
    }
    return std::nullopt;
}

std::optional<RecordView> look_at_own(Town& town, Device& device, RecordNote& record) {
    auto view = look(town, device, record);
    if (!view || view->moved_to) return std::nullopt;
    const auto area = areas_here(town, device, {record.id}).front();
    if (!area || !may_write(device.seat(), *area)) return std::nullopt;
    record.area = *area;
    return view;
}

std::vector<SaveId> saves_behind(Town& town, Device& device, const std::vector<Dot>& dots) {
    std::vector<SaveId> out;
    for (const Dot& dot : dots) out.push_back(town.name_of(device, device.seat(), dot));
    return out;
}

std::optional<RecordView> look(Town& town, Device& device, const RecordNote& record) {
    Seat& seat = device.seat();
    auto view = seat.phone->read(record.id);
    if (!view && view.error().code == Errc::not_found) return std::nullopt;
    if (!view) throw Violation(0, device.name + " cannot read a record: " + view.error().detail);
    for (FieldView& field : view.value().fields) {
        if (field.kind == Kind::state) continue;  // the server's own
        if (reserved_field::is_of_the_record(field.field)) continue;
        const FieldName name{record.id, field.field, field.kind};
        std::set<WriteName> live;
        std::vector<ValueView> all = field.values;
        all.insert(all.end(), field.overruled.begin(), field.overruled.end());
        for (const ValueView& value : all)
            for (const Dot& dot : value.dots)
                live.insert(
                    {town.name_of(device, seat, dot), field.kind == Kind::set ? value.value : Value::cleared()});
        town.checked(25);
        if (view.value().members.size() > 1) continue;  // what others say comes and goes with the link
        for (const WriteName& was : seat.seen[name])
            if (live.count(was) == 0 && !town.oracle.is_replaced(name, was) && !town.is_erased(was.first))
                throw Violation(9,
                                "save " + std::to_string(was.first) + " was seen on " + device.name + " and is gone");
        town.checked(9);
        std::set<WriteName>& seen = seat.seen[name];
        seen.clear();
        for (const WriteName& now : live)
            if (town.oracle.save(now.first).fate == Save::Fate::kept) seen.insert(now);
    }
    return std::move(view).value();
}

std::optional<Composed> compose_save(Town& town, Device& device, Random& dice, Home home, Special special) {
    Composed out;
    out.save.id = town.oracle.next_id();
    out.save.author = device.seat().user;
    const std::size_t records = dice.chance(12) ? 2 : 1;
    std::set<RecordId> used;
    for (std::size_t i = 0; i < records; ++i) {
        RecordNote note;
        std::optional<RecordView> view;
        if (home == Home::own && dice.chance(80)) view = choose_record(town, device, dice, note);
        const bool again = view && std::any_of(view->members.begin(), view->members.end(),
                                               [&](const RecordId& member) { return used.count(member) > 0; });
        if (again) continue;
        if (view) used.insert(view->members.begin(), view->members.end());
        if (!view && !out.made.empty()) continue;  // one new record a save: an unanswered save's id must be findable
        if (!view) {
            const std::vector<Area> where = homes(device.seat(), home);
            if (where.empty()) return std::nullopt;
            note = {{},
                    dice.chance(70) ? test::household : test::issue,
                    dice.pick(where),
                    home == Home::own ? RecordNote::Home::granted : RecordNote::Home::outside};
            out.made.push_back(note);
        }
        Form form(town, device, dice, out.save.id, view ? &*view : nullptr);
        // A value at the limit that goes to several is more than one save holds.
        const bool several = view && view->members.size() > 1;
        if (view && spans_areas(town, device, *view))
            form.note_line();
        else
            fill(form, note.type, dice, i == 0 && !(several && special == Special::at_limit) ? special : Special::none);
        RecordEdit edit{view ? std::optional<RecordId>(note.id) : std::nullopt, note.type, {note.area, {}}, form.edits};
        out.edits.push_back(std::move(edit));
        for (Write& write : form.writes) write.record = note.id;  // of a new record: follows from the save
        if (view && view->members.size() > 1) spread_here(town, device, form.writes);
        for (Write& write : form.writes) out.save.writes.push_back(std::move(write));
    }
    return out;
}

Result<std::vector<RecordId>> perform_save(Town& town, Device& device, Composed composed) {
    Seat& seat = device.seat();
    DOORSTEP_TRY_ASSIGN(const OutboxStatus before, seat.phone->outbox());
    const SaveId id = composed.save.id;
    const Dot dot{seat.phone->replica(), before.saved + 1};
    std::erase_if(seat.open_saves, [&](const OpenSave& one) { return !(one.dot == dot); });
    seat.open_saves.push_back({dot, id, composed.made});
    town.oracle.add(composed.save);
    auto saved = seat.phone->save(composed.edits, town.clock_of(device));
    if (!saved) return saved;
    town.oracle.save(id).fate = Save::Fate::kept;
    for (std::size_t i = 0; i < composed.edits.size(); ++i)
        if (!composed.edits[i].record) town.settle_open_save(seat, id, saved.value()[i]);
    town.settle_open_save(seat, id, {});
    ++seat.saves_today;
    ++town.tally.saves;
    return saved;
}

void write_summary(Town& town, Device& device, const RecordNote& record, Replaces replaces) {
    const auto view = look(town, device, record);
    const FieldView* field = view ? view->field(test::field::summary) : nullptr;
    std::vector<Dot> seen;
    if (field) seen = replaces == Replaces::all ? test::all_dots(*view, field->field) : field->values.front().dots;
    Composed composed;
    composed.save.id = town.oracle.next_id();
    composed.save.author = device.seat().user;
    const FieldEdit edit{test::field::summary, Kind::value, Op::Action::put,
                         test::text(Oracle::words(composed.save.id, "商定")), seen};
    composed.save.writes.push_back(
        {record.id, edit.field, edit.kind, edit.action, edit.value, saves_behind(town, device, seen)});
    if (view && view->members.size() > 1) spread_here(town, device, composed.save.writes);
    composed.edits.push_back({record.id, record.type, {record.area, {}}, {edit}});
    note_areas(town, device, composed);
    must_run(perform_save(town, device, std::move(composed)), "a save");
}

}  // namespace doorstep::sim
