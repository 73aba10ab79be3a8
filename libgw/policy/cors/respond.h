#pragma once
// What the server says: the answer to a preflight, and the fields of all other answers.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/policy/cors/policy.h"
#include "libgw/wire/http/fields.h"
#include "libgw/wire/http/method.h"

namespace gw::cors {

/// OPTIONS with Origin and Access-Control-Request-Method. The views are of the request's fields.
struct PreflightRequest {
    std::string_view origin;
    std::string_view method;
    std::vector<std::string_view> headers;  ///< asked for, as they were written
    bool well_formed = true;                ///< one origin, one method, and names that are names
};

/// The preflight that the request is; nothing when it is an ordinary request.
std::optional<PreflightRequest> read_preflight(http::Method method, const http::Fields& fields);

/// Whether the policy allows what the preflight asks. `of_route`: the methods that the path has.
bool permits(const Policy& policy, const PreflightRequest& request, const std::vector<std::string>& of_route);

/// The fields of the 204: what is allowed when all that was asked for is, as AWS's HTTP APIs, else nothing but Vary.
void add_preflight_fields(const Policy& policy, const PreflightRequest& request,
                          const std::vector<std::string>& of_route, http::Fields& into);

/// The fields of an actual answer. `origin`: the request's, nothing when it has none.
/// Vary is there whenever the answer could have been another for another origin, so that no cache mixes them.
/// `upstream_vary`: what the target's answer varies by already; "": nothing.
void add_answer_fields(const Policy& policy, std::optional<std::string_view> origin, std::string_view upstream_vary,
                       http::Fields& into);

/// Whether the field of an answer belongs to CORS: where there is a policy a target's own is dropped.
bool is_cors_field(std::string_view name);

}  // namespace gw::cors
