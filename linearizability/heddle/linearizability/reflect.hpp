// What a type is made of: the one classification that values, hashes and their concepts share.
//
// Aggregates are taken apart by Boost.PFR (public members, no base classes, no C arrays, no names in
// Boost 1.81). Any other class, or an aggregate whose fields should show their names, says what it consists
// of by a function that is found by argument-dependent lookup, best as a hidden friend (which also reaches
// private members):
//
//   class limiter {
//     int used_; std::vector<int> waiting_;
//     friend auto heddle_fields(const limiter&) { return heddle::fields("used", &limiter::used_, "waiting",
//     &limiter::waiting_); }
//   };
//
// Pointers to members of base classes are fine. A member function may stand in for a data member (a getter of
// a class that one cannot edit); such a type can be printed and hashed, but not read back.
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/pfr/core.hpp>
#include <boost/pfr/tuple_size.hpp>

namespace heddle {

template <class Member>
struct named_field {
  std::string_view name;
  Member member;
};

constexpr std::tuple<> fields() {
  return {};
}

/// fields("name", &type::member, "name2", &type::member2, …): what `heddle_fields` returns.
template <class Member, class... Rest>
constexpr auto fields(std::string_view name, Member member, Rest... rest) {
  return std::tuple_cat(std::tuple<named_field<Member>>{{name, member}}, fields(rest...));
}

namespace detail {

template <class T, template <class...> class Template>
inline constexpr bool is_a = false;
template <class... Args, template <class...> class Template>
inline constexpr bool is_a<Template<Args...>, Template> = true;

template <class T>
inline constexpr bool is_time_point = false;
template <class Clock, class Duration>
inline constexpr bool is_time_point<std::chrono::time_point<Clock, Duration>> = true;

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class T>
concept text_like = std::convertible_to<const T&, std::string_view>;

template <class T>
concept optional_like = is_a<T, std::optional>;

template <class T>
concept variant_like = is_a<T, std::variant>;

template <class T>
concept container_like = !text_like<T> && requires(const T& t) {
  typename T::value_type;
  t.begin();
  t.end();
}
&&!std::same_as<typename T::value_type, T>;

template <class T>
concept unordered_like = container_like<T> && requires {
  typename T::hasher;
};

template <class T>
concept tuple_like = !container_like<T> && requires {
  std::tuple_size<T>::value;
};

template <class T>
concept listed = requires(const T& t) {
  heddle_fields(t);
};

template <class T>
struct any_base_of {
  template <class Base>
  requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>) operator Base() const;
};

template <class T>
concept has_base = std::is_aggregate_v<T> && requires {
  T{any_base_of<T>{}};
};

template <class T>
concept plain_aggregate =
    std::is_aggregate_v<T> && !std::is_array_v<T> && !container_like<T> && !text_like<T> && !tuple_like<T> &&
    !listed<T> && !has_base<T> && !std::same_as<T, std::monostate>;

/// A class that is described field by field, by PFR or by its own list.
template <class T>
concept fielded = listed<T> || plain_aggregate<T>;

/// Calls f(name, field) for each field of `object`; names are empty unless the class lists them.
template <fielded T, class F>
void for_each_field(T& object, F&& f) {
  if constexpr (listed<T>) {
    std::apply([&](const auto&... field) { (f(field.name, std::invoke(field.member, object)), ...); },
               heddle_fields(std::as_const(object)));
  } else if constexpr (boost::pfr::tuple_size_v<T> != 0) {
    boost::pfr::for_each_field(object, [&](auto& field) { f(std::string_view{}, field); });
  }
}

template <class... T>
struct type_list {};

template <class T, class List>
struct field_types;

template <class T, class... Members>
struct field_types<T, std::tuple<named_field<Members>...>> {
  using type = type_list<std::remove_cvref_t<std::invoke_result_t<Members, const T&>>...>;
};

template <class T, std::size_t... index>
struct field_types<T, std::index_sequence<index...>> {
  using type = type_list<boost::pfr::tuple_element_t<index, T>...>;
};

/// The types that a compound type consists of; no member `type` if it is not compound.
template <class T>
struct parts {};

template <class T>
struct parts<std::optional<T>> {
  using type = type_list<T>;
};

template <class... T>
struct parts<std::variant<T...>> {
  using type = type_list<T...>;
};

template <class... T>
struct parts<std::tuple<T...>> {
  using type = type_list<std::remove_cvref_t<T>...>;
};

template <class A, class B>
struct parts<std::pair<A, B>> {
  using type = type_list<std::remove_cvref_t<A>, std::remove_cvref_t<B>>;
};

template <container_like T>
struct parts<T> {
  using type = type_list<std::remove_cvref_t<typename T::value_type>>;
};

template <listed T>
struct parts<T> : field_types<T, decltype(heddle_fields(std::declval<const T&>()))> {};

template <plain_aggregate T>
struct parts<T> : field_types<T, std::make_index_sequence<boost::pfr::tuple_size_v<T>>> {};

template <class T>
concept compound = requires {
  typename parts<T>::type;
};

}  // namespace detail

}  // namespace heddle
