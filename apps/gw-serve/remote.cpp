#include <ostream>

#include <fmt/format.h>

#include "apps/gw-serve/commands.h"
#include "apps/gw-serve/model.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/config/secret.h"
#include "libgw/io/net/http_client.h"
#include "libgw/term/width.h"
#include "libgw/wire/http/encoder.h"

namespace gw::serve {
namespace {

/// One request to the admin API and its whole answer, on a loop of its own.
class Question final : public net::FetchEvents {
  public:
    Question(std::string method, std::string path, Secret token, std::string authority)
        : method_(std::move(method)),
          path_(std::move(path)),
          token_(std::move(token)),
          authority_(std::move(authority)),
          resolver_(loop_),
          client_(loop_, resolver_, net::ClientLimits{}),
          fetch_(*this),
          timer_(net::callback<&Question::on_late>(this)) {}

    Result<std::pair<std::uint16_t, std::string>> ask(const std::shared_ptr<const net::Endpoint>& to) {
        loop_.arm_after(timer_, std::chrono::seconds(10));
        fetch_.start(client_, to, http::to_method(method_));
        if (!over_) loop_.run();
        if (!problem_.empty())
            return Error{Errc::connect,
                         problem_,
                         "is gw-serve running? Name its admin address with --admin, or its port with -p",
                         {}};
        return std::pair(status_, body_);
    }

    void on_ready() override {
        http::HeadWriter writer(fetch_.head());
        writer.request_line(method_, path_);
        writer.field(http::FieldName::host, authority_);
        if (!token_.empty()) writer.field(http::FieldName::authorization, "Bearer " + std::string(token_.expose()));
        if (method_ == "POST") {
            writer.field(http::FieldName::content_type, "application/json");
            writer.field("x-gw-admin", "1");
            writer.content_length(2);
        }
        if (!writer.end()) {
            end("the request cannot be written");
            return;
        }
        if (method_ == "POST") fetch_.copy("{}");
        fetch_.end();
        fetch_.flush();
    }
    void on_answer_head(http::ResponseHead& head) override { status_ = head.status; }
    void on_answer_body(std::string_view bytes) override {
        if (body_.size() + bytes.size() <= 1048576) body_.append(bytes);
    }
    void on_answer_end() override { end({}); }
    void on_turn_end() override {}
    void on_sendable() override {}
    void on_failed(const net::FetchFailure& failure) override { end(failure.detail); }

  private:
    void on_late() { end("no answer within 10 s"); }
    void end(std::string problem) {
        problem_ = std::move(problem);
        over_ = true;
        loop_.stop();
    }

    std::string method_;
    std::string path_;
    Secret token_;
    std::string authority_;
    net::Loop loop_;
    net::Resolver resolver_;
    net::HttpClient client_;
    net::Fetch fetch_;
    net::Timer timer_;
    std::uint16_t status_ = 0;
    std::string body_;
    std::string problem_;
    bool over_ = false;
};

std::string text_of(const Value* value) {
    if (value == nullptr) return "-";
    if (const std::string* text = value->if_string()) return *text;
    return to_json(*value);
}

}  // namespace

Result<int> ask_running(program::World& world, const Options& options) {
    const program::WorldSources sources(world);
    std::string where = options.admin.empty() ? admin_socket(sources, options.port.value_or(8080)) : options.admin;
    auto endpoint = std::make_shared<net::Endpoint>();
    std::string authority = "localhost";
    if (where.starts_with("unix:")) {
        endpoint->unix_path = where.substr(5);
        endpoint->host = "localhost";
    } else {
        if (!where.starts_with("http://")) where = "http://" + where;
        const http::Url url = TRY(http::Url::parse(where).in("--admin"));
        endpoint->host = url.authority.host;
        endpoint->port = url.port();
        authority = url.authority.text(80);
    }
    endpoint->key = where;
    Secret token;
    if (!options.admin_token.empty())
        token = TRY(config::resolve_secret(config::SecretRef{options.admin_token}, sources));
    const bool status = options.command == Command::status;
    const std::string path = status ? "/status" : options.command == Command::reload ? "/reload" : "/stop";
    Question question(status ? "GET" : "POST", path, std::move(token), authority);
    const auto [code, body] = TRY(question.ask(endpoint));
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
        *world.out << text_of(document->find("message")) << '\n';
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
    return program::kYes;
}

}  // namespace gw::serve
