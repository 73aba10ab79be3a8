#pragma once
// The value of a field that the gateway sets: text, and `$context` variables whose values are found for each request.

#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/result.h"

namespace gw::integration {

/// Where values come from. Whoever asks is told nothing ("") for what the request does not have.
struct ContextSource {
    std::string (*find)(const void* self, std::string_view name) = nullptr;
    const void* self = nullptr;
};

/// "Bearer-of $context.authorizer.claims.sub". Immutable.
class FieldTemplate {
  public:
    FieldTemplate() = default;
    /// Errc::config, with the column, for a `$context` variable that does not exist here or has no value before the
    /// answer. A '$' that begins nothing of the kind stands for itself.
    static Result<FieldTemplate> compile(std::string_view text);

    /// It is text only.
    [[nodiscard]] bool is_plain() const { return pieces_.empty(); }
    /// The value for one request; "" when a variable in it has none, so that half a value is never sent. Bytes that may
    /// not stand in a field (RFC 9110 §5.5), and white space at an end, make it "" too.
    [[nodiscard]] std::string fill(const ContextSource& context) const;
    /// Appends the values of its variables, a line each: two requests with the same get the same field. Those of one
    /// request alone (its id, its time) are left out, and `httpMethod`, for GET and HEAD are answered alike.
    void write_values(const ContextSource& context, std::string& out) const;
    /// Whether no two requests get the same field.
    [[nodiscard]] bool is_of_one_request() const;

  private:
    struct Piece {
        std::string literal;   ///< stands before the variable
        std::string variable;  ///< "": none, the last piece
    };
    std::string text_;
    std::vector<Piece> pieces_;  ///< none for text only
};

/// Whether a request has a value of that name ("identity.sourceIp") when it leaves for its target.
bool is_request_variable(std::string_view name);

}  // namespace gw::integration
