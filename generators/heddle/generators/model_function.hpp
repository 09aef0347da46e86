// Glue between what a run observes (types erased) and sequential.hpp (typed).
#pragma once

#include <optional>
#include <tuple>
#include <vector>

#include <heddle/generators/operation.hpp>
#include <heddle/linearizability/sequential.hpp>

namespace heddle::detail {

namespace lin = linearizability;

/// A request (the first of an operation's two steps) may leave the result to the grant: it is then a void
/// function.
template <class Model, class F, class R, class Tuple>
inline constexpr bool answers = false;
template <class Model, class F, class R, class... A>
inline constexpr bool answers<Model, F, R, std::tuple<A...>> = lin::model_function<F, Model, R, A...>;

/// What the checker may know of the step beforehand: a const member function only observes.
template <class Model, class F, class R, class Tuple>
inline constexpr lin::effect effect_of_step = lin::effect::unknown;
template <class Model, class F, class R, class... A>
requires lin::model_function<F, Model, R, A...>
inline constexpr lin::effect effect_of_step<Model, F, R, std::tuple<A...>> =
    lin::model_effect<Model, F, R, A...>;

template <class R>
observed<R> as_observed(const observation& seen) {
  if (seen.what == observation::kind::threw) return observed<R>::threw(seen.exception);
  if (seen.what == observation::kind::nothing) return observed<R>::nothing();
  if constexpr (std::is_void_v<R>)
    return observed<R>::done();
  else
    return observed<R>::returned(*static_cast<const R*>(seen.result.get()));
}

/// The states that may follow `from` when the call takes effect and `seen` is what was observed of it.
template <class R, class F, class Model, class Tuple>
void take_step(const F& f, const Model& from, caller who, const Tuple& with, const observation& seen,
               std::vector<Model>& successors) {
  if constexpr (answers<Model, F, R, Tuple>)
    lin::apply_model<R>(f, from, who, with, as_observed<R>(seen), successors);
  else
    lin::apply_model<void>(f, from, who, with, observed<void>::nothing(), successors);
}

template <class R, class F, class Model, class Tuple>
std::optional<value> foretell(const F& f, const Model& from, caller who, const Tuple& with) {
  return lin::expected_answer<R>(f, from, who, with);
}

/// Stops compilation with one readable line, and is false, if `F` cannot be the model of an operation with
/// result R and these arguments.
template <class Model, class F, class R, bool is_request, class... A>
constexpr bool require_fitting(std::tuple<A...>*) {
  if constexpr (is_request && lin::model_function<F, Model, void, A...>)
    return true;
  else
    return lin::require_model_function<Model, F, R, A...>();
}

}  // namespace heddle::detail
