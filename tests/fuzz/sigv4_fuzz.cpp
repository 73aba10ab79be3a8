// SigV4: whatever a request says, verifying it ends, believes nobody, and its canonical form does not depend on how it
// was written; what is signed verifies. The input is a request: "METHOD PATH?QUERY", then "Name: value" lines, an empty
// line, the body.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/base/time_text.h"
#include "libgw/policy/auth/sigv4/explain.h"
#include "libgw/policy/auth/sigv4/sign.h"
#include "tests/fuzz/require.h"

using namespace gw;
using namespace gw::sigv4;

namespace {

struct Parsed {
    std::vector<Field> fields;
    Request request;
};

std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

void parse(std::string_view text, Parsed& into) {
    const std::string_view first = take_line(text);
    const std::size_t space = std::min(first.find(' '), first.size());
    into.request.method = first.substr(0, space);
    std::string_view target = first.substr(std::min(space + 1, first.size()));
    const std::size_t mark = std::min(target.find('?'), target.size());
    into.request.path = target.substr(0, mark);
    into.request.query = target.substr(std::min(mark + 1, target.size()));
    while (!text.empty() && into.fields.size() < 64) {
        const std::string_view line = take_line(text);
        if (line.empty()) break;
        const std::size_t colon = std::min(line.find(':'), line.size());
        into.fields.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))});
    }
    into.request.fields = into.fields;
    into.request.body_hash = sha256(text);
}

void check_canonical(const Request& request) {
    const std::string query = canonical_query(request.query);
    REQUIRE_THAT_IT_HOLDS(canonical_query(query) == query);
    const std::string path = canonical_path(request.path, {true, true});
    REQUIRE_THAT_IT_HOLDS(path.starts_with('/') && path.find("//") == std::string::npos);
    const std::string plain = canonical_path(request.path, {false, false});
    REQUIRE_THAT_IT_HOLDS(plain.find_first_of("?&=+ \n") == std::string::npos);
    for (const Field& field : request.fields) {
        const std::string value = canonical_value(field.value);
        REQUIRE_THAT_IT_HOLDS(canonical_value(value) == value);
    }
}

void check_signing(const Request& request, const Credential& credential, const CredentialStore& store, Date now) {
    VerifyOptions options;
    options.unsigned_payload = true;
    const auto verifier = Verifier::make(options, store);
    SigningKeys keys(4);
    const auto made = sign(request, credential, {}, now);
    if (!made) return;
    std::vector<Field> fields(request.fields.begin(), request.fields.end());
    for (const auto& [name, value] : made->fields) fields.push_back({name, value});
    Request complete = request;
    complete.fields = fields;
    const auto answer = verifier->verify(complete, keys, now);
    if (const Denial* denial = std::get_if<Denial>(&answer)) {
        // names that stand there already, or are no names
        REQUIRE_THAT_IT_HOLDS(denial->fault != Fault::unknown_key && denial->fault != Fault::expired &&
                              denial->fault != Fault::scope && denial->fault != Fault::mismatch);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const Date now = *parse_aws_date_time("20150830T123600Z");
    static const CredentialStore store = [] {
        CredentialStore made;
        Credential credential;
        credential.access_key_id = "AKIDEXAMPLE";
        credential.secret = Secret(std::string("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
        REQUIRE_THAT_IT_HOLDS(made.add(credential).has_value());
        return made;
    }();
    static const Verifier verifier = *Verifier::make({.regions = {"us-east-1"}, .service = "service"}, store);
    Parsed parsed;
    parse(text, parsed);
    check_canonical(parsed.request);
    check_signing(parsed.request, *store.find("AKIDEXAMPLE"), store, now);

    SigningKeys keys(4);
    const auto answer = verifier.verify(parsed.request, keys, now);
    const Explanation explanation = explain(parsed.request, verifier, store, now);
    const Denial* denial = std::get_if<Denial>(&answer);
    REQUIRE_THAT_IT_HOLDS(explanation.denial.has_value() == (denial != nullptr));
    if (denial != nullptr) {
        REQUIRE_THAT_IT_HOLDS(denial->fault == explanation.denial->fault && !denial->message.empty());
        if (const auto texts = parse_mismatch(denial->message)) {
            REQUIRE_THAT_IT_HOLDS(texts->canonical_request == denial->canonical_request);
        }
    } else {
        REQUIRE_THAT_IT_HOLDS(std::get<Verified>(answer).credential == store.find("AKIDEXAMPLE"));
        REQUIRE_THAT_IT_HOLDS(explanation.difference.cause == Cause::none);
    }
    if (const auto texts = parse_mismatch(text)) {
        REQUIRE_THAT_IT_HOLDS(compare(*texts, *texts).cause == Cause::secret);
    }
    return 0;
}
