// Texts that go into a page: anything may stand in a history.
#include <sstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include <heddle/picture/json_text.hpp>

namespace heddle::picture {
namespace {

using nlohmann::json;

TEST_CASE("a JSON string reads back as the text") {
  for (const std::string text :
       {"", "plain", "a \"quoted\" \\ one", "tab\tline\nbell\a\x7f", "ä→𝄞", "\u2028\u2029"}) {
    CHECK(json::parse(json_string(text)).get<std::string>() == text);
  }
  CHECK(json::parse(json_string(std::string("a\0b", 3))).get<std::string>() == std::string("a\0b", 3));
}

TEST_CASE("no text can end the script element, open a comment in it, or break a line") {
  CHECK(json_string("</script>") == "\"\\u003c/script\\u003e\"");
  CHECK(json_string("<!--") == "\"\\u003c!--\"");
  CHECK(json_string("&lt;") == "\"\\u0026lt;\"");
  CHECK(json_string("\u2028\u2029") == "\"\\u2028\\u2029\"");
  CHECK(json_string("\u2027\u202a") == "\"\u2027\u202a\"");
}

TEST_CASE("what is not UTF-8 is replaced, byte by byte") {
  const std::string bad = "\uFFFD";
  CHECK(json::parse(json_string("a\xff"
                                "b")) == "a" + bad + "b");
  CHECK(json::parse(json_string("\xc3")) == bad);                                // cut off
  CHECK(json::parse(json_string("\xc0\xaf")) == bad + bad);                      // overlong
  CHECK(json::parse(json_string("\xed\xa0\x80")) == bad + bad + bad);            // half of a pair
  CHECK(json::parse(json_string("\xf4\x90\x80\x80")) == bad + bad + bad + bad);  // beyond U+10FFFF
  CHECK(json::parse(json_string("\xe2\x82")) == bad + bad);
}

TEST_CASE("any bytes at all give JSON of harmless characters") {
  CHECK(rc::check([](const std::string& bytes) {
    const std::string text = json_string(bytes);
    RC_ASSERT(text.find_first_of("<>&\n\r") == std::string::npos);
    const auto read = json::parse(text).get<std::string>();
    RC_ASSERT(json::parse(json_string(read)).get<std::string>() == read);
  }));
}

TEST_CASE("numbers are as short as they can be") {
  CHECK(json_number(0) == "0");
  CHECK(json_number(17) == "17");
  CHECK(json_number(2.5) == "2.5");
  CHECK(json_number(-0.25) == "-0.25");
  CHECK(json_number(4294967295.0) == "4294967295");
}

TEST_CASE("HTML text") {
  CHECK(html_text("a < b && \"c\" > d") == "a &lt; b &amp;&amp; &quot;c&quot; &gt; d");
}

}  // namespace
}  // namespace heddle::picture
