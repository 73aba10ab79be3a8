// bench: signatures, verifications and whole tokens a second, beside OpenSSL's own in the same run.

#include <algorithm>
#include <chrono>
#include <functional>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "apps/gw-token/commands.h"
#include "apps/gw-token/keys.h"
#include "apps/gw-token/moment.h"
#include "apps/gw-token/output.h"
#include "apps/gw-token/reference.h"
#include "libgw/base/crypto.h"
#include "libgw/base/json.h"
#include "libgw/base/random.h"
#include "libgw/policy/auth/sample.h"
#include "libgw/policy/auth/token.h"

namespace gw::token {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kSlice(20);
constexpr int kRounds = 6;

/// What is measured: false when it failed.
using Work = std::function<bool()>;

/// How often in a second, the best of several slices, so that what else the machine does counts little.
struct Figure {
    Work work;
    double per_second = 0;
    bool failed = false;

    void measure() {
        std::uint64_t count = 0;
        const auto begin = Clock::now();
        auto now = begin;
        for (std::uint64_t batch = 1; now - begin < kSlice; batch = std::min<std::uint64_t>(batch * 2, 256)) {
            for (std::uint64_t i = 0; i < batch; ++i) failed = !work() || failed;
            count += batch;
            now = Clock::now();
        }
        per_second =
            std::max(per_second, static_cast<double>(count) / std::chrono::duration<double>(now - begin).count());
    }
};

struct Row {
    auth::Algorithm algorithm;
    double sign = 0;
    double verify = 0;
    double token = 0;
    double rest = 0;          ///< of a token: all but its signature
    double openssl_sign = 0;  ///< 0: there is nothing to compare with
    double openssl_verify = 0;
    [[nodiscard]] double token_microseconds() const { return 1e6 / token; }
    [[nodiscard]] double above_microseconds() const { return 1e6 / rest; }
    [[nodiscard]] double ratio() const { return verify / openssl_verify; }
};

/// Everything that is done with a token but the signature's own arithmetic: measured by itself, because it would drown
/// in the noise of a slow signature.
/// `sum` is of no use but that the hash is not left out.
bool judge_rest(std::string_view token, const auth::KeySet& keys, const auth::TokenRules& rules, Date now,
                std::uint64_t& sum) {
    const auto parsed = auth::parse_jws(token);
    if (auth::fault_of(parsed) != nullptr) return false;
    const auth::Jws& jws = auth::found_in(parsed);
    const std::string_view name = jws.header.algorithm_text;
    if (name.ends_with("384"))
        sum += hmac_sha384("k", jws.signing_input)[0];
    else if (name.ends_with("512") || name == "EdDSA")
        sum += hmac_sha512("k", jws.signing_input)[0];
    else
        sum += sha256(jws.signing_input).bytes[0];
    const auto claims = auth::Claims::parse(jws.payload);
    return auth::fault_of(auth::find_key(jws, keys, rules.algorithms)) == nullptr &&
           auth::fault_of(claims) == nullptr &&
           !auth::check_claims(auth::found_in(claims), jws.header.type, rules.claims, nullptr, now);
}

Result<Row> measure(auth::Algorithm algorithm) {
    const Date now = current_date();
    const auth::Key key = TRY(new_key(algorithm, "bench"));
    const std::string message(32, 'm');
    const std::string signature = TRY(key.sign(algorithm, message));
    Random chance(1);
    const auth::Sample sample = auth::make_sample(auth::SampleKind::cognito_access, {}, chance, now);
    const std::string token = TRY(auth::sign_jws(to_json(Value(sample.claims)), key, sample.header));
    const auto keys = TRY(auth::KeySet::make({key}));
    auth::TokenRules rules;
    rules.algorithms = {algorithm};
    rules.claims.issuer = *Value(sample.claims).find_string("iss");

    Figure sign{[&] { return key.sign(algorithm, message).has_value(); }};
    Figure verify{[&] { return key.verify(algorithm, message, signature); }};
    Figure whole{[&] { return auth::fault_of(auth::verify_token(token, keys, rules, nullptr, now)) == nullptr; }};
    std::uint64_t sum = 0;
    Figure rest{[&] { return judge_rest(token, keys, rules, now, sum); }};
    std::optional<Reference> reference;
    if (!auth::is_symmetric(algorithm)) {
        const std::string pem = TRY(key.signing_key().private_pem());
        reference = TRY(Reference::make(pem, algorithm));
    }
    Figure openssl_verify{[&] { return reference->verify(); }};
    Figure openssl_sign{[&] { return reference->sign(); }};
    // by turns, so that a slow moment of the machine is shared
    for (int round = 0; round < kRounds; ++round) {
        verify.measure();
        if (reference) openssl_verify.measure();
        whole.measure();
        rest.measure();
        sign.measure();
        if (reference) openssl_sign.measure();
    }
    if (sign.failed || verify.failed || whole.failed || rest.failed || openssl_sign.failed || openssl_verify.failed)
        return Error{Errc::internal, fmt::format("{} does not verify what it signed", to_text(algorithm)), {}, {}};
    return Row{algorithm,       sign.per_second,         verify.per_second,        whole.per_second,
               rest.per_second, openssl_sign.per_second, openssl_verify.per_second};
}

std::string line_of(const Row& row) {
    std::string compared = fmt::format("{:>10} {:>11} {:>8}", "-", "-", "-");
    if (row.openssl_verify > 0)
        compared = fmt::format("{:>10.0f} {:>11.0f} {:>8.2f}", row.openssl_sign, row.openssl_verify, row.ratio());
    return fmt::format("{:<7} {:>10.0f} {:>10.0f} {} {:>10.0f} {:>9.1f} {:>9.1f}\n", to_text(row.algorithm), row.sign,
                       row.verify, compared, row.token, row.token_microseconds(), row.above_microseconds());
}

/// To two decimals: more would only be noise.
double rounded(double figure) { return static_cast<double>(static_cast<std::int64_t>(figure * 100 + 0.5)) / 100; }

Value to_value(const Row& row) {
    Value openssl;
    if (row.openssl_verify > 0)
        openssl = Object{{"sign_per_second", rounded(row.openssl_sign)},
                         {"verify_per_second", rounded(row.openssl_verify)},
                         {"verify_ratio", rounded(row.ratio())}};
    return Object{{"alg", to_text(row.algorithm)},
                  {"sign_per_second", rounded(row.sign)},
                  {"verify_per_second", rounded(row.verify)},
                  {"openssl", std::move(openssl)},
                  {"tokens_per_second", rounded(row.token)},
                  {"token_us", rounded(row.token_microseconds())},
                  {"token_above_signature_us", rounded(row.above_microseconds())}};
}

}  // namespace

Result<int> bench(program::World& world, const Options& options) {
    std::vector<auth::Algorithm> algorithms(auth::kAlgorithms.begin(), auth::kAlgorithms.end());
    if (!options.bench.algorithms.empty()) algorithms.clear();
    for (const std::string& text : options.bench.algorithms) algorithms.push_back(TRY(parse_algorithm_option(text)));
    std::ostream& out = *world.out;
    if (!options.json)
        out << output_style(world, options)
                   .bold(fmt::format("{:<7} {:>10} {:>10} {:>10} {:>11} {:>8} {:>10} {:>9} {:>9}", "", "sign/s",
                                     "verify/s", "o: sign/s", "o: verify/s", "ratio", "tokens/s", "us each",
                                     "us above"))
            << '\n'
            << std::flush;
    Array rows;
    for (const auth::Algorithm algorithm : algorithms) {
        const Row row = TRY(measure(algorithm));
        if (options.json)
            rows.push_back(to_value(row));
        else
            out << line_of(row) << std::flush;
    }
    if (options.json) {
        print_document(world, {{"algorithms", std::move(rows)}});
    } else {
        out << "o: OpenSSL's own signatures and verifications of a digest, as openssl speed measures them; ratio: our "
               "verifications to its\nus above: all of a Cognito user pool's token but its signature: taking it apart, "
               "hash, key, claims\n";
    }
    return program::kYes;
}

}  // namespace gw::token
