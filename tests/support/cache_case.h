#pragma once
// An answer and a request, written as lines, and what a shared cache makes of them: the rules of policy/cache put
// together as the gateway does, under a clock that stands where the test says.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/policy/cache/reuse.h"
#include "libgw/policy/cache/storing.h"

namespace gw::test {

/// Sun, 22 Nov 2026 12:00:00 GMT: when answers are received.
inline const Date kReceived{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(12)};

/// "Cache-Control: max-age=1|Age: 2". "Date: +10" and the like are dates so many seconds from kReceived.
inline http::Fields fields_of(std::string_view lines) {
    http::Fields fields;
    for (const std::string_view line : split(lines, '|')) {
        const auto parts = split_once(line, ':');
        if (!parts) continue;
        std::string value(trim_ows(parts->second));
        const bool relative = value.size() > 1 && (value[0] == '+' || value[0] == '-') &&
                              (parts->first == "Date" || parts->first == "Expires" || parts->first == "Last-Modified" ||
                               parts->first == "If-Modified-Since");
        if (relative) value = std::string(to_http_date(kReceived + std::chrono::seconds(std::stoll(value))));
        fields.add(parts->first, value);
    }
    return fields;
}

inline http::ResponseHead answer_of(std::uint16_t status, std::string_view lines) {
    http::ResponseHead head;
    head.status = status;
    head.fields = fields_of(lines);
    head.nominates = head.fields.has(http::FieldName::connection);
    return head;
}

/// What becomes of an answer to `request`, GET, in a shared cache to RFC 9111; null: it is not kept.
inline std::shared_ptr<const cache::Stored> store(std::uint16_t status, std::string_view answer,
                                                  std::string_view request = {}, std::string body = "body") {
    const http::ResponseHead head = answer_of(status, answer);
    const http::Fields asked_fields = fields_of(request);
    cache::Asked asked;
    asked.fields = &asked_fields;
    asked.no_store = cache::parse_request_directives(asked_fields).no_store;
    const cache::Exchanged when{kReceived, kReceived};
    auto directives = cache::parse_response_directives(head.fields);
    const cache::Lifetime lifetime = cache::lifetime_of(status, head.fields, directives, when);
    if (cache::may_store(asked, head, directives, lifetime) != cache::Refused::none) return nullptr;
    auto stored =
        std::make_shared<cache::Stored>(cache::make_stored(asked, head, std::move(directives), lifetime, when));
    stored->body = std::make_shared<const std::string>(std::move(body));
    return stored;
}

/// Whether it is shown to `request` so many seconds after it came, without asking the target.
inline bool is_reused(const std::shared_ptr<const cache::Stored>& stored, long long seconds,
                      std::string_view request = {}) {
    if (stored == nullptr) return false;
    const http::Fields fields = fields_of(request);
    if (stored->selector.values != cache::selecting_values(stored->selector.names, fields)) return false;
    return cache::judge(*stored, cache::parse_request_directives(fields), kReceived + std::chrono::seconds(seconds))
               .use != cache::Use::validate;
}

}  // namespace gw::test
