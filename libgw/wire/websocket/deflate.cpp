#include "libgw/wire/websocket/deflate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/wire/websocket/extension.h"

namespace gw::websocket {
namespace {

constexpr std::string_view kName = "permessage-deflate";

/// §7.1.2: decimal digits without a leading zero, 8 to 15.
std::optional<std::uint8_t> bits_of(const std::string& text) {
    const auto bits = text.starts_with('0') ? std::nullopt : parse_unsigned_as<std::uint8_t>(text);
    return bits && *bits >= 8 && *bits <= 15 ? bits : std::nullopt;
}

/// The parameters of an offer or an answer; nothing when one is unknown, comes twice, or has a value that is none.
std::optional<DeflateOffer> read_parameters(const Extension& extension) {
    DeflateOffer read;
    bool server_bits = false;
    for (const ExtensionParameter& parameter : extension.parameters) {
        const auto flag = [&](bool& seen) { return !std::exchange(seen, true); };
        if (parameter.name == "server_no_context_takeover") {
            if (!flag(read.server_no_context_takeover) || parameter.value) return std::nullopt;
        } else if (parameter.name == "client_no_context_takeover") {
            if (!flag(read.client_no_context_takeover) || parameter.value) return std::nullopt;
        } else if (parameter.name == "server_max_window_bits") {
            if (!flag(server_bits) || !parameter.value) return std::nullopt;
            if (!(read.server_max_window_bits = bits_of(*parameter.value))) return std::nullopt;
        } else if (parameter.name == "client_max_window_bits") {
            if (!flag(read.client_max_window_bits)) return std::nullopt;
            if (parameter.value && !(read.client_max_window_bits_value = bits_of(*parameter.value)))
                return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    return read;
}

std::string text_of(const DeflateParameters& parameters, bool client_bits) {
    std::string text(kName);
    if (parameters.server_no_context_takeover) text += "; server_no_context_takeover";
    if (parameters.client_no_context_takeover) text += "; client_no_context_takeover";
    if (parameters.server_max_window_bits < 15)
        text += fmt::format("; server_max_window_bits={}", parameters.server_max_window_bits);
    if (client_bits) text += fmt::format("; client_max_window_bits={}", parameters.client_max_window_bits);
    return text;
}

}  // namespace

std::string DeflateOffer::text() const {
    std::string text(kName);
    if (server_no_context_takeover) text += "; server_no_context_takeover";
    if (client_no_context_takeover) text += "; client_no_context_takeover";
    if (server_max_window_bits) text += fmt::format("; server_max_window_bits={}", *server_max_window_bits);
    if (client_max_window_bits) text += "; client_max_window_bits";
    if (client_max_window_bits_value) text += fmt::format("={}", *client_max_window_bits_value);
    return text;
}

Result<std::optional<DeflateAnswer>> accept_deflate(const http::Fields& request, const DeflatePolicy& policy) {
    const auto extensions = parse_extensions(request);
    if (!extensions) return Error{Errc::parse, "Sec-WebSocket-Extensions is not a list of extensions", {}, {}};
    for (const Extension& extension : *extensions) {
        if (extension.name != kName) continue;
        const auto offer = read_parameters(extension);
        if (!offer) continue;
        DeflateAnswer answer;
        DeflateParameters& agreed = answer.parameters;
        agreed.server_no_context_takeover = offer->server_no_context_takeover || policy.no_context_takeover;
        agreed.client_no_context_takeover = offer->client_no_context_takeover || policy.no_context_takeover;
        agreed.server_max_window_bits =
            std::min<std::uint8_t>(offer->server_max_window_bits.value_or(15), policy.max_window_bits);
        if (offer->client_max_window_bits)  // §7.1.2.2: a client that does not say it does not know it
            agreed.client_max_window_bits =
                std::min<std::uint8_t>(offer->client_max_window_bits_value.value_or(15), policy.max_window_bits);
        answer.text = text_of(agreed, offer->client_max_window_bits && agreed.client_max_window_bits < 15);
        // §7.1.2.1: a window that was asked for has to be confirmed, be it the largest
        if (offer->server_max_window_bits && agreed.server_max_window_bits == 15)
            answer.text += "; server_max_window_bits=15";
        return std::optional(std::move(answer));
    }
    return std::optional<DeflateAnswer>();
}

Result<std::optional<DeflateParameters>> read_deflate_answer(const http::Fields& answer,
                                                             const std::optional<DeflateOffer>& offer) {
    const auto wrong = [](std::string why) { return Error{Errc::parse, std::move(why), {}, {}}; };
    const auto extensions = parse_extensions(answer);
    if (!extensions) return wrong("Sec-WebSocket-Extensions is not a list of extensions");
    if (extensions->empty()) return std::optional<DeflateParameters>();
    for (const Extension& extension : *extensions)
        if (!offer || extension.name != kName)
            return wrong(fmt::format("the extension {} was not offered", extension.name));
    if (extensions->size() > 1) return wrong("permessage-deflate was accepted twice");
    const auto read = read_parameters(extensions->front());
    if (!read) return wrong("the parameters of permessage-deflate are none of RFC 7692");
    if (read->client_max_window_bits && (!offer->client_max_window_bits || !read->client_max_window_bits_value))
        return wrong("client_max_window_bits answers nothing that was offered");
    if (offer->server_no_context_takeover && !read->server_no_context_takeover)
        return wrong("server_no_context_takeover was asked for and not confirmed");
    if (offer->server_max_window_bits && read->server_max_window_bits.value_or(16) > *offer->server_max_window_bits)
        return wrong("server_max_window_bits was asked for and not confirmed");
    DeflateParameters agreed;
    agreed.server_no_context_takeover = read->server_no_context_takeover;
    agreed.client_no_context_takeover = read->client_no_context_takeover || offer->client_no_context_takeover;
    agreed.server_max_window_bits = read->server_max_window_bits.value_or(15);
    agreed.client_max_window_bits =
        std::min(read->client_max_window_bits_value.value_or(15), offer->client_max_window_bits_value.value_or(15));
    return std::optional(agreed);
}

std::unique_ptr<MessageInflate> DeflatePool::take_inflate() {
    if (idle_.empty()) return std::make_unique<MessageInflate>();
    auto taken = std::move(idle_.back());
    idle_.pop_back();
    return taken;
}

void DeflatePool::give_back(std::unique_ptr<MessageInflate> inflate) {
    if (idle_.size() >= kIdle) return;
    inflate->reset();
    idle_.push_back(std::move(inflate));
}

MessageDeflate& DeflatePool::deflate(int bits) {
    const auto known =
        std::find_if(deflates_.begin(), deflates_.end(), [&](const auto& each) { return each->bits() == bits; });
    if (known == deflates_.end()) {
        deflates_.push_back(std::make_unique<MessageDeflate>(bits, memory_of(bits)));
        return *deflates_.back();
    }
    (*known)->reset();
    return **known;
}

}  // namespace gw::websocket
