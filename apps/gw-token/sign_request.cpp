#include "apps/gw-token/sign_request.h"

#include <algorithm>

#include <fmt/format.h>

#include "apps/gw-token/input.h"
#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/uri.h"

namespace gw::token {
namespace {

Error usage(std::string message, std::string hint = {}) {
    return Error{Errc::usage, std::move(message), std::move(hint), {}};
}

bool is_method(std::string_view text) {
    return http::is_token(text) &&
           std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
}

/// Takes the URL apart without touching a byte of path and query: they are signed as they are sent.
Result<void> read_url(std::string_view text, GivenRequest& into) {
    const auto scheme = text.find("://");
    if (scheme == text.npos)
        return usage(fmt::format("'{}' is not a URL", text), "it begins with https://, http://, wss:// or ws://");
    into.scheme = to_lower(text.substr(0, scheme));
    if (into.scheme != "https" && into.scheme != "http" && into.scheme != "wss" && into.scheme != "ws")
        return usage(fmt::format("'{}' is not a scheme that is signed", into.scheme), "https, http, wss or ws");
    std::string_view rest = text.substr(scheme + 3);
    const auto end = std::min(rest.find_first_of("/?#"), rest.size());
    const auto authority = TRY(http::Authority::parse(rest.substr(0, end)).in("URL"));
    into.host = authority.text(into.scheme == "https" || into.scheme == "wss" ? 443 : 80);
    rest.remove_prefix(end);
    const bool has_control =
        std::any_of(rest.begin(), rest.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
    if (has_control) return usage("the URL holds a control character");
    if (rest.find('#') != rest.npos)
        return usage("the URL has a fragment", "leave out what follows '#': it is never sent");
    const auto mark = rest.find('?');
    into.path = std::string(rest.substr(0, mark));
    if (into.path.empty()) into.path = "/";
    if (mark != rest.npos) into.query = std::string(rest.substr(mark + 1));
    return ok();
}

/// 'Name: value'; 'Name;' has no value, and 'Name:' takes away what would be there otherwise, as with curl.
Result<void> add_field(std::string_view line, GivenRequest& into) {
    const auto parts = split_once(line, ':');
    if (!parts && line.ends_with(';') && http::is_token(line.substr(0, line.size() - 1))) {
        into.fields.emplace_back(line.substr(0, line.size() - 1), "");
        return ok();
    }
    if (!parts || !http::is_token(parts->first)) return usage("-H: a field is 'Name: value'");
    const std::string_view value = trim_ows(parts->second);
    if (!http::is_field_value(value))
        return usage(fmt::format("-H: the value of {} holds a control character", parts->first));
    if (!value.empty()) into.fields.emplace_back(parts->first, value);
    return ok();
}

Result<void> read_fields(program::World& world, const SignatureOptions& options, GivenRequest& into) {
    for (const std::string& given : options.headers) {
        if (!given.starts_with('@')) {
            TRY(add_field(given, into));
            continue;
        }
        const std::string text = TRY(read_value(world, given == "@-" ? "-" : given, "-H"));
        for (std::string_view line : split(text, '\n')) {
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (!line.empty()) TRY(add_field(line, into));
        }
    }
    const bool has_host = std::any_of(into.fields.begin(), into.fields.end(),
                                      [](const auto& field) { return equals_ignoring_case(field.first, "host"); });
    if (!has_host) into.fields.insert(into.fields.begin(), {"Host", into.host});
    return ok();
}

Result<void> read_body(program::World& world, const SignatureOptions& options, GivenRequest& into) {
    constexpr std::size_t kMost = 16 * 1024 * 1024;
    if (!options.data.empty() && !options.binary.empty()) return usage("-d and --data-binary are two bodies");
    const std::string_view binary = options.binary;
    if (!binary.starts_with('@'))
        into.body = binary.empty() ? TRY(program::read_curl_data(world, options.data)) : std::string(binary);
    else
        into.body = TRY(read_given(world, binary == "@-" ? "-" : binary, "--data-binary", kMost, true)).bytes;
    return ok();
}

}  // namespace

sigv4::Request GivenRequest::view(std::vector<sigv4::Field>& storage) const {
    storage.clear();
    for (const auto& [name, value] : fields) storage.push_back({name, value});
    return {method, path, query, storage, sha256(body)};
}

std::string GivenRequest::url(std::string_view with_query) const {
    return fmt::format("{}://{}{}{}{}", scheme, host, path, with_query.empty() ? "" : "?", with_query);
}

Result<GivenRequest> read_request(program::World& world, const SignatureOptions& options) {
    GivenRequest request;
    std::string_view method = options.method;
    if (options.words.empty())
        return usage(
            "URL is missing",
            fmt::format("gw-token sigv4 {} https://abc123.execute-api.us-east-1.amazonaws.com/prod", options.action));
    if (options.words.size() > 2) return usage(fmt::format("unexpected argument {}", options.words[2]));
    if (options.words.size() == 2) {
        if (!method.empty() && method != options.words[0]) return usage("METHOD and -X are two methods");
        method = options.words[0];
    }
    const bool has_body = !options.data.empty() || !options.binary.empty();
    request.method = method.empty() ? (has_body ? "POST" : "GET") : std::string(method);
    if (!is_method(request.method))
        return usage(fmt::format("'{}' is not a method", request.method), "GET, POST, ...: in capitals");
    TRY(read_url(options.words.back(), request));
    TRY(read_fields(world, options, request));
    TRY(read_body(world, options, request));
    return request;
}

std::string_view region_of_host(std::string_view host) {
    for (const std::string_view suffix : {".amazonaws.com", ".amazonaws.com.cn", ".api.aws"}) {
        if (!host.ends_with(suffix)) continue;
        const std::string_view rest = host.substr(0, host.size() - suffix.size());
        const std::string_view last = rest.substr(rest.rfind('.') + 1);  // all of it when there is no dot
        if (std::count(last.begin(), last.end(), '-') >= 2 && last.size() < rest.size()) return last;
    }
    return {};
}

sigv4::SignOptions Signer::sign_options(const SignatureOptions& options) const {
    sigv4::SignOptions how;
    how.region = region;
    how.service = service;
    how.payload_field = options.payload_field || service == "s3";
    how.unsigned_payload = options.unsigned_payload;
    how.sign_session_token = !options.unsigned_token;
    if (options.raw_path) {
        how.path = sigv4::path_rules_of(service);
        how.path->normalize = false;
    }
    return how;
}

Result<Signer> find_signer(const program::World& world, const SignatureOptions& options, std::string_view host) {
    Signer signer;
    signer.identity = TRY(config::find_aws_identity(program::WorldSources(world), options.profile, options.region));
    config::AwsIdentity& identity = signer.identity;
    if (identity.region.value.empty()) {
        const std::string_view region = region_of_host(host);
        identity.region =
            region.empty() ? config::Traced{"us-east-1", "default"} : config::Traced{std::string(region), "the host"};
    }
    signer.region = identity.region.value;
    signer.service = options.service;
    signer.credential.access_key_id = identity.access_key_id.value;
    signer.credential.secret = identity.secret;
    signer.credential.session_token = identity.session_token;
    return signer;
}

Result<void> require_key(const Signer& signer) {
    const config::AwsIdentity& identity = signer.identity;
    if (!identity.access_key_id.value.empty()) return ok();
    if (!identity.why_none.empty())
        return Error{Errc::config,
                     fmt::format("profile {} takes its credentials from {}, which is not done here",
                                 identity.profile.value, identity.why_none),
                     fmt::format("eval \"$(aws configure export-credentials --profile {} --format env)\"",
                                 identity.profile.value),
                     {}};
    return Error{Errc::config,
                 "there are no AWS credentials",
                 "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a --profile; gw-token sigv4 env tells where "
                 "they are looked for",
                 {}};
}

}  // namespace gw::token
