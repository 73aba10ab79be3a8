#include "libgw/base/secret.h"

#include <sstream>
#include <type_traits>

#include <fmt/format.h>

#include "tests/support/catch.h"

using namespace gw;

namespace {
template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };
}  // namespace

static_assert(!fmt::is_formattable<Secret>::value, "a secret cannot be formatted");
static_assert(!Streamable<Secret>, "a secret cannot be streamed");
static_assert(!std::is_convertible_v<Secret, std::string_view>, "a secret does not turn into text by itself");
static_assert(!std::is_constructible_v<Secret, const std::string&>, "a secret leaves no copy behind");

TEST_CASE("a secret is read by whoever asks for it by name", "[base][secret]") {
    const Secret secret(std::string("hunter2"));
    CHECK_FALSE(secret.empty());
    CHECK(secret.expose() == "hunter2");
    const Secret copy = secret;
    CHECK(copy.expose().data() == secret.expose().data());
    CHECK(Secret().empty());
    CHECK(Secret().expose().empty());
}

TEST_CASE("the string that brought a secret does not keep it", "[base][secret]") {
    for (const std::size_t size : {7U, 1000U}) {
        std::string text(size, 's');
        const Secret secret(std::move(text));
        CHECK(text.empty());  // NOLINT(bugprone-use-after-move): the promise under test
        CHECK(std::string_view(text.data(), text.capacity()).find('s') == std::string_view::npos);
        CHECK(secret.expose() == std::string(size, 's'));
    }
}

TEST_CASE("an empty secret matches nothing", "[base][secret]") {
    CHECK(Secret(std::string("k")).matches("k"));
    CHECK_FALSE(Secret(std::string("k")).matches("K"));
    CHECK_FALSE(Secret(std::string("k")).matches(""));
    CHECK_FALSE(Secret().matches(""));
    CHECK_FALSE(Secret(std::string()).matches(""));
}
