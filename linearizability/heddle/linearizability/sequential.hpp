// From a model's function and what was seen of one call to the states that may follow.
//
// A model function is a pointer to a member function of the model, or a callable whose first parameter is
// Model&. It takes one of the forms of model.hpp, here with what decides them:
//
//   (caller?, args..., observed<R>) → bool                acceptor
//   (caller?, args..., observed<R>) → std::vector<Model>  relation
//   (caller?, args...)              → std::vector<Model>  relation, whatever was seen
//   (caller?, args...)              → std::optional<Q>    deterministic; empty: not enabled now
//   (caller?, args...)              → Q                   deterministic
//
// R is the implementation's result type, Args are its argument types; Q is comparable with R, or both are
// void. std::optional has its special meaning only where R is not optional itself. A deterministic function
// that throws fits an exception of the same text (exception_text.hpp); the state is then what it had become.
//
//   apply_model             the successors of one state by one call
//   model_step              the same, packed for model_space::add_symbol
//   expected_answer         what a deterministic function would answer, for reports
//   model_effect            what the checker may know beforehand
//   require_model_function  stops compilation with one readable line if the function does not fit
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <heddle/linearizability/checker.hpp>
#include <heddle/linearizability/exception_text.hpp>
#include <heddle/linearizability/model.hpp>
#include <heddle/linearizability/reflect.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle::linearizability {

namespace detail {

/// Which of the two optional parameters a model function takes.
enum class parameters : std::uint8_t { misfit, plain, from_caller, of_observed, of_both };

template <class Model, class F, class R, class... Args>
constexpr parameters parameters_of() {
  using seen = const observed<R>&;
  if constexpr (std::is_invocable_v<const F&, Model&, const Args&..., seen>) return parameters::of_observed;
  if constexpr (std::is_invocable_v<const F&, Model&, caller, const Args&..., seen>)
    return parameters::of_both;
  if constexpr (std::is_invocable_v<const F&, Model&, const Args&...>) return parameters::plain;
  if constexpr (std::is_invocable_v<const F&, Model&, caller, const Args&...>) return parameters::from_caller;
  return parameters::misfit;
}

template <class R, class F, class Model, class... Args>
decltype(auto) call_model(const F& f, Model& model, caller who, const std::tuple<Args...>& arguments,
                          const observed<R>& seen) {
  constexpr parameters taken = parameters_of<std::remove_const_t<Model>, F, R, Args...>();
  return std::apply(
      [&](const Args&... args) -> decltype(auto) {
        if constexpr (taken == parameters::of_observed) {
          return std::invoke(f, model, args..., seen);
        } else if constexpr (taken == parameters::of_both) {
          return std::invoke(f, model, who, args..., seen);
        } else if constexpr (taken == parameters::from_caller) {
          return std::invoke(f, model, who, args...);
        } else {
          return std::invoke(f, model, args...);
        }
      },
      arguments);
}

template <class Model, class F, class R, class... Args>
using answer_of = std::remove_cvref_t<decltype(call_model<R>(
    std::declval<const F&>(), std::declval<Model&>(), caller{}, std::declval<const std::tuple<Args...>&>(),
    std::declval<const observed<R>&>()))>;

template <class Q, class R>
concept comparable_results = (std::is_void_v<Q> && std::is_void_v<R>) ||
                             requires(const Q& model, const R& seen) {
  { model == seen } -> std::convertible_to<bool>;
};

/// Compares integers by their mathematical values, everything else by ==.
template <class Q, class R>
bool same_result(const Q& model, const R& seen) {
  constexpr bool integers = std::is_integral_v<Q> && std::is_integral_v<R> && !std::is_same_v<Q, bool> &&
                            !std::is_same_v<R, bool> && !std::is_same_v<Q, char> && !std::is_same_v<R, char>;
  if constexpr (integers && std::is_signed_v<Q> != std::is_signed_v<R>) {
    return std::cmp_equal(model, seen);
  } else {
    return static_cast<bool>(model == seen);
  }
}

enum class form : std::uint8_t {
  wrong_arguments,
  wrong_observer,
  wrong_result,
  acceptor,
  relation,
  waiting,
  deterministic
};

/// std::optional<Q> where the implementation's own result is not optional.
template <class Q, class R>
constexpr bool may_wait() {
  if constexpr (heddle::detail::optional_like<Q> && !heddle::detail::optional_like<R>) {
    return std::is_void_v<R> || comparable_results<typename Q::value_type, R>;
  } else {
    return false;
  }
}

template <class Model, class F, class R, class... Args>
constexpr form form_of() {
  constexpr parameters taken = parameters_of<Model, F, R, Args...>();
  if constexpr (taken == parameters::misfit) {
    return form::wrong_arguments;
  } else {
    using answer = answer_of<Model, F, R, Args...>;
    constexpr bool watches = taken == parameters::of_observed || taken == parameters::of_both;
    if constexpr (std::same_as<answer, std::vector<Model>> && (watches || !std::same_as<R, answer>)) {
      return form::relation;
    } else if constexpr (watches) {
      return std::same_as<answer, bool> ? form::acceptor : form::wrong_observer;
    } else if constexpr (may_wait<answer, R>()) {
      return form::waiting;
    } else {
      return comparable_results<answer, R> ? form::deterministic : form::wrong_result;
    }
  }
}

template <class Model, class F, class R, class... Args>
constexpr bool only_observes() {
  if constexpr (!std::is_member_function_pointer_v<F>) {
    return false;
  } else {
    constexpr bool leaves_const =
        std::is_invocable_v<const F&, const Model&, const Args&...> ||
        std::is_invocable_v<const F&, const Model&, caller, const Args&...> ||
        std::is_invocable_v<const F&, const Model&, const Args&..., const observed<R>&> ||
        std::is_invocable_v<const F&, const Model&, caller, const Args&..., const observed<R>&>;
    return leaves_const && form_of<Model, F, R, Args...>() != form::relation;
  }
}

template <class R>
bool may_return(const observed<R>& seen) {
  return !seen.known() || seen.returned();
}

/// Runs a deterministic function on `model`. True if it is enabled and its answer may be what was seen.
template <class R, class F, class Model, class... Args>
bool runs_as_seen(const F& f, Model& model, caller who, const std::tuple<Args...>& arguments,
                  const observed<R>& seen) {
  using answer = answer_of<Model, F, R, Args...>;
  try {
    if constexpr (std::is_void_v<answer>) {
      call_model<R>(f, model, who, arguments, seen);
      return may_return(seen);
    } else {
      const auto& result = call_model<R>(f, model, who, arguments, seen);
      if constexpr (form_of<Model, F, R, Args...>() == form::waiting) {
        if (!result) return false;
        if constexpr (std::is_void_v<R>) {
          return may_return(seen);
        } else {
          return !seen.known() || (seen.returned() && same_result(*result, seen.value()));
        }
      } else {
        return !seen.known() || (seen.returned() && same_result(result, seen.value()));
      }
    }
  } catch (...) {
    return !seen.known() || (seen.threw() && seen.exception() == exception_text(std::current_exception()));
  }
}

/// The answer of a deterministic function, which may change `model`. Not inlined: g++ 12 would then warn of
/// an uninitialised model where the function is a constant.
template <class R, class F, class Model, class... Args>
[[gnu::noinline]] std::optional<value> answer_in(const F& f, Model model, caller who,
                                                 const std::tuple<Args...>& arguments) {
  using answer = answer_of<Model, F, R, Args...>;
  if constexpr (std::is_void_v<answer>) {
    call_model<R>(f, model, who, arguments, observed<R>::nothing());
    return value();
  } else if constexpr (describable<answer>) {
    const auto& result = call_model<R>(f, model, who, arguments, observed<R>::nothing());
    if constexpr (form_of<Model, F, R, Args...>() == form::waiting) {
      return result ? to_value(*result) : value::symbol("waits");
    } else {
      return to_value(result);
    }
  } else {
    return std::nullopt;
  }
}

}  // namespace detail

/// A function that specifies an operation with arguments Args and result R.
template <class F, class Model, class R, class... Args>
concept model_function = detail::form_of<Model, F, R, Args...>()
>= detail::form::acceptor;

/// Stops compilation with one readable line that says what does not fit. False if it has.
template <class Model, class F, class R, class... Args>
constexpr bool require_model_function() {
  using detail::form;
  constexpr form found = detail::form_of<Model, F, R, Args...>();
  static_assert(found != form::wrong_arguments,
                "heddle: the model's function does not take the operation's arguments (a heddle::caller may "
                "come before "
                "them, a heddle::observed<Result> after them)");
  static_assert(found != form::wrong_observer,
                "heddle: a model function that takes observed<Result> returns bool, or std::vector<Model> of "
                "every next state");
  static_assert(
      found != form::wrong_result,
      "heddle: the model's result cannot be compared (==) with the operation's; or take observed<Result>");
  return found >= form::acceptor;
}

/// What the checker may know of every symbol made of this function: a const member function only observes.
template <class Model, class F, class R, class... Args>
inline constexpr effect model_effect = detail::only_observes<Model, F, R, Args...>() ? effect::observes
                                                                                     : effect::unknown;

/// Appends to `successors` every state that may follow `from` when `who` calls with `arguments` and `seen` is
/// observed; none if that may not happen. Exceptions of acceptors and relations pass through.
template <class R, class F, class Model, class... Args>
void apply_model(const F& f, const Model& from, caller who, const std::tuple<Args...>& arguments,
                 const observed<R>& seen, std::vector<Model>& successors) {
  using detail::form;
  if constexpr (!require_model_function<Model, F, R, Args...>()) {
    return;
  } else if constexpr (constexpr form found = detail::form_of<Model, F, R, Args...>();
                       detail::only_observes<Model, F, R, Args...>()) {
    if constexpr (found == form::acceptor) {
      if (detail::call_model<R>(f, from, who, arguments, seen)) successors.push_back(from);
    } else {
      if (detail::runs_as_seen<R>(f, from, who, arguments, seen)) successors.push_back(from);
    }
  } else {
    Model model = from;
    if constexpr (found == form::relation) {
      for (auto&& next : detail::call_model<R>(f, model, who, arguments, seen)) successors.push_back(next);
    } else if constexpr (found == form::acceptor) {
      if (detail::call_model<R>(f, model, who, arguments, seen)) successors.push_back(std::move(model));
    } else {
      if (detail::runs_as_seen<R>(f, model, who, arguments, seen)) successors.push_back(std::move(model));
    }
  }
}

/// What a deterministic function would answer in `from`: its result, none for void, the symbol "waits" if it
/// is not enabled, or the symbol "throws type: what". Nothing for acceptors, relations and results that
/// cannot be shown.
template <class R, class F, class Model, class... Args>
std::optional<value> expected_answer(const F& f, const Model& from, caller who,
                                     const std::tuple<Args...>& arguments) {
  using detail::form;
  constexpr form found = detail::form_of<Model, F, R, Args...>();
  if constexpr (found == form::deterministic || found == form::waiting) {
    try {
      return detail::answer_in<R>(f, from, who, arguments);
    } catch (...) {
      return value::symbol("throws " + exception_text(std::current_exception()));
    }
  } else {
    return std::nullopt;
  }
}

/// What was seen of one call, kept.
template <class R>
class sighting {
 public:
  using result = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

  static sighting nothing() { return {}; }
  static sighting returned(result r = {}) { return sighting(std::move(r), std::nullopt); }
  static sighting threw(std::string exception) { return sighting(std::nullopt, std::move(exception)); }

  observed<R> view() const {
    if (exception_) return observed<R>::threw(*exception_);
    if (!result_) return observed<R>::nothing();
    if constexpr (std::is_void_v<R>) {
      return observed<R>::done();
    } else {
      return observed<R>::returned(*result_);
    }
  }

 private:
  sighting() = default;
  sighting(std::optional<result> r, std::optional<std::string> exception)
      : result_(std::move(r)), exception_(std::move(exception)) {}

  std::optional<result> result_;
  std::optional<std::string> exception_;
};

/// One call as a step of a model_space<Model>.
template <class Model, class R, class F, class... Args>
std::function<void(const Model&, std::vector<Model>&)> model_step(F f, caller who,
                                                                  std::tuple<Args...> arguments,
                                                                  sighting<R> seen) {
  return [f, who, arguments = std::move(arguments), seen = std::move(seen)](const Model& from,
                                                                            std::vector<Model>& successors) {
    apply_model<R>(f, from, who, arguments, seen.view(), successors);
  };
}

}  // namespace heddle::linearizability
