#include "server/storage/audit_table.hpp"

#include <algorithm>

namespace doorstep::server {

Status AuditTable::migrate(Database& db) {
    return db.execute(R"sql(
    CREATE TABLE IF NOT EXISTS staff_audit (no INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, staff TEXT NOT NULL,
        role TEXT NOT NULL, action TEXT NOT NULL, purpose TEXT NOT NULL, record BLOB NOT NULL, area TEXT NOT NULL,
        seen BLOB NOT NULL);
    )sql");
}

Status AuditTable::record(const AuditEntry& entry) {
    Bytes seen;
    for (const FieldClass one : entry.seen) seen.push_back(static_cast<char>(one));
    const std::string area = entry.area.text();
    DOORSTEP_TRY_ASSIGN(
        Statement * insert,
        db_.statement("INSERT INTO staff_audit (at_ms, staff, role, action, purpose, record, seen, area) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
    return insert->integer(1, static_cast<std::int64_t>(entry.at_ms))
        .text(2, entry.staff)
        .text(3, name_of(entry.role))
        .text(4, entry.action)
        .text(5, name_of(entry.purpose))
        .blob(6, entry.record.view())
        .blob(7, seen)
        .text(8, area)
        .run();
}

Result<std::vector<AuditEntry>> AuditTable::latest(std::size_t rows_max, const std::vector<Area>& areas) {
    DOORSTEP_TRY_ASSIGN(Statement * query,
                        db_.statement("SELECT at_ms, staff, role, action, purpose, record, seen, area FROM staff_audit "
                                      "ORDER BY no DESC"));
    const Statement::Use use(*query);
    std::vector<AuditEntry> out;
    while (out.size() < rows_max) {
        DOORSTEP_TRY_ASSIGN(const bool row, query->step());
        if (!row) return out;
        DOORSTEP_TRY_ASSIGN(const Area at, Area::parse(query->blob_at(7)));
        if (std::none_of(areas.begin(), areas.end(), [&](const Area& area) { return area.contains(at); })) continue;
        AuditEntry& entry = out.emplace_back();
        entry.area = at;
        entry.at_ms = static_cast<std::uint64_t>(query->integer_at(0));
        entry.staff = std::string(query->blob_at(1));
        const auto role = staff_role_named(query->blob_at(2));
        const auto purpose = purpose_named(query->blob_at(4));
        if (!role || !purpose) return Error{Errc::corrupt, "a line of the audit table is damaged"};
        entry.role = *role;
        entry.action = std::string(query->blob_at(3));
        entry.purpose = *purpose;
        DOORSTEP_TRY_ASSIGN(entry.record, RecordId::from(query->blob_at(5)));
        for (const char one : query->blob_at(6)) {
            if (static_cast<std::size_t>(one) >= field_classes)
                return Error{Errc::corrupt, "a line of the audit table is damaged"};
            entry.seen.push_back(static_cast<FieldClass>(one));
        }
    }
    return out;
}

}  // namespace doorstep::server
