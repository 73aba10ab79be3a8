// verify: one token and its check list.

#include <ostream>

#include <fmt/format.h>

#include "apps/gw-token/commands.h"
#include "apps/gw-token/input.h"
#include "apps/gw-token/moment.h"
#include "apps/gw-token/output.h"
#include "apps/gw-token/verifier.h"
#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/base/text.h"
#include "libgw/term/table.h"
#include "libgw/term/width.h"

namespace gw::token {
namespace {

Result<void> check_options(const VerifyOptions& asked) {
    const auto refuse = [](std::string_view option, std::string_view why) {
        return Error{Errc::usage, std::string(option), std::string(why), {}};
    };
    if (!asked.key.empty() && !asked.jwks.empty())
        return refuse("-k and --jwks both say which keys", "give one of them");
    if (asked.batch && asked.token && *asked.token != "-")
        return refuse("--batch reads standard input", "gw-token verify --batch ... < tokens.txt");
    if (!asked.batch && !asked.token)
        return refuse("TOKEN is missing", "gw-token verify - reads it from standard input");
    if (asked.jws) {
        const std::pair<bool, std::string_view> claims[] = {
            {!asked.audiences.empty(), "--aud"}, {!asked.scopes.empty(), "--scope"},
            {!asked.claims.empty(), "--claim"},  {!asked.leeway.empty(), "--leeway"},
            {!asked.use.empty(), "--token-use"}, {!asked.date.empty(), "--date"},
            {!asked.type.empty(), "--typ"}};
        for (const auto& [is_given, option] : claims)
            if (is_given)
                return refuse(fmt::format("{} asks for claims, and --jws does not look at them", option),
                              "leave one of them out");
    }
    if (asked.key.empty() && asked.jwks.empty() && asked.issuer.empty())
        return refuse("there is no key to verify with",
                      "--issuer URL, --jwks URL or FILE, or -k KEY (the key of mint: -k gw-test-key.jwk)");
    if (!asked.ca.empty() && !fetches_keys(asked))
        return refuse("--cacert has no meaning when nothing is fetched", "leave it out");
    return ok();
}

void print_checks(program::World& world, const Options& options, const auth::Checklist& checks) {
    term::Table table({{"", term::Align::left}, {"", term::Align::left}, {"", term::Align::left, 16}});
    for (const auth::Check& check : checks.checks())
        table.add({{check.good ? "  ok" : "  no", check.good ? term::Paint::green : term::Paint::red},
                   {check.name},
                   {check.found}});
    *world.err << table.text({world.width, talk_style(world, options)});
}

void print_verdict(program::World& world, const Options& options, const Verdict& verdict) {
    const term::Style style = talk_style(world, options);
    if (verdict.is_valid()) {
        *world.err << style.paint(term::Paint::green, "valid") << '\n';
        return;
    }
    *world.err << style.paint(term::Paint::red, "invalid") << ' ' << verdict.reason << ": "
               << term::printable(verdict.detail) << '\n';
}

Array to_array(const auth::Checklist& checks) {
    Array list;
    for (const auth::Check& check : checks.checks())
        list.push_back(Object{{"name", check.name}, {"good", check.good}, {"found", check.found}});
    return list;
}

/// What a payload says when nobody knows what it is.
void print_payload(program::World& world, const std::string& payload) {
    if (world.out_is_terminal)
        *world.out << term::printable(payload) << '\n';
    else
        *world.out << payload;
}

Result<int> verify_one(program::World& world, const Options& options, const Verifier& verifier,
                       const std::string& token) {
    auth::Checklist checks;
    const Verdict verdict = verifier.judge(token, &checks);
    if (options.json) {
        Object document = verdict.members();
        document.insert(document.begin() + 3, {"checks", to_array(checks)});
        print_document(world, std::move(document));
    } else {
        print_checks(world, options, checks);
        print_verdict(world, options, verdict);
        if (verdict.is_valid() && options.verify.jws) print_payload(world, verdict.payload);
        if (verdict.is_valid() && !options.verify.jws) *world.out << safe_pretty_json(verdict.claims) << '\n';
    }
    return verdict.is_valid() ? program::kYes : program::kNo;
}

/// Reads up to a line's end. A line that is longer than `most` is read to its end and kept cut off.
bool read_line(std::istream& in, std::string& line, std::size_t most) {
    line.clear();
    std::streambuf& buffer = *in.rdbuf();
    bool is_there = false;
    for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
        is_there = true;
        if (c == '\n') break;
        if (line.size() < most) line += static_cast<char>(c);
    }
    if (line.ends_with('\r')) line.pop_back();
    return is_there;
}

Result<int> verify_batch(program::World& world, const Options& options, const Verifier& verifier) {
    // long enough to tell a token that is too large from one that is not
    constexpr std::size_t kMost = 2 * auth::kMaxToken;
    bool all_valid = true;
    std::uint64_t number = 0;
    for (std::string line;;) {
        // whoever sends the next token only after this verdict shall have it
        if (world.in->rdbuf()->in_avail() <= 0) world.out->flush();
        if (!read_line(*world.in, line, kMost)) break;
        ++number;
        const Verdict verdict = verifier.judge(line, nullptr);
        all_valid = all_valid && verdict.is_valid();
        if (options.json) {
            Object document = verdict.members();
            document.insert(document.begin(), {"line", number});
            print_document(world, std::move(document));
        } else if (verdict.is_valid()) {
            *world.out << "valid\n";
        } else {
            *world.out << "invalid " << verdict.reason << '\n';
        }
    }
    return all_valid ? program::kYes : program::kNo;
}

}  // namespace

Result<int> verify(program::World& world, const Options& options) {
    TRY(check_options(options.verify));
    auto verifier = TRY(Verifier::make(options.verify));
    // what is at hand is read before anybody is asked
    std::optional<NoKeys> none;
    if (!fetches_keys(options.verify)) none = TRY(verifier.take_keys(world, options));
    std::string token;
    if (!options.verify.batch) token = TRY(read_token(world, *options.verify.token, "TOKEN"));
    if (fetches_keys(options.verify)) none = TRY(verifier.take_keys(world, options));
    if (none) {
        program::tell(world, none->error, talk_style(world, options));
        return none->code;
    }
    return options.verify.batch ? verify_batch(world, options, verifier) : verify_one(world, options, verifier, token);
}

}  // namespace gw::token
