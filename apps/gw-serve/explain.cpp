// explain METHOD PATH: the server's own pipeline, driven without a world.

#include <ostream>

#include <fmt/format.h>

#include "apps/gw-serve/commands.h"
#include "apps/gw-serve/model.h"
#include "libgw/base/crypto.h"
#include "libgw/base/json.h"
#include "libgw/base/log.h"
#include "libgw/base/text.h"
#include "libgw/gateway/context.h"
#include "libgw/gateway/key_fetcher.h"
#include "libgw/gateway/pipeline.h"
#include "libgw/term/width.h"
#include "libgw/wire/http/decoder.h"

namespace gw::serve {
namespace {

/// What goes over the wire for `explain METHOD PATH -H … -d …`, so that the server's own decoder reads it. `host`: the
/// Host, where the fields name none.
std::string request_text(const Options& options, const std::string& host) {
    std::string text = fmt::format("{} {} HTTP/1.1\r\n", options.method, options.path);
    for (const std::string& field : options.request_headers) text += field + "\r\n";
    if (!host.empty()) text += "Host: " + host + "\r\n";
    if (!options.data.empty()) text += fmt::format("Content-Length: {}\r\n", options.data.size());
    return text + "\r\n";
}

bool names_host(const Options& options) {
    for (const std::string& field : options.request_headers)
        if (starts_with_ignoring_case(field, "host:")) return true;
    return false;
}

/// The Hosts that a request may have meant, the likeliest first: what a client says that connects to the listener, then
/// what the apis serve.
std::vector<std::string> likely_hosts(const config::Model& model) {
    std::vector<std::string> hosts;
    for (const config::Listener& listener : model.listeners)
        if (hosts.empty() && !listener.address.starts_with("unix:")) hosts.push_back(listener.address);
    if (hosts.empty()) hosts.emplace_back("localhost");
    for (const config::Api& api : model.apis)
        for (const std::string& host : api.hosts)
            hosts.push_back(host.starts_with("*.") ? "any" + host.substr(1) : host);
    return hosts;
}

/// One request on its way, and what it takes.
struct Journey {
    Journey(const gateway::Runtime& runtime, const Options& options) : random(options.seed.value_or(1)) {
        worker.random = Random(options.seed.value_or(1));
        worker.shared = &shared;
        for (const auto& group : runtime.groups) cursors.push_back(group->group->make_cursor(random()));
        issuers.resize(runtime.access.issuers.size());
        exchange.issuers = &issuers;
        exchange.request = &request;
        exchange.runtime = &runtime;
        exchange.worker = &worker;
        exchange.cursors = &cursors;
        exchange.client = "127.0.0.1";
        exchange.date = std::chrono::system_clock::now();
        exchange.kind = runtime.apis.front().kind;
    }
    [[nodiscard]] http::Decoded decode(const std::string& text) {
        const http::Limits limits = exchange.runtime->server_limits.message;
        http::RequestDecoder decoder(limits);
        return decoder.decode(text, request);
    }

    gateway::Shared shared;
    gateway::WorkerState worker;
    Random random;
    std::vector<balance::Cursor> cursors;
    std::vector<gateway::IssuerView> issuers;
    http::RequestHead request;
    gateway::Exchange exchange;
};

/// The keys of the runtime's issuers, into the issuers themselves.
void fetch_keys(const gateway::Runtime& runtime) {
    net::Loop loop;
    net::Resolver resolver(loop);
    net::HttpClient client(loop, resolver, net::ClientLimits{});
    SilentLog log;
    gateway::KeyFetcher fetcher(loop, client, log);
    fetcher.adopt(runtime.access.issuers, runtime.issuer_tls);
    fetcher.on_fetched([&] {
        if (fetcher.were_all_tried()) loop.stop();
    });
    loop.run();  // each question has its own deadline
}

/// Goes on through whatever needs no target: waits are over at once, keys are fetched, the body is what -d says.
gateway::Step drive(gateway::Exchange& exchange, const Options& options) {
    gateway::Step step = gateway::advance(exchange);
    while (step.kind == gateway::Step::Kind::ask && step.effect != gateway::Effect::fetch) {
        if (step.effect == gateway::Effect::keys && !options.offline) fetch_keys(*exchange.runtime);
        if (step.effect == gateway::Effect::collect) {
            exchange.body = gateway::CollectedBody{options.data.size(), sha256(options.data)};
        }
        gateway::Reply reply;
        step = gateway::resume(exchange, step, reply);
    }
    return step;
}

/// Which stage of the pipeline speaks under this name.
std::string_view stage_of(std::string_view word) {
    if (word == "target") return "integrate";
    if (word == "policy" || word == "key") return "authorize";
    return word;
}

/// The first of the likely hosts under which there is a route; the first of all when there is none.
std::string assume_host(const gateway::Runtime& runtime, const Options& options) {
    const std::vector<std::string> hosts = likely_hosts(*runtime.config);
    for (const std::string& host : hosts) {
        Journey journey(runtime, options);
        if (journey.decode(request_text(options, host)).found != http::Found::head) continue;
        static_cast<void>(gateway::find_route(journey.exchange));
        if (journey.exchange.route != nullptr) return host;
    }
    return hosts.front();
}

bool has_hosts(const config::Model& model) {
    for (const config::Api& api : model.apis)
        if (!api.hosts.empty()) return true;
    return false;
}

/// Columns are for people only.
std::string without_padding(const std::string& text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' || !out.ends_with(' ')) out += c;
    return out;
}

/// Whether the last word on the way was this stage's.
bool line_decided(const Trace& trace, std::string_view stage) {
    return !trace.lines().empty() && stage_of(trace.lines().back().stage) == stage;
}

/// What each stage said, in the order of the pipeline.
std::vector<std::pair<std::string, std::string>> in_order(const Trace& trace, const gateway::Exchange& exchange) {
    std::vector<std::pair<std::string, std::string>> said;
    bool over = exchange.route == nullptr;
    for (const gateway::Stage& stage : gateway::way_in()) {
        bool spoke = false;
        for (const Trace::Line& line : trace.lines()) {
            if (stage_of(line.stage) != stage.name) continue;
            said.emplace_back(line.stage, line.text);
            spoke = true;
        }
        over = over || (spoke && stage.name != "route" && exchange.decision.from == gateway::Decision::From::gateway &&
                        exchange.attempts == 0 && stage.name != "integrate" && line_decided(trace, stage.name));
        if (!spoke && !over && stage.name != "integrate") said.emplace_back(stage.name, "not configured");
    }
    return said;
}

/// What the head for the target holds of the fields that the configuration sets. One whose variables have no value is
/// not there. Values that were written down are no news, and may be secrets: they are told as "(as configured)".
std::vector<std::pair<std::string, std::string>> fields_set(const config::Model& model, std::string_view head) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (const config::FieldEdit& edit : model.field_edits) {
        if (edit.remove) continue;
        for (std::string_view line : split(head, '\n')) {
            if (line.ends_with('\r')) line.remove_suffix(1);
            const auto parts = split_once(line, ':');
            if (!parts || !equals_ignoring_case(parts->first, edit.name)) continue;
            const bool names_variables = edit.value.find("$context.") != std::string::npos;
            fields.emplace_back(
                edit.name, names_variables ? std::string(trim_ows(parts->second)) : std::string("(as configured)"));
            break;
        }
    }
    return fields;
}

}  // namespace

Result<int> explain(program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    Diagnostics diagnostics;
    auto model = std::make_shared<config::Model>(build_model(options, sources, diagnostics));
    show(world, diagnostics, program::wants_colour(world, options.color, world.err_is_terminal));
    if (diagnostics.has_errors()) return program::kUsage;
    const auto runtime = TRY(gateway::Runtime::build(
        model, nullptr, [&](const std::string& path) { return sources.read_file(path); }, nullptr, Instant(),
        std::chrono::system_clock::now()));
    const std::string host = names_host(options) || runtime->apis.empty() ? "" : assume_host(*runtime, options);
    if (runtime->apis.empty()) return Error{Errc::config, "there are no apis", "name a ROUTE", {}};

    Journey journey(*runtime, options);
    gateway::Exchange& exchange = journey.exchange;
    Trace trace;
    exchange.trace = &trace;
    const std::string text = request_text(options, host);
    const http::Decoded decoded = journey.decode(text);
    std::string would;
    std::vector<std::pair<std::string, std::string>> fields;  // that the gateway sets
    Object action;
    if (decoded.found != http::Found::head) {
        const http::Refused refused =
            decoded.found == http::Found::error ? decoded.refused : http::Refused{400, "head.incomplete"};
        exchange.decide(gw::refuse(refused));
    } else {
        const gateway::Step step = drive(exchange, options);
        if (step.kind == gateway::Step::Kind::ask) {
            std::string scratch;
            std::string head;
            if (auto refusal = gateway::write_request(exchange, scratch, head)) {
                exchange.decide(std::move(*refusal));
            } else {
                const std::string_view line = std::string_view(head).substr(0, head.find('\r'));
                const std::string_view target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
                const std::string url = fmt::format("{}{}", exchange.target->key, target);
                would = fmt::format("would send {} {}", options.method, url);
                fields = fields_set(*model, head);
                Array told;
                for (const auto& [name, value] : fields) told.push_back(Object{{"name", name}, {"value", value}});
                action = {{"sends", Object{{"method", options.method}, {"url", url}, {"sets", std::move(told)}}}};
            }
        }
    }
    if (exchange.decision.from == gateway::Decision::From::gateway) {
        const Refusal& refusal = exchange.decision.refusal;
        would = fmt::format("would answer {} {}{}", refusal.status, refusal.reason,
                            refusal.detail.empty() ? "" : ": " + refusal.detail);
        action = {
            {"answers", Object{{"status", refusal.status}, {"reason", refusal.reason}, {"detail", refusal.detail}}}};
    } else if (exchange.decision.from == gateway::Decision::From::preflight) {
        would = "would answer 204 by itself";
        action = {{"answers", Object{{"status", 204}}}};
    } else if (exchange.decision.from == gateway::Decision::From::mock) {
        const std::uint16_t status = exchange.route->route->integration.status;
        would = fmt::format("would answer {} by itself", status);
        action = {{"answers", Object{{"status", status}}}};
    }

    const auto said = in_order(trace, exchange);
    if (options.json) {
        Array stages;
        for (const auto& [name, words] : said)
            stages.push_back(Object{{"stage", name}, {"says", without_padding(words)}});
        Object document{{"schema", "gw-serve-explain/1"}, {"host", journey.request.authority}};
        if (exchange.route != nullptr) {
            document.push_back({"api", exchange.api->api->name});
            document.push_back({"routeKey", exchange.route->route->route_key});
        }
        document.push_back({"stages", std::move(stages)});
        for (Member& member : action) document.push_back(std::move(member));
        document.push_back({"result", would});
        *world.out << to_json(Value(std::move(document))) << '\n';
        return program::kYes;
    }
    constexpr std::size_t kIndent = 11;  // of what stands beside the name of a stage
    const std::size_t columns = world.out_is_terminal ? world.width : 0;
    const auto say = [&](std::string_view name, std::string_view words) {
        *world.out << term::wrap(fmt::format("{:<10} {}", name, term::printable(words)), columns, kIndent) << '\n';
    };
    if (!host.empty() && has_hosts(*model)) say("host", host + " (assumed; -H 'Host: NAME' names another)");
    for (const auto& [name, words] : said) say(name, words);
    for (const auto& [name, value] : fields) say("sets", fmt::format("{}: {}", name, value));
    *world.out << term::wrap(term::printable(would), columns, kIndent) << '\n';
    return program::kYes;
}

}  // namespace gw::serve
