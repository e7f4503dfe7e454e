// Opening the office's replica, and what the office looks at. What it writes is in hub_write.cpp, sync in hub_push.cpp
// and hub_pull.cpp.
#include "core/engine/hub.hpp"

#include "core/engine/forms.hpp"

namespace doorstep {
namespace {

constexpr std::string_view meta_epoch = "epoch", meta_restored = "restored";

}  // namespace

Result<std::unique_ptr<Hub>> Hub::open(const DatabaseOptions& options, const EntropySeed& seed, Divisions divisions,
                                       HubHost host) {
    DOORSTEP_TRY_ASSIGN(Store store, Store::open(options));
    std::unique_ptr<Hub> hub(new Hub(std::move(store), seed, std::move(divisions)));
    hub->host_ = std::move(host);
    DOORSTEP_TRY_ASSIGN(Transaction transaction, Transaction::begin(hub->store_.database()));
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> epoch, hub->store_.meta(meta_epoch));
    if (epoch) {
        DOORSTEP_TRY_ASSIGN(hub->epoch_, EpochId::from(*epoch));
    }
    DOORSTEP_TRY_ASSIGN(const bool restored, hub->store_.take_backup_mark());
    if (!epoch || restored) {
        hub->epoch_ = hub->entropy_.draw<EpochId>();
        DOORSTEP_TRY(hub->store_.set_meta(meta_epoch, hub->epoch_.view()));
        if (restored) DOORSTEP_TRY(hub->note_restored());
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> ever, hub->store_.meta(meta_restored));
    if (ever) hub->restored_ = Restored::yes;
    DOORSTEP_TRY(transaction.commit());
    DOORSTEP_TRY_ASSIGN(hub->forms_, load_forms(hub->store_));
    hub->opening_ = hub->entropy_.draw<Salt>();
    DOORSTEP_TRY(hub->settle_erasures());  // before anything is offered or answered
    return hub;
}

Status Hub::restored() {
    const EpochId epoch = entropy_.draw<EpochId>();
    DOORSTEP_TRY(note_restored());
    DOORSTEP_TRY(store_.set_meta(meta_epoch, epoch.view()));
    epoch_ = epoch;
    return ok();
}

/// Known from now on even if the caller's transaction does not last: what is asked of a restored office is never wrong.
Status Hub::note_restored() {
    restored_ = Restored::yes;
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> noted, store_.meta(meta_restored));
    return noted ? ok() : store_.set_meta(meta_restored, "yes");
}

Status Hub::together(const std::function<void()>& calls) {
    Status done = ok();
    {
        DOORSTEP_TRY_ASSIGN(TransactionGroup group, TransactionGroup::begin(store_.database()));
        DOORSTEP_TRY(follow());
        calls();
        done = group.commit();
    }
    if (!done) {
        DOORSTEP_TRY_ASSIGN(forms_, load_forms(store_));  // what was learnt meanwhile did not happen
    }
    return done;
}

Status Hub::follow() {
    const SharedLog* log = store_.database().log();
    if (!log || log->followed() == followed_) return ok();
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> epoch, store_.meta(meta_epoch));
    if (epoch) {
        DOORSTEP_TRY_ASSIGN(epoch_, EpochId::from(*epoch));
    }
    DOORSTEP_TRY_ASSIGN(const std::optional<Bytes> ever, store_.meta(meta_restored));
    if (ever) restored_ = Restored::yes;
    DOORSTEP_TRY_ASSIGN(forms_, load_forms(store_));
    followed_ = log->followed();
    return ok();
}

Result<std::vector<RecordView>> Hub::list(std::uint32_t type, std::size_t rows_max) {
    return list_views(store_, type, rows_max);
}

Result<std::vector<HeldView>> Hub::held(std::size_t rows_max) {
    DOORSTEP_TRY_ASSIGN(const std::vector<HeldPart> parts, store_.held(rows_max));
    std::vector<HeldView> out;
    for (const HeldPart& held : parts) {
        DOORSTEP_TRY_ASSIGN(const std::optional<Commit> commit, store_.find_commit(held.dot));
        if (!commit || held.part >= commit->parts.size()) return Error{Errc::corrupt, "a held part has no commit"};
        HeldView view{held, {held.dot, commit->header.author, commit->header.wall_ms}, {}, {}};
        if (const auto part = Part::unpack(commit->parts[held.part])) {
            view.area = part.value().stream.area.text();
            for (const RecordOps& record : part.value().records)
                for (const Op& op : record.ops)
                    if (!op.value.as_text().empty()) view.words.emplace_back(op.value.as_text());
        }
        out.push_back(std::move(view));
    }
    return out;
}

}  // namespace doorstep
