#pragma once
// One origin, one URL: what each browser makes of it.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/gw-preflight/errors.h"
#include "apps/gw-preflight/options.h"
#include "apps/gw-preflight/wire.h"
#include "libgw/policy/cors/advice.h"

namespace gw::preflight {

/// A request that was sent, for -v.
struct Exchange {
    cors::Outgoing request;
    Answer answer;
};

/// What a step of the way came to; status 0: there was no answer.
struct Half {
    bool sent = false;
    std::uint16_t status = 0;
    std::optional<bool> allowed;
    Nanoseconds took{0};
};

struct Report {
    cors::PageRequest request;
    std::string method;  ///< as it is sent
    bool cross_origin = true;
    bool needs_preflight = false;
    std::vector<std::string> unsafe_names;
    std::vector<std::string> left_out;
    Half preflight;
    Half actual;
    std::optional<bool> allowed;  ///< nothing: it takes the request itself to know
    cors::Judgement verdict;      ///< of the first browser that blocks
    std::string code;             ///< "" when allowed
    std::vector<std::string> blocked_by;
    std::optional<std::vector<std::string>> readable;  ///< of the answer that the page gets
    cors::Advice advice;
    std::uint16_t judged_status = 0;
    std::vector<ErrorAnswer> errors;  ///< that were brought about
    cors::Advice error_advice;        ///< for the first that the page could not read
    std::optional<Error> error;       ///< the network failed
    std::vector<Exchange> exchanges;

    /// Whether the page could read every error that was brought about.
    [[nodiscard]] bool reads_errors() const;
};

/// The exit code of one report by itself.
int exit_of(const Report& report, bool expects_allow);

/// Runs once. Lives until its `done`.
class Check {
  public:
    using Done = std::function<void(Report)>;
    Check(Wire& wire, const Plan& plan, const Options& options, const Wanted& wanted, Done done);
    void start() { next_engine(); }

  private:
    void next_engine();
    void go_on();
    void take(const cors::Outgoing& out, const Answer& answer);
    void finish_engine();
    void judge();
    void provoke();
    void take_error(Provocation provocation, const Answer& answer);
    void finish();

    Wire& wire_;
    const Plan& plan_;
    const Options& options_;
    const Wanted& wanted_;
    Courier courier_;
    Report report_;
    std::map<std::string, Answer> answers_;       // browsers that send the same get the same answer
    std::map<std::string, std::uint32_t> times_;  // how often this browser has sent it
    std::optional<cors::Fetch> fetch_;
    std::optional<Exchange> last_;
    std::size_t engine_ = 0;
    std::vector<Provocation> provocations_;
    std::size_t provoked_ = 0;
    Done done_;
};

}  // namespace gw::preflight
