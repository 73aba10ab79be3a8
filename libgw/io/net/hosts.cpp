#include "libgw/io/net/hosts.h"

#include <algorithm>

#include "libgw/io/net/host_name.h"

namespace gw::net {

namespace {

constexpr std::string_view kBlank = " \t\r";

/// The next word of a line, taken off its front; empty at the end.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(kBlank));
    line.remove_prefix(word.size());
    return word;
}

std::string to_key(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return to_lower_name(name);
}

}  // namespace

Hosts Hosts::parse(std::string_view text) {
    Hosts hosts;
    text = text.substr(0, kMaxText);
    std::size_t entries = 0;
    while (!text.empty() && entries < kMaxEntries) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        line = line.substr(0, line.find('#'));
        const Result<Address> address = Address::literal(take_word(line), 0);
        if (!address) continue;
        for (auto name = take_word(line); !name.empty() && entries < kMaxEntries; name = take_word(line)) {
            std::vector<Address>& addresses = hosts.names_[to_key(name)];
            if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end())
                addresses.push_back(*address);
            ++entries;
        }
    }
    return hosts;
}

const std::vector<Address>* Hosts::find(std::string_view name) const {
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
}

}  // namespace gw::net
