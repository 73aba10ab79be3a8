#include "libgw/base/error.h"

#include <cstring>

#include <fmt/format.h>

namespace gw {

std::string to_string(const Error& error) {
    if (!error.where) return error.message;
    const Location& at = *error.where;
    if (at.file.empty())
        return at.line == 0 ? error.message : fmt::format("{}:{}: {}", at.line, at.column, error.message);
    if (at.line == 0) return fmt::format("{}: {}", at.file, error.message);
    return fmt::format("{}:{}:{}: {}", at.file, at.line, at.column, error.message);
}

Error from_errno(Errc code, std::string_view what, int number) {
    char buffer[128];
    std::string reason = strerror_r(number, buffer, sizeof buffer);
    if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') reason[0] = static_cast<char>(reason[0] | 0x20);
    return Error{code, fmt::format("{}: {}", what, reason), {}, {}};
}

}  // namespace gw
