#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-preflight/options.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/wire/http/grammar.h"

namespace gw::preflight {
namespace {

constexpr const char* kUsualOrigin = "http://localhost:3000";
constexpr std::uint32_t kUsualPatience = 10;

Error usage(std::string message, std::string hint = {}) {
    return Error{Errc::usage, std::move(message), std::move(hint), {}};
}

Result<cors::Field> parse_header(std::string_view text) {
    const auto parts = split_once(text, ':');
    if (!parts || !http::is_token(parts->first)) return usage("-H: a header is 'Name: value'");
    const std::string_view value = trim_ows(parts->second);
    if (!http::is_field_value(value))
        return usage(fmt::format("-H: the value of {} holds a control character", parts->first));
    return cors::Field{std::string(parts->first), std::string(value)};
}

cors::Credentials credentials_of(std::string_view word) {
    if (word == "omit") return cors::Credentials::omit;
    return word == "include" ? cors::Credentials::include : cors::Credentials::same_origin;
}

std::vector<cors::Engine> engines_of(std::string_view word) {
    using cors::Engine;
    std::vector<Engine> engines{Engine::chrome, Engine::firefox, Engine::safari};
    if (word != "all") std::erase_if(engines, [word](Engine engine) { return to_text(engine) != word; });
    return engines;
}

Result<Nanoseconds> patience_of(const std::string& text) {
    if (text.empty()) return Nanoseconds(std::chrono::seconds(kUsualPatience));
    if (const auto seconds = parse_unsigned(text, 86400); seconds && *seconds > 0)
        return Nanoseconds(std::chrono::seconds(*seconds));
    const auto time = parse_duration(text);
    if (!time || *time <= Nanoseconds(0))
        return usage(fmt::format("--max-time: '{}' is not a time", text), "5, or 500ms");
    return *time;
}

}  // namespace

Result<Plan> make_plan(program::World& world, const Options& options) {
    if (options.urls.empty())
        return usage("URL is missing", "gw-preflight -o https://app.example.com https://api.example.com/items");
    if (options.actual && options.no_actual) return usage("--actual and --no-actual contradict each other");
    Plan plan;
    plan.engines = engines_of(options.browser);
    plan.max_time = TRY(patience_of(options.max_time));
    plan.expects_allow = options.expect == "allow";
    cors::PageRequest asked;
    asked.has_body = options.data.has_value();
    asked.method = !options.method.empty() ? options.method : asked.has_body ? "POST" : "GET";
    asked.credentials = credentials_of(options.credentials);
    for (const std::string& header : options.headers) asked.headers.push_back(TRY(parse_header(header)));
    if (!options.content_type.empty()) asked.headers.push_back({"Content-Type", options.content_type});
    if (asked.has_body) asked.body_type = "text/plain;charset=UTF-8";
    plan.body = options.data.value_or(std::string());
    for (const std::string& name : options.expose)
        if (!http::is_token(name)) return usage(fmt::format("--expose: '{}' is not a header's name", name));
    const std::string method = to_upper(asked.method);
    plan.sends_actual = !options.no_actual && (options.actual || method == "GET" || method == "HEAD");
    std::vector<std::string> origins = options.origins;
    if (origins.empty()) {
        origins.emplace_back(kUsualOrigin);
        program::warn(world, fmt::format("no --origin: the page is taken to be at {}", kUsualOrigin));
    }
    for (const std::string& url : options.urls)
        for (const std::string& origin : origins) {
            auto parsed = cors::PageUrl::parse(url);
            if (!parsed) {
                Error error = std::move(parsed).error();
                error.code = Errc::usage;
                return error;
            }
            auto page = cors::Origin::parse(origin);
            if (!page) {
                Error error = std::move(page).error().in("--origin");
                error.code = Errc::usage;
                return error;
            }
            asked.url = *std::move(parsed);
            asked.origin = *std::move(page);
            plan.requests.push_back(asked);
        }
    return plan;
}

}  // namespace gw::preflight
