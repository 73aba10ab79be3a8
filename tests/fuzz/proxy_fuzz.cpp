// What goes up and what comes down: whatever request the decoder takes, the target is sent one well-formed request with
// one host, one framing and nothing that belongs to the client's connection; whatever answer, the client gets one like
// it. Read by a plain reader. The text is cut at "\n|\n" into request and answer; its first byte chooses the kind of
// api and whether the peer is trusted.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "libgw/policy/integration/http_proxy.h"
#include "libgw/wire/http/decoder.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/hop_by_hop.h"
#include "tests/fuzz/plain_reader.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::fuzz;

namespace {

constexpr Date kDate{std::chrono::seconds(1'785'000'000)};

struct Way {
    routing::Router router;
    integration::HttpProxy proxy;
};

Way make_way(ApiKind kind) {
    integration::ProxySpec spec;
    spec.kind = kind;
    spec.route = routing::RouteKey::parse("ANY /api/{id}/{proxy+}").value();
    spec.authority = "target:3000";
    spec.path = "/base/{id}/{proxy}";
    spec.edits = {{false, "X-Set", "by the gateway"}, {true, "X-Removed", ""}};
    auto router = routing::Router::make(kind, {spec.route});
    return {std::move(router), integration::HttpProxy::make(std::move(spec)).value()};
}

bool belongs_to_connection(const std::string& name) {
    for (const std::string_view one : {"connection", "keep-alive", "proxy-connection", "proxy-authenticate",
                                       "proxy-authorization", "te", "trailer", "upgrade", "http2-settings", "expect"})
        if (lower(name) == one) return true;
    return false;
}

bool has_nominated(const Message& message, const std::string& name) {
    for (const auto& [field, value] : message.fields) {
        if (lower(field) != "connection") continue;
        for (http::ListReader list(value); const auto token = list.next();)
            if (lower(*token) == lower(name)) return true;
    }
    return false;
}

void check_up(const http::RequestHead& head, const Message& sent, const std::string& out, bool trusted) {
    Message up;
    const Sight sight = read_request(out, {}, up);
    REQUIRE_THAT_IT_HOLDS(sight != Sight::broken);
    REQUIRE_THAT_IT_HOLDS(up.first == head.method_text() && up.third == "HTTP/1.1");
    REQUIRE_THAT_IT_HOLDS(http::is_visible(up.second) && up.second.starts_with("/base/"));
    const std::string path = up.second.substr(0, up.second.find('?')) + "/";
    REQUIRE_THAT_IT_HOLDS(path.find("/../") == std::string::npos && path.find("/./") == std::string::npos);
    REQUIRE_THAT_IT_HOLDS(up.count("host") == 1 && up.value("host") == "target:3000");
    REQUIRE_THAT_IT_HOLDS(up.count("content-length") + up.count("transfer-encoding") <= 1);
    const bool chunked = head.body.framing == http::Framing::chunked;
    REQUIRE_THAT_IT_HOLDS((up.count("transfer-encoding") == 1) == chunked);
    if (head.body.framing == http::Framing::length)
        REQUIRE_THAT_IT_HOLDS(up.value("content-length") == std::to_string(head.body.length));
    for (const std::string_view once : {"x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto",
                                        "x-amzn-trace-id", "traceparent", "x-set"})
        REQUIRE_THAT_IT_HOLDS(up.count(once) <= 1);
    REQUIRE_THAT_IT_HOLDS(up.value("x-set") == "by the gateway" && up.count("x-removed") == 0);
    REQUIRE_THAT_IT_HOLDS(up.value("x-forwarded-for") == "192.0.2.7" || trusted);
    REQUIRE_THAT_IT_HOLDS(up.value("traceparent").size() == 55 && up.value("x-amzn-trace-id").size() == 74);
    for (const auto& [name, value] : up.fields) {
        REQUIRE_THAT_IT_HOLDS(http::is_token(name) && http::is_field_value(value));
        REQUIRE_THAT_IT_HOLDS(name.find('_') == std::string::npos);
        const bool upgrade = head.upgrade_websocket && (name == "connection" || name == "upgrade");
        REQUIRE_THAT_IT_HOLDS(upgrade || !belongs_to_connection(name));
        // what the client nominated ended here, unless the gateway says it itself
        if (has_nominated(sent, name))
            REQUIRE_THAT_IT_HOLDS(upgrade || sent.count(lower(name)) == 0 || name == "x-set" || name == "via" ||
                                  name == "accept" || name == "user-agent");
    }
    // what the client may say and did not take back arrives
    for (const auto& [name, value] : sent.fields) {
        if (lower(name) != "x-kept" || has_nominated(sent, name)) continue;
        REQUIRE_THAT_IT_HOLDS(up.count("x-kept") == sent.count("x-kept"));
    }
}

void check_down(ApiKind kind, const http::ResponseHead& head, std::string_view explain) {
    std::string out;
    http::HeadWriter writer(out);
    writer.status_line(head.status);
    const RequestIds ids = make_request_ids(std::array<std::uint8_t, kRequestIdBytes>{});
    integration::write_answer_fields({&head, kind, &ids, explain}, writer, "Sun, 22 Nov 2026 12:01:07 GMT");
    REQUIRE_THAT_IT_HOLDS(writer.end());  // what the decoder took can be sent on
    Message down;
    REQUIRE_THAT_IT_HOLDS(read_response(out, {}, "HEAD", down) == Sight::whole && down.size == out.size());
    REQUIRE_THAT_IT_HOLDS(down.second == std::to_string(head.status));
    REQUIRE_THAT_IT_HOLDS(down.count("content-length") == 0 && down.count("transfer-encoding") == 0);
    REQUIRE_THAT_IT_HOLDS(down.count("date") >= 1);
    REQUIRE_THAT_IT_HOLDS(down.count(kind == ApiKind::rest ? "x-amz-apigw-id" : "apigw-requestid") == 1);
    REQUIRE_THAT_IT_HOLDS(down.count("x-gw-explain") == (explain.empty() ? 0 : 1));
    for (const auto& [name, value] : down.fields) {
        const bool upgrade = head.status == 101 && (name == "connection" || name == "upgrade");
        REQUIRE_THAT_IT_HOLDS(upgrade || lower(name) == "expect" || !belongs_to_connection(name));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::array<Way, 2> ways = {make_way(ApiKind::http), make_way(ApiKind::rest)};
    if (size == 0 || size > 8192) return 0;
    const ApiKind kind = (data[0] & 1) != 0 ? ApiKind::rest : ApiKind::http;
    const bool trusted = (data[0] & 2) != 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::size_t cut = std::min(text.find("\n|\n"), text.size());
    const std::string_view asked = text.substr(0, cut);
    const std::string_view answered = text.substr(std::min(cut + 3, text.size()));

    http::Limits limits;
    http::RequestDecoder decoder(limits);
    http::RequestHead head;
    http::Decoded decoded = decoder.decode(asked, head);
    if (decoded.found != http::Found::head) return 0;
    Message sent;
    REQUIRE_THAT_IT_HOLDS(read_request(asked.substr(0, decoded.taken), {}, sent) != Sight::broken);
    const Way& way = ways[kind == ApiKind::rest ? 1 : 0];
    integration::ProxyRequest request;
    routing::RouteMatch match;
    request.head = &head;
    request.path = routing::make_request_path(head.path);
    request.match = &match;
    request.peer = "192.0.2.7";
    request.peer_is_trusted = trusted;
    request.port = 8080;
    std::string chain;
    if (trusted) {
        chain =
            integration::trusted_chain(head.fields, [](const http::IpAddress& address) { return address.is_ipv4(); });
        request.forwarded_for = chain;
    }
    if (way.router.find(head.method, request.path, match)) {
        std::string out;
        std::string scratch;
        const auto refusal = way.proxy.write_request(request, scratch, out, kDate);
        REQUIRE_THAT_IT_HOLDS(refusal.has_value() == out.empty());
        if (refusal) REQUIRE_THAT_IT_HOLDS(refusal->status == 400 || refusal->status == 500);
        if (!refusal) check_up(head, sent, out, trusted);
    }

    http::ResponseDecoder responses;
    http::ResponseHead answer;
    responses.expect(head.method, head.upgrade_websocket);
    decoded = responses.decode(answered, answer);
    if (decoded.found == http::Found::head) check_down(kind, answer, trusted ? "target" : "");
    return 0;
}
