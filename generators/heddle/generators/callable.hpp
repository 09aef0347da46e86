// Which parameters a callable takes: member function pointers, function pointers and objects with one call
// operator.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace heddle::detail {

template <class F>
struct signature : signature<decltype(&F::operator())> {};

template <class R, class... A>
struct signature<R (*)(A...)> {
  using result = R;
  using parameters = std::tuple<A...>;
};
template <class R, class... A>
struct signature<R (*)(A...) noexcept> : signature<R (*)(A...)> {};

template <class R, class C, class... A>
struct signature<R (C::*)(A...)> : signature<R (*)(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) const> : signature<R (*)(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) noexcept> : signature<R (*)(A...)> {};
template <class R, class C, class... A>
struct signature<R (C::*)(A...) const noexcept> : signature<R (*)(A...)> {};

template <class F>
concept has_signature = std::is_member_function_pointer_v<F> || std::is_pointer_v<F> || requires {
  &F::operator();
};

/// The parameter list without its first `count` members, decayed: what has to be generated.
template <std::size_t count, class... A>
constexpr auto drop_and_decay(std::tuple<A...>*) {
  return []<std::size_t... i>(std::index_sequence<i...>) {
    return std::type_identity<
        std::tuple<std::decay_t<std::tuple_element_t<count + i, std::tuple<A...>>>...>>{};
  }
  (std::make_index_sequence<sizeof...(A) - count>{});
}

/// How an implementation's callable is called: `leading` parameters are the subject and perhaps the session.
template <class F, class Subject, class Session>
struct implementation {
  using parameters = typename signature<F>::parameters;

  template <class First>
  static constexpr bool names_subject = std::is_same_v<std::remove_cvref_t<First>, Subject>;
  template <class Second>
  static constexpr bool names_session = std::is_same_v<std::remove_cvref_t<Second>, Session>;

  template <class... A>
  static constexpr std::size_t count_leading(std::tuple<A...>*) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      return 0;
    } else if constexpr (sizeof...(A) >= 2) {
      return names_session<std::tuple_element_t<1, std::tuple<A...>>> ? 2 : 1;
    } else {
      return 1;
    }
  }
  static constexpr std::size_t leading = count_leading(static_cast<parameters*>(nullptr));

  using argument_tuple = typename decltype(drop_and_decay<leading>(static_cast<parameters*>(nullptr)))::type;
  using returned = typename signature<F>::result;
  /// What is observed: a value; std::monostate stands for void.
  using result = std::conditional_t<std::is_void_v<returned>, std::monostate, std::decay_t<returned>>;
  /// The same for the model, which knows void.
  using model_result = std::decay_t<returned>;

  template <class... A>
  static returned call(const F& f, Subject& subject, Session& session, const A&... arguments) {
    if constexpr (std::is_member_function_pointer_v<F>) {
      return (subject.*f)(arguments...);
    } else if constexpr (leading == 2) {
      return f(subject, session, arguments...);
    } else {
      return f(subject, arguments...);
    }
  }
};

}  // namespace heddle::detail
