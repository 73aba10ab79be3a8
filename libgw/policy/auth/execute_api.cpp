#include "libgw/policy/auth/execute_api.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/http/uri.h"

namespace gw::auth {
namespace {

std::string start_of(const ExecuteApi& api) {
    return fmt::format("arn:aws:execute-api:{}:{}:{}/{}/", api.region, api.account, api.api, api.stage);
}

Result<ExecuteApiRequest> checked(ExecuteApiRequest request) {
    if (request.arn.size() <= kLongestArn) return request;
    return Error{
        Errc::limit,
        fmt::format("the resource is {} bytes long, and IAM compares no more than {}", request.arn.size(), kLongestArn),
        {},
        {}};
}

}  // namespace

Result<ExecuteApiRequest> http_request(const ExecuteApi& api, std::string_view method, std::string_view path,
                                       bool websocket_api) {
    if (path.starts_with('/')) path.remove_prefix(1);
    std::string arn = start_of(api);
    arn.append(method).append("/");
    if (websocket_api) {
        const std::size_t slash = path.find('/');
        const std::string_view first = path.substr(0, slash);
        if (first == "@connections" || equals_ignoring_case(first, "%40connections")) {
            arn += "@connections";
            if (slash != std::string_view::npos) arn.append("/").append(http::percent_decode(path.substr(slash + 1)));
            return checked({kManageConnections, std::move(arn)});
        }
    }
    arn += path;
    return checked({kInvoke, std::move(arn)});
}

std::vector<std::string> asked_methods(std::string_view method, bool route_names_method) {
    std::vector<std::string> methods{std::string(method)};
    std::string capitals = to_upper(method);
    const bool is_head = capitals == "HEAD" && !route_names_method;
    if (capitals != method) methods.push_back(std::move(capitals));
    if (is_head) methods.emplace_back("GET");
    return methods;
}

Result<ExecuteApiRequest> websocket_request(const ExecuteApi& api, std::string_view route_key) {
    return checked({kInvoke, start_of(api).append(route_key)});
}

}  // namespace gw::auth
