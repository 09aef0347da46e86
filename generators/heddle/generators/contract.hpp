// How a user says what is to be verified: which operations the component has, how their arguments are
// generated, and the sequential model that each is compared with.
//
//     heddle::contract<HitLimiter, LimiterModel>("limiter")
//         .operation("try_acquire", &HitLimiter::try_acquire, &LimiterModel::try_acquire, rc::gen::inRange(1,
//         4))
//
// An implementation's operation is a member function pointer, or a callable (Implementation&, arguments…) or
// (Implementation&, Session&, arguments…), where a Session is what one process keeps between its calls
// (tickets, open transactions). A model's operation takes one of the forms of
// <heddle/linearizability/model.hpp>. Results must be copyable, comparable with == and printable (value.hpp).
//
// Mistakes in a contract are compile errors of one line where the compiler can see them; the rest is reported
// by check() with the contract's name and the mend.
#pragma once

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <typeinfo>
#include <utility>
#include <variant>

#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/gen/Tuple.h>

#include <heddle/generators/callable.hpp>
#include <heddle/generators/condition_judges.hpp>
#include <heddle/generators/contract_definition.hpp>
#include <heddle/generators/linearizable.hpp>
#include <heddle/generators/model_function.hpp>
#include <heddle/linearizability/hash.hpp>
#include <heddle/linearizability/model_space.hpp>

namespace heddle {

/// A session for operations that need none.
struct no_session {};

namespace detail {

template <class Model>
concept timed_model = requires(Model& m, std::chrono::nanoseconds d) {
  m.advance(d);
};

template <class Model>
class typed_specification final : public specification {
 public:
  explicit typed_specification(Model initial) : space(std::move(initial)) {}

  linearizability::transition_system& system() override { return space; }
  value describe(linearizability::state_id state) const override { return to_value(space.state(state)); }
  linearizability::symbol_id advance(std::int64_t by_ns) override {
    if constexpr (timed_model<Model>) {
      return space.add_symbol([by_ns](const Model& from, std::vector<Model>& successors) {
        successors.push_back(from);
        successors.back().advance(std::chrono::nanoseconds(by_ns));
      });
    } else {
      throw std::logic_error("the model has no member advance(std::chrono::nanoseconds)");
    }
  }

  linearizability::model_space<Model> space;
};

template <class Tuple>
const Tuple& arguments_as(const arguments& a) {
  return *static_cast<const Tuple*>(a.get());
}

template <class T>
arguments erase(T object) {
  return std::make_shared<const T>(std::move(object));
}

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
          arguments_as<argument_tuple>(with_));
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
  using argument_tuple = typename traits::argument_tuple;
  using result = typename traits::result;
  using model_result = typename traits::model_result;

 public:
  typed_operation(std::string name, F f, std::tuple<ModelSteps...> steps, rc::Gen<argument_tuple> generator)
      : operation(std::move(name)),
        f_(std::move(f)),
        steps_(std::move(steps)),
        generator_(std::move(generator)) {}

  rc::Gen<arguments> generate() const override {
    return rc::gen::map(generator_, [](argument_tuple a) { return erase(std::move(a)); });
  }

  std::vector<value> describe_arguments(const arguments& a) const override {
    return std::apply([](const auto&... each) { return std::vector<value>{to_value(each)...}; },
                      arguments_as<argument_tuple>(a));
  }

  arguments parse_arguments(std::span<const value> values) const override {
    return erase(from_value<argument_tuple>(value::record("", {values.begin(), values.end()})));
  }

  std::unique_ptr<execution> prepare(const arguments& a) const override {
    return std::make_unique<typed_execution<F, Implementation, Session>>(f_, a);
  }

  value describe_result(const observation& seen) const override {
    if (seen.what == observation::kind::threw) return value::symbol("throws " + seen.exception);
    if (seen.what == observation::kind::nothing) return value::symbol("?");
    return to_value(*static_cast<const result*>(seen.result.get()));
  }

  std::uint64_t hash_result(const observation& seen) const override {
    if (seen.what == observation::kind::returned)
      return hash_of(*static_cast<const result*>(seen.result.get()));
    return hash_of(seen.exception) + static_cast<std::uint64_t>(seen.what);
  }

  std::vector<linearizability::symbol_id> symbols(specification& model, caller who, const arguments& a,
                                                  const observation& seen) const override {
    auto& space = static_cast<typed_specification<Model>&>(model).space;
    return std::apply(
        [&](const auto&... step) { return std::vector{add_symbol(space, step, who, a, seen)...}; }, steps_);
  }

  std::optional<value> expected(const specification& model, linearizability::state_id state, caller who,
                                const arguments& a) const override {
    const auto& from = static_cast<const typed_specification<Model>&>(model).space.state(state);
    return foretell<model_result>(std::get<sizeof...(ModelSteps) - 1>(steps_), from, who,
                                  arguments_as<argument_tuple>(a));
  }

  std::uint64_t partition(const arguments& a) const override {
    if (!keyed) return 0;
    std::uint64_t hash = 0;
    std::size_t index = 0;
    std::apply([&](const auto&... each) { ((index++ == * keyed ? hash = hash_of(each) : 0), ...); },
               arguments_as<argument_tuple>(a));
    return hash;
  }

 private:
  template <class Step>
  static linearizability::symbol_id add_symbol(linearizability::model_space<Model>& space, const Step& step,
                                               caller who, const arguments& a, const observation& seen) {
    return space.add_symbol(
        [step, who, a, seen](const Model& from, std::vector<Model>& successors) {
          take_step<model_result>(step, from, who, arguments_as<argument_tuple>(a), seen, successors);
        },
        effect_of_step<Model, Step, model_result, argument_tuple>);
  }

  F f_;
  std::tuple<ModelSteps...> steps_;
  rc::Gen<argument_tuple> generator_;
};

template <class To, class From>
rc::Gen<To> convert_generator(rc::Gen<From> gen) {
  if constexpr (std::is_same_v<To, From>)
    return gen;
  else
    return rc::gen::map(std::move(gen), [](From from) { return static_cast<To>(std::move(from)); });
}

template <class... To, class... From>
rc::Gen<std::tuple<To...>> combine_generators(std::tuple<To...>*, rc::Gen<From>... gens) {
  return rc::gen::tuple(convert_generator<To>(std::move(gens))...);
}

/// Stops compilation with one readable line, and is false, if the generators do not fit the arguments.
template <class... To, class... From>
constexpr bool require_generators(std::tuple<To...>*, std::type_identity<rc::Gen<From>>...) {
  static_assert(sizeof...(To) == sizeof...(From), "heddle: give one generator per argument");
  if constexpr (sizeof...(To) == sizeof...(From)) {
    static_assert((std::is_convertible_v<From, To> && ...),
                  "heddle: a generator's type does not convert to the operation's argument type");
    return (std::is_convertible_v<From, To> && ...);
  }
  return false;
}

}  // namespace detail

/// A contract under construction. Copies share what they describe.
template <class Implementation, class Model, class Session = no_session>
class contract {
  static constexpr bool has_usable_model = model_state<Model>;

 public:
  explicit contract(std::string name) : definition_(std::make_shared<contract_definition>()) {
    require_model_state<Model>();
    static_assert(std::default_initializable<Session>, "heddle: a session must have a default constructor");
    definition_->name = std::move(name);
    definition_->subject_type = &typeid(Implementation);
    definition_->subject_bytes = std::is_empty_v<Implementation> ? 0 : sizeof(Implementation);
    definition_->decide = judge_linearizable;
    definition_->model_keeps_time = detail::timed_model<Model>;
    definition_->make_session = [] { return own(new Session()); };
    definition_->generate_configuration = [] { return no_configuration(); };
    definition_->describe_configuration = [](const arguments&) { return value(); };
    definition_->parse_configuration = [](const value&) { return arguments(); };
    if constexpr (std::default_initializable<Implementation>)
      definition_->make_subject = [](const arguments&) { return own(new Implementation()); };
    if constexpr (has_usable_model && std::default_initializable<Model>)
      definition_->make_specification = [](const arguments&) { return specify(Model()); };
  }

  /// An operation that is one atomic step for the model. One generator per argument.
  template <class F, class Step, class... T>
  contract& operation(std::string name, F f, Step model, rc::Gen<T>... generators) {
    if constexpr (require_step<F, Step, false>())
      add(std::move(name), std::move(f), std::tuple(std::move(model)), std::move(generators)...);
    return *this;
  }

  /// An operation that is two atomic steps for the model, both within the call: a request, and later its
  /// grant. Only the second need account for the result.
  template <class F, class Request, class Grant, class... T>
  contract& operation_in_two_steps(std::string name, F f, Request request, Grant grant,
                                   rc::Gen<T>... generators) {
    if constexpr (require_step<F, Request, true>() && require_step<F, Grant, false>())
      add(std::move(name), std::move(f), std::tuple(std::move(request), std::move(grant)),
          std::move(generators)...);
    return *this;
  }

  // --- Of the operation added last

  /// How often it is generated, relative to the others (1).
  contract& weight(double w) {
    last().weight = w;
    return *this;
  }
  /// It may wait: not returning is a failure only if the model says that it could go on.
  contract& may_block() {
    last().may_block = true;
    return *this;
  }
  /// Its `index`-th argument names one of many independent objects, which are then checked one by one.
  contract& keyed(std::size_t index = 0) {
    last().keyed = index;
    return *this;
  }

  /// It does nothing but read a register (or nothing but write one): what causal consistency and the session
  /// guarantees have to know. Where there are several registers, the `key`-th argument names the one; the one
  /// that is written gets the `value`-th argument. Generate many different values: a history in which a value
  /// is written twice to a register is not judged.
  contract& reads(std::optional<std::size_t> key = std::nullopt) {
    last().registers = register_use{.key = key};
    return *this;
  }
  contract& writes(std::size_t value, std::optional<std::size_t> key = std::nullopt) {
    last().registers = register_use{.writes = true, .written = value, .key = key};
    return *this;
  }
  /// It reads several registers at one moment: the result is a map from their names to what they hold.
  contract& reads_several() {
    last().registers = register_use{.several = true};
    return *this;
  }

  // --- Of the contract

  /// Generated configurations: `make` gives the implementation (or a unique_ptr to it), `model` the model.
  template <class Config, class Make, class MakeModel>
  contract& configured_by(rc::Gen<Config> generator, Make make, MakeModel model) {
    static_assert(describable<Config>, "heddle: a configuration must be printable: make it an aggregate");
    definition_->generate_configuration = [generator] {
      return rc::gen::map(generator, [](Config c) { return detail::erase(std::move(c)); });
    };
    definition_->describe_configuration = [](const arguments& c) { return to_value(as<Config>(c)); };
    definition_->parse_configuration = [](const value& v) { return detail::erase(from_value<Config>(v)); };
    definition_->make_subject = [make](const arguments& c) {
      if constexpr (requires {
                      { make(as<Config>(c)) } -> std::convertible_to<std::unique_ptr<Implementation>>;
                    })
        return own(make(as<Config>(c)).release());
      else
        return own(new Implementation(make(as<Config>(c))));
    };
    definition_->make_specification = [model](const arguments& c) { return specify(model(as<Config>(c))); };
    return *this;
  }

  /// Steps of the clock that programs make. The model must have `advance`.
  contract& time_steps(rc::Gen<std::chrono::nanoseconds> generator) {
    static_assert(detail::timed_model<Model>,
                  "heddle: time_steps needs a model with void advance(std::chrono::nanoseconds)");
    add_time_steps(rc::gen::map(std::move(generator), [](std::chrono::nanoseconds d) {
      return time_step{d.count(), false};
    }));
    return *this;
  }

  /// Steps, perhaps backwards, of std::chrono::system_clock alone: a contract that tolerates them.
  contract& wall_clock_steps(rc::Gen<std::chrono::nanoseconds> generator) {
    add_time_steps(rc::gen::map(std::move(generator), [](std::chrono::nanoseconds d) {
      return time_step{d.count(), true};
    }));
    return *this;
  }

  /// Must hold of the implementation when all processes have finished.
  template <class Predicate>
  contract& invariant(std::string name, Predicate holds) {
    definition_->invariants.push_back(
        {std::move(name), [holds](void* subject) { return holds(*static_cast<Implementation*>(subject)); }});
    return *this;
  }

  /// A call made when all processes have finished; it is judged with the rest: leaks show here. Counts as an
  /// operation that programs do not generate.
  template <class F, class Step, class... A>
  contract& finally(std::string name, F f, Step model, A... with) {
    using tuple = typename detail::implementation<F, Implementation, Session>::argument_tuple;
    require_step<F, Step, false>();
    const tuple given(std::move(with)...);
    add_operation(std::move(name), std::move(f), std::tuple(std::move(model)),
                  rc::Gen<tuple>([given](const rc::Random&, int) { return rc::shrinkable::just(given); }));
    last().weight = 0;
    definition_->epilogue.emplace_back(static_cast<std::uint16_t>(definition_->operations.size() - 1),
                                       detail::erase(given));
    return *this;
  }

  /// The contract's own glue kills processes (environment.hpp).
  contract& may_crash() {
    definition_->may_crash = true;
    return *this;
  }

  contract& shape(program_shape s) {
    definition_->shape = s;
    return *this;
  }

  /// The type whose members reports name, if Implementation is only an interface to what is made: a class
  /// derived from it, at the same address.
  contract& subject_is(const std::type_info& type) {
    definition_->subject_type = &type;
    return *this;
  }

  /// Another condition than linearizability. Causal consistency and the session guarantees are about reads
  /// and writes: every operation must be said to be one (reads, writes), and of the model only what they
  /// would answer at first is asked.
  contract& condition(heddle::condition c) {
    return condition(satisfied(c), negated(satisfied(c)), judge_of(c));
  }

  /// A condition of one's own: its name, the headline when it is violated, and who decides.
  contract& condition(std::string name, std::string violated, judge decide) {
    definition_->condition = std::move(name);
    definition_->violated = std::move(violated);
    definition_->decide = std::move(decide);
    return *this;
  }

  std::shared_ptr<const contract_definition> definition() const { return definition_; }

 private:
  template <class T>
  static const T& as(const arguments& a) {
    return *static_cast<const T*>(a.get());
  }

  template <class T>
  static erased_object own(T* object) {
    return {object, [](void* o) { delete static_cast<T*>(o); }};
  }

  static std::unique_ptr<specification> specify(Model initial) {
    return std::make_unique<detail::typed_specification<Model>>(std::move(initial));
  }

  static rc::Gen<arguments> no_configuration() {
    return [](const rc::Random&, int) { return rc::shrinkable::just(arguments()); };
  }

  heddle::operation& last() { return *definition_->operations.back(); }

  template <class F, class Step, bool is_request>
  static constexpr bool require_step() {
    static_assert(detail::has_signature<F>,
                  "heddle: name one overload: an operation must be a member function or a callable that is "
                  "not generic");
    if constexpr (has_usable_model && detail::has_signature<F>) {
      using traits = detail::implementation<F, Implementation, Session>;
      using result = typename traits::result;
      constexpr bool plain = std::copyable<result> && std::equality_comparable<result> && describable<result>;
      static_assert(
          plain,
          "heddle: an operation's result must be copyable, comparable and printable; return plain data from "
          "a lambda instead");
      if constexpr (plain)
        return detail::require_fitting<Model, Step, typename traits::model_result, is_request>(
            static_cast<typename traits::argument_tuple*>(nullptr));
    }
    return false;
  }

  template <class F, class Steps, class... T>
  void add(std::string name, F f, Steps steps, rc::Gen<T>... generators) {
    using tuple = typename detail::implementation<F, Implementation, Session>::argument_tuple;
    constexpr tuple* shape = nullptr;
    if constexpr (detail::require_generators(shape, std::type_identity<rc::Gen<T>>()...))
      add_operation(std::move(name), std::move(f), std::move(steps),
                    detail::combine_generators(shape, std::move(generators)...));
  }

  template <class F, class... Steps, class Tuple>
  void add_operation(std::string name, F f, std::tuple<Steps...> steps, rc::Gen<Tuple> generator) {
    definition_->operations.push_back(
        std::make_unique<detail::typed_operation<Implementation, Session, Model, F, Steps...>>(
            std::move(name), std::move(f), std::move(steps), std::move(generator)));
  }

  void add_time_steps(rc::Gen<time_step> generator) {
    if (!definition_->generate_time_step) {
      definition_->generate_time_step = [generator] { return generator; };
      return;
    }
    definition_->generate_time_step = [first = definition_->generate_time_step, generator] {
      return either(first(), generator);
    };
  }

  std::shared_ptr<contract_definition> definition_;
};

}  // namespace heddle
