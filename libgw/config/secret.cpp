#include "libgw/config/secret.h"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::config {
namespace {

constexpr std::array<std::string_view, 7> kPlaceholders = {"changeme", "change-me", "secret", "password",
                                                           "token",    "test",      "xxx"};

/// Half of the 32 that the hint makes: what is shorter can be guessed.
constexpr std::size_t kShortest = 16;
constexpr std::string_view kHint = "openssl rand -hex 16 makes one";

Error bad(const SecretRef& reference, std::string_view why, std::string hint = {}) {
    return Error{Errc::config, fmt::format("secret {}: {}", reference.text, why), std::move(hint), {}};
}

}  // namespace

Result<Secret> resolve_secret(const SecretRef& reference, const Sources& sources) {
    std::string value;
    if (reference.text.starts_with("env:")) {
        auto found = sources.environment(std::string_view(reference.text).substr(4));
        if (!found) return bad(reference, "the variable is not set");
        value = *std::move(found);
    } else if (reference.text.starts_with("file:")) {
        value = TRY(sources.read_file(reference.text.substr(5)));
    } else {
        return Error{Errc::config, "the secret is not a reference", "env:NAME or file:PATH", {}};
    }
    if (value.ends_with('\n')) value.pop_back();
    if (value.ends_with('\r')) value.pop_back();
    if (value.empty()) return bad(reference, "the value is empty");
    for (const std::string_view placeholder : kPlaceholders) {
        if (equals_ignoring_case(value, placeholder))
            return bad(reference, "the value is a placeholder that everybody knows", std::string(kHint));
    }
    if (value.size() < kShortest)
        return bad(reference, fmt::format("the value is shorter than {} characters", kShortest), std::string(kHint));
    return Secret(std::move(value));
}

}  // namespace gw::config
