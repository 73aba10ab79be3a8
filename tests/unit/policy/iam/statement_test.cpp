#include "libgw/policy/iam/statement.h"

#include "libgw/policy/iam/document.h"
#include "tests/support/catch.h"

using namespace gw::iam;
using Element = Mismatch::Element;

namespace {

const std::string kPet = "arn:aws:execute-api:us-east-1:111122223333:api/prod/GET/pets";

Request ask(std::string_view action = "execute-api:Invoke", std::string_view resource = kPet, Context context = {}) {
    auto request =
        Request::make(*Caller::parse("arn:aws:iam::111122223333:user/alice"), action, resource, "", std::move(context));
    REQUIRE(request);
    return *std::move(request);
}

Statement read(const std::string& elements, PolicyKind kind = PolicyKind::identity) {
    auto policy = parse_policy(R"({"Version": "2012-10-17", "Statement": {"Effect": "Allow", )" + elements + "}}",
                               {kind, "", "", ""});
    REQUIRE(policy);
    return policy->statements.front();
}

Element mismatch(const std::string& elements, const Request& request) {
    return read(elements).mismatch(request, request.resource()).element;
}

}  // namespace

TEST_CASE("a request names one action on one resource, of the owner's account") {
    const Request request = ask();
    CHECK(request.action() == "execute-api:Invoke");
    CHECK(request.resource().resource == "api/prod/GET/pets");
    CHECK(request.resource_account() == "111122223333");
    CHECK(Request::make(Caller(), "a:b", kPet, "444455556666", {})->resource_account() == "444455556666");
    for (const char* action : {"", "Invoke", "a:b:c", "*"}) CHECK_FALSE(Request::make(Caller(), action, kPet, "", {}));
    for (const char* resource : {"", "*", "arn:aws:s3", "pets"})
        CHECK_FALSE(Request::make(Caller(), "a:b", resource, "", {}));
}

TEST_CASE("the resource of a request is at most 1600 bytes long") {
    const std::string longest = kPet + std::string(Request::kMaximumResource - kPet.size(), 'x');
    CHECK(Request::make(Caller(), "a:b", longest, "", {}));
    const auto refused = Request::make(Caller(), "a:b", longest + "x", "", {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == gw::Errc::limit);
}

TEST_CASE("actions of a statement match without case, and NotAction all others") {
    const std::string any = R"(, "Resource": "*")";
    CHECK(mismatch(R"("Action": "EXECUTE-API:invoke")" + any, ask()) == Element::none);
    CHECK(mismatch(R"("Action": ["s3:*", "execute-api:I*"])" + any, ask()) == Element::none);
    CHECK(mismatch(R"("Action": "*:*")" + any, ask()) == Element::none);
    CHECK(mismatch(R"("Action": "execute-api:Invoke?")" + any, ask()) == Element::action);
    CHECK(mismatch(R"("NotAction": "execute-api:*")" + any, ask()) == Element::action);
    CHECK(mismatch(R"("NotAction": "s3:*")" + any, ask()) == Element::none);
    CHECK(mismatch(R"("Action": "execute-api:Invoke")" + any, ask("execute-api:*")) == Element::action);
}

TEST_CASE("resources of a statement match with case, and NotResource all others") {
    const std::string any = R"("Action": "*", )";
    CHECK(mismatch(any + R"("Resource": ["arn:aws:s3:::b", ")" + kPet + "\"]", ask()) == Element::none);
    CHECK(mismatch(any + R"("Resource": "arn:aws:s3:::b")", ask()) == Element::resource);
    CHECK(mismatch(any + R"("NotResource": "arn:aws:s3:::b")", ask()) == Element::none);
    CHECK(mismatch(any + R"("NotResource": ["arn:aws:s3:::b", "*"])", ask()) == Element::resource);
}

TEST_CASE("a resource with a variable that has no value matches nothing, and NotResource with one neither") {
    const std::string unknown = R"("arn:aws:execute-api:us-east-1:111122223333:api/${aws:username}/*")";
    const std::string any = R"("Action": "*", )";
    CHECK(mismatch(any + R"("Resource": )" + unknown, ask()) == Element::resource);
    CHECK(mismatch(any + R"("NotResource": )" + unknown, ask()) == Element::resource);
    CHECK(mismatch(any + R"("Resource": [)" + unknown + R"(, "*"])", ask()) == Element::none);
    Context context;
    context.set("aws:username", std::string("prod"));
    CHECK(mismatch(any + R"("Resource": )" + unknown, ask("execute-api:Invoke", kPet, context)) == Element::none);
    CHECK(mismatch(any + R"("NotResource": )" + unknown, ask("execute-api:Invoke", kPet, context)) ==
          Element::resource);
}

TEST_CASE("all conditions of a statement must hold, and the first that does not is told") {
    const Statement statement = read(R"("Action": "*", "Resource": "*", "Condition": {
        "Null": {"a": "true", "b": "true"}, "StringEquals": {"c": "x"}})");
    const Request request = ask();
    const Mismatch mismatch = statement.mismatch(request, request.resource());
    CHECK(mismatch.element == Element::condition);
    CHECK(statement.conditions[mismatch.condition].label() == "StringEquals c");
}

TEST_CASE("the strongest way in which a Principal names the caller counts, and NotPrincipal names all others") {
    const std::string rest = R"(, "Action": "*", "Resource": "*")";
    const auto match = [&](const std::string& element) {
        return read(element + rest, PolicyKind::resource).match_principal(ask());
    };
    CHECK(match(R"("Principal": "*")") == PrincipalMatch::everyone);
    CHECK(match(R"("Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/alice"]})") ==
          PrincipalMatch::direct);
    CHECK(match(R"("Principal": {"AWS": "444455556666"})") == PrincipalMatch::none);
    CHECK(match(R"("NotPrincipal": {"AWS": "444455556666"})") == PrincipalMatch::direct);
    CHECK(match(R"("NotPrincipal": {"AWS": "111122223333"})") == PrincipalMatch::none);
    CHECK(match(R"("NotPrincipal": "*")") == PrincipalMatch::none);
}
