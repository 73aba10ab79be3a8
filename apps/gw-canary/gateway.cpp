#include "apps/gw-canary/gateway.h"

#include <fmt/format.h>

#include "libgw/base/json.h"
#include "libgw/base/text.h"

namespace gw::release {
namespace {

Error odd(std::string_view what) {
    return {Errc::io,
            fmt::format("the gateway does not say {} as gw-serve {} does", what, GW_VERSION),
            "is it a gw-serve of this version?",
            {}};
}

std::optional<canary::Sample> parse_sample(const Value* value) {
    canary::Sample sample;
    if (value == nullptr) return std::nullopt;
    const Value* requests = value->find("requests");
    const Value* broken = value->find("broken");
    const Value* statuses = value->find("statuses");
    const Value* latencies = value->find("latencies");
    if (requests == nullptr || !requests->to_uint64() || broken == nullptr || !broken->to_uint64()) return std::nullopt;
    if (statuses == nullptr || statuses->if_object() == nullptr) return std::nullopt;
    if (latencies == nullptr || latencies->if_array() == nullptr) return std::nullopt;
    sample.requests = *requests->to_uint64();
    sample.broken = *broken->to_uint64();
    for (const Member& member : *statuses->if_object()) {
        const auto status = parse_unsigned_as<std::uint16_t>(member.key);
        const auto count = member.value.to_uint64();
        if (!status || !count) return std::nullopt;
        sample.statuses[*status] += *count;
    }
    for (const Value& pair : *latencies->if_array()) {
        const Array* both = pair.if_array();
        if (both == nullptr || both->size() != 2) return std::nullopt;
        const auto bound = (*both)[0].to_uint64();
        const auto count = (*both)[1].to_uint64();
        if (!bound || !count || *bound == 0 || *bound > INT64_MAX / 1000) return std::nullopt;
        // what is in a bucket is less than its bound
        const auto longest = std::chrono::microseconds(static_cast<std::int64_t>(*bound) - 1);
        sample.latencies[canary::Latencies::bucket_of(longest)] += *count;
    }
    return sample;
}

std::string text_of(const Value& document, std::string_view key) {
    const std::string* text = document.find_string(key);
    return text != nullptr ? *text : std::string();
}

}  // namespace

Result<Standing> parse_standing(const Value& value) {
    Standing standing;
    const Value* percent = value.find("percentTraffic");
    standing.api = text_of(value, "api");
    standing.phase = text_of(value, "phase");
    standing.section = text_of(value, "section");
    standing.sticky = text_of(value, "sticky");
    if (standing.api.empty() || standing.phase.empty() || percent == nullptr || !percent->to_double())
        return odd("how a canary stands");
    standing.percent = *percent->to_double();
    auto stable = parse_sample(value.find("stable"));
    auto canary = parse_sample(value.find("canary"));
    if (!stable || !canary) return odd("what both versions have answered");
    standing.stable = *std::move(stable);
    standing.canary = *std::move(canary);
    return standing;
}

Result<program::AdminPlace> Gateway::place_of(const program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    return program::find_admin(
        options.admin.empty() ? program::admin_socket(sources, options.port.value_or(8080)) : options.admin,
        options.admin_token, sources);
}

Result<Reply> Gateway::read(Result<net::Answered> answered) {
    if (!answered) return std::move(answered).error();
    auto document = parse_json(answered->body);
    if (!document || document->if_object() == nullptr) return odd("anything in JSON");
    Reply reply;
    reply.document = *std::move(document);
    if (answered->status < 400) return reply;
    std::string message = text_of(reply.document, "message");
    if (message.empty()) message = fmt::format("status {}", answered->status);
    std::string hint = answered->status == 401 ? "give --admin-token" : text_of(reply.document, "hint");
    reply.refusal = Error{Errc::io, "the gateway refused: " + message, std::move(hint), {}};
    reply.code = answered->status == 401                              ? program::kRefused
                 : answered->status == 409 || answered->status == 400 ? program::kNo
                                                                      : program::kNetwork;
    return reply;
}

Result<Reply> Gateway::get(std::string_view path) { return read(client_.get(path)); }

Result<Reply> Gateway::set(double percent) {
    Object wish{{"percentTraffic", Value(percent)}};
    if (!api_.empty()) wish.push_back({"api", Value(api_)});
    return read(client_.post("/canary", to_json(Value(std::move(wish)))));
}

Result<Reply> Gateway::order(std::string_view what) {
    Object wish;
    if (!api_.empty()) wish.push_back({"api", Value(api_)});
    return read(client_.post(fmt::format("/canary/{}", what), to_json(Value(std::move(wish)))));
}

Result<Standing> Gateway::choose(const Value& document) const {
    const Value* list = document.find("canaries");
    if (list == nullptr || list->if_array() == nullptr) return odd("which canaries there are");
    const Array& canaries = *list->if_array();
    if (canaries.empty())
        return Error{Errc::usage,
                     "no api of the gateway has a canary",
                     "canarySettings, or gw-serve --canary 10%=http://127.0.0.1:3001",
                     {}};
    std::vector<std::string> names;
    for (const Value& one : canaries) {
        names.push_back(text_of(one, "api"));
        if (names.back() == api_ || (api_.empty() && canaries.size() == 1)) return parse_standing(one);
    }
    return Error{Errc::usage,
                 api_.empty() ? "several apis have a canary" : fmt::format("{} has no canary", api_),
                 fmt::format("--api {}", join(names, ", or ")),
                 {}};
}

}  // namespace gw::release
