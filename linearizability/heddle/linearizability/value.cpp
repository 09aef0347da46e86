#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle {

value_error::value_error(std::string path, std::string expected, const std::string& found)
    : std::runtime_error("at " + path + ": expected " + expected + ", found " + found),
      path_(std::move(path)),
      expected_(std::move(expected)) {}

value::value() = default;
value::value(const value&) = default;
value::value(value&&) noexcept = default;
value& value::operator=(const value&) = default;
value& value::operator=(value&&) noexcept = default;
value::~value() = default;

value value::boolean(bool b) {
  value v;
  v.data_ = b;
  return v;
}

value value::integer(std::int64_t number) {
  value v;
  v.data_ = number;
  return v;
}

value value::natural(std::uint64_t number) {
  if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return integer(static_cast<std::int64_t>(number));
  }
  value v;
  v.data_ = number;
  return v;
}

value value::real(double number) {
  value v;
  v.data_ = number;
  return v;
}

value value::text(std::string text) {
  value v;
  v.data_ = std::move(text);
  return v;
}

value value::symbol(std::string text) {
  value v;
  v.data_ = word{std::move(text)};
  return v;
}

value value::list(std::vector<value> items) {
  value v;
  v.data_ = std::move(items);
  return v;
}

value value::record(std::string type, std::vector<value> fields, std::vector<std::string> names) {
  if (!names.empty() && names.size() != fields.size()) {
    throw std::invalid_argument("a record's fields have names either all or none");
  }
  value v;
  v.data_ = fielded{std::move(type), std::move(fields), std::move(names)};
  return v;
}

bool value::as_boolean() const {
  const auto* b = std::get_if<bool>(&data_);
  if (b == nullptr) detail::fail({}, "true or false", *this);
  return *b;
}

std::int64_t value::as_integer() const {
  const auto* number = std::get_if<std::int64_t>(&data_);
  if (number == nullptr) detail::fail({}, "an integer", *this);
  return *number;
}

std::uint64_t value::as_natural() const {
  if (const auto* number = std::get_if<std::uint64_t>(&data_)) return *number;
  const auto* number = std::get_if<std::int64_t>(&data_);
  if (number == nullptr || *number < 0) detail::fail({}, "an integer that is not negative", *this);
  return static_cast<std::uint64_t>(*number);
}

double value::as_real() const {
  if (const auto* number = std::get_if<double>(&data_)) return *number;
  if (is(kind::natural)) return static_cast<double>(as_natural());
  const auto* number = std::get_if<std::int64_t>(&data_);
  if (number == nullptr) detail::fail({}, "a number", *this);
  return static_cast<double>(*number);
}

const std::string& value::as_text() const {
  const auto* text = std::get_if<std::string>(&data_);
  if (text == nullptr) detail::fail({}, "a text", *this);
  return *text;
}

const std::string& value::as_symbol() const {
  const auto* symbol = std::get_if<word>(&data_);
  if (symbol == nullptr) detail::fail({}, "a symbol", *this);
  return symbol->text;
}

std::span<const value> value::items() const {
  if (const auto* items = std::get_if<std::vector<value>>(&data_)) return *items;
  if (const auto* record = std::get_if<fielded>(&data_)) return record->fields;
  detail::fail({}, "a list or a record", *this);
}

const std::string& value::type() const {
  const auto* record = std::get_if<fielded>(&data_);
  if (record == nullptr) detail::fail({}, "a record", *this);
  return record->type;
}

std::span<const std::string> value::names() const {
  const auto* record = std::get_if<fielded>(&data_);
  if (record == nullptr) detail::fail({}, "a record", *this);
  return record->names;
}

namespace {

template <class T>
int compare_plain(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int compare_reals(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return compare_plain(std::isnan(b), std::isnan(a));
  return compare_plain(a, b);
}

int compare_items(std::span<const value> a, std::span<const value> b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const int order = compare(a[i], b[i])) return order;
  }
  return compare_plain(a.size(), b.size());
}

}  // namespace

int compare(const value& a, const value& b) {
  if (a.what() != b.what()) return compare_plain(a.what(), b.what());
  switch (a.what()) {
    case value::kind::null:
      return 0;
    case value::kind::boolean:
      return compare_plain(a.as_boolean(), b.as_boolean());
    case value::kind::integer:
      return compare_plain(a.as_integer(), b.as_integer());
    case value::kind::natural:
      return compare_plain(a.as_natural(), b.as_natural());
    case value::kind::real:
      return compare_reals(a.as_real(), b.as_real());
    case value::kind::text:
      return a.as_text().compare(b.as_text());
    case value::kind::symbol:
      return a.as_symbol().compare(b.as_symbol());
    case value::kind::list:
      return compare_items(a.items(), b.items());
    case value::kind::record:
      break;
  }
  const auto& left = std::get<value::fielded>(a.data_);
  const auto& right = std::get<value::fielded>(b.data_);
  if (const int order = left.type.compare(right.type)) return order;
  if (const int order = compare_items(left.fields, right.fields)) return order;
  return compare_plain(left.names, right.names);
}

std::uint64_t heddle_hash(const value& v) {
  using detail::combine;
  const auto kind = static_cast<std::uint64_t>(v.what());
  switch (v.what()) {
    case value::kind::null:
      return detail::mix(kind);
    case value::kind::boolean:
      return combine(kind, hash_of(v.as_boolean()));
    case value::kind::integer:
      return combine(kind, hash_of(v.as_integer()));
    case value::kind::natural:
      return combine(kind, hash_of(v.as_natural()));
    case value::kind::real:
      return combine(kind, hash_of(v.as_real()));
    case value::kind::text:
      return combine(kind, hash_of(v.as_text()));
    case value::kind::symbol:
      return combine(kind, hash_of(v.as_symbol()));
    case value::kind::list:
    case value::kind::record:
      break;
  }
  std::uint64_t hash = combine(kind, v.is(value::kind::record) ? hash_of(v.type()) : 0);
  for (const value& item : v.items()) hash = combine(hash, heddle_hash(item));
  return combine(v.items().size(), hash);
}

namespace {

std::string shortest(double number) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

std::string real_text(double number) {
  std::string text = shortest(number);
  const bool looks_whole = text.find_first_not_of("-0123456789") == std::string::npos;
  return looks_whole ? text + ".0" : text;
}

std::string quoted(std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (c == '\n') {
      result += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += {'\\', 'x', hex[byte / 16], hex[byte % 16]};
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string joined(const value& v) {
  std::string text;
  const auto items = v.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) text += ", ";
    if (v.is(value::kind::record) && !v.names().empty()) text += v.names()[i] + ": ";
    text += to_text(items[i]);
  }
  return text;
}

}  // namespace

std::string to_text(const value& v) {
  switch (v.what()) {
    case value::kind::null:
      return "none";
    case value::kind::boolean:
      return v.as_boolean() ? "true" : "false";
    case value::kind::integer:
      return std::to_string(v.as_integer());
    case value::kind::natural:
      return std::to_string(v.as_natural());
    case value::kind::real:
      return real_text(v.as_real());
    case value::kind::text:
      return quoted(v.as_text());
    case value::kind::symbol:
      return v.as_symbol();
    case value::kind::list:
      return '[' + joined(v) + ']';
    case value::kind::record:
      break;
  }
  if (v.items().empty() && !v.type().empty()) return v.type();
  return v.type() + '{' + joined(v) + '}';
}

std::ostream& operator<<(std::ostream& out, const value& v) {
  return out << to_text(v);
}

namespace detail {

value_parts::value_parts() = default;
value_parts::~value_parts() = default;

void value_parts::add(value part) {
  parts_.push_back(std::move(part));
}

void value_parts::add(std::string_view name, value part) {
  parts_.push_back(std::move(part));
  if (!name.empty()) names_.emplace_back(name);
}

void value_parts::sort() {
  std::sort(parts_.begin(), parts_.end());
}

value value_parts::list() {
  return value::list(std::move(parts_));
}

value value_parts::record(std::string type) {
  return value::record(std::move(type), std::move(parts_), std::move(names_));
}

namespace {

__extension__ using wide = __int128;

struct unit {
  std::string_view name;
  std::int64_t num;
  std::int64_t den;
};

constexpr std::array<unit, 6> units = {{{"h", 3600, 1},
                                        {"min", 60, 1},
                                        {"s", 1, 1},
                                        {"ms", 1, 1000},
                                        {"us", 1, 1'000'000},
                                        {"ns", 1, 1'000'000'000}}};

std::string unit_name(std::int64_t num, std::int64_t den) {
  for (const unit& u : units) {
    if (u.num == num && u.den == den) return std::string(u.name);
  }
  return '[' + std::to_string(num) + '/' + std::to_string(den) + "]s";
}

std::string path_text(const value_path& at) {
  if (at.parent == nullptr) return "value";
  const std::string here =
      at.name.empty() ? '[' + std::to_string(at.index) + ']' : '.' + std::string(at.name);
  return path_text(*at.parent) + here;
}

template <class Number>
const char* parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} ? end : nullptr;
}

/// A number and its unit; throws value_error if `v` is no such text.
template <class Number>
std::pair<Number, unit> parse_duration(const value& v, const value_path& at) {
  std::string_view text;
  if (v.is(value::kind::symbol)) text = v.as_symbol();
  if (v.is(value::kind::text)) text = v.as_text();
  Number number{};
  const char* end = parse_number(text, number);
  if (end == nullptr || end == text.data() + text.size() || *end != ' ')
    fail(at, "a duration such as 100 ms", v);
  std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()) + 1);
  for (const unit& u : units) {
    if (u.name == name) return {number, u};
  }
  unit odd{name, 0, 0};
  if (name.starts_with('[') && name.ends_with("]s")) {
    const char* slash = parse_number(name.substr(1), odd.num);
    if (slash != nullptr && *slash == '/') {
      parse_number(name.substr(static_cast<std::size_t>(slash + 1 - name.data())), odd.den);
    }
  }
  if (odd.num <= 0 || odd.den <= 0) fail(at, "a unit of time", v);
  return {number, odd};
}

}  // namespace

void fail(const value_path& at, std::string expected, const value& found) {
  throw value_error(path_text(at), std::move(expected), to_text(found));
}

value duration_value(std::int64_t count, std::int64_t num, std::int64_t den) {
  if (count == 0) return value::symbol("0 s");
  constexpr std::int64_t small = std::int64_t{1} << 30;  // products of three such factors fit in 128 bits
  for (const unit& u : units) {
    if (num > small || den > small) break;
    const wide top = wide{count} * num * u.den;
    const wide bottom = wide{den} * u.num;
    if (top % bottom != 0) continue;
    const wide whole = top / bottom;
    if (whole > std::numeric_limits<std::int64_t>::max() || whole < std::numeric_limits<std::int64_t>::min())
      break;
    return value::symbol(std::to_string(static_cast<std::int64_t>(whole)) + ' ' + std::string(u.name));
  }
  return value::symbol(std::to_string(count) + ' ' + unit_name(num, den));
}

value duration_value(double count, std::int64_t num, std::int64_t den) {
  return value::symbol(shortest(count) + ' ' + unit_name(num, den));
}

std::int64_t read_duration(const value& v, std::int64_t num, std::int64_t den, const value_path& at) {
  const auto [number, u] = parse_duration<std::int64_t>(v, at);
  if (u.num == num && u.den == den) return number;
  const wide top = wide{u.num} * den;
  const wide bottom = wide{u.den} * num;
  const bool fits = top <= std::numeric_limits<std::int64_t>::max();
  if (!fits || wide{number} * top % bottom != 0) fail(at, "a whole number of " + unit_name(num, den), v);
  const wide whole = wide{number} * top / bottom;
  if (whole > std::numeric_limits<std::int64_t>::max() || whole < std::numeric_limits<std::int64_t>::min()) {
    fail(at, "a duration that fits in 64 bits of " + unit_name(num, den), v);
  }
  return static_cast<std::int64_t>(whole);
}

double read_real_duration(const value& v, std::int64_t num, std::int64_t den, const value_path& at) {
  const auto [number, u] = parse_duration<double>(v, at);
  if (u.num == num && u.den == den) return number;
  return number * (static_cast<double>(u.num) / static_cast<double>(u.den)) *
         (static_cast<double>(den) / static_cast<double>(num));
}

std::int64_t read_integer(const value& v, std::int64_t least, std::int64_t most, const value_path& at) {
  if (!v.is(value::kind::integer) || v.as_integer() < least || v.as_integer() > most) {
    fail(at, "an integer from " + std::to_string(least) + " to " + std::to_string(most), v);
  }
  return v.as_integer();
}

std::uint64_t read_natural(const value& v, std::uint64_t most, const value_path& at) {
  const bool natural = v.is(value::kind::natural) || (v.is(value::kind::integer) && v.as_integer() >= 0);
  if (!natural || v.as_natural() > most) fail(at, "an integer from 0 to " + std::to_string(most), v);
  return v.as_natural();
}

double read_real(const value& v, const value_path& at) {
  if (!v.is(value::kind::real) && !v.is(value::kind::integer) && !v.is(value::kind::natural))
    fail(at, "a number", v);
  return v.as_real();
}

bool read_boolean(const value& v, const value_path& at) {
  if (!v.is(value::kind::boolean)) fail(at, "true or false", v);
  return v.as_boolean();
}

const std::string& read_text(const value& v, const value_path& at) {
  if (!v.is(value::kind::text)) fail(at, "a text", v);
  return v.as_text();
}

std::span<const value> read_list(const value& v, const value_path& at) {
  if (!v.is(value::kind::list)) fail(at, "a list", v);
  return v.items();
}

std::span<const value> read_record(const value& v, std::string_view type, std::size_t count,
                                   const value_path& at) {
  const bool fits = v.is(value::kind::record) && v.type() == type;
  if (!fits || (count != std::string_view::npos && v.items().size() != count)) {
    const std::string size =
        count == std::string_view::npos ? "" : " of " + std::to_string(count) + " fields";
    fail(at, (type.empty() ? "a pair or tuple" : "a " + std::string(type)) + size, v);
  }
  return v.items();
}

std::vector<alternative> unique_names(std::vector<alternative> alternatives) {
  std::vector<alternative> result = alternatives;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto same = [&](const alternative& other) { return other.name == alternatives[i].name; };
    if (std::count_if(alternatives.begin(), alternatives.end(), same) > 1)
      result[i] = {'#' + std::to_string(i), false};
  }
  return result;
}

constexpr std::string_view nothing = "none";

value wrap(const alternative& chosen, value inner) {
  if (chosen.as_is || (chosen.name == nothing && inner.is(value::kind::null))) return inner;
  return value::record(chosen.name, {std::move(inner)});
}

std::pair<std::size_t, const value*> unwrap(std::span<const alternative> choice, const value& v,
                                            const value_path& at) {
  std::string expected;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    expected += (i == 0 ? "" : " or ") + choice[i].name;
    if (choice[i].name == nothing && v.is(value::kind::null)) return {i, &v};
    if (!v.is(value::kind::record) || v.type() != choice[i].name) continue;
    if (choice[i].as_is) return {i, &v};
    if (v.items().size() == 1) return {i, &v.items()[0]};
  }
  fail(at, expected, v);
}

}  // namespace detail

}  // namespace heddle
