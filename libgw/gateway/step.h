#pragma once
// What a stage of the pipeline answers: next, respond, or ask. A stage asks and does not act; whoever drives the
// pipeline performs the effect (perform.cpp in the gateway, a script in a test, a sentence in `explain`).

#include <cstdint>

#include "libgw/base/clock.h"
#include "libgw/io/net/http_client.h"
#include "libgw/wire/http/message.h"

namespace gw::gateway {

struct Exchange;
struct Reply;
struct Step;

/// What the world can be asked for.
enum class Effect : std::uint8_t {
    fetch,  ///< send the request to Exchange::target, answer with the head of what comes back, or with a failure
    wait,   ///< let Step::wait pass
    keys,   ///< fetch the keys of Exchange::wanted again if that may bring the one of Exchange::wanted_kid; wait for it
    collect,  ///< receive the whole body of the request and hold it; Exchange::body says what is known of it
    count,    ///< wait until Runtime::limits know more about this request, at most Step::wait
    share,    ///< wait until whoever leads Exchange::wanted_flight has landed, at most Step::wait
};

/// The world's reply to an Ask.
struct Reply {
    http::ResponseHead* head = nullptr;          ///< fetch: the answer has begun
    const net::FetchFailure* failure = nullptr;  ///< fetch: there will be none
    bool timed_out = false;                      ///< fetch: the deadline came first
    Instant now;
};

using Resume = Step (*)(Exchange&, Reply&);

struct [[nodiscard]] Step {
    enum class Kind : std::uint8_t {
        next,     ///< the stage has nothing against it
        respond,  ///< Exchange::decision is decided
        ask,      ///< perform `effect`, then go on with `resume`
    };
    Kind kind = Kind::next;
    Effect effect = Effect::fetch;
    Resume resume = nullptr;
    Nanoseconds wait{0};

    static Step go_on() { return {}; }
    static Step respond() { return {Kind::respond, Effect::fetch, nullptr, Nanoseconds(0)}; }
    static Step ask(Effect effect, Resume resume, Nanoseconds wait = Nanoseconds(0)) {
        return {Kind::ask, effect, resume, wait};
    }
};

}  // namespace gw::gateway
