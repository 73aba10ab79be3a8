#include "libgw/policy/iam/match/template.h"

#include "libgw/base/text.h"

namespace gw::iam {

namespace {

void append(std::u16string& items, std::string_view bytes) {
    for (const char c : bytes) items += static_cast<Glob::Item>(static_cast<unsigned char>(c));
}

Error malformed(std::string message, std::string hint) {
    return Error{Errc::parse, std::move(message), std::move(hint), {}};
}

}  // namespace

std::size_t find_outside_variables(std::string_view text, char separator, bool variables) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == separator) return at;
        if (variables && text.substr(at).starts_with("${")) {
            const std::size_t end = text.find('}', at);
            if (end == std::string_view::npos) return end;
            at = end;
        }
    }
    return std::string_view::npos;
}

Result<Template::Part> Template::parse_variable(std::string_view inside) {
    if (inside == "*" || inside == "?" || inside == "$") return Part{Part::Kind::text, std::string(inside)};
    const std::size_t comma = inside.find(',');
    const std::string_view name = trim_ows(inside.substr(0, comma));
    if (name.empty() || name.find_first_of("${'") != std::string_view::npos) {
        return malformed("a policy variable needs the name of a condition key",
                         "write ${aws:username}, or ${$} for the character itself");
    }
    Part part{Part::Kind::variable, {}, ContextKey(name)};
    if (comma != std::string_view::npos) {
        const std::string_view value = trim_ows(inside.substr(comma + 1));
        if (value.size() < 2 || !value.starts_with('\'') || !value.ends_with('\'')) {
            return malformed("the default of a policy variable stands in single quotes",
                             "write ${" + std::string(name) + ", 'default'}");
        }
        part.text = value.substr(1, value.size() - 2);
    }
    return part;
}

Result<Template> Template::parse(std::string_view text, TemplateSyntax syntax) {
    Template made;
    const auto add_text = [&](std::string_view bytes) {
        if (made.parts_.empty() || made.parts_.back().kind != Part::Kind::text) made.parts_.push_back({});
        made.parts_.back().text += bytes;
    };
    for (std::size_t at = 0; at < text.size();) {
        if (syntax.variables && text.substr(at).starts_with("${")) {
            const std::size_t end = text.find('}', at);
            const Location where{{}, 1, static_cast<std::uint32_t>(at + 1)};
            if (end == std::string_view::npos) {
                return malformed("a policy variable has no end", "write ${$}{ for the characters themselves").at(where);
            }
            auto part = parse_variable(text.substr(at + 2, end - at - 2));
            if (!part) return std::move(part).error().at(where);
            if (part->kind == Part::Kind::text) {
                add_text(part->text);
            } else {
                made.has_variables_ = true;
                made.parts_.push_back(*std::move(part));
            }
            at = end + 1;
        } else if (syntax.wildcards && (text[at] == '*' || text[at] == '?')) {
            made.parts_.push_back({text[at] == '*' ? Part::Kind::any : Part::Kind::one, {}});
            ++at;
        } else {
            add_text(text.substr(at, 1));
            ++at;
        }
    }
    if (!made.has_variables_) {
        std::u16string items;
        for (const Part& part : made.parts_) {
            if (part.kind == Part::Kind::any) items += Glob::kAny;
            if (part.kind == Part::Kind::one) items += Glob::kOne;
            append(items, part.text);
            made.text_ += part.text;
        }
        made.glob_ = Glob(items);
        made.parts_.clear();
    }
    return made;
}

// An empty value counts as none, so that "home/${aws:username}/*" can never mean "home//*".
const std::string* Template::value_of(const Part& part, const Context& context) {
    if (part.kind == Part::Kind::text) return &part.text;
    const std::string* value = context.single(part.key);
    if (value && !value->empty()) return value;
    return part.text.empty() ? nullptr : &part.text;
}

// Both ends are compared as they are, up to their first wildcard, so that most texts are told apart without a pattern
// having to be made.
Match Template::matches(std::string_view text, const Context& context) const {
    const auto answer = [](bool matched) { return matched ? Match::yes : Match::no; };
    if (!has_variables_) return answer(glob_.matches(text));
    const auto is_wildcard = [](const Part& part) {
        return part.kind == Part::Kind::any || part.kind == Part::Kind::one;
    };
    for (const Part& part : parts_) {
        if (!is_wildcard(part) && !value_of(part, context)) return Match::unknown;
    }
    auto first = parts_.begin();
    auto last = parts_.end();
    for (; first != last && !is_wildcard(*first); ++first) {
        const std::string& value = *value_of(*first, context);
        if (!text.starts_with(value)) return Match::no;
        text.remove_prefix(value.size());
    }
    if (first == last) return answer(text.empty());
    for (; !is_wildcard(*(last - 1)); --last) {
        const std::string& value = *value_of(*(last - 1), context);
        if (!text.ends_with(value)) return Match::no;
        text.remove_suffix(value.size());
    }
    std::u16string items;
    for (; first != last; ++first) {
        switch (first->kind) {
            case Part::Kind::any: items += Glob::kAny; break;
            case Part::Kind::one: items += Glob::kOne; break;
            case Part::Kind::text:
            case Part::Kind::variable: append(items, *value_of(*first, context));
        }
    }
    return answer(Glob(items).matches(text));
}

const std::string* Template::text(const Context& context, std::string& scratch) const {
    if (!has_variables_) return &text_;
    scratch.clear();
    for (const Part& part : parts_) {
        const std::string* value = value_of(part, context);
        if (!value) return nullptr;
        scratch += *value;
    }
    return &scratch;
}

}  // namespace gw::iam
