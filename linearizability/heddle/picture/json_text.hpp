// JSON that is written piece by piece, safe inside an HTML <script> element.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::picture {

/// A JSON string, quotes included. What is not UTF-8 becomes U+FFFD. The characters < > & and U+2028, U+2029
/// are written as \u…: no text can end a <script> element, open a comment in it or break a line of
/// JavaScript.
std::string json_string(std::string_view text);

/// A JSON number; whole numbers without a point. Precondition: finite.
std::string json_number(double number);

/// For the text between HTML tags and for quoted attributes.
std::string html_text(std::string_view text);

}  // namespace heddle::picture
