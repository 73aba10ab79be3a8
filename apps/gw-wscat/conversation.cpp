#include "apps/gw-wscat/conversation.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>
#include <unistd.h>

#include "libgw/base/text.h"
#include "libgw/io/net/inquiry.h"
#include "libgw/io/net/signals.h"
#include "libgw/term/width.h"

namespace gw::wscat {

using net::callback;

Conversation::Conversation(program::World& world, const Options& options, const Plan& plan, Dialer& dialer,
                           std::vector<ScriptStep> steps)
    : world_(world),
      options_(options),
      plan_(plan),
      dialer_(dialer),
      loop_(dialer.loop()),
      output_(world, options, plan.coding),
      link_(dialer, *this),
      input_(loop_, options.nul ? '\0' : '\n', [this] { pump(); }),
      linger_(callback<&Conversation::on_linger>(this)),
      patience_(callback<&Conversation::on_patience>(this)),
      keepalive_(callback<&Conversation::on_keepalive>(this)),
      again_(callback<&Conversation::on_again>(this)),
      step_timer_(callback<&Conversation::on_step_time>(this)),
      random_(plan.seed),
      url_(plan.url),
      steps_(std::move(steps)) {}

Conversation::~Conversation() = default;

Result<int> Conversation::run() {
    const net::Signals signals(loop_, {SIGINT, SIGTERM}, [this](int number) { on_signal(number); });
    net::ignore_broken_pipes();
    interactive_ = plan_.reads_input && ::isatty(STDIN_FILENO) == 1 && world_.out_is_terminal && !options_.nul;
    if (plan_.reconnects && !options_.quiet) output_.say(fmt::format("seed {}", plan_.seed));
    dial();
    if (plan_.reads_input && !interactive_) input_.start();
    if (!code_) loop_.run();
    output_.above(nullptr);
    prompt_.reset();
    output_.flush();
    return *code_;
}

void Conversation::dial() {
    auto dial = dialer_.dial(url_);
    if (!dial) return complain(dial.error());
    link_.open(*dial);
}

void Conversation::complain(const Error& error) {
    program::tell(world_, error);
    exit_ = program::exit_of(error.code);
    if (link_.is_open()) return leave();
    code_ = exit_;
    loop_.stop();
}

void Conversation::start_prompt() {
    if (!interactive_ || prompt_) return;
    auto prompt = Prompt::open(
        world_, options_.no_history, output_.style(),
        [this](std::string line) {
            loop_.mailbox().send([this, line = std::move(line)] {
                typed_.push_back(line);
                pump();
            });
        },
        [this] {
            loop_.mailbox().send([this] {
                typed_over_ = true;
                pump();
            });
        });
    if (!prompt) return complain(prompt.error());
    prompt_ = std::move(*prompt);
    output_.above([this](const std::string& line) { prompt_->print(line); });
}

void Conversation::on_open(const websocket::Agreement& agreement) {
    attempts_ = 0;
    std::string about = "connected to " + term::printable(url_.text().substr(0, url_.text().find('?')));
    if (!agreement.protocol.empty()) about += ", " + term::printable(agreement.protocol);
    if (agreement.deflate) about += ", permessage-deflate";
    if (interactive_) about += " (Ctrl-C or Ctrl-D to leave)";
    output_.say(about);
    if (options_.jsonl)
        output_.tell(
            {.incoming = true, .op = "open", .data = agreement.protocol, .round_trip = {}, .code = 101, .peer = {}},
            loop_.date());
    alive_ = true;
    if (plan_.ping) loop_.arm_after(keepalive_, *plan_.ping);
    if (plan_.limits_time && !patience_.armed()) loop_.arm_after(patience_, plan_.timeout);
    start_prompt();
    if (!steps_.empty()) return advance();
    pump();
}

/// Sends what there is to send, as fast as it leaves.
void Conversation::pump() {
    if (!link_.is_open() || leaving_ || options_.echo || !steps_.empty()) return;
    bool more = true;
    while (more && link_.is_open() && !leaving_ && link_.waiting() < net::kHighWater) {
        if (next_message_ < plan_.messages.size()) {
            take_line(plan_.messages[next_message_++]);
        } else if (!typed_.empty()) {
            take_line(typed_.front());
            typed_.pop_front();
        } else if (auto record = plan_.reads_input && !interactive_ ? input_.next() : std::nullopt) {
            take_line(*record);
        } else {
            more = false;
        }
        // what leaves at once is not told of by on_sendable()
        if (!more || link_.waiting() >= net::kHighWater) link_.flush();
    }
    const bool over = interactive_ ? typed_over_ && typed_.empty()
                                   : next_message_ == plan_.messages.size() && (!plan_.reads_input || input_.over());
    if (over && link_.is_open() && !leaving_) input_ended();
}

void Conversation::take_line(const std::string& line) {
    ++line_;
    if (options_.slash && take_command(line)) return;
    auto payload = decode_line(line, plan_.coding);
    if (payload && payload->size() > plan_.limits.message)
        payload = Error{
            Errc::limit,
            fmt::format("a message of {} bytes is larger than --max-message or --aws-limits allow", payload->size()),
            {},
            {}};
    if (payload) return send(*payload, plan_.coding == Coding::text);
    if (interactive_) return output_.warn(payload.error().message);
    complain(std::move(payload).error().in(fmt::format("message {}", line_)));
}

/// wscat's /ping, /pong and /close.
bool Conversation::take_command(std::string_view line) {
    if (!line.starts_with('/')) return false;
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(1, space - 1);
    const std::string_view rest = space < line.size() ? line.substr(space + 1) : std::string_view();
    if (word == "ping") {
        send_ping(rest);
    } else if (word == "pong") {
        link_.pong(rest);
        output_.tell({.incoming = false, .op = "pong", .data = rest, .round_trip = {}, .code = {}, .peer = {}},
                     loop_.date());
    } else if (word == "close") {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        std::string text(rest);
        if (end < rest.size()) text[end] = ':';
        const auto farewell =
            text.empty() ? Result<Farewell>(Farewell()) : parse_farewell(text, websocket::Role::client);
        if (!farewell) {
            output_.warn(farewell.error().message);
            return true;
        }
        leaving_ = true;
        link_.close(farewell->code, farewell->reason);
    } else {
        output_.warn(fmt::format("/{} is no command: /ping, /pong, /close", term::printable(word)));
    }
    return true;
}

void Conversation::send(std::string_view payload, bool text) {
    if (!link_.send(text, payload)) return;
    loop_.refresh_clock();
    round_trips_.sent(loop_.now());
    if (options_.jsonl)
        output_.tell({.incoming = false,
                      .op = text ? "text" : "binary",
                      .data = payload,
                      .round_trip = {},
                      .code = {},
                      .peer = {}},
                     loop_.date());
    output_.flush();
}

void Conversation::send_ping(std::string_view payload) {
    link_.ping(payload);
    output_.tell({.incoming = false, .op = "ping", .data = payload, .round_trip = {}, .code = {}, .peer = {}},
                 loop_.date());
    output_.flush();
}

void Conversation::on_message(bool text, std::string_view message) {
    alive_ = true;
    ++came_;
    if (!leaving_ || !(plan_.count || plan_.until)) {
        output_.tell({.incoming = true,
                      .op = text ? "text" : "binary",
                      .data = message,
                      .round_trip = round_trips_.came(loop_.now()),
                      .code = {},
                      .peer = {}},
                     loop_.date());
        output_.flush();
    }
    if (options_.echo) {
        link_.send(text, message);
        return;
    }
    judge(message, text);
    if (linger_.armed() && linger_time_) loop_.arm_after(linger_, *linger_time_);
    if (!steps_.empty()) {
        unread_.emplace_back(message);
        advance();
    }
}

/// Who does not read his echo is not read either.
void Conversation::on_turn_end() {
    if (!options_.echo) return;
    link_.flush();
    if (link_.waiting() > net::kHighWater) link_.pause();
}

void Conversation::on_sendable() {
    if (options_.echo) return link_.resume();
    pump();
}

/// Whether it is one that is answered, or waited for.
void Conversation::judge(std::string_view message, bool text) {
    if (text && plan_.until && !until_seen_) until_seen_ = plan_.until->partial_match(message);
    if (text && plan_.expect && !expected_seen_) expected_seen_ = plan_.expect->partial_match(message);
    if (text)
        for (const auto& [pattern, reply] : plan_.replies)
            if (pattern.partial_match(message)) {
                send(reply, true);
                break;
            }
    if (leaving_ || !is_met()) return;
    if (plan_.count || plan_.until) {
        if (!options_.one || input_over_) leave();
        return;
    }
    if (plan_.expect && input_over_ && !linger_.armed() && options_.execute.empty()) {
        if (!plan_.limits_time) patience_.cancel();
        begin_to_linger();
    }
}

bool Conversation::is_met() const {
    return (!plan_.count || came_ >= *plan_.count) && (!plan_.until || until_seen_) &&
           (!plan_.expect || expected_seen_);
}

void Conversation::on_ping(std::string_view payload) {
    alive_ = true;
    output_.tell({.incoming = true, .op = "ping", .data = payload, .round_trip = {}, .code = {}, .peer = {}},
                 loop_.date());
}

void Conversation::on_pong(std::string_view payload) {
    alive_ = true;
    output_.tell({.incoming = true, .op = "pong", .data = payload, .round_trip = {}, .code = {}, .peer = {}},
                 loop_.date());
    if (std::exchange(pinged_, false)) {
        step_done_ = true;
        advance();
    }
}

/// Nothing more will be sent but what answers.
void Conversation::input_ended() {
    if (std::exchange(input_over_, true)) return;
    if (interactive_) return leave();
    if (!options_.execute.empty()) {
        if (plan_.wait) loop_.arm_after(linger_, *plan_.wait);
        return;
    }
    if ((plan_.count || plan_.until) && is_met()) return leave();
    if (is_met() || plan_.linger) return begin_to_linger();
    if (!patience_.armed()) loop_.arm_after(patience_, plan_.timeout);
}

void Conversation::begin_to_linger() {
    linger_time_ = plan_.linger.value_or(std::chrono::seconds(1));
    loop_.arm_after(linger_, *linger_time_);
}

void Conversation::on_linger() { leave(); }

void Conversation::on_patience() {
    if (leaving_) return;
    if (!plan_.waits_for_something() || !is_met()) {
        output_.warn(plan_.waits_for_something() ? "what is expected did not come in time" : "the time is over");
        exit_ = program::kNo;
    }
    leave();
}

void Conversation::on_keepalive() {
    if (!link_.is_open()) return;
    if (!alive_) return link_.give_up("no sign of life since the last ping");
    alive_ = false;
    send_ping({});
    link_.flush();
    loop_.arm_after(keepalive_, *plan_.ping);
}

void Conversation::leave() {
    if (std::exchange(leaving_, true)) return;
    linger_.cancel();
    patience_.cancel();
    if (again_.armed()) {
        again_.cancel();
        return stop(exit_.value_or(program::kNo));
    }
    link_.close(plan_.farewell.code, plan_.farewell.reason);
}

void Conversation::on_signal(int number) {
    exit_ = 128 + number;
    if (leaving_ || !link_.is_open()) {
        code_ = exit_;
        return loop_.stop();
    }
    leave();
}

bool Conversation::wants_reconnect(const Ending& ending) const {
    if (!plan_.reconnects || leaving_ || exit_) return false;
    if (*plan_.reconnects != 0 && attempts_ >= *plan_.reconnects) return false;
    // who refuses a request as wrong refuses it again
    if (ending.kind == Ending::Kind::refused)
        return ending.status >= 500 || ending.status == 408 || ending.status == 429;
    return ending.kind != Ending::Kind::closed ||
           (ending.code != websocket::CloseCode::normal && ending.code != websocket::CloseCode::no_status);
}

void Conversation::on_end(const Ending& ending) {
    keepalive_.cancel();
    const bool redirects = ending.kind == Ending::Kind::refused && options_.follow && ending.status >= 300 &&
                           ending.status < 400 && ending.fields.find(http::FieldName::location);
    if (redirects && redirects_ < 10) {
        ++redirects_;
        std::string location(*ending.fields.find(http::FieldName::location));
        if (location.starts_with('/')) {
            url_.path = location.substr(0, location.find('?'));
            url_.has_query = location.find('?') != std::string::npos;
            url_.query = url_.has_query ? location.substr(location.find('?') + 1) : "";
            return dial();
        }
        if (auto url = http::Url::parse(location)) {
            if (url->scheme == "http") url->scheme = "ws";
            if (url->scheme == "https") url->scheme = "wss";
            if (url_.secure() && !url->secure())
                return complain(Error{
                    Errc::closed, "the redirect leads from TLS into the clear: " + term::printable(location), {}, {}});
            if (url->authority.host != url_.authority.host && !plan_.fields.empty())
                return complain(
                    Error{Errc::closed,
                          "the redirect leads to another host, which would get the headers that were given: " +
                              term::printable(location),
                          "connect there, if it may have them",
                          {}});
            url_ = *std::move(url);
            return dial();
        }
    }
    switch (ending.kind) {
        case Ending::Kind::refused: output_.refused(ending, loop_.date()); break;
        case Ending::Kind::failed: program::tell(world_, ending.error); break;
        default: output_.ended(ending, loop_.date());
    }
    output_.flush();
    if (wants_reconnect(ending)) {
        // half a second, doubled each time, at most half a minute; and a half more or less, so that not all come at
        // once
        const double longest = 0.5 * static_cast<double>(1U << std::min(attempts_, 6U));
        const double wait = std::min(longest, 30.0) * (0.5 + random_.unit());
        ++attempts_;
        output_.say(fmt::format("connecting again in {:.1f} s", wait));
        loop_.arm_after(again_, std::chrono::nanoseconds(static_cast<std::int64_t>(wait * 1e9)));
        return;
    }
    stop(exit_of(ending));
}

void Conversation::on_again() { dial(); }

void Conversation::stop(int exit) {
    code_ = exit;
    loop_.stop();
}

int Conversation::exit_of(const Ending& ending) const {
    if (exit_) return *exit_;
    if (ending.kind == Ending::Kind::refused) return program::kRefused;
    if (ending.kind == Ending::Kind::failed) return program::exit_of(ending.error.code);
    const bool met = (plan_.count || plan_.until) && is_met();
    const bool normal = ending.code == websocket::CloseCode::normal ||
                        ending.code == websocket::CloseCode::going_away ||
                        ending.code == websocket::CloseCode::no_status;
    if (!met && (ending.kind == Ending::Kind::broken || (!ending.ours && !normal))) return program::kAbnormal;
    return is_met() && step_ == steps_.size() ? program::kYes : program::kNo;
}

// ── the script ──────────────────────────────────────────────────────────────

void Conversation::advance() {
    using Kind = ScriptStep::Kind;
    if (stepping_ || !link_.is_open()) return;
    stepping_ = true;
    while (step_ < steps_.size() && link_.is_open()) {
        const ScriptStep& step = steps_[step_];
        bool waits = false;
        switch (step.kind) {
            case Kind::send: send(step.text, plan_.coding == Coding::text); break;
            case Kind::expect:
                waits = true;
                while (waits && !unread_.empty()) {
                    waits = !step.pattern->partial_match(unread_.front());
                    unread_.pop_front();
                }
                break;
            case Kind::sleep: waits = !std::exchange(step_done_, false); break;
            case Kind::ping:
                waits = !std::exchange(step_done_, false);
                if (waits && !std::exchange(pinged_, true)) send_ping(step.text);
                break;
            case Kind::close:
                ++step_;
                leaving_ = true;
                step_timer_.cancel();
                link_.close(step.farewell.code, step.farewell.reason);
                stepping_ = false;
                return;
        }
        if (waits) {
            if (!step_timer_.armed()) loop_.arm_after(step_timer_, step.time);
            break;
        }
        step_timer_.cancel();
        ++step_;
    }
    stepping_ = false;
    link_.flush();
    if (step_ == steps_.size() && link_.is_open()) leave();
}

void Conversation::on_step_time() {
    const ScriptStep& step = steps_[step_];
    if (step.kind == ScriptStep::Kind::sleep) {
        step_done_ = true;
        return advance();
    }
    program::tell(world_, Error{Errc::timeout,
                                step.kind == ScriptStep::Kind::ping ? "no pong came in time"
                                                                    : fmt::format("{} did not come in time", step.text),
                                {},
                                Location{options_.script, step.line, 1}});
    exit_ = program::kNo;
    leave();
}

}  // namespace gw::wscat
