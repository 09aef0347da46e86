#include <algorithm>
#include <limits>

#include <heddle/recorded/edn.hpp>
#include <heddle/recorded/json.hpp>

namespace heddle::recorded {

namespace {

bool ends_token(int c) {
  constexpr std::string_view terminators = " \t\r\n\f\v,()[]{}\";";
  return c == text_source::end || terminators.find(static_cast<char>(c)) != std::string_view::npos;
}

std::string take_token(text_source& in, std::string_view expected) {
  if (ends_token(in.peek())) in.fail(expected);
  std::string token;
  while (!ends_token(in.peek())) token += static_cast<char>(in.take());
  return token;
}

void check_depth(text_source& in, int depth) {
  if (depth >= nesting_max) in.fail("at most " + std::to_string(nesting_max) + " levels of nesting");
}

std::vector<value> take_items(text_source& in, char close, int depth) {
  in.take();
  std::vector<value> items;
  for (;;) {
    skip_edn_blanks(in, depth);
    if (in.take_if(close)) return items;
    if (in.peek() == text_source::end) in.fail(std::string("another form or '") + close + '\'');
    items.push_back(take_edn(in, depth + 1));
  }
}

value take_set(text_source& in, int depth) {
  std::vector<value> items = take_items(in, '}', depth);
  std::sort(items.begin(), items.end());
  return value::list(std::move(items));
}

value take_map(text_source& in, int depth) {
  const text_position start = in.where();
  std::vector<value> forms = take_items(in, '}', depth);
  if (forms.size() % 2 != 0) in.fail(start, "a value for every key of a map", "a key without one");
  std::vector<std::pair<std::string, value>> fields;
  for (std::size_t i = 0; i < forms.size(); i += 2) {
    fields.emplace_back(edn_key_name(forms[i]), std::move(forms[i + 1]));
  }
  return map_value(in, start, std::move(fields));
}

value take_character(text_source& in) {
  in.take();
  if (in.peek() == text_source::end) in.fail("a character after '\\\\'");
  std::string name(1, static_cast<char>(in.take()));
  while (!ends_token(in.peek())) name += static_cast<char>(in.take());
  if (name == "newline") return value::text("\n");
  if (name == "space") return value::text(" ");
  if (name == "tab") return value::text("\t");
  if (name == "return") return value::text("\r");
  return value::text(std::move(name));
}

value take_symbolic_number(text_source& in) {
  const text_position start = in.where();
  in.take();
  const std::string name = take_token(in, "Inf, -Inf or NaN");
  using limits = std::numeric_limits<double>;
  if (name == "Inf") return value::real(limits::infinity());
  if (name == "-Inf") return value::real(-limits::infinity());
  if (name == "NaN") return value::real(limits::quiet_NaN());
  in.fail(start, "Inf, -Inf or NaN after ##", name);
}

/// After '#', which is taken.
value take_dispatched(text_source& in, int depth) {
  check_depth(in, depth);
  if (in.peek() == '{') return take_set(in, depth);
  if (in.peek() == '#') return take_symbolic_number(in);
  take_token(in, "a tag or a set after '#'");
  skip_edn_blanks(in, depth + 1);
  return take_edn(in, depth + 1);
}

value take_number(text_source& in) {
  const text_position start = in.where();
  std::string spelling = take_token(in, "a number");
  if (spelling.back() == 'N' || spelling.back() == 'M') spelling.pop_back();
  if (spelling.starts_with('+')) spelling.erase(0, 1);
  return number_value(in, start, spelling);
}

bool starts_number(std::string_view ahead) {
  const auto digit = [&](std::size_t i) { return ahead.size() > i && ahead[i] >= '0' && ahead[i] <= '9'; };
  return digit(0) || ((ahead[0] == '+' || ahead[0] == '-') && digit(1));
}

value take_word(text_source& in) {
  std::string word = take_token(in, "an EDN form");
  if (word == "nil") return {};
  if (word == "true" || word == "false") return value::boolean(word == "true");
  return value::symbol(std::move(word));
}

}  // namespace

void skip_edn_blanks(text_source& in, int depth) {
  for (;;) {
    const int c = in.peek();
    if (c == ' ' || (c >= '\t' && c <= '\r') || c == ',') {
      in.take();
    } else if (c == ';') {
      while (in.peek() != '\n' && in.peek() != text_source::end) in.take();
    } else if (c == '#' && in.ahead().starts_with("#_")) {
      in.take();
      in.take();
      take_edn(in, depth + 1);
    } else {
      return;
    }
  }
}

value take_edn(text_source& in, int depth) {
  check_depth(in, depth);
  skip_edn_blanks(in, depth);
  switch (in.peek()) {
    case text_source::end:
      in.fail("an EDN form");
    case '{':
      return take_map(in, depth);
    case '[':
      return value::list(take_items(in, ']', depth));
    case '(':
      return value::list(take_items(in, ')', depth));
    case '"':
      return value::text(take_quoted(in, {.language = "EDN", .escapes = "tnrbf\\\"", .lowest = 0}));
    case '\\':
      return take_character(in);
    case ':':
      in.take();
      return value::symbol(take_token(in, "a keyword's name after ':'"));
    case '#':
      in.take();
      return take_dispatched(in, depth);
    default:
      return starts_number(in.ahead()) ? take_number(in) : take_word(in);
  }
}

std::string edn_key_name(const value& key) {
  if (key.is(value::kind::symbol)) return key.as_symbol();
  if (key.is(value::kind::text)) return key.as_text();
  return to_text(key);
}

}  // namespace heddle::recorded
