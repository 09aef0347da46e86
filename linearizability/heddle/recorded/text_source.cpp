#include <limits>

#include <heddle/recorded/text_source.hpp>

namespace heddle::recorded {

namespace {

constexpr std::size_t block_size = std::size_t{1} << 16;

std::string place(std::string_view file, text_position at) {
  return std::string(file) + ':' + std::to_string(at.line) + ':' + std::to_string(at.column);
}

std::string describe(int c) {
  if (c == text_source::end) return "the end of the text";
  if (c == '\n') return "the end of the line";
  if (c >= ' ' && c < 127) return '\'' + std::string(1, static_cast<char>(c)) + '\'';
  constexpr char digits[] = "0123456789abcdef";
  return std::string("byte 0x") + digits[c / 16] + digits[c % 16];
}

std::uint32_t take_hex4(text_source& in) {
  std::uint32_t number = 0;
  for (int i = 0; i < 4; ++i) {
    const int c = in.peek();
    if (c >= '0' && c <= '9') {
      number = number * 16 + static_cast<std::uint32_t>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      number = number * 16 + static_cast<std::uint32_t>((c | 32) - 'a' + 10);
    } else {
      in.fail("four hexadecimal digits");
    }
    in.take();
  }
  return number;
}

/// Appends a code point in UTF-8.
void append_utf8(std::string& text, std::uint32_t code_point) {
  const auto byte = [&](std::uint32_t b) { text += static_cast<char>(b); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xc0 | code_point >> 6);
    byte(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    byte(0xe0 | code_point >> 12);
    byte(0x80 | (code_point >> 6 & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  } else {
    byte(0xf0 | code_point >> 18);
    byte(0x80 | (code_point >> 12 & 0x3f));
    byte(0x80 | (code_point >> 6 & 0x3f));
    byte(0x80 | (code_point & 0x3f));
  }
}

/// Takes four hexadecimal digits, and a second \u after a high surrogate. Half a pair becomes U+FFFD.
std::uint32_t take_unicode_escape(text_source& in) {
  constexpr std::uint32_t replacement = 0xfffd;
  const std::uint32_t first = take_hex4(in);
  if (first < 0xd800 || first > 0xdfff) return first;
  if (first >= 0xdc00 || !in.ahead().starts_with("\\u")) return replacement;
  in.take();
  in.take();
  const std::uint32_t second = take_hex4(in);
  if (second < 0xdc00 || second > 0xdfff) return replacement;
  return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

char take_escaped(text_source& in, const string_syntax& syntax) {
  constexpr std::string_view letters = "tnrbf";
  constexpr std::string_view meanings = "\t\n\r\b\f";
  const char c = static_cast<char>(in.peek());
  if (in.peek() == text_source::end || syntax.escapes.find(c) == std::string_view::npos)
    in.fail("an escape sequence of " + std::string(syntax.language));
  in.take();
  const std::size_t which = letters.find(c);
  return which == std::string_view::npos ? c : meanings[which];
}

}  // namespace

history_error::history_error(std::string_view file, text_position at, std::string_view expected,
                             std::string_view found)
    : std::runtime_error(place(file, at) + ": expected " + std::string(expected) + ", found " +
                         std::string(found)),
      at_(at) {}

history_error::history_error(std::string_view file, std::string_view why)
    : std::runtime_error(std::string(file) + ": " + std::string(why)) {}

text_source::text_source(std::istream& in, std::string name)
    : in_(in), name_(std::move(name)), block_(block_size) {
  refill();
  if (std::string_view(block_.data(), stop_).starts_with("\xef\xbb\xbf")) at_ = 3;
}

int text_source::take() {
  const int c = peek();
  if (c == end) return c;
  ++at_;
  constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  if (c != '\n') {
    if (where_.column != most) ++where_.column;
    return c;
  }
  if (where_.line == most) throw history_error(name_, "has more than 2^32 lines");
  ++where_.line;
  where_.column = 1;
  return c;
}

bool text_source::take_if(char c) {
  if (peek() != static_cast<unsigned char>(c)) return false;
  take();
  return true;
}

std::string_view text_source::ahead() {
  if (stop_ - at_ < 2) refill();
  return {block_.data() + at_, stop_ - at_};
}

void text_source::fail(std::string_view expected) {
  const int found = peek();
  fail(where_, expected, describe(found));
}

void text_source::fail(text_position at, std::string_view expected, std::string_view found) const {
  throw history_error(name_, at, expected, found);
}

/// Moves the rest of the block to its start and reads on. True if there is a next character.
bool text_source::refill() {
  std::copy(block_.begin() + static_cast<std::ptrdiff_t>(at_),
            block_.begin() + static_cast<std::ptrdiff_t>(stop_), block_.begin());
  stop_ -= at_;
  at_ = 0;
  if (in_.good()) {
    in_.read(block_.data() + stop_, static_cast<std::streamsize>(block_.size() - stop_));
    stop_ += static_cast<std::size_t>(in_.gcount());
  }
  if (in_.bad()) throw history_error(name_, "cannot be read any further");
  return stop_ != 0;
}

std::string take_quoted(text_source& in, const string_syntax& syntax) {
  if (!in.take_if('"')) in.fail("a string in quotation marks");
  std::string text;
  while (!in.take_if('"')) {
    if (in.peek() < syntax.lowest) in.fail("the rest of a string");
    if (!in.take_if('\\')) {
      text += static_cast<char>(in.take());
    } else if (in.take_if('u')) {
      append_utf8(text, take_unicode_escape(in));
    } else {
      text += take_escaped(in, syntax);
    }
  }
  return text;
}

}  // namespace heddle::recorded
