#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <cxxabi.h>

#include <heddle/harness/debug_info/names.hpp>

namespace heddle::harness::debug_info {

namespace {

// Length of "operator<<" and the like at the start of `name`, so that its '<' or '(' opens no argument list;
// 0 if none.
std::size_t operator_length(std::string_view name) {
  constexpr std::string_view keyword = "operator";
  if (!name.starts_with(keyword)) return 0;
  for (std::string_view symbol : {"<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "->", "()", "<", ">"})
    if (name.substr(keyword.size()).starts_with(symbol)) return keyword.size() + symbol.size();
  return 0;
}

// Index just past the bracket that closes the one at `open`.
std::size_t past_closing(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (std::strchr("<({[", text[i]) != nullptr) ++depth;
    const bool arrow = text[i] == '>' && i > 0 && text[i - 1] == '-';
    if (std::strchr(">)}]", text[i]) != nullptr && !arrow && --depth == 0) return i + 1;
  }
  return text.size();
}

// Cv- and ref-qualifiers and ABI tags that may follow a parameter list inside a demangled name.
std::size_t past_qualifiers(std::string_view text, std::size_t at) {
  for (bool again = true; again;) {
    again = false;
    for (std::string_view word : {" const", " volatile", " &&", " &", "[abi:cxx11]"}) {
      if (!text.substr(at).starts_with(word)) continue;
      at += word.size();
      again = true;
    }
  }
  return at;
}

}  // namespace

std::string demangle(const char* mangled) {
  int status = 0;
  char* text = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string result = text != nullptr ? text : mangled;
  std::free(text);
  return result;
}

std::string_view without_template_arguments(std::string_view name) {
  const std::size_t open = name.find('<', operator_length(name));
  if (open == 0 || open == std::string_view::npos) return name;
  name = name.substr(0, open);
  while (name.ends_with(' ')) name.remove_suffix(1);
  return name;
}

void append_scope(std::string& path, std::string_view name) {
  if (name.empty() || (name == "operator()" && path.ends_with(lambda_name))) return;
  if (!path.empty()) path += "::";
  path += name;
}

std::string plain_path(std::string_view demangled) {
  std::string path;
  std::string part;
  for (std::size_t i = 0; i < demangled.size();) {
    const char c = demangled[i];
    const std::size_t symbol = part.empty() ? operator_length(demangled.substr(i)) : 0;
    if (symbol != 0) {
      part = demangled.substr(i, symbol);
      i += symbol;
    } else if (demangled.substr(i).starts_with("::")) {
      append_scope(path, part);
      part.clear();
      i += 2;
    } else if (c == '{') {
      part = demangled.substr(i).starts_with("{lambda") ? lambda_name
                                                        : demangled.substr(i, past_closing(demangled, i) - i);
      i = past_closing(demangled, i);
    } else if (c == '<' || c == '(' || c == '[') {
      i = past_qualifiers(demangled, past_closing(demangled, i));
    } else if (c == ' ' && !part.starts_with("operator")) {
      path.clear();  // what came before was a return type
      part.clear();
      ++i;
    } else {
      part += c;
      ++i;
    }
  }
  append_scope(path, part);
  return path;
}

std::string fingerprint(std::string_view name) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < name.size();) {
    const auto is_word = [&](std::size_t at) {
      return std::isalnum(static_cast<unsigned char>(name[at])) != 0 || name[at] == '_';
    };
    std::size_t end = i;
    while (end < name.size() && is_word(end)) ++end;
    std::string word(name.substr(i, end - i));
    if (end == i) {
      if (std::strchr("<*,-", name[i]) != nullptr) tokens.emplace_back(1, name[i]);
      ++i;
      continue;
    }
    i = end;
    if (std::isdigit(static_cast<unsigned char>(word[0])) != 0) word.erase(word.find_last_not_of("uUlL") + 1);
    constexpr std::array<std::string_view, 4> noise = {"int", "anonymous", "namespace", "unnamed"};
    if (std::find(noise.begin(), noise.end(), word) == noise.end()) tokens.push_back(std::move(word));
  }
  std::sort(tokens.begin(), tokens.end());
  std::string result;
  for (const std::string& token : tokens) result += token + ' ';
  return result;
}

bool is_member_of(std::string_view linkage, std::string_view type) {
  if (type.starts_with('N') && type.ends_with('E')) type = type.substr(1, type.size() - 2);
  if (!linkage.starts_with("_ZN")) return false;
  linkage.remove_prefix(3);
  while (!linkage.empty() && std::strchr("rVKRO", linkage[0]) != nullptr) linkage.remove_prefix(1);
  return linkage.starts_with(type);
}

}  // namespace heddle::harness::debug_info
