#include "apps/gw-token/judge_request.h"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "apps/gw-token/input.h"
#include "apps/gw-token/moment.h"
#include "apps/gw-token/output.h"
#include "apps/gw-token/sign_request.h"
#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/base/units.h"
#include "libgw/config/iam_keys.h"
#include "libgw/policy/auth/sigv4/compare.h"
#include "libgw/policy/auth/sigv4/explain.h"
#include "libgw/policy/auth/sigv4/pasted.h"
#include "libgw/policy/auth/sigv4/verify.h"
#include "libgw/term/width.h"

namespace gw::token {
namespace {

constexpr std::size_t kMaxPasted = 16 * 1024 * 1024;

/// Whose signatures are known, and what is asked of them.
struct Judge {
    sigv4::CredentialStore credentials;
    sigv4::VerifyOptions how;
};

/// The keys of a file such as gw-serve --iam-keys takes. Errc::config when something is wrong with one, and all of it
/// on stderr.
Result<void> add_keys(const program::World& world, const std::string& given, sigv4::CredentialStore& into) {
    const std::string file = given.starts_with('@') ? given.substr(1) : given;
    const program::WorldSources sources(world);
    const std::string text = TRY(sources.read_file(file).in("--keys"));
    Diagnostics diagnostics;
    config::IamKeys keys = config::read_iam_keys(text, file, sources, diagnostics);
    if (!diagnostics.empty()) *world.err << diagnostics.render({}, world.name);
    if (diagnostics.has_errors()) return Error{Errc::config, fmt::format("--keys: {} cannot be used", file), {}, {}};
    for (config::IamKey& key : keys) {
        sigv4::Credential credential;
        credential.access_key_id = std::move(key.id);
        credential.secret = std::move(key.secret);
        credential.session_token = std::move(key.session_token);
        credential.expires = key.expires;
        credential.principal_arn = std::move(key.principal);
        credential.user_id = std::move(key.user_id);
        TRY(into.add(std::move(credential)).in("--keys"));
    }
    return ok();
}

/// With `needs_key` Errc::config when nobody's signatures are known.
Result<Judge> make_judge(const program::World& world, const SignatureOptions& options, bool needs_key = true) {
    Judge judge;
    judge.how.service = options.service;
    if (!options.region.empty()) judge.how.regions = {options.region};
    judge.how.unsigned_payload = options.unsigned_payload;
    judge.how.unsigned_session_token = options.unsigned_token;
    if (options.raw_path) {
        judge.how.path = sigv4::path_rules_of(options.service);
        judge.how.path->normalize = false;
    }
    if (!options.skew.empty())
        judge.how.skew = std::chrono::floor<std::chrono::seconds>(TRY(parse_duration(options.skew).in("--skew")));
    if (!options.keys.empty()) {
        TRY(add_keys(world, options.keys, judge.credentials));
        return judge;
    }
    const Signer signer = TRY(find_signer(world, options, {}));
    if (needs_key) TRY(require_key(signer));
    if (!signer.credential.access_key_id.empty()) TRY(judge.credentials.add(signer.credential));
    return judge;
}

/// What AWS says before it shows what it calculated.
std::string first_lines(const std::string& message) { return message.substr(0, message.find("\n\n")); }

/// Texts of a request are shown line by line, and no line can touch the terminal.
void print_lines(std::ostream& out, std::string_view text) {
    for (const std::string_view line : split(text, '\n')) out << "  " << term::printable(line) << '\n';
}

Value to_value(const sigv4::SignedTexts& texts) {
    return Object{{"canonical_request", texts.canonical_request}, {"string_to_sign", texts.string_to_sign}};
}

/// What was found out about a request.
struct Finding {
    const sigv4::Denial* denial = nullptr;
    const sigv4::SignedTexts* client = nullptr;
    const sigv4::SignedTexts* server = nullptr;
    const sigv4::Difference* difference = nullptr;
};

void print_finding(program::World& world, const Options& options, const Finding& finding) {
    const sigv4::Difference& difference = *finding.difference;
    if (options.json) {
        Value denial;
        if (finding.denial != nullptr)
            denial = Object{{"fault", sigv4::name_of(finding.denial->fault)}, {"message", finding.denial->message}};
        print_document(world, Object{{"valid", difference.cause == sigv4::Cause::none},
                                     {"cause", sigv4::name_of(difference.cause)},
                                     {"advice", sigv4::advice_for(difference.cause)},
                                     {"part", difference.part.empty() ? Value() : Value(difference.part)},
                                     {"part_of_client", difference.part.empty() ? Value() : Value(difference.client)},
                                     {"part_of_server", difference.part.empty() ? Value() : Value(difference.server)},
                                     {"denial", std::move(denial)},
                                     {"client", finding.client == nullptr ? Value() : to_value(*finding.client)},
                                     {"server", finding.server == nullptr ? Value() : to_value(*finding.server)}});
        return;
    }
    std::ostream& out = *world.out;
    const term::Style style = output_style(world, options);
    const bool good = difference.cause == sigv4::Cause::none;
    out << style.paint(good ? term::Paint::green : term::Paint::red, sigv4::name_of(difference.cause)) << "  "
        << sigv4::advice_for(difference.cause) << '\n';
    if (finding.denial != nullptr) print_lines(out, first_lines(finding.denial->message));
    if (!difference.part.empty()) {
        out << term::printable(difference.part) << '\n';
        out << "  client  " << term::printable(difference.client) << '\n';
        out << "  server  " << term::printable(difference.server) << '\n';
    }
    const auto show = [&](const char* whose, const sigv4::SignedTexts* texts) {
        if (texts == nullptr || texts->canonical_request.empty()) return;
        out << style.bold(fmt::format("canonical request of the {}", whose)) << '\n';
        print_lines(out, texts->canonical_request);
        if (texts->string_to_sign.empty()) return;
        out << style.bold(fmt::format("string to sign of the {}", whose)) << '\n';
        print_lines(out, texts->string_to_sign);
    };
    show("client", good ? nullptr : finding.client);
    show("server", finding.server);
}

/// A request that carries a signature, held against the keys that are known.
Result<int> explain_signed(program::World& world, const Options& options, const sigv4::Request& request) {
    const Date date = TRY(parse_date_option(options.signature.date));
    const Judge judge = TRY(make_judge(world, options.signature));
    const auto verifier = TRY(sigv4::Verifier::make(judge.how, judge.credentials));
    const auto found = sigv4::explain(request, verifier, judge.credentials, date);
    print_finding(world, options,
                  {found.denial ? &*found.denial : nullptr, found.client ? &*found.client : nullptr,
                   found.server.canonical_request.empty() ? nullptr : &found.server, &found.difference});
    return found.difference.cause == sigv4::Cause::none ? program::kYes : program::kNo;
}

/// What the client of a signed request signed, as far as can be told: what fits its signature when the key is known,
/// and otherwise what it should have signed.
Result<sigv4::SignedTexts> find_client(const program::World& world, const SignatureOptions& wanted,
                                       const sigv4::Request& request, const sigv4::Claim& claim) {
    const auto parts = claim.parts();
    if (!parts) return Error{Errc::parse, fmt::format("'{}' is no credential", claim.credential), {}, {}};
    SignatureOptions options = wanted;
    options.service = std::string(parts->scope.service);
    options.region.clear();
    const Judge judge = TRY(make_judge(world, options, false));
    const auto verifier = TRY(sigv4::Verifier::make(judge.how, judge.credentials));
    // the server did not complain about the time
    auto found = sigv4::explain(request, verifier, judge.credentials, claim.date);
    return found.client ? *std::move(found.client) : std::move(found.server);
}

/// The client's side is what it signed; of a request without a signature what we sign, at the time and for the scope
/// that AWS saw: those would be differences of their own.
Result<int> explain_mismatch(program::World& world, const Options& options, const sigv4::SignedTexts& server) {
    const SignatureOptions& wanted = options.signature;
    if (wanted.words.empty())
        return Error{Errc::usage,
                     "this is what AWS answered; the request that it answered is missing",
                     "gw-token sigv4 explain METHOD URL [-H][-d] < ANSWER",
                     {}};
    const GivenRequest request = TRY(read_request(world, wanted));
    std::vector<sigv4::Field> storage;
    const auto claim = sigv4::read_claim(request.view(storage));
    if (const auto* signed_one = std::get_if<sigv4::Claim>(&claim)) {
        const auto client = TRY(find_client(world, wanted, request.view(storage), *signed_one));
        const auto difference = compare(client, server);
        print_finding(world, options, {nullptr, &client, &server, &difference});
        return program::kNo;
    }
    if (std::get<sigv4::Denial>(claim).fault != sigv4::Fault::missing)
        return explain_signed(world, options, request.view(storage));
    Signer signer = TRY(find_signer(world, wanted, request.host));
    if (signer.credential.access_key_id.empty()) {
        // no secret stands in what is compared
        signer.credential.access_key_id = "AKIDEXAMPLE";
        signer.credential.secret = Secret(std::string("none"));
    }
    Date date = TRY(parse_date_option(wanted.date));
    const auto lines = split(server.string_to_sign, '\n');
    if (wanted.date.empty() && lines.size() > 1) date = parse_aws_date_time(lines[1]).value_or(date);
    if (wanted.region.empty() && lines.size() > 2) {
        const auto scope = split(lines[2], '/');
        if (scope.size() == 4) signer.region = std::string(scope[1]);
    }
    const auto made = TRY(sigv4::sign(request.view(storage), signer.credential, signer.sign_options(wanted), date));
    const sigv4::SignedTexts client{made.canonical_request, made.string_to_sign};
    const auto difference = compare(client, server);
    print_finding(world, options, {nullptr, &client, &server, &difference});
    return program::kNo;
}

/// Nobody answered yet: the request of the command line has to carry its signature.
Result<int> explain_given(program::World& world, const Options& options) {
    const GivenRequest request = TRY(read_request(world, options.signature));
    std::vector<sigv4::Field> storage;
    const auto claim = sigv4::read_claim(request.view(storage));
    const auto* denial = std::get_if<sigv4::Denial>(&claim);
    if (denial != nullptr && denial->fault == sigv4::Fault::missing)
        return Error{Errc::usage,
                     "the request carries no signature, and standard input is empty",
                     "give what AWS answered on standard input, or the fields that sign the request with -H",
                     {}};
    return explain_signed(world, options, request.view(storage));
}

/// -H or -d read standard input.
bool is_input_taken(const SignatureOptions& options) {
    const auto reads = [](const std::string& text) { return text == "@-"; };
    return std::any_of(options.headers.begin(), options.headers.end(), reads) ||
           std::any_of(options.data.begin(), options.data.end(), reads) || reads(options.binary);
}

Error no_input() {
    return Error{Errc::usage, "standard input is empty", "paste a raw HTTP request, or what AWS answered", {}};
}

}  // namespace

Result<int> verify_request(program::World& world, const Options& options) {
    const SignatureOptions& wanted = options.signature;
    const Date date = TRY(parse_date_option(wanted.date));
    const Judge judge = TRY(make_judge(world, wanted));
    const auto verifier = TRY(sigv4::Verifier::make(judge.how, judge.credentials));
    const Given given = TRY(read_given(world, "-", "the request", kMaxPasted, true));
    const auto request = TRY(sigv4::parse_pasted(given.bytes));
    std::vector<sigv4::Field> storage;
    sigv4::SigningKeys keys(1);
    const auto answer = verifier.verify(request.view(storage), keys, date);
    const term::Style style = output_style(world, options);
    if (const auto* denial = std::get_if<sigv4::Denial>(&answer)) {
        if (options.json)
            print_document(world, Object{{"valid", false},
                                         {"fault", sigv4::name_of(denial->fault)},
                                         {"message", denial->message},
                                         {"status", sigv4::status_of(denial->fault)},
                                         {"type", sigv4::error_type_of(denial->fault)}});
        else
            *world.out << style.paint(term::Paint::red, "invalid") << ' ' << sigv4::name_of(denial->fault) << ": "
                       << term::printable(first_lines(denial->message)) << '\n';
        return program::kNo;
    }
    const auto& verified = std::get<sigv4::Verified>(answer);
    const sigv4::Credential& credential = *verified.credential;
    const std::string_view form = verified.form == sigv4::Form::header ? "header" : "query";
    if (options.json) {
        print_document(
            world, Object{{"valid", true},
                          {"access_key_id", credential.access_key_id},
                          {"principal", credential.principal_arn.empty() ? Value() : Value(credential.principal_arn)},
                          {"signed_at", to_iso8601(verified.signed_at).view()},
                          {"form", form},
                          {"signature", verified.signature}});
        return program::kYes;
    }
    *world.out << style.paint(term::Paint::green, "valid") << ' ' << credential.access_key_id
               << (credential.principal_arn.empty() ? "" : " " + term::printable(credential.principal_arn))
               << fmt::format(", signed at {} in the {}\n", to_iso8601(verified.signed_at).view(), form);
    return program::kYes;
}

Result<int> explain_request(program::World& world, const Options& options) {
    const bool has_request = !options.signature.words.empty();
    if (has_request && is_input_taken(options.signature)) return explain_given(world, options);
    const auto given = read_given(world, "-", "the text", kMaxPasted, true);
    if (!given && given.error().code != Errc::usage) return given.error();
    if (!given) return has_request ? explain_given(world, options) : no_input();
    const auto mismatch = sigv4::parse_mismatch(given->bytes);
    if (mismatch) return explain_mismatch(world, options, *mismatch);
    if (mismatch.error().code == Errc::not_found) return mismatch.error();
    if (has_request)
        return Error{Errc::parse,
                     "standard input is not what AWS answers to a wrong signature",
                     "its message begins with: The request signature we calculated does not match",
                     {}};
    const auto request = TRY(sigv4::parse_pasted(given->bytes));
    std::vector<sigv4::Field> storage;
    return explain_signed(world, options, request.view(storage));
}

}  // namespace gw::token
