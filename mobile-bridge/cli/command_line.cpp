#include "mobile-bridge/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "mobile-bridge/cli/field_flags.hpp"
#include "mobile-bridge/cli/local_time.hpp"
#include "mobile-bridge/cli/text.hpp"

namespace doorstep::cli {
namespace {

constexpr std::int32_t list_rows_max = 500;               // doorstep.h, ds_list()
constexpr std::int64_t now_ms_max = 253'402'300'799'999;  // the end of the year 9999
constexpr std::size_t word_characters_max = 40;
constexpr const char* program_version = DOORSTEP_VERSION;

/// CLI11 takes "--summary=" with nothing behind it for "--summary", which would swallow the next option as its text.
Arguments with_empty_values(const Arguments& arguments) {
    Arguments out;
    for (const std::string& argument : arguments) {
        const bool is_empty_value = argument.starts_with("--") && argument.find('=') == argument.size() - 1;
        out.push_back(is_empty_value ? argument.substr(0, argument.size() - 1) : argument);
        if (is_empty_value) out.emplace_back();
    }
    return out;
}

std::string schema_type_names(const Schema& schema, const char* separator) {
    std::string out;
    for (const TypeInfo& type : schema.types()) out += (out.empty() ? "" : separator) + type.name;
    return out;
}

/// The grammar, and the values that parsing fills in. The options point into it, so it stays where it is.
class Grammar {
public:
    explicit Grammar(const Schema& schema);
    Grammar(const Grammar&) = delete;
    Grammar& operator=(const Grammar&) = delete;
    Result<std::variant<Invocation, HelpText>> parse(const Arguments& arguments);

private:
    void add_global_options();
    void add_enrol();
    void add_new_record(const TypeInfo& type);
    void add_edit(const Schema& schema);
    void add_list(const Schema& schema);
    void add_looking();
    void add_resolve();
    void add_standing();
    CLI::App* add_command(const std::string& name, const std::string& what);
    CLI::Option* add_text(CLI::App* command, const std::string& name, const std::string& what,
                          std::optional<std::string>& value);
    template <class T>
    void answers(CLI::App* command, const T& values) {
        command->callback([this, &values] { command_ = values; });
    }
    void add_fields(CLI::App* command, const std::vector<FieldInfo>& fields, FieldInput::Change most,
                    RecordInputs& inputs);
    void add_flag(CLI::App* command, const FieldInfo& field, const FieldFlag& flag, RecordInputs& inputs);
    void settle_paths();
    std::string complaint(const CLI::ParseError& error) const;
    std::string allowed() const;

    CLI::App app_;
    Settings settings_;
    std::string phone_directory_ = "phone", language_ = "zh-CN", database_, key_;
    bool json_ = false;
    std::optional<Command> command_;
    Enrol enrol_;
    std::vector<std::unique_ptr<NewRecord>> new_records_;
    Edit edit_;
    List list_;
    Show show_;
    Log log_;
    Resolve resolve_;
    const Conflicts conflicts_{};
    const Sync sync_{};
    const Outbox outbox_{};
    const Verify verify_{};
    Fsck fsck_;
    Export export_;
};

Grammar::Grammar(const Schema& schema) : app_(text<Text::help_program>(), "doorstep") {
    app_.get_formatter()->label("Usage", text<Text::help_usage>());
    app_.get_formatter()->label("Positionals", text<Text::help_positionals>());
    app_.get_formatter()->label("OPTIONS", text<Text::help_options_word>());
    app_.get_formatter()->label("SUBCOMMAND", text<Text::help_command_word>());
    app_.get_formatter()->label("REQUIRED", text<Text::help_required>());
    app_.get_formatter()->label("Env", text<Text::help_environment>());
    app_.get_formatter()->column_width(34);
    app_.option_defaults()->group(text<Text::help_options>());
    app_.set_help_flag("-h,--help", text<Text::help_help>());
    app_.set_version_flag("--version", program_version, text<Text::help_version>());
    app_.require_subcommand(1);
    app_.footer(text<Text::help_footer>());
    add_global_options();
    add_enrol();
    for (const TypeInfo& type : schema.types()) add_new_record(type);
    add_edit(schema);
    add_list(schema);
    add_looking();
    add_resolve();
    add_standing();
}

void Grammar::add_global_options() {
    app_.add_option("--phone", phone_directory_, text<Text::help_phone>())->type_name("DIR")->envname("DOORSTEP_PHONE");
    app_.add_option("--db", database_, text<Text::help_db>())->type_name("FILE");
    app_.add_option("--key", key_, text<Text::help_key>())->type_name("FILE");
    app_.add_option("--lang", language_, text<Text::help_lang>())
        ->type_name("zh-CN|en")
        ->check(CLI::IsMember({"zh-CN", "en"}).description(""));
    app_.add_flag("--json", json_, text<Text::help_json>());
    app_.add_option("--now", settings_.now_ms, text<Text::help_now>())
        ->type_name("MS")
        ->check(CLI::Range(std::int64_t{0}, now_ms_max).description(""));
    settings_.now_ms = system_now_ms();
}

CLI::App* Grammar::add_command(const std::string& name, const std::string& what) {
    CLI::App* command = app_.add_subcommand(name, what);
    command->group(text<Text::help_commands>());
    command->fallthrough();  // --json and its like may stand anywhere
    command->footer("");
    return command;
}

/// For texts where "" means something: CLI11's own std::optional takes an empty argument for none.
CLI::Option* Grammar::add_text(CLI::App* command, const std::string& name, const std::string& what,
                               std::optional<std::string>& value) {
    const auto take = [&value](const CLI::results_t& typed) {
        value = typed.front();
        return true;
    };
    return command->add_option(name, take, what);
}

void Grammar::add_enrol() {
    CLI::App* command = add_command("enrol", text<Text::help_enrol>());
    command->add_option("--server", enrol_.server, text<Text::help_server>())->type_name("URL")->required();
    command->add_option("--ca", enrol_.certificate_path, text<Text::help_ca>())->type_name("FILE")->required();
    command->add_option("--code", enrol_.code, text<Text::help_code>())->type_name("CODE")->required();
    answers(command, enrol_);
}

void Grammar::add_flag(CLI::App* command, const FieldInfo& field, const FieldFlag& flag, RecordInputs& inputs) {
    const std::string name = flag.names.substr(0, flag.names.find(','));
    const auto take = [&inputs, name, field_name = field.name, change = flag.change](const CLI::results_t& typed) {
        for (const std::string& argument : typed) inputs.fields.push_back({field_name, name, change, argument});
        return true;
    };
    const bool removes = flag.change == FieldInput::Change::remove;
    const std::string& label = field.label.shown();
    CLI::Option* option = command->add_option(flag.names, take, removes ? text<Text::help_remove>(label) : label);
    option->type_name(field.type == "date" ? "YYYY-MM-DD" : field.type == "record" ? "ID" : "TEXT");
    // One value each time the option is written. CLI11's own lists would swallow what follows and split "[a,b]".
    if (flag.change != FieldInput::Change::put) option->expected(1, -1)->allow_extra_args(false);
}

void Grammar::add_fields(CLI::App* command, const std::vector<FieldInfo>& fields, FieldInput::Change most,
                         RecordInputs& inputs) {
    for (const FieldInfo& field : fields) {
        for (const FieldFlag& flag : flags_of(field))
            if (flag.change <= most) add_flag(command, field, flag, inputs);
        if (field.name != "position") continue;
        add_text(command, "--lat", text<Text::help_lat>(), inputs.latitude)->type_name("DEGREES");
        add_text(command, "--lon", text<Text::help_lon>(), inputs.longitude)->type_name("DEGREES");
    }
    command->footer(text<Text::help_sources>());
}

void Grammar::add_new_record(const TypeInfo& type) {
    NewRecord& record = *new_records_.emplace_back(std::make_unique<NewRecord>());
    record.type = type.name;
    CLI::App* command = add_command(type.name, text<Text::help_new>(type.label.shown()));
    command->add_option("--division", record.division, text<Text::help_division>())->type_name("CODE")->required();
    add_fields(command, type.fields, FieldInput::Change::add, record.inputs);
    answers(command, record);
}

void Grammar::add_edit(const Schema& schema) {
    CLI::App* command = add_command("edit", text<Text::help_edit>());
    command->add_option("ID", edit_.id, text<Text::help_id>())->required();
    add_fields(command, fields_of_all_types(schema), FieldInput::Change::remove, edit_.inputs);
    answers(command, edit_);
}

void Grammar::add_list(const Schema& schema) {
    std::vector<std::string> names;
    for (const TypeInfo& type : schema.types()) names.push_back(type.name);
    CLI::App* command = add_command("list", text<Text::help_list>());
    command->add_option("--type", list_.type, text<Text::help_type>())
        ->type_name(schema_type_names(schema, "|"))
        ->check(CLI::IsMember(names).description(""));
    command->add_option("--rows", list_.rows_max, text<Text::help_rows>())
        ->type_name("N")
        ->check(CLI::Range(1, list_rows_max).description(""));
    answers(command, list_);
}

void Grammar::add_looking() {
    CLI::App* show = add_command("show", text<Text::help_show>());
    show->add_option("ID", show_.id, text<Text::help_id>())->required();
    answers(show, show_);
    CLI::App* log = add_command("log", text<Text::help_log>());
    log->add_option("ID", log_.id, text<Text::help_id>())->required();
    answers(log, log_);
    answers(add_command("conflicts", text<Text::help_conflicts>()), conflicts_);
}

void Grammar::add_resolve() {
    CLI::App* command = add_command("resolve", text<Text::help_resolve>());
    command->add_option("ID", resolve_.id, text<Text::help_id>())->required();
    command->add_option("FIELD", resolve_.field, text<Text::help_field>())->required();
    auto* choose = add_text(command, "--choose", text<Text::help_choose>(), resolve_.choose)->type_name("N|DOT");
    add_text(command, "--value", text<Text::help_value>(), resolve_.value)->type_name("TEXT")->excludes(choose);
    answers(command, resolve_);
}

void Grammar::add_standing() {
    answers(add_command("sync", text<Text::help_sync>()), sync_);
    answers(add_command("status", text<Text::help_status>()), outbox_);
    answers(add_command("verify", text<Text::help_verify>()), verify_);
    CLI::App* fsck = add_command("fsck", text<Text::help_fsck>());
    CLI::Option* rebuild = fsck->add_flag_callback(
        "--rebuild", [this] { fsck_.rebuild = Fsck::Rebuild::yes; }, text<Text::help_rebuild>());
    fsck->add_option("--salvage", fsck_.salvage_to, text<Text::help_salvage>())->type_name("FILE")->excludes(rebuild);
    answers(fsck, fsck_);
    CLI::App* export_command = add_command("export", text<Text::help_export>());
    export_command->add_option("--out", export_.file, text<Text::help_out>())->type_name("FILE")->required();
    export_command->add_option("--after", export_.after_seq, text<Text::help_after>())
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 62).description(""));
    answers(export_command, export_);
}

void Grammar::settle_paths() {
    const std::filesystem::path directory = phone_directory_;
    settings_.database = database_.empty() ? (directory / "phone.db").string() : database_;
    settings_.key = key_.empty() ? (directory / "phone.key").string() : key_;
    settings_.language = language_ == "en" ? Language::en : Language::zh_cn;
    settings_.output = json_ ? Output::json : Output::text;
}

/// Words that nothing takes come first: "a subcommand is required" does not help who mistyped one. Of a text without
/// quotes only the number of its words is told.
std::string Grammar::complaint(const CLI::ParseError& error) const {
    const std::vector<std::string> extra = app_.remaining(/*recurse=*/true);
    if (extra.empty()) return error.what();
    const bool is_text = !app_.get_subcommands().empty() && !extra.front().starts_with('-');
    if (is_text) return text<Text::words_left_over>(extra.size());
    return text<Text::not_understood>(one_line(extra.front(), word_characters_max));
}

/// What may stand where the error is: the options of the command that was typed, or the commands.
std::string Grammar::allowed() const {
    const auto typed = app_.get_subcommands();
    std::string out;
    if (typed.empty()) {
        for (const CLI::App* command : app_.get_subcommands({})) out += " " + command->get_name();
        return text<Text::allowed_commands>(out);
    }
    const CLI::App* command = typed.front();
    for (const CLI::Option* option : command->get_options())
        if (option->nonpositional()) out += " " + option->get_name();
    for (const CLI::Option* option : app_.get_options([](const CLI::Option* o) { return !o->check_lname("help"); }))
        out += " " + option->get_name();
    return text<Text::allowed_options>(command->get_name(), out);
}

Result<std::variant<Invocation, HelpText>> Grammar::parse(const Arguments& arguments) {
    Arguments reversed = with_empty_values(arguments);  // CLI11 takes them from the back
    std::reverse(reversed.begin(), reversed.end());
    try {
        app_.parse(reversed);
    } catch (const CLI::CallForVersion& version) {
        return {HelpText{version.what()}};
    } catch (const CLI::Success&) {
        return {HelpText{app_.help()}};
    } catch (const CLI::ParseError& error) {
        return Failure{DS_BAD_CONFIGURATION, complaint(error) + "\n" + allowed()};
    }
    const bool decides = std::holds_alternative<Resolve>(*command_);
    if (decides && !resolve_.choose && !resolve_.value)
        return Failure{DS_BAD_CONFIGURATION, text<Text::choose_or_value>() + "\n" + allowed()};
    settle_paths();
    return {Invocation{std::move(settings_), std::move(*command_)}};
}

}  // namespace

Settings first_look(const Arguments& arguments) {
    Settings found;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool says_en = arguments[i] == "--lang" && i + 1 < arguments.size() && arguments[i + 1] == "en";
        if (says_en || arguments[i] == "--lang=en") found.language = Language::en;
        if (arguments[i] == "--json") found.output = Output::json;
    }
    return found;
}

Result<std::variant<Invocation, HelpText>> parse_command_line(const Arguments& arguments, const Schema& schema) {
    return Grammar(schema).parse(arguments);
}

}  // namespace doorstep::cli
