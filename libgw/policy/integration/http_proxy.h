#pragma once
// HTTP_PROXY: a request's head on its way to a target over HTTP, and the answer's head on its way back.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"
#include "libgw/policy/answer/request_id.h"
#include "libgw/policy/integration/field_template.h"
#include "libgw/policy/integration/target_path.h"
#include "libgw/policy/integration/trace_context.h"
#include "libgw/policy/kind.h"
#include "libgw/policy/routing/router.h"
#include "libgw/policy/verdict.h"
#include "libgw/wire/http/encoder.h"
#include "libgw/wire/http/field_set.h"
#include "libgw/wire/http/forwarded.h"
#include "libgw/wire/http/message.h"

namespace gw::integration {

/// "--set-header 'N: v'" or "--remove-header N", on the way to the target. A value may name `$context` variables: one
/// that the request does not have leaves the field out, whatever the client sent under its name.
struct FieldEdit {
    bool remove = false;
    std::string name;
    std::string value;
};

/// What a route knows about its target when it is built.
struct ProxySpec {
    ApiKind kind = ApiKind::http;
    std::string api_id = "gw";
    routing::RouteKey route;
    std::string authority;             ///< of the target, as Host says it: "127.0.0.1:3000", "localhost"
    std::string path;                  ///< "" or starts with '/'; may name {parameters}
    std::optional<std::string> query;  ///< without '?'
    bool keep_host = false;            ///< pass the client's Host instead of the authority
    bool signed_by_client = false;     ///< AWS signatures are asked for: they end here
    std::vector<FieldEdit> edits;
};

/// Where a client sent its request, as the target is told: in X-Forwarded-Proto, -Port and -Host.
struct Origin {
    bool secure = false;
    std::uint16_t port = 0;  ///< 0: nobody knows
    std::string host;        ///< where a proxy that we trust says it; "": the request's own authority
};
/// What the connection says, and in its place what the head says where the peer is trusted and it can be read.
Origin origin_of(const http::RequestHead& head, bool peer_is_trusted, bool secure, std::uint16_t port);

/// One request to be sent up. All views and pointers live while write_request() runs.
struct ProxyRequest {
    const http::RequestHead* head = nullptr;
    routing::RequestPath path;
    const routing::RouteMatch* match = nullptr;
    std::string_view peer;           ///< the address at the other end of the connection; empty for a unix socket
    bool peer_is_trusted = false;    ///< it is one of our own proxies: its X-Forwarded-* count
    std::string_view forwarded_for;  ///< the addresses before the peer that are believed, "a, b" (see trusted_chain())
    bool secure = false;             ///< the client came over TLS
    std::uint16_t port = 0;          ///< of the listener; 0 for a unix socket
    std::optional<http::BodyLength> body;            ///< when it is not the head's: the body was collected
    std::array<std::uint8_t, kTraceBytes> random{};  ///< for the trace
    ContextSource context;                           ///< values for the fields that the gateway sets
};

/// A route's way to its target, worked out once. Immutable.
class HttpProxy {
  public:
    /// Errc::config as TargetPath::make, and for edits of fields that the gateway needs for itself or that are not
    /// fields.
    static Result<HttpProxy> make(ProxySpec spec);

    /// Appends the request head to `out` and returns nothing; or leaves `out` alone and says why not: request.path
    /// (400) for a parameter that would leave the target's path, request.malformed (400) for a Connection that names a
    /// field which the gateway sets, target.request (500) for a head that cannot be
    /// written. The head has exactly one Host, at most one of Content-Length and Transfer-Encoding, both by the
    /// gateway, no hop-by-hop field (RFC 9110 §7.6.1) and none that the client may not set; an upgrade to WebSocket is
    /// asked for anew. `scratch` is storage to be used again.
    [[nodiscard]] std::optional<Refusal> write_request(const ProxyRequest& request, std::string& scratch,
                                                       std::string& out, Date date) const;

    /// Appends, a line each, what the fields that the gateway sets depend on besides their configuration: the values of
    /// their variables, but for those that no other request can have (see FieldTemplate::write_values()).
    void write_told(const ContextSource& context, std::string& out) const;
    /// Whether the target is told something under this name that is in neither the client's field of that name nor
    /// write_told(), nor in the origin: nobody can say which other requests an answer is for that varies by it.
    [[nodiscard]] bool tells_apart_unseen(std::string_view name) const;

  private:
    enum class Action : std::uint8_t { pass, drop, by_name, if_trusted, tracestate, authorization };
    void copy_fields(const ProxyRequest& request, bool keeps_tracestate, http::HeadWriter& writer) const;
    void add_fields(const ProxyRequest& request, const TraceContext& trace, http::HeadWriter& writer) const;
    void add_forwarded(const ProxyRequest& request, http::HeadWriter& writer) const;
    [[nodiscard]] bool nominates_edit(const http::Fields& fields) const;
    [[nodiscard]] bool is_edited(std::string_view name) const;

    ProxySpec spec_;
    std::vector<FieldTemplate> templates_;  // of the edits, one each
    TargetPath path_;
    std::array<Action, static_cast<std::size_t>(http::FieldName::count_)> actions_{};
    http::FieldSet edited_;                  // known fields that an edit sets or removes
    std::vector<std::string> edited_names_;  // the others, lower case
};

/// What the way back needs to know.
struct ProxyResponse {
    const http::ResponseHead* head = nullptr;
    ApiKind kind = ApiKind::http;
    const RequestIds* ids = nullptr;
    std::string_view explain;            ///< x-gw-explain; empty: none
    const http::Fields* cors = nullptr;  ///< instead of what the target says of CORS, and its Vary; null: as it says
};

/// Writes the fields of the answer: HTTP APIs pass every end-to-end field. REST APIs rename or drop those of the table
/// in AWS's known issues ("x-amzn-Remapped-…"), and write Date themselves. Ids are added; what the target says under
/// the gateway's own names is dropped. The status line, framing and Connection are the server's; a 101 keeps its
/// upgrade.
void write_answer_fields(const ProxyResponse& response, http::HeadWriter& writer, std::string_view date);

/// The elements of X-Forwarded-For that are believed, oldest first: from the right, up to and with the first address
/// that is_trusted(address) does not know. Requires: the peer itself is trusted.
template <class IsTrusted>
std::string trusted_chain(const http::Fields& fields, IsTrusted&& is_trusted) {
    std::string chain;
    http::ForwardedWalk walk(fields);
    while (const std::optional<http::IpAddress> address = walk.next()) {
        chain.insert(0, chain.empty() ? address->text() : address->text() + ", ");
        if (!is_trusted(*address)) break;
    }
    return chain;
}

}  // namespace gw::integration
