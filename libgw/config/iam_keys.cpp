#include "libgw/config/iam_keys.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "libgw/base/time_text.h"
#include "libgw/config/file_text.h"
#include "libgw/config/reader.h"
#include "libgw/config/type.h"
#include "libgw/policy/auth/sigv4/credential.h"
#include "libgw/policy/iam/document.h"
#include "libgw/policy/iam/principal.h"

namespace gw::config {
namespace {

/// AWS's have 40.
constexpr std::size_t kShortestSecret = 16;

const std::vector<std::string>& key_names() {
    static const std::vector<std::string> names = {"secret",  "principal", "session_token",  "expires",
                                                   "user_id", "policies",  "session_policy", "permissions_boundary",
                                                   "tags"};
    return names;
}

/// The members of one access key. What is wrong is told by place and never quoted, since the text is not given to the
/// diagnostics: the next line may be the secret.
class KeyReader {
  public:
    KeyReader(const Cursor& cursor, IamKey& key) : cursor_(cursor), key_(key) {}

    void run() {
        if (!detail::read_object(cursor_, "an object with secret, principal, policies")) return;
        for (const Member& member : *cursor_.value().if_object()) read(cursor_.member(member), member);
        if (cursor_.value().find("secret") == nullptr)
            cursor_.error("the secret is missing", "secret: the secret access key");
        if (key_.expires && cursor_.value().find("session_token") == nullptr)
            cursor_.error("only temporary credentials expire", "give the session_token too");
    }

  private:
    void read(const Cursor& member, const Member& from) {
        const std::string& name = from.key;
        if (name == "secret") {
            key_.secret = secret(member);
            if (!key_.secret.empty() && key_.secret.expose().size() < kShortestSecret)
                member.warning(
                    fmt::format("the secret is shorter than {} characters and can be guessed", kShortestSecret));
        } else if (name == "session_token")
            key_.session_token = secret(member);
        else if (name == "principal")
            key_.principal = principal(member);
        else if (name == "user_id")
            key_.user_id = text(member);
        else if (name == "expires")
            key_.expires = date(member);
        else if (name == "policies")
            key_.policies = policies(member);
        else if (name == "session_policy")
            key_.session_policy = policy(member, "session policy");
        else if (name == "permissions_boundary")
            key_.permissions_boundary = policy(member, "permissions boundary");
        else if (name == "tags")
            tags(member);
        else
            cursor_.unknown_key(from, key_names());
    }

    static std::string text(const Cursor& cursor) {
        if (const std::string* found = cursor.value().if_string()) return *found;
        cursor.error("expected a string");
        return {};
    }

    static Secret secret(const Cursor& cursor) {
        const std::string* found = cursor.value().if_string();
        if (found == nullptr) {
            // 0123 without quotes is a number and has lost its zero
            cursor.error(fmt::format("the secret is {}, not a string", cursor.value().kind_name()),
                         "put it in quotes, or write env:NAME or file:PATH");
            return {};
        }
        std::string value = *found;
        if (value.starts_with("env:")) {
            auto variable = cursor.reading().sources.environment(std::string_view(value).substr(4));
            if (!variable) {
                cursor.error(fmt::format("the variable {} is not set", value.substr(4)));
                return {};
            }
            value = *std::move(variable);
        } else if (value.starts_with("file:")) {
            auto content = cursor.reading().sources.read_file(cursor.resolve(std::string_view(value).substr(5)));
            if (!content) {
                cursor.error(content.error().message);
                return {};
            }
            value = *std::move(content);
            while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
        }
        if (value.empty()) cursor.error("the secret is empty");
        return Secret(std::move(value));
    }

    static std::string principal(const Cursor& cursor) {
        std::string arn = text(cursor);
        if (arn.empty()) return arn;
        const auto caller = iam::Caller::parse(arn);
        using Kind = iam::Caller::Kind;
        const bool good =
            caller && caller->account().size() == 12 &&
            (caller->kind() == Kind::root || caller->kind() == Kind::user || caller->kind() == Kind::session ||
             caller->kind() == Kind::role || caller->kind() == Kind::federated_user);
        if (!good)
            cursor.error(arn.starts_with("arn:") ? fmt::format("'{}' is not a principal who can sign", arn)
                                                 : "not the ARN of a principal",
                         "arn:aws:iam::123456789012:user/alice or arn:aws:sts::123456789012:assumed-role/ROLE/SESSION");
        return arn;
    }

    static std::optional<Date> date(const Cursor& cursor) {
        const std::string* found = cursor.value().if_string();
        const auto date = found ? parse_iso8601(*found) : std::nullopt;
        if (!date) cursor.error("expected a date such as 2026-11-26T12:00:00Z");
        return date;
    }

    static std::shared_ptr<const iam::Policy> policy(const Cursor& cursor, std::string name) {
        Diagnostics& diagnostics = cursor.reading().diagnostics;
        iam::PolicyReading how{iam::PolicyKind::identity, std::move(name), cursor.reading().file, {}};
        std::optional<Value> from_file;
        if (const std::string* path = cursor.value().if_string()) {
            how.file = cursor.resolve(*path);
            auto content = cursor.reading().sources.read_file(how.file);
            if (!content) {
                cursor.error(content.error().message);
                return nullptr;
            }
            from_file = read_policy_text(*content, how.file, diagnostics);
            if (!from_file) return nullptr;
        }
        auto read = iam::read_policy(from_file ? *from_file : cursor.value(), how, diagnostics);
        if (!read) return nullptr;
        return std::make_shared<const iam::Policy>(*std::move(read));
    }

    std::vector<std::shared_ptr<const iam::Policy>> policies(const Cursor& cursor) {
        std::vector<std::shared_ptr<const iam::Policy>> list;
        if (!detail::read_array(cursor, "a list of policies")) return list;
        for (std::size_t i = 0; i < cursor.value().if_array()->size(); ++i) {
            const Cursor item = cursor.item(i);
            const std::string* file = item.value().if_string();
            if (auto read = policy(item, file ? *file : fmt::format("policy {} of {}", i + 1, key_.id)))
                list.push_back(std::move(read));
        }
        return list;
    }

    void tags(const Cursor& cursor) {
        if (!detail::read_object(cursor, "an object of tags")) return;
        for (const Member& member : *cursor.value().if_object())
            key_.tags.emplace_back(member.key, text(cursor.member(member)));
    }

    const Cursor& cursor_;
    IamKey& key_;
};

}  // namespace

std::optional<Value> read_policy_text(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
    // a file of access keys that was given by mistake is not quoted
    if (text.find("Statement") != text.npos && text.find("secret") == text.npos)
        diagnostics.add_source(file, std::string(text));
    auto value = parse_file_text(text, file, Extent::small);
    if (value) return *std::move(value);
    diagnostics.add(value.error());
    return std::nullopt;
}

IamKeys read_iam_keys(std::string_view text, const std::string& file, const Sources& sources,
                      Diagnostics& diagnostics) {
    // the text is not given to the diagnostics: they would quote it
    auto value = parse_file_text(text, file, Extent::large);
    IamKeys keys;
    if (!value) {
        diagnostics.add(value.error());
        return keys;
    }
    const auto slash = file.rfind('/');
    const Reading reading{file, slash == file.npos ? std::string() : file.substr(0, slash + 1), sources, diagnostics};
    const Cursor root(*value, {}, reading);
    if (!detail::read_object(root, "access keys: KEYID: {secret, principal, policies}")) return keys;
    if (value->if_object()->size() > kMostIamKeys) root.error(fmt::format("more than {} access keys", kMostIamKeys));
    for (const Member& member : *value->if_object()) {
        IamKey& key = keys.emplace_back();
        key.id = member.key;
        const bool is_id = sigv4::is_access_key_id(key.id);
        // what is no id may be a secret in its place
        const Cursor cursor(member.value, is_id ? member.key : fmt::format("key {}", keys.size()), reading);
        if (!is_id) cursor.error("not the id of an access key", "1 to 128 letters, digits and underscores");
        KeyReader(cursor, key).run();
    }
    if (keys.empty()) root.error("there are no access keys");
    return keys;
}

}  // namespace gw::config
