// The signing test suite of aws-c-auth: every case signs, verifies, and verifies no more once anything was changed.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "libgw/base/json.h"
#include "libgw/wire/http/decoder.h"
#include "tests/support/catch.h"
#include "tests/support/place.h"
#include "tests/support/skip.h"
#include "tests/unit/policy/auth/sigv4/message.h"

using namespace gw;
using namespace gw::sigv4;
using namespace gw::sigv4::test;

namespace {

const std::filesystem::path& folder() {
    static const std::filesystem::path path = gw::test::source_root() / "../shared/vectors/sigv4";
    return path;
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Case {
    std::string name;
    std::filesystem::path path;
    Credential credential;
    SignOptions options;
    Date now{};
    unsigned lifetime = 0;
    bool sign_body = false;

    [[nodiscard]] std::string text(std::string_view file) const { return read(path / file); }
    [[nodiscard]] VerifyOptions verify_options() const {
        return {.regions = {std::string(options.region)}, .service = "service", .path = options.path};
    }
};

Message parse_message(const std::string& text) {
    Message message;
    std::size_t at = text.find('\n');
    const std::string line = text.substr(0, at);
    const std::size_t space = line.find(' ');
    const std::string target = line.substr(space + 1, line.rfind(" HTTP/1.1") - space - 1);
    message.method = line.substr(0, space);
    message.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) message.query = target.substr(target.find('?') + 1);
    while (++at < text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string field = text.substr(at, end - at);
        at = end;
        if (field.empty()) break;
        if (field[0] == ' ') {
            message.fields.back().second += "\n" + field;
        } else {
            message.add(field.substr(0, field.find(':')), field.substr(field.find(':') + 1));
        }
    }
    if (at < text.size()) message.body = text.substr(at + 1);
    if (message.body == "\n") message.body.clear();
    return message;
}

std::vector<Case> cases() {
    std::vector<Case> out;
    if (!std::filesystem::exists(folder())) return out;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        Case each;
        each.path = entry.path();
        each.name = entry.path().filename();
        const Value context = *parse_json(each.text("context.json"));
        const Value& credentials = *context.find("credentials");
        each.credential.access_key_id = *credentials.find_string("access_key_id");
        each.credential.secret = Secret(std::string(*credentials.find_string("secret_access_key")));
        if (const std::string* token = credentials.find_string("token")) {
            each.credential.session_token = Secret(std::string(*token));
        }
        each.options.service = "service";
        const bool normalize = *context.find("normalize")->if_bool();
        each.options.path = PathRules{true, normalize};
        const Value* omit = context.find("omit_session_token");
        each.options.sign_session_token = omit == nullptr || !*omit->if_bool();
        each.sign_body = *context.find("sign_body")->if_bool();
        each.now = *parse_iso8601(*context.find_string("timestamp"));
        each.lifetime = static_cast<unsigned>(*context.find("expiration_in_seconds")->to_uint64());
        out.push_back(std::move(each));
    }
    return out;
}

/// Leaves its session token unsigned, which is taken only where that is allowed.
bool leaves_token_unsigned(const Case& each) { return !each.options.sign_session_token; }

/// What no decoder should let through: folded lines, spaces and bytes beyond ASCII in the request line.
bool is_malformed(const Case& each) {
    return each.name == "get-header-value-multiline" || each.name.starts_with("get-space-") ||
           each.name == "get-utf8" || each.name == "get-vanilla-utf8-query";
}

/// Changes one thing after the other, each in a fresh copy, and counts the copies that differ in what they mean.
class Mutations {
  public:
    Mutations(const Case& each, Message message)
        : store_(store_of(each.credential)),
          verifier_(*Verifier::make(each.verify_options(), store_)),
          now_(each.now),
          rules_(*each.options.path),
          message_(std::move(message)) {}

    std::size_t run() {
        text(&Message::method);
        text(&Message::path);
        text(&Message::query);
        text(&Message::body);
        for (std::size_t i = 0; i < message_.fields.size(); ++i) fields(i);
        Message more = message_;
        more.add("X-Amz-More", "x");
        refuse(more);
        more = message_;
        more.query += more.query.empty() ? "b" : "&b";
        refuse(more);
        return count_;
    }

  private:
    static std::vector<std::string> changes(const std::string& text) {
        std::vector<std::string> out{text + "z"};
        for (std::size_t i = 0; i < text.size(); ++i) {
            std::string other = text;
            other[i] = text[i] == 'z' ? 'y' : 'z';
            out.push_back(other);
            if (text[i] == ' ') continue;  // may be one too many, which nobody signs
            out.push_back(text.substr(0, i) + text.substr(i + 1));
            out.push_back(text.substr(0, i) + "z" + text.substr(i));
        }
        return out;
    }
    void text(std::string Message::* member) {
        for (std::string& change : changes(message_.*member)) {
            // what dot segments take away may be anything
            if (member == &Message::path && canonical_path(change, rules_) == canonical_path(message_.path, rules_)) {
                continue;
            }
            if (member == &Message::query && canonical_query(change) == canonical_query(message_.query)) continue;
            Message other = message_;
            other.*member = std::move(change);
            refuse(other);
        }
    }
    void fields(std::size_t i) {
        const auto& [name, value] = message_.fields[i];
        for (std::string& change : changes(value)) {
            if (canonical_value(change) == canonical_value(value)) continue;
            Message other = message_;
            other.fields[i].second = std::move(change);
            refuse(other);
        }
        Message other = message_;
        other.fields[i].first += "z";
        refuse(other);
        other = message_;
        other.fields.erase(other.fields.begin() + static_cast<std::ptrdiff_t>(i));
        refuse(other);
        other = message_;
        other.fields.push_back(message_.fields[i]);
        refuse(other);
        for (std::size_t j = i + 1; j < message_.fields.size(); ++j) {
            if (message_.fields[j].first != name || message_.fields[j].second == value) continue;
            other = message_;
            std::swap(other.fields[i], other.fields[j]);
            refuse(other);
        }
    }
    void refuse(Message& message) {
        ++count_;
        const Answer answer = verifier_.verify(message.request(), keys_, now_);
        if (!is_good(answer)) return;
        INFO(message.method << " " << message.path << "?" << message.query);
        for (const auto& [name, value] : message.fields) UNSCOPED_INFO(name << ": " << value);
        CHECK_FALSE(is_good(answer));
    }

    CredentialStore store_;
    Verifier verifier_;
    SigningKeys keys_;
    Date now_;
    PathRules rules_;
    Message message_;
    std::size_t count_ = 0;
};

}  // namespace

TEST_CASE("every case of the signing suite signs in a header, stage by stage") {
    const auto all = cases();
    if (all.empty()) GW_SKIP("../shared/vectors/sigv4 is not here");
    CHECK(all.size() == 38);
    for (Case each : all) {
        INFO(each.name);
        each.options.payload_field = each.sign_body;
        Message message = parse_message(each.text("request.txt"));
        const auto made = sign(message.request(), each.credential, each.options, each.now);
        REQUIRE(made);
        CHECK(made->canonical_request == each.text("header-canonical-request.txt"));
        CHECK(made->string_to_sign == each.text("header-string-to-sign.txt"));
        CHECK(made->signature == each.text("header-signature.txt"));
        Message expected = parse_message(each.text("header-signed-request.txt"));
        CHECK(made->fields.back().second == expected.field("authorization"));
    }
}

TEST_CASE("every case of the signing suite signs in a query, stage by stage") {
    const auto all = cases();
    if (all.empty()) GW_SKIP("../shared/vectors/sigv4 is not here");
    for (const Case& each : all) {
        INFO(each.name);
        Message message = parse_message(each.text("request.txt"));
        const auto made = presign(message.request(), each.credential, each.options, each.lifetime, each.now);
        REQUIRE(made);
        CHECK(made->canonical_request == each.text("query-canonical-request.txt"));
        CHECK(made->string_to_sign == each.text("query-string-to-sign.txt"));
        CHECK(made->signature == each.text("query-signature.txt"));
        const Message expected = parse_message(each.text("query-signed-request.txt"));
        CHECK(canonical_query(made->query) == canonical_query(expected.query));
    }
}

TEST_CASE("every case of the signing suite verifies, unless its session token is unsigned") {
    const auto all = cases();
    if (all.empty()) GW_SKIP("../shared/vectors/sigv4 is not here");
    std::size_t verified = 0;
    for (const Case& each : all) {
        for (const char* file : {"header-signed-request.txt", "query-signed-request.txt"}) {
            INFO(each.name << " " << file);
            Message message = parse_message(each.text(file));
            const CredentialStore store = store_of(each.credential);
            VerifyOptions options = each.verify_options();
            if (leaves_token_unsigned(each)) {
                CHECK(each.name == "post-sts-header-after");
                CHECK_FALSE(is_good(verify_message(message, make_verifier(store, options), each.now)));
                options.unsigned_session_token = true;
            }
            CHECK(word(verify_message(message, make_verifier(store, options), each.now)) == "good");
            ++verified;
        }
    }
    CHECK(verified == 76);
}

TEST_CASE("what the decoder takes of the signing suite verifies from its bytes") {
    const auto all = cases();
    if (all.empty()) GW_SKIP("../shared/vectors/sigv4 is not here");
    const http::Limits limits;
    std::size_t refused = 0;
    for (const Case& each : all) {
        for (const char* file : {"header-signed-request.txt", "query-signed-request.txt"}) {
            INFO(each.name << " " << file);
            Message message = parse_message(each.text(file));
            std::string bytes = message.method + " " + message.path +
                                (message.query.empty() ? "" : "?" + message.query) + " HTTP/1.1\r\n";
            for (const auto& [name, value] : message.fields) bytes += name + ":" + value + "\r\n";
            bytes += "\r\n";
            http::RequestDecoder decoder(limits);
            http::RequestHead head;
            const bool taken = decoder.decode(bytes, head).found == http::Found::head;
            CHECK(taken == !is_malformed(each));
            refused += taken ? 0 : 1;
            if (!taken || leaves_token_unsigned(each)) continue;
            std::vector<Field> storage;
            Request request = request_of(head, storage);
            request.body_hash = sha256(message.body);
            const CredentialStore store = store_of(each.credential);
            SigningKeys keys;
            CHECK(word(make_verifier(store, each.verify_options()).verify(request, keys, each.now)) == "good");
        }
    }
    CHECK(refused == 10);
}

TEST_CASE("no case of the signing suite verifies once anything in it was changed") {
    const auto all = cases();
    if (all.empty()) GW_SKIP("../shared/vectors/sigv4 is not here");
    std::size_t mutations = 0;
    for (const Case& each : all) {
        if (leaves_token_unsigned(each)) continue;
        for (const char* file : {"header-signed-request.txt", "query-signed-request.txt"}) {
            INFO(each.name << " " << file);
            mutations += Mutations(each, parse_message(each.text(file))).run();
        }
    }
    CHECK(mutations >= 60000);
}
