#include "libgw/io/net/resolver.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <list>
#include <optional>
#include <unordered_map>

#include <ares.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libgw/io/net/host_name.h"
#include "libgw/io/net/hosts.h"
#include "libgw/io/net/resolver_channel.h"

namespace gw::net {

namespace {

Error no_address(std::string_view name, std::string_view why) {
    return Error{Errc::resolve, fmt::format("the name '{}' {}", name, why), {}, {}};
}

/// What tells one version of a file from another.
struct Version {
    timespec changed{};
    ino_t number = 0;
    off_t size = -1;

    static Version of(const struct stat& about) { return {about.st_mtim, about.st_ino, about.st_size}; }
    static Version of(const std::string& path) {
        struct stat about{};
        return ::stat(path.c_str(), &about) == 0 ? of(about) : Version();
    }
    friend bool operator==(const Version& a, const Version& b) {
        return a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec && a.number == b.number &&
               a.size == b.size;
    }
};

/// A file's beginning; empty when it cannot be read.
std::string read_some(int fd, std::size_t limit) {
    std::string text;
    std::array<char, 4096> part{};
    while (text.size() < limit) {
        const ssize_t got = ::read(fd, part.data(), std::min(part.size(), limit - text.size()));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    return text;
}

Result<std::vector<Address>> with_port(Result<std::vector<Address>> addresses, std::uint16_t port) {
    if (addresses) {
        for (Address& address : *addresses) address.set_port(port);
    }
    return addresses;
}

}  // namespace

struct Resolver::Impl {
    struct Flight;

    /// What is known of one name.
    struct Entry {
        explicit Entry(std::string name_in) : name(std::move(name_in)) {}

        std::string name;
        std::vector<Address> addresses;  // the last good answer, without a port
        Instant fresh_until{};           // of addresses
        Instant learned{};               // of addresses
        Instant used{};
        bool failed = false;  // the last flight did, with `error`
        Error error;
        Instant quiet_until{};     // after a failure no new flight before this
        Flight* flight = nullptr;  // under way, and still of interest
    };

    /// Somebody who asked.
    struct Waiter {
        Entry* entry;
        std::uint16_t port;
        const void* owner;
        Answer answer;
        std::shared_ptr<const Result<std::vector<Address>>> found{};  // once it is due
    };

    /// One of the two queries of a flight.
    struct Half {
        Flight* flight = nullptr;
        int family = AF_INET;
        int status = ARES_ETIMEOUT;
    };

    /// The queries for one name. Lives until c-ares has answered both; nobody may be interested any more by then.
    struct Flight {
        Flight(Impl& impl_in, Entry& entry_in) : impl(impl_in), entry(&entry_in) {
            ipv6.flight = ipv4.flight = this;
            ipv6.family = AF_INET6;
        }
        void on_deadline() { impl.deliver(*this); }

        Impl& impl;
        ResolverChannel* channel = nullptr;
        Entry* entry;  // null: abandoned
        Timer deadline{callback<&Flight::on_deadline>(this)};
        Half ipv6;
        Half ipv4;
        std::vector<Address> ipv6_addresses;
        std::vector<Address> ipv4_addresses;
        Nanoseconds ttl = Nanoseconds::max();
        int pending = 2;
        bool delivered = false;
    };

    Impl(Loop& loop_in, ResolverOptions options_in) : loop(loop_in), options(std::move(options_in)) {}
    ~Impl() {
        closing = true;
        channel.reset();
        retired.clear();
        loop.forget(this);
    }

    Result<void> start();
    void follow_configuration();
    void reap();

    const std::vector<Address>* find_in_hosts(std::string_view name);
    Entry* entry_for(const std::string& name);
    bool launch(Entry& entry);
    void on_answer(Half& half, int status, const unsigned char* bytes, int size);
    void store(Flight& flight);
    void deliver(Flight& flight);
    std::optional<Result<std::vector<Address>>> known(const Entry& entry);
    Result<std::vector<Address>> verdict(const Entry& entry);
    [[nodiscard]] bool is_fresh(const Entry& entry) {
        return !entry.addresses.empty() && loop.now() < entry.fresh_until;
    }
    [[nodiscard]] bool is_kept(const Entry& entry) {
        return !entry.addresses.empty() && loop.now() < std::max(entry.fresh_until, entry.learned + options.keep_stale);
    }

    Loop& loop;
    ResolverOptions options;
    std::unique_ptr<ResolverChannel> channel;
    std::vector<std::unique_ptr<ResolverChannel>> retired;  // asked something still
    Version configuration;                                  // of resolv.conf, as `channel` has read it
    Instant configuration_checked{};
    std::unordered_map<std::string, std::unique_ptr<Entry>> entries;
    std::list<Waiter> waiting;  // for flights
    std::list<Waiter> due;      // for their turn to be called
    std::size_t flights = 0;
    Hosts hosts;
    Version hosts_version;
    Instant hosts_checked = Instant::min();
    std::optional<Error> unusable;  // DNS could not be started
    bool closing = false;
};

Result<void> Resolver::Impl::start() {
    configuration = Version::of(options.resolv_conf);
    configuration_checked = loop.now();
    channel = TRY(ResolverChannel::open(loop, options));
    return {};
}

/// resolv.conf may have changed since: then a new channel asks from now on.
void Resolver::Impl::follow_configuration() {
    const Instant now = loop.now();
    if (!options.servers.empty() || now - configuration_checked < options.file_check) return;
    configuration_checked = now;
    const Version version = Version::of(options.resolv_conf);
    if (version == configuration) return;
    auto next = ResolverChannel::open(loop, options);
    if (!next) return;  // the old servers are better than none
    configuration = version;
    retired.push_back(std::exchange(channel, std::move(*next)));
    loop.defer(callback<&Impl::reap>(this));
    for (auto& [name, entry] : entries) entry->quiet_until = {};
}

/// Not from within c-ares, which calls back into us.
void Resolver::Impl::reap() {
    std::erase_if(retired, [](const std::unique_ptr<ResolverChannel>& each) { return each->flights == 0; });
}

const std::vector<Address>* Resolver::Impl::find_in_hosts(std::string_view name) {
    const Instant now = loop.now();
    if (hosts_checked == Instant::min() || now - hosts_checked >= options.file_check) {
        hosts_checked = now;
        struct stat about{};
        const int fd = ::open(options.hosts_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || ::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
            hosts = Hosts();
            hosts_version = {};
        } else if (const Version version = Version::of(about); version != hosts_version) {
            hosts = Hosts::parse(read_some(fd, Hosts::kMaxText));
            hosts_version = version;
        }
        if (fd >= 0) ::close(fd);
    }
    return hosts.find(name);
}

/// Null when every name in a full cache is being looked up.
Resolver::Impl::Entry* Resolver::Impl::entry_for(const std::string& name) {
    const auto found = entries.find(name);
    if (found != entries.end()) return found->second.get();
    if (entries.size() >= std::max<std::size_t>(options.cache_entries, 1)) {
        auto oldest = entries.end();
        for (auto at = entries.begin(); at != entries.end(); ++at) {
            const Entry& entry = *at->second;
            if (entry.flight != nullptr && !entry.flight->delivered) continue;
            if (oldest == entries.end() || entry.used < oldest->second->used) oldest = at;
        }
        if (oldest == entries.end()) return nullptr;
        if (oldest->second->flight != nullptr) oldest->second->flight->entry = nullptr;
        entries.erase(oldest);
    }
    return entries.emplace(name, std::make_unique<Entry>(name)).first->second.get();
}

/// False when too many flights are under way. May end before it returns.
bool Resolver::Impl::launch(Entry& entry) {
    if (flights >= options.max_queries) return false;
    follow_configuration();
    ++flights;
    if (entry.flight != nullptr) entry.flight->entry = nullptr;
    auto* flight = new Flight(*this, entry);
    entry.flight = flight;
    flight->channel = channel.get();
    ++channel->flights;
    loop.arm_after(flight->deadline, options.total_timeout);
    const auto on_done = [](void* half, int status, int, unsigned char* bytes, int size) {
        Half& of = *static_cast<Half*>(half);
        of.flight->impl.on_answer(of, status, bytes, size);
    };
    const std::string name = entry.name;  // the flight may be over before this returns
    channel->ask(name.c_str(), on_done, &flight->ipv6, &flight->ipv4);
    return true;
}

void Resolver::Impl::on_answer(Half& half, int status, const unsigned char* bytes, int size) {
    Flight& flight = *half.flight;
    --flight.pending;
    if (closing) {
        if (flight.pending == 0) delete &flight;
        return;
    }
    const auto learn = [&](std::vector<Address>& to, const void* ip, std::size_t width, int ttl) {
        sockaddr_storage storage{};
        storage.ss_family = static_cast<sa_family_t>(half.family);
        char* at = reinterpret_cast<char*>(&storage) +
                   (half.family == AF_INET ? offsetof(sockaddr_in, sin_addr) : offsetof(sockaddr_in6, sin6_addr));
        std::memcpy(at, ip, width);
        to.push_back(Address::from(reinterpret_cast<const sockaddr*>(&storage), sizeof storage));
        flight.ttl = std::min<Nanoseconds>(flight.ttl, std::chrono::seconds(std::max(ttl, 0)));
    };
    int count = kMaxAddresses;
    if (status == ARES_SUCCESS && half.family == AF_INET) {
        std::array<ares_addrttl, kMaxAddresses> found{};
        status = ares_parse_a_reply(bytes, size, nullptr, found.data(), &count);
        for (int i = 0; status == ARES_SUCCESS && i < count; ++i) {
            const ares_addrttl& record = found[static_cast<std::size_t>(i)];
            learn(flight.ipv4_addresses, &record.ipaddr, 4, record.ttl);
        }
    } else if (status == ARES_SUCCESS) {
        std::array<ares_addr6ttl, kMaxAddresses> found{};
        status = ares_parse_aaaa_reply(bytes, size, nullptr, found.data(), &count);
        for (int i = 0; status == ARES_SUCCESS && i < count; ++i) {
            const ares_addr6ttl& record = found[static_cast<std::size_t>(i)];
            learn(flight.ipv6_addresses, &record.ip6addr, 16, record.ttl);
        }
    }
    half.status = status == ARES_SUCCESS && count == 0 ? ARES_ENODATA : status;
    const bool found_some = half.status == ARES_SUCCESS;
    if (flight.pending == 0) {
        --flights;
        if (--flight.channel->flights == 0 && flight.channel != channel.get()) loop.defer(callback<&Impl::reap>(this));
        if (!flight.delivered) {
            deliver(flight);
        } else if (flight.entry != nullptr) {
            if (found_some) store(flight);  // the slower family, for those who ask next
            flight.entry->flight = nullptr;
        }
        delete &flight;
        return;
    }
    if (found_some && !flight.delivered) {
        loop.arm(flight.deadline, std::min(flight.deadline.at(), loop.now() + options.family_delay));
    }
}

/// Puts into the cache what the flight has brought so far.
void Resolver::Impl::store(Flight& flight) {
    Entry& entry = *flight.entry;
    const Instant now = loop.now();
    std::vector<Address> addresses = interleave(flight.ipv6_addresses, flight.ipv4_addresses);
    if (!addresses.empty()) {
        entry.addresses = std::move(addresses);
        entry.learned = now;
        entry.fresh_until = now + std::clamp(flight.ttl, options.min_ttl, options.max_ttl);
        entry.failed = false;
        return;
    }
    const auto is_answer = [](const Half& half) {
        return half.status == ARES_ENOTFOUND || half.status == ARES_ENODATA;
    };
    entry.failed = true;
    entry.quiet_until = now + options.negative_ttl;
    if (is_answer(flight.ipv4) && is_answer(flight.ipv6)) {
        const bool exists = flight.ipv4.status == ARES_ENODATA || flight.ipv6.status == ARES_ENODATA;
        entry.error = no_address(entry.name, exists ? "has no address" : "does not exist");
        entry.addresses.clear();  // RFC 8767 §4: an authoritative no replaces stale data
        return;
    }
    const int status = is_answer(flight.ipv4) ? flight.ipv6.status : flight.ipv4.status;
    if (status == ARES_ETIMEOUT) {
        entry.error = Error{Errc::timeout, fmt::format("looking up the name '{}' took too long", entry.name), {}, {}};
    } else {
        entry.error = no_address(entry.name, fmt::format("could not be looked up: {}", ares_strerror(status)));
    }
}

/// Tells everybody who waits. The flight is over unless a query is still out, which may yet add to the cache.
void Resolver::Impl::deliver(Flight& flight) {
    flight.delivered = true;
    flight.deadline.cancel();
    if (flight.entry == nullptr) return;
    Entry& entry = *flight.entry;
    store(flight);
    if (flight.pending == 0 || entry.failed) {
        entry.flight = nullptr;
        flight.entry = nullptr;
    }
    // Whoever asks again from his callback is answered at once or joins the next flight; and the entry may go
    // meanwhile.
    const auto found = std::make_shared<const Result<std::vector<Address>>>(verdict(entry));
    for (auto at = waiting.begin(); at != waiting.end();) {
        const auto next = std::next(at);
        if (at->entry == &entry) {
            at->found = found;
            due.splice(due.end(), waiting, at);
        }
        at = next;
    }
    while (!due.empty()) {
        const Waiter waiter = std::move(due.front());
        due.pop_front();
        waiter.answer(with_port(*waiter.found, waiter.port));
    }
}

/// What to say after a flight: the best there is.
Result<std::vector<Address>> Resolver::Impl::verdict(const Entry& entry) {
    if (is_kept(entry)) return entry.addresses;
    return entry.error;
}

/// What is known without waiting, if that is good enough.
std::optional<Result<std::vector<Address>>> Resolver::Impl::known(const Entry& entry) {
    if (is_fresh(entry)) return entry.addresses;
    if (entry.failed && (loop.now() < entry.quiet_until || is_kept(entry))) return verdict(entry);
    return std::nullopt;
}

Resolver::Resolver(Loop& loop, ResolverOptions options) : impl_(std::make_unique<Impl>(loop, std::move(options))) {
    if (Result<void> started = impl_->start(); !started) impl_->unusable = std::move(started).error();
}
Resolver::~Resolver() = default;

std::size_t Resolver::size() const { return impl_->entries.size(); }

void Resolver::cancel(const void* owner) {
    const auto is_owner = [owner](const Impl::Waiter& waiter) { return waiter.owner == owner; };
    impl_->waiting.remove_if(is_owner);
    impl_->due.remove_if(is_owner);
}

void Resolver::resolve(std::string_view host, std::uint16_t port, const void* owner, Answer answer) {
    Impl& impl = *impl_;
    std::string_view bare = host;
    if (bare.starts_with("[") && bare.ends_with("]") && bare.find(':') != std::string_view::npos) {
        bare = bare.substr(1, bare.size() - 2);
    }
    if (const auto literal = Address::literal(bare, port); literal && bare.find('\0') == std::string_view::npos) {
        answer(std::vector<Address>{*literal});
        return;
    }
    if (!is_host_name(host)) {
        answer(Error{Errc::resolve, fmt::format("'{}' is not a host name", host.substr(0, 253)), {}, {}});
        return;
    }
    const std::string key = to_lower_name(host);
    const std::string_view name = key.ends_with('.') ? std::string_view(key).substr(0, key.size() - 1) : key;
    if (const std::vector<Address>* listed = impl.find_in_hosts(name)) {
        std::vector<Address> ipv6;
        std::vector<Address> ipv4;
        for (const Address& address : *listed) (address.family() == AF_INET6 ? ipv6 : ipv4).push_back(address);
        answer(with_port(interleave(ipv6, ipv4), port));
        return;
    }
    if (is_localhost(name)) {
        answer(std::vector<Address>{*Address::literal("127.0.0.1", port), *Address::literal("::1", port)});
        return;
    }
    if (impl.unusable) {
        answer(*impl.unusable);
        return;
    }
    const Error busy{Errc::busy, fmt::format("too many names are being looked up to look up '{}'", name), {}, {}};
    Impl::Entry* entry = impl.entry_for(key);
    if (entry == nullptr) {
        answer(busy);
        return;
    }
    const Instant now = impl.loop.now();
    entry->used = now;
    const auto known = impl.known(*entry);
    const bool under_way = entry->flight != nullptr && !entry->flight->delivered;
    const bool wanted = !impl.is_fresh(*entry) && !(entry->failed && now < entry->quiet_until);
    if (wanted && !under_way && !impl.launch(*entry) && !known) {
        answer(busy);
    } else if (known) {
        answer(with_port(*known, port));
    } else if (entry->flight == nullptr || entry->flight->delivered) {  // it was over at once
        answer(with_port(impl.verdict(*entry), port));
    } else {
        impl.waiting.push_back({entry, port, owner, std::move(answer)});
    }
}

}  // namespace gw::net
