#include <optional>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-serve/commands.h"
#include "apps/support/admin_client.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/io/process/watch.h"
#include "libgw/term/width.h"

namespace gw::serve {
namespace {

/// The process that answers there.
Result<process::Watch> watch_gateway(program::AdminClient& client) {
    const auto [code, type, body] = TRY(client.get("/status"));
    const auto document = parse_json(body);
    const Value* pid = document ? document->find("pid") : nullptr;
    const auto number = pid != nullptr ? pid->to_int64() : std::nullopt;
    if (code != 200 || !number || *number <= 0 || *number > INT32_MAX)
        return Error{Errc::io, fmt::format("the gateway does not say which process it is ({})", code), {}, {}};
    auto watch = process::Watch::begin(static_cast<int>(*number));
    if (!watch)
        return std::move(watch).error().with_hint(
            "without --wait it is told to stop all the same; nothing was done now");
    return watch;
}

std::string text_of(const Value* value) {
    if (value == nullptr) return "-";
    if (const std::string* text = value->if_string()) return *text;
    return to_json(*value);
}

/// What the options say last for a key; empty for nothing.
std::string last_of(const Options& options, std::string_view key) {
    std::string value;
    for (const Options::Setting& setting : options.settings)
        if (setting.key == key) value = setting.value;
    return value;
}

}  // namespace

Result<int> ask_running(program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    std::string where = last_of(options, "admin");
    if (where.empty()) where = program::admin_socket(sources, options.port.value_or(8080));
    net::Loop loop;
    program::AdminClient client(loop,
                                TRY(program::find_admin(std::move(where), last_of(options, "adminToken"), sources)));
    const bool status = options.command == Command::status;
    std::optional<process::Watch> watch;
    if (options.wait) watch.emplace(TRY(watch_gateway(client)));
    const auto [code, type, body] =
        TRY(status ? client.get("/status") : client.post(options.command == Command::reload ? "/reload" : "/stop"));
    auto document = parse_json(body);
    if (!document) return Error{Errc::io, "the answer of the admin API is not JSON", {}, {}};
    if (code == 401) {
        world.err->flush();
        program::tell(
            world,
            Error{Errc::io, "the gateway refused: " + text_of(document->find("message")), "give --admin-token", {}});
        return program::kRefused;
    }
    if (code >= 400) {
        const std::string* hint = document->find_string("hint");
        program::tell(world, Error{Errc::io, text_of(document->find("message")), hint ? *hint : std::string(), {}});
        if (const std::string* details = document->find_string("details"))
            for (const std::string_view line : split(*details, '\n'))
                if (!line.empty()) *world.err << term::printable(line) << '\n';
        return code == 409 ? program::kNo : program::kNetwork;
    }
    if (options.json) {
        *world.out << body << '\n';
        return program::kYes;
    }
    if (!status) {
        *world.out << text_of(document->find("message")) << '\n' << std::flush;
        if (watch) TRY(watch->wait());
        return program::kYes;
    }
    for (const char* key : {"version", "pid", "uptime_seconds", "generation", "draining", "workers", "connections",
                            "reloads", "reload_failures"})
        *world.out << fmt::format("{:<16} {}\n", key, text_of(document->find(key)));
    if (const Value* listeners = document->find("listeners"); listeners != nullptr && listeners->if_array() != nullptr)
        for (const Value& address : *listeners->if_array())
            *world.out << fmt::format("{:<16} {}\n", "listener", text_of(&address));
    if (const Value* groups = document->find("groups"); groups != nullptr && groups->if_object() != nullptr)
        for (const Member& group : *groups->if_object())
            for (const Value& target : *group.value.if_array())
                *world.out << fmt::format("{:<16} {} {} outstanding {}\n", "group " + group.key,
                                          text_of(target.find("address")), text_of(target.find("state")),
                                          text_of(target.find("outstanding")));
    if (const Value* issuers = document->find("issuers"); issuers != nullptr && issuers->if_array() != nullptr)
        for (const Value& issuer : *issuers->if_array()) {
            const std::string failure = text_of(issuer.find("failure"));
            *world.out << fmt::format("{:<16} {} keys {}{}\n", "issuer",
                                      term::printable(text_of(issuer.find("issuer"))), text_of(issuer.find("keys")),
                                      failure.empty() ? "" : "  " + std::string(term::printable(failure)));
        }
    return program::kYes;
}

}  // namespace gw::serve
