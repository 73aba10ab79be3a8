#pragma once
// What a policy decided. A refusal is an answer that the client came to know; an Error (base/error.h) is what stood in
// our way.

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gw {

/// A "no": the status for the client, the word for log, metric and man page, and what a person who debugs wants to
/// know.
struct Refusal {
    int status = 500;         ///< of the answer
    std::string_view reason;  ///< a constant of policy/reasons.h, e.g. "route.not_found"
    std::string detail = {};  ///< for the log and --explain; never part of the body. May hold bytes of the request
};

/// The value, or why the request goes no further.
template <class T>
using Verdict = std::variant<T, Refusal>;

/// True when the verdict is a refusal.
template <class T>
[[nodiscard]] constexpr bool is_refused(const Verdict<T>& verdict) {
    return verdict.index() == 1;
}

/// The refusal. Requires: is_refused(verdict).
template <class T>
[[nodiscard]] const Refusal& refusal_of(const Verdict<T>& verdict) {
    return *std::get_if<1>(&verdict);
}
template <class T>
[[nodiscard]] Refusal&& refusal_of(Verdict<T>&& verdict) {
    return std::move(*std::get_if<1>(&verdict));
}

/// What was allowed. Requires: !is_refused(verdict).
template <class T>
[[nodiscard]] const T& allowed(const Verdict<T>& verdict) {
    return *std::get_if<0>(&verdict);
}
template <class T>
[[nodiscard]] T& allowed(Verdict<T>& verdict) {
    return *std::get_if<0>(&verdict);
}
template <class T>
[[nodiscard]] T&& allowed(Verdict<T>&& verdict) {
    return std::move(*std::get_if<0>(&verdict));
}

}  // namespace gw
