// Generators of arguments and configurations whose machinery is compiled once. rc::Gen<T> does as well
// wherever these do; it is instantiated anew, at some cost to the compiler, for every type.
//
//   simplest_first<int>({1, 2, 2, 3})           one of the values; a value that stands twice is drawn twice
//                                               as often
//   combined([](int limit, mode m) { return settings{limit, m}; }, gen_limit, gen_mode)
//                                               made of independent parts
#pragma once

#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <rapidcheck/Gen.h>
#include <rapidcheck/gen/Transform.h>

namespace heddle {

/// A value whose type only its maker knows.
using erased_value = std::shared_ptr<const void>;

/// Generates values of T behind pointers.
template <class T>
class generator {
 public:
  using ValueType = T;  ///< as rapidcheck calls it
  explicit generator(rc::Gen<erased_value> erased) : erased_(std::move(erased)) {}
  const rc::Gen<erased_value>& erased() const { return erased_; }

 private:
  rc::Gen<erased_value> erased_;
};

namespace detail {

using assemble_values = erased_value (*)(std::span<const erased_value> parts);

/// One of `values`, with equal chances; shrinks towards the first.
rc::Gen<erased_value> choose(std::vector<erased_value> values);
/// Draws each part independently and shrinks the first before the others, as rc::gen::tuple does.
rc::Gen<erased_value> combine(assemble_values assemble, std::vector<rc::Gen<erased_value>> parts);
rc::Gen<erased_value> convert(rc::Gen<erased_value> gen, erased_value (*to)(const erased_value&));
/// Always `v`.
rc::Gen<erased_value> always(erased_value v);

template <class G>
concept generates = requires {
  typename G::ValueType;
};

template <class T>
const T& as(const erased_value& v) {
  return *static_cast<const T*>(v.get());
}

template <class T>
erased_value erase(T object) {
  return std::make_shared<const T>(std::move(object));
}

template <class To, class From>
rc::Gen<erased_value> erase_generator(rc::Gen<From> gen) {
  return rc::gen::map(std::move(gen), [](From from) { return erase<To>(static_cast<To>(std::move(from))); });
}

template <class To, class From>
rc::Gen<erased_value> erase_generator(const generator<From>& gen) {
  if constexpr (std::is_same_v<To, From>)
    return gen.erased();
  else
    return convert(gen.erased(),
                   [](const erased_value& from) { return erase<To>(static_cast<To>(as<From>(from))); });
}

template <class Make, class... T, std::size_t... index>
erased_value make_of(std::span<const erased_value> parts, std::type_identity<std::tuple<T...>>,
                     std::index_sequence<index...>) {
  return erase(Make()(as<T>(parts[index])...));
}

}  // namespace detail

/// One of `values`, with equal chances. Unlike rc::gen::element, it shrinks.
template <class T>
generator<T> simplest_first(const std::vector<T>& values) {
  std::vector<erased_value> erased;
  for (const auto& v : values) erased.push_back(detail::erase<T>(v));
  return generator<T>(detail::choose(std::move(erased)));
}

/// What `make`, a lambda without captures, returns for values of the parts, each an rc::Gen or a generator.
template <class Make, class... G>
auto combined(Make, const G&... parts) {
  static_assert(std::is_empty_v<Make>, "heddle: the first argument of combined() must not capture anything");
  using result = std::decay_t<std::invoke_result_t<Make, typename G::ValueType...>>;
  constexpr detail::assemble_values assemble = [](std::span<const erased_value> values) {
    return detail::make_of<Make>(values, std::type_identity<std::tuple<typename G::ValueType...>>(),
                                 std::index_sequence_for<G...>());
  };
  return generator<result>(
      detail::combine(assemble, {detail::erase_generator<typename G::ValueType>(parts)...}));
}

}  // namespace heddle
