#include "libgw/gateway/admin.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/base/crypto.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/config/document.h"
#include "libgw/gateway/admin_canary.h"
#include "libgw/gateway/server.h"
#include "libgw/io/telemetry/prometheus.h"
#include "libgw/policy/answer/answer.h"
#include "libgw/wire/http/media_type.h"

namespace gw::gateway {
namespace {

constexpr std::size_t kMaxBody = 65536;
/// At one side door. Who has asked for nothing yet makes room for others.
constexpr std::size_t kMostConnections = 64;

constexpr std::array<AdminRoute, 9> kRoutes = {{{"/status", true},
                                                {"/metrics", true},
                                                {"/config", true},
                                                {"/canary", true, true, true},
                                                {"/canary/promote", false, true, true},
                                                {"/canary/abort", false, true, true},
                                                {"/cache/flush", false, true},
                                                {"/reload", false, true},
                                                {"/stop", false, true}}};

using Page = AdminPage;

Page message(std::uint16_t status, std::string_view text) { return {status, message_body(text)}; }

/// A folder that only we may write to, made when it is not there. One that somebody else made first is not used.
bool make_private(const std::string& folder) {
    if (folder.empty()) return false;
    ::mkdir(folder.c_str(), 0700);
    struct stat what{};
    return ::lstat(folder.c_str(), &what) == 0 && S_ISDIR(what.st_mode) && what.st_uid == ::getuid() &&
           (what.st_mode & 022) == 0;
}

/// Why a target takes no requests, or that it does.
std::string_view state_of(const balance::TargetView& target) {
    if (!target.usable) return "unhealthy";
    switch (target.standing) {
        case balance::Standing::closed: return "healthy";
        case balance::Standing::half_open: return "half-open";
        case balance::Standing::ejected: break;
    }
    return "ejected";
}

}  // namespace

std::span<const AdminRoute> admin_routes() { return kRoutes; }

/// One side door: a listener, its server, and who may come in.
class Admin::Door final : public net::Handler {
  public:
    Door(Admin& admin, bool metrics_only, Secret token)
        : admin_(admin),
          metrics_only_(metrics_only),
          token_(std::move(token)),
          http_(admin.loop_, limits(), *this, 1) {}

    Result<net::Address> listen(const net::Address& at) {
        net::ListenOptions how;
        how.mode = 0600;
        const int fd = TRY(net::listen_on(at, how));
        auto bound = net::local_address(fd);
        unix_ = at.is_unix();
        listener_ = std::make_unique<net::Listener>(admin_.loop_, fd, [this](net::Stream stream) {
            if (http_.connections() < kMostConnections || http_.close_longest_waiting())
                http_.adopt(std::move(stream), nullptr);
        });
        return bound;
    }

    void on_call(net::Call& call) override {
        const auto page = decide(call);
        if (page) return answer(call, *page);
        orders_.push_back(std::make_unique<Order>(*this, call));
        call.events(orders_.back().get());
        call.send_continue();
        call.read_body();
        if (call.body_complete()) orders_.back()->on_body_end();
    }

  private:
    /// A request whose body says what is to be done.
    class Order final : public net::CallEvents {
      public:
        Order(Door& door, net::Call& call) : door_(door), call_(call) {}

        void on_body(std::string_view bytes) override { body_ += bytes; }
        void on_body_end() override {
            if (std::exchange(done_, true)) return;
            door_.answer(call_, change_canary(door_.admin_.server_, call_.head().path.canonical(), body_));
        }
        void on_drained() override {}
        void on_refused(const http::Refused& refused) override {
            done_ = true;
            door_.answer(call_, message(refused.status, "the body could not be read"));
        }
        void on_finished(bool) override { door_.forget(*this); }

      private:
        Door& door_;
        net::Call& call_;
        std::string body_;
        bool done_ = false;
    };

    void forget(Order& order) {
        std::erase_if(orders_, [&](const auto& one) { return one.get() == &order; });
    }

    void answer(net::Call& call, const Page& page) {
        auto writer = call.begin(page.status);
        writer.field("content-type", page.content_type);
        writer.field("cache-control", "no-store");
        writer.field("x-content-type-options", "nosniff");
        if (!call.end_head(writer, page.body.size())) {
            call.abort();
            return;
        }
        call.write(page.body);
        call.end();
        call.flush();
        if (std::exchange(stop_after_, false)) admin_.server_.drain();
    }

    static net::ServerLimits limits() {
        net::ServerLimits limits;
        limits.message.body = kMaxBody;
        limits.head = std::chrono::seconds(2);
        limits.send_stall = std::chrono::seconds(5);
        return limits;
    }

    [[nodiscard]] bool known_host(std::string_view authority) const {
        if (unix_) return true;
        auto parsed = http::Authority::parse(authority);
        return parsed && (parsed->host == "localhost" || parsed->host == "127.0.0.1" || parsed->host == "::1");
    }

    /// Nothing: the body has to be read first.
    std::optional<Page> decide(net::Call& call) {
        const http::RequestHead& head = call.head();
        const http::Fields& fields = head.fields;
        if (!known_host(head.authority)) return message(421, "this host name is not served here");
        if (fields.has(http::FieldName::origin)) return message(403, "requests from web pages are not served");
        if (const auto site = fields.find("sec-fetch-site"); site && *site != "none" && *site != "same-origin")
            return message(403, "requests from web pages are not served");
        if (!token_.empty()) {
            const auto given = fields.find(http::FieldName::authorization);
            if (fields.count(http::FieldName::authorization) != 1 || !starts_with_ignoring_case(*given, "bearer ") ||
                !token_.matches(given->substr(7)))
                return message(401, "the admin token is missing or wrong");
        }
        const std::string_view path = head.path.canonical();
        const auto route =
            std::find_if(kRoutes.begin(), kRoutes.end(), [&](const AdminRoute& one) { return one.path == path; });
        if (route == kRoutes.end() || (metrics_only_ && path != "/metrics")) return message(404, "Not Found");
        if (head.method == http::Method::get || head.method == http::Method::head)
            return route->reads ? read(path) : message(405, "this wants another method");
        if (head.method != http::Method::post || !route->orders) return message(405, "this wants another method");
        const auto type = fields.find(http::FieldName::content_type);
        const auto media = http::MediaType::parse(type.value_or(""));
        if (!media || media->essence != "application/json" || fields.count(http::FieldName::content_type) != 1)
            return message(415, "content-type must be application/json");
        std::size_t marks = 0;
        for (const http::FieldView field : fields) marks += equals_ignoring_case(field.name, "x-gw-admin") ? 1U : 0U;
        if (marks != 1 || fields.find("x-gw-admin").value_or("") != "1")
            return message(403, "the field X-GW-Admin: 1 is missing");
        if (route->has_order) {
            if (!call.limit_body(kMaxBody)) return message(413, "the body is too large");
            return std::nullopt;
        }
        if (path == "/stop") {
            stop_after_ = true;
            return message(202, "stopping");
        }
        if (path == "/cache/flush") return flush_cache();
        std::string told;
        const auto done = admin_.server_.reload(&told);
        if (!done) {
            return Page{409, to_json(gw::Object{{"message", to_string(done.error())},
                                                {"hint", done.error().hint},
                                                {"details", std::move(told)}})};
        }
        return Page{200,
                    fmt::format("{{\"message\":\"reloaded\",\"generation\":{}}}", admin_.server_.runtime().generation)};
    }

    Page read(std::string_view path) {
        if (path == "/metrics")
            return {200, telemetry::to_prometheus(admin_.server_.scrape()), telemetry::kPrometheusType};
        if (path == "/canary") return show_canaries(admin_.server_);
        if (path == "/config") return {200, config::write_document(admin_.server_.config()), "application/yaml"};
        return status();
    }

    Page flush_cache() {
        const auto& cache = admin_.server_.runtime().cache;
        if (cache == nullptr) return message(409, "no route keeps answers");
        const std::size_t keys = cache->count();
        cache->clear(admin_.loop_.date());
        return {200, fmt::format("{{\"message\":\"emptied\",\"keys\":{}}}", keys)};
    }

    Page status() {
        const Server& server = admin_.server_;
        const Status now = server.status();
        std::string listeners;
        for (const net::Address& address : server.addresses())
            fmt::format_to(std::back_inserter(listeners), "{}\"{}\"", listeners.empty() ? "" : ",", address.text());
        std::string groups;
        for (const auto& group : server.runtime().groups) {
            std::string targets;
            for (std::size_t i = 0; i < group->endpoints.size(); ++i) {
                const auto view = group->group->view(i, admin_.loop_.now());
                fmt::format_to(
                    std::back_inserter(targets),
                    "{}{{\"address\":\"{}\",\"weight\":{},\"healthy\":{},\"state\":\"{}\",\"outstanding\":{}}}",
                    i == 0 ? "" : ",", view.address, view.weight, view.is_healthy(), state_of(view), view.outstanding);
            }
            fmt::format_to(std::back_inserter(groups), "{}\"{}\":[{}]", groups.empty() ? "" : ",", group->name,
                           targets);
        }
        Array issuers;
        for (const auto& issuer : server.runtime().access.issuers) {
            const IssuerKeys keys = issuer->keys();
            issuers.push_back(Object{{"issuer", issuer->issuer()},
                                     {"keys", keys.set == nullptr ? std::size_t{0} : keys.set->keys().size()},
                                     {"failure", keys.failure}});
        }
        return {200, fmt::format("{{\"schema\":\"gw-serve-status/"
                                 "1\",\"version\":\"{}\",\"pid\":{},\"uptime_seconds\":{},\"generation\":{},"
                                 "\"draining\":{},\"connections\":{},\"workers\":{},\"reloads\":{},\"reload_failures\":"
                                 "{},\"listeners\":[{}],\"groups\":{{{}}},\"issuers\":{}}}",
                                 GW_VERSION, ::getpid(),
                                 (admin_.loop_.now() - admin_.server_.shared().started) / std::chrono::seconds(1),
                                 now.generation, now.draining, now.connections, server.workers().size(), now.reloads,
                                 now.reload_failures, listeners, groups, to_json(Value(std::move(issuers))))};
    }

    Admin& admin_;
    bool metrics_only_;
    Secret token_;
    net::HttpServer http_;
    std::unique_ptr<net::Listener> listener_;
    std::vector<std::unique_ptr<Order>> orders_;
    bool unix_ = false;
    bool stop_after_ = false;
};

Admin::Admin(Server& server, net::Loop& loop, Log& log) : server_(server), loop_(loop), log_(log) {}
Admin::~Admin() {
    admin_.reset();
    metrics_.reset();
}

Result<void> Admin::open(const config::Model& config, const std::string& otherwise, const Secret& token) {
    std::string_view where = config.admin.empty() ? std::string_view(otherwise) : std::string_view(config.admin);
    const bool tcp = where.starts_with("http://");
    if (tcp) where.remove_prefix(7);
    net::Address at;
    if (!where.empty() && where != "off") {
        at = TRY(net::Address::parse_listen(where));
        if (!at.is_unix() && token.empty())
            return Error{Errc::config,
                         "the admin API on TCP needs a token",
                         "give --admin-token env:NAME or file:PATH, or use a unix socket",
                         {}};
        if (!at.is_unix() && !at.is_loopback())
            return Error{Errc::config,
                         "the admin API speaks no TLS and stays on the loopback interface",
                         "use 127.0.0.1, [::1] or a unix socket",
                         {}};
        admin_ = std::make_unique<Door>(*this, false, token);
        if (at.is_unix()) {
            const std::string folder = at.path().substr(0, at.path().rfind('/'));
            // a default place that is not safe is no place; one that was asked for is its asker's matter
            if (config.admin.empty() && !make_private(folder)) {
                admin_.reset();
                log_.warn("no admin API: " + folder + " is not a folder of ours alone");
            }
        }
    }
    if (admin_ != nullptr) {
        auto bound = admin_->listen(at);
        if (!bound) {
            admin_.reset();
            if (!config.admin.empty()) return std::move(bound).error().in("the admin API");
            log_.warn("no admin API: " + to_string(bound.error()));
        } else {
            address_ = tcp ? "http://" + bound->text() : bound->text();
            if (at.is_unix()) socket_ = net::SocketFile(at.path());
        }
    }
    if (!config.metrics.empty()) {
        const net::Address page = TRY(net::Address::parse_listen(config.metrics));
        metrics_ = std::make_unique<Door>(*this, true, Secret());
        auto bound = metrics_->listen(page);
        if (!bound) return std::move(bound).error().in("the metrics page");
        metrics_address_ = bound->text();
    }
    return ok();
}

}  // namespace gw::gateway
