#include <cerrno>
#include <fstream>

#include <fmt/format.h>

#include "libgw/base/encoding.h"
#include "libgw/base/json.h"
#include "libgw/gateway/canary.h"
#include "libgw/io/process/file.h"

namespace gw::gateway {
namespace {

constexpr std::string_view kSchema = "gw-serve-state/1";
constexpr std::size_t kLargest = 1024 * 1024;

Error odd(const std::string& path, std::string_view what) {
    return {Errc::config,
            fmt::format("{} is no state of a gateway: {}", path, what),
            "remove it, or give another name",
            {}};
}

std::optional<CanaryFile::Entry> parse_entry(const Value& value) {
    const std::string* scope = value.find_string("api");
    const std::string* section = value.find_string("section");
    const std::string* phase = value.find_string("phase");
    const std::string* key = value.find_string("key");
    const Value* percent = value.find("percentTraffic");
    if (scope == nullptr || section == nullptr || phase == nullptr || key == nullptr || percent == nullptr)
        return std::nullopt;
    CanaryFile::Entry entry;
    entry.scope = *scope;
    entry.section = *section;
    const auto bytes = parse_base64url(*key);
    const auto share = percent->to_double();
    if (!bytes || bytes->size() != canary::SplitKey::kBytes || !share || !canary::Share::make(*share))
        return std::nullopt;
    entry.key = *bytes;
    entry.percent = *share;
    for (const Phase known : {Phase::running, Phase::promoted, Phase::aborted})
        if (to_text(known) == *phase) {
            entry.phase = known;
            return entry;
        }
    return std::nullopt;
}

}  // namespace

Result<CanaryFile> CanaryFile::read(const std::string& path) {
    CanaryFile file;
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        if (errno == ENOENT) return file;
        return from_errno(Errc::io, "reading " + path, errno);
    }
    std::string text(kLargest + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (stream.bad()) return from_errno(Errc::io, "reading " + path, EIO);
    if (text.size() > kLargest) return odd(path, "it is larger than 1 MiB");
    const auto value = parse_json(text);
    if (!value) return odd(path, value.error().message);
    const std::string* schema = value->find_string("schema");
    const Value* canaries = value->find("canaries");
    if (schema == nullptr || *schema != kSchema || canaries == nullptr || canaries->if_array() == nullptr)
        return odd(path, fmt::format("it does not say {}", kSchema));
    for (const Value& one : *canaries->if_array()) {
        auto entry = parse_entry(one);
        if (!entry) return odd(path, "a canary in it is not whole");
        file.entries_.push_back(*std::move(entry));
    }
    return file;
}

const CanaryFile::Entry* CanaryFile::find(std::string_view scope) const {
    for (const Entry& entry : entries_)
        if (entry.scope == scope) return &entry;
    return nullptr;
}

Result<void> CanaryFile::write(const std::string& path, const std::vector<std::shared_ptr<CanaryState>>& states) {
    Array canaries;
    for (const auto& state : states)
        canaries.push_back(Value(gw::Object{{"api", Value(state->scope())},
                                            {"section", Value(state->section())},
                                            {"percentTraffic", Value(state->percent())},
                                            {"phase", Value(to_text(state->phase()))},
                                            {"key", Value(to_base64url(state->key().bytes()))}}));
    const std::string text =
        to_json(Value(gw::Object{{"schema", Value(kSchema)}, {"canaries", Value(std::move(canaries))}})) + "\n";
    return process::replace_file(path, text, 0600, true);
}

}  // namespace gw::gateway
