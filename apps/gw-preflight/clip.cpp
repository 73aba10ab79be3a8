#include "apps/gw-preflight/clip.h"

#include <algorithm>
#include <array>
#include <istream>
#include <iterator>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/policy/cors/safelist.h"
#include "libgw/wire/http/grammar.h"

namespace gw::preflight {
namespace {

Error usage(std::string message, std::string hint = {}) {
    return Error{Errc::usage, std::move(message), std::move(hint), {}};
}

/// What browsers add to requests by themselves, beyond what no script can set. A script could set some of them; what is
/// copied does not tell, and they are far more often the browser's.
constexpr std::array<std::string_view, 4> kOfBrowsers{"user-agent", "priority", "if-none-match", "if-modified-since"};

bool has_header(const clip::Clip& clip, std::string_view name, std::string_view value) {
    return std::any_of(clip.headers.begin(), clip.headers.end(), [&](const auto& each) {
        return equals_ignoring_case(each.first, name) && equals_ignoring_case(each.second, value);
    });
}

/// Those that have been read for what they say of the page, and those that every request has.
constexpr std::array<std::string_view, 5> kRead{"origin", "referer", "cookie", "host", "content-length"};

/// With the cache switched off in the developer tools the browser adds these two, and asks for neither.
bool is_of_disabled_cache(const clip::Clip& clip, std::string_view name) {
    return (equals_ignoring_case(name, "pragma") || equals_ignoring_case(name, "cache-control")) &&
           has_header(clip, "pragma", "no-cache") && has_header(clip, "cache-control", "no-cache");
}

std::string text_behind(const std::string& given, std::string_view option, program::World& world, Error* error) {
    if (given == "-" || given == "@-") {
        auto text = program::read_input(world, clip::kMostText);
        if (text) return *std::move(text);
        *error = std::move(text).error().in(option);
        return {};
    }
    if (!given.starts_with('@')) return given;
    auto read = program::WorldSources(world).read_file(given.substr(1));
    if (read) return *std::move(read);
    *error = std::move(read).error().in(std::string(option));
    return {};
}

Result<std::vector<clip::Clip>> clips_of(program::World& world, const std::string& given, std::string_view option,
                                         Result<std::vector<clip::Clip>> (*parse)(std::string_view)) {
    if (given.empty()) return std::vector<clip::Clip>();
    Error error;
    const std::string text = text_behind(given, option, world, &error);
    if (!error.message.empty()) return error;
    auto clips = parse(text);
    if (clips) return *std::move(clips);
    error = std::move(clips).error().in(std::string(option));
    error.code = Errc::usage;
    return error;
}

}  // namespace

Result<FromClip> read_clip(const clip::Clip& clip) {
    if (clip.mode == "no-cors" || clip.mode == "navigate")
        return usage(fmt::format("{}: mode {}: CORS does not apply, and the page reads nothing", clip.url, clip.mode));
    if (clip.mode == "same-origin")
        return usage(fmt::format("{}: mode same-origin: fetch() sends nothing to another origin", clip.url));
    auto url = cors::PageUrl::parse(clip.url.find("://") == std::string::npos ? "http://" + clip.url : clip.url);
    if (!url) return usage(std::move(url).error().message, "the URL of the request");
    FromClip made;
    cors::PageRequest& request = made.wanted.request;
    request.url = *std::move(url);
    request.method = clip.method;
    request.has_body = clip.body.has_value();
    request.body_type = clip.body_type;
    made.wanted.body = clip.body.value_or(std::string());
    bool cookie = false;
    for (const auto& [name, value] : clip.headers) {
        if (!http::is_token(name) || !http::is_field_value(value))
            return usage(fmt::format("{}: '{}' is no header", clip.url, name));
        const std::string bytes = TRY(to_byte_string(value).in(fmt::format("{}: header {}", clip.url, name)));
        if (equals_ignoring_case(name, "origin")) {
            auto origin = cors::Origin::parse(value);
            if (!origin) return usage(fmt::format("{}: Origin: {}: {}", clip.url, value, origin.error().message));
            made.origin = *std::move(origin);
        }
        cookie = cookie || equals_ignoring_case(name, "cookie");
        const std::string lower = to_lower(std::string_view(name));
        const bool of_browser = std::find(kOfBrowsers.begin(), kOfBrowsers.end(), lower) != kOfBrowsers.end() ||
                                is_of_disabled_cache(clip, name) || cors::is_forbidden_request_header({name, value});
        if (!of_browser)
            request.headers.push_back({name, bytes});
        else if (std::find(kRead.begin(), kRead.end(), lower) == kRead.end())
            made.left_out.push_back(lower);
    }
    if (!made.origin && !clip.referrer.empty())
        if (const auto page = cors::PageUrl::parse(clip.referrer)) made.origin = page->origin();
    request.credentials = clip.credentials == "include" || (clip.credentials.empty() && cookie)
                              ? cors::Credentials::include
                          : clip.credentials == "omit" ? cors::Credentials::omit
                                                       : cors::Credentials::same_origin;
    return made;
}

Result<std::vector<clip::Clip>> read_clips(program::World& world, Options& options) {
    auto clips = TRY(clips_of(world, options.from_curl, "--from-curl", clip::parse_curl));
    for (const clip::Clip& each : clips) {
        options.insecure = options.insecure || each.insecure;
        if (options.proxy.empty()) options.proxy = each.proxy;
        if (options.ca.empty()) options.ca = each.ca;
        if (options.max_time.empty()) options.max_time = each.max_time;
        options.resolve.insert(options.resolve.end(), each.resolve.begin(), each.resolve.end());
        options.connect_to.insert(options.connect_to.end(), each.connect_to.begin(), each.connect_to.end());
    }
    auto calls = TRY(clips_of(world, options.from_fetch, "--from-fetch", clip::parse_fetch));
    std::move(calls.begin(), calls.end(), std::back_inserter(clips));
    return clips;
}

}  // namespace gw::preflight
