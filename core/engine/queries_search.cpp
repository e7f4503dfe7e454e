#include "core/engine/queries_search.hpp"

#include <functional>

#include "core/base/limits.hpp"
#include "core/engine/group.hpp"
#include "core/engine/queries_columns.hpp"
#include "core/store/search_index.hpp"

namespace doorstep {
namespace {

/// Every text that stands in the record, each alternative of a conflict too; what was superseded is history.
void fold_record_text(const RecordState& state, std::string& out) {
    for (const FieldState& field : state.fields)
        for (const Live& live : field.live) {
            if (live.value.type() != ValueType::text) continue;
            if (!out.empty()) out.push_back(' ');
            fold_text(live.value.as_text(), out);
        }
}

ReadText reader_of(Store& store) {
    return [&store](const ProjectedRow& row, std::string& folded) -> Status {
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> bytes, store.record_state(row.record, row.stream));
        if (!bytes) return Error{Errc::corrupt, "a projection names a record that is not there"};
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(*bytes));
        fold_record_text(state, folded);
        return ok();
    };
}

/// Reads what the index offers, and keeps what matches.
class Finder {
public:
    Finder(Store& store, const SearchWords& words, std::size_t rows_max)
        : store_(store), words_(words), rows_max_(rows_max) {}

    Result<SearchIndex::Visit> operator()(RowNo no) {
        if (read_ == limits::search_read_max || page.cards.size() == rows_max_) {
            page.next = cursor_after(last_);
            return SearchIndex::Visit::stop;
        }
        ++read_;
        last_ = no;
        DOORSTEP_TRY_ASSIGN(const std::optional<ProjectedRow> row, Projection(store_.database()).find(no));
        if (!row) return SearchIndex::Visit::go_on;  // purged since the block was made
        DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> bytes, store_.record_state(row->record, row->stream));
        if (!bytes) return Error{Errc::corrupt, "a projection names a record that is not there"};
        DOORSTEP_TRY_ASSIGN(const RecordState state, RecordState::unpack(*bytes));
        folded_.clear();
        fold_record_text(state, folded_);
        if (!words_.match(folded_)) return SearchIndex::Visit::go_on;
        DOORSTEP_TRY_ASSIGN(Card card, card_of(store_, {row->record, row->stream, row->type, {}}, state));
        if (card.moved_to) {  // shown once: where it stands, if that is here
            DOORSTEP_TRY_ASSIGN(const Member member, member_of(store_, {row->record, row->stream, row->type, *bytes}));
            if (!member.moved_to) return SearchIndex::Visit::go_on;
        }
        page.cards.push_back(std::move(card));
        return SearchIndex::Visit::go_on;
    }

    Page page;

private:
    Store& store_;
    const SearchWords& words_;
    std::size_t rows_max_, read_ = 0;
    RowNo last_ = after_every_row;
    std::string folded_;
};

}  // namespace

Result<Page> search(Store& store, std::string_view query, const PageRequest& request) {
    DOORSTEP_TRY_ASSIGN(const RowNo below, read_row_cursor(request));
    DOORSTEP_TRY_ASSIGN(const SearchWords words, SearchWords::parse(query));
    if (words.words.empty()) return Page{};
    Finder finder(store, words, request.rows_max);
    DOORSTEP_TRY(SearchIndex(store.database()).offer(words.tokens, below, std::ref(finder)));
    return std::move(finder.page);
}

Result<Indexing> index_some(Store& store, std::size_t records_max) {
    Indexing out;
    DOORSTEP_TRY_ASSIGN(const std::size_t waiting, settle_columns(store, records_max));
    const ReadText read = reader_of(store);
    while (out.records < records_max) {
        DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(store.database()));
        DOORSTEP_TRY_ASSIGN(const std::size_t records, SearchIndex(store.database()).make_block(read));
        DOORSTEP_TRY(transaction.commit());
        if (records == 0) {
            out.state = waiting == 0 ? Indexing::State::caught_up : Indexing::State::more;
            break;
        }
        out.records += records;
    }
    return out;
}

Status forget_words(Store& store, const RecordKey& key) {
    DOORSTEP_TRY_ASSIGN(const auto no, Projection(store.database()).number_of(key.first, key.second));
    if (!no) return ok();
    DOORSTEP_TRY(LateColumns(store.database()).forget(*no));
    return SearchIndex(store.database()).forget_record(*no);
}

Status check_search(Store& store) { return SearchIndex(store.database()).check(reader_of(store)); }

}  // namespace doorstep
