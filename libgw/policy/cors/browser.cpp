#include "libgw/policy/cors/browser.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/policy/cors/safelist.h"
#include "libgw/wire/http/grammar.h"

namespace gw::cors {
namespace {

constexpr std::uint32_t kMostRedirects = 20;

// Facts of Chromium, where it differs from the standard:
//  - Location is read before CORS is asked, and so is 407;
//  - where a redirect leads to nothing that is known as dangerous, CORS is what says no.
constexpr std::array<std::string_view, 10> kDangerousSchemes = {
    "about", "blob",     "chrome", "chrome-extension", "chrome-untrusted",
    "data",  "devtools", "file",   "filesystem",       "view-source"};

/// Fetch §2.2.2, "request-body-header name": gone when a redirect turns the request into a GET.
bool is_body_header(std::string_view name) {
    return equals_ignoring_case(name, "content-encoding") || equals_ignoring_case(name, "content-language") ||
           equals_ignoring_case(name, "content-location") || equals_ignoring_case(name, "content-type");
}

bool has_field(const std::vector<Field>& fields, std::string_view name) {
    return std::any_of(fields.begin(), fields.end(),
                       [name](const Field& field) { return equals_ignoring_case(field.name, name); });
}

}  // namespace

Fetch::Fetch(PageRequest request, Engine engine, PreflightCache* cache, Instant now)
    : request_(std::move(request)), engine_(engine), cache_(cache), url_(request_.url) {
    prepare();
    if (verdict_.code != Code::none) return;
    begin(now);
    first_crosses_ = cross_origin_;
    first_needs_ =
        cross_origin_ && (request_.upload_events || !is_safelisted_method(method_) || !unsafe_names_.empty());
}

/// What the constructors of Request and Headers do (Fetch §5.4).
void Fetch::prepare() {
    const auto refuse = [&](std::string why) { end({Code::invalid_request, std::move(why)}); };
    if (url_.has_credentials) return refuse("the URL holds a user name or a password");
    if (!http::is_token(request_.method)) return refuse(fmt::format("'{}' is not a method", request_.method));
    if (is_forbidden_method(request_.method)) return refuse(fmt::format("no page can send {}", request_.method));
    method_ = normalize_method(request_.method);
    with_body_ = request_.has_body;
    if (with_body_ && (method_ == "GET" || method_ == "HEAD")) return refuse(fmt::format("a {} has no body", method_));
    for (const Field& field : request_.headers) {
        const std::string_view value = trim_ows(field.value);
        if (!http::is_token(field.name)) return refuse(fmt::format("'{}' is not a field name", field.name));
        if (!http::is_field_value(value)) return refuse(fmt::format("the value of {} cannot be sent", field.name));
        Field kept{field.name, std::string(value)};
        if (is_forbidden_request_header(kept))
            left_out_.push_back(to_lower(std::string_view(kept.name)));
        else
            headers_.push_back(std::move(kept));
    }
    if (with_body_ && !request_.body_type.empty() && !has_field(headers_, "content-type"))
        headers_.push_back({"Content-Type", request_.body_type});
    if (!has_field(headers_, "accept")) headers_.push_back({"Accept", "*/*"});
}

/// Main fetch of the current URL: straight, or by way of a preflight.
void Fetch::begin(Instant now) {
    unsafe_names_ = unsafe_header_names(headers_, engine_);
    // a redirect never leads back to the page's own origin once others were involved
    cross_origin_ = cross_origin_ || !request_.origin.same_as(url_.origin());
    if (is_bad_port(url_.port))
        return end({Code::network_error, fmt::format("browsers call no server at port {}", url_.port)});
    state_ = State::actual;
    if (!cross_origin_) return;
    if (!request_.upload_events && is_safelisted_method(method_) && unsafe_names_.empty()) return;
    if (cache_ != nullptr &&
        cache_->covers(origin_text(), url_.text(), request_.credentials, method_, unsafe_names_, engine_, now))
        return;
    state_ = State::preflight;
    sent_preflight_ = true;
}

std::optional<Outgoing> Fetch::next() const {
    if (state_ == State::over) return std::nullopt;
    Outgoing out;
    out.url = url_;
    if (state_ == State::preflight) {
        out.preflight = true;
        out.method = "OPTIONS";
        out.fields = {{"Accept", "*/*"}, {"Access-Control-Request-Method", method_}};
        if (!unsafe_names_.empty()) out.fields.push_back({"Access-Control-Request-Headers", join(unsafe_names_, ",")});
        out.fields.push_back({"Origin", origin_text()});
        return out;
    }
    out.method = method_;
    out.fields = headers_;
    if (cross_origin_ || (method_ != "GET" && method_ != "HEAD")) out.fields.push_back({"Origin", origin_text()});
    out.with_body = with_body_;
    out.with_credentials = request_.credentials == Credentials::include ||
                           (request_.credentials == Credentials::same_origin && !cross_origin_);
    return out;
}

void Fetch::feed(const Incoming& answer, Instant now) {
    if (state_ == State::over) return;
    const http::Fields& fields = *answer.fields;
    if (std::string why = refused_by_network(answer); !why.empty()) return end({Code::network_error, std::move(why)});
    if (state_ == State::preflight) {
        Grant grant;
        Judgement judgement =
            check_preflight(answer.status, fields, origin_text(), request_.credentials, engine_, grant);
        if (!judgement.is_fine()) return end(std::move(judgement));
        judgement = grant.covers(method_, unsafe_names_, engine_);
        if (!judgement.is_fine()) return end(std::move(judgement));
        if (cache_ != nullptr) cache_->store(origin_text(), url_.text(), std::move(grant), now);
        state_ = State::actual;
        return;
    }
    if (cross_origin_) {
        Judgement judgement = check_access(fields, origin_text(), request_.credentials);
        if (!judgement.is_fine()) return end(std::move(judgement));
    }
    if (is_redirect(answer.status, fields, engine_)) return follow(fields, answer.status, now);
    status_ = answer.status;
    readable_ = cross_origin_ ? readable_headers(fields, request_.credentials) : own_headers(fields);
    end({});
}

/// What the network of a browser refuses before CORS is asked; "" for nothing.
std::string Fetch::refused_by_network(const Incoming& answer) const {
    if (engine_ == Engine::chrome && answer.status == 407)
        return "the answer is 407 (Proxy Authentication Required), which is for a proxy to say";
    if (!is_redirect_status(answer.status)) return {};
    std::optional<std::string_view> location;
    for (const http::FieldView field : *answer.fields) {
        if (field.id != http::FieldName::location) continue;
        if (location && *location != field.value)
            return "the answer leads to two places: Location differs from line to line";
        location = field.value;
    }
    if (location && !url_.resolve(*location)) return fmt::format("the location '{}' is not a URL", *location);
    return {};
}

/// Fetch §4.4, "HTTP-redirect fetch".
void Fetch::follow(const http::Fields& answer, std::uint16_t status, Instant now) {
    const std::string location(answer.find(http::FieldName::location).value_or(std::string_view()));
    const auto to = url_.resolve(location);
    if (!to) return end({Code::network_error, fmt::format("the location '{}' is not a URL", location)});
    if (++redirects_ > kMostRedirects) return end({Code::network_error, "there are too many redirects"});
    if (std::find(kDangerousSchemes.begin(), kDangerousSchemes.end(), to->scheme) != kDangerousSchemes.end())
        return end({Code::network_error, fmt::format("the answer leads to {}:", to->scheme)});
    if (!to->is_http()) return end({Code::cors_disabled_scheme, location});
    const Origin from = url_.origin();
    const bool leaves = !from.same_as(to->origin());
    if (to->has_credentials && (cross_origin_ || !request_.origin.same_as(to->origin())))
        return end({Code::redirect_contains_credentials, location});
    if (leaves && !request_.origin.same_as(from)) tainted_ = true;
    const bool becomes_get = ((status == 301 || status == 302) && method_ == "POST") ||
                             (status == 303 && method_ != "GET" && method_ != "HEAD");
    if (becomes_get) {
        method_ = "GET";
        with_body_ = false;
        std::erase_if(headers_, [](const Field& field) { return is_body_header(field.name); });
    }
    if (leaves)
        std::erase_if(headers_, [](const Field& field) { return equals_ignoring_case(field.name, "authorization"); });
    url_ = *to;
    url_.has_credentials = false;
    begin(now);
}

void Fetch::fail(std::string why) { end({Code::network_error, std::move(why)}); }

void Fetch::end(Judgement verdict) {
    state_ = State::over;
    verdict_ = std::move(verdict);
}

}  // namespace gw::cors
