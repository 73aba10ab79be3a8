#include "libgw/io/net/inquiry.h"

#include <optional>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/units.h"

namespace gw::net {
namespace {

/// What is no HTTP is a text that is not what it claims to be.
Errc code_of(FetchFailure::Kind kind) { return kind == FetchFailure::Kind::bad_answer ? Errc::parse : to_errc(kind); }

}  // namespace

Errc to_errc(FetchFailure::Kind kind) {
    using Kind = FetchFailure::Kind;
    switch (kind) {
        case Kind::resolve: return Errc::resolve;
        case Kind::connect: return Errc::connect;
        case Kind::tls: return Errc::tls;
        case Kind::queue: return Errc::busy;
        case Kind::closed:
        case Kind::broken: return Errc::closed;
        case Kind::bad_answer: return Errc::io;
        case Kind::internal: return Errc::internal;
    }
    return Errc::internal;
}

Inquiry::Inquiry(Loop& loop, HttpClient& client)
    : loop_(loop), client_(client), fetch_(*this), timer_(callback<&Inquiry::on_late>(this)) {}

void Inquiry::ask(const std::shared_ptr<const Endpoint>& to, Question question, Done done) {
    question_ = std::move(question);
    answer_ = {};
    problem_.reset();
    over_ = false;
    done_ = std::move(done);
    head_.clear();
    http::HeadWriter writer(head_);
    writer.request_line(question_.method, question_.target);
    writer.field(http::FieldName::host, question_.host);
    for (const auto& [name, value] : question_.fields) writer.field(name, value);
    writer.field(http::FieldName::connection, "close");
    if (!question_.body.empty()) writer.content_length(question_.body.size());
    if (!writer.end()) return end(Error{Errc::usage, "the request cannot be written", {}, {}});
    loop_.arm_after(timer_, question_.timeout);
    fetch_.start(client_, to, http::to_method(question_.method), true);
}

void Inquiry::cancel() {
    done_ = nullptr;
    timer_.cancel();
    fetch_.cancel();
}

void Inquiry::end(Result<Answered> answer) {
    Done done = std::exchange(done_, nullptr);
    cancel();
    if (done) done(std::move(answer));
}

void Inquiry::on_ready() {
    fetch_.head() += head_;
    if (!question_.body.empty()) fetch_.copy(question_.body);
    fetch_.end();
    fetch_.flush();
}

void Inquiry::on_answer_head(http::ResponseHead& head) {
    answer_.status = head.status;
    answer_.content_type = head.fields.find(http::FieldName::content_type).value_or("");
    const auto coding = head.fields.find(http::FieldName::content_encoding);
    if (coding && !equals_ignoring_case(*coding, "identity"))
        problem_ =
            Error{Errc::parse, fmt::format("the answer is encoded ({}), which was not asked for", *coding), {}, {}};
}

void Inquiry::on_answer_body(std::string_view bytes) {
    if (problem_) return;
    if (answer_.body.size() + bytes.size() > question_.most)
        problem_ = Error{Errc::limit, fmt::format("the answer is larger than {} bytes", question_.most), {}, {}};
    else
        answer_.body.append(bytes);
}

void Inquiry::on_answer_end() { over_ = true; }

void Inquiry::on_turn_end() {
    if (problem_) return end(*std::move(problem_));
    if (over_) end(std::move(answer_));
}

void Inquiry::on_failed(const FetchFailure& failure) { end(Error{code_of(failure.kind), failure.detail, {}, {}}); }

void Inquiry::on_late() {
    end(Error{Errc::timeout, fmt::format("no whole answer within {}", to_duration_text(question_.timeout)), {}, {}});
}

std::shared_ptr<Endpoint> endpoint_of(const http::Url& url, std::shared_ptr<const TlsContext> tls) {
    auto endpoint = std::make_shared<Endpoint>();
    endpoint->host = url.authority.host;
    endpoint->port = url.port();
    endpoint->secure = url.secure();
    if (url.secure()) endpoint->tls = std::move(tls);
    const http::Authority place{url.authority.host, url.port(), url.authority.ipv6};
    endpoint->key = fmt::format("{}://{}", url.secure() ? "https" : "http", place.text());
    return endpoint;
}

std::string target_of(const http::Url& url) {
    std::string target = url.path.empty() ? "/" : url.path;
    if (url.has_query) target += "?" + url.query;
    return target;
}

std::string host_of(const http::Url& url) { return url.authority.text(url.secure() ? 443 : 80); }

bool may_be_inside(const http::Url& named, const http::Url& chosen) {
    return named.authority.host == chosen.authority.host || is_loopback(chosen.authority.host);
}

}  // namespace gw::net
