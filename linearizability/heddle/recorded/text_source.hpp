// The characters of a text, one by one, with the place of each: what the parsers of recorded histories read
// from. Holds one block of the text at a time.
#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/recorded/history_error.hpp>

namespace heddle::recorded {

class text_source {
 public:
  static constexpr int end = -1;

  /// `name` is what errors call the text. A byte order mark at its start is skipped.
  text_source(std::istream& in, std::string name);

  /// The next character as an unsigned byte, or `end`.
  int peek() { return at_ < stop_ || refill() ? static_cast<unsigned char>(block_[at_]) : end; }
  /// The next character, taken.
  int take();
  /// Takes `c` if it is next.
  bool take_if(char c);
  /// What comes next, as far as it is in memory: at least two characters unless the text ends before.
  std::string_view ahead();
  /// Of the next character.
  text_position where() const { return where_; }
  const std::string& name() const { return name_; }

  /// Throws a history_error about the next character.
  [[noreturn]] void fail(std::string_view expected);
  [[noreturn]] void fail(text_position at, std::string_view expected, std::string_view found) const;

 private:
  bool refill();

  std::istream& in_;
  std::string name_;
  std::vector<char> block_;
  std::size_t at_ = 0;
  std::size_t stop_ = 0;
  text_position where_{1, 1};
};

/// Deeper nesting than this is refused: no input may exhaust the stack.
inline constexpr int nesting_max = 200;

/// How a language spells strings in quotation marks.
struct string_syntax {
  std::string_view language;  ///< what errors call it
  std::string_view escapes;   ///< what may follow a backslash, besides u and four hexadecimal digits
  int lowest;                 ///< characters below it must be escaped
};

/// Takes a string with its quotation marks; gives its contents in UTF-8. Half a surrogate pair becomes
/// U+FFFD.
std::string take_quoted(text_source& in, const string_syntax& syntax);

}  // namespace heddle::recorded
