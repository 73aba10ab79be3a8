#pragma once
// T or Error. std::expected of g++ 12 is not [[nodiscard]] and not in C++20.

#include <cassert>
#include <type_traits>
#include <utility>
#include <variant>

#include "libgw/base/error.h"

namespace gw {

/// The value, or why there is none. Look before you take: `value()` requires `has_value()`.
template <class T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    template <class U>
        requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
                 !std::is_same_v<std::remove_cvref_t<U>, T> && !std::is_same_v<std::remove_cvref_t<U>, Error>)
    Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    T& value() & { return *std::get_if<0>(&state_); }
    const T& value() const& { return *std::get_if<0>(&state_); }
    T&& value() && { return std::move(*std::get_if<0>(&state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    Error& error() & { return *std::get_if<1>(&state_); }
    const Error& error() const& { return *std::get_if<1>(&state_); }
    Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

    T value_or(T otherwise) && { return has_value() ? std::move(*this).value() : std::move(otherwise); }

    /// The same result, its error told where it happened.
    Result in(std::string_view context) && {
        if (has_value()) return std::move(*this);
        return std::move(*this).error().in(context);
    }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    using value_type = void;

    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    void value() const {}

    Error& error() & { return *error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return std::move(*error_); }

    Result in(std::string_view context) && {
        if (has_value()) return {};
        return std::move(*error_).in(context);
    }

  private:
    std::optional<Error> error_;
};

inline Result<void> ok() { return {}; }

}  // namespace gw

/// The value of a Result, or return its error from the enclosing function.
///   auto document = TRY(parse(text, file));
#define TRY(expression)                                        \
    ({                                                         \
        auto gw_result_ = (expression);                        \
        if (!gw_result_) return std::move(gw_result_).error(); \
        std::move(gw_result_).value();                         \
    })
