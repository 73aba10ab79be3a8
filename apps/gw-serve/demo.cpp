#include "apps/gw-serve/demo.h"

#include <fmt/format.h>

#include "libgw/base/time_text.h"

namespace gw::serve {
namespace {

net::ServerLimits demo_limits() {
    net::ServerLimits limits;
    limits.message.body = 10485760;
    return limits;
}

void answer(net::Call& call, std::uint16_t status, std::string_view type, std::string_view body) {
    auto writer = call.begin(status);
    writer.field("content-type", type);
    if (!call.end_head(writer, body.size())) {
        call.abort();
        return;
    }
    call.write(body);
    call.end();
    call.flush();
}

constexpr std::string_view kPets =
    R"([{"id":1,"name":"Rex","kind":"dog"},{"id":2,"name":"Mia","kind":"cat"},{"id":3,"name":"Bo","kind":"fish"}])";

}  // namespace

/// One event a second, until the reader goes away.
class DemoBackend::Ticker final : public net::CallEvents {
  public:
    explicit Ticker(net::Call& call) : call_(&call), timer_(net::callback<&Ticker::tick>(this)) {
        call.events(this);
        auto writer = call.begin(200);
        writer.field("content-type", "text/event-stream");
        writer.field("cache-control", "no-store");
        if (!call.end_head(writer, std::nullopt)) {
            call.abort();
            return;
        }
        tick();
    }

  private:
    void tick() {
        if (call_ == nullptr) return;
        const std::string event = fmt::format("id: {}\ndata: {{\"time\":\"{}\"}}\n\n", ++count_,
                                              std::string(to_iso8601(call_->loop().date())));
        call_->loop().arm_after(timer_, std::chrono::seconds(1));
        call_->write(event);
        call_->flush();
    }
    void on_body(std::string_view) override {}
    void on_body_end() override {}
    void on_drained() override {}
    void on_refused(const http::Refused&) override {}
    void on_finished(bool) override { delete this; }

    net::Call* call_;
    net::Timer timer_;
    std::uint64_t count_ = 0;
};

/// Sends the body back as it comes.
class DemoBackend::Echo final : public net::CallEvents {
  public:
    explicit Echo(net::Call& call) : call_(&call) {
        call.events(this);
        auto writer = call.begin(200);
        const auto type = call.head().fields.find(http::FieldName::content_type);
        writer.field("content-type", type.value_or("application/octet-stream"));
        const http::BodyLength& body = call.head().body;
        const auto length =
            body.framing == http::Framing::chunked ? std::nullopt : std::optional<std::uint64_t>(body.length);
        if (!call.end_head(writer, length)) {
            call.abort();
            return;
        }
        if (call.body_complete()) {
            call.end();
            call.flush();
            return;
        }
        call.send_continue();
        call.read_body();
    }

  private:
    void on_body(std::string_view bytes) override {
        call_->write(bytes);
        if (call_->waiting() > net::kHighWater) call_->pause_body();
        call_->flush();
    }
    void on_body_end() override {
        call_->end();
        call_->flush();
    }
    void on_drained() override { call_->read_body(); }
    void on_refused(const http::Refused&) override { call_->abort(); }
    void on_finished(bool) override { delete this; }
    net::Call* call_;
};

DemoBackend::DemoBackend(net::Loop& loop) : loop_(loop), http_(loop, demo_limits(), *this, 7) {}
DemoBackend::~DemoBackend() = default;

Result<std::uint16_t> DemoBackend::listen() {
    const net::Address any = TRY(net::Address::parse_listen("127.0.0.1:0"));
    const int fd = TRY(net::listen_on(any));
    const net::Address bound = TRY(net::local_address(fd));
    listener_ = std::make_unique<net::Listener>(
        loop_, fd, [this](net::Stream stream) { http_.adopt(std::move(stream), nullptr); });
    return bound.port();
}

void DemoBackend::on_call(net::Call& call) {
    const std::string_view path = call.head().path.canonical();
    if (path == "/pets") {
        answer(call, 200, "application/json", kPets);
    } else if (path.starts_with("/pets/")) {
        const std::string_view id = path.substr(6);
        if (id == "1" || id == "2" || id == "3")
            answer(call, 200, "application/json",
                   fmt::format("{{\"id\":{},\"name\":\"{}\"}}", id,
                               id == "1"   ? "Rex"
                               : id == "2" ? "Mia"
                                           : "Bo"));
        else
            answer(call, 404, "application/json", R"({"message":"no such pet"})");
    } else if (path == "/echo") {
        new Echo(call);  // ends with its call
    } else if (path == "/clock") {
        new Ticker(call);
    } else if (path == "/headers") {
        std::string text;
        for (const http::FieldView field : call.head().fields) text += fmt::format("{}: {}\n", field.name, field.value);
        answer(call, 200, "text/plain; charset=utf-8", text);
    } else {
        answer(call, 404, "application/json", R"({"message":"the demo backend does not know this path"})");
    }
}

void add_demo_routes(config::Api& api, std::uint16_t backend_port) {
    const auto add = [&](const char* method, const char* path, const std::string& target) {
        config::Route route;
        route.method = method;
        route.path = path;
        route.route_key = std::string(method) + " " + path;
        route.integration.url = http::Url::parse(target).value_or({});
        route.integration.text = target;
        api.routes.push_back(std::move(route));
    };
    const std::string target = fmt::format("http://127.0.0.1:{}", backend_port);
    for (const auto& [method, path] :
         {std::pair{"GET", "/pets"}, {"GET", "/pets/{id}"}, {"POST", "/echo"}, {"GET", "/clock"}, {"GET", "/headers"}})
        add(method, path, target);
    config::Route health;
    health.method = "GET";
    health.path = "/health";
    health.route_key = "GET /health";
    health.integration.kind = config::Integration::Kind::mock;
    health.integration.body = R"({"status":"ok"})";
    health.integration.text = R"(mock:200:{"status":"ok"})";
    api.routes.push_back(std::move(health));
}

std::string demo_text(const std::string& url, bool unverified) {
    return fmt::format(
        "try\n"
        "  {1} {0}/pets\n"
        "  {1} {0}/pets/2 -i\n"
        "  {1} {0}/echo -d 'hello'\n"
        "  {1} {0}/headers           what a target sees\n"
        "  {1} -N {0}/clock          server-sent events, undelayed\n"
        "  {1} {0}/nowhere           a 404 as AWS answers it\n",
        url, unverified ? "curl -k" : "curl");
}

}  // namespace gw::serve
