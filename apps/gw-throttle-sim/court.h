#pragma once
// Who decides: gw-serve's own counts, asked in gw-serve's own order.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libgw/base/text.h"
#include "libgw/config/model.h"
#include "libgw/gateway/counted.h"
#include "libgw/io/store/counts.h"
#include "libgw/policy/routing/router.h"
#include "libgw/policy/throttle/simulate.h"

namespace gw::sim {

/// A request as a log tells it.
struct Logged {
    std::string_view route_key;  ///< "": method and path say
    std::string_view method;
    std::string_view path;
    std::string_view api_id;  ///< "": the only api, or the first
    std::string_view stage;
    std::string_view ip;
    std::string_view key_id;  ///< of the API key
    std::string_view whose;   ///< the claim's or field's value
};

class Court final : public throttle::Judge {
  public:
    /// `counts` decide; `seed` is of our own tables; `zero` is the date at Instant(). Errc::config where the model's
    /// limits make no sense.
    static Result<std::unique_ptr<Court>> open(config::Model model, std::shared_ptr<store::Counts> counts,
                                               HashSeed seed, Date zero);

    /// Senders that a traffic names, as its next group. Errc::usage when the model knows no such route, key or plan.
    Result<void> add(const throttle::Senders& senders);
    /// Who sent a request of a log, which may be somebody new; nobody where no limit of gw-serve is asked about it: no
    /// route, or no API key where one is needed.
    std::optional<throttle::Sender> sender_of(const Logged& logged);
    /// The date at Instant(), from here on.
    void set_zero(Date zero) { zero_ = zero; }

    void judge(std::span<const throttle::Arrival> arrivals, std::span<throttle::Decision> decisions) override;

    [[nodiscard]] std::uint32_t members(std::size_t group) const { return groups_[group]->count; }
    /// Groups of a log that are new, or have new members, since this was last asked.
    std::vector<std::uint32_t> take_grown() { return std::exchange(grown_, {}); }
    [[nodiscard]] std::string name(std::size_t group, std::size_t member) const;
    /// "route", "plan.method", …: by Decision::layer.
    [[nodiscard]] const std::vector<std::string_view>& layers() const { return layers_; }

  private:
    struct Seat {
        gateway::Counted counted;
        std::array<std::uint8_t, store::Counts::kMostAsks + 1> layers{};  ///< of each ask; the quota's last
    };
    struct Group {
        std::string name;
        std::uint32_t count = 1;
        std::string whose;                      ///< the key of a client's bucket
        std::size_t client = SIZE_MAX;          ///< which ask has a bucket for each
        std::vector<Seat> seats;                ///< one, or one for each member
        std::vector<gateway::KeyLimits> keys;   ///< as many; none where no API key is asked for
        std::vector<std::string_view> clients;  ///< of a log: the key of each member's bucket
        bool addresses = false;                 ///< those are addresses, as bytes
    };
    struct ApiRoutes {
        const config::Api* api = nullptr;
        routing::Router router;
        std::unordered_map<std::string_view, std::size_t> by_key;
        std::vector<gateway::RouteLimit> limits;
    };

    Court(config::Model model, std::shared_ptr<store::Counts> counts, HashSeed seed, Date zero);
    Result<void> prepare();
    [[nodiscard]] const ApiRoutes* api_of(const Logged& logged) const;
    Result<const config::UsagePlan*> plan_of(const throttle::Senders& senders, const std::string& key) const;
    [[nodiscard]] const config::ApiKey* find_key(std::string_view id) const;
    std::optional<std::uint32_t> group_of(const ApiRoutes& routes, std::size_t route, std::string_view key_id);
    std::uint32_t member_of(std::uint32_t group, std::string_view whose);
    Seat seat_of(const gateway::KeyLimits* key, const config::Route& route, const gateway::RouteLimit& limit);
    std::uint8_t layer_of(std::string_view reason);
    static void find_client(Group& group);
    std::string_view key_text(const Group& group, std::uint32_t member, std::array<char, 48>& storage) const;

    config::Model model_;
    std::shared_ptr<store::Counts> counts_;
    gateway::Limits limits_;
    Date zero_;
    std::vector<ApiRoutes> apis_;
    std::vector<std::unique_ptr<Group>> groups_;  ///< seats hold views of them
    std::vector<std::string_view> layers_;
    SeededMap<std::uint32_t> logged_;   ///< groups of a log, by route and API key
    SeededMap<std::uint32_t> clients_;  ///< their members, by group and client
    std::vector<std::uint32_t> grown_;
    std::string text_;
};

}  // namespace gw::sim
