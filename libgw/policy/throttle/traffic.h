#pragma once
// Requests that are only thought of: how many come when, as a text of one line says it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libgw/base/clock.h"
#include "libgw/base/result.h"

namespace gw::throttle {

/// Who sends, and where to.
struct Senders {
    std::string key;          ///< "" when nothing was said; with several the names are key1, key2, …
    std::uint32_t count = 1;  ///< requests come from so many, each as often as any other
    std::string plan;         ///< "" when nothing was said
    std::string route;        ///< "GET /a"; "" when nothing was said
    friend bool operator==(const Senders&, const Senders&) = default;
};

/// One shape of traffic, and how long it lasts.
struct Shape {
    enum class Kind : std::uint8_t {
        constant,  ///< first a second
        ramp,      ///< from `first` to `second`, linearly
        sine,      ///< around `first`, `second` up and down in a `period`
        spike,     ///< `count` at once, at its end
        clients,   ///< `count` of them, each waiting for its answer
    };
    Kind kind = Kind::constant;
    bool poisson = false;  ///< by chance, independently of each other; else evenly spaced
    double first = 0;      ///< requests a second
    double second = 0;
    Nanoseconds period{0};
    std::uint64_t count = 0;
    Nanoseconds think{0};       ///< clients: from an answer to the next request
    std::uint32_t retries = 0;  ///< clients: how often a refused request is sent again
    Nanoseconds backoff{0};     ///< clients: before the first retry
    double growth = 1;          ///< clients: and so many times as long before each further one
    bool jitter = false;        ///< clients: anything between nothing and that ("full jitter")
    Nanoseconds length{0};
    Senders senders;
    friend bool operator==(const Shape&, const Shape&) = default;
};

/// Streams that run at the same time, each of shapes one after the other.
struct Traffic {
    std::vector<std::vector<Shape>> streams;
    friend bool operator==(const Traffic&, const Traffic&) = default;
};

/// Streams are joined by '+' and shapes within one by ',':
///   50/s@30s · poisson 80/s@5m · ramp 0..500/s@2m · sine 100/s +-50/s period 1m @10m · spike 1000 at 60s
///   clients 50 think 1s retry 3 backoff 100ms*2 jitter @10m
/// `poisson` may stand before ramp and sine too. Each shape may say who sends: `key NAME`, `keys N`, `plan NAME`,
/// `route GET /path`. Errc::usage, with the column in `where`.
Result<Traffic> parse_traffic(std::string_view text);

/// When the last shape ends.
Nanoseconds length_of(const Traffic& traffic);

}  // namespace gw::throttle
