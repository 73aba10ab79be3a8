#pragma once
// The catalogue of framing attacks on a server: the bytes of one request each, and the status that they deserve. The
// unit tests feed them to the decoder, the integration tests to a running gateway.

#include <string>
#include <string_view>
#include <vector>

namespace gw::test {

/// One request. Its limits are those of a gateway: 10 MiB of payload, 8192 bytes of request line, 10 240 of head.
struct SmugglingRow {
    const char* id;
    std::string bytes;
    unsigned status;  ///< 0: served
};

/// Rows that break the same rule; the name says which.
struct SmugglingGroup {
    std::string_view name;
    std::vector<SmugglingRow> rows;
};

const std::vector<SmugglingGroup>& smuggling_groups();
/// The rows of one group. Throws std::runtime_error when there is none of this name.
const std::vector<SmugglingRow>& smuggling_rows(std::string_view group);

}  // namespace gw::test
