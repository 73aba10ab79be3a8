#include <utility>

#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/config/schema.h"

namespace gw::config {
namespace {

StringCheck check_of(Result<void> (*check)(std::string_view)) {
    return [check](std::string_view text) -> std::optional<Error> {
        auto checked = check(text);
        if (checked) return std::nullopt;
        return std::move(checked).error();
    };
}

/// "600" as AWS has it, or "10m".
Result<std::int32_t> parse_max_age(std::string_view text) {
    const Error error{Errc::config,
                      "max-age is a number of seconds from -1 to 86400, or a duration",
                      "600, or 10m; -1 keeps browsers from remembering preflights",
                      {}};
    if (text == "-1") return -1;
    if (const auto seconds = parse_unsigned(text, cors::kMostMaxAge)) return static_cast<std::int32_t>(*seconds);
    const auto time = parse_duration(text);
    if (!time || *time < Nanoseconds(0) || *time > std::chrono::seconds(cors::kMostMaxAge) ||
        *time % std::chrono::seconds(1) != Nanoseconds(0))
        return error;
    return static_cast<std::int32_t>(*time / std::chrono::seconds(1));
}

Type<std::int32_t> max_age_type() {
    Type<std::int32_t> type = parsed<std::int32_t>("a number of seconds", parse_max_age,
                                                   [](const std::int32_t& age) { return std::to_string(age); });
    type.write = [](const std::int32_t& age) { return Value(age); };
    type.schema = [] {
        return Value(gw::Object{
            {"oneOf", Array{Value(gw::Object{{"type", "integer"}, {"minimum", -1}, {"maximum", cors::kMostMaxAge}}),
                            Value(gw::Object{{"type", "string"}})}}});
    };
    return type;
}

}  // namespace

const Table<cors::PolicySpec>& cors_table() {
    using Spec = cors::PolicySpec;
    static const Table<Spec> table{
        "an object of corsConfiguration",
        {
            key("allowOrigins", &Spec::origins, list(text(check_of(cors::check_origin)), 1),
                "origins whose pages may read answers: https://app.example.com, or *, https://*, http://*",
                Need::required),
            key("allowMethods", &Spec::methods, maybe(list(text(check_of(cors::check_method)))),
                "methods that they may use, or *; without it those that the routes of the path have"),
            key("allowHeaders", &Spec::headers, maybe(list(text(check_of(cors::check_header)))),
                "fields that they may send, or *; without it any that a browser asks for"),
            key("exposeHeaders", &Spec::expose, list(text(check_of(cors::check_header))),
                "fields of answers that they may read, or *"),
            key("allowCredentials", &Spec::credentials, boolean(), "whether cookies and the like may go along"),
            key("maxAge", &Spec::max_age, maybe(max_age_type()),
                "how long browsers remember a preflight: seconds, -1 to 86400, or 10m"),
        }};
    return table;
}

Type<std::optional<cors::PolicySpec>> cors_type() {
    Type<std::optional<cors::PolicySpec>> type = maybe(object(cors_table()));
    type.read = [read = type.read](const Cursor& cursor, std::optional<cors::PolicySpec>& into) {
        read(cursor, into);
        if (!into) return;
        if (const auto policy = cors::Policy::make(*into); !policy)
            cursor.error(policy.error().message, policy.error().hint);
    };
    return type;
}

}  // namespace gw::config
