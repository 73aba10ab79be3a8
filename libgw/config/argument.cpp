#include "libgw/config/argument.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libgw/base/text.h"
#include "libgw/base/unicode.h"
#include "libgw/config/schema.h"
#include "libgw/config/target.h"
#include "libgw/policy/routing/path_template.h"

namespace gw::config {
namespace {

/// An option of an argument and the key of a file that it stands for.
struct Option {
    std::string_view name;
    std::string_view key;
};
constexpr std::array<Option, 7> kRouteOptions = {{{"timeout", "timeout"},
                                                  {"host", "host"},
                                                  {"max-body", "maxBody"},
                                                  {"delay", "delay"},
                                                  {"fail", "fail"},
                                                  {"auth", "auth"},
                                                  {"cache", "cache"}}};
constexpr std::array<Option, 7> kGroupOptions = {{{"algo", "algorithm"},
                                                  {"max", "maxOutstanding"},
                                                  {"health", "path"},
                                                  {"interval", "interval"},
                                                  {"timeout", "timeout"},
                                                  {"fall", "fall"},
                                                  {"rise", "rise"}}};
/// What a route could have in other versions, or is said elsewhere; here it would be lost in the target.
constexpr std::array<std::string_view, 10> kForeignOptions = {"soap",    "scope",  "scopes", "jwt",  "audience",
                                                              "api-key", "policy", "cors",   "rate", "canary"};

/// A piece of the argument and where it began, in bytes.
struct Piece {
    std::string_view text;
    std::size_t begin = 0;
};
struct Setting {
    std::string_view name;
    Piece value;
    std::size_t begin = 0;
};

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ';') continue;
        out += text[i];
    }
    return out;
}

/// One argument that is being read.
class Argument {
  public:
    /// `option`: whose value it is; the line that is quoted begins with it.
    Argument(std::string_view text, const Sources& sources, Diagnostics& diagnostics, std::string_view option = {},
             Places* places = nullptr)
        : text_(text),
          before_(option.empty() ? std::string() : fmt::format("{}{}", option, option[0] == '-' ? ' ' : '=')),
          reading_{std::string(option.empty() || option[0] == '-' ? kCommandLine : kEnvironment),
                   {},
                   sources,
                   diagnostics,
                   places,
                   std::string(option)},
          line_(diagnostics.add_line(reading_.file, before_ + std::string(text))) {}

    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] const Reading& reading() const { return reading_; }
    [[nodiscard]] Location at(std::size_t byte) const {
        const auto column =
            static_cast<std::uint32_t>(count_code_points(before_) + count_code_points(text_.substr(0, byte)) + 1);
        return {reading_.file, line_, column};
    }
    void error(std::size_t byte, std::string message, std::string hint = {}, std::size_t length = 0) const {
        reading_.diagnostics.error(std::move(message), at(byte), std::move(hint), static_cast<std::uint32_t>(length));
    }
    /// A string of the argument as a value that stands where it stood.
    [[nodiscard]] Value value(const Piece& piece) const {
        Value value(unescape(piece.text));
        const Location where = at(piece.begin);
        value.set_position({where.line, where.column});
        return value;
    }

    /// Splits at every ';' that stands before `name=` of an option; what stands before the first is the head.
    Piece split_settings(std::span<const Option> options, std::vector<Setting>& settings) const {
        std::vector<std::string_view> names;
        for (const Option& option : options) names.push_back(option.name);
        std::size_t head = text_.size();
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (text_[i] != ';' || (i > 0 && text_[i - 1] == '\\')) continue;
            const auto equals = text_.find_first_of("=;", i + 1);
            if (equals == text_.npos || text_[equals] == ';') continue;
            const std::string_view name = text_.substr(i + 1, equals - i - 1);
            const bool known = std::find(names.begin(), names.end(), name) != names.end();
            if (!known && !tell_suspect(name, names, i + 1)) continue;
            if (head == text_.size()) head = i;
            if (!settings.empty()) close(settings.back(), i);
            settings.push_back({known ? name : std::string_view(), {text_.substr(equals + 1), equals + 1}, i + 1});
        }
        if (!settings.empty()) close(settings.back(), text_.size());
        for (std::size_t i = 0; i < settings.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (settings[i].name.empty() || settings[i].name != settings[j].name) continue;
                error(settings[i].begin, fmt::format("option '{}' stands twice", settings[i].name));
            }
        }
        return {text_.substr(0, head), 0};
    }

  private:
    static void close(Setting& setting, std::size_t end) {
        setting.value.text = setting.value.text.substr(0, end - setting.value.begin);
    }

    /// Says that a name looks like an option and is none; false when it does not look like one.
    bool tell_suspect(std::string_view name, std::span<const std::string_view> names, std::size_t byte) const {
        const bool foreign = std::find(kForeignOptions.begin(), kForeignOptions.end(), name) != kForeignOptions.end();
        if (foreign && names.front() == kRouteOptions.front().name) {
            error(byte, fmt::format("a route has no option '{}' in this version", name),
                  name.starts_with("scope") ? "--jwt-scope, or authorizationScopes of a route in a file"
                                            : "write \\; for a literal semicolon",
                  name.size());
            return true;
        }
        const std::string_view meant = closest(name, names);
        if (meant.empty()) return false;
        error(byte, fmt::format("unknown option '{}'", name),
              fmt::format("did you mean '{}'? write \\; for a literal semicolon", meant), name.size());
        return true;
    }

    std::string_view text_;
    std::string before_;
    Reading reading_;
    std::uint32_t line_;
};

/// What an argument says for a key: a number where the key of a file is one. None, and said so, when it is no number.
std::optional<Value> string_or_number(const Argument& argument, const Value& schema, const Piece& piece,
                                      std::string_view name) {
    const std::string* type = schema.find_string("type");
    if (!type || *type != "integer") return Value(unescape(piece.text));
    if (const auto number = parse_unsigned(piece.text)) return Value(*number);
    const Value* least = schema.find("minimum");
    const Value* most = schema.find("maximum");
    argument.error(piece.begin, fmt::format("{}: '{}' is not a whole number", name, piece.text),
                   least && most ? fmt::format("{} to {}", least->number_text(), most->number_text()) : std::string(),
                   count_code_points(piece.text));
    return std::nullopt;
}

template <class T>
void apply(const Argument& argument, const Table<T>& table, std::string_view key, const Setting& setting, T& into) {
    const Location where = argument.at(setting.value.begin);
    auto value = string_or_number(argument, table.find(key)->schema(), setting.value, setting.name);
    if (!value) return;
    value->set_position({where.line, where.column});
    table.find(key)->read(Cursor(*value, std::string(setting.name), argument.reading()), into);
}

std::string_view key_of(std::span<const Option> options, std::string_view name) {
    for (const Option& option : options) {
        if (option.name == name) return option.key;
    }
    return {};
}

/// "GET /a http://x", "/a = mock:200": says what was meant, and is true then.
bool tell_blanks(const Argument& argument, std::string_view text, std::size_t equals) {
    const auto blank = text.rfind(' ');
    std::string meant;
    std::size_t at = 0;
    if (equals == text.npos && blank != text.npos && is_target(text.substr(blank + 1))) {
        at = blank;
        meant = fmt::format("{}={}", text.substr(0, text.find_last_not_of(' ', blank) + 1), text.substr(blank + 1));
    } else if (equals != text.npos && equals > 0 && (text[equals - 1] == ' ' || text.substr(equals + 1, 1) == " ")) {
        at = equals;
        const auto target = std::min(text.find_first_not_of(' ', equals + 1), text.size());
        const auto key = text.find_last_not_of(' ', equals - 1);
        meant = fmt::format("{}={}", text.substr(0, key == text.npos ? 0 : key + 1), text.substr(target));
    } else {
        return false;
    }
    argument.error(at, "PATH and TARGET are joined by '=' alone", fmt::format("'{}'", meant), 1);
    return true;
}

/// "[METHOD ]PATH" before '='.
bool read_key(const Argument& argument, const Piece& piece, Route& route) {
    const std::string_view text = piece.text;
    const auto space = text.find(' ');
    const std::string_view path = space == text.npos ? text : text.substr(space + 1);
    if (path == "$connect" || path == "$disconnect" ||
        (!path.empty() && path.find('/') == path.npos && path != "$default" && space == text.npos)) {
        argument.error(piece.begin, fmt::format("path '{}' is no path", path),
                       "a path begins with '/'; WebSocket APIs do not exist in this version");
        return false;
    }
    const Value value = argument.value(piece);
    const std::size_t before = argument.reading().diagnostics.errors();
    read_route_key(Cursor(value, {}, argument.reading()), route);
    return argument.reading().diagnostics.errors() == before;
}

void read_targets(const Argument& argument, std::string_view text, std::size_t begin, Group& group) {
    while (true) {
        const auto comma = std::min(text.find(','), text.size());
        const Piece piece{text.substr(0, comma), begin};
        const Value value = argument.value(piece);
        Target& target = group.targets.emplace_back();
        target.where = argument.at(begin);
        target_table().find("address")->read(Cursor(value, {}, argument.reading()), target);
        if (comma == text.size()) return;
        text.remove_prefix(comma + 1);
        begin += comma + 1;
    }
}

}  // namespace

bool is_from_options(const Location& where) {
    return where.file.empty() || where.file == kCommandLine || where.file == kEnvironment;
}

void read_route_argument(std::string_view text, Api& api, const Sources& sources, Diagnostics& diagnostics) {
    const Argument argument(text, sources, diagnostics);
    std::vector<Setting> settings;
    const Piece head = argument.split_settings(kRouteOptions, settings);

    Route route;
    route.where = argument.at(0);
    Piece target = head;
    std::vector<std::string_view> keys;
    if (is_target(head.text)) {
        keys = {"ANY /{proxy+}", "ANY /"};
    } else {
        const auto equals = head.text.find('=');
        if (tell_blanks(argument, head.text, equals)) return;
        if (equals == head.text.npos) {
            const auto guess = parse_target(head.text);
            const std::string hint = guess ? std::string() : guess.error().hint;
            return argument.error(0, fmt::format("'{}' is neither PATH=TARGET nor a target", head.text), hint,
                                  count_code_points(head.text));
        }
        if (!read_key(argument, {head.text.substr(0, equals), 0}, route)) return;
        target = {head.text.substr(equals + 1), equals + 1};
    }
    route.integration.text = unescape(target.text);
    route.integration.where = argument.at(target.begin);
    if (route.integration.text.empty())
        return argument.error(target.begin, "the target is missing", "/path=http://127.0.0.1:3000");
    finish_integration(route.integration, api.stage_variables, argument.reading());
    for (const Setting& setting : settings) {
        if (!setting.name.empty()) apply(argument, route_table(), key_of(kRouteOptions, setting.name), setting, route);
    }
    if (keys.empty()) return api.routes.push_back(std::move(route));
    for (const std::string_view key : keys) {
        route.route_key = key;
        route.method = "ANY";
        route.path = key.substr(4);
        api.routes.push_back(route);
    }
}

void read_authorizer_option(std::string_view name, std::string_view key, std::string_view text, Authorizer& into,
                            const Sources& sources, Diagnostics& diagnostics) {
    const Argument argument(text, sources, diagnostics, name);
    const Key<Authorizer>& known = *authorizer_table().find(key);
    Value value = argument.value({text, 0});
    if (key == "jwks" && text.starts_with('@')) value = Value("file:" + std::string(text.substr(1)));
    const bool list = known.schema().find("items") != nullptr;
    if (list) value = Value(Array{std::move(value)});
    const Location where = argument.at(0);
    value.set_position({where.line, where.column});
    Authorizer one;
    known.read(Cursor(value, std::string(name), argument.reading()), list ? one : into);
    std::move(one.audience.begin(), one.audience.end(), std::back_inserter(into.audience));
    std::move(one.algorithms.begin(), one.algorithms.end(), std::back_inserter(into.algorithms));
    std::move(one.user_pools.begin(), one.user_pools.end(), std::back_inserter(into.user_pools));
    std::move(one.clients.begin(), one.clients.end(), std::back_inserter(into.clients));
}

void read_cognito_argument(std::string_view text, Authorizer& into, const Sources& sources, Diagnostics& diagnostics) {
    const Argument argument(text, sources, diagnostics, "--cognito");
    into.type = Authorizer::Type::cognito;
    into.where = argument.at(0);
    std::size_t at = 0;
    for (const std::string_view part : split(text, ',')) {
        const std::size_t begin = at;
        at += part.size() + 1;
        const auto equals = part.find('=');
        if (begin == 0) {
            read_authorizer_option("--cognito", "userPools", part, into, sources, diagnostics);
            continue;
        }
        const std::string_view name = part.substr(0, equals);
        const std::string_view key = name == "client" ? "clients" : name == "use" || name == "endpoint" ? name : "";
        if (equals == part.npos || key.empty()) {
            argument.error(begin, fmt::format("unknown option '{}'", name),
                           "POOL_ID[,client=ID][,use=access|id][,endpoint=URL]", name.size());
            continue;
        }
        read_authorizer_option(fmt::format("--cognito {}", name), key, part.substr(equals + 1), into, sources,
                               diagnostics);
    }
}

void read_throttle_option(std::string_view name, std::string_view key, std::string_view text, Throttle& into,
                          const Sources& sources, Diagnostics& diagnostics) {
    const Argument argument(text, sources, diagnostics, name);
    if (into.where.file.empty()) into.where = argument.at(0);
    apply(argument, throttle_table(), key, {name, {text, 0}, 0}, into);
}

void read_canary_option(std::string_view name, std::string_view key, std::string_view text, Canary& into,
                        const Sources& sources, Diagnostics& diagnostics) {
    apply(Argument(text, sources, diagnostics, name), canary_table(), key, {name, {text, 0}, 0}, into);
}

void read_plan_argument(std::string_view text, Model& model, const Sources& sources, Diagnostics& diagnostics) {
    constexpr std::string_view kForm = "NAME:rate=10/s[,burst=20][,quota=10000/day]";
    const Argument argument(text, sources, diagnostics, "--plan");
    const auto colon = text.find(':');
    if (colon == text.npos) return argument.error(0, "the plan has no limits", std::string(kForm));
    UsagePlan plan;
    plan.where = argument.at(0);
    const Value name = argument.value({text.substr(0, colon), 0});
    usage_plan_table().find("name")->read(Cursor(name, "--plan", argument.reading()), plan);
    Throttle throttle;
    throttle.where = plan.where;
    bool has_rate = false;
    std::size_t at = colon + 1;
    for (const std::string_view part : split(text.substr(colon + 1), ',')) {
        const std::size_t begin = at;
        at += part.size() + 1;
        const auto equals = std::min(part.find('='), part.size());
        const std::string_view option = part.substr(0, equals);
        const Piece value{part.substr(std::min(equals + 1, part.size())), begin + equals + 1};
        if (option == "quota" && !plan.quota) {
            auto quota = parse_quota(value.text);
            if (!quota) return argument.error(value.begin, quota.error().message, quota.error().hint);
            plan.quota = *quota;
        } else if ((option == "rate" && !has_rate) || (option == "burst" && !throttle.burst)) {
            has_rate = has_rate || option == "rate";
            apply(argument, throttle_table(), option == "rate" ? "rateLimit" : "burstLimit", {option, value, begin},
                  throttle);
        } else {
            const bool known = option == "quota" || option == "rate" || option == "burst";
            return argument.error(begin, fmt::format("{} '{}'", known ? "a second" : "unknown option", option),
                                  std::string(kForm), option.size());
        }
    }
    if (throttle.burst && !has_rate) return argument.error(colon + 1, "a burst needs a rate", std::string(kForm));
    if (has_rate) plan.throttle = throttle;
    model.usage_plans.push_back(std::move(plan));
}

void read_canary_argument(std::string_view text, Canary& into, const Sources& sources, Diagnostics& diagnostics) {
    const Argument argument(text, sources, diagnostics, "--canary");
    const auto equals = text.find('=');
    into.where = argument.at(0);
    if (equals == text.npos) return argument.error(0, "the canary has no target", "10%=http://127.0.0.1:3001");
    apply(argument, canary_table(), "percentTraffic", {"--canary", {text.substr(0, equals), 0}, 0}, into);
    apply(argument, canary_table(), "target", {"--canary", {text.substr(equals + 1), equals + 1}, 0}, into);
}

void read_cors_option(std::string_view name, std::string_view key, std::string_view text, cors::PolicySpec& into,
                      const Sources& sources, Diagnostics& diagnostics) {
    const Argument argument(text, sources, diagnostics, name);
    const Key<cors::PolicySpec>& known = *cors_table().find(key);
    const Location where = argument.at(0);
    Value value = argument.value({text, 0});
    const bool list = known.schema().find("items") != nullptr;
    if (list) {
        Array items;
        std::size_t at = 0;
        for (const std::string_view part : split(text, ',')) {
            Value item = argument.value({trim_ows(part), at});
            const Location place = argument.at(at);
            item.set_position({place.line, place.column});
            items.push_back(std::move(item));
            at += part.size() + 1;
        }
        value = Value(std::move(items));
    }
    value.set_position({where.line, where.column});
    cors::PolicySpec one;
    known.read(Cursor(value, std::string(name), argument.reading()), list ? one : into);
    const auto add = [](std::optional<std::vector<std::string>>& to, std::optional<std::vector<std::string>>& from) {
        if (!from) return;
        if (!to) to.emplace();
        std::move(from->begin(), from->end(), std::back_inserter(*to));
    };
    std::move(one.origins.begin(), one.origins.end(), std::back_inserter(into.origins));
    add(into.methods, one.methods);
    add(into.headers, one.headers);
    std::move(one.expose.begin(), one.expose.end(), std::back_inserter(into.expose));
}

void read_policy_option(std::string_view file, Api& into, const Sources& sources, Diagnostics& diagnostics) {
    const Argument argument(file, sources, diagnostics, "--policy");
    const Value value = argument.value({file, 0});
    api_table().find("policy")->read(Cursor(value, "--policy", argument.reading()), into);
}

void read_group_argument(std::string_view text, Model& model, const Sources& sources, Diagnostics& diagnostics) {
    const Argument argument(text, sources, diagnostics, "--group");
    std::vector<Setting> settings;
    const Piece head = argument.split_settings(kGroupOptions, settings);
    const auto equals = head.text.find('=');
    if (equals == head.text.npos) return argument.error(0, "the group has no targets", "NAME=HOST:PORT,HOST:PORT");
    // what is left of a ';' here is no option that a group has
    if (const auto semicolon = head.text.find(';'); semicolon != head.text.npos) {
        const auto end = std::min(head.text.find('=', semicolon), head.text.size());
        return argument.error(semicolon + 1,
                              fmt::format("unknown option '{}'", head.text.substr(semicolon + 1, end - semicolon - 1)),
                              "algo, health, interval, timeout, fall, rise, max");
    }
    Group group;
    group.name = head.text.substr(0, equals);
    group.where = argument.at(0);
    if (const auto problem = name_check("a group")(group.name))
        return argument.error(0, problem->message, problem->hint);
    if (model.groups.contains(group.name)) return argument.error(0, fmt::format("group '{}' stands twice", group.name));
    read_targets(argument, head.text.substr(equals + 1), equals + 1, group);
    const bool checked =
        std::any_of(settings.begin(), settings.end(), [](const Setting& s) { return s.name == "health"; });
    for (const Setting& setting : settings) {
        if (setting.name.empty()) continue;
        const std::string_view key = key_of(kGroupOptions, setting.name);
        if (setting.name == "algo" || setting.name == "max") {
            apply(argument, group_table(), key, setting, group);
        } else if (!checked) {
            argument.error(setting.begin, fmt::format("option '{}' needs health=PATH", setting.name));
        } else {
            if (!group.health) group.health.emplace();
            apply(argument, health_table(), key, setting, *group.health);
        }
    }
    const bool timed =
        std::any_of(settings.begin(), settings.end(), [](const Setting& s) { return s.name == "timeout"; });
    if (group.health && !timed) fit_timeout(*group.health);
    model.groups.emplace(group.name, std::move(group));
}

void read_option(std::string_view name, std::string_view path, std::string_view text, Model& model,
                 const Sources& sources, Diagnostics& diagnostics, Places* places) {
    const Argument argument(text, sources, diagnostics, name, places);
    const Position where{argument.at(0).line, argument.at(0).column};
    const std::vector<std::string_view> keys = split(path, '.');
    Value schema = model_table().schema();
    for (const std::string_view key : keys) {
        const Value* properties = schema.find("properties");
        if (!properties) properties = schema.find("items") ? schema.find("items")->find("properties") : nullptr;
        schema = Value(*properties->find(key));
    }
    auto read_value = string_or_number(argument, schema, {text, 0}, name);
    if (!read_value) return;
    Value value = *std::move(read_value);
    value.set_position(where);
    if (places) (*places)[std::string(path)] = argument.at(0);
    for (std::size_t i = keys.size(); i-- > 0;) {
        const bool item = keys[i] == "requestHeaders" || (i + 1 == keys.size() && schema.find("items"));
        if (item) value = Value(Array{std::move(value)});
        value.set_position(where);
        if (i == 0) break;
        value = Value(gw::Object{{std::string(keys[i]), std::move(value), where}});
        value.set_position(where);
    }
    const auto read = [&](Model& into) {
        model_table().find(keys.front())->read(Cursor(value, std::string(keys.front()), argument.reading()), into);
    };
    if (!value.if_array()) return read(model);
    // a list of the model goes on where it ended
    Model one;
    read(one);
    std::move(one.listeners.begin(), one.listeners.end(), std::back_inserter(model.listeners));
    std::move(one.trust_proxy.begin(), one.trust_proxy.end(), std::back_inserter(model.trust_proxy));
    std::move(one.field_edits.begin(), one.field_edits.end(), std::back_inserter(model.field_edits));
}

}  // namespace gw::config
