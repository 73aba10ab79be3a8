#include "apps/support/admin_client.h"

#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "libgw/config/secret.h"

namespace gw::program {

std::string admin_socket(const config::Sources& sources, std::uint16_t port) {
    const auto folder = sources.environment("XDG_RUNTIME_DIR");
    if (folder && !folder->empty()) return fmt::format("unix:{}/gw/{}.sock", *folder, port);
    return fmt::format("unix:/tmp/gw-{}/{}.sock", ::getuid(), port);
}

Result<AdminPlace> find_admin(std::string where, const std::string& token, const config::Sources& sources) {
    if (where == "off")
        return Error{Errc::usage, "a gateway without an admin API cannot be asked", "--admin unix:PATH|URL", {}};
    AdminPlace place;
    place.host = "localhost";
    auto endpoint = std::make_shared<net::Endpoint>();
    if (where.starts_with("unix:")) {
        endpoint->unix_path = where.substr(5);
        endpoint->host = "localhost";
        if (endpoint->unix_path.empty())
            return Error{Errc::usage, "--admin: the socket has no path", "--admin unix:/run/gw/admin.sock", {}};
    } else {
        if (!where.starts_with("http://")) where = "http://" + where;
        const http::Url url = TRY(http::Url::parse(where).in("--admin"));
        endpoint->host = url.authority.host;
        endpoint->port = url.port();
        place.host = url.authority.text(80);
    }
    endpoint->key = where;
    place.endpoint = std::move(endpoint);
    if (!token.empty()) place.token = TRY(config::resolve_secret(config::SecretRef{token}, sources));
    return place;
}

AdminClient::AdminClient(net::Loop& loop, AdminPlace place)
    : loop_(loop),
      place_(std::move(place)),
      resolver_(loop),
      client_(loop, resolver_, net::ClientLimits{}),
      inquiry_(loop, client_) {}

Result<net::Answered> AdminClient::ask(net::Question question) {
    question.host = place_.host;
    question.timeout = std::chrono::seconds(10);
    question.most = 1048576;
    if (!place_.token.empty())
        question.fields.emplace_back("authorization", "Bearer " + std::string(place_.token.expose()));
    std::optional<Result<net::Answered>> answer;
    inquiry_.ask(place_.endpoint, std::move(question), [&](Result<net::Answered> answered) {
        answer = std::move(answered);
        loop_.stop();
    });
    while (!answer) loop_.run();
    if (!*answer)
        return Error{Errc::connect,
                     answer->error().message,
                     "is gw-serve running? Name its admin address with --admin, or its port with -p",
                     {}};
    return *std::move(answer);
}

Result<net::Answered> AdminClient::get(std::string_view path) {
    net::Question question;
    question.target = path;
    return ask(std::move(question));
}

Result<net::Answered> AdminClient::post(std::string_view path, std::string json) {
    net::Question question;
    question.method = "POST";
    question.target = path;
    question.fields = {{"content-type", "application/json"}, {"x-gw-admin", "1"}};
    question.body = std::move(json);
    return ask(std::move(question));
}

}  // namespace gw::program
