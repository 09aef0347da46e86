#include <algorithm>
#include <charconv>
#include <cstdint>

#include <heddle/picture/json_text.hpp>

namespace heddle::picture {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// The bytes of the well-formed character that `text` begins with (The Unicode Standard, table 3-7); 0 if
/// there is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return size;
}

std::string unicode_escape(unsigned code) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) text += digits[code >> shift & 0xF];
  return text;
}

std::string escaped(std::string_view character) {
  if (character == "\"") return "\\\"";
  if (character == "\\") return "\\\\";
  if (character == "\n") return "\\n";
  if (character == "\xE2\x80\xA8") return "\\u2028";
  if (character == "\xE2\x80\xA9") return "\\u2029";
  const auto first = static_cast<unsigned char>(character[0]);
  const bool unsafe =
      first < 0x20 || first == 0x7F || character == "<" || character == ">" || character == "&";
  return unsafe ? unicode_escape(first) : std::string(character);
}

/// Calls with each character of `text`, repaired.
template <class F>
void for_each_character(std::string_view text, F&& call) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    call(size == 0 ? replacement : text.substr(0, size));
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string json = "\"";
  for_each_character(text, [&](std::string_view c) { json += escaped(c); });
  return json + '"';
}

std::string json_number(double number) {
  char buffer[32];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::fixed, 4);
  std::string text(buffer, error == std::errc() ? end : buffer);
  if (text.empty()) return "0";
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string html_text(std::string_view text) {
  std::string html;
  for_each_character(text, [&](std::string_view c) {
    html += c == "<"    ? "&lt;"
            : c == ">"  ? "&gt;"
            : c == "&"  ? "&amp;"
            : c == "\"" ? "&quot;"
                        : std::string(c);
  });
  return html;
}

}  // namespace heddle::picture
