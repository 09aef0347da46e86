// Hashes of plain data: the same number in every run, for every compiler and on every machine.
//
// Scalars, strings and containers are absorbed into a 64-bit state with the finaliser of MurmurHash3 (Austin
// Appleby, public domain) as mixing function; aggregates field by field, unordered containers by the sum of
// their elements' hashes. No pointer and no std::hash enters, save for types that offer nothing but
// std::hash.
//
// Not a defence against chosen collisions: everything that stores hashes compares with == afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include <heddle/linearizability/reflect.hpp>

namespace heddle {

namespace detail {

constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdU;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53U;
  return x ^ (x >> 33);
}

constexpr std::uint64_t combine(std::uint64_t seed, std::uint64_t x) {
  return mix(seed + 0x9e3779b97f4a7c15U + mix(x ^ 0x2545f4914f6cdd1dU));
}

std::uint64_t hash_text(std::string_view text);
std::uint64_t hash_real(double number);

template <class T>
concept hashed_by_adl = requires(const T& t) {
  { heddle_hash(t) } -> std::same_as<std::uint64_t>;
};

template <class T>
concept hashed_by_std = requires(const T& t) {
  { std::hash<T>{}(t) } -> std::convertible_to<std::size_t>;
};

template <class T>
concept hash_leaf = hashed_by_adl<T> || std::is_arithmetic_v<T> || std::is_enum_v<T> || text_like<T> ||
    is_duration<T> || is_time_point<T> || std::same_as<T, std::monostate>;

template <class T>
constexpr bool is_hashable();

template <class... T>
constexpr bool all_hashable(type_list<T...>) {
  return (is_hashable<T>() && ...);
}

template <class T>
constexpr bool is_hashable() {
  if constexpr (std::is_pointer_v<T> && !text_like<T>) {
    return false;
  } else if constexpr (hash_leaf<T>) {
    return true;
  } else if constexpr (compound<T>) {
    return all_hashable(typename parts<T>::type{});
  } else {
    return hashed_by_std<T>;
  }
}

}  // namespace detail

/// A type that hash_of takes: numbers, text, enums, durations, optionals, variants, tuples, containers,
/// aggregates of such, classes with `heddle_fields`, and classes with their own `std::uint64_t
/// heddle_hash(const T&)` found by argument-dependent lookup.
template <class T>
concept hashable = detail::is_hashable<T>();

/// A hash of all that `object` consists of; equal objects have equal hashes. O(size).
template <class T>
std::uint64_t hash_of(const T& object) {
  static_assert(hashable<T>,
                "heddle: this type has a member that cannot be hashed; give it heddle_fields or heddle_hash");
  using detail::combine;
  if constexpr (detail::hashed_by_adl<T>) {
    return heddle_hash(object);
  } else if constexpr (std::same_as<T, char>) {
    return hash_of(static_cast<unsigned char>(object));  // plain char is signed on some machines only
  } else if constexpr (std::is_floating_point_v<T>) {
    return detail::hash_real(static_cast<double>(object));
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    return detail::mix(static_cast<std::uint64_t>(object) + 0x9e3779b97f4a7c15U);
  } else if constexpr (detail::text_like<T>) {
    return detail::hash_text(object);
  } else if constexpr (detail::is_duration<T>) {
    return hash_of(object.count());
  } else if constexpr (detail::is_time_point<T>) {
    return hash_of(object.time_since_epoch());
  } else if constexpr (std::same_as<T, std::monostate>) {
    return detail::mix(1);
  } else if constexpr (detail::optional_like<T>) {
    return object ? combine(1, hash_of(*object)) : detail::mix(2);
  } else if constexpr (detail::variant_like<T>) {
    return std::visit([&](const auto& inner) { return combine(object.index(), hash_of(inner)); }, object);
  } else if constexpr (detail::unordered_like<T>) {
    std::uint64_t sum = 0;
    for (const auto& element : object) sum += hash_of(element);
    return combine(object.size(), sum);
  } else if constexpr (detail::container_like<T>) {
    std::uint64_t hash = 0;
    std::uint64_t size = 0;
    for (const typename T::value_type& element : object) {
      hash = combine(hash, hash_of(element));
      ++size;
    }
    return combine(size, hash);
  } else if constexpr (detail::tuple_like<T>) {
    std::uint64_t hash = 3;
    std::apply([&](const auto&... part) { ((hash = combine(hash, hash_of(part))), ...); }, object);
    return hash;
  } else if constexpr (detail::fielded<T>) {
    std::uint64_t hash = 5;
    detail::for_each_field(
        object, [&](std::string_view, const auto& field) { hash = combine(hash, hash_of(field)); });
    return hash;
  } else {
    return detail::mix(std::hash<T>{}(object));
  }
}

/// A sequential model's state: a regular value whose members can be hashed.
template <class M>
concept model_state = std::copyable<M> && std::equality_comparable<M> && hashable<M>;

/// Stops compilation with one readable line if M cannot be a model's state.
template <class M>
constexpr void require_model_state() {
  static_assert(std::copyable<M>, "heddle: the model must be copyable and assignable, like any value");
  static_assert(std::equality_comparable<M>,
                "heddle: the model must be comparable: add bool operator==(const Model&) const = default;");
  static_assert(
      hashable<M>,
      "heddle: the model must be hashable by its members: make it an aggregate without base classes, "
      "or add heddle_fields");
}

}  // namespace heddle
