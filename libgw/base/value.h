#pragma once
// The one value of the house: what a JSON or YAML text says, in the order in which it says it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace gw {

class Value;
struct Member;
using Array = std::vector<Value>;
using Object = std::vector<Member>;

/// Where a value began in its text: line and column (in code points) from 1; 0 where nobody asked.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend bool operator==(const Position&, const Position&) = default;
};

/// A number whose text says more than its value does: "1.50", "1e3", "-0", "0x1F", "010".
struct Number {
    std::string text;
    std::variant<std::int64_t, std::uint64_t, double> value;
};

/// A T on the heap that copies like a T; keeps Value small.
template <class T>
class Box {
  public:
    explicit Box(T value) : held_(std::make_unique<T>(std::move(value))) {}
    Box(const Box& other) : held_(std::make_unique<T>(*other.held_)) {}
    Box(Box&& other) noexcept = default;
    Box& operator=(const Box& other) {
        Box copy(other);
        held_ = std::move(copy.held_);
        return *this;
    }
    Box& operator=(Box&& other) noexcept = default;
    ~Box() = default;
    T& operator*() { return *held_; }
    const T& operator*() const { return *held_; }

  private:
    std::unique_ptr<T> held_;  // null only when moved from
};

/// Null, boolean, number, string, array or object; 24 bytes and what hangs on it.
/// Invariant: readers build none deeper than kMaximumDepth, so that copying, comparing and destroying one (which follow
/// the nesting) stay shallow whatever was sent.
class Value {
  public:
    static constexpr std::size_t kMaximumDepth = 64;
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Value() = default;
    Value(bool value) : held_(value) {}
    template <class T>
        requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
    Value(T value) {
        if constexpr (std::is_signed_v<T>) {
            held_ = static_cast<std::int64_t>(value);
        } else if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
            held_ = static_cast<std::int64_t>(value);
        } else {
            held_ = static_cast<std::uint64_t>(value);
        }
    }
    /// Written as the shortest text that reads back as the same real: 1.0 and not 1. Not finite: null, as JSON has no
    /// word for it.
    Value(double value);
    Value(Number value) : held_(Box<Number>(std::move(value))) {}
    Value(std::string value) : held_(Box<std::string>(std::move(value))) {}
    Value(std::string_view value) : Value(std::string(value)) {}
    Value(const char* value) : Value(std::string(value)) {}
    Value(Array value);
    Value(Object value);

    [[nodiscard]] Kind kind() const;
    /// "a string", "an object": for messages.
    [[nodiscard]] std::string_view kind_name() const;
    [[nodiscard]] bool is_null() const { return held_.index() == 0; }

    /// The content, or null when it is something else.
    [[nodiscard]] const bool* if_bool() const { return std::get_if<bool>(&held_); }
    [[nodiscard]] const std::string* if_string() const;
    [[nodiscard]] const Array* if_array() const;
    [[nodiscard]] const Object* if_object() const;
    [[nodiscard]] Array* if_array();
    [[nodiscard]] Object* if_object();

    [[nodiscard]] bool is_number() const { return kind() == Kind::number; }
    /// True for a number that was written as an integer (1 and not 1.0) and fits 64 bits.
    [[nodiscard]] bool is_integer() const;
    [[nodiscard]] std::optional<std::int64_t> to_int64() const;
    [[nodiscard]] std::optional<std::uint64_t> to_uint64() const;
    /// Any number, rounded to the nearest double.
    [[nodiscard]] std::optional<double> to_double() const;
    /// A number as it was written; "" for anything else.
    [[nodiscard]] std::string number_text() const;

    /// The member of that name; the last one when there are several (as most readers have it). Null when there is none
    /// or this is no object.
    [[nodiscard]] const Value* find(std::string_view key) const;
    /// The string member of that name, or null.
    [[nodiscard]] const std::string* find_string(std::string_view key) const;

    [[nodiscard]] Position position() const { return position_; }
    void set_position(Position position) { position_ = position; }

    /// Same content in the same order; 1 and 1.0 are different, positions do not count.
    friend bool operator==(const Value& a, const Value& b);

  private:
    std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, Box<Number>, Box<std::string>, Box<Array>,
                 Box<Object>>
        held_ = nullptr;
    Position position_;
};

/// One member of an object.
struct Member {
    std::string key;
    Value value;
    Position key_position = {};
    friend bool operator==(const Member& a, const Member& b) { return a.key == b.key && a.value == b.value; }
};

/// The first key that stands twice, as the places of both (earlier, later); none when all differ.
std::optional<std::pair<std::size_t, std::size_t>> find_duplicate_key(const Object& object);

}  // namespace gw
