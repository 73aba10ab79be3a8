#include "apps/gw-wscat/plan.h"

#include <fmt/format.h>

#include "libgw/base/crypto.h"
#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/wire/http/grammar.h"

namespace gw::wscat {
namespace {

Error usage(std::string message, std::string hint = {}) {
    return Error{Errc::usage, std::move(message), std::move(hint), {}};
}

Result<http::Url> read_url(const std::string& text) {
    // as wscat has it: ws:// may be left out
    auto url = http::Url::parse(text.find("://") == std::string::npos ? "ws://" + text : text);
    if (!url) return usage("URL: " + url.error().message, "ws://localhost:8080/path or wss://...");
    if (url->scheme == "http") url->scheme = "ws";
    if (url->scheme == "https") url->scheme = "wss";
    return url;
}

/// @FILE, env:NAME or the text itself, which others on the machine can see.
Result<std::string> read_secret(program::World& world, const std::string& given, std::string_view option) {
    if (given.starts_with('@')) {
        std::string text = TRY(program::WorldSources(world).read_file(given.substr(1)).in(option));
        while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
        return text;
    }
    if (given.starts_with("env:")) {
        auto value = world.environment(given.substr(4));
        if (!value || value->empty()) return usage(fmt::format("{}: {} is not set", option, given.substr(4)));
        return *std::move(value);
    }
    program::warn(world, fmt::format("{}: others on this machine can read it; @FILE and env:NAME hide it", option));
    return given;
}

Result<void> add_fields(program::World& world, const Options& options, Plan& plan) {
    for (const std::string& line : options.headers) {
        const auto parts = split_once(line, ':');
        if (!parts || !http::is_token(parts->first)) return usage("-H: a header is 'Name: value'");
        const std::string_view value = trim_ows(parts->second);
        if (!http::is_field_value(value))
            return usage(fmt::format("-H: the value of {} holds a control character", parts->first));
        const std::string name = to_lower(parts->first);
        if (name == "connection" || name == "upgrade" || name.starts_with("sec-websocket-") ||
            name == "content-length" || name == "transfer-encoding")
            return usage(fmt::format("-H: {} belongs to the handshake", parts->first),
                         name == "sec-websocket-protocol" ? "-s offers a subprotocol" : "");
        plan.fields.emplace_back(parts->first, value);
    }
    if (!options.origin.empty()) plan.fields.emplace_back("Origin", options.origin);
    if (!options.auth.empty()) plan.fields.emplace_back("Authorization", "Basic " + to_base64(options.auth));
    if (!options.api_key.empty())
        plan.fields.emplace_back("x-api-key", TRY(read_secret(world, options.api_key, "--api-key")));
    for (const auto& [name, value] : plan.fields)
        if (!http::is_field_value(value)) return usage(fmt::format("{} holds a control character", name));
    return {};
}

Result<void> add_token(program::World& world, const Options& options, Plan& plan) {
    if (options.jwt.empty()) {
        if (!options.token_in.empty()) return usage("--token-in: there is no --jwt");
        return {};
    }
    const std::string token = TRY(read_secret(world, options.jwt, "--jwt"));
    const std::string& where = options.token_in;
    if (where.empty() || where == "header") {
        if (!http::is_field_value(token)) return usage("--jwt holds a control character");
        plan.fields.emplace_back("Authorization", "Bearer " + token);
    } else if (where.starts_with("query:") && where.size() > 6) {
        plan.url.query += fmt::format("{}{}={}", plan.url.query.empty() ? "" : "&",
                                      http::percent_encode(where.substr(6)), http::percent_encode(token));
        plan.url.has_query = true;
    } else if (where == "subprotocol") {
        if (!http::is_token(token)) return usage("--jwt: this token cannot be a subprotocol");
        plan.protocols.push_back(token);
    } else {
        return usage(fmt::format("--token-in: '{}' is no place", where), "header, query:NAME or subprotocol");
    }
    return {};
}

Result<Pattern> compile(const std::string& text, std::string_view option) {
    auto pattern = Pattern::compile(text);
    if (!pattern) return usage(fmt::format("{}: {}", option, pattern.error().message));
    return pattern;
}

Result<Nanoseconds> duration_of(const std::string& text, std::string_view option) {
    auto duration = parse_duration(text);
    if (!duration) return usage(fmt::format("{}: {}", option, duration.error().message), "250ms, 10s, 5m");
    return duration;
}

Result<void> read_times(const Options& options, Plan& plan) {
    if (!options.wait.empty()) {
        if (options.execute.empty()) return usage("-w: there is no -x");
        const auto seconds = parse_unsigned(options.wait, 1000000000);
        if (!seconds && options.wait != "-1") return usage("-w: not a number of seconds, nor -1");
        if (seconds) plan.wait = std::chrono::seconds(*seconds);
    } else if (!options.execute.empty()) {
        plan.wait = std::chrono::seconds(2);
    }
    if (!options.timeout.empty()) plan.timeout = TRY(duration_of(options.timeout, "--timeout"));
    plan.limits_time = !options.timeout.empty();
    if (!options.linger.empty()) plan.linger = TRY(duration_of(options.linger, "--linger"));
    if (!options.ping.empty()) {
        plan.ping = TRY(duration_of(options.ping, "--ping"));
        if (*plan.ping <= Nanoseconds::zero()) return usage("--ping: has to be longer than nothing");
    }
    if (!options.duration.empty()) plan.duration = TRY(duration_of(options.duration, "--for"));
    if (!options.rate.empty()) {
        auto rate = parse_rate(options.rate);
        if (!rate || rate->count <= 0) return usage("--rate: not a rate", "1000/s");
        plan.rate = rate->per_second();
    }
    return {};
}

Result<void> read_patterns(const Options& options, Plan& plan) {
    plan.count = options.one ? std::optional<std::uint64_t>(1) : options.count;
    if (options.one && options.count) return usage("-1 and --count are two amounts");
    if (plan.count && *plan.count == 0) return usage("--count: has to be at least 1");
    if (!options.until.empty()) plan.until = TRY(compile(options.until, "--until"));
    if (!options.expect.empty()) plan.expect = TRY(compile(options.expect, "--expect"));
    for (const std::string& text : options.replies) {
        std::size_t at = text.find('=');
        while (at != std::string::npos && at > 0 && text[at - 1] == '\\') at = text.find('=', at + 1);
        if (at == std::string::npos) return usage("--on: not REGEX=REPLY", "\\= is a '=' of the expression");
        plan.replies.emplace_back(TRY(compile(text.substr(0, at), "--on")), text.substr(at + 1));
    }
    return {};
}

Result<void> read_limits(const Options& options, Plan& plan) {
    // a person's tool takes what comes; what it is told to hold to it does
    plan.limits = {.frame = std::uint64_t{16} << 20U,
                   .message = std::uint64_t{16} << 20U,
                   .fragments = UINT32_MAX,
                   .controls_per_second = 1000};
    if (!options.max_message.empty()) {
        if (options.aws_limits) return usage("--max-message and --aws-limits are two limits");
        auto size = parse_size(options.max_message);
        if (!size || *size == 0) return usage("--max-message: not a size", "64KiB, 16MiB");
        plan.limits.frame = plan.limits.message = *size;
    }
    if (options.aws_limits) {
        plan.limits = websocket::kAwsLimits;
        plan.frame = static_cast<std::size_t>(plan.limits.frame);
    }
    return {};
}

Result<void> read_tls(program::World& world, const Options& options, Plan& plan) {
    const program::WorldSources files(world);
    if (options.cert.empty() != options.key.empty()) return usage("--cert and --key come together");
    net::TlsKeyPair pair;
    if (!options.cert.empty()) {
        pair.cert_pem = TRY(files.read_file(options.cert).in("--cert"));
        pair.key_pem = TRY(files.read_file(options.key).in("--key"));
        pair.name = options.cert;
        pair.key_name = options.key;
    }
    if (options.listen)
        plan.server_key = std::move(pair);
    else
        plan.tls.client = std::move(pair);
    plan.tls.insecure = options.no_check;
    if (!options.ca.empty()) {
        plan.tls.ca_pem = TRY(files.read_file(options.ca).in("--ca"));
        plan.tls.ca_name = options.ca;
    }
    return {};
}

/// What makes no sense together.
Result<void> check_server(const Options& options) {
    const auto none = [&](bool given, std::string_view option) -> Result<void> {
        if (given) return usage(fmt::format("{} is for a client, and -l makes a server", option));
        return {};
    };
    TRY(none(!options.words.empty() || !options.connect.empty(), "URL"));
    TRY(none(!options.execute.empty(), "-x"));
    TRY(none(!options.headers.empty(), "-H"));
    TRY(none(!options.origin.empty(), "-o"));
    TRY(none(options.no_check, "-n"));
    TRY(none(options.follow, "-L"));
    TRY(none(!options.auth.empty(), "--auth"));
    TRY(none(!options.proxy.empty(), "--proxy"));
    TRY(none(!options.ca.empty(), "--ca"));
    TRY(none(options.one || options.count || !options.until.empty() || !options.expect.empty(), "what is expected"));
    TRY(none(!options.timeout.empty(), "--timeout"));
    TRY(none(!options.linger.empty(), "--linger"));
    TRY(none(!options.jwt.empty() || options.sigv4 || !options.api_key.empty(), "who calls"));
    TRY(none(!options.ping.empty(), "--ping"));
    TRY(none(!options.reconnect.empty(), "--reconnect"));
    TRY(none(!options.script.empty(), "--script"));
    TRY(none(options.slash, "--slash"));
    TRY(none(options.clients > 0 || !options.rate.empty() || !options.duration.empty(), "load"));
    TRY(none(!options.region.empty() || !options.profile.empty(), "who calls"));
    TRY(none(!options.replies.empty(), "--on"));
    TRY(none(options.no_history, "--no-history"));
    const int modes = (options.echo ? 1 : 0) + (options.broadcast ? 1 : 0) + (options.exec.empty() ? 0 : 1);
    if (modes > 1) return usage("--echo, --broadcast and --exec are three kinds of server");
    return {};
}

Result<void> check_client(const Options& options, Plan& plan) {
    if (options.broadcast || !options.exec.empty() || options.host != "127.0.0.1")
        return usage("--broadcast, --exec and --host are for a server", "gw-wscat -l PORT");
    std::vector<std::string> words = options.words;
    std::string url = options.connect;
    if (url.empty()) {
        if (words.empty()) return usage("URL is missing", "gw-wscat ws://localhost:8080");
        url = words.front();
        words.erase(words.begin());
    }
    plan.url = TRY(read_url(url));
    if (!words.empty() && !options.execute.empty()) return usage("MESSAGE and -x are two inputs");
    plan.messages = words.empty() ? options.execute : words;
    plan.reads_input = plan.messages.empty() && !options.echo && options.script.empty() && options.clients == 0;
    if (!options.script.empty() && (!plan.messages.empty() || options.echo || options.clients > 0))
        return usage("--script does all that is done: no MESSAGE, --echo or --clients beside it");
    const bool expects = options.one || options.count || !options.until.empty() || !options.expect.empty();
    if (options.echo && (!words.empty() || !options.execute.empty() || expects || !options.replies.empty() ||
                         options.slash || options.clients > 0))
        return usage(
            "--echo does all that is done: no MESSAGE, -x, --on, --slash, --clients and no expectation beside it");
    if (options.clients > 0 && (!options.execute.empty() || words.size() > 1 || expects || !options.replies.empty() ||
                                options.slash || !options.reconnect.empty() || !options.ping.empty()))
        return usage("--clients sends one MESSAGE and measures its echo: nothing else is done beside it");
    if (!options.execute.empty() && !options.linger.empty()) return usage("--linger and -w are two ends of -x");
    if (options.clients == 0 && (!options.rate.empty() || !options.duration.empty()))
        return usage("--rate and --for are for load", "--clients N");
    if ((!options.region.empty() || !options.profile.empty()) && !options.sigv4)
        return usage("--region and --profile are for --sigv4");
    return {};
}

}  // namespace

Result<Farewell> parse_farewell(std::string_view text, websocket::Role role) {
    Farewell farewell;
    const auto parts = split_once(text, ':');
    const auto code = parse_unsigned_as<std::uint16_t>(parts ? parts->first : text);
    if (!code || !websocket::may_send(role, *code))
        return usage(fmt::format("'{}' is no close code that may be sent", parts ? parts->first : text),
                     "1000 to 1003, 1007 to 1011, 3000 to 4999");
    farewell.code = static_cast<websocket::CloseCode>(*code);
    if (parts) farewell.reason = parts->second;
    if (!is_utf8(farewell.reason) || farewell.reason.size() > 123)
        return usage("the reason of a close is UTF-8 of at most 123 bytes");
    return farewell;
}

Result<std::string> decode_line(std::string_view line, Coding coding) {
    switch (coding) {
        case Coding::text:
            if (!is_utf8(line))
                return Error{Errc::parse, "a text message has to be UTF-8", "-b sends bytes as they are", {}};
            return std::string(line);
        case Coding::binary: return std::string(line);
        case Coding::hex: {
            std::string digits(line);
            std::erase_if(digits, [](char c) { return c == ' ' || c == '\t' || c == ':'; });
            return parse_hex(digits).in("--hex");
        }
        case Coding::base64: return parse_base64(trim_ows(line)).in("--base64");
    }
    return std::string();
}

Result<Plan> make_plan(program::World& world, const Options& options) {
    Plan plan;
    if (options.listen)
        TRY(check_server(options));
    else
        TRY(check_client(options, plan));
    plan.protocols = options.subprotocols;
    for (const std::string& protocol : plan.protocols)
        if (!http::is_token(protocol)) return usage(fmt::format("-s: '{}' is no name of a subprotocol", protocol));
    TRY(add_fields(world, options, plan));
    TRY(add_token(world, options, plan));
    TRY(read_times(options, plan));
    TRY(read_patterns(options, plan));
    TRY(read_limits(options, plan));
    TRY(read_tls(world, options, plan));
    if ((options.binary ? 1 : 0) + (options.hex ? 1 : 0) + (options.base64 ? 1 : 0) > 1)
        return usage("--binary, --hex and --base64 are three codings");
    plan.coding = options.hex      ? Coding::hex
                  : options.base64 ? Coding::base64
                  : options.binary ? Coding::binary
                                   : Coding::text;
    if (!options.close.empty())
        plan.farewell =
            TRY(parse_farewell(options.close, options.listen ? websocket::Role::server : websocket::Role::client)
                    .in("--close"));
    if (!options.reconnect.empty()) {
        plan.reconnects = parse_unsigned_as<std::uint32_t>(options.reconnect);
        if (!plan.reconnects) return usage("--reconnect: not a number");
    }
    if (options.jsonl && (options.pretty || options.timestamps))
        return usage("--jsonl says when, and puts a message on one line: no --pretty or --ts beside it");
    if (options.seed && !plan.reconnects) return usage("--seed is for --reconnect");
    plan.seed = options.seed ? *options.seed : TRY(random_seed());
    return plan;
}

}  // namespace gw::wscat
