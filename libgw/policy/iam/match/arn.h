#pragma once
// Amazon Resource Names: arn:partition:service:region:account:resource.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/policy/iam/context.h"
#include "libgw/policy/iam/match/template.h"

namespace gw::iam {

/// A name taken apart; views into the text that was parsed. The resource may hold further colons.
struct Arn {
    std::string_view text;
    std::string_view partition;
    std::string_view service;
    std::string_view region;
    std::string_view account;
    std::string_view resource;

    /// Nothing unless it begins with "arn:" and has six parts; any of them may be empty.
    static std::optional<Arn> parse(std::string_view text);
};

/// A pattern of ARNs: each of the first five parts is matched by itself, so that no wildcard reaches over their colons;
/// in the last part `*` reaches over everything. Case counts. Immutable.
class ArnPattern {
  public:
    /// Where the pattern stands.
    enum class Place : std::uint8_t {
        resource,   ///< Resource, NotResource: variables only behind the fifth colon; missing parts at the end are `*`
        condition,  ///< the Arn operators: six parts, or one variable
    };
    /// Errc::parse for what is no ARN; `where->column` counts bytes from 1.
    static Result<ArnPattern> parse(std::string_view text, bool variables, Place place);
    /// Matches every resource.
    static ArnPattern everything();

    [[nodiscard]] Match matches(const Arn& arn, const Context& context) const;

  private:
    bool everything_ = false;
    std::optional<Template> whole_;
    std::string beginning_;  // the first four parts, with their colons, where they are nothing but text
    std::array<Template, 5> parts_;
};

/// "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5": what resources of one api begin with.
struct ApiName {
    std::string partition = "aws";
    std::string region;
    std::string account;
    std::string api;
    [[nodiscard]] std::string arn() const;
};

/// The resource of one request: "…:a1b2c3d4e5/stage/GET/pets/1". The path is the one that was asked for and not the
/// route's, with or without its first slash; the root ends in "/GET/".
std::string to_invoke_arn(const ApiName& api, std::string_view stage, std::string_view method, std::string_view path);

}  // namespace gw::iam
