// RFC 9111, requirement by requirement: what an answer and a request say, and whether the request is answered from
// memory. Each row names the section that asks for it.

#include <string>

#include "tests/support/cache_case.h"
#include "tests/support/catch.h"

using namespace gw;
using namespace gw::test;

namespace {

struct Row {
    const char* section;
    const char* says;
    std::uint16_t status;
    const char* answer;
    long long after;  ///< seconds
    const char* request;
    bool reused;
    const char* first_request = "";
};

constexpr Row kRows[] = {
    // ── storing (§3) ──
    {"3", "an answer with a lifetime is kept", 200, "Cache-Control: max-age=60", 3, "", true},
    {"3", "one without lifetime and validator is not", 200, "X: 1", 0, "", false},
    {"3", "any final status with an explicit lifetime is kept", 599, "Cache-Control: max-age=60", 3, "", true},
    {"3", "errors too", 500, "Expires: +100|Date: +0", 3, "", true},
    {"3", "and 400", 400, "Expires: +100|Date: +0", 3, "", true},
    {"3", "a 206 is not kept as a whole", 206, "Cache-Control: max-age=60", 3, "", false},
    {"3", "a 304 is not an answer of its own", 304, "Cache-Control: max-age=60", 3, "", false},
    {"3", "no-store forbids", 200, "Cache-Control: no-store, max-age=60", 3, "", false},
    {"3", "whatever its case", 200, "Cache-Control: No-StOrE, max-age=60", 3, "", false},
    {"3", "private forbids in a shared cache", 200, "Cache-Control: private, max-age=60", 3, "", false},
    {"3", "no-store of the request forbids", 200, "Cache-Control: max-age=60", 3, "", false, "Cache-Control: no-store"},
    {"3", "public alone lets a status be guessed at", 599, "Cache-Control: public|Last-Modified: -86400|Date: +0", 3,
     "", true},
    {"3", "Set-Cookie does not inhibit", 200, "Cache-Control: max-age=60|Set-Cookie: a=b", 3, "", true},
    {"3", "Cookie does not either", 200, "Cache-Control: max-age=60", 3, "Cookie: a=b", true},
    // ── credentials (§3.5) ──
    {"3.5", "Authorization forbids", 200, "Cache-Control: max-age=60", 3, "", false, "Authorization: x"},
    {"3.5", "also with Expires", 200, "Expires: +100|Date: +0", 3, "", false, "Authorization: x"},
    {"3.5", "unless public", 200, "Cache-Control: max-age=60, public", 3, "", true, "Authorization: x"},
    {"3.5", "or must-revalidate", 200, "Cache-Control: max-age=60, must-revalidate", 3, "", true, "Authorization: x"},
    {"3.5", "or s-maxage", 200, "Cache-Control: s-maxage=60", 3, "", true, "Authorization: x"},
    // ── Vary (§4.1) ──
    {"4.1", "the same field is the same answer", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "Foo: 1", true,
     "Foo: 1"},
    {"4.1", "another is another", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "Foo: 2", false, "Foo: 1"},
    {"4.1", "absent is not present", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "Foo: 1", false, ""},
    {"4.1", "present is not absent", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "", false, "Foo: 1"},
    {"4.1", "absent is not empty", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "Foo: ", false, ""},
    {"4.1", "fields that are not named do not count", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "Foo: 1|Bar: 2",
     true, "Foo: 1|Bar: 1"},
    {"4.1", "all named count", 200, "Cache-Control: max-age=60|Vary: Foo, Bar", 3, "Foo: 1|Bar: 2", false,
     "Foo: 1|Bar: 1"},
    {"4.1", "in any order", 200, "Cache-Control: max-age=60|Vary: Foo, Bar", 3, "Bar: 1|Foo: 1", true, "Foo: 1|Bar: 1"},
    {"4.1", "both absent match", 200, "Cache-Control: max-age=60|Vary: Foo, Bar", 3, "Foo: 1", true, "Foo: 1"},
    {"4.1", "lines are combined", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "Foo: 1|Foo: 2", true, "Foo: 1, 2"},
    {"4.1", "white space does not count", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "Foo:  1 ,  2 ", true,
     "Foo: 1,2"},
    {"4.1", "case of languages does not count", 200, "Cache-Control: max-age=60|Vary: Accept-Language", 3,
     "Accept-Language: eN, De", true, "Accept-Language: en, de"},
    {"4.1", "case of other values does", 200, "Cache-Control: max-age=60|Vary: Foo", 3, "Foo: A", false, "Foo: a"},
    {"4.1", "* never matches", 200, "Cache-Control: max-age=60|Vary: *", 3, "", false},
    {"4.1", "* beside a name", 200, "Cache-Control: max-age=60|Vary: Foo, *", 3, "Foo: 1", false, "Foo: 1"},
    {"4.1", "* before a name", 200, "Cache-Control: max-age=60|Vary: *, Foo", 3, "Foo: 1", false, "Foo: 1"},
    {"4.1", "* behind an empty member", 200, "Cache-Control: max-age=60|Vary: , *", 3, "", false},
    {"4.1", "* on a second line", 200, "Cache-Control: max-age=60|Vary: Foo|Vary: *", 3, "Foo: 1", false, "Foo: 1"},
    {"4.1", "what is no name never matches", 200, "Cache-Control: max-age=60|Vary: (foo)", 3, "", false},
    // ── lifetime (§4.2.1) ──
    {"4.2", "fresh until its time", 200, "Cache-Control: max-age=60", 59, "", true},
    {"4.2", "not at its time", 200, "Cache-Control: max-age=60", 60, "", false},
    {"4.2.1", "max-age=0 is never fresh", 200, "Cache-Control: max-age=0|ETag: \"a\"", 0, "", false},
    {"4.2.1", "s-maxage before max-age", 200, "Cache-Control: max-age=3600, s-maxage=1", 3, "", false},
    {"4.2.1", "in either order", 200, "Cache-Control: s-maxage=1, max-age=3600", 3, "", false},
    {"4.2.1", "on two lines", 200, "Cache-Control: max-age=3600|Cache-Control: s-maxage=1", 3, "", false},
    {"4.2.1", "longer too", 200, "Cache-Control: max-age=1, s-maxage=3600", 3, "", true},
    {"4.2.1", "and before Expires", 200, "Expires: -10|Cache-Control: max-age=0, s-maxage=3600", 3, "", true},
    {"4.2.1", "max-age before Expires", 200, "Cache-Control: max-age=3600|Expires: -7200|Date: +0", 3, "", true},
    {"4.2.1", "also when that is later", 200, "Cache-Control: max-age=0|Expires: +3600|Date: +0", 3, "", false},
    {"4.2.1", "Expires counts from Date", 200, "Expires: +300|Date: +400", 3, "", false},
    {"4.2.1", "without Date from receipt", 200, "Expires: +10", 3, "", true},
    {"4.2.1", "with a Date that is none too", 200, "Expires: +10|Date: foo", 3, "", true},
    {"4.2.1", "of two max-age the first", 200, "Cache-Control: max-age=1, max-age=1800", 3, "", false},
    {"4.2.1", "of two lines the first", 200, "Cache-Control: max-age=1800|Cache-Control: max-age=1", 3, "", true},
    {"1.2.2", "2^31 - 1", 200, "Cache-Control: max-age=2147483647", 3, "", true},
    {"1.2.2", "2^31", 200, "Cache-Control: max-age=2147483648", 3, "", true},
    {"1.2.2", "more than that", 200, "Cache-Control: max-age=99999999999999999999999999", 3, "", true},
    {"1.2.2", "leading zeros", 200, "Cache-Control: max-age=003600", 3, "", true},
    {"4.2.1", "a negative lifetime is none", 200, "Cache-Control: max-age=-3600", 3, "", false},
    {"4.2.1", "a fraction is none", 200, "Cache-Control: max-age=3600.5", 3, "", false},
    {"4.2.1", "letters are none", 200, "Cache-Control: max-age=3600a", 3, "", false},
    {"4.2.1", "an empty one is none", 200, "Cache-Control: max-age=", 3, "", false},
    // ── grammar (§5.2) ──
    {"5.2", "a quoted number is one", 200, "Cache-Control: max-age=\"3600\"", 3, "", true},
    {"5.2", "single quotes are not quotes", 200, "Cache-Control: max-age='3600'", 3, "", false},
    {"5.2", "a directive inside a quoted string is none", 200, "Cache-Control: extension=\"max-age=3600\", max-age=1",
     3, "", false},
    {"5.2", "nor behind", 200, "Cache-Control: max-age=1, extension=\"max-age=3600\"", 3, "", false},
    {"5.2", "nor with a comma in it", 200, "Cache-Control: extension=\"a, max-age=3600\", max-age=1", 3, "", false},
    {"5.2", "nor with an escaped quote", 200, "Cache-Control: extension=\"\\\", max-age=3600\", max-age=1", 3, "",
     false},
    {"5.2", "white space before = breaks it", 200, "Cache-Control: max-age =3600", 3, "", false},
    {"5.2", "and behind", 200, "Cache-Control: max-age= 3600", 3, "", false},
    {"5.2", "directives that are not known are passed over", 200, "Cache-Control: foobar, max-age=3600", 3, "", true},
    {"5.2", "case does not count", 200, "Cache-Control: MaX-aGe=3600", 3, "", true},
    {"5.2", "empty members neither", 200, "Cache-Control: ,, max-age=3600,", 3, "", true},
    {"5.2", "a prohibition counts with whatever stands behind it", 200, "Cache-Control: no-store=x, max-age=60", 3, "",
     false},
    // ── Expires (§5.3) ──
    {"5.3", "0 is in the past", 200, "Expires: 0|Date: +0", 0, "", false},
    {"5.3", "now is not fresh", 200, "Expires: +0|Date: +0", 0, "", false},
    {"5.3", "RFC 850 dates", 200, "Expires: Thursday, 18-Aug-50 02:01:18 GMT|Date: +0", 3, "", true},
    {"5.3", "asctime dates", 200, "Expires: Thu Aug 18 02:01:18 2050|Date: +0", 3, "", true},
    {"5.3", "beyond 32 bits", 200, "Expires: Sun, 21 Nov 2286 04:46:39 GMT|Date: +0", 3, "", true},
    {"4.2", "the case of a day does not count", 200, "Expires: THU, 18 Aug 2050 02:01:18 GMT|Date: +0", 3, "", true},
    {"4.2", "nor that of a month", 200, "Expires: Thu, 18 AUG 2050 02:01:18 GMT|Date: +0", 3, "", true},
    {"4.2", "nor that of the zone", 200, "Expires: Thu, 18 Aug 2050 02:01:18 gMT|Date: +0", 3, "", true},
    {"4.2", "UTC is no zone", 200, "Expires: Thu, 18 Aug 2050 02:01:18 UTC|Date: +0", 3, "", false},
    {"5.3", "another zone is no date", 200, "Expires: Thu, 18 Aug 2050 02:01:18 AEST|Date: +0", 3, "", false},
    {"5.3", "one digit for the hour is none", 200, "Expires: Thu, 18 Aug 2050 2:01:18 GMT|Date: +0", 3, "", false},
    {"5.3", "two spaces are none", 200, "Expires: Thu, 18  Aug  2050 02:01:18 GMT|Date: +0", 3, "", false},
    {"5.3", "dashes are none", 200, "Expires: Thu, 18-Aug-2050 02:01:18 GMT|Date: +0", 3, "", false},
    {"5.3", "two that differ are in the past", 200,
     "Expires: Thu, 18 Aug 2050 02:01:18 GMT|Expires: Thu, 18 Aug 2050 02:01:19 GMT|Date: +0", 3, "", false},
    // ── heuristics (§4.2.2) ──
    {"4.2.2", "a tenth of the time since it was changed", 200, "Last-Modified: -100|Date: +0", 9, "", true},
    {"4.2.2", "and no more", 200, "Last-Modified: -100|Date: +0", 10, "", false},
    {"4.2.2", "at most a day", 200, "Last-Modified: -100000000|Date: +0", 86401, "", false},
    {"4.2.2", "203", 203, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "204", 204, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "301", 301, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "308", 308, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "404", 404, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "405", 405, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "410", 410, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "414", 414, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "501", 501, "Last-Modified: -86400|Date: +0", 3, "", true},
    {"4.2.2", "not 201", 201, "Last-Modified: -86400|Date: +0", 3, "", false},
    {"4.2.2", "not 202", 202, "Last-Modified: -86400|Date: +0", 3, "", false},
    {"4.2.2", "not 302", 302, "Last-Modified: -86400|Date: +0", 3, "", false},
    {"4.2.2", "not 403", 403, "Last-Modified: -86400|Date: +0", 3, "", false},
    {"4.2.2", "not 502", 502, "Last-Modified: -86400|Date: +0", 3, "", false},
    {"4.2.2", "not 503", 503, "Last-Modified: -86400|Date: +0", 3, "", false},
    {"4.2.2", "not 504", 504, "Last-Modified: -86400|Date: +0", 3, "", false},
    {"4.2.2", "not one that nobody knows", 599, "Last-Modified: -86400|Date: +0", 3, "", false},
    // ── age (§4.2.3, §5.1) ──
    {"4.2.3", "Age is part of it", 200, "Cache-Control: max-age=3600|Age: 7200", 0, "", false},
    {"4.2.3", "and adds up", 200, "Cache-Control: max-age=100|Age: 50", 50, "", false},
    {"4.2.3", "Date is part of it", 200, "Cache-Control: max-age=3600|Date: -7200", 0, "", false},
    {"4.2.3", "the larger of the two counts", 200, "Date: -10|Expires: +10|Age: 25", 0, "", false},
    {"4.2.3", "a fast clock does not make it younger", 200, "Date: +10|Expires: +20|Age: 15", 0, "", false},
    {"5.1", "of a list the first", 200, "Cache-Control: max-age=3600|Age: 7200, 0", 0, "", false},
    {"5.1", "of a list the first, when it is young", 200, "Cache-Control: max-age=3600|Age: 0, 7200", 3, "", true},
    {"5.1", "of two lines the first", 200, "Cache-Control: max-age=3600|Age: 7200|Age: 0", 0, "", false},
    {"5.1", "of two lines the first, when it is young", 200, "Cache-Control: max-age=3600|Age: 0|Age: 7200", 3, "",
     true},
    {"5.1", "what is no number is ignored", 200, "Cache-Control: max-age=3600|Age: abc", 3, "", true},
    {"5.1", "a negative one too", 200, "Cache-Control: max-age=3600|Age: -7200", 3, "", true},
    {"5.1", "a fraction too", 200, "Cache-Control: max-age=3600|Age: 7200.0", 3, "", true},
    {"5.1", "2^31", 200, "Cache-Control: max-age=3600|Age: 2147483648", 0, "", false},
    {"5.1", "more than 64 bits", 200, "Cache-Control: max-age=3600|Age: 99999999999999999999999", 0, "", false},
    // ── directives of answers (§5.2.2) ──
    {"5.2.2.4", "no-cache is always asked about", 200, "Cache-Control: no-cache, max-age=60|ETag: \"a\"", 0, "", false},
    {"5.2.2.4", "whatever its case", 200, "Cache-Control: No-CaChE, max-age=60|ETag: \"a\"", 0, "", false},
    {"5.2.2.4", "with names it is about those", 200, "Cache-Control: no-cache=\"a, b\", max-age=60", 3, "", true},
    {"5.2.2.4", "with no name among them it is about all", 200, "Cache-Control: no-cache=\"\", max-age=60", 3, "",
     false},
    {"5.2.2.7", "private with names is about those", 200, "Cache-Control: private=\"a\", max-age=60", 3, "", true},
    {"5.2.2.2", "must-revalidate while fresh", 200, "Cache-Control: max-age=60, must-revalidate", 3, "", true},
    {"5.2.2.2", "must-revalidate, and the client would take it stale", 200, "Cache-Control: max-age=1, must-revalidate",
     3, "Cache-Control: max-stale", false},
    {"5.2.2.8", "proxy-revalidate the same", 200, "Cache-Control: max-age=1, proxy-revalidate", 3,
     "Cache-Control: max-stale", false},
    {"5.2.2.10", "s-maxage the same", 200, "Cache-Control: s-maxage=1", 3, "Cache-Control: max-stale", false},
    {"5.2.2.3", "must-understand of a status that is not", 599, "Cache-Control: max-age=60, must-understand", 3, "",
     false},
    {"5.2.2.3", "must-understand of one that is", 200, "Cache-Control: max-age=60, must-understand, no-store", 3, "",
     true},
    // ── directives of requests (§5.2.1) ──
    {"5.2.1.1", "max-age=0", 200, "Cache-Control: max-age=60", 0, "Cache-Control: max-age=0", false},
    {"5.2.1.1", "not older than that", 200, "Cache-Control: max-age=3600|Age: 1800", 0, "Cache-Control: max-age=600",
     false},
    {"5.2.1.1", "young enough", 200, "Cache-Control: max-age=3600", 3, "Cache-Control: max-age=600", true},
    {"5.2.1.2", "max-stale of any age", 200, "Cache-Control: max-age=1", 3000, "Cache-Control: max-stale", true},
    {"5.2.1.2", "max-stale of so many seconds", 200, "Cache-Control: max-age=1500|Age: 2000", 0,
     "Cache-Control: max-stale=1000", true},
    {"5.2.1.2", "and no more", 200, "Cache-Control: max-age=1500|Age: 2600", 0, "Cache-Control: max-stale=1000", false},
    {"5.2.1.3", "min-fresh", 200, "Cache-Control: max-age=1500", 0, "Cache-Control: min-fresh=2000", false},
    {"5.2.1.3", "of one that is aged", 200, "Cache-Control: max-age=1500|Age: 1000", 0, "Cache-Control: min-fresh=1000",
     false},
    {"5.2.1.3", "fresh for long enough", 200, "Cache-Control: max-age=1500", 0, "Cache-Control: min-fresh=1000", true},
    {"5.2.1.4", "no-cache", 200, "Cache-Control: max-age=60", 0, "Cache-Control: no-cache", false},
    {"5.4", "Pragma of an answer means nothing", 200, "Cache-Control: max-age=60|Pragma: no-cache", 3, "", true},
    {"5.4", "nor does that of a request", 200, "Cache-Control: max-age=60", 3, "Pragma: no-cache", true},
    // ── RFC 5861 ──
    {"RFC 5861 3", "stale-while-revalidate", 200, "Cache-Control: max-age=1, stale-while-revalidate=10", 5, "", true},
    {"RFC 5861 3", "not after its time", 200, "Cache-Control: max-age=1, stale-while-revalidate=10", 11, "", false},
    {"RFC 5861 3", "not beside must-revalidate", 200,
     "Cache-Control: max-age=1, stale-while-revalidate=10, must-revalidate", 5, "", false},
    {"RFC 5861 3", "not to one who asks for a young one", 200, "Cache-Control: max-age=1, stale-while-revalidate=10", 5,
     "Cache-Control: max-age=8", false},
    // ── RFC 9213 ──
    {"RFC 9213 2.1", "CDN-Cache-Control alone", 200, "CDN-Cache-Control: max-age=3600", 3, "", true},
    {"RFC 9213 2.1", "before a shorter Cache-Control", 200, "Cache-Control: max-age=1|CDN-Cache-Control: max-age=3600",
     3, "", true},
    {"RFC 9213 2.1", "before a longer one", 200, "Cache-Control: max-age=3600|CDN-Cache-Control: max-age=1", 3, "",
     false},
    {"RFC 9213 2.1", "before no-store", 200, "Cache-Control: no-store|CDN-Cache-Control: max-age=3600", 3, "", true},
    {"RFC 9213 2.1", "its no-store counts", 200,
     "Cache-Control: max-age=3600|CDN-Cache-Control: no-store|Expires: +3600|Date: +0", 3, "", false},
    {"RFC 9213 2.1", "its private counts", 200, "Cache-Control: max-age=3600|CDN-Cache-Control: private", 3, "", false},
    {"RFC 9213 2.1", "its no-cache counts", 200, "Cache-Control: max-age=3600|CDN-Cache-Control: no-cache", 3, "",
     false},
    {"RFC 9213 2.1", "Expires does not", 200, "CDN-Cache-Control: max-age=0|Expires: +3600|Date: +0", 3, "", false},
    {"RFC 9213 2.1", "nor one in the past", 200, "CDN-Cache-Control: max-age=3600|Expires: -3600|Date: +0", 3, "",
     true},
    {"RFC 9213 2.1", "Age does", 200, "CDN-Cache-Control: max-age=3600|Age: 7200", 0, "", false},
    {"RFC 9213 2.2", "one that breaks the grammar is not there", 200,
     "CDN-Cache-Control: max-age=10000, &&&&&|Cache-Control: no-store", 3, "", false},
    {"RFC 9213 2.2", "nor is one of the wrong type", 200,
     "CDN-Cache-Control: max-age=\"10000\"|Cache-Control: no-store", 3, "", false},
    {"RFC 9213 2.2", "an empty one falls back", 200, "CDN-Cache-Control: |Cache-Control: max-age=60", 3, "", true},
};

}  // namespace

TEST_CASE("a request is answered from memory where RFC 9111 allows it, and nowhere else", "[cache]") {
    for (const Row& row : kRows) {
        INFO("section " << row.section << ": " << row.says << "\n  answer  " << row.status << " " << row.answer
                        << "\n  request " << row.request << "\n  after " << row.after << " s");
        CHECK(is_reused(store(row.status, row.answer, row.first_request), row.after, row.request) == row.reused);
    }
}
