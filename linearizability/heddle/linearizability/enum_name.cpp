#include <heddle/linearizability/enum_name.hpp>

namespace heddle::detail {

namespace {

int nesting(char c) {
  if (c == '(' || c == '<' || c == '{' || c == '[') return 1;
  if (c == ')' || c == '>' || c == '}' || c == ']') return -1;
  return 0;
}

bool is_identifier(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

/// What follows the last "::" that is not inside brackets.
std::string_view unqualified(std::string_view text) {
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += nesting(text[i]);
    if (depth == 0 && text.substr(i, 2) == "::") start = i + 2;
  }
  return text.substr(start);
}

}  // namespace

enum_table::enum_table(std::string_view pretty) {
  // g++: "… [with E = color; E ...values = {(color)-16, color::red}]"   clang: "… [E = color, values =
  // <(color)-16, red>]"
  const std::string_view key = "values = ";
  std::size_t at = pretty.find(key, pretty.rfind('[')) + key.size() + 1;
  for (auto& name : names_) {
    int depth = 0;
    std::size_t end = at;
    while (end < pretty.size() && (depth > 0 || (pretty[end] != ',' && nesting(pretty[end]) >= 0))) {
      depth += nesting(pretty[end++]);
    }
    const std::string_view candidate = unqualified(pretty.substr(at, end - at));
    if (is_identifier(candidate)) name = candidate;
    at = end + 2;
    if (at >= pretty.size()) break;
  }
}

std::string_view enum_table::name_of(int number) const {
  if (number < enum_first || number >= enum_first + enum_count) return {};
  return names_[number - enum_first];
}

std::optional<std::size_t> enum_table::position(std::string_view name) const {
  if (name.empty()) return std::nullopt;
  for (std::size_t i = 0; i < enum_count; ++i) {
    if (names_[i] == name) return i;
  }
  return std::nullopt;
}

std::string unqualified_name(std::string_view pretty) {
  const std::string_view key = "T = ";
  const std::size_t start = pretty.find(key, pretty.find('[')) + key.size();
  std::string_view name = unqualified(pretty.substr(start, pretty.size() - 1 - start));
  return std::string(name.substr(0, name.find('<')));
}

}  // namespace heddle::detail
