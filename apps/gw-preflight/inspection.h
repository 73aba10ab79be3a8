#pragma once
// One URL, asked in the name of many origins: what --audit does.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/gw-preflight/check.h"
#include "apps/gw-preflight/options.h"
#include "apps/gw-preflight/wire.h"
#include "libgw/policy/cors/audit/judge.h"

namespace gw::preflight {

struct Inspected {
    cors::PageUrl url;
    std::size_t origins = 0;
    cors::Audit audit;
    std::optional<Error> error;  ///< the network failed
    std::vector<Exchange> exchanges;
};

int exit_of(const Inspected& inspected);

/// Runs once. Lives until its `done`.
class Inspection {
  public:
    using Done = std::function<void(Inspected)>;
    Inspection(Wire& wire, const Plan& plan, const Wanted& wanted, Done done);
    void start() { next(); }

  private:
    void next();
    void take(bool preflight, Result<Answer> came, const cors::Outgoing& out);
    void finish();

    const Wanted& wanted_;
    Courier courier_;
    cors::PageRequest asked_;
    std::vector<cors::Probe> probes_;
    std::vector<cors::Reaction> reactions_;
    Inspected inspected_;
    Done done_;
};

}  // namespace gw::preflight
