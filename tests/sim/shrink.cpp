#include "tests/sim/shrink.hpp"

#include <algorithm>

namespace doorstep::sim {
namespace {

class Shrinker {
public:
    Shrinker(Plan plan, int invariant, std::size_t runs_max)
        : plan_(std::move(plan)), invariant_(invariant), left_(runs_max) {}

    Plan shrink() {
        for (std::size_t chunk = plan_.actions.size() / 2; chunk >= 1; chunk /= 2)
            while (drop_chunks(chunk) && left_ > 0) {
            }
        for (Action& action : plan_.actions) drop_fault(action);
        return plan_;
    }

private:
    bool still_fails(const Plan& candidate) {
        if (left_ == 0) return false;
        --left_;
        const Outcome outcome = run(candidate);
        return outcome.violation && outcome.violation->invariant == invariant_;
    }
    /// Whether any chunk of this size could go.
    bool drop_chunks(std::size_t chunk) {
        bool dropped = false;
        for (std::size_t at = plan_.actions.size(); at > 0;) {
            const std::size_t from = at > chunk ? at - chunk : 0;
            Plan candidate = plan_;
            candidate.actions.erase(candidate.actions.begin() + static_cast<std::ptrdiff_t>(from),
                                    candidate.actions.begin() + static_cast<std::ptrdiff_t>(at));
            if (still_fails(candidate)) {
                plan_ = std::move(candidate);
                dropped = true;
            }
            at = std::min(from, plan_.actions.size());
        }
        return dropped;
    }
    void drop_fault(Action& action) {
        if (action.fault == Fault::none || action.act == Act::event) return;
        const Fault was = action.fault;
        action.fault = Fault::none;
        if (!still_fails(plan_)) action.fault = was;
    }

    Plan plan_;
    int invariant_;
    std::size_t left_;
};

}  // namespace

Plan shrink(const Plan& plan, const Outcome& failure, std::size_t runs_max) {
    Plan cut = plan;
    if (failure.at_action + 1 < cut.actions.size()) cut.actions.resize(failure.at_action + 1);
    return Shrinker(std::move(cut), failure.violation->invariant, runs_max).shrink();
}

}  // namespace doorstep::sim
