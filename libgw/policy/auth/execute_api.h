#pragma once
// What a request asks for in the words of IAM: action and resource of execute-api (Amazon API Gateway, "Control access
// to a REST API with IAM permissions").

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"

namespace gw::auth {

/// Which api and stage.
struct ExecuteApi {
    std::string_view region = "us-east-1";
    std::string_view account = "000000000000";
    std::string_view api;    ///< its id
    std::string_view stage;  ///< "$default" for an HTTP API without a stage
};

/// What is to be allowed.
struct ExecuteApiRequest {
    std::string_view action;  ///< "execute-api:Invoke" or "execute-api:ManageConnections"
    std::string arn;
};

inline constexpr std::string_view kInvoke = "execute-api:Invoke";
inline constexpr std::string_view kManageConnections = "execute-api:ManageConnections";
inline constexpr std::string_view kInvalidateCache = "execute-api:InvalidateCache";
/// The longest resource that IAM compares, in bytes.
inline constexpr std::size_t kLongestArn = 1600;

/// `path` is canonical and without base path and stage; its bytes stand in the resource as they are, escapes included.
/// "/@connections/ID" (also "/%40connections/ID") of a WebSocket API is ManageConnections, with the id decoded; any
/// other is Invoke: arn:aws:execute-api:us-east-1:000000000000:a1b2c3/prod/GET/pets/1, and …/GET/ for the root.
/// Errc::limit when the resource is longer than IAM's 1,600 bytes.
Result<ExecuteApiRequest> http_request(const ExecuteApi& api, std::string_view method, std::string_view path,
                                       bool websocket_api = false);

/// The methods that a request asks for, all of which have to be allowed. Its own, as it came. The same in capitals,
/// since a target may read "get" as GET. And GET with a HEAD that no route names: the head of an answer tells of the
/// answer, and who may not GET may not have it. `route_names_method`: the route is for this method alone, not for any.
std::vector<std::string> asked_methods(std::string_view method, bool route_names_method);

/// A route of a WebSocket API: "$connect", "$default", "sendMessage". Errc::limit as above.
Result<ExecuteApiRequest> websocket_request(const ExecuteApi& api, std::string_view route_key);

}  // namespace gw::auth
