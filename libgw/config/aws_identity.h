#pragma once
// Whose AWS credentials are at hand: the environment, ~/.aws/credentials and ~/.aws/config (AWS CLI User Guide,
// "Configuration and credential file settings").
//
// Facts
// - A profile that was asked for by flag hides keys in the environment; AWS_PROFILE does not.
// - credentials goes before config where both have a profile's key. Sections are [dev] there and [profile dev] here.
// - Keys are taken whole from one place: an id of one and a secret of another were never meant together.

#include <string>
#include <string_view>

#include "libgw/base/result.h"
#include "libgw/base/secret.h"
#include "libgw/config/sources.h"

namespace gw::config {

/// A value, and where it stood: "AWS_REGION", "/home/alice/.aws/config [profile dev]", "--region".
struct Traced {
    std::string value;
    std::string from;
};

struct AwsIdentity {
    Traced profile;        ///< "default" when nobody named one
    Traced access_key_id;  ///< empty: there are no credentials
    Secret secret;
    Secret session_token;  ///< of temporary credentials, else empty
    Traced region;         ///< empty: nobody said
    std::string why_none;  ///< of credentials: what the profile has instead ("role_arn"), or ""
};

/// What can be found, flags first; empty flags were not given. That there are no credentials is no error; Errc::config:
/// a profile that was named and is nowhere, half of a key, a file that makes no sense; Errc::io: a file that is there
/// and cannot be read.
Result<AwsIdentity> find_aws_identity(const Sources& sources, std::string_view profile_flag,
                                      std::string_view region_flag);

}  // namespace gw::config
