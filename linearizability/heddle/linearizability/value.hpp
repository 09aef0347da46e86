// A small tree of plain data: how arguments, results and model states are printed, stored in case files and
// compared across builds. Any aggregate, container, optional, variant, enum, duration or string converts by
// itself; other classes list their fields (reflect.hpp).
//
//   to_value(x)          the tree; it holds no reference to x
//   from_value<T>(tree)  the object again, or value_error that says where and what was expected
//   to_text(tree)        for people: 3, 2.5, "text", none, [1, 2], {1, "pair"}, point{1, 2},
//                        point{x: 1, y: 2}, half_open, 100 ms
//
// How types are stored (JSON and other formats need to know only the nine kinds):
//   bool                       boolean
//   integers                   integer, or natural above 2^63−1
//   floating point             real
//   char, strings              text
//   enums                      symbol (the enumerator), or integer if it has no name
//   durations, time points     symbol: "100 ms", "0.1 s", in the largest unit that is exact
//   nullopt, monostate         null
//   optional with content      the content; some{x} if that may itself be null
//   containers                 list; maps as list of pairs; unordered ones sorted
//   pair, tuple                record without a type
//   aggregates, listed fields  record
//   variants                   the alternative itself if it is a record of a type of its own, else a record
//                              called after the alternative: int32{5}, or #1{5} where that is not unique
// Reading is lenient where a text format loses the kind: text serves as symbol, an integer as real.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <heddle/linearizability/enum_name.hpp>
#include <heddle/linearizability/reflect.hpp>

namespace heddle {

/// A value did not have the expected form. what() is "at <path>: expected <expected>, found <text>".
class value_error : public std::runtime_error {
 public:
  value_error(std::string path, std::string expected, const std::string& found);
  const std::string& path() const { return path_; }
  const std::string& expected() const { return expected_; }

 private:
  std::string path_;
  std::string expected_;
};

class value {
 public:
  enum class kind : std::uint8_t { null, boolean, integer, natural, real, text, symbol, list, record };

  // Compiled once: every file that describes something would pay for a variant of nine alternatives.
  value();
  value(const value&);
  value(value&&) noexcept;
  value& operator=(const value&);
  value& operator=(value&&) noexcept;
  ~value();

  static value boolean(bool b);
  static value integer(std::int64_t number);
  /// An integer, or the kind `natural` if it is above 2^63−1: equal numbers are equal values.
  static value natural(std::uint64_t number);
  static value real(double number);
  static value text(std::string text);
  /// A word that prints without quotes.
  static value symbol(std::string word);
  static value list(std::vector<value> items);
  /// `names` is empty or has one name per field.
  static value record(std::string type, std::vector<value> fields, std::vector<std::string> names = {});

  kind what() const { return static_cast<kind>(data_.index()); }
  bool is(kind k) const { return what() == k; }

  /// The content; throws value_error if the value is of another kind.
  bool as_boolean() const;
  std::int64_t as_integer() const;
  std::uint64_t as_natural() const;  ///< also of a non-negative integer
  double as_real() const;            ///< also of an integer
  const std::string& as_text() const;
  const std::string& as_symbol() const;
  /// The elements of a list or the fields of a record.
  std::span<const value> items() const;
  /// Of a record; empty for pairs and tuples.
  const std::string& type() const;
  /// Of a record; empty if its fields have no names.
  std::span<const std::string> names() const;

  /// A total order: by kind, then by content. NaN equals NaN and precedes other numbers.
  friend int compare(const value& a, const value& b);
  friend bool operator==(const value& a, const value& b) { return compare(a, b) == 0; }
  friend bool operator<(const value& a, const value& b) { return compare(a, b) < 0; }
  friend std::uint64_t heddle_hash(const value& v);

 private:
  struct word {
    std::string text;
  };
  struct fielded {
    std::string type;
    std::vector<value> fields;
    std::vector<std::string> names;
  };
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, word,
               std::vector<value>, fielded>
      data_;
};

/// One line of text for people; see the head of this file.
std::string to_text(const value& v);
/// For test frameworks that print by streaming.
std::ostream& operator<<(std::ostream& out, const value& v);

namespace detail {

/// A list or record under construction.
class value_parts {
 public:
  value_parts();
  ~value_parts();
  value_parts(const value_parts&) = delete;
  value_parts& operator=(const value_parts&) = delete;

  void add(value part);
  void add(std::string_view name, value part);
  void sort();
  value list();
  value record(std::string type);

 private:
  std::vector<value> parts_;
  std::vector<std::string> names_;
};

/// Where in a value a conversion is, as a list from the leaf to the root; rendered only when it fails.
struct value_path {
  const value_path* parent = nullptr;
  std::string_view name;
  std::size_t index = 0;
};

[[noreturn]] void fail(const value_path& at, std::string expected, const value& found);

/// `count` units of num/den seconds, in the largest unit in which it is a whole number.
value duration_value(std::int64_t count, std::int64_t num, std::int64_t den);
value duration_value(double count, std::int64_t num, std::int64_t den);
std::int64_t read_duration(const value& v, std::int64_t num, std::int64_t den, const value_path& at);
double read_real_duration(const value& v, std::int64_t num, std::int64_t den, const value_path& at);
std::int64_t read_integer(const value& v, std::int64_t least, std::int64_t most, const value_path& at);
std::uint64_t read_natural(const value& v, std::uint64_t most, const value_path& at);
double read_real(const value& v, const value_path& at);
bool read_boolean(const value& v, const value_path& at);
const std::string& read_text(const value& v, const value_path& at);
std::span<const value> read_list(const value& v, const value_path& at);
/// The fields of a record of this type; `count` is npos if any number will do.
std::span<const value> read_record(const value& v, std::string_view type, std::size_t count,
                                   const value_path& at);

template <class T>
constexpr bool can_be_null =
    optional_like<T> || variant_like<T> || std::same_as<T, std::monostate> || std::same_as<T, value>;

template <class T>
concept value_leaf = std::same_as<T, value> || std::is_arithmetic_v<T> || std::is_enum_v<T> || text_like<T> ||
    is_duration<T> || is_time_point<T> || std::same_as<T, std::monostate>;

template <class T>
constexpr bool is_describable();

template <class... T>
constexpr bool all_describable(type_list<T...>) {
  return (is_describable<T>() && ...);
}

template <class T>
constexpr bool is_describable() {
  if constexpr (value_leaf<T>) {
    return true;
  } else if constexpr (compound<T>) {
    return all_describable(typename parts<T>::type{});
  } else {
    return false;
  }
}

/// What an alternative of a variant is called; fixed for all compilers.
template <class T>
std::string alternative_name() {
  if constexpr (std::same_as<T, bool>) {
    return "bool";
  } else if constexpr (std::same_as<T, char>) {
    return "char";
  } else if constexpr (std::is_integral_v<T>) {
    return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T));
  } else if constexpr (std::is_floating_point_v<T>) {
    return "real" + std::to_string(8 * sizeof(T));
  } else if constexpr (text_like<T>) {
    return "text";
  } else if constexpr (container_like<T>) {
    return "list";
  } else if constexpr (std::same_as<T, std::monostate>) {
    return "none";
  } else {
    return type_name<T>();
  }
}

struct alternative {
  std::string name;    ///< unique among the alternatives
  bool as_is = false;  ///< the alternative's own value is a record of that name
};

std::vector<alternative> unique_names(std::vector<alternative> alternatives);
value wrap(const alternative& chosen, value inner);
/// Which alternative `v` is, and its own value.
std::pair<std::size_t, const value*> unwrap(std::span<const alternative> choice, const value& v,
                                            const value_path& at);

template <class Variant>
struct alternatives;

template <class... T>
struct alternatives<std::variant<T...>> {
  static std::span<const alternative> names() {
    static const std::vector<alternative> all =
        unique_names({alternative{alternative_name<T>(), heddle::detail::fielded<T>}...});
    return all;
  }
};

}  // namespace detail

/// A type that to_value takes.
template <class T>
concept describable = detail::is_describable<T>();

template <class T>
value to_value(const T& object) {
  static_assert(describable<T>,
                "heddle: this type has a member that cannot be shown; give it heddle_fields (reflect.hpp)");
  if constexpr (std::same_as<T, value>) {
    return object;
  } else if constexpr (std::same_as<T, bool>) {
    return value::boolean(object);
  } else if constexpr (std::same_as<T, char>) {
    return value::text(std::string(1, object));
  } else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) {
    return value::natural(object);
  } else if constexpr (std::is_integral_v<T>) {
    return value::integer(object);
  } else if constexpr (std::is_floating_point_v<T>) {
    return value::real(static_cast<double>(object));
  } else if constexpr (std::is_enum_v<T>) {
    const std::string_view name = enum_name(object);
    return name.empty() ? to_value(static_cast<std::underlying_type_t<T>>(object))
                        : value::symbol(std::string(name));
  } else if constexpr (detail::text_like<T>) {
    return value::text(std::string(std::string_view(object)));
  } else if constexpr (detail::is_duration<T>) {
    using stored = std::conditional_t<std::is_floating_point_v<typename T::rep>, double, std::int64_t>;
    return detail::duration_value(static_cast<stored>(object.count()), T::period::num, T::period::den);
  } else if constexpr (detail::is_time_point<T>) {
    return to_value(object.time_since_epoch());
  } else if constexpr (std::same_as<T, std::monostate>) {
    return {};
  } else if constexpr (detail::optional_like<T>) {
    if (!object) return {};
    value inner = to_value(*object);
    return detail::can_be_null<typename T::value_type> ? value::record("some", {std::move(inner)}) : inner;
  } else if constexpr (detail::variant_like<T>) {
    value inner = std::visit([](const auto& chosen) { return to_value(chosen); }, object);
    return detail::wrap(detail::alternatives<T>::names()[object.index()], std::move(inner));
  } else if constexpr (detail::container_like<T>) {
    detail::value_parts items;
    for (const typename T::value_type& element : object) items.add(to_value(element));
    if constexpr (detail::unordered_like<T>) items.sort();
    return items.list();
  } else if constexpr (detail::tuple_like<T>) {
    detail::value_parts parts;
    std::apply([&](const auto&... part) { (parts.add(to_value(part)), ...); }, object);
    return parts.record("");
  } else {
    detail::value_parts fields;
    detail::for_each_field(
        object, [&](std::string_view name, const auto& field) { fields.add(name, to_value(field)); });
    return fields.record(type_name<T>());
  }
}

namespace detail {

template <class T>
T read(const value& v, const value_path& at);

template <class T>
T read_container(const value& v, const value_path& at) {
  T container{};
  std::size_t index = 0;
  const auto items = read_list(v, at);
  if constexpr (requires { std::tuple_size<T>::value; }) {
    if (items.size() != container.size()) fail(at, "a list of " + std::to_string(container.size()), v);
    for (auto& element : container) {
      element = read<typename T::value_type>(items[index], {&at, {}, index});
      ++index;
    }
  } else if constexpr (requires { typename T::mapped_type; }) {
    using pair = std::pair<typename T::key_type, typename T::mapped_type>;
    for (const value& item : items) container.insert(read<pair>(item, {&at, {}, index++}));
  } else {
    for (const value& item : items) {
      container.insert(container.end(), read<typename T::value_type>(item, {&at, {}, index++}));
    }
  }
  return container;
}

template <class T, std::size_t... index>
T read_tuple(const value& v, const value_path& at, std::index_sequence<index...>) {
  const auto items = read_record(v, "", sizeof...(index), at);
  return T{read<std::tuple_element_t<index, T>>(items[index], {&at, {}, index})...};
}

template <class T, std::size_t... index>
T read_variant(const value& v, const value_path& at, std::index_sequence<index...>) {
  const auto [chosen, inner] = unwrap(alternatives<T>::names(), v, at);
  std::optional<T> result;
  const bool found =
      ((chosen == index &&
        (result.emplace(std::in_place_index<index>, read<std::variant_alternative_t<index, T>>(*inner, at)),
         true)) ||
       ...);
  if (!found) fail(at, "an alternative of the variant", v);
  return *std::move(result);
}

template <class T>
T read_fields(const value& v, const value_path& at) {
  static_assert(std::default_initializable<T>, "heddle: from_value needs a default constructor");
  T object{};
  std::size_t index = 0;
  const auto items = read_record(v, type_name<T>(), std::string_view::npos, at);
  for_each_field(object, [&](std::string_view name, auto& field) {
    static_assert(!std::is_const_v<std::remove_reference_t<decltype(field)>>,
                  "heddle: from_value cannot set a field that is read by a getter");
    if (index == items.size()) fail(at, "more fields of " + type_name<T>(), v);
    field = read<std::remove_cvref_t<decltype(field)>>(items[index], {&at, name, index});
    ++index;
  });
  if (index != items.size()) fail(at, std::to_string(index) + " fields of " + type_name<T>(), v);
  return object;
}

template <class T>
T read_integral(const value& v, const value_path& at) {
  using limits = std::numeric_limits<T>;
  if constexpr (std::is_unsigned_v<T>) {
    return static_cast<T>(read_natural(v, limits::max(), at));
  } else {
    return static_cast<T>(read_integer(v, limits::min(), limits::max(), at));
  }
}

template <class T>
T read_enum(const value& v, const value_path& at) {
  if (!v.is(value::kind::symbol) && !v.is(value::kind::text)) {
    return static_cast<T>(read_integral<std::underlying_type_t<T>>(v, at));
  }
  const auto enumerator = enum_from_name<T>(v.is(value::kind::symbol) ? v.as_symbol() : v.as_text());
  if (!enumerator) fail(at, "an enumerator of " + type_name<T>(), v);
  return *enumerator;
}

template <class T>
T read_time(const value& v, const value_path& at) {
  if constexpr (is_time_point<T>) {
    return T(read_time<typename T::duration>(v, at));
  } else if constexpr (std::is_floating_point_v<typename T::rep>) {
    return T(static_cast<typename T::rep>(read_real_duration(v, T::period::num, T::period::den, at)));
  } else {
    const std::int64_t count = read_duration(v, T::period::num, T::period::den, at);
    return T(read_integral<typename T::rep>(value::integer(count), at));
  }
}

template <class T>
T read(const value& v, const value_path& at) {
  if constexpr (std::same_as<T, value>) {
    return v;
  } else if constexpr (std::same_as<T, bool>) {
    return read_boolean(v, at);
  } else if constexpr (std::same_as<T, char>) {
    const std::string& text = read_text(v, at);
    if (text.size() != 1) fail(at, "one character", v);
    return text[0];
  } else if constexpr (std::is_integral_v<T>) {
    return read_integral<T>(v, at);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(read_real(v, at));
  } else if constexpr (std::is_enum_v<T>) {
    return read_enum<T>(v, at);
  } else if constexpr (std::same_as<T, std::string>) {
    return read_text(v, at);
  } else if constexpr (is_duration<T> || is_time_point<T>) {
    return read_time<T>(v, at);
  } else if constexpr (std::same_as<T, std::monostate>) {
    if (!v.is(value::kind::null)) fail(at, "none", v);
    return {};
  } else if constexpr (optional_like<T>) {
    if (v.is(value::kind::null)) return std::nullopt;
    const value& inner = can_be_null<typename T::value_type> ? read_record(v, "some", 1, at)[0] : v;
    return read<typename T::value_type>(inner, at);
  } else if constexpr (variant_like<T>) {
    return read_variant<T>(v, at, std::make_index_sequence<std::variant_size_v<T>>{});
  } else if constexpr (text_like<T>) {
    static_assert(!text_like<T>, "heddle: only std::string can be read back, a view or pointer would dangle");
  } else if constexpr (container_like<T>) {
    return read_container<T>(v, at);
  } else if constexpr (tuple_like<T>) {
    return read_tuple<T>(v, at, std::make_index_sequence<std::tuple_size_v<T>>{});
  } else {
    static_assert(heddle::detail::fielded<T>,
                  "heddle: this type cannot be read back; give it heddle_fields (reflect.hpp)");
    return read_fields<T>(v, at);
  }
}

}  // namespace detail

/// The object that `v` was made of. Throws value_error if it has another form or a number does not fit.
template <class T>
T from_value(const value& v) {
  return detail::read<T>(v, {});
}

}  // namespace heddle
