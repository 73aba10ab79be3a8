#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-preflight/clip.h"
#include "apps/gw-preflight/options.h"
#include "libgw/base/crypto.h"
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
    return cors::Field{std::string(parts->first), TRY(to_byte_string(value).in(fmt::format("-H: {}", parts->first)))};
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

Result<cors::Origin> origin_of(std::string_view text, std::string_view option) {
    auto origin = cors::Origin::parse(text);
    if (origin) return *std::move(origin);
    Error error = std::move(origin).error().in(std::string(option));
    error.code = Errc::usage;
    return error;
}

/// The lines of a file, or of standard input, without empty ones and those that begin with #.
Result<std::vector<std::string>> lines_of(const program::World& world, const std::string& file,
                                          std::string_view option) {
    const std::string text = file == "-" ? TRY(program::read_input(world).in(std::string(option)))
                                         : TRY(program::WorldSources(world).read_file(file).in(std::string(option)));
    std::vector<std::string> lines;
    for (std::string_view line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = trim_ows(line);
        if (!line.empty() && !line.starts_with('#')) lines.emplace_back(line);
    }
    if (lines.empty()) return usage(fmt::format("{}: {} holds nothing", option, file));
    return lines;
}

/// What the page asks for by -X, -H, -d and the others, without URL and origin.
Result<Wanted> wanted_of(const program::World& world, const Options& options) {
    Wanted wanted;
    cors::PageRequest& asked = wanted.request;
    asked.has_body = !options.data.empty();
    asked.method = !options.method.empty() ? options.method : asked.has_body ? "POST" : "GET";
    asked.credentials = credentials_of(options.credentials);
    for (const std::string& header : options.headers) {
        std::vector<std::string> lines{header};
        if (header.starts_with('@')) lines = TRY(lines_of(world, header.substr(1), "-H"));  // as with curl
        for (const std::string& line : lines) asked.headers.push_back(TRY(parse_header(line)));
    }
    if (!options.content_type.empty())
        asked.headers.push_back({"Content-Type", TRY(to_byte_string(options.content_type).in("--content-type"))});
    if (asked.has_body) asked.body_type = "text/plain;charset=UTF-8";
    wanted.body = TRY(program::read_curl_data(world, options.data));
    return wanted;
}

bool sends_actual(const Options& options, const Wanted& wanted) {
    const std::string method = to_upper(wanted.request.method);
    return !options.no_actual && (options.actual || method == "GET" || method == "HEAD");
}

/// Twelve letters that no server has been told of.
Result<std::string> make_stranger() {
    std::array<std::uint8_t, 12> random{};
    TRY(random_bytes(random));
    std::string name;
    for (const std::uint8_t byte : random) name += static_cast<char>('a' + byte % 26);
    return name;
}

Result<void> check_combination(const Options& options) {
    if (options.actual && options.no_actual) return usage("--actual and --no-actual contradict each other");
    const bool clips = !options.from_curl.empty() || !options.from_fetch.empty();
    if (clips && (!options.urls.empty() || !options.urls_file.empty()))
        return usage("a URL beside --from-curl or --from-fetch, which have their own");
    if (clips &&
        (!options.method.empty() || !options.headers.empty() || !options.data.empty() || !options.content_type.empty()))
        return usage("-X, -H, -d and --content-type are what --from-curl and --from-fetch say themselves");
    if (!clips && options.urls.empty() && options.urls_file.empty())
        return usage("URL is missing", "gw-preflight -o https://app.example.com https://api.example.com/items");
    if (options.json && (options.matrix || !options.fix.empty()))
        return usage(fmt::format("--json and {} both want standard output", options.matrix ? "--matrix" : "--fix"));
    if (options.matrix && !options.fix.empty()) return usage("--matrix and --fix both want standard output");
    if (options.audit && options.matrix) return usage("--audit has no --matrix");
    if (options.audit && options.errors) return usage("--audit and --errors are two things", "run it twice");
    if (options.audit && (!options.expose.empty() || options.expect != "allow"))
        return usage(fmt::format("--audit has nothing to {}", options.expose.empty() ? "--expect" : "--expose"));
    return {};
}

}  // namespace

Result<std::string> to_byte_string(std::string_view text) {
    if (!is_utf8(text)) return std::string(text);
    std::string bytes;
    while (!text.empty()) {
        const Utf8Character character = decode_utf8(text);
        if (character.code_point > 0xff)
            return usage(
                fmt::format("'{}' is no character of a header: fetch() throws", text.substr(0, character.size)),
                "encode it, with encodeURIComponent() in the page");
        bytes += static_cast<char>(character.code_point);
        text.remove_prefix(character.size);
    }
    return bytes;
}

Result<Plan> make_plan(program::World& world, Options& options) {
    TRY(check_combination(options));
    Plan plan;
    plan.engines = engines_of(options.browser);
    plan.expects_allow = options.expect == "allow";
    plan.stranger = TRY(make_stranger());
    for (const std::string& name : options.expose)
        if (!http::is_token(name)) return usage(fmt::format("--expose: '{}' is not a header's name", name));
    for (const std::string& origin : options.origins) plan.origins.push_back(TRY(origin_of(origin, "--origin")));
    if (!options.origins_file.empty())
        for (const std::string& line : TRY(lines_of(world, options.origins_file, "--origins")))
            plan.origins.push_back(TRY(origin_of(line, "--origins")));

    std::vector<FromClip> asked;
    for (const clip::Clip& clip : TRY(read_clips(world, options))) {
        FromClip made = TRY(read_clip(clip));
        if (!made.left_out.empty())
            program::warn(world, fmt::format("{}: taken for the browser's own and left out: {}", clip.url,
                                             join(made.left_out, ", ")));
        if (!options.credentials.empty()) made.wanted.request.credentials = credentials_of(options.credentials);
        asked.push_back(std::move(made));
    }
    plan.max_time = TRY(patience_of(options.max_time));
    std::vector<std::string> urls = options.urls;
    if (!options.urls_file.empty())
        for (std::string& line : TRY(lines_of(world, options.urls_file, "--urls"))) urls.push_back(std::move(line));
    const Wanted usual = TRY(wanted_of(world, options));
    for (const std::string& url : urls) {
        auto parsed = cors::PageUrl::parse(url);
        if (!parsed) {
            Error error = std::move(parsed).error();
            error.code = Errc::usage;
            return error;
        }
        asked.push_back({usual, {}, {}});
        asked.back().wanted.request.url = *std::move(parsed);
    }

    const bool has_own =
        std::all_of(asked.begin(), asked.end(), [](const FromClip& each) { return each.origin.has_value(); });
    const bool guesses = plan.origins.empty() && !has_own;
    if (guesses && options.audit)
        program::warn(world, "no --origin: the host of the URL is taken for the one that is meant to be allowed");
    if (guesses && !options.audit) {
        plan.origins.push_back(TRY(origin_of(kUsualOrigin, "--origin")));
        program::warn(world, fmt::format("no --origin: the page is taken to be at {}", kUsualOrigin));
    }
    for (const FromClip& each : asked) {
        Wanted wanted = each.wanted;
        wanted.sends_actual = sends_actual(options, wanted);
        std::vector<cors::Origin> pages = plan.origins;
        if (each.origin && (options.origins.empty() && options.origins_file.empty())) pages = {*each.origin};
        if (options.audit) pages = {cors::Origin::opaque()};  // it tries many
        for (const cors::Origin& page : pages) {
            wanted.request.origin = page;
            plan.wanted.push_back(wanted);
        }
        if (each.origin && options.audit) plan.origins.push_back(*each.origin);
    }
    return plan;
}

}  // namespace gw::preflight
