#pragma once
// Every word that can stand in Refusal::reason. The log, the metric, --explain, the man page and the tests read this
// table.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gw {

/// A word and what it means, in one line for people.
struct Reason {
    std::string_view word;
    std::string_view meaning;
};

namespace reason {

inline constexpr std::string_view kRequestMalformed = "request.malformed";
inline constexpr std::string_view kRequestLine = "request.line";
inline constexpr std::string_view kRequestHead = "request.head";
inline constexpr std::string_view kRequestMethod = "request.method";
inline constexpr std::string_view kRequestCoding = "request.coding";
inline constexpr std::string_view kRequestVersion = "request.version";
inline constexpr std::string_view kRequestExpect = "request.expect";
inline constexpr std::string_view kRequestTimeout = "request.timeout";
inline constexpr std::string_view kRequestMisdirected = "request.misdirected";
inline constexpr std::string_view kRequestPath = "request.path";
inline constexpr std::string_view kBodyTooLarge = "body.too_large";
inline constexpr std::string_view kBodyTimeout = "body.timeout";
inline constexpr std::string_view kRouteHost = "route.host";
inline constexpr std::string_view kRouteBasePath = "route.base_path";
inline constexpr std::string_view kRouteStage = "route.stage";
inline constexpr std::string_view kRouteNotFound = "route.not_found";
inline constexpr std::string_view kJwtMissing = "jwt.missing";
inline constexpr std::string_view kJwtMalformed = "jwt.malformed";
inline constexpr std::string_view kJwtAlgorithm = "jwt.algorithm";
inline constexpr std::string_view kJwtKey = "jwt.key";
inline constexpr std::string_view kJwtKeys = "jwt.keys";
inline constexpr std::string_view kJwtSignature = "jwt.signature";
inline constexpr std::string_view kJwtClaim = "jwt.claim";
inline constexpr std::string_view kJwtExpired = "jwt.expired";
inline constexpr std::string_view kJwtEarly = "jwt.early";
inline constexpr std::string_view kJwtIssuer = "jwt.issuer";
inline constexpr std::string_view kJwtAudience = "jwt.audience";
inline constexpr std::string_view kJwtUse = "jwt.use";
inline constexpr std::string_view kJwtScope = "jwt.scope";
inline constexpr std::string_view kIamMissing = "iam.missing";
inline constexpr std::string_view kIamSignature = "iam.signature";
inline constexpr std::string_view kIamDenied = "iam.denied";
inline constexpr std::string_view kPolicyDenied = "policy.denied";
inline constexpr std::string_view kKeyMissing = "key.missing";
inline constexpr std::string_view kKeySeveral = "key.several";
inline constexpr std::string_view kKeyUnknown = "key.unknown";
inline constexpr std::string_view kKeyDisabled = "key.disabled";
inline constexpr std::string_view kKeyPlan = "key.plan";
inline constexpr std::string_view kThrottlePlanMethod = "throttle.plan.method";
inline constexpr std::string_view kThrottlePlan = "throttle.plan";
inline constexpr std::string_view kThrottleRoute = "throttle.route";
inline constexpr std::string_view kThrottleStage = "throttle.stage";
inline constexpr std::string_view kThrottleClient = "throttle.client";
inline constexpr std::string_view kThrottleAccount = "throttle.account";
inline constexpr std::string_view kThrottleQuota = "throttle.quota";
inline constexpr std::string_view kCacheOnly = "cache.only_if_cached";
inline constexpr std::string_view kCacheDenied = "cache.denied";
inline constexpr std::string_view kTargetRefused = "target.refused";
inline constexpr std::string_view kTargetResolve = "target.resolve";
inline constexpr std::string_view kTargetTls = "target.tls";
inline constexpr std::string_view kTargetReset = "target.reset";
inline constexpr std::string_view kTargetTimeout = "target.timeout";
inline constexpr std::string_view kTargetBadAnswer = "target.bad_answer";
inline constexpr std::string_view kTargetOverload = "target.overload";
inline constexpr std::string_view kTargetNoHealthy = "target.no_healthy";
inline constexpr std::string_view kTargetRequest = "target.request";
inline constexpr std::string_view kTargetStarting = "target.starting";
inline constexpr std::string_view kOverloadMemory = "overload.memory";
inline constexpr std::string_view kDraining = "draining";
inline constexpr std::string_view kFaultInjected = "fault.injected";
inline constexpr std::string_view kClientGone = "client.gone";
inline constexpr std::string_view kAnswerBroken = "answer.broken";
inline constexpr std::string_view kInternal = "internal";

}  // namespace reason

/// All of them, in the order of a request's way.
inline constexpr std::array kReasons{
    Reason{reason::kRequestMalformed, "the request breaks the grammar or the framing of HTTP/1.1"},
    Reason{reason::kRequestLine, "the request line is longer than allowed"},
    Reason{reason::kRequestHead, "the fields are more, or larger, than allowed"},
    Reason{reason::kRequestMethod, "the method is not served (CONNECT, TRACE)"},
    Reason{reason::kRequestCoding, "a transfer coding other than chunked"},
    Reason{reason::kRequestVersion, "a version of HTTP that is not spoken here"},
    Reason{reason::kRequestExpect, "an expectation other than 100-continue"},
    Reason{reason::kRequestTimeout, "the head did not arrive in time"},
    Reason{reason::kRequestMisdirected, "the host name is not the one of the TLS connection"},
    Reason{reason::kRequestPath, "a path parameter hides a way out of the target's path"},
    Reason{reason::kBodyTooLarge, "the body is larger than the route takes"},
    Reason{reason::kBodyTimeout, "the body stopped arriving, or came too slowly"},
    Reason{reason::kRouteHost, "no api is served under this host name"},
    Reason{reason::kRouteBasePath, "no api is mapped to this path"},
    Reason{reason::kRouteStage, "the path does not start with a stage of the api"},
    Reason{reason::kRouteNotFound, "no route for this method and path"},
    Reason{reason::kJwtMissing, "the request brings no token"},
    Reason{reason::kJwtMalformed, "the token is not a signed token in compact form, or larger than allowed"},
    Reason{reason::kJwtAlgorithm, "the token's algorithm is not allowed"},
    Reason{reason::kJwtKey, "the issuer has no key of the token's name, or not for its algorithm"},
    Reason{reason::kJwtKeys, "the issuer's keys could not be fetched yet"},
    Reason{reason::kJwtSignature, "the token's signature is not the key's"},
    Reason{reason::kJwtClaim, "a claim of the token is absent, of the wrong type, or not the one that is asked for"},
    Reason{reason::kJwtExpired, "the token has expired"},
    Reason{reason::kJwtEarly, "the token is not valid yet, or was issued in the future"},
    Reason{reason::kJwtIssuer, "the token is another issuer's"},
    Reason{reason::kJwtAudience, "the token is meant for somebody else"},
    Reason{reason::kJwtUse, "an ID token where an access token is asked for, or the other way round"},
    Reason{reason::kJwtScope, "the token has none of the scopes that the route asks for"},
    Reason{reason::kIamMissing, "the request is not signed"},
    Reason{reason::kIamSignature, "the request's signature is not believed"},
    Reason{reason::kIamDenied, "the policies of the caller do not allow this"},
    Reason{reason::kPolicyDenied, "the resource policy of the api does not allow this"},
    Reason{reason::kKeyMissing, "the request brings no API key"},
    Reason{reason::kKeySeveral, "the request brings more than one API key"},
    Reason{reason::kKeyUnknown, "nobody has this API key"},
    Reason{reason::kKeyDisabled, "the API key has been disabled"},
    Reason{reason::kKeyPlan, "the API key's usage plan does not name this api and stage"},
    Reason{reason::kThrottlePlanMethod, "the API key called this method more often than its usage plan lets it"},
    Reason{reason::kThrottlePlan, "the API key called more often than its usage plan lets it"},
    Reason{reason::kThrottleRoute, "the route is called more often than allowed"},
    Reason{reason::kThrottleStage, "the routes of this stage are called more often than allowed"},
    Reason{reason::kThrottleClient, "this client called more often than allowed"},
    Reason{reason::kThrottleAccount, "all apis together are called more often than allowed"},
    Reason{reason::kThrottleQuota, "the API key has used up the quota of its usage plan"},
    Reason{reason::kCacheOnly, "the client takes only what is stored, and nothing that may be shown is"},
    Reason{reason::kCacheDenied, "the client asks for a new answer, and may not"},
    Reason{reason::kTargetRefused, "nobody listens at the target"},
    Reason{reason::kTargetResolve, "the target's name has no address"},
    Reason{reason::kTargetTls, "the TLS handshake with the target failed"},
    Reason{reason::kTargetReset, "the target closed the connection before it answered"},
    Reason{reason::kTargetTimeout, "the target did not answer in time"},
    Reason{reason::kTargetBadAnswer, "the target's answer is not HTTP or breaks its framing"},
    Reason{reason::kTargetOverload, "too many requests are under way to the target"},
    Reason{reason::kTargetNoHealthy, "no target of the group takes requests"},
    Reason{reason::kTargetRequest, "the request for the target could not be written"},
    Reason{reason::kTargetStarting, "the command behind the gateway does not listen yet"},
    Reason{reason::kOverloadMemory, "the gateway is short of memory"},
    Reason{reason::kDraining, "the gateway is stopping"},
    Reason{reason::kFaultInjected, "the configuration asks for this share of failures"},
    Reason{reason::kClientGone, "the client went away before an answer began (499 in the log)"},
    Reason{reason::kAnswerBroken, "the answer broke off after it had begun: the client or the target went away"},
    Reason{reason::kInternal, "a fault of the gateway itself"},
};

/// The meaning of a word, or "" when it is not in the table.
constexpr std::string_view meaning_of(std::string_view word) {
    for (const Reason& entry : kReasons) {
        if (entry.word == word) return entry.meaning;
    }
    return {};
}

/// Places of words by their letters, for index_of().
class ReasonPlaces {
  public:
    constexpr ReasonPlaces() {
        for (std::size_t i = 0; i < kReasons.size(); ++i)
            places_[place_of(kReasons[i].word)] = static_cast<std::uint8_t>(i);
    }
    /// The last of the words that share the place of this one. Requires: it is not empty.
    [[nodiscard]] constexpr std::size_t likely(std::string_view word) const { return places_[place_of(word)]; }

  private:
    static constexpr std::size_t kPlaces = 256;
    static constexpr std::size_t place_of(std::string_view text) {
        std::size_t sum = text.size() * 29;
        for (const std::size_t at : {text.size() - 1, text.size() / 2, text.size() / 4 * 3})
            sum = sum * 31 + static_cast<unsigned char>(text[at]);
        return sum % kPlaces;
    }
    std::array<std::uint8_t, kPlaces> places_{};
};
inline constexpr ReasonPlaces kReasonPlaces;

/// Where a word stands in the table; the size of the table when it does not.
constexpr std::size_t index_of(std::string_view word) {
    if (word.empty()) return kReasons.size();
    const std::size_t likely = kReasonPlaces.likely(word);
    if (kReasons[likely].word == word) return likely;
    for (std::size_t i = 0; i < kReasons.size(); ++i)
        if (kReasons[i].word == word) return i;
    return kReasons.size();
}

}  // namespace gw
