#include <algorithm>
#include <charconv>
#include <sstream>

#include <heddle/recorded/json.hpp>

namespace heddle::recorded {

namespace {

bool is_digit(int c) {
  return c >= '0' && c <= '9';
}

void take_digits(text_source& in, std::string& spelling) {
  if (!is_digit(in.peek())) in.fail("a digit");
  while (is_digit(in.peek())) spelling += static_cast<char>(in.take());
}

value take_number(text_source& in) {
  const text_position start = in.where();
  std::string spelling;
  if (in.take_if('-')) spelling += '-';
  if (in.peek() == '0') {
    spelling += static_cast<char>(in.take());
  } else {
    take_digits(in, spelling);
  }
  if (in.take_if('.')) {
    spelling += '.';
    take_digits(in, spelling);
  }
  if (in.peek() == 'e' || in.peek() == 'E') {
    spelling += static_cast<char>(in.take());
    if (in.peek() == '+' || in.peek() == '-') spelling += static_cast<char>(in.take());
    take_digits(in, spelling);
  }
  return number_value(in, start, spelling);
}

value take_word(text_source& in) {
  const text_position start = in.where();
  std::string word;
  while ((in.peek() >= 'a' && in.peek() <= 'z') && word.size() < 6) word += static_cast<char>(in.take());
  if (word == "null") return {};
  if (word == "true" || word == "false") return value::boolean(word == "true");
  if (word.empty()) in.fail("a JSON value");
  in.fail(start, "a JSON value", word);
}

value take_list(text_source& in, int depth) {
  in.take();
  std::vector<value> items;
  skip_json_blanks(in);
  if (in.take_if(']')) return value::list({});
  for (;;) {
    items.push_back(take_json(in, depth + 1));
    skip_json_blanks(in);
    if (in.take_if(']')) return value::list(std::move(items));
    if (!in.take_if(',')) in.fail("',' or ']' in a list");
  }
}

value take_object(text_source& in, int depth) {
  const text_position start = in.where();
  in.take();
  std::vector<std::pair<std::string, value>> fields;
  skip_json_blanks(in);
  if (in.take_if('}')) return value::record("", {});
  for (;;) {
    skip_json_blanks(in);
    std::string name = take_json_string(in);
    skip_json_blanks(in);
    if (!in.take_if(':')) in.fail("':' after a field's name");
    fields.emplace_back(std::move(name), take_json(in, depth + 1));
    skip_json_blanks(in);
    if (in.take_if('}')) return map_value(in, start, std::move(fields));
    if (!in.take_if(',')) in.fail("',' or '}' in an object");
  }
}

}  // namespace

void skip_json_blanks(text_source& in) {
  while (in.peek() == ' ' || in.peek() == '\t' || in.peek() == '\r') in.take();
}

std::string take_json_string(text_source& in) {
  return take_quoted(in, {.language = "JSON", .escapes = "tnrbf\\\"/", .lowest = ' '});
}

value take_json(text_source& in, int depth) {
  skip_json_blanks(in);
  const int c = in.peek();
  const bool nests = c == '{' || c == '[';
  if (nests && depth >= nesting_max) in.fail("at most " + std::to_string(nesting_max) + " levels of nesting");
  if (c == '{') return take_object(in, depth);
  if (c == '[') return take_list(in, depth);
  if (c == '"') return value::text(take_json_string(in));
  if (c == '-' || is_digit(c)) return take_number(in);
  return take_word(in);
}

value parse_json(const std::string& text, const std::string& name) {
  std::istringstream stream(text);
  text_source in(stream, name);
  value v = take_json(in);
  skip_json_blanks(in);
  if (in.peek() != text_source::end) in.fail("the end of the text");
  return v;
}

value map_value(const text_source& in, text_position at, std::vector<std::pair<std::string, value>> fields) {
  std::stable_sort(fields.begin(), fields.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<value> contents;
  std::vector<std::string> names;
  for (auto& [name, content] : fields) {
    if (!names.empty() && names.back() == name) in.fail(at, "every key once", "key " + name + " twice");
    names.push_back(std::move(name));
    contents.push_back(std::move(content));
  }
  return value::record("", std::move(contents), std::move(names));
}

value number_value(const text_source& in, text_position at, std::string_view spelling) {
  const char* first = spelling.data();
  const char* last = first + spelling.size();
  const auto whole = [&](auto& number) {
    const auto [stop, error] = std::from_chars(first, last, number);
    return stop == last && error == std::errc();
  };
  std::int64_t integer = 0;
  std::uint64_t natural = 0;
  double real = 0;
  if (whole(integer)) return value::integer(integer);
  if (whole(natural)) return value::natural(natural);
  const bool is_integer = spelling.find_first_not_of("-0123456789") == std::string_view::npos;
  if (is_integer || !whole(real)) in.fail(at, "a number that fits in 64 bits", spelling);
  return value::real(real);
}

}  // namespace heddle::recorded
