#include "server/audit/chain.hpp"

namespace doorstep::server::audit {
namespace {

constexpr std::size_t batch_rows = 1000;

}  // namespace

Result<ChainReport> verify_chain(Chain& chain, const std::vector<KeptHead>& kept) {
    ChainReport report;
    const KeptHead* witness = kept.empty() ? nullptr : &kept.back();
    bool began = false;
    for (bool more = true; more;) {
        DOORSTEP_TRY_ASSIGN(const std::vector<Entry> batch, chain.after(report.head.number, batch_rows));
        more = !batch.empty();
        for (const Entry& entry : batch) {
            DOORSTEP_TRY(check_link(report.head, entry));
            report.head = head_of(entry);
            began = began || (witness && entry.hash == witness->began);
            if (witness && entry.number == witness->head.number && entry.hash != witness->head.hash)
                return Error{Errc::corrupt, "audit entry " + std::to_string(entry.number) +
                                                " is another than the one whose head was signed"};
        }
    }
    if (!witness) return report;
    if (witness->head.number > report.head.number)
        return Error{Errc::corrupt, "audit entry " + std::to_string(report.head.number + 1) +
                                        " is missing: the chain once reached " + std::to_string(witness->head.number)};
    if (!began) return Error{Errc::corrupt, "audit entry 1 begins another chain than the one whose head was signed"};
    report.witnessed = ChainReport::Witnessed::yes;
    for (std::size_t i = 0; i + 1 < kept.size(); ++i) report.lost.push_back(kept[i].head);
    return report;
}

}  // namespace doorstep::server::audit
