#pragma once
// A release of a gateway that runs: share by share, judged in between.
//
// What is judged are the gateway's own counts of both arms, and not its access log: they hold every request that chose
// a version and none that was refused before, they tell answers that broke off, they lose nothing where a log's disk is
// slow, and they are there on another machine and without a log. What they do not have is fields of a log:
// gw-canary judge has those.
//
// Nothing of a release is kept here but evidence. Share and phase are the gateway's, and are read again at each look:
// whoever starts a release again goes on at the gateway's share, with new evidence. A gateway that was started again
// gets its share back, and its counts are taken up where they begin.

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "apps/gw-canary/gateway.h"
#include "apps/gw-canary/report.h"
#include "libgw/io/net/loop.h"
#include "libgw/io/net/signals.h"

namespace gw::release {

/// What a release is to do.
struct Orders {
    std::vector<double> shares;  ///< 0 … 1, ascending, each less than 1
    Nanoseconds every{0};
    Nanoseconds longest{0};
    std::vector<canary::Metric> metrics;
    canary::Settings settings;
    /// Of too little data at the end: silence has time until then, and is no harm at the first look.
    canary::NoData no_data = canary::NoData::inconclusive;
};

class Release {
  public:
    Release(program::World& world, const Options& options, Orders orders, program::AdminPlace place);
    /// The exit code.
    Result<int> run();

  private:
    /// Why it ends.
    struct End {
        int code = program::kCannotTell;
        std::string why;
    };
    using Maybe = Result<std::optional<End>>;

    Maybe begin();
    Maybe look();
    /// Reads how the gateway stands, and puts right what a restart of it has undone.
    Maybe read();
    Maybe put_right();
    Maybe await_gateway(Error error);
    Maybe set_share(double share);
    Maybe decide();
    Maybe on_silence();
    /// What came since the last reading goes to the judge. `share`: of all of it, or nothing.
    void take(std::optional<double> share);
    /// Nobody meets the canary, and it is not a rollback.
    Maybe pause(std::string why);
    Maybe finish(std::string_view order, int code, const std::string& command, std::string why);
    Result<int> run_command(const std::string& command, std::string_view answer, const std::string& why);
    /// Nothing when it was interrupted.
    bool wait_until(Instant at);
    [[nodiscard]] End interrupted() const;
    /// When what was under way at a change of the share has been answered, mostly.
    [[nodiscard]] Nanoseconds settling() const;
    /// Which process the gateway is, and between which moments of our clock it began.
    struct Birth {
        std::int64_t pid = 0;
        Instant earliest;
        Instant latest;
    };
    Result<Birth> birth();
    void tell_look(std::string_view next);
    Result<int> tell_end(const End& end);
    void note(const std::string& text);
    [[nodiscard]] double seconds() { return std::chrono::duration<double>(loop_.now() - began_).count(); }

    program::World& world_;
    const Options& options_;
    Orders orders_;
    net::Loop loop_;
    Gateway gateway_;
    net::Timer timer_;
    net::Signals signals_;
    int signal_ = 0;
    canary::Judge judge_;
    canary::Verdict verdict_;
    History history_;
    std::size_t step_ = 0;
    Standing now_;
    Standing before_;  ///< as of the last time that the judge was told
    Birth born_;
    Instant began_;
    double share_ = 0;         ///< that the gateway is to have
    bool share_known_ = true;  ///< nothing came with another share
    canary::Sample stable_;    ///< all that the judge has seen
    canary::Sample canary_;
    std::uint64_t of_step_ = 0;    ///< requests of the canary at this share
    std::uint64_t last_look_ = 0;  ///< requests of both
    std::uint32_t silent_looks_ = 0;
    bool looked_ = false;
};

}  // namespace gw::release
