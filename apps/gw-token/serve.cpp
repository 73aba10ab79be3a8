// serve: a test issuer, until a signal comes.

#include <csignal>
#include <ostream>
#include <syncstream>

#include <fmt/format.h>

#include "apps/gw-token/commands.h"
#include "apps/gw-token/issuer.h"
#include "apps/gw-token/moment.h"
#include "apps/gw-token/output.h"
#include "apps/support/ready_file.h"
#include "libgw/base/crypto.h"
#include "libgw/base/units.h"
#include "libgw/policy/auth/cognito.h"
#include "libgw/term/width.h"

namespace gw::token {
namespace {

Result<issuer::Settings> read_settings(const ServeOptions& options) {
    issuer::Settings settings;
    for (const std::string& text : options.users) settings.users.push_back(TRY(issuer::parse_user(text).in("--user")));
    if (settings.users.empty()) settings.users.push_back(TRY(issuer::parse_user("alice")));
    if (!options.algorithm.empty()) {
        const auto algorithm = auth::parse_algorithm(options.algorithm);
        if (!algorithm)
            return Error{Errc::usage,
                         fmt::format("--alg: there is no algorithm '{}'", options.algorithm),
                         auth::kPublicKeyAlgorithms.text(),
                         {}};
        settings.algorithm = *algorithm;
    }
    if (!options.pool.empty())
        settings.pool = TRY(auth::UserPool::make(options.pool, "http://127.0.0.1").in("--cognito")).id;
    settings.issuer = options.issuer;
    settings.redirects = options.redirects;
    settings.audience = options.audience;
    if (!options.lifetime.empty()) {
        const Nanoseconds lifetime = TRY(parse_duration(options.lifetime).in("--lifetime"));
        settings.lifetime = std::chrono::floor<std::chrono::seconds>(lifetime);
    }
    if (!options.rotate.empty()) settings.rotation = TRY(parse_duration(options.rotate).in("--rotate"));
    return settings;
}

std::string banner_of(const issuer::Issuer& issuer, const std::string& base, const term::Style& style) {
    const issuer::Settings& settings = issuer.settings();
    const std::string name = settings.issuer.empty() ? base + issuer.path() : settings.issuer;
    std::string users;
    for (const issuer::User& user : settings.users) users += (users.empty() ? "" : ", ") + user.name;
    std::string kids;
    for (const auth::Key& key : issuer.keys(current_date())) kids += (kids.empty() ? "" : ", ") + key.kid();
    std::string text =
        fmt::format("{} {}  {}   a test issuer: it believes any password and any secret\n",
                    style.bold("gw-token serve"), GW_VERSION, style.paint(term::Paint::green, base + issuer.path()));
    text += fmt::format("  issuer  {}\n", name);
    text += fmt::format("  keys    {} {}{}\n", auth::to_text(settings.algorithm), kids,
                        settings.rotation ? ", the next one each " + to_duration_text(*settings.rotation) : "");
    text += fmt::format("  users   {}\n", term::printable(users));
    text += "try\n";
    text += fmt::format("  curl -s {}/.well-known/openid-configuration\n", base + issuer.path());
    text += fmt::format("  curl -s -u ci:secret -d grant_type=client_credentials -d scope=orders:read {}{}\n", base,
                        issuer.token_path());
    text += fmt::format("  curl -s -d grant_type=password -d client_id=web -d username={} -d password=x {}{}\n",
                        term::printable(settings.users.front().name), base, issuer.token_path());
    text += fmt::format("  gw-token mint '{{\"sub\":\"alice\"}}' --issuer {}\n", base + issuer.path());
    if (!settings.pool.empty())
        text += fmt::format("  gw-serve http://localhost:3000 --cognito {},endpoint={}\n", settings.pool, base);
    else
        text += fmt::format("  gw-serve http://localhost:3000 --jwt {}\n", name);
    return text;
}

}  // namespace

Result<int> serve(program::World& world, const Options& options) {
    const ServeOptions& wanted = options.serve;
    if (!wanted.ready_file.empty()) TRY(program::ReadyFile::may_write(wanted.ready_file));
    // before any thread is there, so that all of them inherit it
    sigset_t ends{};
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    issuer::Settings settings = TRY(read_settings(wanted));
    auto made = TRY(issuer::Issuer::make(std::move(settings), random_bytes, current_date()));
    const term::Style style = talk_style(world, options);
    const auto tell = [&](const issuer::Request& request, const issuer::Answer& answer) {
        std::osyncstream(*world.err) << fmt::format("{} {} {}  {}\n",
                                                    style.paint(term::paint_of_status(answer.status),
                                                                std::to_string(answer.status)),
                                                    term::printable(request.method), term::printable(request.path),
                                                    term::printable(answer.note))
                                     << std::flush;
    };
    auto server = TRY(IssuerServer::open(std::move(made), wanted.port.value_or(9000), tell));
    const std::string base = fmt::format("http://127.0.0.1:{}", server.port());
    std::osyncstream(*world.err) << banner_of(server.issuer(), base, style) << std::flush;
    server.start();
    program::ReadyFile ready;
    if (!wanted.ready_file.empty()) TRY(ready.write(wanted.ready_file, base + server.issuer().path()));
    if (options.json) {
        const std::string& name = server.issuer().settings().issuer;
        print_document(world, Object{{"url", base}, {"issuer", name.empty() ? base + server.issuer().path() : name}});
    }
    *world.out << std::flush;
    int number = 0;
    while (::sigwait(&ends, &number) != 0) {
    }
    return program::kYes;
}

}  // namespace gw::token
