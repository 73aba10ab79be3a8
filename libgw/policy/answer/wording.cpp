#include "libgw/policy/answer/wording.h"

#include <algorithm>
#include <array>
#include <utility>

#include "libgw/base/text.h"
#include "libgw/policy/auth/sigv4/claim.h"
#include "libgw/policy/reasons.h"
#include "libgw/wire/http/status.h"

namespace gw {
namespace {

struct Side {
    int status;
    std::string_view message;
    std::string_view type = {};
};

struct Row {
    std::string_view reason;
    Side http;
    Side rest;
};

constexpr std::string_view kBadRequest = "BadRequestException";
constexpr std::string_view kForbidden = "ForbiddenException";
constexpr std::string_view kAccessDenied = "AccessDeniedException";
constexpr std::string_view kServerError = "InternalServerErrorException";
constexpr std::string_view kUnavailable = "ServiceUnavailableException";

constexpr Side kHttpUnauthorized{401, "Unauthorized"};
constexpr Side kHttpBusy{503, "Service Unavailable"};
constexpr Side kHttpTooMany{429, "Too Many Requests"};
constexpr Side kHttpNotFound{404, "Not Found"};
constexpr Side kRestForbidden{403, "Forbidden", kForbidden};
constexpr Side kRestUnauthorized{401, "Unauthorized", "UnauthorizedException"};
constexpr Side kRestTooMany{429, "Too Many Requests", "TooManyRequestsException"};
constexpr Side kRestNetwork{504, "Network error communicating with endpoint", kServerError};
constexpr Side kRestBusy{503, "Service Unavailable", kUnavailable};

constexpr std::array kRows{
    Row{reason::kRequestMalformed, {400, "Bad Request"}, {400, "Bad Request", kBadRequest}},
    Row{reason::kRequestLine, {414, "Request URI too long"}, {414, "Request URI too long", kBadRequest}},
    Row{reason::kRequestHead,
        {431, "Request Header Fields Too Large"},
        {431, "Request Header Fields Too Large", kBadRequest}},
    Row{reason::kRequestMethod, {405, "Method Not Allowed"}, {405, "Method Not Allowed", kBadRequest}},
    Row{reason::kRequestCoding, {501, "Not Implemented"}, {501, "Not Implemented", kServerError}},
    Row{reason::kRequestVersion,
        {505, "HTTP Version Not Supported"},
        {505, "HTTP Version Not Supported", kServerError}},
    Row{reason::kRequestExpect, {417, "Expectation Failed"}, {417, "Expectation Failed", kBadRequest}},
    Row{reason::kRequestTimeout, {408, "Request Timeout"}, {408, "Request Timeout", kBadRequest}},
    Row{reason::kRequestMisdirected, {421, "Misdirected Request"}, {421, "Misdirected Request", kBadRequest}},
    Row{reason::kRequestPath, {400, "Bad Request"}, {400, "Bad Request", kBadRequest}},
    // AWS answers 413 of a REST API as plain text: make_answer() does.
    Row{reason::kBodyTooLarge, {413, "Request Entity Too Large"}, {413, "Request Too Long", kBadRequest}},
    Row{reason::kBodyTimeout, {408, "Request Timeout"}, {408, "Request Timeout", kBadRequest}},
    Row{reason::kRouteHost, kHttpNotFound, kRestForbidden},
    Row{reason::kRouteBasePath, kHttpNotFound, kRestForbidden},
    Row{reason::kRouteStage, kHttpNotFound, kRestForbidden},
    Row{reason::kRouteNotFound,
        kHttpNotFound,
        {403, "Missing Authentication Token", "MissingAuthenticationTokenException"}},
    Row{reason::kJwtMissing, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtMalformed, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtAlgorithm, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtKey, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtKeys, kHttpBusy, kRestBusy},
    Row{reason::kJwtSignature, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtClaim, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtExpired, kHttpUnauthorized, {401, "The incoming token has expired", "UnauthorizedException"}},
    Row{reason::kJwtEarly, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtIssuer, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtAudience, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtUse, kHttpUnauthorized, kRestUnauthorized},
    Row{reason::kJwtScope, {403, "Forbidden"}, kRestUnauthorized},
    Row{reason::kIamMissing,
        {403, "Forbidden"},
        {403, "Missing Authentication Token", "MissingAuthenticationTokenException"}},
    Row{reason::kIamSignature, {403, "Forbidden"}, kRestForbidden},
    Row{reason::kIamDenied, {403, "Forbidden"}, {403, "Forbidden", kAccessDenied}},
    Row{reason::kPolicyDenied, {403, "Forbidden"}, {403, "Forbidden", kAccessDenied}},
    Row{reason::kKeyMissing, {403, "Forbidden"}, kRestForbidden},
    Row{reason::kKeySeveral, {400, "Bad Request"}, {400, "Bad Request", kBadRequest}},
    Row{reason::kKeyUnknown, {403, "Forbidden"}, kRestForbidden},
    Row{reason::kKeyDisabled, {403, "Forbidden"}, kRestForbidden},
    Row{reason::kKeyPlan, {403, "Forbidden"}, kRestForbidden},
    Row{reason::kThrottlePlanMethod, kHttpTooMany, kRestTooMany},
    Row{reason::kThrottlePlan, kHttpTooMany, kRestTooMany},
    Row{reason::kThrottleRoute, kHttpTooMany, kRestTooMany},
    Row{reason::kThrottleStage, kHttpTooMany, kRestTooMany},
    Row{reason::kThrottleClient, kHttpTooMany, kRestTooMany},
    Row{reason::kThrottleAccount, kHttpTooMany, kRestTooMany},
    Row{reason::kThrottleQuota, {429, "Limit Exceeded"}, {429, "Limit Exceeded", "LimitExceededException"}},
    Row{reason::kCacheOnly, {504, "Gateway Timeout"}, {504, "Gateway Timeout", kServerError}},
    Row{reason::kCacheDenied, {403, "Forbidden"}, kRestForbidden},
    Row{reason::kTargetRefused, kHttpBusy, kRestNetwork},
    Row{reason::kTargetResolve, kHttpBusy, kRestNetwork},
    Row{reason::kTargetTls, kHttpBusy, kRestNetwork},
    Row{reason::kTargetReset, kHttpBusy, kRestNetwork},
    Row{reason::kTargetTimeout, kHttpBusy, {504, "Endpoint request timed out", kServerError}},
    Row{reason::kTargetBadAnswer, {502, "Bad Gateway"}, {502, "Internal server error", kServerError}},
    Row{reason::kTargetOverload, kHttpBusy, kRestBusy},
    Row{reason::kTargetNoHealthy, kHttpBusy, kRestBusy},
    Row{reason::kTargetRequest, {500, "Internal Server Error"}, {500, "Internal server error", kServerError}},
    Row{reason::kTargetStarting, kHttpBusy, kRestBusy},
    Row{reason::kOverloadMemory, kHttpBusy, kRestBusy},
    Row{reason::kDraining, kHttpBusy, kRestBusy},
    Row{reason::kFaultInjected, kHttpBusy, kRestBusy},
    Row{reason::kClientGone, {499, "Client Closed Request"}, {499, "Client Closed Request", kBadRequest}},
    Row{reason::kAnswerBroken, {502, "Bad Gateway"}, {502, "Internal server error", kServerError}},
    Row{reason::kInternal, {500, "Internal Server Error"}, {500, "Internal server error", kServerError}},
};

const Row* find_row(std::string_view word) {
    static_assert(kRows.size() == kReasons.size());
    const std::size_t at = index_of(word);
    if (at < kRows.size() && kRows[at].reason == word) return &kRows[at];
    const auto row = std::find_if(kRows.begin(), kRows.end(), [word](const Row& each) { return each.reason == word; });
    return row == kRows.end() ? nullptr : row;
}

// Where only the status is known.
Side rest_side(int status) {
    switch (status) {
        case 401: return kRestUnauthorized;
        case 403: return kRestForbidden;
        case 404: return {404, "Not Found", "ResourceNotFoundException"};
        case 415: return {415, "Unsupported Media Type", kBadRequest};
        case 429: return kRestTooMany;
        case 500:
        case 502: return {status, "Internal server error", kServerError};
        case 503: return kRestBusy;
        case 504: return {504, "Endpoint request timed out", kServerError};
        default: break;
    }
    return {status, http::reason_of(static_cast<std::uint16_t>(status)), status < 500 ? kBadRequest : kServerError};
}

}  // namespace

Refusal refuse(ApiKind kind, std::string_view reason, std::string detail) {
    const Row* row = find_row(reason);
    const int status = row == nullptr ? 500 : kind == ApiKind::rest ? row->rest.status : row->http.status;
    return {status, reason, std::move(detail)};
}

Refusal refuse(const http::Refused& refused) {
    const auto word = [&refused] {
        switch (refused.status) {
            case 405: return reason::kRequestMethod;
            case 408: return refused.reason == "timeout.body" ? reason::kBodyTimeout : reason::kRequestTimeout;
            case 413: return reason::kBodyTooLarge;
            case 414: return reason::kRequestLine;
            case 417: return reason::kRequestExpect;
            case 431: return reason::kRequestHead;
            case 500: return reason::kInternal;
            case 501: return reason::kRequestCoding;
            case 505: return reason::kRequestVersion;
            default: return reason::kRequestMalformed;
        }
    };
    return {refused.status, word(), std::string(refused.reason)};
}

Wording wording_of(ApiKind kind, const Refusal& refusal, const http::Fields* request) {
    const Row* row = find_row(refusal.reason);
    Wording wording{refusal.status, {}, {}};
    const auto phrase = [](std::string_view registered) { return registered.empty() ? "Error" : registered; };
    if (kind == ApiKind::http) {
        wording.message = row != nullptr && row->http.status == refusal.status
                              ? row->http.message
                              : phrase(http::reason_of(static_cast<std::uint16_t>(refusal.status)));
        return wording;
    }
    const Side side = row != nullptr && row->rest.status == refusal.status ? row->rest : rest_side(refusal.status);
    wording.message = phrase(side.message);
    wording.error_type = side.type;
    if (refusal.reason == reason::kRouteNotFound && refusal.status == 403 && request != nullptr) {
        if (const auto authorization = request->find(http::FieldName::authorization)) {
            const bool has_date = request->has(http::FieldName::x_amz_date) || request->has(http::FieldName::date);
            // A signature is not looked at where there is no route; anything else is told that it is none.
            const auto denial = starts_with_ignoring_case(*authorization, sigv4::kAlgorithm)
                                    ? std::nullopt
                                    : sigv4::examine_authorization(*authorization, has_date);
            if (denial) return sigv4::wording_of(kind, *denial);
        }
    }
    return wording;
}

}  // namespace gw
