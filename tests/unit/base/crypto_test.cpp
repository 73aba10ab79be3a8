#include "libgw/base/crypto.h"

#include <cmath>
#include <ctime>
#include <set>
#include <thread>

#include "libgw/base/encoding.h"
#include "libgw/base/random.h"
#include "tests/support/catch.h"

using namespace gw;

namespace {
std::string hex(const Digest& digest) { return to_hex(digest.view()); }
}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4", "[base][crypto]") {
    CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(sha256(std::string(1000000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a digest of pieces is the digest of the whole, and starts afresh", "[base][crypto]") {
    Sha256 hash;
    hash.update("a");
    hash.update("");
    hash.update("bc");
    CHECK(hash.finish() == sha256("abc"));
    CHECK(hash.finish() == sha256(""));
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231", "[base][crypto]") {
    CHECK(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(hex(hmac_sha256("", "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("threads do not share what they compute with", "[base][crypto]") {
    const Digest expected = hmac_sha256("key", "text");
    std::vector<std::thread> threads;
    std::array<bool, 4> good{};
    for (std::size_t i = 0; i < good.size(); ++i) {
        threads.emplace_back([&, i] {
            bool all = true;
            for (int n = 0; n < 500; ++n) {
                all = all && hmac_sha256("key", "text") == expected &&
                      sha256(std::to_string(n)) == sha256(std::to_string(n));
            }
            good[i] = all;
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(good == std::array<bool, 4>{true, true, true, true});
}

TEST_CASE("texts are compared whole", "[base][crypto]") {
    CHECK(constant_time_equal("", ""));
    CHECK(constant_time_equal("secret", "secret"));
    CHECK_FALSE(constant_time_equal("secret", "secreT"));
    CHECK_FALSE(constant_time_equal("secret", "secre"));
    CHECK_FALSE(constant_time_equal("a", ""));
}

namespace {

/// How far the mean times of two classes of comparisons lie apart, in standard errors (Welch's t): texts that differ in
/// their first byte, and in their last. Classes come in random order; what an interruption made long is left out.
double time_difference(bool (*equal)(std::string_view, std::string_view), int samples) {
    Random dice(1);
    const std::string secret(256, 's');
    std::string given = secret;  // one place in memory for both classes
    double mean[2] = {};
    double squares[2] = {};
    double count[2] = {};
    volatile bool sink = false;
    for (int i = 0; i < samples; ++i) {
        const std::size_t which = dice.below(2);
        given.front() = which == 0 ? 'x' : 's';
        given.back() = which == 0 ? 's' : 'x';
        timespec begin{};
        timespec end{};
        ::clock_gettime(CLOCK_MONOTONIC, &begin);
        for (int n = 0; n < 8; ++n) sink = sink ^ equal(secret, given);
        ::clock_gettime(CLOCK_MONOTONIC, &end);
        const double took =
            static_cast<double>((end.tv_sec - begin.tv_sec) * 1'000'000'000 + end.tv_nsec - begin.tv_nsec);
        if (took > 20'000) continue;
        const double before = mean[which];
        mean[which] += (took - before) / ++count[which];
        squares[which] += (took - before) * (took - mean[which]);
    }
    const double error = squares[0] / count[0] / (count[0] - 1) + squares[1] / count[1] / (count[1] - 1);
    return std::abs(mean[0] - mean[1]) / std::sqrt(error);
}

}  // namespace

// Times say something on a machine that does nothing else: run on request.
TEST_CASE("a comparison takes as long wherever texts differ, and a hasty one would be seen", "[.timing]") {
    const double careful = time_difference(constant_time_equal, 100'000);
    const double hasty = time_difference(
        [](std::string_view a, std::string_view b) {
            std::size_t at = 0;
            while (at < a.size() && a[at] == b[at]) ++at;
            return at == a.size();
        },
        100'000);
    INFO("t of the careful comparison " << careful << ", of a hasty one " << hasty);
    // what is left of a shared machine's own unsteadiness
    CHECK(careful * 50 < hasty);
    CHECK(hasty > 100);
}

TEST_CASE("random bytes are drawn anew each time", "[base][crypto]") {
    std::set<std::uint64_t> seeds;
    for (int i = 0; i < 100; ++i) seeds.insert(*random_seed());
    CHECK(seeds.size() == 100);
    std::array<std::uint8_t, 64> bytes{};
    REQUIRE(random_bytes(bytes));
    CHECK(bytes != std::array<std::uint8_t, 64>{});
    CHECK(random_bytes({}));
}

TEST_CASE("cleansed memory holds nothing of the secret", "[base][crypto]") {
    std::string secret = "hunter2";
    cleanse({secret.data(), secret.size()});
    CHECK(secret == std::string(7, '\0'));
}
