// An operation and a model with their types, behind the doors of operation.hpp. What depends only on the
// arguments, on the result or on the model is instantiated once for each of these, not once per operation:
// that is what keeps contracts quick to compile.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <heddle/generators/callable.hpp>
#include <heddle/generators/generator.hpp>
#include <heddle/generators/model_function.hpp>
#include <heddle/generators/operation.hpp>
#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/model_space.hpp>

namespace heddle::detail {

// --- Arguments and results

template <class T>
value describe_object(const void* object) {
  return to_value(*static_cast<const T*>(object));
}

template <class T>
std::uint64_t hash_object(const void* object) {
  return hash_of(*static_cast<const T*>(object));
}

template <class T>
inline constexpr result_type result_type_of{&describe_object<T>, &hash_object<T>};

template <class Tuple, class Indices = std::make_index_sequence<std::tuple_size_v<Tuple>>>
struct argument_tuple;

template <class... T, std::size_t... index>
struct argument_tuple<std::tuple<T...>, std::index_sequence<index...>> {
  using tuple = std::tuple<T...>;

  static std::vector<value> describe([[maybe_unused]] const void* a) {
    return {to_value(std::get<index>(*static_cast<const tuple*>(a)))...};
  }
  static arguments parse(std::span<const value> values) {
    const value all = value::record("", {values.begin(), values.end()});
    [[maybe_unused]] const auto items = read_record(all, "", sizeof...(T), {});
    return std::make_shared<const tuple>(read<T>(items[index], value_path{nullptr, {}, index})...);
  }
  static std::uint64_t hash([[maybe_unused]] const void* a, std::size_t which) {
    std::uint64_t hash = 0;
    ((index == which ? hash = hash_of(std::get<index>(*static_cast<const tuple*>(a))) : 0), ...);
    return hash;
  }
  static arguments assemble([[maybe_unused]] std::span<const arguments> parts) {
    return std::make_shared<const tuple>(as<T>(parts[index])...);
  }

  static constexpr argument_types types{&describe, &parse, &hash};
};

template <class... To, class... G>
rc::Gen<arguments> erase_generators(std::tuple<To...>*, const G&... gens) {
  return combine(&argument_tuple<std::tuple<To...>>::assemble, {erase_generator<To>(gens)...});
}

/// Stops compilation with one readable line, and is false, if the generators do not fit the arguments.
template <class... To, class... From>
constexpr bool require_generators(std::tuple<To...>*, std::type_identity<From>...) {
  static_assert(sizeof...(To) == sizeof...(From), "heddle: give one generator per argument");
  if constexpr (sizeof...(To) == sizeof...(From)) {
    static_assert((std::is_convertible_v<From, To> && ...),
                  "heddle: a generator's type does not convert to the operation's argument type");
    return (std::is_convertible_v<From, To> && ...);
  }
  return false;
}

// --- Models

template <class Model>
concept timed_model = requires(Model& m, std::chrono::nanoseconds d) {
  m.advance(d);
};

template <class Model>
class typed_specification final : public specification {
 public:
  explicit typed_specification(Model initial) : space_(std::move(initial)) {}

  linearizability::transition_system& system() override { return space_; }
  value describe(linearizability::state_id state) const override { return to_value(space_.state(state)); }
  linearizability::symbol_id call(const operation& what, std::size_t step, caller who, const arguments& with,
                                  const observation& seen) override {
    return space_.add_symbol(
        [&what, step, who, with, seen](const Model& from, std::vector<Model>& successors) {
          what.take_step(step, &from, who, with, seen, &successors);
        },
        what.effect_of(step));
  }
  linearizability::symbol_id advance(std::int64_t by_ns) override {
    if constexpr (timed_model<Model>) {
      return space_.add_symbol([by_ns](const Model& from, std::vector<Model>& successors) {
        successors.push_back(from);
        successors.back().advance(std::chrono::nanoseconds(by_ns));
      });
    } else {
      throw std::logic_error("the model has no member advance(std::chrono::nanoseconds)");
    }
  }

  const Model& state(linearizability::state_id id) const { return space_.state(id); }

 private:
  linearizability::model_space<Model> space_;
};

// --- Operations

/// One execution of `F`; the result is constructed in place while under control.
template <class F, class Implementation, class Session>
class typed_execution final : public execution {
  using traits = implementation<F, Implementation, Session>;
  using argument_tuple = typename traits::argument_tuple;
  using result = typename traits::result;

 public:
  typed_execution(const F& f, arguments with) : f_(f), with_(std::move(with)) {}

  void run(void* subject, void* session) noexcept override {
    try {
      std::apply(
          [&](const auto&... argument) {
            auto& s = *static_cast<Implementation*>(subject);
            auto& own = *static_cast<Session*>(session);
            if constexpr (std::is_void_v<typename traits::returned>) {
              traits::call(f_, s, own, argument...);
              result_.emplace();
            } else {
              result_.emplace(traits::call(f_, s, own, argument...));
            }
          },
          as<argument_tuple>(with_));
    } catch (...) {
      error_ = std::current_exception();
    }
  }

  observation observe() const override {
    if (result_) return {observation::kind::returned, std::make_shared<const result>(*result_), {}};
    if (error_) return {observation::kind::threw, nullptr, exception_text(error_)};
    return {};
  }

 private:
  F f_;
  arguments with_;
  std::optional<result> result_;
  std::exception_ptr error_;
};

/// `ModelSteps…` are one or two model functions: what a call is for the model.
template <class Implementation, class Session, class Model, class F, class... ModelSteps>
class typed_operation final : public operation {
  using traits = implementation<F, Implementation, Session>;
  using tuple = typename traits::argument_tuple;
  using model_result = typename traits::model_result;

 public:
  typed_operation(std::string name, F f, std::tuple<ModelSteps...> steps, rc::Gen<arguments> generator)
      : operation(std::move(name), argument_tuple<tuple>::types, result_type_of<typename traits::result>,
                  {effect_of_step<Model, ModelSteps, model_result, tuple>...}, std::move(generator)),
        f_(std::move(f)),
        steps_(std::move(steps)) {}

  std::unique_ptr<execution> prepare(const arguments& a) const override {
    return std::make_unique<typed_execution<F, Implementation, Session>>(f_, a);
  }

  void take_step(std::size_t step, const void* from, caller who, const arguments& a, const observation& seen,
                 void* successors) const override {
    const auto take = [&](const auto& f) {
      detail::take_step<model_result>(f, *static_cast<const Model*>(from), who, as<tuple>(a), seen,
                                      *static_cast<std::vector<Model>*>(successors));
    };
    if constexpr (sizeof...(ModelSteps) == 2)
      if (step == 0) return take(std::get<0>(steps_));
    take(std::get<sizeof...(ModelSteps) - 1>(steps_));
  }

  std::optional<value> expected(const specification& model, linearizability::state_id state, caller who,
                                const arguments& a) const override {
    return foretell<model_result>(std::get<sizeof...(ModelSteps) - 1>(steps_),
                                  static_cast<const typed_specification<Model>&>(model).state(state), who,
                                  as<tuple>(a));
  }

 private:
  F f_;
  std::tuple<ModelSteps...> steps_;
};

}  // namespace heddle::detail
