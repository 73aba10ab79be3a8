#include "apps/support/proxy.h"

#include <utility>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/text.h"
#include "libgw/wire/http/uri.h"

namespace gw::program {

Result<Proxy> Proxy::parse(std::string_view text) {
    constexpr std::uint16_t kUsualPort = 1080;
    const auto wrong = [](std::string message) {
        return Error{Errc::usage, "--proxy: " + std::move(message), "http://proxy.example:3128", {}};
    };
    if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
        if (!equals_ignoring_case(text.substr(0, scheme), "http"))
            return wrong(
                fmt::format("{} is a kind of proxy that is not spoken here, only http is", text.substr(0, scheme)));
        text.remove_prefix(scheme + 3);
    }
    if (text.ends_with('/')) text.remove_suffix(1);
    Proxy proxy;
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        proxy.authorization = "Basic " + to_base64(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    auto place = http::Authority::parse(text);
    if (!place) return wrong("it is not [http://][user:password@]HOST[:PORT]");
    proxy.host = std::move(place->host);
    proxy.port = place->port.value_or(kUsualPort);
    return proxy;
}

std::string Proxy::connect(std::string_view authority, std::string_view agent) const {
    std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nUser-Agent: {1}\r\n", authority, agent);
    if (!authorization.empty()) request += fmt::format("Proxy-Authorization: {}\r\n", authorization);
    return request + "\r\n";
}

}  // namespace gw::program
