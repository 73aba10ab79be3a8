#include "apps/gw-wscat/dialer.h"

#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/config/aws_identity.h"
#include "libgw/io/net/inquiry.h"
#include "libgw/policy/auth/sigv4/sign.h"

namespace gw::wscat {
namespace {

net::ClientLimits limits_of(const Plan& plan) {
    constexpr std::uint32_t kMany = 1U << 20U;
    net::ClientLimits limits;
    limits.connect = plan.timeout;
    limits.queue = plan.timeout;
    limits.idle_per_host = 0;
    limits.connections_per_host = kMany;
    limits.pending_per_host = kMany;
    return limits;
}

void fill(std::span<std::uint8_t> bytes) {
    if (auto filled = random_bytes(bytes); !filled) throw std::runtime_error(filled.error().message);
}

/// The region that a host of AWS names: abc123.execute-api.eu-west-1.amazonaws.com.
std::string_view region_of(std::string_view host) {
    const auto labels = split(host, '.');
    return labels.size() >= 5 && labels[1] == "execute-api" && labels[3] == "amazonaws" ? labels[2]
                                                                                        : std::string_view();
}

}  // namespace

websocket::MaskKeys random_mask_keys() { return websocket::MaskKeys(fill); }

Dialer::Dialer(const Plan& plan)
    : plan_(plan),
      resolver_(loop_),
      client_(loop_, resolver_, limits_of(plan)),
      keys_(random_mask_keys()),
      deflates_(false) {}

Result<std::unique_ptr<Dialer>> Dialer::open(const program::World& world, const Options& options, const Plan& plan) {
    std::unique_ptr<Dialer> dialer(new Dialer(plan));
    dialer->tls_ = TRY(net::TlsContext::make_client(plan.tls));
    dialer->deflates_ = options.deflate;
    dialer->signs_ = options.sigv4;
    if (!options.proxy.empty()) dialer->proxy_ = TRY(program::Proxy::parse(options.proxy));
    if (options.sigv4) TRY(dialer->find_credential(world, options));
    return dialer;
}

Result<void> Dialer::find_credential(const program::World& world, const Options& options) {
    const config::AwsIdentity identity =
        TRY(config::find_aws_identity(program::WorldSources(world), options.profile, options.region));
    if (identity.access_key_id.value.empty())
        return Error{Errc::config,
                     "--sigv4: there are no AWS credentials",
                     "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile",
                     {}};
    credential_.access_key_id = identity.access_key_id.value;
    credential_.secret = identity.secret;
    credential_.session_token = identity.session_token;
    region_ = identity.region.value;
    return {};
}

/// Signs in the fields, as clients that are no browser do; a signature in the query would be in every log on the way.
Result<void> Dialer::sign(const http::Url& url, http::Fields& fields) {
    std::vector<sigv4::Field> signed_fields;
    const std::string host = net::host_of(url);
    signed_fields.push_back({"Host", host});
    const std::string region =
        !region_.empty()
            ? region_
            : std::string(region_of(url.authority.host).empty() ? "us-east-1" : region_of(url.authority.host));
    sigv4::SignOptions how;
    how.region = region;
    const std::string path = url.path.empty() ? "/" : url.path;
    const sigv4::Request request{"GET", path, url.query, signed_fields, sha256({})};
    const sigv4::Signed made = TRY(sigv4::sign(request, credential_, how, loop_.date()).in("--sigv4"));
    for (const auto& [name, value] : made.fields) fields.add(name, value);
    return {};
}

Result<Dial> Dialer::dial(const http::Url& url) {
    Dial dial;
    std::array<std::uint8_t, 16> nonce;
    fill(nonce);
    dial.handshake.key = to_base64({reinterpret_cast<const char*>(nonce.data()), nonce.size()});
    dial.handshake.protocols = plan_.protocols;
    if (deflates_) dial.handshake.deflate = websocket::DeflateOffer{.client_max_window_bits = true};

    http::Fields fields = dial.handshake.fields();
    if (signs_) TRY(sign(url, fields));
    http::HeadWriter writer(dial.head);
    writer.request_line("GET", net::target_of(url));
    bool has_host = false;
    bool has_agent = false;
    for (const auto& [name, value] : plan_.fields) {
        has_host |= equals_ignoring_case(name, "host");
        has_agent |= equals_ignoring_case(name, "user-agent");
    }
    if (!has_host) writer.field(http::FieldName::host, net::host_of(url));
    for (const http::FieldView field : fields) writer.field(field.name, field.value);
    for (const auto& [name, value] : plan_.fields) writer.field(name, value);
    if (!has_agent) writer.field(http::FieldName::user_agent, "gw-wscat/" GW_VERSION);
    if (!writer.end()) return Error{Errc::usage, "the handshake cannot be written: a header is none", {}, {}};

    auto endpoint = net::endpoint_of(url, tls_);
    if (endpoint_ && endpoint_->key == endpoint->key) {
        dial.endpoint = endpoint_;
        return dial;
    }
    if (proxy_) {
        const http::Authority authority{url.authority.host, url.port(), url.authority.ipv6};
        endpoint->connect_host = proxy_->host;
        endpoint->connect_port = proxy_->port;
        endpoint->tunnel = proxy_->connect(authority.text(), "gw-wscat/" GW_VERSION);
    }
    endpoint_ = std::move(endpoint);
    dial.endpoint = endpoint_;
    return dial;
}

}  // namespace gw::wscat
