#include "libgw/config/aws_identity.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libgw/base/text.h"

namespace gw::config {
namespace {

using Section = std::map<std::string, std::string, std::less<>>;

/// One of the two files.
struct AwsFile {
    std::string path;
    bool says_profile = false;  ///< sections are [profile NAME]
    std::map<std::string, Section, std::less<>> profiles;

    [[nodiscard]] const Section* find(std::string_view profile) const {
        const auto found = profiles.find(profile);
        return found == profiles.end() ? nullptr : &found->second;
    }
    [[nodiscard]] std::string place_of(std::string_view profile) const {
        return fmt::format("{} [{}{}]", path, says_profile && profile != "default" ? "profile " : "", profile);
    }
};

std::string_view value_of(const Section* section, std::string_view key) {
    if (section == nullptr) return {};
    const auto found = section->find(key);
    return found == section->end() ? std::string_view() : std::string_view(found->second);
}

std::string_view trim_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return trim_ows(line);
}

/// "[profile dev]" is dev in config; other kinds of section (sso-session, services) are nobody's profile.
std::optional<std::string> profile_of(std::string_view name, bool says_profile) {
    name = trim_ows(name);
    if (says_profile && name != "default") {
        if (!name.starts_with("profile ") && !name.starts_with("profile\t")) return std::nullopt;
        name = trim_ows(name.substr(8));
    }
    if (name.size() > 1 && name.front() == name.back() && (name.front() == '"' || name.front() == '\''))
        name = name.substr(1, name.size() - 2);
    return std::string(name);
}

Result<void> read(std::string_view text, AwsFile& into) {
    Section nobody;
    Section* section = &nobody;
    std::uint32_t number = 0;
    for (const std::string_view raw : split(text, '\n')) {
        ++number;
        const bool is_nested = raw.starts_with(' ') || raw.starts_with('\t');
        const std::string_view line = trim_line(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        // the line itself is never quoted: it may hold a secret
        const auto wrong = [&](std::string why) {
            return Error{Errc::config, std::move(why), {}, Location{into.path, number, 0}};
        };
        if (line.front() == '[') {
            const auto end = line.find(']');
            if (end == line.npos) return wrong("a section has no ']'");
            const auto profile = profile_of(line.substr(1, end - 1), into.says_profile);
            nobody.clear();
            section = profile ? &into.profiles[*profile] : &nobody;
            continue;
        }
        if (is_nested) continue;  // settings of a service, below "s3 ="
        const auto entry = split_once(line, '=');
        if (!entry) return wrong("a line is neither [profile] nor key = value");
        section->insert_or_assign(to_lower(trim_ows(entry->first)), std::string(trim_ows(entry->second)));
    }
    return ok();
}

/// The path of a file, and whether somebody named it.
std::string path_of(const Sources& sources, std::string_view variable, std::string_view name) {
    const std::string home = sources.environment("HOME").value_or("");
    std::string path = sources.environment(variable).value_or("");
    if (path.empty()) return home.empty() ? std::string() : fmt::format("{}/.aws/{}", home, name);
    if (path.starts_with("~/")) path = home + path.substr(1);
    return path;
}

Result<AwsFile> load(const Sources& sources, std::string_view variable, std::string_view name, bool says_profile) {
    AwsFile file;
    file.says_profile = says_profile;
    file.path = path_of(sources, variable, name);
    if (file.path.empty()) return file;
    auto text = sources.read_file(file.path);
    if (!text) {
        if (text.error().code == Errc::not_found) return file;
        return std::move(text).error();
    }
    TRY(read(*text, file));
    return file;
}

Error half(std::string_view what, std::string_view from) {
    return Error{Errc::config, fmt::format("{} has no {}", from, what), "both halves of a key come from one place", {}};
}

Result<bool> take_environment(const Sources& sources, AwsIdentity& into) {
    std::string id = sources.environment("AWS_ACCESS_KEY_ID").value_or("");
    std::string secret = sources.environment("AWS_SECRET_ACCESS_KEY").value_or("");
    if (id.empty() && secret.empty()) return false;
    if (id.empty()) return half("AWS_ACCESS_KEY_ID", "the environment");
    if (secret.empty()) return half("AWS_SECRET_ACCESS_KEY", "the environment");
    into.access_key_id = {std::move(id), "AWS_ACCESS_KEY_ID"};
    into.secret = Secret(std::move(secret));
    into.session_token = Secret(sources.environment("AWS_SESSION_TOKEN").value_or(""));
    return true;
}

Result<bool> take_section(const AwsFile& file, std::string_view profile, AwsIdentity& into) {
    const Section* section = file.find(profile);
    const std::string_view id = value_of(section, "aws_access_key_id");
    const std::string_view secret = value_of(section, "aws_secret_access_key");
    if (id.empty() && secret.empty()) return false;
    const std::string place = file.place_of(profile);
    if (id.empty()) return half("aws_access_key_id", place);
    if (secret.empty()) return half("aws_secret_access_key", place);
    into.access_key_id = {std::string(id), place};
    into.secret = Secret(std::string(secret));
    into.session_token = Secret(std::string(value_of(section, "aws_session_token")));
    return true;
}

}  // namespace

Result<AwsIdentity> find_aws_identity(const Sources& sources, std::string_view profile_flag,
                                      std::string_view region_flag) {
    AwsIdentity identity;
    identity.profile = {"default", ""};
    if (!profile_flag.empty()) {
        identity.profile = {std::string(profile_flag), "--profile"};
    } else if (auto named = sources.environment("AWS_PROFILE"); named && !named->empty()) {
        identity.profile = {*std::move(named), "AWS_PROFILE"};
    }
    const std::string& profile = identity.profile.value;
    const bool has_environment = profile_flag.empty() && TRY(take_environment(sources, identity));

    const AwsFile credentials = TRY(load(sources, "AWS_SHARED_CREDENTIALS_FILE", "credentials", false));
    const AwsFile config = TRY(load(sources, "AWS_CONFIG_FILE", "config", true));
    const bool is_there = credentials.find(profile) != nullptr || config.find(profile) != nullptr;
    if (!is_there && !identity.profile.from.empty() && !has_environment) {
        return Error{Errc::config,
                     fmt::format("there is no profile '{}' ({})", profile, identity.profile.from),
                     fmt::format("looked in {} and {}", credentials.path, config.path),
                     {}};
    }
    if (!has_environment && !TRY(take_section(credentials, profile, identity)) &&
        !TRY(take_section(config, profile, identity))) {
        constexpr std::array<std::string_view, 6> kElsewhere = {"role_arn",      "credential_process",
                                                                "sso_session",   "sso_start_url",
                                                                "login_session", "web_identity_token_file"};
        for (const std::string_view key : kElsewhere) {
            if (!value_of(config.find(profile), key).empty() || !value_of(credentials.find(profile), key).empty())
                identity.why_none = key;
        }
    }

    if (!region_flag.empty()) {
        identity.region = {std::string(region_flag), "--region"};
        return identity;
    }
    for (const std::string_view variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        auto value = sources.environment(variable);
        if (!value || value->empty()) continue;
        identity.region = {*std::move(value), std::string(variable)};
        return identity;
    }
    for (const AwsFile* file : {&config, &credentials}) {
        const std::string_view region = value_of(file->find(profile), "region");
        if (region.empty()) continue;
        identity.region = {std::string(region), file->place_of(profile)};
        break;
    }
    return identity;
}

}  // namespace gw::config
