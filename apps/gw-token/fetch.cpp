#include "apps/gw-token/fetch.h"

#include <utility>

#include <fmt/format.h>

#include "apps/gw-token/input.h"
#include "libgw/io/net/address.h"
#include "libgw/io/net/resolver.h"
#include "libgw/io/net/tls.h"
#include "libgw/policy/auth/discovery.h"

namespace gw::token {
namespace {

constexpr std::size_t kMaxAuthorities = std::size_t{4} << 20U;  // a system's whole store is about 220 KiB

/// The body of a 200; or why there are no keys.
std::variant<std::string, NoKeys> body_of(Result<net::Answered> answer, const std::string& what) {
    if (!answer) return NoKeys{std::move(answer).error().in(what)};
    if (answer->status == 200) return std::move(answer->body);
    const bool is_refusal = answer->status == 401 || answer->status == 403;
    const bool is_redirect = answer->status >= 300 && answer->status < 400;
    return NoKeys{Error{Errc::io,
                        fmt::format("{}: the server answered {}", what, answer->status),
                        is_redirect ? "redirects are not followed: give the place where it leads" : "",
                        {}},
                  is_refusal ? program::kRefused : program::kNetwork};
}

}  // namespace

bool is_exposed(const http::Url& url) { return !url.secure() && !net::is_loopback(url.authority.host); }

Result<Web::Options> Web::Options::read(const std::string& file) {
    Options options;
    if (file.empty()) return options;
    options.ca = TRY(read_file(file, kMaxAuthorities).in("--cacert"));
    options.ca_name = file;
    return options;
}

Result<net::Answered> Web::ask(const http::Url& url, net::Question question, bool outward) {
    std::shared_ptr<const net::TlsContext> tls;
    if (url.secure()) {
        net::TlsClientOptions client;
        client.ca_pem = options_.ca;
        client.ca_name = options_.ca_name;
        tls = TRY(net::TlsContext::make_client(client));
    }
    auto endpoint = net::endpoint_of(url, std::move(tls));
    endpoint->outward_only = outward;
    question.target = net::target_of(url);
    question.host = net::host_of(url);
    net::Loop loop;
    net::Resolver resolver(loop);
    net::HttpClient client(loop, resolver, net::ClientLimits{});
    net::Inquiry inquiry(loop, client);
    std::optional<Result<net::Answered>> answer;
    inquiry.ask(endpoint, std::move(question), [&](Result<net::Answered> came) {
        answer = std::move(came);
        loop.stop();
    });
    if (!answer) loop.run();
    if (!answer) return Error{Errc::internal, "the loop ended without an answer", {}, {}};
    return *std::move(answer);
}

Result<net::Answered> Web::get(const http::Url& url, bool outward) {
    net::Question question;
    question.fields = {{"accept", "application/json"}};
    return ask(url, std::move(question), outward);
}

Result<net::Answered> Web::post(const http::Url& url, std::string json) {
    net::Question question;
    question.method = "POST";
    question.fields = {{"accept", "application/json"}, {"content-type", "application/json"}};
    question.body = std::move(json);
    return ask(url, std::move(question), false);
}

Result<http::Url> parse_sign_url(std::string_view issuer) {
    if (const auto good = auth::check_issuer(issuer); !good) return Error(good.error()).in("--issuer");
    std::string text(issuer);
    if (!text.ends_with('/')) text += '/';
    http::Url url = TRY(http::Url::parse(text + "sign").in("--issuer"));
    if (is_exposed(url))
        return Error{Errc::usage,
                     "--issuer: a token is not asked for over plain http from another machine",
                     "https, or an issuer on this machine",
                     {}};
    return url;
}

Fetched fetch_keys(Web& web, const http::Url& url, bool outward) {
    const std::string what = "fetching the keys at " + url.text();
    auto body = body_of(web.get(url, outward), what);
    if (NoKeys* const none = std::get_if<NoKeys>(&body)) return std::move(*none);
    auto keys = auth::KeySet::parse(*std::get_if<std::string>(&body), auth::KeySet::Source::fetched);
    if (!keys) return NoKeys{std::move(keys).error().in(what)};
    return std::move(*keys);
}

Fetched fetch_issuer_keys(Web& web, std::string_view issuer) {
    const auto url = http::Url::parse(auth::discovery_url(issuer));
    if (!url) return NoKeys{Error(url.error()).in("--issuer"), program::kUsage};
    auto body = body_of(web.get(*url), "asking " + url->text());
    if (NoKeys* const none = std::get_if<NoKeys>(&body)) return std::move(*none);
    const auto discovery = auth::parse_discovery(*std::get_if<std::string>(&body), issuer);
    if (!discovery) return NoKeys{Error(discovery.error()).in(url->text())};
    const auto keys = http::Url::parse(discovery->jwks_uri);
    if (!keys) return NoKeys{Error(keys.error()).in("jwks_uri of " + url->text())};
    return fetch_keys(web, *keys, !net::may_be_inside(*keys, *url));
}

}  // namespace gw::token
