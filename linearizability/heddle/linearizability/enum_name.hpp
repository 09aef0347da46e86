// Names of types and enumerators, without macros and without registration.
//
// The compiler prints template arguments into __PRETTY_FUNCTION__. One instantiation per enum prints all
// candidate values at once (cheaper to compile than one instantiation per value); the printed list is parsed
// once, at first use.
//
// Deviations: enumerators outside −16..127 have no name here and show as numbers, as do values that no
// enumerator names.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace heddle {

namespace detail {

inline constexpr int enum_first = -16;
inline constexpr int enum_count = 144;

template <class T>
const char* pretty_type() {
  return __PRETTY_FUNCTION__;
}

template <class E, E... values>
const char* pretty_enumerators() {
  return __PRETTY_FUNCTION__;
}

/// Unlike static_cast, this is no constant-expression error where an enum without a fixed type cannot hold
/// the number.
template <class E>
constexpr E enum_candidate(int number) {
  return std::bit_cast<E>(static_cast<std::underlying_type_t<E>>(number));
}

template <class E, int... offsets>
const char* pretty_enum(std::integer_sequence<int, offsets...>) {
  return pretty_enumerators<E, enum_candidate<E>(enum_first + offsets)...>();
}

/// The enumerators of one enum, parsed from what the compiler printed.
class enum_table {
 public:
  explicit enum_table(std::string_view pretty);
  /// Empty if the number is no enumerator's.
  std::string_view name_of(int number) const;
  std::optional<std::size_t> position(std::string_view name) const;

 private:
  std::string_view names_[enum_count];
};

template <class E>
const enum_table& table_of() {
  static const enum_table table(pretty_enum<E>(std::make_integer_sequence<int, enum_count>{}));
  return table;
}

/// "ns::point<int>" as printed in `pretty` becomes "point".
std::string unqualified_name(std::string_view pretty);

}  // namespace detail

/// The unqualified name of a class or enum, without template arguments: the same for every compiler.
template <class T>
const std::string& type_name() {
  static const std::string name = detail::unqualified_name(detail::pretty_type<T>());
  return name;
}

/// The enumerator's name, or empty if no enumerator in −16..127 has this value.
template <class E>
requires std::is_enum_v<E> std::string_view enum_name(E enumerator) {
  const auto number = static_cast<std::underlying_type_t<E>>(enumerator);
  return std::in_range<int>(+number) ? detail::table_of<E>().name_of(static_cast<int>(number))
                                     : std::string_view();
}

/// The enumerator that is called `name`, if there is one.
template <class E>
requires std::is_enum_v<E> std::optional<E> enum_from_name(std::string_view name) {
  const auto position = detail::table_of<E>().position(name);
  if (!position) return std::nullopt;
  return static_cast<E>(detail::enum_first + static_cast<int>(*position));
}

}  // namespace heddle
