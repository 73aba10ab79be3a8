// What a cache reads of fields: Vary against a slow reading of what a request says, directives, dates and ages within
// their bounds, ranges inside their body; and what it writes, Cache-Status, which a reader of structured fields takes.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/policy/cache/range.h"
#include "libgw/policy/cache/status_field.h"
#include "libgw/policy/cache/storing.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/structured_field.h"
#include "tests/fuzz/require.h"

using namespace gw;

namespace {

constexpr Date kNow = Date(std::chrono::seconds(1795348800));

/// Lines "name: value" that may stand in a message.
http::Fields fields_of(std::string_view text) {
    http::Fields fields;
    for (const std::string_view line : split(text, '\n')) {
        const auto parts = split_once(line, ':');
        if (!parts || !http::is_token(parts->first)) continue;
        const std::string_view value = trim_ows(parts->second);
        if (http::is_field_value(value)) fields.add(parts->first, value);
    }
    return fields;
}

/// The elements of all lines of a field; nothing when it is absent. Requires: no quote in them.
std::optional<std::vector<std::string>> elements_of(const http::Fields& fields, const std::string& name) {
    static const std::set<std::string> kAnyCase = {"accept-language", "accept-encoding", "accept-charset"};
    std::optional<std::vector<std::string>> elements;
    for (const http::FieldView field : fields) {
        if (to_lower(field.name) != name) continue;
        if (!elements) elements.emplace();
        for (const std::string_view element : split(field.value, ','))
            elements->push_back(kAnyCase.contains(name) ? to_lower(trim_ows(element)) : std::string(trim_ows(element)));
    }
    return elements;
}

bool has_quotes(const http::Fields& fields) {
    for (const http::FieldView field : fields)
        if (field.value.find('"') != std::string_view::npos) return true;
    return false;
}

void check_vary(const http::Fields& answer, const http::Fields& one, const http::Fields& two) {
    const auto names = cache::parse_vary(answer);
    if (!names) return;
    REQUIRE_THAT_IT_HOLDS(names->size() <= cache::kMostVaryNames);
    REQUIRE_THAT_IT_HOLDS(std::is_sorted(names->begin(), names->end()));
    for (const std::string& name : *names) REQUIRE_THAT_IT_HOLDS(http::is_token(name) && to_lower(name) == name);
    if (has_quotes(one) || has_quotes(two)) return;
    bool same = true;
    for (const std::string& name : *names) same = same && elements_of(one, name) == elements_of(two, name);
    REQUIRE_THAT_IT_HOLDS((cache::selecting_values(*names, one) == cache::selecting_values(*names, two)) == same);
}

/// A name that stands alone among the members of Cache-Control. Requires: no quote in them.
bool says(const http::Fields& fields, std::string_view wanted) {
    const auto elements = elements_of(fields, "cache-control");
    return elements && std::any_of(elements->begin(), elements->end(),
                                   [wanted](const std::string& element) { return to_lower(element) == wanted; });
}

void check_directives(const http::Fields& fields) {
    const auto said = cache::parse_response_directives(fields);
    const auto asked = cache::parse_request_directives(fields);
    const auto within = [](std::optional<cache::Seconds> time) {
        return !time || (time->count() >= 0 && *time <= cache::kForever);
    };
    for (const auto& time :
         {said.max_age, said.s_maxage, std::optional(said.stale_if_error), std::optional(said.stale_while_revalidate),
          asked.max_age, asked.min_fresh, asked.max_stale, asked.stale_if_error})
        REQUIRE_THAT_IT_HOLDS(within(time));
    if (!said.targeted && !has_quotes(fields)) {
        REQUIRE_THAT_IT_HOLDS(said.no_store || !says(fields, "no-store"));
        REQUIRE_THAT_IT_HOLDS(said.is_private || !says(fields, "private"));
        REQUIRE_THAT_IT_HOLDS(said.no_cache || !says(fields, "no-cache"));
    }
    const cache::Exchanged when{kNow, kNow};
    const auto lifetime = cache::lifetime_of(200, fields, said, when);
    REQUIRE_THAT_IT_HOLDS(lifetime.span >= Nanoseconds(0) && lifetime.span <= cache::kForever);
    const Nanoseconds age = cache::initial_age(fields, when);
    REQUIRE_THAT_IT_HOLDS(age >= Nanoseconds(0) && age <= 2 * cache::kForever);
    http::ResponseHead head;
    head.status = 200;
    head.fields = fields;
    cache::Asked request;
    const http::Fields none;
    request.fields = &none;
    if (cache::may_store(request, head, said, lifetime) != cache::Refused::none) return;
    REQUIRE_THAT_IT_HOLDS(!said.is_private && (!said.no_store || said.must_understand));
    const auto stored = cache::make_stored(request, head, said, lifetime, when);
    REQUIRE_THAT_IT_HOLDS(stored.head.fields.has(http::FieldName::date) &&
                          !stored.head.fields.has(http::FieldName::age) &&
                          !stored.head.fields.has(http::FieldName::content_length) &&
                          !stored.head.fields.has(http::FieldName::transfer_encoding));
    for (const std::string& name : said.withheld_fields)
        REQUIRE_THAT_IT_HOLDS(!stored.head.fields.find(name).has_value());
}

void check_range(std::string_view text) {
    for (const std::uint64_t length : std::initializer_list<std::uint64_t>{0, 1, 7, 1000, UINT64_MAX}) {
        const cache::Part part = cache::parse_range(text, length);
        switch (part.kind) {
            case cache::Part::Kind::whole: REQUIRE_THAT_IT_HOLDS(part.first == 0 && part.size == length); break;
            case cache::Part::Kind::unsatisfiable: REQUIRE_THAT_IT_HOLDS(part.size == 0); break;
            case cache::Part::Kind::part:
                REQUIRE_THAT_IT_HOLDS(part.size > 0 && part.first < length && part.size <= length - part.first);
                break;
        }
    }
}

void check_status(std::string_view text) {
    std::array<std::uint8_t, 16> byte{};
    std::copy_n(text.begin(), std::min(text.size(), byte.size()), byte.begin());
    cache::CacheStatus status;
    status.outcome = static_cast<cache::Outcome>(1 + byte[0] % cache::kOutcomes.size());
    if (byte[1] % 2 == 1) {
        std::int64_t ttl = 0;
        for (std::size_t i = 2; i < 10; ++i)
            ttl = static_cast<std::int64_t>(static_cast<std::uint64_t>(ttl) << 8U | byte[i]);
        status.ttl = Nanoseconds(ttl);
    }
    status.forwarded_status = static_cast<std::uint16_t>(byte[10] * 4);
    status.stored = byte[11] % 2 == 1;
    status.collapsed = byte[12] % 2 == 1;
    status.detail = cache::to_text(static_cast<cache::Refused>(byte[13] % 11));
    const std::string field = cache::to_field(status);
    // a list of one token with parameters reads as a dictionary of one member
    const auto read = http::parse_dictionary(field);
    REQUIRE_THAT_IT_HOLDS(read && read->size() == 1 && read->front().key == "gw");
    const bool hit = status.outcome == cache::Outcome::hit || status.outcome == cache::Outcome::stale;
    REQUIRE_THAT_IT_HOLDS((field.find("; hit") != std::string::npos) == hit);
    REQUIRE_THAT_IT_HOLDS((field.find("; fwd=") != std::string::npos) != hit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<std::string_view> parts = split(text, '\0');
    parts.resize(3);
    const http::Fields answer = fields_of(parts[0]);
    check_vary(answer, fields_of(parts[1]), fields_of(parts[2]));
    check_directives(answer);
    check_range(parts[1]);
    check_status(text);
    return 0;
}
