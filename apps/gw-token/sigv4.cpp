// sigv4: sign, presign, env; verify and explain are in judge_request.

#include <algorithm>
#include <iterator>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-token/commands.h"
#include "apps/gw-token/judge_request.h"
#include "apps/gw-token/moment.h"
#include "apps/gw-token/output.h"
#include "apps/gw-token/sign_request.h"
#include "libgw/base/text.h"
#include "libgw/base/units.h"
#include "libgw/term/table.h"
#include "libgw/term/width.h"
#include "libgw/wire/http/uri.h"

namespace gw::token {
namespace {

void warn_of_region(program::World& world, const Options& options, const Signer& signer, std::string_view host) {
    const std::string_view region = region_of_host(host);
    if (!region.empty() && region != signer.region && signer.service == "execute-api")
        program::warn(world,
                      fmt::format("{} lies in {}, and this is signed for {} ({})", host, region, signer.region,
                                  signer.identity.region.from),
                      talk_style(world, options));
}

Object to_object(const sigv4::Signed& made) {
    return {{"canonical_request", made.canonical_request},
            {"string_to_sign", made.string_to_sign},
            {"scope", made.scope},
            {"signed_headers", made.signed_headers},
            {"signature", made.signature}};
}

Result<int> sign(program::World& world, const Options& options) {
    const SignatureOptions& wanted = options.signature;
    const Date date = TRY(parse_date_option(wanted.date));
    const GivenRequest request = TRY(read_request(world, wanted));
    const Signer signer = TRY(find_signer(world, wanted, request.host));
    TRY(require_key(signer));
    warn_of_region(world, options, signer, request.host);
    std::vector<sigv4::Field> storage;
    const auto made = TRY(sigv4::sign(request.view(storage), signer.credential, signer.sign_options(wanted), date));
    // Host is the client's own business
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& field : request.fields)
        if (!equals_ignoring_case(field.first, "host")) fields.push_back(field);
    fields.insert(fields.end(), made.fields.begin(), made.fields.end());
    if (!options.json) {
        for (const auto& [name, value] : fields)
            *world.out << name << (value.empty() ? ";" : ": ") << term::printable(value) << '\n';
        return program::kYes;
    }
    Object headers;
    for (const auto& [name, value] : fields) headers.push_back({name, value});
    Object document{{"method", request.method}, {"url", request.url(request.query)}};
    for (Member& member : to_object(made)) document.push_back(std::move(member));
    document.push_back({"headers", std::move(headers)});
    print_document(world, std::move(document));
    return program::kYes;
}

Result<int> presign(program::World& world, const Options& options) {
    const SignatureOptions& wanted = options.signature;
    const Date date = TRY(parse_date_option(wanted.date));
    const Nanoseconds lifetime = wanted.lifetime.empty() ? Nanoseconds(std::chrono::minutes(15))
                                                         : TRY(parse_duration(wanted.lifetime).in("--expires"));
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(lifetime).count();
    const GivenRequest request = TRY(read_request(world, wanted));
    TRY(http::Url::parse(request.url(request.query)).in("a presigned URL is used as it stands"));
    const Signer signer = TRY(find_signer(world, wanted, request.host));
    TRY(require_key(signer));
    warn_of_region(world, options, signer, request.host);
    if (seconds < 0 || seconds > sigv4::kLongestExpiry)
        return Error{Errc::usage, "--expires is longer than seven days", "AWS takes no more", {}};
    std::vector<sigv4::Field> storage;
    const auto made = TRY(sigv4::presign(request.view(storage), signer.credential, signer.sign_options(wanted),
                                         static_cast<unsigned>(seconds), date));
    const std::string url = request.url(made.query);
    if (!options.json) {
        *world.out << url << '\n';
        return program::kYes;
    }
    Object document{{"method", request.method}, {"url", url}, {"expires_in", seconds}};
    for (Member& member : to_object(made)) document.push_back(std::move(member));
    print_document(world, std::move(document));
    return program::kYes;
}

/// Never a secret: that there is one, and where.
Result<int> show_environment(program::World& world, const Options& options) {
    const Signer signer = TRY(find_signer(world, options.signature, {}));
    const config::AwsIdentity& identity = signer.identity;
    const bool found = !identity.access_key_id.value.empty();
    const std::string& place = identity.access_key_id.from;
    if (options.json) {
        print_document(world, Object{{"profile", identity.profile.value},
                                     {"access_key_id", found ? Value(identity.access_key_id.value) : Value()},
                                     {"from", found ? Value(place) : Value()},
                                     {"session_token", !identity.session_token.empty()},
                                     {"region", identity.region.value},
                                     {"region_from", identity.region.from},
                                     {"instead", identity.why_none.empty() ? Value() : Value(identity.why_none)}});
        return found ? program::kYes : program::kNo;
    }
    const bool from_environment = place == "AWS_ACCESS_KEY_ID";
    term::Table table({{""}, {""}, {""}});
    table.add({"profile", identity.profile.value, identity.profile.from.empty() ? "default" : identity.profile.from});
    table.add({"access key id", found ? identity.access_key_id.value : "none", place});
    table.add({"secret", found ? "***" : "none", from_environment ? "AWS_SECRET_ACCESS_KEY" : place});
    const bool has_token = !identity.session_token.empty();
    table.add({"session token", has_token ? "***" : "none",
               !has_token         ? ""
               : from_environment ? "AWS_SESSION_TOKEN"
                                  : place});
    table.add({"region", identity.region.value, identity.region.from});
    *world.out << table.text({world.out_is_terminal ? world.width : 0, output_style(world, options)});
    if (auto key = require_key(signer); !key) program::tell(world, key.error(), talk_style(world, options));
    return found ? program::kYes : program::kNo;
}

/// An option that the action has no use for is told, and not passed over.
Result<void> check_options(const SignatureOptions& given) {
    const bool signs = given.action == "sign" || given.action == "presign";
    const bool judges = given.action == "verify" || given.action == "explain";
    const bool has_request = signs || given.action == "explain";
    const bool is_timed = signs || judges;
    const struct {
        const char* name;
        bool is_given;
        bool is_good;
    } kChecked[] = {
        {"-X", !given.method.empty(), has_request},
        {"-H", !given.headers.empty(), has_request},
        {"-d", !given.data.empty(), has_request},
        {"--data-binary", !given.binary.empty(), has_request},
        {"--date", !given.date.empty(), is_timed},
        {"--expires", !given.lifetime.empty(), given.action == "presign"},
        {"--keys", !given.keys.empty(), judges},
        {"--skew", !given.skew.empty(), judges},
        {"--payload-header", given.payload_field, given.action == "sign" || given.action == "explain"},
        {"--unsigned-payload", given.unsigned_payload, is_timed},
        {"--unsigned-token", given.unsigned_token, is_timed},
        {"--raw-path", given.raw_path, is_timed},
        {"--service", given.service != "execute-api", is_timed},
        {"an argument", !given.words.empty(), has_request},
    };
    for (const auto& each : kChecked)
        if (each.is_given && !each.is_good)
            return Error{Errc::usage,
                         fmt::format("{} is nothing for sigv4 {}", each.name, given.action),
                         "gw-token sigv4 -h",
                         {}};
    return ok();
}

}  // namespace

Result<int> sigv4(program::World& world, const Options& options) {
    const std::string& action = options.signature.action;
    constexpr std::string_view kActions[] = {"sign", "presign", "verify", "explain", "env"};
    if (std::find(std::begin(kActions), std::end(kActions), action) != std::end(kActions))
        TRY(check_options(options.signature));
    if (action == "sign") return sign(world, options);
    if (action == "presign") return presign(world, options);
    if (action == "verify") return verify_request(world, options);
    if (action == "explain") return explain_request(world, options);
    if (action == "env") return show_environment(world, options);
    const std::string_view near = closest(action, kActions);
    return Error{Errc::usage,
                 action.empty() ? "ACTION is missing" : fmt::format("there is no action '{}'", action),
                 near.empty() ? "sign, presign, verify, explain or env" : fmt::format("did you mean {}?", near),
                 {}};
}

}  // namespace gw::token
