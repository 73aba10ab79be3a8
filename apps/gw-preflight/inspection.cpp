#include "apps/gw-preflight/inspection.h"

#include <utility>

#include "libgw/policy/cors/safelist.h"

namespace gw::preflight {

int exit_of(const Inspected& inspected) {
    if (inspected.error) return program::kNetwork;
    if (!inspected.audit.findings.empty()) return program::kNo;
    return inspected.audit.conclusive ? program::kYes : program::kCannotTell;
}

Inspection::Inspection(Wire& wire, const Plan& plan, const Wanted& wanted, Done done)
    : wanted_(wanted),
      courier_(wire),
      asked_(wanted.request),
      probes_(cors::make_probes(asked_.url, plan.origins, plan.stranger)),
      done_(std::move(done)) {
    asked_.method = cors::normalize_method(asked_.method);
    inspected_.url = asked_.url;
    inspected_.origins = probes_.size();
}

/// Of each probe the request first, where it may be sent, then the preflight.
void Inspection::next() {
    const bool again = !reactions_.empty() && reactions_.back().preflight_status == 0;
    if (!again) {
        if (reactions_.size() == probes_.size()) return finish();
        reactions_.push_back({probes_[reactions_.size()], 0, {}, 0, {}});
    }
    const bool preflight = again || !wanted_.sends_actual;
    const cors::Outgoing out = cors::to_outgoing(reactions_.back().probe, asked_, preflight);
    courier_.send(out, wanted_.body, [this, out](Result<Answer> came) { take(out.preflight, std::move(came), out); });
}

void Inspection::take(bool preflight, Result<Answer> came, const cors::Outgoing& out) {
    if (!came) {
        inspected_.error = std::move(came).error();
        return finish();
    }
    cors::Reaction& reaction = reactions_.back();
    (preflight ? reaction.preflight_status : reaction.status) = came->status;
    (preflight ? reaction.preflight_fields : reaction.fields) = came->fields;
    inspected_.exchanges.push_back({out, *std::move(came)});
    next();
}

void Inspection::finish() {
    if (!inspected_.error) inspected_.audit = cors::judge(reactions_);
    Done done = std::exchange(done_, nullptr);
    if (done) done(std::move(inspected_));
}

}  // namespace gw::preflight
