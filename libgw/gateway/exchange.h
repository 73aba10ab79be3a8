#pragma once
// One request on its way through the pipeline, as values.

#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/clock.h"
#include "libgw/base/random.h"
#include "libgw/gateway/cache_visit.h"
#include "libgw/gateway/held_body.h"
#include "libgw/gateway/runtime.h"
#include "libgw/gateway/shared.h"
#include "libgw/gateway/step.h"
#include "libgw/policy/answer/request_id.h"
#include "libgw/policy/answer/wording.h"
#include "libgw/policy/auth/remembered.h"
#include "libgw/policy/auth/sigv4/request.h"
#include "libgw/policy/auth/sigv4/signature.h"
#include "libgw/policy/balance/group.h"
#include "libgw/policy/routing/host.h"
#include "libgw/policy/routing/router.h"
#include "libgw/policy/trace.h"
#include "libgw/policy/verdict.h"
#include "libgw/wire/http/message.h"

namespace gw::gateway {

/// What belongs to a worker and every exchange of it may use.
struct WorkerState {
    Random random{0};
    Shared* shared = nullptr;
    auth::Remembered remembered;       ///< tokens that were just verified
    sigv4::SigningKeys signing_keys;   ///< that were just derived
    std::vector<sigv4::Field> fields;  ///< storage, used again
};

/// Who is found to call, and how that was told to the client when it was not believed.
struct Caller {
    const AuthorizerRuntime* authorizer = nullptr;
    std::shared_ptr<const auth::Token> token;       ///< that an authorizer believed
    const sigv4::Credential* credential = nullptr;  ///< that signed
    bool presigned = false;                         ///< in the query
    const auth::ApiKey* api_key = nullptr;
    /// What came of asking; `error`: there was nothing to judge him by.
    enum class Judged : std::uint8_t { not_yet, allowed, denied, error };
    Judged judged = Judged::not_yet;
    Digest token_digest{};  ///< of the token as it was sent
    /// Of a refusal, where the words of its reason are not enough.
    struct Told {
        std::optional<Wording> words;
        std::string challenge;         ///< www-authenticate
        std::string authorizer_error;  ///< $context.authorizer.error
    };
    std::unique_ptr<Told> told;
};

/// What the limits said no to: of a request that was refused, or would have been.
struct Throttled {
    std::optional<Instant> at;  ///< when limits were asked; nothing where none was
    std::string_view reason;    ///< "": nothing
    std::uint64_t left = 0;     ///< whole tokens of the bucket
    std::uint64_t most = 0;     ///< of them, or requests of the quota
    Nanoseconds wait{0};        ///< until it says yes; Nanoseconds::max(): never
    Nanoseconds window{0};      ///< in which all of them come back
    bool shadow = false;        ///< the request went on
};

/// Where the answer comes from.
struct Decision {
    enum class From : std::uint8_t {
        nobody,     ///< not decided yet
        gateway,    ///< a refusal: refusal
        mock,       ///< the route's own answer
        preflight,  ///< 204: what `cors` allows
        target,     ///< what was fetched: head, and the body as it comes
        cache,      ///< what is stored: Exchange::cache says what of it
    };
    From from = From::nobody;
    Refusal refusal;
    http::ResponseHead* head = nullptr;
};

struct Exchange {
    // ── what came ──
    http::RequestHead* request = nullptr;
    const Runtime* runtime = nullptr;
    WorkerState* worker = nullptr;
    std::vector<balance::Cursor>* cursors = nullptr;  ///< one for each group of `runtime`, this worker's
    std::vector<IssuerView>* issuers = nullptr;       ///< one for each of its issuers, this worker's
    Instant now;                                      ///< when the head was complete
    Date date;
    std::string_view client;  ///< the address it came from, "" for a unix socket
    bool secure = false;
    const net::TlsContext* tls = nullptr;  ///< of the listener; null in the clear
    std::string_view sni;                  ///< the name that the TLS connection was made for; "" when it named none
    std::uint16_t listen_port = 0;
    Trace* trace = nullptr;  ///< when somebody asked why

    // ── what the stages found ──
    ApiKind kind = ApiKind::http;  ///< whose manner of answering
    const ApiRuntime* api = nullptr;
    const RouteRuntime* route = nullptr;
    const VersionRuntime* version = nullptr;  ///< of the route: where the request goes
    const cors::Policy* cors = nullptr;       ///< which pages may read the answer; null: CORS is left to the target
    routing::Selection selection;
    routing::RouteMatch match;
    RequestIds ids;
    Caller caller;
    std::shared_ptr<Issuer> wanted;  ///< whose keys are asked for
    std::string wanted_kid;
    bool keys_were_asked = false;
    Throttled throttled;
    Instant counts_until = Instant::max();  ///< so long what limits it is waited for; max(): it was not
    std::unique_ptr<CacheVisit> cache;      ///< where the route keeps answers and the method can have to do with them
    std::string wanted_flight;              ///< another request's, whose answer is waited for
    std::optional<canary::Arm> arm;         ///< where there is a canary, once one of the two was chosen
    std::string set_cookie;                 ///< that holds the client to it; "": none
    std::optional<CollectedBody> body;      ///< once it was collected

    // ── the target at hand ──
    const net::Endpoint* target = nullptr;
    std::shared_ptr<const net::Endpoint> const* target_owner = nullptr;
    balance::Pick pick;
    balance::Tried tried;
    std::uint32_t attempts = 0;
    std::uint32_t retries = 0;
    bool fresh = false;      ///< the next attempt uses a new connection
    bool body_used = false;  ///< bytes of the request's body have gone to a target: it cannot be sent again
    Instant deadline;        ///< the head of the answer must be here by then
    Instant fetch_began;

    // ── what goes back ──
    Decision decision;
    std::uint8_t stage = 0;  ///< the next of route->stages (before there is a route: of the way in)

    void decide(Refusal refusal) {
        decision.from = Decision::From::gateway;
        decision.refusal = std::move(refusal);
    }
    /// With the status that this kind of api gives to the reason.
    Step refuse(std::string_view reason, std::string detail = {}) {
        return refuse(gw::refuse(kind, reason, std::move(detail)));
    }
    Step refuse(Refusal refusal) {
        decide(std::move(refusal));
        return Step::respond();
    }
};

}  // namespace gw::gateway
