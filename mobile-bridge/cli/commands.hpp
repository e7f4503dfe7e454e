// mobile-bridge/cli/commands.hpp -- what can be asked of the phone, and what carries it out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mobile-bridge/cli/messages.hpp"
#include "mobile-bridge/cli/result.hpp"
#include "mobile-bridge/cli/schema.hpp"

namespace doorstep::cli {

enum class Output { text, json };

/// What holds for every command.
struct Settings {
    Language language = Language::zh_cn;
    Output output = Output::text;
    std::string database, key;  ///< paths
    std::int64_t now_ms = 0;
};

/// One option of a record, as typed: `argument` still may be "-" or "@file".
struct FieldInput {
    enum class Change { put, add, remove };
    std::string field, flag;
    Change change = Change::put;
    std::string argument;
};

struct RecordInputs {
    std::vector<FieldInput> fields;
    std::optional<std::string> latitude, longitude;
};

struct Enrol {
    std::string server, certificate_path, code;
};
struct NewRecord {
    std::string type, division;
    RecordInputs inputs;
};
struct Edit {
    std::string id;
    RecordInputs inputs;
};
struct List {
    std::string type;  ///< "" is any
    std::int32_t rows_max = 50;
};
struct Show {
    std::string id;
};
struct Conflicts {};
struct Resolve {
    std::string id, field;
    std::optional<std::string> choose, value;  ///< exactly one
};
struct Sync {};
struct Outbox {};
struct Log {
    std::string id;
};
struct Verify {};
struct Fsck {
    enum class Rebuild { no, yes } rebuild = Rebuild::no;
    std::string salvage_to;  ///< "": only look
};
struct Export {
    std::string file;
    std::int64_t after_seq = -1;  ///< -1: from where the server stands
};
using Command =
    std::variant<Enrol, NewRecord, Edit, List, Show, Conflicts, Resolve, Sync, Outbox, Log, Verify, Fsck, Export>;

struct Context {
    const Settings& settings;
    const Schema& schema;
};

// Each returns what goes to standard output: text for people, or the library's JSON.
Result<std::string> run(const Enrol& enrol, const Context& context);       // enrol.cpp
Result<std::string> run(const NewRecord& record, const Context& context);  // record_commands.cpp
Result<std::string> run(const Edit& edit, const Context& context);
Result<std::string> run(const List& list, const Context& context);
Result<std::string> run(const Show& show, const Context& context);
Result<std::string> run(const Log& log, const Context& context);
Result<std::string> run(const Conflicts& conflicts, const Context& context);  // conflict_commands.cpp
Result<std::string> run(const Resolve& resolve, const Context& context);
Result<std::string> run(const Sync& sync, const Context& context);      // sync.cpp
Result<std::string> run(const Outbox& outbox, const Context& context);  // status_commands.cpp
Result<std::string> run(const Verify& verify, const Context& context);
Result<std::string> run(const Fsck& fsck, const Context& context);  // fsck.cpp
Result<std::string> run(const Export& to, const Context& context);  // export.cpp

}  // namespace doorstep::cli
