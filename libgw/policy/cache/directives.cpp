#include "libgw/policy/cache/directives.h"

#include <algorithm>

#include "libgw/base/text.h"
#include "libgw/policy/cors/header_list.h"
#include "libgw/wire/http/grammar.h"
#include "libgw/wire/http/structured_field.h"

namespace gw::cache {
namespace {

/// One directive as it stands in the field.
struct Directive {
    std::string_view name;
    bool has_value = false;
    bool malformed = false;  ///< white space around '=', or something behind the value
    std::string value;       ///< of a quoted string without its quotes
};

/// Takes directives from one line of Cache-Control.
class DirectiveReader {
  public:
    explicit DirectiveReader(std::string_view line) : rest_(line) {}

    bool next(Directive& into) {
        skip([](char c) { return c == ',' || c == ' ' || c == '\t'; });
        if (rest_.empty()) return false;
        into = {};
        into.name = take([](char c) { return (http::class_of(c) & http::kToken) != 0; });
        if (skip_blanks()) into.malformed = !rest_.empty() && rest_.front() == '=';
        if (!rest_.empty() && rest_.front() == '=') {
            rest_.remove_prefix(1);
            into.has_value = true;
            if (skip_blanks()) into.malformed = true;
            if (!rest_.empty() && rest_.front() == '"')
                quoted(into.value);
            else
                into.value = take([](char c) { return c != ',' && c != ' ' && c != '\t'; });
        }
        skip_blanks();
        if (rest_.empty() || rest_.front() == ',') return true;
        into.malformed = true;
        skip_to_comma();
        return true;
    }

  private:
    template <class Wanted>
    std::string_view take(Wanted&& wanted) {
        std::size_t size = 0;
        while (size < rest_.size() && wanted(rest_[size])) ++size;
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }
    template <class Wanted>
    bool skip(Wanted&& wanted) {
        return !take(wanted).empty();
    }
    bool skip_blanks() {
        return skip([](char c) { return c == ' ' || c == '\t'; });
    }
    /// A comma inside a quoted string ends nothing.
    void skip_to_comma() {
        std::string ignored;
        while (!rest_.empty() && rest_.front() != ',') {
            if (rest_.front() == '"')
                quoted(ignored);
            else
                rest_.remove_prefix(1);
        }
    }
    /// Without a closing quote it reaches to the end of the line.
    void quoted(std::string& into) {
        rest_.remove_prefix(1);
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
            into += rest_.front();
            rest_.remove_prefix(1);
        }
        if (!rest_.empty()) rest_.remove_prefix(1);
    }

    std::string_view rest_;
};

/// RFC 9111 §1.2.2: digits, too large a number is the largest. Nothing when it is no number.
std::optional<Seconds> seconds_of(const Directive& directive) {
    const std::string_view text = directive.value;
    if (directive.malformed || text.empty() || !std::all_of(text.begin(), text.end(), gw::is_digit)) return {};
    const auto value = parse_unsigned(text, static_cast<std::uint64_t>(kForever.count()));
    return value ? Seconds(*value) : kForever;
}

void set_first(std::optional<Seconds>& into, const Directive& directive, Seconds otherwise) {
    if (!into) into = seconds_of(directive).value_or(otherwise);
}

/// no-cache and private: for the whole answer, or for the fields that they name.
void restrict(bool& whole, std::vector<std::string>& fields, bool names_fields, std::string_view list) {
    bool any = false;
    if (names_fields) {
        http::ListReader names(list);
        while (const auto name = names.next()) {
            if (!http::is_token(*name)) continue;
            fields.push_back(gw::to_lower(*name));
            any = true;
        }
    }
    if (!any) whole = true;
}

template <class Visit>
void each_directive(const http::Fields& fields, Visit&& visit) {
    Directive directive;
    for (const http::FieldView field : fields) {
        if (field.id != http::FieldName::cache_control) continue;
        DirectiveReader reader(field.value);
        while (reader.next(directive)) visit(directive);
    }
}

void read(const Directive& directive, ResponseDirectives& into) {
    const auto is = [&](std::string_view name) { return gw::equals_ignoring_case(directive.name, name); };
    if (is("max-age")) return set_first(into.max_age, directive, Seconds(0));
    if (is("s-maxage")) return set_first(into.s_maxage, directive, Seconds(0));
    if (is("no-store")) into.no_store = true;
    if (is("no-cache")) restrict(into.no_cache, into.withheld_fields, directive.has_value, directive.value);
    if (is("private")) restrict(into.is_private, into.withheld_fields, directive.has_value, directive.value);
    if (is("public")) into.is_public = true;
    if (is("must-revalidate") || is("proxy-revalidate")) into.must_revalidate = true;
    if (is("must-understand")) into.must_understand = true;
    if (is("stale-while-revalidate")) into.stale_while_revalidate = seconds_of(directive).value_or(Seconds(0));
    if (is("stale-if-error")) into.stale_if_error = seconds_of(directive).value_or(Seconds(0));
}

/// RFC 9213 §2.1: the same directives as members of a dictionary. One of the wrong type is not there, but for a
/// prohibition, which only an explicit false takes back.
ResponseDirectives read_targeted(const std::vector<http::DictionaryMember>& dictionary) {
    using Kind = http::BareItem::Kind;
    ResponseDirectives into;
    into.targeted = true;
    for (const auto& [key, item] : dictionary) {
        const bool on = item.kind != Kind::boolean || item.integer != 0;
        const auto seconds = [&, kind = item.kind, value = item.integer]() -> std::optional<Seconds> {
            if (kind != Kind::integer || value < 0) return std::nullopt;
            return std::min(Seconds(value), kForever);
        };
        if (key == "max-age") into.max_age = seconds();
        if (key == "s-maxage") into.s_maxage = seconds();
        if (key == "stale-while-revalidate") into.stale_while_revalidate = seconds().value_or(Seconds(0));
        if (key == "stale-if-error") into.stale_if_error = seconds().value_or(Seconds(0));
        if (!on) continue;
        if (key == "no-store") into.no_store = true;
        if (key == "no-cache") restrict(into.no_cache, into.withheld_fields, item.kind == Kind::string, item.text);
        if (key == "private") restrict(into.is_private, into.withheld_fields, item.kind == Kind::string, item.text);
        if (key == "public") into.is_public = true;
        if (key == "must-revalidate" || key == "proxy-revalidate") into.must_revalidate = true;
        if (key == "must-understand") into.must_understand = true;
    }
    return into;
}

}  // namespace

ResponseDirectives parse_response_directives(const http::Fields& fields) {
    // RFC 9213 §2.2: the targeted field alone counts, unless it is empty or cannot be read
    if (const auto targeted = cors::combined(fields, "cdn-cache-control"))
        if (const auto dictionary = http::parse_dictionary(*targeted); dictionary && !dictionary->empty())
            return read_targeted(*dictionary);
    ResponseDirectives directives;
    each_directive(fields, [&](const Directive& directive) { read(directive, directives); });
    return directives;
}

RequestDirectives parse_request_directives(const http::Fields& fields) {
    RequestDirectives into;
    each_directive(fields, [&](const Directive& directive) {
        const auto is = [&](std::string_view name) { return gw::equals_ignoring_case(directive.name, name); };
        if (is("no-store")) into.no_store = true;
        if (is("no-cache")) into.no_cache = true;
        if (is("only-if-cached")) into.only_if_cached = true;
        if (is("max-age")) set_first(into.max_age, directive, Seconds(0));
        if (is("min-fresh")) set_first(into.min_fresh, directive, kForever);
        if (is("max-stale")) set_first(into.max_stale, directive, directive.has_value ? Seconds(0) : kForever);
        if (is("stale-if-error")) set_first(into.stale_if_error, directive, Seconds(0));
    });
    return into;
}

}  // namespace gw::cache
